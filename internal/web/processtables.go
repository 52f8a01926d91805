package web

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// The tables about how people work together.

func conflictsTable() *table {
	of := func(c *call) func(i int) *model.Conflict {
		return func(i int) *model.Conflict { return &c.Conflicts[i] }
	}
	says := func(blocked bool) func(c *call) func(a, b int) int {
		return func(c *call) func(a, b int) int {
			return func(a, b int) int { return c.conflictValue(a, blocked).compare(c.conflictValue(b, blocked)) }
		}
	}
	silent := func(blocked bool) func(c *call) func(i int) bool {
		return func(c *call) func(i int) bool { return func(i int) bool { return c.conflictValue(i, blocked).none } }
	}
	return &table{
		path: "conflicts", title: "Conflicts", sorted: "slack",
		about: "What the two ends of a dependency disagree about: dates, priorities, releases, who waits for whom. The worst slack first.",
		empty: "The ends of all dependencies agree.",
		columns: []column{
			{name: "kind", head: "Kind", compare: func(c *call) func(a, b int) int { return by(func(i int) int { return int(of(c)(i).Kind) }) }},
			{name: "blocked", head: "What waits", compare: func(c *call) func(a, b int) int { return by(func(i int) int32 { return of(c)(i).Blocked }) }},
			{name: "needs", head: "Needs", compare: says(true), blank: silent(true)},
			{name: "blocker", head: "What must finish first", compare: func(c *call) func(a, b int) int { return by(func(i int) int32 { return of(c)(i).Blocker }) }},
			{name: "says", head: "Has", compare: says(false), blank: silent(false)},
			{name: "slack", head: "Slack, days", class: "n", compare: func(c *call) func(a, b int) int { return by(func(i int) int32 { return of(c)(i).SlackDays }) }},
			{name: "teams", head: "Teams", compare: func(c *call) func(a, b int) int {
				return by(func(i int) string { team, on := c.ConflictTeams(of(c)(i)); return team + "\x00" + on })
			}},
		},
		cells: func(c *call, i int) []cell {
			k := of(c)(i)
			says, needs := c.ConflictValues(k)
			day := ""
			if k.Kind == model.ConflictDueDate || k.Kind == model.ConflictNoDate {
				day = "day" // dates stay on one line, other values may be long
			}
			team, on := c.ConflictTeams(k)
			need := cell{Class: day, Text: clip(dated(needs), shownName)}
			if k.NeededByFrom >= 0 && k.NeededByFrom != k.Blocked {
				by := c.shortItem(k.NeededByFrom)
				by.Note = "waits on it and sets the date"
				need.List = []linkText{by}
			}
			if need.Text == "" {
				need.Text = "nothing"
			}
			if says == "" {
				says = "nothing"
			}
			slack := cell{Class: "n"}
			if k.SlackDays != 0 {
				slack.Class, slack.Text = "n late", strconv.Itoa(int(k.SlackDays))
			}
			return []cell{
				{Text: strings.ReplaceAll(k.Kind.String(), "_", " ")},
				{Class: "item", Item: c.itemCell(k.Blocked)},
				need,
				{Class: "item", Item: c.itemCell(k.Blocker)},
				{Class: day, Text: clip(dated(says), shownName)},
				slack, c.twoTeams(team, on),
			}
		},
	}
}

// conflictValue is what one end of a conflict says, as tables sort by it: dates
// before priorities by their rank, and those before what is text.
type conflictValue struct {
	kind   model.ConflictKind
	number int64
	text   string
	none   bool // it says nothing
}

func (v conflictValue) compare(w conflictValue) int {
	return cmp.Or(cmp.Compare(v.kind, w.kind), cmp.Compare(v.number, w.number), strings.Compare(v.text, w.text))
}

func (c *call) conflictValue(i int, blocked bool) conflictValue {
	k := &c.Conflicts[i]
	end := k.Blocker
	if blocked {
		end = k.Blocked
	}
	v := conflictValue{kind: k.Kind}
	switch k.Kind {
	case model.ConflictDueDate, model.ConflictNoDate:
		date := c.Items[end].Date()
		if blocked {
			date = c.NeededBy(k)
		}
		v.kind, v.number, v.none = model.ConflictDueDate, int64(date.Time), date.IsZero()
		return v
	case model.ConflictPriority:
		v.number = int64(c.Items[end].Rank)
	}
	says, needs := c.ConflictValues(k)
	if v.text = says; blocked {
		v.text = needs
	}
	v.none = v.text == ""
	return v
}

// dated makes a time of a conflict, as trackers write it, one for people.
func dated(s string) string {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC().Format("2006-01-02 15:04 UTC")
	}
	return s
}

