package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// The bounds of the lists of an item's page.
const (
	shownWaiting = 20
	shownDeps    = 40
	shownClaims  = 8
	maxSlip      = 3650
)

// itemData is one item with everything about it.
type itemData struct {
	frame
	Item          *itemCell
	Ref           string
	Graph         string
	JSON          string
	Facts         []fact
	Blocked       bool
	Since         cell
	Causes        []causeLine
	MoreCauses    int
	AllCauses     string
	Escalation    string
	Chain         []chainStep
	Roots         []linkText
	MoreRoots     int
	Waiting       [][]cell // item, team, since
	Radius        radiusLine
	MoreWaiting   int
	AllWaiting    string
	Freed, Still  []linkText
	MoreFreed     int
	MoreStill     int
	HoldsUp       bool
	Open          bool
	Asks          bool // its ref can be asked for again as it is shown
	Days          int
	SlipTo        moment
	SlipFrom      moment
	Assumed       bool
	Breaks        []breakLine
	MoreBreaks    int
	AllBreaks     string
	Dependencies  []dependencyLine
	MoreDeps      int
	AllDeps       string
	Conflicts     []conflictLine
	AllConflicts  string
	MoreConflicts int
	Findings      []findingLine
	Stakeholders  []stakeholderRow
}

type fact struct {
	Name string
	cell
}

type causeLine struct {
	What   cell
	Text   string
	Since  cell
	Level  string
	Signal bool
}

type chainStep struct {
	Item *itemCell
	Date cell
	Who  cell
	Root bool
}

type radiusLine struct {
	Items  int
	Teams  []linkText
	Points []linkText
	Due    cell
}

type breakLine struct {
	Item    linkText
	Date    string
	Days    int
	Already bool
}

type dependencyLine struct {
	Relation string // how the item stands to the other
	Other    cell
	State    string
	Since    cell
	Claims   []claimLine
	More     int
	TextOnly bool
	OneSided bool
}

type claimLine struct {
	By      linkText
	Tracker string
	Place   string
	Author  string
	At      cell
	URL     string
}

type conflictLine struct {
	Kind                   string
	Blocker, Blocked       linkText
	BlockerSays, NeedsSays string
	Slack                  string
	NeededBy               *linkText
}

type findingLine struct{ Kind, Team, Href string }

func itemPage() uiPage {
	return uiPage{path: "item", title: "Item", file: "item.html", data: itemOf, params: []param{
		{name: "ref", kind: free, max: maxRef, doc: "The item's ref."},
		{name: "days", kind: number, min: 0, max: maxSlip, doc: "What breaks when it finishes so many days late."},
	}}
}

func itemOf(c *call, f frame) (any, error) {
	ref := c.query.text("ref")
	if ref == "" {
		return nil, refuse(invalid{Parameter: "ref", Detail: "an item's page needs its ref, such as item?ref=jira:PAY-12"})
	}
	i, ok := c.Find(ref)
	if !ok {
		return nil, c.unknownRef(ref)
	}
	n := &c.Items[i]
	ref = n.Ref()
	d := &itemData{
		frame: f, Item: c.itemCell(i), Ref: clip(ref, shownTitle), Graph: graphLink(graphItemParam, ref, "depth", "3"), Open: n.State.Open(),
		JSON: apiLink("items/" + pathEscape(ref)), AllDeps: pageLink("dependencies", "item", ref), AllWaiting: pageLink("blocked", "behind", ref),
		Facts: c.facts(i), Days: c.query.number("days", 7),
	}
	d.Title, d.Asks = d.Ref, d.Ref == ref
	for _, s := range c.StakeholdersAround(i) {
		d.Stakeholders = append(d.Stakeholders, stakeholderRow{clip(s.Team, shownName), string(s.Role), clip(s.Name, shownName)})
	}
	c.itemBlocked(d, i)
	c.itemWaiting(d, i)
	c.itemDependencies(d, i)
	for k := range c.Findings {
		if fi := &c.Findings[k]; fi.Item == i {
			d.Findings = append(d.Findings, findingLine{strings.ReplaceAll(fi.Kind.String(), "_", " "), clip(c.FindingTeam(fi), shownName), pageLink("hygiene", "finding", fi.Kind.String(), "team", c.FindingTeam(fi))})
		}
	}
	return d, nil
}

