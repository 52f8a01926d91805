package main

func program() board {
	return board{
		uid: "waitgraph-program", title: "waitgraph / Program",
		description: "How a program stands: what of it is blocked, on whom it waits, and when it can end.",
		variables:   []variable{labelValues("program", "Program", "Programs as configured.", `label_values(waitgraph_program_items{job="$job"}, program)`)},
		panels: []panel{
			{
				kind: number, title: "Open items", description: "Items of the program that are open.", unit: "short", width: 6, height: 5,
				queries: []query{{expr: `sum(max by (program, state) (waitgraph_program_items{job="$job", program="$program", state=~"todo|doing"}))`}}, links: []link{pageOf("The program", "program?name=${program}")},
			},
			{
				kind: number, title: "Blocked items", description: "Open items of the program that cannot go on.", unit: "short", width: 6, height: 5,
				queries: []query{{expr: `max(waitgraph_program_blocked_items{job="$job", program="$program"})`}}, steps: []step{{0, "green"}, {1, "orange"}}, links: []link{pageOf("The program", "program?name=${program}")},
			},
			{
				kind: number, title: "Done", description: "Share of the program's items that are done; dropped ones are left out.", unit: "percentunit", width: 6, height: 5,
				queries: []query{{expr: `sum(waitgraph_program_items{job="$job", program="$program", state="done"}) / sum(waitgraph_program_items{job="$job", program="$program", state!="dropped"})`}}, links: []link{pageOf("The program", "program?name=${program}")},
			},
			{
				kind: number, title: "Critical chain ends in", description: "Until the latest date on the chain of waiting that ends latest; negative when it has passed.", unit: "s", width: 6, height: 5,
				queries: []query{{expr: `max(waitgraph_program_critical_end_timestamp_seconds{job="$job", program="$program"}) - time()`}}, steps: []step{{0, "red"}, {1, "green"}}, links: []link{pageOf("The chain", "program?name=${program}")},
			},
			{
				kind: lines, title: "Items by state", description: "Items the program selects.", unit: "short", width: 12, height: 10, stacked: true, from: zero(),
				queries: []query{{expr: `max by (state) (waitgraph_program_items{job="$job", program="$program"})`, legend: "{{state}}"}}, links: []link{pageOf("The program", "program?name=${program}")},
			},
			{
				kind: lines, title: "What the program waits on", description: "Open items outside the program that its own transitively wait on, by the team that owns them.", unit: "short", width: 12, height: 10, stacked: true, from: zero(),
				queries: []query{{expr: `max by (on_team) (waitgraph_program_waiting_on_items{job="$job", program="$program"})`, legend: "{{on_team}}"}}, links: []link{{"Items of ${__field.labels.on_team}", "/d/waitgraph-items?var-team=${__field.labels.on_team}"}, pageOf("The program", "program?name=${program}")},
			},
			{
				kind: lines, title: "Blocked items of all programs", description: "For comparison.", unit: "short", width: 24, height: 8, from: zero(),
				queries: []query{{expr: `max by (program) (waitgraph_program_blocked_items{job="$job"})`, legend: "{{program}}"}}, links: []link{{"The program", "/d/waitgraph-program?var-program=${__field.labels.program}"}},
			},
		},
	}
}

