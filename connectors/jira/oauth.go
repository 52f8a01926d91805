package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/httpx"
)

// Atlassian's addresses for OAuth 2.0 apps.
const (
	gateway   = "https://api.atlassian.com"
	tokenHost = "https://auth.atlassian.com"
	tokenPath = "/oauth/token"
)

// grant is an OAuth 2.0 grant whose refresh token changes with every use.
//
// A refresh spends the token it is made with. Before, what is known is kept
// once more, so that storage that cannot keep anything costs no token; after,
// nothing is asked with the new access token before its companion is kept. A
// process that dies in between starts with the spent token, which Atlassian
// accepts for some minutes more.
type grant struct {
	config oauth2.Config
	cfg    *OAuth
	opts   connectors.Options
	client *http.Client

	mu    sync.Mutex
	now   kept
	known bool // now was read from where it is kept
	fresh bool // now is not kept yet
	// refused is the error of an exchange of these secrets that is useless to repeat.
	refused error
	of      [2]string
}

// kept is what outlives the process.
type kept struct {
	Refresh string    `json:"refresh"`
	Access  string    `json:"access,omitempty"`
	Expiry  time.Time `json:"expiry,omitzero"`
	// Origin tells the configured token that the grant began with: another one
	// there is a new grant.
	Origin string `json:"origin"`
}

func newGrant(cfg *OAuth, o connectors.Options) *grant {
	base, err := url.Parse(tokenHost)
	if err != nil {
		panic(err) // a constant
	}
	return &grant{
		config: oauth2.Config{ClientID: cfg.ClientID, Endpoint: oauth2.Endpoint{TokenURL: tokenHost + tokenPath, AuthStyle: oauth2.AuthStyleInParams}},
		cfg:    cfg, opts: o,
		client: httpx.NewClient(httpx.Options{Base: base, UserAgent: o.UserAgent, Concurrency: 1, MaxBody: 1 << 20, Observe: observe(o), Next: o.Transport}),
	}
}

// authorize adds an access token to a request.
func (g *grant) authorize(r *http.Request) error {
	token, err := g.token(r.Context())
	if err == nil {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return err
}

// early is how long before its end an access token is not used any more.
const early = time.Minute

// token is an access token that lives, a new one if need be.
func (g *grant) token(ctx context.Context) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opts.Keep == nil || g.opts.Kept == nil {
		return "", &connectors.AuthError{Err: errors.New("a refresh token can be used once only, and there is no storage here to keep its successor in")}
	}
	if err := g.begin(ctx); err != nil {
		return "", err
	}
	if g.fresh {
		if err := g.keep(ctx); err != nil {
			return "", err
		}
	}
	if g.now.Access != "" && time.Now().Before(g.now.Expiry.Add(-early)) {
		return g.now.Access, nil
	}
	if err := g.keep(ctx); err != nil {
		return "", err
	}
	if err := g.refresh(ctx); err != nil {
		return "", err
	}
	if err := g.keep(ctx); err != nil {
		return "", err
	}
	return g.now.Access, nil
}

// begin finds the present refresh token: the one kept, unless the configured
// one is not the one that began its line.
func (g *grant) begin(ctx context.Context) error {
	first, err := g.opts.Secret(g.cfg.refresh())
	if err != nil {
		return &connectors.AuthError{Err: err}
	}
	sum := sha256.Sum256([]byte(first.Reveal()))
	origin := hex.EncodeToString(sum[:])
	if !g.known {
		data, err := g.opts.Kept(ctx)
		if err != nil {
			return fmt.Errorf("read the refresh token: %w", err)
		}
		var k kept
		if json.Unmarshal(data, &k) == nil {
			g.now = k
		}
		g.known = true
	}
	if g.now.Origin != origin || g.now.Refresh == "" {
		g.now, g.fresh = kept{Refresh: first.Reveal(), Origin: origin}, false
	}
	return nil
}

func (g *grant) keep(ctx context.Context) error {
	data, err := json.Marshal(g.now)
	if err != nil {
		return fmt.Errorf("encode tokens: %w", err)
	}
	if err := g.opts.Keep(ctx, data); err != nil {
		return fmt.Errorf("keep the refresh token: %w", err)
	}
	g.fresh = false
	return nil
}

// refresh exchanges the refresh token.
func (g *grant) refresh(ctx context.Context) error {
	secret, err := g.opts.Secret(g.cfg.client())
	if err != nil {
		return &connectors.AuthError{Err: err}
	}
	exchanged := [2]string{g.now.Refresh, secret.Reveal()}
	if g.refused != nil && g.of == exchanged {
		return g.refused
	}
	config := g.config
	config.ClientSecret = secret.Reveal()
	ctx = context.WithValue(httpx.WithRoute(ctx, "POST "+tokenPath), oauth2.HTTPClient, g.client)
	token, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: g.now.Refresh}).Token()
	if err != nil {
		err = refreshError(err)
		if auth := (*connectors.AuthError)(nil); errors.As(err, &auth) {
			g.refused, g.of = err, exchanged
		}
		return err
	}
	g.now.Access, g.now.Expiry = token.AccessToken, token.Expiry.UTC().Round(0)
	if token.Expiry.IsZero() {
		g.now.Expiry = time.Now().UTC().Add(5 * time.Minute).Round(0) // not told
	}
	if token.RefreshToken != "" {
		g.now.Refresh = token.RefreshToken
	}
	g.fresh = true
	return nil
}

// refreshError says why there is no new token. Answers are not quoted: they may
// hold one.
func refreshError(err error) error {
	const page = "POST " + tokenPath
	var answered *oauth2.RetrieveError
	if !errors.As(err, &answered) || answered.Response == nil {
		return unanswered(page, err)
	}
	code := answered.Response.StatusCode
	what := short(strings.Join(strings.Fields(answered.ErrorCode+" "+answered.ErrorDescription), " "), 200)
	switch {
	case answered.ErrorCode == "" && (code >= 500 || code == http.StatusTooManyRequests):
		return &connectors.StatusError{Code: code, Page: page, Err: errors.New("no token")}
	case code == http.StatusBadRequest, code == http.StatusUnauthorized, code == http.StatusForbidden, answered.ErrorCode != "":
		return &connectors.AuthError{Err: fmt.Errorf("%s: status %d: %s: grant access anew and put its refresh token where the config says", page, code, what)}
	}
	return &connectors.StatusError{Code: code, Page: page, Err: errors.New("no token")}
}

// spoil makes the next request use another access token: the site refused this one.
func (g *grant) spoil() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now.Access = ""
}

// locate finds the site's id among those the grant is for.
func (c *Connector) locate(ctx context.Context) error {
	if c.located {
		return nil
	}
	const route = "oauth/token/accessible-resources"
	var sites []struct {
		ID  string `json:"id"`
		URL string `json:"url"`
	}
	if err := c.get(ctx, route, route, &sites); err != nil {
		return err
	}
	var others []string
	for _, site := range sites {
		if u, err := url.Parse(strings.TrimRight(site.URL, "/")); err == nil && cloudID.MatchString(site.ID) && host(u) == host(c.base) {
			api, err := newClient(c.client, gateway+"/ex/jira/"+site.ID)
			if err == nil {
				c.api, c.located = api, true
			}
			return err
		}
		others = append(others, short(site.URL, 100))
	}
	return &connectors.AuthError{Err: fmt.Errorf("the grant is not for %s but for: %s", c.base, strings.Join(others, ", "))}
}
