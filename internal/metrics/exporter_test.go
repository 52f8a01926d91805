package metrics_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/model"
)

// exporter is one over fixed values.
func exporter(g *model.Graph, st model.Status, s metrics.Settings) *metrics.Exporter {
	if s.MaxSeries == 0 {
		s.MaxSeries = 20000
	}
	if s.Top == 0 {
		s.Top = 20
	}
	return metrics.NewExporter(metrics.Options{
		Graph: func() *model.Graph { return g }, Status: func() model.Status { return st }, Settings: func() metrics.Settings { return s },
		Others: prometheus.NewRegistry(), ExternalURL: "https://waitgraph.example", Now: func() time.Time { return now },
	})
}

// registry holds what an exporter gathers, for it checks the consistency of all it is given.
func registry(g *model.Graph, st model.Status, s metrics.Settings) *prometheus.Registry {
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(gathered{exporter(g, st, s)})
	return reg
}

// gathered makes a collector of a gatherer.
type gathered struct{ prometheus.Gatherer }

func (gathered) Describe(chan<- *prometheus.Desc) {}

func (g gathered) Collect(ch chan<- prometheus.Metric) {
	families, err := g.Gather()
	if err != nil {
		ch <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			var names []string
			for _, l := range m.Label {
				names = append(names, l.GetName())
			}
			ch <- sent{prometheus.NewDesc(f.GetName(), f.GetHelp(), names, nil), m}
		}
	}
}

type sent struct {
	desc *prometheus.Desc
	m    *dto.Metric
}

func (s sent) Desc() *prometheus.Desc { return s.desc }

func (s sent) Write(out *dto.Metric) error {
	out.Label, out.Gauge, out.Counter, out.Histogram = s.m.Label, s.m.Gauge, s.m.Counter, s.m.Histogram
	return nil
}

func gather(t testing.TB, reg prometheus.Gatherer) map[string]*dto.MetricFamily {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]*dto.MetricFamily{}
	for _, f := range families {
		m[f.GetName()] = f
	}
	return m
}