func (c *call) facts(i int32) []fact {
	n := &c.Items[i]
	f := []fact{{"State", cell{Tag: n.State.String(), Note: clip(n.Status.String(), shownName)}}, {"Team", teamCell(n.Team.String())}, {"Assignee", assignees(n, len(n.Assignees))}}
	add := func(name, value string) {
		if value != "" {
			f = append(f, fact{name, cell{Text: clip(value, shownTitle)}})
		}
	}
	add("Type", n.Type.String())
	add("Priority", n.Priority.String())
	add("Resolution", n.Resolution.String())
	if !n.Due.IsZero() {
		due := c.due(n.Due)
		if !n.State.Open() {
			due.Note, due.Class = "", ""
		}
		f = append(f, fact{"Due", due})
	}
	if p, ok := n.Estimate(); ok {
		add("Points", decimal(p))
	}
	add("Sprint", n.Sprint.Value().String())
	add("Milestone", n.Milestone.Value().String())
	versions := []string{}
	for _, v := range n.FixVersions {
		versions = append(versions, v.String())
	}
	add("Fix versions", strings.Join(versions, ", "))
	add("Epic", n.Epic)
	add("Labels", strings.Join(n.Labels, ", "))
	add("Components", strings.Join(n.Components, ", "))
	for _, t := range []fact{
		{"Created", cell{When: momentOf(n.Created.Time(), c.now())}},
		{"Updated", cell{When: momentOf(n.Updated.Time(), c.now())}},
		{"Closed", cell{When: momentOf(n.Closed.Time(), c.now())}},
	} {
		if t.When.ISO != "" {
			f = append(f, t)
		}
	}
	add("Former keys", strings.Join(n.Aliases, ", "))
	if c.digest().works()[n.Twin] {
		same := cell{Class: "list"}
		for _, ref := range c.mirrors(i) {
			same.List = append(same.List, linkText{Href: itemLink(ref), Text: clip(ref, shownName)})
		}
		f = append(f, fact{"Same work as", same})
	}
	if n.Stub {
		add("Known", "only from what links to it")
	}
	return f
}

// itemBlocked tells why the item waits.
func (c *call) itemBlocked(d *itemData, i int32) {
	n := &c.Items[i]
	if n.Blocked < 0 {
		return
	}
	b := &c.Blocked[n.Blocked]
	d.Blocked = true
	d.Since = cell{When: momentOf(b.Since.Time(), c.now()), AtBest: b.SinceKnown == model.Observed}
	d.Escalation = c.LevelName(c.Escalated(b))
	d.MoreCauses, d.AllCauses = max(0, len(b.Causes)-shownDeps), pageLink("dependencies", "item", n.Ref(), "kind", "blocks", "state", "active")
	for k := range b.Causes[:min(shownDeps, len(b.Causes))] {
		cause := &b.Causes[k]
		line := causeLine{Since: cell{When: momentOf(cause.Since.Time(), c.now()), AtBest: cause.SinceKnown == model.Observed}}
		if cause.Signal != nil {
			line.Signal, line.Text = true, signalText(cause)
		} else {
			line.What = c.endCell(c.Dependencies[cause.Dependency].From)
			line.Level = c.LevelName(c.EscalationOf(cause.Dependency))
		}
		d.Causes = append(d.Causes, line)
	}
	chain := c.Chain(i)
	for k, step := range chain {
		item := &c.Items[step]
		d.Chain = append(d.Chain, chainStep{c.itemCell(step), c.due(item.Due), assignees(item, shownAssignees), k > 0 && k == len(chain)-1})
	}
	roots, _ := c.Roots(i)
	for _, r := range roots[:min(shownWaiting, len(roots))] {
		d.Roots = append(d.Roots, c.shortItem(r))
	}
	d.MoreRoots = max(0, len(roots)-shownWaiting)
}

// itemWaiting tells what waits on the item, and what closing or delaying it does.
func (c *call) itemWaiting(d *itemData, i int32) {
	r := c.Radius(i)
	if r.Items == 0 {
		return
	}
	d.HoldsUp = true
	d.Radius = radiusLine{Items: len(r.Waiting), Points: c.coveredPoints(r.Points, r.Waiting, pageLink("blocked", "behind", c.Ref(i), "estimated", "true")), Due: c.due(r.EarliestDue)}
	for _, t := range r.Teams {
		d.Radius.Teams = append(d.Radius.Teams, linkText{Href: pageLink("blocked", "behind", c.Ref(i), "team", t), Text: clip(t, shownName)})
	}
	waiting := slices.Clone(r.Waiting)
	since := func(i int32) model.Blocked {
		if b := c.Items[i].Blocked; b >= 0 {
			return c.Blocked[b]
		}
		return model.Blocked{}
	}
	slices.SortStableFunc(waiting, func(a, b int32) int { return compareTimes(since(a).Since, since(b).Since) })
	for _, w := range waiting[:min(shownWaiting, len(waiting))] {
		b := since(w)
		d.Waiting = append(d.Waiting, []cell{
			{Class: "item", Item: c.itemCell(w)}, teamCell(c.Items[w].Team.String()), {When: momentOf(b.Since.Time(), c.now()), AtBest: b.SinceKnown == model.Observed}, c.due(c.Items[w].Date()),
		})
	}
	d.MoreWaiting = max(0, len(waiting)-shownWaiting)
	closing := c.Graph.Close(i)
	for _, x := range closing.Freed[:min(shownWaiting, len(closing.Freed))] {
		d.Freed = append(d.Freed, c.shortItem(x))
	}
	for _, x := range closing.Still[:min(shownWaiting, len(closing.Still))] {
		d.Still = append(d.Still, c.shortItem(x))
	}
	d.MoreFreed, d.MoreStill = max(0, len(closing.Freed)-shownWaiting), max(0, len(closing.Still)-shownWaiting)
	if !d.Open {
		return
	}
	slip := c.Slip(i, d.Days)
	d.SlipFrom, d.SlipTo, d.Assumed = momentOf(slip.From, c.now()), momentOf(slip.To, c.now()), slip.Assumed
	for _, b := range slip.Breaks[:min(shownWaiting, len(slip.Breaks))] {
		d.Breaks = append(d.Breaks, breakLine{c.shortItem(b.Item), b.Date.String(), b.Days, b.Already})
	}
	d.AllBreaks = apiLink("items/"+pathEscape(c.Ref(i)), "slip_days", strconv.Itoa(d.Days))
	d.MoreBreaks = max(0, len(slip.Breaks)-shownWaiting)
}

