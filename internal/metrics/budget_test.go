package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
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
			b.Matrix = append(b.Matrix, model.Cell{Team: team(i), OnTeam: team(i - 1), Items: i, Oldest: model.At(ago(time.Hour))})
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

// What is said to be used is what a scrape holds of the budget.
func TestExporterSeries(t *testing.T) {
	g, st := crowd(40, func(i int) string { return fmt.Sprintf("team%02d", i) })
	for _, most := range []int{1, 100, 150, 20000} {
		e := metrics.NewExporter(metrics.Options{
			Graph: func() *model.Graph { return g }, Status: func() model.Status { return st }, Others: prometheus.NewRegistry(),
			Settings: func() metrics.Settings { return metrics.Settings{MaxSeries: most} }, Now: func() time.Time { return now },
		})
		used, allowed := e.Series()
		if got := lines(t, e); allowed != most || used != got {
			t.Errorf("%d of %d series used, a scrape has %d", used, allowed, got)
		}
	}
}

func TestExporterBudget(t *testing.T) {
	g, st := crowd(40, func(i int) string { return fmt.Sprintf("team%02d", i) })
	always := lines(t, registry(g, st, metrics.Settings{MaxSeries: 1}))
	// 1 of cycles, 25 of dependencies and 82 of blocked_items leave 40 for the 41 of blocking_items.
	got := gather(t, registry(g, st, metrics.Settings{MaxSeries: always + 148}))
	dropped := series(got["waitgraph_series_dropped"])
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
func TestExporterBudgetProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"other", "a", "b", "c", "d", "e", "f", "g", "h", "i"}), 1, 10, rapid.ID[string]).Draw(rt, "teams")
		budget := rapid.IntRange(1, 400).Draw(rt, "budget")
		g, st := crowd(len(names), func(i int) string { return names[i] })
		reg := registry(g, st, metrics.Settings{MaxSeries: budget})
		always := lines(t, registry(g, st, metrics.Settings{MaxSeries: 1}))
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

// large is an exporter of the 20,000 lines a default budget allows, and how many there are.
func large(b *testing.B) (e *metrics.Exporter, n int, publish func()) {
	const teams, budget = 910, 20000
	g, st := crowd(teams, func(i int) string { return fmt.Sprintf("team%04d", i) })
	n = lines(b, registry(g, st, metrics.Settings{MaxSeries: budget}))
	current := g
	e = metrics.NewExporter(metrics.Options{
		Graph: func() *model.Graph { return current }, Status: func() model.Status { return st },
		Settings: func() metrics.Settings { return metrics.Settings{Top: 20, MaxSeries: budget} },
		Others:   prometheus.NewRegistry(), Now: func() time.Time { return now },
	})
	return e, n, func() { next := *g; current = &next }
}

// What a scrape costs with all there is to encode, and without.
func BenchmarkScrape20000(b *testing.B) {
	e, n, _ := large(b)
	b.Run("encoded", func(b *testing.B) {
		handler := promhttp.HandlerFor(e, promhttp.HandlerOpts{})
		b.ReportAllocs()
		for b.Loop() {
			w := httptest.NewRecorder()
			w.Body = nil
			handler.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", nil))
		}
		b.ReportMetric(float64(n), "lines")
	})
	b.Run("gathered", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.Gather(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n), "lines")
	})
}

// What making the series of a newly published graph costs, once.
func BenchmarkPublish20000(b *testing.B) {
	e, n, publish := large(b)
	b.ReportAllocs()
	for b.Loop() {
		publish()
		e.Prepare()
	}
	b.ReportMetric(float64(n), "lines")
}

// Fifty scrapes at once, as many Prometheus servers or a mistake would send them.
func BenchmarkScrape50AtOnce(b *testing.B) {
	e, n, _ := large(b)
	handler := promhttp.HandlerFor(e, promhttp.HandlerOpts{CoalesceGather: true})
	for b.Loop() {
		var running sync.WaitGroup
		for range 50 {
			running.Go(func() {
				w := httptest.NewRecorder()
				w.Body = nil
				handler.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", nil))
			})
		}
		running.Wait()
	}
	b.ReportMetric(float64(n), "lines")
}
