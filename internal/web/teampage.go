package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// The bounds of the lists of a team's and a program's page.
const (
	shownPairs  = 12
	shownPeople = 15
)

// teamData is one team: what it waits for, who waits for it, how it keeps to the process.
type teamData struct {
	frame
	Name                   string
	Known                  bool
	Lead, Manager, Channel string
	Numbers                []keyNumber
	WaitsOn, WaitedOn      []pairLine
	MoreWaitsOn, MoreOn    int
	AllWaitsOn, AllOn      string
	Blockers               [][]cell
	BlockersTo             string
	Longest                []waitLine
	LongestTo              string
	Adoption               *adoptionLine
	Findings               []countLine
	People                 []personLine
	MorePeople             int
	PeopleTo               string
	Gaps                   *gapLines
	GapsTo                 string
	Graph                  string
}

type pairLine struct {
	Team   linkText
	Items  int
	Href   string
	Oldest cell
	Brief  string
}

type adoptionLine struct {
	Percent, Clean, Of int
	Href               string   // what spoils it
	All                linkText // the dependencies
}

type countLine struct {
	Name  string
	Count int
	Href  string
	Note  string
	List  []linkText // further numbers, each with its items
}

type personLine struct {
	Name                  string
	Known                 bool
	Open, Doing, Blocking linkText // numbers with the items behind them
	Accounts              string
	Over                  bool
}

// gapLines are a team's gaps in words.
type gapLines struct {
	Lines []countLine
}

func teamPage() uiPage {
	return uiPage{path: "team", title: "Team", file: "team.html", data: teamOf, params: []param{
		{name: "name", kind: choice, names: teamsOf, doc: "The team."},
	}}
}

func teamOf(c *call, f frame) (any, error) {
	names := c.query["name"]
	if len(names) != 1 {
		return nil, refuse(invalid{Parameter: "name", Detail: "a team's page needs the name of one team", Allowed: teamsOf(c.Graph)})
	}
	name := names[0]
	d := &teamData{
		frame: f, Name: clip(name, shownName), Graph: graphLink("team", name),
		BlockersTo: pageLink("blockers", "team", name), LongestTo: pageLink("blocked", "team", name),
	}
	d.Title = d.Name
	if i := slices.IndexFunc(c.Teams, func(t model.Team) bool { return t.Name == name }); i >= 0 {
		t := &c.Teams[i]
		d.Known, d.Lead, d.Manager, d.Channel = true, clip(t.Lead, shownName), clip(t.Manager, shownName), clip(t.Channel, shownName)
	}
	t := c.digest().totals().teams[name]
	oldest := keyNumber{Label: "oldest wait", Value: "none"}
	if t.oldest >= 0 && !c.Blocked[t.oldest].Since.IsZero() {
		b := &c.Blocked[t.oldest]
		oldest.Value, oldest.Note, oldest.Href = span(c.now().Sub(b.Since.Time())), clip(c.Ref(b.Item), shownName), itemLink(c.Ref(b.Item))
	}
	d.Numbers = []keyNumber{
		{Label: "blocked now", Value: group(t.blocked), Href: pageLink("blocked", "team", name), Alert: t.blocked > 0},
		{Label: "waits on other teams", Value: group(t.waitsOn), Href: crossTeam("team", name)},
		{Label: "others wait on it", Value: group(t.waitedOn), Href: crossTeam("on_team", name)},
		oldest,
		{Label: "open items", Value: group(t.open), Href: openItems("team", name)},
	}
	c.teamPairs(d, name)
	for i := range c.Blockers {
		if len(d.Blockers) < homeWaiting && c.Items[c.Blockers[i].Item].Team.String() == name {
			d.Blockers = append(d.Blockers, c.blockerCells(&c.Blockers[i]))
		}
	}
	for _, i := range c.digest().longest() {
		if b := &c.Blocked[i]; len(d.Longest) < homeWaiting && c.Items[b.Item].Team.String() == name {
			d.Longest = append(d.Longest, c.waitLine(b))
		}
	}
	c.teamProcess(d, name)
	c.teamPeople(d, name)
	if g := c.GapsOf(name); g != nil {
		d.Gaps, d.GapsTo = c.gapLines(g), gapLink(name, "")
	}
	return d, nil
}

func crossTeam(end, team string) string {
	return pageLink("dependencies", "kind", "blocks", "state", "active", "cross_team", "true", end, team)
}