// twoTeams names who waits on whom, with their brief.
func (c *call) twoTeams(team, on string) cell {
	if team == on {
		return teamCell(team)
	}
	a, b := linkText{Href: pageLink("team", "name", team), Text: clip(team, shownName), Note: "on"}, linkText{Href: pageLink("team", "name", on), Text: clip(on, shownName)}
	out := cell{Class: "list", List: []linkText{a, b}}
	if href := c.briefLink(team, on); href != "" {
		out.List = append(out.List, linkText{Href: href, Text: "brief"})
	}
	return out
}

func hygieneTable() *table {
	of := func(c *call) func(i int) *model.Finding { return func(i int) *model.Finding { return &c.Findings[i] } }
	return &table{
		path: "hygiene", title: "Hygiene", sorted: "since",
		about: "What a team can tidy up so that its dependencies can be trusted. A team's adoption is the share of its dependencies with other teams free of these.",
		empty: "Nothing to tidy up.",
		columns: []column{
			{name: "finding", head: "Finding", compare: func(c *call) func(a, b int) int { return by(func(i int) int { return int(of(c)(i).Kind) }) }},
			{name: "team", head: "Team that can mend it", compare: func(c *call) func(a, b int) int { return by(func(i int) string { return c.FindingTeam(of(c)(i)) }) }},
			{name: "item", head: "Item", compare: func(c *call) func(a, b int) int { return by(func(i int) int32 { return of(c)(i).Item }) }},
			{name: "dependency", head: "Dependency", compare: func(c *call) func(a, b int) int {
				return func(a, b int) int {
					x, y := c.spoken(of(c)(a).Dependency), c.spoken(of(c)(b).Dependency)
					return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
				}
			}, blank: func(c *call) func(i int) bool { return func(i int) bool { return of(c)(i).Dependency < 0 } }},
			{name: "since", head: "Since", compare: func(c *call) func(a, b int) int {
				return by(func(i int) model.Time { return of(c)(i).Since })
			}, blank: func(c *call) func(i int) bool { return func(i int) bool { return of(c)(i).Since.IsZero() } }},
		},
		cells: func(c *call, i int) []cell {
			f := of(c)(i)
			dependency := cell{}
			if f.Dependency >= 0 {
				kind, ends := c.Dependencies[f.Dependency].Kind, c.spoken(f.Dependency)
				dependency = cell{Class: "list", List: []linkText{c.endLink(ends[0], relation(kind, kind != model.Blocks)), c.endLink(ends[1], "")}}
			}
			return []cell{
				{Text: findingText(f.Kind), Href: pageLink("hygiene", "finding", f.Kind.String(), "team", c.FindingTeam(f))},
				teamCell(c.FindingTeam(f)),
				{Class: "item", Item: c.itemCell(f.Item)},
				dependency,
				{When: momentOf(f.Since.Time(), c.now())},
			}
		},
	}
}

// spoken are the ends of a dependency in the order in which people say it.
func (v view) spoken(dependency int32) [2]model.End {
	d := &v.Dependencies[dependency]
	if d.Kind == model.Blocks {
		return [...]model.End{d.To, d.From}
	}
	return [...]model.End{d.From, d.To}
}

// endLink names an end of a dependency on one line, with a word behind it.
func (c *call) endLink(e model.End, note string) linkText {
	l := linkText{Text: clip(c.Name(e), shownName)}
	if e.Resolved() {
		l.Href = itemLink(c.Name(e))
	}
	l.Note = note
	return l
}

