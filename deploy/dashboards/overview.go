package main

// Links from numbers to lists: waitgraph's own pages, which work without Infinity.
func pageOf(title, path string) link { return link{title, "${url}/" + path} }

func teamLinks() []link {
	return []link{
		{"Items of ${__field.labels.team}", "/d/waitgraph-items?var-team=${__field.labels.team}"},
		pageOf("waitgraph: blocked items of ${__field.labels.team}", "blocked?team=${__field.labels.team}"),
		{"Team ${__field.labels.team}", "/d/waitgraph-teams?var-team=${__field.labels.team}"},
	}
}

func zero() *float64 { v := 0.0; return &v }
func one() *float64  { v := 1.0; return &v }

func overview() board {
	return board{
		uid: "waitgraph-overview", title: "waitgraph / Overview",
		description: "How much is blocked, where, how it develops, and what to close first.",
		panels: []panel{
			{
				kind: number, title: "Blocked items", description: "Open items that cannot go on, mirrored ones counted once.", unit: "short", width: 4, height: 5,
				queries: []query{{expr: `sum(max by (team, cause) (waitgraph_blocked_items{job="$job"}))`}},
				steps:   []step{{0, "green"}, {1, "orange"}}, links: []link{pageOf("The items", "blocked")},
			},
			{
				kind: number, title: "Waiting on other teams", description: "Blocked items that wait directly on another team, once for each pair of teams.", unit: "short", width: 4, height: 5,
				queries: []query{{expr: `sum(max by (team, on_team) (waitgraph_waiting_items{job="$job"}))`}},
				steps:   []step{{0, "green"}, {1, "orange"}}, links: []link{pageOf("The items", "blocked")},
			},
			{
				kind: number, title: "Oldest wait", description: "How long the oldest wait of one team on another has lasted.", unit: "s", width: 4, height: 5,
				queries: []query{{expr: `time() - min(waitgraph_waiting_oldest_timestamp_seconds{job="$job"})`}},
				steps:   []step{{0, "green"}, {14 * 86400, "orange"}, {42 * 86400, "red"}}, links: []link{pageOf("The items", "blocked")},
			},
			{
				kind: number, title: "Dates at risk", description: "Active dependencies whose blocker is planned for later than it is needed.", unit: "short", width: 4, height: 5,
				queries: []query{{expr: `sum(max by (team, on_team) (waitgraph_conflicts{job="$job", kind="due_date"}))`}},
				steps:   []step{{0, "green"}, {1, "red"}}, links: []link{pageOf("The conflicts", "conflicts?kind=due_date")},
			},
			{
				kind: number, title: "Cycles", description: "Sets of items that wait on each other: none of them can start.", unit: "short", width: 4, height: 5,
				queries: []query{{expr: `max(waitgraph_dependency_cycles{job="$job"})`}},
				steps:   []step{{0, "green"}, {1, "red"}}, links: []link{pageOf("The cycles", "cycles")},
			},
			{
				kind: number, title: "To be believed", description: "Whether every tracker was read whole recently. While one was not, series of work are absent and not zero.", unit: "short", width: 4, height: 5,
				queries: []query{{expr: `min(waitgraph_tracker_fresh{job="$job"})`}},
				steps:   []step{{0, "red"}, {1, "green"}}, words: map[string]string{"0": "stale", "1": "yes"}, links: []link{pageOf("Status", "status")},
			},
			{
				kind: lines, title: "Blocked items by team", description: "Open items that cannot go on, by the team that owns them.", unit: "short", width: 12, height: 9, stacked: true, from: zero(),
				queries: []query{{expr: `sum by (team) (max by (team, cause) (waitgraph_blocked_items{job="$job"}))`, legend: "{{team}}"}}, links: teamLinks(),
			},
			{
				kind: lines, title: "Share of open item time spent blocked", description: "Of the time all open items of a team were open in the last six hours, the share they were blocked. The objective of the shipped rules is 20 % over 28 days.", unit: "percentunit", width: 12, height: 9, from: zero(), to: one(),
				queries: []query{{
					expr:   `max by (team) (rate(waitgraph_blocked_item_seconds_total{job="$job"}[6h])) / on (team) (sum by (team) (max by (team, tracker, state) (avg_over_time(waitgraph_items{job="$job", state=~"todo|doing"}[6h]))) > 0)`,
					legend: "{{team}}",
				}}, links: teamLinks(),
			},
			{
				kind: list, title: "Top root blockers", description: "Open items that nothing blocks, by how many open items transitively wait on each. Closing the first frees the most.", unit: "short", width: 12, height: 10,
				queries: []query{{expr: `sort_desc(max by (ref, team) (waitgraph_root_blocker_waiting_items{job="$job"}))`}},
				names:   map[string]string{"ref": "Item", "team": "Team", "Value": "Waiting items"},
				columns: map[string]link{"Item": pageOf("Why, and what waits on it", "item?ref=${__value.text}"), "Team": {"Items of this team", "/d/waitgraph-items?var-team=${__value.text}"}, "Waiting items": {"The graph around it", "/d/waitgraph-graph?var-item=${__data.fields.Item}"}},
			},
			{
				kind: bars, title: "How long items have been blocked", description: "Items blocked now, by age. Each bar counts those up to its age.", unit: "short", width: 6, height: 10,
				queries: []query{{expr: `sum by (le) (max by (le, team) (waitgraph_blocked_age_seconds_bucket{job="$job"}))`, legend: "{{le}} s"}}, links: []link{pageOf("The items", "blocked")},
			},
			{
				kind: bars, title: "Teams others wait on", description: "Open work of other teams that transitively waits on a team.", unit: "short", width: 6, height: 10,
				queries: []query{{expr: `sort_desc(max by (team) (waitgraph_bottleneck_waiting_items{job="$job"}))`, legend: "{{team}}"}}, links: teamLinks(),
			},
			{
				kind: lines, title: "Open and closed items", description: "Items known, by state.", unit: "short", width: 12, height: 8, from: zero(),
				queries: []query{{expr: `sum by (state) (max by (tracker, team, state) (waitgraph_items{job="$job"}))`, legend: "{{state}}"}}, links: []link{pageOf("Items", "items?state=${__field.labels.state}")},
			},
			{
				kind: lines, title: "Dependencies by state", description: "Unknown ones point at something nobody could resolve; abandoned ones need a decision. Neither counts as blocking.", unit: "short", width: 12, height: 8, from: zero(),
				queries: []query{{expr: `sum by (state) (max by (state, origin) (waitgraph_dependencies{job="$job"}))`, legend: "{{state}}"}}, links: []link{pageOf("The dependencies", "dependencies?state=${__field.labels.state}")},
			},
			{
				kind: bars, title: "Where active dependencies are kept", description: "The strongest origin of each: what trackers keep as a relation before what somebody wrote.", unit: "short", width: 12, height: 8,
				queries: []query{{expr: `max by (origin) (waitgraph_dependencies{job="$job", state="active"}) > 0`, legend: "{{origin}}"}}, links: []link{pageOf("The dependencies", "dependencies?state=active")},
			},
			{
				kind: bars, title: "Escalations", description: "Active dependencies by the level they have reached.", unit: "short", width: 12, height: 8,
				queries: []query{{expr: `sum by (level) (max by (level, team, on_team) (waitgraph_escalations{job="$job"}))`, legend: "{{level}}"}}, links: []link{pageOf("The items", "blocked")},
			},
		},
	}
}