func (c *call) waitLine(b *model.Blocked) waitLine {
	n := &c.Items[b.Item]
	on := c.shortList(b.Blockers, itemLink(n.Ref()))
	for i := range b.Causes {
		if b.Causes[i].Signal != nil {
			on.Note = signalText(&b.Causes[i])
		}
	}
	return waitLine{
		cell{Class: "item", Item: c.itemCell(b.Item)}, teamCell(n.Team.String()), cell{When: momentOf(b.Since.Time(), c.now()), AtBest: b.SinceKnown == model.Observed}, on,
	}
}

func (c *call) teamPairs(d *teamData, name string) {
	line := func(m *model.Cell, other string) pairLine {
		return pairLine{
			linkText{Href: pageLink("team", "name", other), Text: clip(other, shownName)},
			m.Items, pageLink("blocked", "team", m.Team, "on_team", m.OnTeam),
			cell{When: momentOf(m.Oldest.Time(), c.now()), AtBest: m.OldestKnown == model.Observed},
			c.briefLink(name, other),
		}
	}
	for i := range c.Matrix {
		switch m := &c.Matrix[i]; name {
		case m.Team:
			d.WaitsOn = append(d.WaitsOn, line(m, m.OnTeam))
		case m.OnTeam:
			d.WaitedOn = append(d.WaitedOn, line(m, m.Team))
		}
	}
	most := func(lines []pairLine) ([]pairLine, int) {
		slices.SortStableFunc(lines, func(a, b pairLine) int { return cmp.Compare(b.Items, a.Items) })
		return lines[:min(shownPairs, len(lines))], max(0, len(lines)-shownPairs)
	}
	d.AllWaitsOn, d.AllOn = pageLink("matrix", "team", name), pageLink("matrix", "on_team", name)
	d.WaitsOn, d.MoreWaitsOn = most(d.WaitsOn)
	d.WaitedOn, d.MoreOn = most(d.WaitedOn)
}

// briefLink is the brief of two teams, for configured ones.
func (c *call) briefLink(a, b string) string {
	for _, name := range []string{a, b} {
		if !slices.ContainsFunc(c.Teams, func(t model.Team) bool { return t.Name == name }) {
			return ""
		}
	}
	if !c.server.has("brief") {
		return ""
	}
	return pageLink("brief", "team", a, "with", b)
}

// teamProcess is how the team keeps to the agreed process, with the findings behind it.
func (c *call) teamProcess(d *teamData, name string) {
	for i := range c.Adoption {
		a := &c.Adoption[i]
		if ratio, ok := a.Ratio(); ok && a.Team == name {
			d.Adoption = &adoptionLine{int(100 * ratio), a.Clean, a.Dependencies, pageLink("hygiene", "team", name), counted(a.Dependencies, crossTeam("of_team", name))}
		}
	}
	counts := map[model.FindingKind]int{}
	for i := range c.Findings {
		if c.FindingTeam(&c.Findings[i]) == name {
			counts[c.Findings[i].Kind]++
		}
	}
	for _, k := range model.FindingKinds() {
		if counts[k] > 0 {
			d.Findings = append(d.Findings, countLine{findingText(k), counts[k], pageLink("hygiene", "team", name, "finding", k.String()), "", nil})
		}
	}
}

// findingText says what a finding is, for people.
func findingText(k model.FindingKind) string {
	switch k {
	case model.FindingOneSided:
		return "only one side says so"
	case model.FindingTextOnly:
		return "only text says so"
	case model.FindingUnexplained:
		return "blocked without saying by what"
	case model.FindingStaleSignal:
		return "still marked blocked though its blockers finished"
	case model.FindingDangling:
		return "names what cannot be found"
	case model.FindingUnowned:
		return "no team owns it"
	case model.FindingUnassignedBlocker:
		return "holds others up and nobody has it"
	case model.FindingNoEstimate:
		return "no estimate"
	case model.FindingNoDueDate:
		return "no date"
	case model.FindingUnacknowledged:
		return "no sign that the team knows of it"
	}
	return k.String()
}