// series lists the series of one family as label values and value.
func series(f *dto.MetricFamily) map[string]float64 {
	out := map[string]float64{}
	for _, m := range f.GetMetric() {
		var ls []string
		for _, l := range m.GetLabel() {
			ls = append(ls, l.GetName()+"="+l.GetValue())
		}
		out[strings.Join(ls, " ")] = m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	return out
}

func nonZero(m map[string]float64) map[string]float64 {
	for k, v := range m {
		if v == 0 {
			delete(m, k)
		}
	}
	return m
}

func TestExporter(t *testing.T) {
	g, st := organisation()
	const want = `
# HELP waitgraph_blocked_age_seconds How long the items blocked now have been blocked. The counts fall when items are freed: read it without rate.
# TYPE waitgraph_blocked_age_seconds histogram
waitgraph_blocked_age_seconds_bucket{team="idle",le="3600"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="14400"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="86400"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="259200"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="604800"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="1.2096e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="2.592e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="5.184e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="7.776e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="1.5552e+07"} 0
waitgraph_blocked_age_seconds_bucket{team="idle",le="+Inf"} 0
waitgraph_blocked_age_seconds_sum{team="idle"} 0
waitgraph_blocked_age_seconds_count{team="idle"} 0
waitgraph_blocked_age_seconds_bucket{team="pay",le="3600"} 1
waitgraph_blocked_age_seconds_bucket{team="pay",le="14400"} 1
waitgraph_blocked_age_seconds_bucket{team="pay",le="86400"} 1
waitgraph_blocked_age_seconds_bucket{team="pay",le="259200"} 1
waitgraph_blocked_age_seconds_bucket{team="pay",le="604800"} 2
waitgraph_blocked_age_seconds_bucket{team="pay",le="1.2096e+06"} 2
waitgraph_blocked_age_seconds_bucket{team="pay",le="2.592e+06"} 2
waitgraph_blocked_age_seconds_bucket{team="pay",le="5.184e+06"} 2
waitgraph_blocked_age_seconds_bucket{team="pay",le="7.776e+06"} 2
waitgraph_blocked_age_seconds_bucket{team="pay",le="1.5552e+07"} 2
waitgraph_blocked_age_seconds_bucket{team="pay",le="+Inf"} 2
waitgraph_blocked_age_seconds_sum{team="pay"} 433800
waitgraph_blocked_age_seconds_count{team="pay"} 2
waitgraph_blocked_age_seconds_bucket{team="plat",le="3600"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="14400"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="86400"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="259200"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="604800"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="1.2096e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="2.592e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="5.184e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="7.776e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="1.5552e+07"} 0
waitgraph_blocked_age_seconds_bucket{team="plat",le="+Inf"} 0
waitgraph_blocked_age_seconds_sum{team="plat"} 0
waitgraph_blocked_age_seconds_count{team="plat"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="3600"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="14400"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="86400"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="259200"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="604800"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="1.2096e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="2.592e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="5.184e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="7.776e+06"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="1.5552e+07"} 0
waitgraph_blocked_age_seconds_bucket{team="unowned",le="+Inf"} 0
waitgraph_blocked_age_seconds_sum{team="unowned"} 0
waitgraph_blocked_age_seconds_count{team="unowned"} 0
# HELP waitgraph_blocked_items Open items that are blocked, each under one cause: dependency if it has an active one, else signal.
# TYPE waitgraph_blocked_items gauge
waitgraph_blocked_items{cause="dependency",team="idle"} 0
waitgraph_blocked_items{cause="dependency",team="pay"} 1
waitgraph_blocked_items{cause="dependency",team="plat"} 0
waitgraph_blocked_items{cause="dependency",team="unowned"} 0
waitgraph_blocked_items{cause="signal",team="idle"} 0
waitgraph_blocked_items{cause="signal",team="pay"} 1
waitgraph_blocked_items{cause="signal",team="plat"} 0
waitgraph_blocked_items{cause="signal",team="unowned"} 0
# HELP waitgraph_blocking_items Open items of a team that block at least one other item.
# TYPE waitgraph_blocking_items gauge
waitgraph_blocking_items{team="idle"} 0
waitgraph_blocking_items{team="pay"} 0
waitgraph_blocking_items{team="plat"} 1
waitgraph_blocking_items{team="unowned"} 0
# HELP waitgraph_config_last_reload_success_timestamp_seconds When the running configuration was loaded.
# TYPE waitgraph_config_last_reload_success_timestamp_seconds gauge
waitgraph_config_last_reload_success_timestamp_seconds 1.7731404e+09
# HELP waitgraph_config_last_reload_successful Whether the last attempt to load the configuration succeeded.
# TYPE waitgraph_config_last_reload_successful gauge
waitgraph_config_last_reload_successful 1
# HELP waitgraph_dependency_cycles Sets of items that wait on each other, and native dependencies of an item on itself.
# TYPE waitgraph_dependency_cycles gauge
waitgraph_dependency_cycles 1
# HELP waitgraph_root_blocker_waiting_items Open items that transitively wait on a root blocker.
# TYPE waitgraph_root_blocker_waiting_items gauge
waitgraph_root_blocker_waiting_items{ref="jira:PLAT-1",team="plat"} 1
# HELP waitgraph_tracker_fresh Whether a tracker was read whole recently enough to be believed.
# TYPE waitgraph_tracker_fresh gauge
waitgraph_tracker_fresh{tracker="gh"} 1
waitgraph_tracker_fresh{tracker="jira"} 1
# HELP waitgraph_tracker_last_sync_timestamp_seconds When a tracker was last read whole.
# TYPE waitgraph_tracker_last_sync_timestamp_seconds gauge
waitgraph_tracker_last_sync_timestamp_seconds{tracker="gh"} 1.77314394e+09
waitgraph_tracker_last_sync_timestamp_seconds{tracker="jira"} 1.77314394e+09
# HELP waitgraph_tracker_rate_limit_remaining Requests a tracker still allows in its current window, as it said last.
# TYPE waitgraph_tracker_rate_limit_remaining gauge
waitgraph_tracker_rate_limit_remaining{resource="requests",tracker="jira"} 40
# HELP waitgraph_tracker_scope_readable_ratio Share of the configured projects, repositories and queries that can be read.
# TYPE waitgraph_tracker_scope_readable_ratio gauge
waitgraph_tracker_scope_readable_ratio{tracker="jira"} 0.75
# HELP waitgraph_waiting_items Blocked items of a team that wait directly on an item of another team; zero for pairs with dependencies none of which is active.
# TYPE waitgraph_waiting_items gauge
waitgraph_waiting_items{on_team="plat",team="pay"} 1
waitgraph_waiting_items{on_team="unowned",team="pay"} 0
# HELP waitgraph_waiting_oldest_timestamp_seconds Start of the oldest wait of a team on another.
# TYPE waitgraph_waiting_oldest_timestamp_seconds gauge
waitgraph_waiting_oldest_timestamp_seconds{on_team="plat",team="pay"} 1.772712e+09
`
	reg := registry(g, st, metrics.Settings{})
	var names []string
	for _, l := range strings.Split(want, "\n") {
		if f := strings.Fields(l); len(f) > 2 && f[1] == "TYPE" {
			names = append(names, f[2])
		}
	}
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}

	got := gather(t, reg)
	if diff := cmp.Diff(map[string]float64{
		"state=todo team=pay tracker=gh":       1, // the mirror jira:PAY-1 is the same piece of work
		"state=todo team=pay tracker=jira":     1,
		"state=done team=pay tracker=jira":     1,
		"state=doing team=plat tracker=jira":   1,
		"state=done team=unowned tracker=jira": 1,
	}, nonZero(series(got["waitgraph_items"]))); diff != "" {
		t.Errorf("items (-want +got)\n%s", diff)
	}
	if n := len(got["waitgraph_items"].Metric); n != 2*4*4 {
		t.Errorf("%d series of items, want one for every tracker, team and state", n)
	}
	if diff := cmp.Diff(map[string]float64{
		"origin=issue_link state=active":    1,
		"origin=text state=active":          1,
		"origin=dependency state=satisfied": 1,
		"origin=remote_link state=unknown":  1,
	}, nonZero(series(got["waitgraph_dependencies"]))); diff != "" {
		t.Errorf("dependencies (-want +got)\n%s", diff)
	}
}