func teams() board {
	return board{
		uid: "waitgraph-teams", title: "waitgraph / Teams",
		description: "Who waits on whom, since when, and how each team keeps to the process.",
		variables:   []variable{teamVariable()},
		panels: []panel{
			{
				kind: list, title: "Who waits on whom", description: "Blocked items of the team in the row that wait directly on the team in the column.", unit: "short", width: 24, height: 10,
				queries: []query{{expr: `max by (team, on_team) (waitgraph_waiting_items{job="$job"}) > 0`}}, matrix: [2]string{"team", "on_team"},
				steps: []step{{1, "semi-dark-yellow"}, {3, "semi-dark-orange"}, {8, "semi-dark-red"}}, columns: map[string]link{"team\\on_team": {"Items of this team", "/d/waitgraph-items?var-team=${__value.text}"}},
			},
			{
				kind: lines, title: "What these teams wait for", description: "Blocked items of the chosen teams, by the team they wait on.", unit: "short", width: 12, height: 9, stacked: true, from: zero(),
				queries: []query{{expr: `sum by (on_team) (max by (team, on_team) (waitgraph_waiting_items{job="$job", team=~"$team"}))`, legend: "on {{on_team}}"}},
				links:   []link{{"Items that wait on ${__field.labels.on_team}", "/d/waitgraph-items?var-on_team=${__field.labels.on_team}"}, pageOf("waitgraph: the items", "blocked?on_team=${__field.labels.on_team}")},
			},
			{
				kind: lines, title: "Who waits for these teams", description: "Blocked items of others that wait directly on the chosen teams.", unit: "short", width: 12, height: 9, stacked: true, from: zero(),
				queries: []query{{expr: `sum by (team) (max by (team, on_team) (waitgraph_waiting_items{job="$job", on_team=~"$team"}))`, legend: "{{team}}"}}, links: teamLinks(),
			},
			{
				kind: bars, title: "Age of the oldest wait", description: "By pair of teams: who waits, on whom.", unit: "s", width: 12, height: 9,
				queries: []query{{expr: `sort_desc(time() - min by (team, on_team) (waitgraph_waiting_oldest_timestamp_seconds{job="$job", team=~"$team"}))`, legend: "{{team}} on {{on_team}}"}},
				steps:   []step{{0, "green"}, {14 * 86400, "orange"}, {42 * 86400, "red"}},
				links:   []link{{"The items", "/d/waitgraph-items?var-team=${__field.labels.team}&var-on_team=${__field.labels.on_team}"}, pageOf("waitgraph: the items", "blocked?team=${__field.labels.team}&on_team=${__field.labels.on_team}")},
			},
			{
				kind: bars, title: "Items that block others", description: "Open items of a team that at least one other item waits on.", unit: "short", width: 6, height: 9,
				queries: []query{{expr: `max by (team) (waitgraph_blocking_items{job="$job", team=~"$team"})`, legend: "{{team}}"}}, links: teamLinks(),
			},
			{
				kind: bars, title: "Why items are blocked", description: "By an active dependency, or by the item's own flag, status or label.", unit: "short", width: 6, height: 9,
				queries: []query{{expr: `sum by (cause) (max by (team, cause) (waitgraph_blocked_items{job="$job", team=~"$team"}))`, legend: "{{cause}}"}}, links: []link{pageOf("The items", "blocked")},
			},
			{
				kind: lines, title: "Adoption", description: "Share of a team's active cross-team dependencies that are kept as agreed: free of findings.", unit: "percentunit", width: 12, height: 9, from: zero(), to: one(),
				queries: []query{{expr: `max by (team) (waitgraph_adoption_ratio{job="$job", team=~"$team"})`, legend: "{{team}}"}}, links: []link{pageOf("The findings", "hygiene?team=${__field.labels.team}")},
			},
			{
				kind: bars, title: "Findings", description: "What there is to mend in how dependencies are kept.", unit: "short", width: 12, height: 9,
				queries: []query{{expr: `sum by (finding) (max by (team, finding) (waitgraph_hygiene_findings{job="$job", team=~"$team"}))`, legend: "{{finding}}"}}, links: []link{pageOf("The findings", "hygiene?finding=${__field.labels.finding}")},
			},
			{
				kind: lines, title: "Conflicts", description: "Active dependencies whose ends disagree, by what about.", unit: "short", width: 12, height: 9, from: zero(),
				queries: []query{{expr: `sum by (kind) (max by (kind, team, on_team) (waitgraph_conflicts{job="$job", team=~"$team"}))`, legend: "{{kind}}"}}, links: []link{pageOf("The conflicts", "conflicts?kind=${__field.labels.kind}")},
			},
			{
				kind: lines, title: "Escalations", description: "Active dependencies of the chosen teams by the level they have reached.", unit: "short", width: 12, height: 9, from: zero(),
				queries: []query{{expr: `sum by (level) (max by (level, team, on_team) (waitgraph_escalations{job="$job", team=~"$team"}))`, legend: "{{level}}"}}, links: []link{pageOf("The items", "blocked")},
			},
		},
	}
}
