package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// tablePages are the lists of the API that are pages too.
func tablePages(endpoints []endpoint) (pages []uiPage) {
	for _, e := range endpoints {
		switch {
		case e.table == nil:
		case e.table.path == "gaps":
			pages = append(pages, gapsPage(e))
		default:
			pages = append(pages, e.table.page(e))
		}
	}
	return pages
}

func blockedTable() *table {
	blocked := func(c *call) func(i int) *model.Blocked { return func(i int) *model.Blocked { return &c.Blocked[i] } }
	return &table{
		path: "blocked", title: "Blocked items", sorted: "since",
		about: "Open items that cannot go on, and what each waits on directly. The longest waiting first.",
		empty: "Nothing is blocked.",
		columns: []column{
			{name: "item", head: "Item", compare: func(*call) func(a, b int) int { return cmp.Compare[int] }},
			{name: "team", head: "Team", compare: func(c *call) func(a, b int) int {
				return by(func(i int) string { return c.Items[c.Blocked[i].Item].Team.String() })
			}},
			{name: "since", head: "Blocked since", compare: func(c *call) func(a, b int) int {
				return by(func(i int) model.Time { return blocked(c)(i).Since })
			}, blank: func(c *call) func(i int) bool { return func(i int) bool { return blocked(c)(i).Since.IsZero() } }},
			{name: "priority", head: "Priority", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int16 { return c.Items[blocked(c)(i).Item].Rank })
			}, blank: func(c *call) func(i int) bool {
				return func(i int) bool { return c.Items[blocked(c)(i).Item].Rank == 0 }
			}},
			{name: "due", head: "Due", compare: func(c *call) func(a, b int) int {
				return by(func(i int) model.Time { return c.Items[blocked(c)(i).Item].Due.Time })
			}, blank: func(c *call) func(i int) bool {
				return func(i int) bool { return c.Items[blocked(c)(i).Item].Due.IsZero() }
			}},
			{name: "blockers", head: "Waits on", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int { return len(blocked(c)(i).Blockers) })
			}},
			{name: "depth", head: "Depth", class: "n", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int { return blocked(c)(i).Depth })
			}},
		},
		cells: func(c *call, i int) []cell {
			b := &c.Blocked[i]
			n := &c.Items[b.Item]
			on := c.shortList(b.Blockers, itemLink(n.Ref()))
			for _, cause := range b.Causes {
				if cause.Signal != nil {
					on.Note = signalText(&cause)
				}
			}
			return []cell{
				{Class: "item", Item: c.itemCell(b.Item)},
				teamCell(n.Team.String()),
				{When: momentOf(b.Since.Time(), c.now()), AtBest: b.SinceKnown == model.Observed},
				{Text: clip(n.Priority.String(), shownName)},
				c.due(n.Due),
				on,
				number0(b.Depth, graphLink("item", n.Ref(), "depth", "4")),
			}
		},
	}
}

// due is a date, said to be late when it has passed.
func (c *call) due(d model.Date) cell {
	if !d.Plausible() {
		return cell{}
	}
	out := cell{When: momentOf(d.Time.Time(), c.now())}
	if d.Day {
		out.When.Ago = daysFrom(c.now().In(c.Location), d.Time.Time())
	}
	if d.End(c.Location).Before(c.now()) {
		out.Class, out.Note = "late", "late"
	}
	return out
}

func signalText(cause *model.Cause) string {
	s := string(cause.Signal.Kind) + ": " + clip(cause.Signal.Value, shownName)
	if cause.Finding != 0 {
		s += " (" + strings.ReplaceAll(cause.Finding.String(), "_", " ") + ")"
	}
	return s
}

func graphLink(nameValues ...string) string { return pageLink("graph", nameValues...) }