func teamsTable() *table {
	name := func(c *call) func(i int) string {
		names := teamsOf(c.Graph)
		return func(i int) string { return names[i] }
	}
	lead := func(c *call) func(i int) string {
		return func(i int) string {
			if i < len(c.Teams) {
				return c.Teams[i].Lead
			}
			return "" // of what no team owns
		}
	}
	number := func(of func(t *teamTotals) int) func(c *call) func(a, b int) int {
		return func(c *call) func(a, b int) int {
			n, t := name(c), c.digest().totals()
			return by(func(i int) int { return of(t.teams[n(i)]) })
		}
	}
	return &table{
		path: "teams", title: "Teams", sorted: "-waited",
		about: "Who waits, who is waited on, and who keeps to the agreed process.", empty: "The configuration names no team.",
		columns: []column{
			{name: "team", head: "Team", compare: func(c *call) func(a, b int) int { return by(name(c)) }},
			{name: "open", head: "Open", class: "n", compare: number(func(t *teamTotals) int { return t.open })},
			{name: "blocked", head: "Blocked", class: "n", compare: number(func(t *teamTotals) int { return t.blocked })},
			{name: "waits", head: "Waits on other teams", class: "n", compare: number(func(t *teamTotals) int { return t.waitsOn })},
			{name: "waited", head: "Others wait on it", class: "n", compare: number(func(t *teamTotals) int { return t.waitedOn })},
			{name: "oldest", head: "Oldest wait", compare: func(c *call) func(a, b int) int {
				n, t := name(c), c.digest().totals()
				return by(func(i int) model.Time { return c.oldest(t.teams[n(i)]) })
			}, blank: func(c *call) func(i int) bool {
				n, t := name(c), c.digest().totals()
				return func(i int) bool { return c.oldest(t.teams[n(i)]).IsZero() }
			}},
			{name: "adoption", head: "Adoption", class: "n", compare: func(c *call) func(a, b int) int {
				n, ratios := name(c), c.adoptions()
				return by(func(i int) float64 { return ratios[n(i)] })
			}, blank: func(c *call) func(i int) bool {
				n, ratios := name(c), c.adoptions()
				return func(i int) bool { _, ok := ratios[n(i)]; return !ok }
			}},
			{name: "lead", head: "Lead", compare: func(c *call) func(a, b int) int { return by(lead(c)) }, blank: func(c *call) func(i int) bool {
				return func(i int) bool { return lead(c)(i) == "" }
			}},
		},
		cells: func(c *call, i int) []cell {
			n := name(c)(i)
			t := c.digest().totals().teams[n]
			adoption := cell{Class: "n"}
			if ratio, ok := c.adoptions()[n]; ok {
				adoption = cell{Class: "n", Text: strconv.Itoa(int(100*ratio)) + "%", Href: pageLink("hygiene", "team", n)}
			}
			return []cell{
				teamCell(n), number0(t.open, openItems("team", n)), number0(t.blocked, pageLink("blocked", "team", n)),
				number0(t.waitsOn, crossTeam("team", n)), number0(t.waitedOn, crossTeam("on_team", n)),
				{When: momentOf(c.oldest(t).Time(), c.now())},
				adoption,
				{Text: clip(lead(c)(i), shownName)},
			}
		},
	}
}

// oldest is since when a team's longest blocked item has been, zero if none is.
func (c *call) oldest(t *teamTotals) model.Time {
	if t.oldest < 0 {
		return 0
	}
	return c.Blocked[t.oldest].Since
}

func (c *call) adoptions() map[string]float64 {
	ratios := make(map[string]float64, len(c.Adoption))
	for i := range c.Adoption {
		if ratio, ok := c.Adoption[i].Ratio(); ok {
			ratios[c.Adoption[i].Team] = ratio
		}
	}
	return ratios
}

func programsTable() *table {
	of := func(c *call) func(i int) *model.ProgramState {
		return func(i int) *model.ProgramState { return &c.Programs[i] }
	}
	end := func(c *call, p *model.ProgramState) model.Date {
		if p.EndFrom < 0 {
			return model.Date{}
		}
		return c.Items[p.EndFrom].Date()
	}
	return &table{
		path: "programs", title: "Programs", about: "Work across teams: what is open, what waits, and when the chain that ends latest does.",
		empty: "The configuration names no program.",
		columns: []column{
			{name: "program", head: "Program", compare: func(*call) func(a, b int) int { return cmp.Compare[int] }},
			{name: "core", head: "Core team", compare: func(c *call) func(a, b int) int { return by(func(i int) string { return of(c)(i).Core }) }},
			{name: "open", head: "Open", class: "n", compare: func(c *call) func(a, b int) int { return by(func(i int) int { return len(of(c)(i).Open) }) }},
			{name: "blocked", head: "Blocked", class: "n", compare: func(c *call) func(a, b int) int { return by(func(i int) int { return len(of(c)(i).Blocked) }) }},
			{name: "waits", head: "Waited on outside", class: "n", compare: func(c *call) func(a, b int) int { return by(func(i int) int { return len(of(c)(i).Waits) }) }},
			{name: "on", head: "Waits on teams"},
			{name: "end", head: "Ends", compare: func(c *call) func(a, b int) int {
				return by(func(i int) model.Time { return end(c, of(c)(i)).Time })
			}, blank: func(c *call) func(i int) bool { return func(i int) bool { return of(c)(i).EndFrom < 0 } }},
		},
		cells: func(c *call, i int) []cell {
			p := of(c)(i)
			on, core := cell{Class: "list"}, cell{}
			const most = 5
			for _, t := range p.WaitsOn[:min(most, len(p.WaitsOn))] {
				on.List = append(on.List, linkText{Href: pageLink("team", "name", t), Text: clip(t, shownName)})
			}
			on.More = max(0, len(p.WaitsOn)-most)
			on.MoreTo = pageLink("program", "name", p.Name)
			if p.Core != "" {
				core = teamCell(p.Core)
			}
			page := pageLink("program", "name", p.Name)
			return []cell{
				{Text: clip(p.Name, shownName), Href: page},
				core, number0(len(p.Open), openItems("program", p.Name)),
				number0(len(p.Blocked), pageLink("blocked", "program", p.Name)), number0(len(p.Waits), pageLink("items", "awaited_by", p.Name)), on, c.due(end(c, p)),
			}
		},
	}
}
