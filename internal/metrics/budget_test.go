package metrics_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/model"
)

// crowd is an organisation of n teams, each of which waits on its neighbours.
func crowd(n int, team func(int) string) (*model.Graph, model.Status) {
	b := &builder{}
	states, status := trackers(true)
	b.Trackers = states
	for i := range n {
		b.Teams = append(b.Teams, model.Team{Name: team(i)})
		item := b.item("gh", fmt.Sprintf("a/b#%d", i), team(i), model.Todo)
		if i > 0 {
			d := b.blocks(item-1, item, model.Active, model.Text)
			b.block(item, ago(time.Duration(i)*time.Hour), d)
			b.Matrix = append(b.Matrix, model.Cell{Team: team(i), OnTeam: team(i - 1), Items: i, Oldest: ago(time.Hour)})
		}
	}
	return &b.Graph, model.Status{Trackers: status}
}

// lines counts the lines of a scrape that hold a value.
func lines(t testing.TB, reg prometheus.Gatherer) int {
	t.Helper()
	n := 0
	for _, f := range gather(t, reg) {
		for _, m := range f.Metric {
			n++
			if h := m.GetHistogram(); h != nil {
				n += len(h.Bucket) + 2
			}
		}
	}
	return n
}

func TestCollectorBudget(t *testing.T) {
	g, st := crowd(40, func(i int) string { return fmt.Sprintf("team%02d", i) })
	got := gather(t, registry(g, st, metrics.Options{MaxSeries: 161}))
	dropped := series(got["waitgraph_series_dropped"])
	// 13 lines are always there, then 1 of cycles, 25 of dependencies, 82 of blocked_items: 40 remain for blocking_items' 41.
	if d := dropped["metric=waitgraph_blocking_items"]; d != 2 {
		t.Errorf("%v series of blocking_items dropped, want 2: all dropped: %v", d, dropped)
	}
	blocking := series(got["waitgraph_blocking_items"])
	sum := 0.0
	for _, v := range blocking {
		sum += v
	}
	if sum != 39 {
		t.Errorf("the series of blocking_items add up to %v, want 39: what is folded must not be lost", sum)
	}
	if _, ok := blocking["team=other"]; !ok {
		t.Error("no series other")
	}
	if d := dropped["metric=waitgraph_items"]; d != 41*4 {
		t.Errorf("%v series of items dropped, want all 164", d)
	}
}

// Whatever the budget, a scrape stays within it but for what is always there,
// is the same every time, and loses no count that was folded.
func TestCollectorBudgetProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"other", "a", "b", "c", "d", "e", "f", "g", "h", "i"}), 1, 10, rapid.ID[string]).Draw(rt, "teams")
		budget := rapid.IntRange(1, 400).Draw(rt, "budget")
		g, st := crowd(len(names), func(i int) string { return names[i] })
		reg := registry(g, st, metrics.Options{MaxSeries: budget})
		const always = 1 + 1 + 1 + 1 + 9 // fresh, last sync, build, reload, dropped
		if n := lines(t, reg); n > max(budget, always) {
			rt.Fatalf("%d lines for a budget of %d", n, budget)
		}
		first, second := gather(t, reg), gather(t, reg)
		for name, f := range first {
			if diff := cmp.Diff(series(f), series(second[name])); diff != "" {
				rt.Fatalf("%s differs between scrapes:\n%s", name, diff)
			}
		}
		total := 0.0
		folded := false
		for l, v := range series(first["waitgraph_waiting_items"]) {
			total += v
			folded = folded || l == "on_team=other team=other"
		}
		if want := float64(len(names) * (len(names) - 1) / 2); folded && total != want {
			rt.Fatalf("waits add up to %v, want %v", total, want)
		}
	})
}

func BenchmarkScrape20000(b *testing.B) {
	const teams = 910
	g, st := crowd(teams, func(i int) string { return fmt.Sprintf("team%04d", i) })
	reg := registry(g, st, metrics.Options{MaxSeries: 30000})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := testutil.GatherAndFormat(reg, expfmt.TypeTextPlain); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(lines(b, reg)), "lines")
}