func blockersTable() *table {
	return &table{
		path: "blockers", title: "Root blockers", sorted: "-items",
		about: "Open items that nothing blocks and that others wait on. Closing the first frees the most.", remark: (*call).estimates,
		empty: "Nothing holds anything up.",
		columns: []column{
			{name: "item", head: "Item", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int32 { return c.Blockers[i].Item })
			}},
			{name: "team", head: "Team", compare: func(c *call) func(a, b int) int {
				return by(func(i int) string { return c.Items[c.Blockers[i].Item].Team.String() })
			}},
			{name: "assignee", head: "Assignee"},
			{name: "items", head: "Items waiting", class: "n", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int { return c.Blockers[i].Items })
			}},
			{name: "teams", head: "Teams waiting", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int { return len(c.Blockers[i].Teams) })
			}},
			{name: "points", head: "Points", class: "n", compare: func(c *call) func(a, b int) int {
				return by(func(i int) float64 { return c.Blockers[i].Points })
			}},
			{name: "due", head: "Earliest due", compare: func(c *call) func(a, b int) int {
				return by(func(i int) model.Time { return c.Blockers[i].EarliestDue.Time })
			}, blank: func(c *call) func(i int) bool { return func(i int) bool { return c.Blockers[i].EarliestDue.IsZero() } }},
		},
		cells: func(c *call, i int) []cell { return c.blockerCells(&c.Blockers[i]) },
	}
}

func (c *call) blockerCells(r *model.Root) []cell {
	n := &c.Items[r.Item]
	teams := cell{Class: "list"}
	const most = 4
	for _, t := range r.Teams[:min(most, len(r.Teams))] {
		teams.List = append(teams.List, linkText{Href: pageLink("blocked", "root", n.Ref(), "team", t), Text: clip(t, shownName)})
	}
	if teams.More = max(0, len(r.Teams)-most); teams.More > 0 {
		teams.MoreTo = itemLink(n.Ref())
	}
	due := c.due(r.EarliestDue)
	return []cell{
		{Class: "item", Item: c.itemCell(r.Item)},
		teamCell(n.Team.String()),
		assignees(n, shownAssignees),
		number0(r.Items, pageLink("blocked", "root", n.Ref())),
		teams,
		{Class: "n", Text: c.points(r.Points)},
		due,
	}
}

// assignees names the first few who have an item.
func assignees(n *model.Node, most int) cell {
	if n.Stub && len(n.Assignees) == 0 { // what links to it does not tell
		return cell{Text: "not known"}
	}
	if len(n.Assignees) == 0 {
		return cell{Class: "nobody", Text: "nobody"}
	}
	names := []string{}
	for _, a := range n.Assignees[:min(most, len(n.Assignees))] {
		names = append(names, clip(person(a), shownName))
	}
	out := cell{Text: strings.Join(names, ", ")}
	out.More, out.MoreTo = max(0, len(n.Assignees)-most), itemLink(n.Ref())
	return out
}

// shownAssignees is how many stand in a cell.
const shownAssignees = 3

func dependenciesTable() *table {
	return &table{
		path: "dependencies", title: "Dependencies", sorted: "",
		about: "What items say about each other, in any tracker, with what stands behind it.",
		empty: "No item says anything about another.",
		columns: []column{
			{name: "from", head: "What must finish first", compare: func(*call) func(a, b int) int { return cmp.Compare[int] }},
			{name: "kind", head: "Kind", compare: func(c *call) func(a, b int) int { return by(func(i int) model.Kind { return c.Dependencies[i].Kind }) }},
			{name: "to", head: "What waits", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int32 { return int32(c.Dependencies[i].To) })
			}},
			{name: "state", head: "State", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int { return -int(c.Dependencies[i].State) })
			}},
			{name: "teams", head: "Teams", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int { return map[bool]int{true: 0, false: 1}[c.Dependencies[i].CrossTeam] })
			}},
			{name: "since", head: "Since", compare: func(c *call) func(a, b int) int {
				return by(func(i int) model.Time { return c.Dependencies[i].Since })
			}, blank: func(c *call) func(i int) bool { return func(i int) bool { return c.Dependencies[i].Since.IsZero() } }},
			{name: "evidence", head: "Evidence", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int { return len(c.EvidenceOf(&c.Dependencies[i])) })
			}},
		},
		cells: func(c *call, i int) []cell { return c.dependencyCells(&c.Dependencies[i]) },
	}
}

