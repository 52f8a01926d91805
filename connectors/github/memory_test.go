package github_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/github"
	"github.com/waitgraph/waitgraph/model"
)

// configure makes a configuration, with a token unless it is "".
func configure(url, token string, repositories ...string) *github.Config {
	config := github.NewConfig().(*github.Config)
	config.URL, config.Repositories = url, repositories
	if token != "" {
		config.Auth.TokenEnv = "TOKEN"
	}
	return config
}

func build(t *testing.T, config *github.Config, secret string, next http.RoundTripper) connectors.Connector {
	t.Helper()
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	c, err := config.New(connectors.Options{
		Name: "gh", UserAgent: "waitgraph-test", Transport: next,
		Secret: func(connectors.SecretRef) (connectors.Secret, error) { return connectors.NewSecret(secret), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// connect makes a connector to a server.
func connect(t *testing.T, url, token string, repositories ...string) connectors.Connector {
	t.Helper()
	return build(t, configure(url, token, repositories...), token, nil)
}

// transport answers GraphQL queries without a network.
type transport func(query string, variables object) string

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var body struct {
		Query     string
		Variables object
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(f(body.Query, body.Variables))), ContentLength: -1,
	}, nil
}

func connectTo(t *testing.T, next http.RoundTripper) connectors.Connector {
	t.Helper()
	return build(t, configure(github.DefaultURL, "secret", "acme/api"), "secret", next)
}

// memory records batches the way a recorder does.
type memory struct {
	t      *testing.T
	cursor string
	items  map[model.ID]*model.Observation
	gone   map[model.ID]model.Reason
	site   *model.Site
	// of the last call
	batches  []model.Batch
	problems []model.Problem
}

func newMemory(t *testing.T) *memory {
	return &memory{t: t, items: map[model.ID]*model.Observation{}, gone: map[model.ID]model.Reason{}}
}

func (m *memory) record(b model.Batch) {
	m.batches = append(m.batches, b)
	m.problems = append(m.problems, b.Problems...)
	if b.Cursor != "" {
		m.cursor = b.Cursor
	}
	for i := range b.Items {
		o := &b.Items[i]
		if known := m.items[o.Item.ID]; known != nil && !known.Item.Stub && o.Item.Stub {
			continue
		}
		m.items[o.Item.ID] = o
		delete(m.gone, o.Item.ID)
	}
	for _, a := range b.Gone {
		m.gone[a.ID] = a.Reason
		delete(m.items, a.ID)
	}
	if b.Site != nil {
		m.site = b.Site
	}
}

func (m *memory) changes(c connectors.Connector) error {
	m.batches, m.problems = nil, nil
	for b, err := range c.Changes(m.t.Context(), m.cursor) {
		if err != nil {
			return err
		}
		m.record(b)
	}
	return nil
}

func (m *memory) open() []*model.Record {
	var open []*model.Record
	for _, o := range m.items {
		if o.Item.State.Open() {
			open = append(open, &model.Record{Item: o.Item, Claims: o.Claims})
		}
	}
	slices.SortFunc(open, func(a, b *model.Record) int { return a.Item.ID.Compare(b.Item.ID) })
	return open
}

func (m *memory) sweep(c connectors.Connector) error {
	m.batches, m.problems = nil, nil
	for b, err := range c.(connectors.Sweeper).Sweep(m.t.Context(), m.open()) {
		if err != nil {
			return err
		}
		m.record(b)
	}
	return nil
}

// item finds a recorded item by its key.
func (m *memory) item(key string) *model.Observation {
	m.t.Helper()
	for _, o := range m.items {
		if o.Item.Key == key {
			return o
		}
	}
	m.t.Fatalf("no item %s", key)
	return nil
}

func (m *memory) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// states counts the recorded items that are not stubs.
func (m *memory) states() map[model.State]int {
	n := map[model.State]int{}
	for _, o := range m.items {
		if !o.Item.Stub {
			n[o.Item.State]++
		}
	}
	return n
}

// digest is everything recorded, in one order.
func digest(m *memory) string {
	var all []*model.Observation
	for _, o := range m.items {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b *model.Observation) int { return a.Item.ID.Compare(b.Item.ID) })
	b, err := json.Marshal(all)
	m.must(err)
	return fmt.Sprintf("%d items, %d bytes, %s", len(all), len(b), fmt.Sprintf("%x", sha256.Sum256(b)))
}
