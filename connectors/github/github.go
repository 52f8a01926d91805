// Package github observes issues and pull requests of repositories on
// github.com or a GitHub Enterprise Server.
//
// With a credential everything is read by GraphQL: items with their texts,
// dependencies, parents, sub-issues and closing references come in one query.
// Without one GitHub answers REST only, 60 requests an hour; what is then not
// read is told in the site's notes.
//
// Changes follows each repository by the items' own stamps, issues oldest
// change first and pull requests newest first. Sweep reads all open items anew,
// since a dependency does not touch its issues' stamps. Identity is the node id;
// owner/name#number is only a name.
package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/httpx"
	"github.com/waitgraph/waitgraph/model"
)

// Connector reads one GitHub. One goroutine at a time may use it.
type Connector struct {
	config    Config
	anonymous bool
	client    *client
	convert   *converter
	log       *slog.Logger
	expires   func(time.Time)

	started  bool
	sure     bool // where the API is
	product  string
	features features
	boards   *boards
	queries  *queries
	plain    *queries // the same without projects
	// independent tells that the server has no dependencies in REST either.
	independent bool

	scope scope
	hosts []string
	told  string          // the site as last yielded
	paces map[string]pace // by the repository's name in scope
	// deep are the repositories with more pull requests than REST lists.
	deep map[string]bool
	// unswept is the id of the item where the last sweep ended early, "" if it did not.
	unswept string
}

var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Sweeper   = (*Connector)(nil)
	_ connectors.Asker     = (*Connector)(nil)
	_ connectors.Censor    = (*Connector)(nil)
	_ connectors.Checker   = (*Connector)(nil)
	_ connectors.Includer  = (*Config)(nil)
)

