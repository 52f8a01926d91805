package github_test

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
)

// The loops stop before a budget is spent: the slower ones first, so that
// changes can still be read. Where a sweep stopped the next one goes on.
func TestBudgetIsKept(t *testing.T) {
	f := newFake(t)
	f.add("acme/api", 250, 0)
	left, price := 1000, 0
	reset := time.Now().Add(time.Hour)
	f.meddle = func(w http.ResponseWriter, _ *http.Request, _ string, _ object) bool {
		left -= price
		w.Header().Set("X-RateLimit-Limit", "1000")
		w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(left))
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
		w.Header().Set("X-RateLimit-Resource", "graphql")
		return false
	}
	c, m := connect(t, f.url, "secret", "acme/api"), newMemory(t)
	m.must(m.changes(c))
	kept := func(what string, err error) {
		t.Helper()
		var limit *connectors.LimitError
		if !errors.As(err, &limit) || limit.Until.Unix() != reset.Unix() {
			t.Errorf("%s: got %v, want a limit until %s", what, err, reset)
		}
	}
	swept := func() (ids []string) {
		for _, b := range m.batches {
			for i := range b.Items {
				ids = append(ids, b.Items[i].Item.ID.Native)
			}
		}
		return ids
	}

	left, price = 400, 90
	kept("a sweep that would leave too little", m.sweep(c))
	before := swept()
	if len(before) != 200 {
		t.Errorf("%d items were swept, want two pages", len(before))
	}
	_, err := c.(connectors.Censor).Census(t.Context(), m.open())
	kept("a census", err)
	f.asked()
	kept("another sweep", m.sweep(c))
	if n := f.asked(); len(n) != 0 {
		t.Errorf("a sweep without a budget asked %q", n)
	}
	left, price = 100, 0
	m.must(m.changes(c))
	left = 49
	m.must(m.changes(c)) // the answer tells
	f.asked()
	kept("changes", m.changes(c))
	if n := f.asked(); len(n) != 0 {
		t.Errorf("changes without a budget asked %q", n)
	}

	left, price, reset = 1000, 0, time.Now().Add(2*time.Hour)
	_, _, err = c.(connectors.Checker).Check(t.Context()) // a person asks whatever is left, and learns of the new window
	m.must(err)
	m.must(m.sweep(c))
	after := swept()
	if len(after) != 250 || slices.Contains(before, after[0]) || !slices.Contains(before, after[50]) {
		t.Errorf("the sweep does not go on where the last one stopped: %d items, from %s", len(after), after[0])
	}
}
