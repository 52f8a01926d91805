package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/internal/web"
	"github.com/waitgraph/waitgraph/model"
)

// TestSearchAcrossGraphs holds that a search finds what the graph of now has,
// whatever was kept of the graph before.
func TestSearchAcrossGraphs(t *testing.T) {
	titles := []string{}
	for i := range 400 {
		titles = append(titles, fmt.Sprintf("Work %d of the first", i))
	}
	made := map[string]*model.Item{}
	graph := func(titles []string) *model.Graph {
		b := newBuilder("jira")
		for _, title := range titles {
			i := b.item("jira", strings.ReplaceAll(title, " ", "-"), "pay", model.Todo, func(it *model.Item) { it.Title = title })
			if it := made[title]; it != nil {
				b.Items[i].Item = it // of an unchanged record
			}
			made[title] = b.Items[i].Item
		}
		return &b.Graph
	}
	var published atomic.Pointer[model.Graph]
	st := status()
	handler := web.New(web.Options{Graph: published.Load, Status: func() model.Status { return st }, Now: func() time.Time { return now }})
	found := func(q string) string {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/items?limit=1000&q="+q, nil))
		return fmt.Sprint(strings.Count(w.Body.String(), `"native_id"`))
	}
	for _, step := range []struct {
		change func()
		want   map[string]string
	}{
		{func() {}, map[string]string{"first": "400", "work+399": "1", "new": "0"}},
		{func() { titles = titles[1:] }, map[string]string{"first": "399", "work+0": "0", "work+399": "1"}},
		{func() { titles[200] = "A new one" }, map[string]string{"first": "398", "new": "1", "work+399": "1"}},
		{func() { titles = append([]string{"Before all", "And this"}, titles...) }, map[string]string{"first": "398", "before": "1", "work+399": "1"}},
		{func() { titles = titles[250:] }, map[string]string{"first": "151", "before": "0", "work+399": "1", "work+9": "0"}},
	} {
		step.change()
		published.Store(graph(titles))
		for q, want := range step.want {
			if got := found(q); got != want {
				t.Errorf("%d items: %q finds %s, want %s", len(titles), q, got, want)
			}
		}
	}
}
