// Package jira reads Jira Cloud and Jira Data Center.
//
// One stream of changes serves the whole site: a search over the configured
// scope in order of last update. Texts are read in the wiki form of version 2
// of the API and dropped once references have been found in them. What issues
// were before, and since when they are linked and flagged, is read in sweeps.
package jira

import (
	"fmt"
	"net/http"
	"net/url"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/httpx"
	"github.com/waitgraph/waitgraph/model"
)

// Connector reads one Jira site. Besides the stream of changes it sweeps the
// issues of other projects known only from links and the histories of open ones, finds issues by key, takes
// the census and checks the configuration.
type Connector struct {
	cfg    *Config
	opts   connectors.Options
	base   *url.URL
	client *http.Client
	api    *gojira.Client
	// located is false until the site's id is found: then api speaks to the site.
	located bool
	// grant is nil without OAuth 2.0.
	grant  *grant
	reader reader
	// pages are the memory of pages that were decoded.
	pages *httpx.Buffers

	// site is what the site says of itself; nil until asked and after errors.
	site *site
	sent *model.Site

	// unreadable are ids of far issues the account may not see, until the next census.
	unreadable map[string]bool
	// untold are the updates, by id, up to which issues' changelogs did not tell
	// the whole history, until the next census.
	untold map[string]model.Time
	// unlisted are the updates, by id, up to which the site gave no remote links
	// of an issue, until the next census.
	unlisted map[string]model.Time
	// began is when what is recorded was begun to be read, see position.
	began int64
	// remoteNote is what was told of how far remote links are read.
	remoteNote string
	// closed are the states of far issues that are closed: links do not tell
	// the resolution.
	closed map[string]model.State
	// commented holds, by id, the update up to which an issue's comments were
	// read by themselves and recorded; pending are those not recorded yet.
	commented, pending map[string]int64
	// shown are the relations that readings of issues had.
	shown map[end]bool
}

var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Sweeper   = (*Connector)(nil)
	_ connectors.Completer = (*Connector)(nil)
	_ connectors.Asker     = (*Connector)(nil)
	_ connectors.Censor    = (*Connector)(nil)
	_ connectors.Checker   = (*Connector)(nil)
)

// New returns a connector for a valid config. It reads no more than the
// certificates that the config names.
func (c *Config) New(o connectors.Options) (connectors.Connector, error) {
	base, err := c.base()
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	if o.Transport, err = c.HTTP.Transport(o); err != nil {
		return nil, err
	}
	pinned, authorization := base, authorize(c.Auth, o.Secret)
	var grant *grant
	if c.Auth.OAuth2 != nil {
		grant = newGrant(c.Auth.OAuth2, o)
		authorization = grant.authorize
		if pinned, err = url.Parse(gateway); err != nil {
			return nil, fmt.Errorf("gateway: %w", err)
		}
	}
	if o.Expires != nil {
		o.Expires(c.Auth.Expires.Start())
	}
	pages := &httpx.Buffers{}
	client := httpx.NewClient(httpx.Options{
		Base:        pinned,
		Authorize:   authorization,
		UserAgent:   o.UserAgent,
		Concurrency: c.Concurrency,
		Rate:        50, // Cloud grants a tenant 100 a second for each endpoint, to all apps together
		Buffers:     pages,
		Observe:     observe(o),
		Next:        o.Transport,
	})
	address, located := base.String(), true
	if grant != nil {
		if address, located = gateway, c.Auth.OAuth2.CloudID != ""; located {
			address += "/ex/jira/" + c.Auth.OAuth2.CloudID
		}
	}
	api, err := newClient(client, address)
	if err != nil {
		return nil, err
	}
	return &Connector{
		cfg: c, opts: o, base: base, client: client, api: api, located: located, grant: grant,
		reader:     newReader(o.Name, c),
		pages:      pages,
		unreadable: map[string]bool{},
		untold:     map[string]model.Time{},
		unlisted:   map[string]model.Time{},
		closed:     map[string]model.State{},
		commented:  map[string]int64{},
		pending:    map[string]int64{},
		shown:      map[end]bool{},
	}, nil
}

func newClient(client *http.Client, base string) (*gojira.Client, error) {
	api, err := gojira.NewClient(client, base)
	if err != nil {
		return nil, fmt.Errorf("create client: %w", err)
	}
	return api, nil
}

// authorize reads the secret anew for every attempt.
func authorize(a Auth, secret func(connectors.SecretRef) (connectors.Secret, error)) func(*http.Request) error {
	if a.anonymous() {
		return nil
	}
	ref := a.token()
	if !a.bearer().IsZero() {
		ref = a.bearer()
	}
	return func(r *http.Request) error {
		s, err := secret(ref)
		if err != nil {
			return &connectors.AuthError{Err: err}
		}
		if a.Email != "" {
			r.SetBasicAuth(a.Email, s.Reveal())
		} else {
			r.Header.Set("Authorization", "Bearer "+s.Reveal())
		}
		return nil
	}
}