func (c *call) dependencyCells(d *model.Dependency) []cell {
	teams := cell{Text: "one team"}
	switch {
	case !d.From.Resolved() || !d.To.Resolved():
		teams.Text = ""
	case d.CrossTeam:
		teams.Text = clip(c.Items[d.To.Item()].Team.String(), shownName) + " on " + clip(c.Items[d.From.Item()].Team.String(), shownName)
	}
	evidence := cell{Class: "list"}
	const most = 2
	claims := c.EvidenceOf(d)
	for _, e := range claims[:min(most, len(claims))] {
		claim := c.Claim(e)
		evidence.List = append(evidence.List, linkText{itemLink(c.Ref(claim.ClaimedBy)), clip(c.Ref(claim.ClaimedBy), shownName), originText(claim.Claim)})
	}
	evidence.More = max(0, len(claims)-most)
	if d.To.Resolved() {
		evidence.MoreTo = itemLink(c.Name(d.To))
	}
	switch {
	case d.TextOnly:
		evidence.Note = "text only"
	case !d.BothSides && d.CrossTeam:
		evidence.Note = "one side only"
	}
	return []cell{
		c.endCell(d.From),
		{Text: kindText(d.Kind)},
		c.endCell(d.To),
		{Tag: d.State.String()},
		teams,
		{When: momentOf(d.Since.Time(), c.now()), AtBest: d.SinceKnown == model.Observed},
		evidence,
	}
}

func kindText(k model.Kind) string {
	if k == model.Parent {
		return "part of"
	}
	return k.String()
}

// originText is where a claim was read, for people.
func originText(c *model.Claim) string {
	s := strings.ReplaceAll(c.Origin.String(), "_", " ")
	if c.Where != "" {
		s += ", " + clip(c.Where, shownName)
	}
	return s
}

func cyclesTable() *table {
	return &table{
		path: "cycles", title: "Cycles", about: "Items that all wait on each other: none can finish first. Each names the dependency that is best given up.",
		empty: "No items wait on each other.",
		columns: []column{
			{name: "members", head: "Members"},
			{name: "size", head: "Items", class: "n", compare: func(c *call) func(a, b int) int {
				return by(func(i int) int { return len(c.Cycles[i].Members) })
			}},
			{name: "cut", head: "Give up that"},
			{name: "why", head: "Why this one"},
			{name: "look", head: "Look"},
		},
		cells: func(c *call, i int) []cell {
			y := &c.Cycles[i]
			first := c.Ref(y.Members[0])
			members := cell{Class: "list"}
			const most = 8
			for _, m := range y.Members[:min(most, len(y.Members))] {
				members.List = append(members.List, c.shortItem(m))
			}
			members.More, members.MoreTo = max(0, len(y.Members)-most), graphLink("item", first, "depth", "3")
			cut := cell{Class: "list", Text: "nothing: it waits on itself"}
			if y.Cut >= 0 {
				d := &c.Dependencies[y.Cut]
				to := c.shortItem(d.To.Item())
				to.Note = "waits on"
				cut.Text, cut.List = "", []linkText{to, c.shortItem(d.From.Item())}
			}
			return []cell{members, number0(len(y.Members), pageLink("items", "cycle_of", first)), cut, {Text: clip(y.Why, shownTitle)}, {Text: "graph", Href: graphLink("item", first, "depth", "3")}}
		},
	}
}

func matrixTable() *table {
	return &table{
		path: "matrix", title: "Which team waits on which", sorted: "-items",
		about: "Blocked items of one team that wait directly on another.", remark: (*call).estimates, empty: "No team waits on another.",
		columns: []column{
			{name: "team", head: "Team", compare: func(c *call) func(a, b int) int { return by(func(i int) string { return c.Matrix[i].Team }) }},
			{name: "on_team", head: "Waits on", compare: func(c *call) func(a, b int) int { return by(func(i int) string { return c.Matrix[i].OnTeam }) }},
			{name: "items", head: "Items", class: "n", compare: func(c *call) func(a, b int) int { return by(func(i int) int { return c.Matrix[i].Items }) }},
			{name: "oldest", head: "Oldest since", compare: func(c *call) func(a, b int) int {
				return by(func(i int) model.Time { return c.Matrix[i].Oldest })
			}, blank: func(c *call) func(i int) bool { return func(i int) bool { return c.Matrix[i].Oldest.IsZero() } }},
			{name: "points", head: "Points", class: "n", compare: func(c *call) func(a, b int) int { return by(func(i int) float64 { return c.Matrix[i].Points }) }},
			{name: "brief", head: "Brief"},
		},
		cells: func(c *call, i int) []cell {
			m := &c.Matrix[i]
			return []cell{
				teamCell(m.Team), teamCell(m.OnTeam), number0(m.Items, pageLink("blocked", "team", m.Team, "on_team", m.OnTeam)),
				{When: momentOf(m.Oldest.Time(), c.now()), AtBest: m.OldestKnown == model.Observed},
				{Class: "n", Text: c.points(m.Points)},
				briefCell(c.briefLink(m.Team, m.OnTeam)),
			}
		},
	}
}

