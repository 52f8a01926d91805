package github

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	gogithub "github.com/google/go-github/v60/github"
	"golang.org/x/oauth2"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/httpx"
)

// authorizer returns what adds the credential to a request, nil for none.
// Secrets are read anew for every request, so that a rotated one is used at once.
func (a *Auth) authorizer(base func() *url.URL, o connectors.Options) func(*http.Request) error {
	switch {
	case a.anonymous():
		return nil
	case a.App != nil:
		return (&installation{app: *a.App, base: base, options: o}).authorize
	}
	ref := connectors.SecretRef{File: a.TokenFile, Env: a.TokenEnv}
	return func(r *http.Request) error {
		secret, err := o.Secret(ref)
		if err != nil {
			return &connectors.AuthError{Err: err}
		}
		r.Header.Set("Authorization", "Bearer "+secret.Reveal())
		return nil
	}
}

// early is how long before its end a token is renewed.
const early = 5 * time.Minute

// installation acts as a GitHub App's installation, whose tokens last an hour.
type installation struct {
	app     App
	base    func() *url.URL
	options connectors.Options

	mu    sync.Mutex
	token *oauth2.Token
}

// authorize adds the token, a new one if need be.
func (s *installation) authorize(r *http.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := oauth2.ReuseTokenSourceWithExpiry(s.token, issuer{s, r.Context()}, early).Token()
	if err != nil {
		return err
	}
	s.token = t
	t.SetAuthHeader(r)
	return nil
}

// issuer is the installation as a source of tokens within one request's life.
type issuer struct {
	*installation
	ctx context.Context
}

// Token asks for a new token with a statement signed by the App's private key.
func (s issuer) Token() (*oauth2.Token, error) {
	key, err := s.key()
	if err != nil {
		return nil, &connectors.AuthError{Err: err}
	}
	o := s.options
	o.Budget = nil // that of the App itself, which is not the installation's
	c := newClient(s.base(), o, func(r *http.Request) error {
		signed, err := sign(key, s.app.ID, time.Now())
		if err != nil {
			return &connectors.AuthError{Err: err}
		}
		r.Header.Set("Authorization", "Bearer "+signed)
		return nil
	}, func(httpx.Attempt) {})
	defer c.http.CloseIdleConnections()

	const page = "the installation's token"
	address := fmt.Sprintf("app/installations/%d/access_tokens", s.app.InstallationID)
	req, err := c.api.NewRequest(http.MethodPost, address, nil)
	if err != nil {
		return nil, fmt.Errorf("build request for %s: %w", page, err)
	}
	body, _, err := c.send(s.ctx, "POST /app/installations/{id}/access_tokens", page, req)
	if err != nil {
		if absentStatus(status(err)) {
			err = &connectors.AuthError{Err: err}
		}
		return nil, err
	}
	var t gogithub.InstallationToken
	if err := decode(page, body, &t); err != nil {
		return nil, err
	}
	if t.GetToken() == "" || t.GetExpiresAt().IsZero() {
		return nil, &connectors.AnswerError{Page: page, Err: errors.New("has no token or no end")}
	}
	return &oauth2.Token{AccessToken: t.GetToken(), TokenType: "Bearer", Expiry: t.GetExpiresAt().Time}, nil
}

func (s *installation) key() (*rsa.PrivateKey, error) {
	secret, err := s.options.Secret(connectors.SecretRef{File: s.app.PrivateKeyFile})
	if err != nil {
		return nil, err
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(secret.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("read private key %s: %w", s.app.PrivateKeyFile, err)
	}
	return key, nil
}

// sign makes the App's statement of who it is. GitHub takes at most ten minutes
// and advises to start a minute early, as clocks differ.
func sign(key *rsa.PrivateKey, app int64, now time.Time) (string, error) {
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		IssuedAt:  jwt.NewNumericDate(now.Add(-time.Minute)),
		ExpiresAt: jwt.NewNumericDate(now.Add(9 * time.Minute)),
		Issuer:    strconv.FormatInt(app, 10),
	}).SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign the App's statement: %w", err)
	}
	return signed, nil
}

// tokenEnd is when the token of a request ends, as its answer tells of tokens
// that do; zero for others. Both forms have been met.
func tokenEnd(h http.Header) time.Time {
	const name = "GitHub-Authentication-Token-Expiration"
	for _, form := range []string{"2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 -0700"} {
		if t, err := time.Parse(form, h.Get(name)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