func gaps() board {
	toGaps := []link{pageOf("The items and people behind it", "gaps?team=${__field.labels.team}")}
	return board{
		uid: "waitgraph-gaps", title: "waitgraph / Resource gaps",
		description: "Which resources are missing so that work waits: people, time, skills, pace.",
		variables:   []variable{teamVariable()},
		panels: []panel{
			{
				kind: bars, title: "Blocking and nobody assigned", description: "Open items of a team that others wait on and nobody is assigned to.", unit: "short", width: 8, height: 9,
				queries: []query{{expr: `max by (team) (waitgraph_unassigned_items{job="$job", team=~"$team", scope="blocking"})`, legend: "{{team}}"}}, steps: []step{{0, "green"}, {1, "red"}}, links: toGaps,
			},
			{
				kind: lines, title: "Unassigned items", description: "Open items without assignee that block others, are in progress or are due within the horizon. An item may be in several.", unit: "short", width: 8, height: 9, from: zero(),
				queries: []query{{expr: `sum by (scope) (max by (team, scope) (waitgraph_unassigned_items{job="$job", team=~"$team"}))`, legend: "{{scope}}"}}, links: []link{pageOf("The items", "gaps")},
			},
			{
				kind: bars, title: "Members with too much in progress", description: "More items in progress than the team's limit for one person. Teams without a limit are not shown.", unit: "short", width: 8, height: 9,
				queries: []query{{expr: `max by (team) (waitgraph_overloaded_members{job="$job", team=~"$team"})`, legend: "{{team}}"}}, steps: []step{{0, "green"}, {1, "orange"}}, links: toGaps,
			},
			{
				kind: lines, title: "Demand as a share of capacity, in points", description: "Estimates due within the horizon against what the team can do until then. Read it with the coverage of estimates beside it.", unit: "percentunit", width: 8, height: 9, from: zero(),
				queries: []query{{expr: `max by (team) (waitgraph_demand_points{job="$job", team=~"$team"}) / on (team) (max by (team) (waitgraph_capacity_points{job="$job", team=~"$team"}) > 0)`, legend: "{{team}}"}}, steps: []step{{0, "green"}, {1, "red"}}, links: toGaps,
			},
			{
				kind: lines, title: "Demand as a share of capacity, in items", description: "Items due within the horizon against what the team can do until then; for teams whose capacity is given in items.", unit: "percentunit", width: 8, height: 9, from: zero(),
				queries: []query{{expr: `max by (team) (waitgraph_demand_items{job="$job", team=~"$team"}) / on (team) (max by (team) (waitgraph_capacity_items{job="$job", team=~"$team"}) > 0)`, legend: "{{team}}"}}, links: toGaps,
			},
			{
				kind: bars, title: "Coverage of estimates", description: "Share of a team's open items that have an estimate. Whatever rests on points is worth as much as this.", unit: "percentunit", width: 8, height: 9, from: zero(), to: one(),
				queries: []query{{expr: `max by (team) (waitgraph_estimate_coverage_ratio{job="$job", team=~"$team"})`, legend: "{{team}}"}}, steps: []step{{0, "red"}, {0.5, "orange"}, {0.8, "green"}}, links: toGaps,
			},
			{
				kind: bars, title: "Concentration on one person", description: "Share of a team's blocking items with the person who has the most of them.", unit: "percentunit", width: 8, height: 9, from: zero(), to: one(),
				queries: []query{{expr: `max by (team) (waitgraph_blocker_concentration_ratio{job="$job", team=~"$team"})`, legend: "{{team}}"}}, steps: []step{{0, "green"}, {0.5, "orange"}}, links: toGaps,
			},
			{
				kind: bars, title: "Missing skills", description: "Open items that need a skill no available member of the team has.", unit: "short", width: 8, height: 9,
				queries: []query{{expr: `max by (team, skill) (waitgraph_skill_gap_items{job="$job", team=~"$team"})`, legend: "{{team}}: {{skill}}"}}, steps: []step{{0, "green"}, {1, "red"}}, links: toGaps,
			},
			{
				kind: lines, title: "Bottlenecks", description: "Open work of other teams that transitively waits on a team.", unit: "short", width: 8, height: 9, from: zero(),
				queries: []query{{expr: `max by (team) (waitgraph_bottleneck_waiting_items{job="$job", team=~"$team"})`, legend: "{{team}}"}}, links: toGaps,
			},
			{
				kind: lines, title: "Arrivals and completions a week", description: "Items created and items done, at the pace of the interval.", unit: "short", width: 8, height: 9, from: zero(),
				queries: []query{
					{expr: `7 * 86400 * sum(max by (team) (rate(waitgraph_arrived_items_total{job="$job", team=~"$team"}[$__rate_interval])))`, legend: "arrived"},
					{expr: `7 * 86400 * sum(max by (team) (rate(waitgraph_completed_items_total{job="$job", team=~"$team"}[$__rate_interval])))`, legend: "completed"},
					{expr: `7 * 86400 * sum(max by (team) (rate(waitgraph_reopened_items_total{job="$job", team=~"$team"}[$__rate_interval])))`, legend: "reopened"},
				}, links: []link{pageOf("Flow", "gaps")},
			},
			{
				kind: bars, title: "Weeks to clear what blocks others", description: "Blocking items over completions of the last 7 days (Little's law). Teams that completed nothing are not shown.", unit: "short", width: 8, height: 9,
				queries: []query{{expr: `max by (team) (waitgraph_blocking_items{job="$job", team=~"$team"}) / on (team) (7 * 86400 * max by (team) (rate(waitgraph_completed_items_total{job="$job", team=~"$team"}[7d])) > 0)`, legend: "{{team}}"}}, links: toGaps,
			},
			{
				kind: lines, title: "Open bugs by priority", description: "Open items whose type is a bug.", unit: "short", width: 8, height: 9, stacked: true, from: zero(),
				queries: []query{{expr: `sum by (priority) (max by (team, priority) (waitgraph_open_bugs{job="$job", team=~"$team"}))`, legend: "{{priority}}"}}, links: []link{pageOf("The items", "gaps")},
			},
			{
				kind: list, title: "Members", description: "Items in progress of each member. Empty unless metrics.per_person is on.", unit: "short", width: 12, height: 9,
				queries: []query{{expr: `sort_desc(max by (team, member) (waitgraph_member_doing_items{job="$job", team=~"$team"}))`}}, names: map[string]string{"team": "Team", "member": "Member", "Value": "In progress"},
				columns: map[string]link{"Team": pageOf("The team", "gaps?team=${__value.text}")},
			},
			{
				kind: list, title: "Members others wait on", description: "Open items of each member that block another. Empty unless metrics.per_person is on.", unit: "short", width: 12, height: 9,
				queries: []query{{expr: `sort_desc(max by (team, member) (waitgraph_member_blocking_items{job="$job", team=~"$team"}))`}}, names: map[string]string{"team": "Team", "member": "Member", "Value": "Blocking others"},
				columns: map[string]link{"Team": pageOf("The team", "gaps?team=${__value.text}")},
			},
		},
	}
}
