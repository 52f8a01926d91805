package metrics_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/internal/metrics"
)

var update = flag.Bool("update", false, "write docs/metrics.md")

// Every metric there is, is in the catalogue, and the other way round.
func TestCatalogue(t *testing.T) {
	g, st := organisation()
	reg := registry(g, st, metrics.Settings{PerPerson: true})
	exercise(metrics.NewSync(reg))
	got := gather(t, reg)
	for _, m := range metrics.Catalogue() {
		f := got[m.Name]
		if f == nil {
			t.Errorf("%s is documented and never emitted", m.Name)
			continue
		}
		delete(got, m.Name)
		var labels []string
		for _, l := range f.Metric[0].Label {
			labels = append(labels, l.GetName())
		}
		sorted := cmp.Transformer("set", func(ls []string) map[string]bool {
			set := map[string]bool{}
			for _, l := range ls {
				set[l] = true
			}
			return set
		})
		if diff := cmp.Diff(m.Labels, labels, sorted); diff != "" {
			t.Errorf("labels of %s (-documented +real)\n%s", m.Name, diff)
		}
		if typ := strings.ToLower(f.GetType().String()); typ != m.Type || f.GetHelp() != m.Help {
			t.Errorf("%s is a %s: %s", m.Name, typ, f.GetHelp())
		}
	}
	for name := range got {
		t.Errorf("%s is not documented", name)
	}
}

func TestDocumentation(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`# Metrics

Served at ` + "`/metrics`" + `. This page is made from the code: ` + "`go test ./internal/metrics -run TestDocumentation -update`" + `.

- **Absent, never zero.** While a tracker is stale, or was never read whole, a team may wait on work nobody has seen: every series of
  work that crosses trackers is left out, and of ` + "`waitgraph_items`" + ` only the series of fresh trackers remain.
  ` + "`waitgraph_tracker_fresh`" + ` says which tracker it is; gate alerts on it.
- **Zero when it is known to be zero.** Every configured team, and ` + "`unowned`" + `, has its series from the start; a pair of teams has them
  as long as there is any dependency between them.
- **Counted once.** Items that mirror each other are one piece of work. Lists of the API have each of them by itself; an item's ` + "`mirrors`" + `
  names the others, and a list counts as its metric does when those are taken together.
- **Bounded.** Item names are labels of the top root blockers only. Beyond ` + "`metrics.max_series`" + ` the smallest series of a metric are
  summed up under the team ` + "`other`" + ` (trackers, states and causes stay apart), or left out where a sum means nothing;
  ` + "`waitgraph_series_dropped`" + ` tells how many. Series of trackers and of the daemon are always there, and taken off the budget first. Those of
  requests and passes (from ` + "`waitgraph_tracker_requests_total`" + ` on) and of the Go runtime come on top: they grow with the number of trackers only,
  and are never dropped.
- **Histograms.** ` + "`waitgraph_tracker_request_duration_seconds`" + ` has classic buckets and a native histogram, which Prometheus takes with
  ` + "`scrape_native_histograms: true`" + `; the dashboards read the classic ones, so set ` + "`always_scrape_classic_histograms: true`" + ` beside it.
  ` + "`waitgraph_blocked_age_seconds`" + ` has classic buckets only: its counts fall when items are freed, and it is read without ` + "`rate`" + `.
- **Timestamps, not ages**: ` + "`time() - waitgraph_waiting_oldest_timestamp_seconds`" + `.

| metric | type | labels | meaning |
|---|---|---|---|
`)
	for _, m := range metrics.Catalogue() {
		var labels []string
		for _, l := range m.Labels {
			labels = append(labels, "`"+l+"`")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Name, m.Type, strings.Join(labels, " "), strings.TrimSpace(m.Help+" "+m.Note))
	}
	name := filepath.Join("..", "..", "docs", "metrics.md")
	if *update {
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("docs/metrics.md differs; run the test with -update (-code +page)\n%s", diff)
	}
}