func briefCell(href string) cell {
	if href == "" {
		return cell{}
	}
	return cell{Text: "brief", Href: href}
}

func danglingTable() *table {
	return &table{
		path: "dangling", title: "Dangling references", about: "Claims whose target is no item that can be read. Nothing counts as blocked by them, and nothing is dropped.",
		empty: "Every reference leads to an item.",
		columns: []column{
			{name: "from", head: "Claimed by", compare: func(*call) func(a, b int) int { return cmp.Compare[int] }},
			{name: "team", head: "Team", compare: func(c *call) func(a, b int) int {
				return by(func(i int) string { return c.Items[c.Dangling[i].From].Team.String() })
			}},
			{name: "kind", head: "Kind", compare: func(c *call) func(a, b int) int { return by(func(i int) string { return c.Dangling[i].Kind.String() }) }},
			{name: "target", head: "Target as found", compare: func(c *call) func(a, b int) int { return by(func(i int) string { return c.Dangling[i].Target }) }},
			{name: "reason", head: "Reason", compare: func(c *call) func(a, b int) int {
				return by(func(i int) string { return c.Dangling[i].Reason.String() })
			}},
		},
		cells: func(c *call, i int) []cell {
			d := &c.Dangling[i]
			return []cell{
				{Class: "item", Item: c.itemCell(d.From)},
				teamCell(c.Items[d.From].Team.String()),
				{Text: kindText(d.Kind)},
				{Text: clip(d.Target, shownTitle)},
				{Text: d.Reason.String()},
			}
		},
	}
}

func itemsTable() *table {
	node := func(c *call) func(i int) *model.Node { return func(i int) *model.Node { return &c.Items[i] } }
	return &table{
		path: "items", title: "Items", about: "Everything the trackers hold, and what is known only from links to it.", empty: "There is no item.",
		columns: []column{
			{name: "item", head: "Item", compare: func(*call) func(a, b int) int { return cmp.Compare[int] }},
			{name: "team", head: "Team", compare: func(c *call) func(a, b int) int { return by(func(i int) string { return node(c)(i).Team.String() }) }},
			{name: "state", head: "State", compare: func(c *call) func(a, b int) int {
				order := []model.State{model.Doing, model.Todo, model.Done, model.Dropped}
				return by(func(i int) int { return slices.Index(order, node(c)(i).State) })
			}},
			{name: "type", head: "Type", compare: func(c *call) func(a, b int) int { return by(func(i int) string { return node(c)(i).Type.String() }) }},
			{
				name: "priority", head: "Priority", compare: func(c *call) func(a, b int) int { return by(func(i int) int16 { return node(c)(i).Rank }) },
				blank: func(c *call) func(i int) bool { return func(i int) bool { return node(c)(i).Rank == 0 } },
			},
			{name: "assignee", head: "Assignee"},
			{name: "due", head: "Due", compare: func(c *call) func(a, b int) int {
				return by(func(i int) model.Time { return node(c)(i).Due.Time })
			}, blank: func(c *call) func(i int) bool { return func(i int) bool { return node(c)(i).Due.IsZero() } }},
			{name: "updated", head: "Updated", compare: func(c *call) func(a, b int) int {
				return by(func(i int) model.Time { return node(c)(i).Updated })
			}, blank: func(c *call) func(i int) bool { return func(i int) bool { return node(c)(i).Updated.IsZero() } }},
		},
		cells: func(c *call, i int) []cell {
			n := &c.Items[i]
			state := cell{Tag: n.State.String(), Note: clip(n.Status.String(), shownName)}
			if n.Blocked >= 0 {
				state.Note += " blocked"
				state.Class = "isblocked"
			}
			due := cell{}
			if n.State.Open() {
				due = c.due(n.Due)
			} else if !n.Due.IsZero() {
				due.When = momentOf(n.Due.Time.Time(), c.now())
			}
			return []cell{
				{Class: "item", Item: c.itemCell(int32(i))},
				teamCell(n.Team.String()), state,
				{Text: clip(n.Type.String(), shownName)},
				{Text: clip(n.Priority.String(), shownName)},
				assignees(n, shownAssignees), due,
				{When: momentOf(n.Updated.Time(), c.now())},
			}
		},
	}
}