// New makes the connector. It reads no more than the certificates that the
// config names.
func (c *Config) New(o connectors.Options) (connectors.Connector, error) {
	base, sure, err := apiBase(c.URL)
	if err != nil {
		return nil, fmt.Errorf("url %w", err)
	}
	if o.Transport, err = c.HTTP.Transport(o); err != nil {
		return nil, err
	}
	if c.Auth.App != nil && !sure {
		// Without the API's place there is no token to look for it with.
		base.Path, sure = serverPath, true
	}
	g := &Connector{
		config:    *c,
		anonymous: c.Auth.anonymous(),
		log:       o.Logger,
		sure:      sure,
		product:   "GitHub",
		scope:     scope{patterns: c.Repositories},
		paces:     map[string]pace{},
		deep:      map[string]bool{},
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	g.boards = newBoards(g.config.Projects)
	g.convert = newConverter(o.Name, c, g.scope.has)
	g.convert.boards = g.boards
	switch host := strings.ToLower(base.Host); {
	case host == "api.github.com":
		g.hosts = []string{"github.com"}
	case base.Path == serverPath:
		g.hosts = []string{host} // an Enterprise Server shows items where its API is
	}
	if g.expires = o.Expires; g.expires == nil || c.Auth.App != nil {
		g.expires = func(time.Time) {} // an App's tokens are renewed
	}
	g.expires(c.Auth.Expires.Start())
	authorize := c.Auth.authorizer(func() *url.URL { return g.client.api.BaseURL }, o)
	g.client = newClient(base, o, authorize, g.meet)
	return g, nil
}

// meet learns from an answer what every one carries: the product, of an
// Enterprise Server, and when the token ends.
func (g *Connector) meet(a httpx.Attempt) {
	if v := a.Header.Get("X-GitHub-Enterprise-Version"); v != "" && len(v) < 40 {
		g.product = "GitHub Enterprise Server " + v
	}
	if a.Code/100 != 2 {
		return
	}
	if end := tokenEnd(a.Header); !end.IsZero() {
		g.expires(end)
	} else { // also of a token that took the place of one that ends
		g.expires(g.config.Auth.Expires.Start())
	}
}

// start finds out, once, where the API is and what it offers.
func (g *Connector) start(ctx context.Context) error {
	if !g.started {
		if err := g.locate(ctx); err != nil {
			return err
		}
		if !g.anonymous {
			if err := g.probe(ctx); err != nil {
				return err
			}
		}
		g.started, g.boards.asked = true, false
	}
	return g.findProjects(ctx)
}

// locate finds out whether a host's API is at its root or below serverPath:
// where it is, it answers /meta in JSON.
func (g *Connector) locate(ctx context.Context) error {
	if g.sure {
		return nil
	}
	root := *g.client.api.BaseURL
	var err error
	for _, path := range []string{"/", serverPath} {
		base := root
		base.Path = path
		g.client.api.BaseURL = &base
		var meta struct{}
		_, err = g.client.get(ctx, "/meta", "meta", &meta)
		if err == nil || status(err) == http.StatusForbidden {
			if g.sure = true; path == serverPath {
				g.hosts = append(g.hosts, strings.ToLower(base.Host))
			}
			return nil
		}
		var notJSON *httpx.TypeError
		if code := status(err); code != http.StatusNotFound && code != http.StatusNotAcceptable && !errors.As(err, &notJSON) {
			break // says nothing of where the API is
		}
	}
	g.client.api.BaseURL = &root
	return fmt.Errorf("look for the API: %w", err)
}

// probe learns the server's features and writes the queries for them.
func (g *Connector) probe(ctx context.Context) error {
	var schema schemaAnswer
	errs, err := g.client.query(ctx, "the schema", probeQuery, nil, &schema)
	if err == nil && (len(errs) > 0 || schema.Issue == nil) {
		err = errs.fail("the schema")
	}
	if err != nil {
		return fmt.Errorf("probe the API: %w", err)
	}
	g.features = schema.features()
	g.convert.keeps, g.independent = nil, false
	if !g.features.dependencies {
		g.convert.keeps = []model.Origin{model.NativeDependency}
	}
	g.plain = newQueries(g.features, g.comments(), nil)
	g.queries = g.plain
	return nil
}

// comments is how many comments of an item are read.
func (g *Connector) comments() int {
	if g.config.Text.Comments {
		return g.config.Text.MaxComments
	}
	return 0
}

// forget makes the next start probe again: the server turned out to be another
// than it was.
func (g *Connector) forget(err error) {
	var refused *queryError
	if errors.As(err, &refused) && (refused.kind == "undefinedField" || refused.kind == "argumentNotAccepted") {
		g.started = false
	}
}

// notes tell people what is not read.
func (g *Connector) notes() []string {
	if g.anonymous {
		notes := []string{
			"without a credential GitHub allows 60 requests an hour: reading is slow, and changes show late",
			"without a credential comments, sub-issues and closing references are not read, and dependencies only of open issues, when they change",
		}
		for _, name := range slices.Sorted(maps.Keys(g.deep)) {
			notes = append(notes, "without a credential only the newest pull requests of "+name+" are read: GitHub lists no more")
		}
		return notes
	}
	return slices.Concat(g.features.missing(), g.boards.notes())
}

// describe is what is known of the tracker.
func (g *Connector) describe() model.Site {
	s := g.scope.site()
	s.Scopes = append(s.Scopes, g.boards.scopes()...)
	s.Hosts, s.Product, s.Notes, s.Unmapped = slices.Sorted(slices.Values(g.hosts)), g.product, g.notes(), g.boards.unmapped()
	return s
}

// site is what is known of the tracker, nil if that was yielded before.
func (g *Connector) site() *model.Site {
	s := g.describe()
	b, err := json.Marshal(s)
	if err != nil || string(b) == g.told {
		return nil
	}
	g.told = string(b)
	return &s
}

// meetHosts adds the web hosts a batch's items were seen under.
func (g *Connector) meetHosts(hosts []string) {
	for _, h := range hosts {
		if !slices.Contains(g.hosts, h) {
			g.hosts = append(g.hosts, h)
		}
	}
}

// reader is the API the credential allows.
func (g *Connector) reader() reader {
	if g.anonymous {
		return (*restReader)(g)
	}
	return (*graphReader)(g)
}
