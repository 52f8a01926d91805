package metrics_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/internal/metrics"
)

// The series about gaps, process, programs and the recorded past.
func TestExporterGapsAndProcess(t *testing.T) {
	const want = `
waitgraph_adoption_ratio{team=pay} 0.75
waitgraph_arrived_items_total{team=idle} 0
waitgraph_arrived_items_total{team=pay} 5
waitgraph_arrived_items_total{team=plat} 0
waitgraph_arrived_items_total{team=unowned} 0
waitgraph_blocked_item_seconds_total{team=pay} 86400
waitgraph_blocker_concentration_ratio{team=pay} 0.5
waitgraph_bottleneck_waiting_items{team=idle} 0
waitgraph_bottleneck_waiting_items{team=pay} 3
waitgraph_capacity_items{team=pay} 12
waitgraph_capacity_points{team=pay} 30
waitgraph_completed_items_total{team=pay} 4
waitgraph_conflicts{kind=direction on_team=plat team=pay} 0
waitgraph_conflicts{kind=due_date on_team=plat team=pay} 1
waitgraph_conflicts{kind=priority on_team=plat team=pay} 1
waitgraph_demand_items{team=pay} 2
waitgraph_demand_points{team=idle} 0
waitgraph_demand_points{team=pay} 33
waitgraph_escalations{level=leads on_team=plat team=pay} 1
waitgraph_escalations{level=managers on_team=plat team=pay} 1
waitgraph_estimate_coverage_ratio{team=pay} 0.5
waitgraph_hygiene_findings{finding=no_estimate team=pay} 0
waitgraph_hygiene_findings{finding=no_estimate team=plat} 1
waitgraph_member_blocking_items{member=Ana team=pay} 2
waitgraph_member_doing_items{member=Ana team=pay} 1
waitgraph_open_bugs{priority=none team=plat} 0
waitgraph_open_bugs{priority=urgent team=plat} 1
waitgraph_overloaded_members{team=pay} 1
waitgraph_program_blocked_items{program=later} 0
waitgraph_program_blocked_items{program=launch} 1
waitgraph_program_critical_end_timestamp_seconds{program=launch} 1.7734896e+09
waitgraph_program_items{program=launch state=todo} 1
waitgraph_program_waiting_on_items{on_team=plat program=launch} 1
waitgraph_reopened_items_total{team=pay} 1
waitgraph_skill_gap_items{skill=ios team=pay} 1
waitgraph_unassigned_items{scope=blocking team=pay} 1
waitgraph_unassigned_items{scope=doing team=pay} 0
waitgraph_unassigned_items{scope=due team=pay} 2
`
	g, st := organisation()
	got := gather(t, registry(g, st, metrics.Settings{PerPerson: true}))
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		name, rest, _ := strings.Cut(line, "{")
		labels, text, _ := strings.Cut(rest, "} ")
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := series(got[name])[labels]; !ok || v != value {
			t.Errorf("%s{%s} is %v (there: %v), want %v", name, labels, v, ok, value)
		}
	}
	// What has no meaning for a team is absent, and people are unless they are asked for.
	for name, n := range map[string]int{"waitgraph_adoption_ratio": 1, "waitgraph_capacity_points": 1, "waitgraph_overloaded_members": 1, "waitgraph_program_critical_end_timestamp_seconds": 1} {
		if len(got[name].GetMetric()) != n {
			t.Errorf("%d series of %s, want %d", len(got[name].GetMetric()), name, n)
		}
	}
	if f := gather(t, registry(g, st, metrics.Settings{}))["waitgraph_member_doing_items"]; f != nil {
		t.Errorf("people in %v", f)
	}
}
