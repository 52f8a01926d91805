package main

func items() board {
	toTracker := link{"In its tracker", "${__data.fields.url}"}
	toGraph := link{"The graph around it", "/d/waitgraph-graph?var-item=${__data.fields.Item}"}
	toPage := pageOf("Why, and what waits on it", "item?ref=${__data.fields.Item}")
	return board{
		uid: "waitgraph-items", title: "waitgraph / Items", infinity: true,
		description: "The items behind the numbers, by waitgraph's API. Needs the Infinity data source; without it, use waitgraph's own pages.",
		variables: []variable{
			text("team", "Team", "Items of this team; empty for any."),
			text("on_team", "On team", "Items that wait directly on this team; empty for any."),
		},
		panels: []panel{
			{
				kind: list, title: "Blocked items", description: "Open items that cannot go on, with what they wait on. since_known observed means at least so long.", unit: "short", width: 24, height: 14,
				queries: []query{{items: &request{
					path: "/api/v1/blocked", root: "blocked", format: "table", params: [][2]string{{"team", "${team}"}, {"on_team", "${on_team}"}, {"limit", "1000"}},
					columns: [][3]string{{"ref", "Item", "string"}, {"title", "Title", "string"}, {"team", "Team", "string"}, {"since", "Since", "timestamp"}, {"since_known", "Known from", "string"}, {"blockers", "Blockers", "string"}, {"roots", "Roots", "string"}, {"depth", "Depth", "number"}, {"escalation", "Escalation", "string"}, {"url", "url", "string"}},
				}}},
				columns: map[string]link{"Item": toPage, "Title": toTracker, "Depth": toGraph},
			},
			{
				kind: list, title: "Root blockers", description: "Open items that nothing blocks, by how much waits on them.", unit: "short", width: 24, height: 12,
				queries: []query{{items: &request{
					path: "/api/v1/blockers", root: "blockers", format: "table", params: [][2]string{{"top", "100"}, {"limit", "100"}},
					columns: [][3]string{{"ref", "Item", "string"}, {"title", "Title", "string"}, {"team", "Team", "string"}, {"items", "Waiting items", "number"}, {"teams", "Waiting teams", "string"}, {"points", "Waiting points", "number"}, {"earliest_due", "Earliest due", "string"}, {"url", "url", "string"}},
				}}},
				columns: map[string]link{"Item": toPage, "Title": toTracker, "Waiting items": toGraph},
			},
			{
				kind: list, title: "Open items", description: "Open items of the team.", unit: "short", width: 24, height: 12,
				queries: []query{{items: &request{
					path: "/api/v1/items", root: "items", format: "table", params: [][2]string{{"team", "${team}"}, {"state", "doing"}, {"limit", "1000"}},
					columns: [][3]string{{"ref", "Item", "string"}, {"title", "Title", "string"}, {"type", "Type", "string"}, {"status", "Status", "string"}, {"priority", "Priority", "string"}, {"team", "Team", "string"}, {"points", "Points", "number"}, {"due", "Due", "string"}, {"updated", "Updated", "timestamp"}, {"url", "url", "string"}},
				}}},
				columns: map[string]link{"Item": toPage, "Title": toTracker, "Points": toGraph},
			},
		},
	}
}

func graph() board {
	return board{
		uid: "waitgraph-graph", title: "waitgraph / Graph", infinity: true,
		description: "What waits on what around one item or one team, by waitgraph's API. Needs the Infinity data source; without it, use waitgraph's own graph page.",
		variables: []variable{
			text("item", "Item", "The item to look around, as tracker:key; empty for a team."),
			text("team", "Team", "The team to look at; empty for an item."),
			text("depth", "Depth", "How many steps away; empty for the default."),
		},
		panels: []panel{{
			kind: network, title: "Who waits for what", description: "Arrows point from what must finish first to what waits for it. At most 500 items; choose an item or a team to see less.", unit: "short", width: 24, height: 22,
			queries: []query{
				{items: &request{
					path: "/api/v1/graph", root: "nodes", format: "node-graph-nodes", params: [][2]string{{"item", "${item}"}, {"team", "${team}"}, {"depth", "${depth}"}, {"limit", "500"}},
					columns: [][3]string{{"id", "id", "string"}, {"title", "title", "string"}, {"subtitle", "subtitle", "string"}, {"mainstat", "mainstat", "string"}, {"secondarystat", "secondarystat", "string"}, {"color", "color", "string"}, {"icon", "icon", "string"}},
				}},
				{items: &request{
					path: "/api/v1/graph", root: "edges", format: "node-graph-edges", params: [][2]string{{"item", "${item}"}, {"team", "${team}"}, {"depth", "${depth}"}, {"limit", "500"}},
					columns: [][3]string{{"id", "id", "string"}, {"source", "source", "string"}, {"target", "target", "string"}, {"mainstat", "mainstat", "string"}, {"thickness", "thickness", "number"}, {"color", "color", "string"}},
				}},
			},
			// Links on id only, or each would be shown once for every field.
			columns: map[string]link{"id": pageOf("Why, and what waits on it", "item?ref=${__value.text}")},
		}},
	}
}