// What cannot be believed is absent: of the work, all but the items of fresh trackers.
func TestExporterStale(t *testing.T) {
	crossing := []string{
		"waitgraph_blocked_items", "waitgraph_blocked_age_seconds", "waitgraph_waiting_items", "waitgraph_waiting_oldest_timestamp_seconds",
		"waitgraph_blocking_items", "waitgraph_root_blocker_waiting_items", "waitgraph_dependencies", "waitgraph_dependency_cycles",
	}
	daemon := []string{"build_info", "web_info", "config_last_reload_successful", "config_last_reload_success_timestamp_seconds", "series_dropped", "unmapped_links"}
	tests := map[string]struct {
		change   func(*model.Graph, *model.Status)
		items    []string // trackers with items
		fresh    map[string]float64
		crossing bool
	}{
		"fresh":             {func(*model.Graph, *model.Status) {}, []string{"gh", "jira"}, map[string]float64{"tracker=gh": 1, "tracker=jira": 1}, true},
		"stale in graph":    {func(g *model.Graph, _ *model.Status) { g.Trackers[0].Fresh = false }, []string{"jira"}, map[string]float64{"tracker=gh": 0, "tracker=jira": 1}, false},
		"stale since graph": {func(_ *model.Graph, s *model.Status) { s.Trackers[1].Fresh = false }, []string{"gh"}, map[string]float64{"tracker=gh": 1, "tracker=jira": 0}, false},
		"all stale": {func(g *model.Graph, s *model.Status) { g.Trackers[0].Fresh, s.Trackers[1].Fresh = false, false }, nil, map[string]float64{
			"tracker=gh": 0, "tracker=jira": 0,
		}, false},
		"configured, not yet in the graph": {func(_ *model.Graph, s *model.Status) {
			s.Trackers = append(s.Trackers, model.TrackerStatus{Name: "new"})
		}, []string{"gh", "jira"}, map[string]float64{"tracker=gh": 1, "tracker=jira": 1, "tracker=new": 0}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g, st := organisation()
			tt.change(g, &st)
			got := gather(t, registry(g, st, metrics.Settings{}))
			if diff := cmp.Diff(tt.fresh, series(got["waitgraph_tracker_fresh"])); diff != "" {
				t.Errorf("fresh (-want +got)\n%s", diff)
			}
			for name := range got {
				if rest := strings.TrimPrefix(name, "waitgraph_"); tt.crossing || name == "waitgraph_items" || strings.HasPrefix(rest, "tracker_") || slices.Contains(daemon, rest) {
					continue
				}
				t.Errorf("%s is there", name)
			}
			for _, name := range crossing {
				if present := got[name] != nil; present != tt.crossing {
					t.Errorf("%s present: %v", name, present)
				}
			}
			found := map[string]bool{}
			for _, m := range got["waitgraph_items"].GetMetric() {
				for _, l := range m.Label {
					if l.GetName() == "tracker" {
						found[l.GetValue()] = true
					}
				}
			}
			for _, tracker := range []string{"gh", "jira"} {
				if found[tracker] != slices.Contains(tt.items, tracker) {
					t.Errorf("items of %s present: %v", tracker, found[tracker])
				}
			}
		})
	}
}

