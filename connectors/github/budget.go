package github

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/httpx"
	"github.com/waitgraph/waitgraph/model"
)

// GitHub counts REST requests and the points of GraphQL queries apart.
const (
	resourceREST    = "core"
	resourceGraphQL = "graphql"
)

// What the loops leave of a budget, in percent: others use the same account,
// and the slower loops must not take what the changes need.
const (
	keepChanges = 5
	keepSlower  = 25
)

// meter keeps what every answer tells of the budgets left.
type meter struct {
	mu      sync.Mutex
	budgets map[string]model.Budget
	keep    int // percent
}

// keeping sets how much of every budget the requests to come leave.
func (m *meter) keeping(percent int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep = percent
}

// meet takes over what an answer to a route tells; ok is false if it tells nothing.
func (m *meter) meet(route string, h http.Header) (b model.Budget, ok bool) {
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	if err != nil || limit <= 0 {
		return b, false
	}
	b = model.Budget{Resource: h.Get("X-RateLimit-Resource"), Limit: limit}
	if b.Resource == "" {
		b.Resource = resourceOf(route)
	}
	if b.Remaining, err = strconv.Atoi(h.Get("X-RateLimit-Remaining")); err != nil {
		return b, false
	}
	if s, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		b.Reset = time.Unix(s, 0).UTC()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.budgets == nil {
		m.budgets = map[string]model.Budget{}
	}
	m.budgets[resourceOf(route)] = b
	return b, true
}

func resourceOf(route string) string {
	if strings.HasPrefix(route, http.MethodPost) {
		return resourceGraphQL
	}
	return resourceREST
}

// spare is the error of a request that would take what is to be left of its budget.
func (m *meter) spare(route string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, known := m.budgets[resourceOf(route)]
	if !known || b.Remaining*100 > b.Limit*m.keep || !b.Reset.After(time.Now()) {
		return nil
	}
	return &connectors.LimitError{Until: b.Reset, Err: fmt.Errorf("%d of %d left of the budget %q are kept", b.Remaining, b.Limit, clip(b.Resource))}
}

// observe passes on what an exchange tells of itself and of the budget left.
func (m *meter) observe(o connectors.Options, a httpx.Attempt) {
	if o.Observe != nil {
		o.Observe(connectors.Request{Route: a.Route, Code: a.Code, Took: a.Took, Bytes: a.Bytes})
	}
	if b, ok := m.meet(a.Route, a.Header); ok && o.Budget != nil {
		o.Budget(b)
	}
}
