package demo_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/internal/app"
	"github.com/waitgraph/waitgraph/internal/demo"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/model"
)

// nowhere is a store that forgets.
type nowhere struct{}

func (nowhere) Load(context.Context) (*model.Facts, error)          { return &model.Facts{}, nil }
func (nowhere) Record(context.Context, model.Delta) error           { return nil }
func (nowhere) LoadHistory(context.Context) (*model.Chapter, error) { return &model.Chapter{}, nil }

func (nowhere) RecordHistory(context.Context, model.Chapter) error { return nil }

func (nowhere) Close() error { return nil }

func (nowhere) Keep(context.Context, string, []byte) error            { return nil }
func (nowhere) Kept(context.Context, string) (kept []byte, err error) { return nil, nil }

// watcher is the real daemon's engine, configured for the demonstration.
func watcher(t *testing.T, d *demo.Demo) *app.App {
	t.Helper()
	load := func() (*config.Config, error) {
		c, _, err := config.Parse("demo.yml", d.Config(), builtin.Registry())
		return c, err
	}
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), app.Options{
		Config: c, Load: load, Store: nowhere{}, Sync: metrics.NewSync(prometheus.NewRegistry()),
		Logger: slog.New(slog.DiscardHandler), Secret: connectors.SecretReader("", d.Getenv), UserAgent: "waitgraph-test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// keyOf is an end of a dependency as the organisation names it.
func keyOf(g *model.Graph, e model.End) string {
	if !e.Resolved() {
		return g.Name(e)
	}
	return g.Items[e.Item()].Key
}

// waits lists a graph's active dependencies as demo.World does.
func waits(g *model.Graph) [][2]string {
	var list [][2]string
	for _, dep := range g.Dependencies {
		if dep.Kind == model.Blocks && dep.State == model.Active {
			list = append(list, [2]string{keyOf(g, dep.From), keyOf(g, dep.To)})
		}
	}
	slices.SortFunc(list, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return list
}

// What the real connectors read and reconciliation makes of it is what the
// organisation knows of itself, at first and after every few changes.
func TestTheDaemonSeesTheOrganisation(t *testing.T) {
	d := atRest(t)
	a := watcher(t, d)
	changed := 0
	for _, steps := range []int{0, 1, 2, 5, 10, 20, 40} {
		for range steps {
			d.World().Step(time.Now())
			changed++
		}
		if err := a.Once(t.Context()); err != nil {
			t.Fatalf("after %d changes: %v", changed, err)
		}
		g := a.Graph()
		for _, tr := range a.Status().Trackers {
			if len(tr.Problems) > 0 || tr.Error != "" {
				t.Errorf("after %d changes: %s has problems %v, error %q", changed, tr.Name, tr.Problems, tr.Error)
			}
		}
		told, remote := d.World().Waits()
		// Remote links take one request for each issue; they may be left out.
		seen := slices.DeleteFunc(waits(g), func(pair [2]string) bool { return slices.Contains(remote, pair) })
		if diff := cmp.Diff(told, seen); diff != "" {
			t.Errorf("after %d changes: dependencies (-organisation +daemon):\n%s", changed, diff)
		}
		teams := map[string]string{}
		for _, it := range g.Items {
			teams[it.Key] = it.Team.String()
		}
		for key, team := range d.World().Owners() {
			if teams[key] != team {
				t.Errorf("after %d changes: %s is of %q, want %q", changed, key, teams[key], team)
			}
		}
		if len(g.Dangling) != 1 || g.Dangling[0].Target != "PLAT-2" {
			t.Errorf("after %d changes: dangling are %+v", changed, g.Dangling)
		}
		if len(g.Unmapped) > 0 {
			t.Errorf("after %d changes: unmapped are %+v", changed, g.Unmapped)
		}
		if len(g.Matrix) < 10 || len(g.Blockers) < 10 || len(g.Blocked) < 30 {
			t.Errorf("after %d changes: %d cells, %d root blockers, %d blocked items: too little to see", changed, len(g.Matrix), len(g.Blockers), len(g.Blocked))
		}
	}
}

// The cycle that forms is the one that the daemon lists, and it names the
// comment as what to cut.
func TestTheDaemonSeesTheCycle(t *testing.T) {
	d := atRest(t)
	a := watcher(t, d)
	if err := a.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(a.Graph().Cycles); n != 0 {
		t.Fatalf("%d cycles at the beginning", n)
	}
	for want := range 2 {
		kind := []string{"cycle formed", "cycle resolved"}[want]
		var c demo.Change
		for range 60 {
			if c = d.World().Step(time.Now()); c.Kind == kind {
				break
			}
		}
		if err := a.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := a.Graph()
		if len(g.Cycles) != 1-want {
			t.Fatalf("after %q: %d cycles", c.Text, len(g.Cycles))
		}
		if want == 1 {
			return
		}
		cut := g.Dependencies[g.Cycles[0].Cut]
		blocked, _, _ := strings.Cut(c.Text, " ")
		if keyOf(g, cut.To) != blocked || !cut.TextOnly {
			t.Errorf("after %q the edge to cut is %s -> %s", c.Text, keyOf(g, cut.From), keyOf(g, cut.To))
		}
	}
}