func TestExporterBeforeFirstGraph(t *testing.T) {
	st := model.Status{Version: "1", ConfigOK: true, Trackers: []model.TrackerStatus{{Name: "jira"}}}
	got := gather(t, registry(nil, st, metrics.Settings{}))
	var names []string
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{
		"waitgraph_build_info", "waitgraph_config_last_reload_successful", "waitgraph_series_dropped", "waitgraph_tracker_fresh",
		"waitgraph_tracker_items", "waitgraph_tracker_skipped_items", "waitgraph_web_info",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Text of a tracker in a label neither breaks a scrape nor makes a series twice.
func TestExporterHostileRefs(t *testing.T) {
	b := &builder{}
	states, status := trackers(true)
	b.Trackers = states
	long := strings.Repeat("long", 1000)
	for i, key := range []string{"a\xff", "a\xfe", "{}\"\n\\", long + "1", long + "2"} {
		b.item("gh", key, "team", model.Todo)
		b.Blockers = append(b.Blockers, model.Root{Item: int32(i), Radius: model.Radius{Items: 1}})
	}
	got := gather(t, registry(&b.Graph, model.Status{Trackers: status}, metrics.Settings{}))
	refs := series(got["waitgraph_root_blocker_waiting_items"])
	want := map[string]float64{
		"ref=gh:a\uFFFD team=team": 1, "ref=gh:{}\"\n\\ team=team": 1,
		"ref=gh:" + long[:197] + "… team=team": 1,
	}
	if diff := cmp.Diff(want, refs); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestExporterTop(t *testing.T) {
	b := &builder{}
	states, status := trackers(true)
	b.Trackers = states
	for i := range int32(5) {
		b.item("gh", fmt.Sprintf("a/b#%d", i), "team", model.Todo)
		b.Blockers = append(b.Blockers, model.Root{Item: i, Radius: model.Radius{Items: int(9 - i)}})
	}
	got := gather(t, registry(&b.Graph, model.Status{Trackers: status}, metrics.Settings{Top: 2}))
	want := map[string]float64{"ref=gh:a/b#0 team=team": 9, "ref=gh:a/b#1 team=team": 8}
	if diff := cmp.Diff(want, series(got["waitgraph_root_blocker_waiting_items"])); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestExporterLint(t *testing.T) {
	g, st := organisation()
	reg := registry(g, st, metrics.Settings{})
	exercise(metrics.NewSync(reg))
	problems, err := testutil.GatherAndLint(reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed")
	}
	g, st := organisation()
	reg := registry(g, st, metrics.Settings{})
	exercise(metrics.NewSync(reg))
	text, err := testutil.GatherAndFormat(reg, expfmt.TypeTextPlain)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(string(text))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}