// itemDependencies are what is claimed about the item, with all that stands
// behind it: what holds something up first.
func (c *call) itemDependencies(d *itemData, i int32) {
	deps := slices.Clone(c.DependenciesOf(i))
	slices.SortStableFunc(deps, func(a, b int32) int {
		x, y := &c.Dependencies[a], &c.Dependencies[b]
		return cmp.Or(compareBool(x.Kind != model.Blocks, y.Kind != model.Blocks), cmp.Compare(y.State, x.State))
	})
	d.AllConflicts = pageLink("conflicts", "item", c.Ref(i))
	d.MoreDeps = max(0, len(deps)-shownDeps)
	for _, di := range deps {
		for _, k := range c.ConflictsOf(di) {
			if len(d.Conflicts) == shownDeps {
				d.MoreConflicts++
				continue
			}
			d.Conflicts = append(d.Conflicts, c.conflictLine(&k))
		}
	}
	for _, di := range deps[:min(shownDeps, len(deps))] {
		dep := &c.Dependencies[di]
		other, outward := dep.From, false
		if dep.From.Item() == i {
			other, outward = dep.To, true
		}
		claims := c.EvidenceOf(dep)
		line := dependencyLine{
			Relation: relation(dep.Kind, outward), Other: c.endCell(other), State: dep.State.String(),
			Since: cell{When: momentOf(dep.Since.Time(), c.now()), AtBest: dep.SinceKnown == model.Observed}, TextOnly: dep.TextOnly, OneSided: dep.Kind == model.Blocks && !dep.BothSides,
			More: max(0, len(claims)-shownClaims),
		}
		for _, e := range claims[:min(shownClaims, len(claims))] {
			claim := c.Claim(e)
			by := &c.Items[claim.ClaimedBy]
			line.Claims = append(line.Claims, claimLine{
				By: c.shortItem(claim.ClaimedBy), Tracker: clip(by.ID.Tracker.String(), shownName), Place: originText(claim.Claim), Author: clip(claim.Author, shownName),
				At:  cell{When: momentOf(cmp.Or(claim.At, claim.FirstSeen).Time(), c.now()), AtBest: claim.At.IsZero()},
				URL: tracked(by.URL, c.digest().hosts()),
			})
		}
		d.Dependencies = append(d.Dependencies, line)
	}
}

// relation says how an item stands to the other end.
func relation(k model.Kind, outward bool) string {
	words := map[model.Kind][2]string{
		model.Blocks: {"waits on", "holds up"}, model.Parent: {"contains", "is part of"}, model.Implements: {"is delivered by", "delivers"},
		model.Duplicates: {"is the original of", "duplicates"}, model.Mirrors: {"is the same work as", "is the same work as"},
	}
	w, ok := words[k]
	switch {
	case !ok:
		return "relates to"
	case outward:
		return w[1]
	}
	return w[0]
}

func (c *call) conflictLine(k *model.Conflict) conflictLine {
	blocker, blocked := c.ConflictValues(k)
	line := conflictLine{
		Kind: strings.ReplaceAll(k.Kind.String(), "_", " "), Blocker: c.shortItem(k.Blocker), Blocked: c.shortItem(k.Blocked),
		BlockerSays: clip(dated(blocker), shownName), NeedsSays: clip(dated(blocked), shownName),
	}
	if k.SlackDays != 0 {
		line.Slack = strconv.Itoa(int(k.SlackDays)) + " days"
	}
	if k.NeededByFrom >= 0 && k.NeededByFrom != k.Blocked {
		by := c.shortItem(k.NeededByFrom)
		line.NeededBy = &by
	}
	return line
}