func (c *call) teamPeople(d *teamData, name string) {
	limit := 0
	for i := range c.Teams {
		if c.Teams[i].Name == name {
			limit = c.Teams[i].Capacity.WIPPerPerson
		}
	}
	for i := range c.People {
		p := &c.People[i]
		if !slices.Contains(p.Teams, name) {
			continue
		}
		number := func(items []int32, more ...string) linkText {
			l := linkText{Text: group(len(items))}
			if len(items) > 0 {
				l.Href = assignedLink(p.Accounts[0], more...)
			}
			return l
		}
		accounts := []string{}
		for _, a := range p.Accounts {
			accounts = append(accounts, clip(a.Tracker+": "+a.Label(), shownName))
		}
		d.People = append(d.People, personLine{
			clip(p.Name, shownName), len(p.Accounts) > 0, number(p.Open), number(p.Doing, "state", "doing"), number(p.Blocking, "blocking", "true"), strings.Join(accounts, ", "), limit > 0 && len(p.Doing) > limit,
		})
	}
	d.PeopleTo = apiLink("people", "team", name, "format", "json")
	d.MorePeople = max(0, len(d.People)-shownPeople)
	d.People = d.People[:min(shownPeople, len(d.People))]
}

// assignedLink lists the open items of whoever has the account.
func assignedLink(a model.PersonAccount, more ...string) string {
	return pageLink("items", append([]string{"assignee", a.Tracker + ":" + a.ID}, more...)...)
}

// gapLines say a team's gaps in words, each with the items behind it.
func (c *call) gapLines(g *model.TeamGaps) *gapLines {
	l := &gapLines{}
	add := func(name string, n int, href, note string, more ...linkText) {
		if n > 0 {
			l.Lines = append(l.Lines, countLine{name, n, href, note, more})
		}
	}
	add("blocking items nobody is assigned to", len(g.Unassigned.Blocking), gapItems(g.Team, "unassigned_blocking"), "")
	add("in progress without assignee", len(g.Unassigned.Doing), gapItems(g.Team, "unassigned_doing"), "")
	const most = 4
	var people []linkText
	for i, name := range overloaded(g)[:min(most, len(g.Overloaded))] {
		o := &g.Overloaded[i]
		person := counted(len(o.Doing), gapItemsBy(g.Team, gapOverloaded, name))
		person.Note = clip(name, shownName) + ", limit " + group(o.Limit)
		people = append(people, person)
	}
	add("people over the limit of work in progress", len(g.Overloaded), gapLink(g.Team, gapOverloaded), "", people...)
	due := ""
	if f := &g.Capacity; f.Points != nil {
		due = "capacity " + decimal(round(*f.Points)) + " points until " + f.Until.UTC().Format(time.DateOnly) + "; "
	}
	add("due within the horizon", len(g.Capacity.Due), gapItems(g.Team, "due"), due+decimal(g.Capacity.DemandPoints)+" points estimated"+coverageNote(g))
	add("of them without estimate", len(g.Capacity.Unestimated), gapItems(g.Team, "unestimated"), "")
	if share, ok := g.Concentrated(); ok && len(g.Concentration.Holders) > 0 {
		h := g.Concentration.Holders[0]
		add("blocking items on one person", len(h.Items), gapItemsBy(g.Team, gapHolders, h.Person), clip(h.Person, shownName)+" has "+percent(share)+" of them"+half(g.Concentration.Half))
	}
	for i := range g.Skills {
		add("items need "+clip(g.Skills[i].Skill, shownName)+", which nobody available has", len(g.Skills[i].Items), gapItemsBy(g.Team, gapSkills, g.Skills[i].Skill), "")
	}
	pace := "nothing was completed recently: no pace to clear them at"
	if w, ok := g.WeeksToClear(); ok {
		pace = decimal(round(w)) + " weeks to clear at the recent pace"
	}
	add("blocking others", len(g.Blocking), gapItems(g.Team, "blocking"), pace)
	window := "in the last " + decimal(round(g.Flow.Weeks)) + " weeks"
	add("arrived", len(g.Flow.Arrived), gapItems(g.Team, "arrived"), window)
	add("completed", len(g.Flow.Completed), gapItems(g.Team, "completed"), window)
	add("reopened", len(g.Flow.Reopened), gapItems(g.Team, "reopened"), window)
	return l
}

// coverageNote says how far points rest on estimates.
func coverageNote(g *model.TeamGaps) string {
	share, ok := g.Coverage()
	if !ok {
		return ""
	}
	return "; " + percent(share) + " of open items estimated"
}

// round keeps one digit behind the point.
func round(f float64) float64 { return float64(int(f*10+.5)) / 10 }

// half says how few people carry half of what a team holds up.
func half(people int) string {
	switch people {
	case 0:
		return ""
	case 1:
		return "; one person carries half"
	}
	return "; " + group(people) + " people carry half"
}
