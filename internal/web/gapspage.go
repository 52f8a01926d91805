package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// gapsData is the gaps of all teams, or of one with what stands behind each number.
type gapsData struct {
	frame
	Table *tablePage
	Team  *teamGapsPage
}

type teamGapsPage struct {
	Name, Path, TeamPage string
	From, Until          string
	CSV, JSON            string
	Filters              []filterField
	Numbers              []keyNumber
	Sections             []gapSection
}

// gapSection is one kind of gap: what it means and what there is of it.
type gapSection struct {
	ID, Title, Definition string
	// Coverage says how far the numbers can be relied on that rest on estimates.
	Coverage []linkText
	Lines    []gapRow
	Empty    string
}

// gapRow is one number with the first of the items behind it.
type gapRow struct {
	Label, Value, Href, Note string
	Behind                   *linkText // a second number: what waits on the items
	Items                    []linkText
	More                     int
	MoreTo                   string
}

func gapsPage(e endpoint) uiPage {
	t := e.table
	p := t.page(e)
	p.file = "gaps.html"
	p.data = func(c *call, f frame) (any, error) {
		if names := c.query["team"]; len(names) == 1 {
			if g := c.GapsOf(names[0]); g != nil {
				f.Title = "Resource gaps of " + clip(g.Team, shownName)
				return &gapsData{frame: f, Team: c.teamGaps(g)}, nil
			}
		}
		page, err := t.data(c, f, &e)
		if err != nil {
			return nil, err
		}
		return &gapsData{frame: f, Table: page}, nil
	}
	return p
}

func gapsTable() *table {
	of := func(c *call) func(i int) *model.TeamGaps { return func(i int) *model.TeamGaps { return &c.Gaps[i] } }
	number := func(n func(*model.TeamGaps) int) func(c *call) func(a, b int) int {
		return func(c *call) func(a, b int) int { return by(func(i int) int { return n(of(c)(i)) }) }
	}
	return &table{
		path: "gaps", title: "Resource gaps", sorted: "-bottleneck",
		about: "Why work waits: nobody has it, who has it has too much, time or skill is missing, or it comes faster than it goes. A team's name leads to what stands behind its numbers.",
		empty: "The configuration names no team.",
		columns: []column{
			{name: "team", head: "Team", compare: func(c *call) func(a, b int) int { return by(func(i int) string { return of(c)(i).Team }) }},
			{name: "bottleneck", head: "Others' items waiting", class: "n", compare: number(func(g *model.TeamGaps) int { return g.Bottleneck.Items })},
			{name: "blocking", head: "Blocking", class: "n", compare: number(func(g *model.TeamGaps) int { return len(g.Blocking) })},
			{name: "unassigned", head: "of them nobody's", class: "n", compare: number(func(g *model.TeamGaps) int { return len(g.Unassigned.Blocking) })},
			{name: "overloaded", head: "People over limit", class: "n", compare: number(func(g *model.TeamGaps) int { return len(g.Overloaded) })},
			{name: "due", head: "Due", class: "n", compare: number(func(g *model.TeamGaps) int { return len(g.Capacity.Due) })},
			{name: "demand", head: "Points due / capacity", class: "n", compare: func(c *call) func(a, b int) int {
				return by(func(i int) float64 { return of(c)(i).Capacity.DemandPoints })
			}},
			{name: "coverage", head: "Estimated", class: "n", compare: func(c *call) func(a, b int) int {
				return by(func(i int) float64 { share, _ := of(c)(i).Coverage(); return share })
			}, blank: func(c *call) func(i int) bool {
				return func(i int) bool { _, ok := of(c)(i).Coverage(); return !ok }
			}},
			{name: "skills", head: "Skills missing", class: "n", compare: number(func(g *model.TeamGaps) int { return len(g.Skills) })},
			{name: "weeks", head: "Weeks to clear", class: "n", compare: func(c *call) func(a, b int) int {
				return by(func(i int) float64 { w, _ := of(c)(i).WeeksToClear(); return w })
			}, blank: func(c *call) func(i int) bool {
				return func(i int) bool { _, ok := of(c)(i).WeeksToClear(); return !ok }
			}},
		},
		cells: func(c *call, i int) []cell {
			g := of(c)(i)
			demand, coverage, weeks := cell{Class: "n", Text: duePoints(&g.Capacity)}, cell{Class: "n"}, cell{Class: "n", Text: "no pace"}
			if p := g.Capacity.Points; p != nil {
				demand.Text += " / " + decimal(round(*p))
				if g.Capacity.DemandPoints > *p {
					demand.Class, demand.Note = "n late", "over"
				}
			}
			if share, ok := g.Coverage(); ok {
				coverage.Text, coverage.Href = percent(share), gapItems(g.Team, "estimated")
			}
			if w, ok := g.WeeksToClear(); ok {
				weeks.Text, weeks.Href = decimal(round(w)), gapLink(g.Team, "flow")
			}
			return []cell{
				{Text: clip(g.Team, shownName), Href: gapLink(g.Team, "")},
				number0(g.Bottleneck.Items, gapItems(g.Team, "waiting")),
				number0(len(g.Blocking), gapItems(g.Team, "blocking")),
				number0(len(g.Unassigned.Blocking), gapItems(g.Team, "unassigned_blocking")),
				number0(len(g.Overloaded), gapLink(g.Team, "overloaded")),
				number0(len(g.Capacity.Due), gapItems(g.Team, "due")),
				demand, coverage,
				number0(len(g.Skills), gapLink(g.Team, "skills")),
				weeks,
			}
		},
	}
}

// duePoints is the sum of the estimates of what is due.
func duePoints(f *model.Forecast) string {
	if len(f.Due) > 0 && len(f.Unestimated) == len(f.Due) {
		return notEstimated
	}
	return decimal(round(f.DemandPoints))
}

func percent(share float64) string { return strconv.Itoa(int(100*share)) + "%" }

// teamGaps is the page of one team.
func (c *call) teamGaps(g *model.TeamGaps) *teamGapsPage {
	cap := &g.Capacity
	p := &teamGapsPage{
		Name: clip(g.Team, shownName), Path: "gaps", TeamPage: pageLink("team", "name", g.Team),
		From: g.Flow.From.In(c.Location).Format(time.DateOnly), Until: cap.Until.In(c.Location).Format(time.DateOnly),
		JSON: apiLink("gaps", "team", g.Team), CSV: apiLink("gaps", "team", g.Team, "format", "csv"),
	}
	teams := filterField{Name: "team", Label: "team", Value: g.Team, Options: []option{{Value: "", Label: "all teams"}}}
	for i := range c.Gaps {
		name := c.Gaps[i].Team
		teams.Options = append(teams.Options, option{name, clip(name, shownName), name == g.Team})
	}
	p.Filters = []filterField{teams}

	coverage, covered := []linkText{{Text: "none is open"}}, "unknown"
	if share, ok := g.Coverage(); ok {
		covered = percent(share)
		coverage = []linkText{
			{Text: covered + " of the team's open items have an estimate,"},
			counted(len(cap.OpenEstimated), gapItems(g.Team, "estimated")),
			{Text: "of"},
			counted(len(g.Open), gapItems(g.Team, "open")),
		}
	}
	rank := ""
	if g.Bottleneck.Rank > 0 {
		rank = "rank " + group(g.Bottleneck.Rank) + " of " + group(len(c.Gaps))
	}
	demand := keyNumber{Label: "points due", Value: duePoints(cap), Note: covered + " of open items estimated", Href: "#capacity"}
	if cap.Points != nil {
		demand.Value += " / " + decimal(round(*cap.Points))
		demand.Label, demand.Alert = "points due / capacity", cap.DemandPoints > *cap.Points
	}
	p.Numbers = []keyNumber{
		{Label: "items of other teams wait", Value: group(g.Bottleneck.Items), Note: rank, Href: gapItems(g.Team, "waiting"), Alert: g.Bottleneck.Rank == 1},
		{Label: "blocking items nobody has", Value: group(len(g.Unassigned.Blocking)), Href: gapItems(g.Team, "unassigned_blocking"), Alert: len(g.Unassigned.Blocking) > 0},
		{Label: "people over the limit", Value: group(len(g.Overloaded)), Href: "#overloaded", Alert: len(g.Overloaded) > 0},
		demand,
		{Label: "skills missing", Value: group(len(g.Skills)), Href: "#skills", Alert: len(g.Skills) > 0},
	}
	row := func(label, name string, items []int32) gapRow {
		return c.gapRow(label, group(len(items)), gapItems(g.Team, name), items)
	}
	p.Sections = []gapSection{
		{ID: "unassigned", Title: "Nobody has it", Definition: "Open items without an assignee, by why that matters. One may be in several.", Lines: []gapRow{
			row("hold up another item", "unassigned_blocking", g.Unassigned.Blocking),
			row("in progress", "unassigned_doing", g.Unassigned.Doing),
			row("due until "+p.Until+", or past", "unassigned_due", g.Unassigned.Due),
		}},
		c.overloads(g), c.capacity(g, p.Until, coverage), c.concentration(g), c.skills(g), c.flow(g, p.From),
		{
			ID: "bottleneck", Title: "What waits on the team", Definition: "Open items of other teams that wait on the team, directly or through others. Rank 1 is the team most waits on.",
			Lines: []gapRow{row(strings.TrimPrefix("open items of other teams, "+rank, ", "), "waiting", c.WaitingOnTeam(g.Team))},
		},
	}
	return p
}

const shownGap = 6

func (c *call) gapRow(label, value, href string, items []int32) gapRow {
	r := gapRow{Label: label, Value: value, MoreTo: href, More: max(0, len(items)-shownGap)}
	if len(items) > 0 {
		r.Href = href
	}
	for _, i := range items[:min(shownGap, len(items))] {
		ref := c.Ref(i)
		r.Items = append(r.Items, linkText{Href: itemLink(ref), Text: clip(ref, shownName)})
	}
	return r
}

func (c *call) overloads(g *model.TeamGaps) gapSection {
	s := gapSection{
		ID: "overloaded", Title: "Who has too much", Empty: "Nobody has more in progress than the limit, or the team has none.",
		Definition: "Members with more items in progress, of any team, than the team's wip_per_person. The weight is how many open items wait on those. Whom most waits on comes first.",
	}
	for i, name := range overloaded(g) {
		l := &g.Overloaded[i]
		r := c.gapRow(clip(name, shownName), group(len(l.Doing)), gapItemsBy(g.Team, gapOverloaded, name), l.Doing)
		r.Note = "the limit is " + group(l.Limit)
		if waiting := len(l.Waiting); waiting > 0 {
			behind := counted(waiting, gapItemsBy(g.Team, gapBehindOverload, name))
			behind.Note = "waiting on them"
			r.Behind = &behind
		}
		s.Lines = append(s.Lines, r)
	}
	return s
}

func (c *call) capacity(g *model.TeamGaps, until string, coverage []linkText) gapSection {
	f := &g.Capacity
	s := gapSection{
		ID: "capacity", Title: "Capacity against demand", Coverage: coverage,
		Definition: "What the team can complete until " + until + ", by its pace and how much of their working time its members are there for (" + percent(f.Available) + "), against the open items with a date until then, past ones included.",
	}
	due := c.gapRow("items due", group(len(f.Due)), gapItems(g.Team, "due"), f.Due)
	if f.Items != nil {
		due.Note = "capacity " + decimal(round(*f.Items)) + " items"
	}
	points := gapRow{Label: "points due", Value: duePoints(f), Note: "the configuration gives no pace in points"}
	if f.Points != nil {
		points.Note = "capacity " + decimal(round(*f.Points)) + " points"
	}
	s.Lines = []gapRow{
		due, points,
		c.gapRow("due without estimate, not in the points", group(len(f.Unestimated)), gapItems(g.Team, "unestimated"), f.Unestimated),
	}
	if len(f.Implausible) > 0 {
		s.Lines = append(s.Lines, c.gapRow("of those with one that cannot be meant", group(len(f.Implausible)), gapItems(g.Team, "implausible"), f.Implausible))
	}
	s.Lines = append(s.Lines, c.gapRow("open items with an estimate", group(len(f.OpenEstimated)), gapItems(g.Team, "estimated"), f.OpenEstimated))
	return s
}

func (c *call) concentration(g *model.TeamGaps) gapSection {
	s := gapSection{
		ID: "concentration", Title: "How much hangs on one person", Empty: "The team's blocking items are nobody's, or it has none.",
		Definition: "The assignees of the team's blocking items, the one with the most first. Items nobody has count in the whole.",
	}
	s.Lines = append(s.Lines, c.gapRow("blocking items in all", group(len(g.Blocking)), gapItems(g.Team, "blocking"), g.Blocking))
	s.Lines[0].Note = strings.TrimPrefix(half(g.Concentration.Half), "; ")
	names := holders(g)
	for i, name := range names[:min(shownPeople, len(names))] {
		h := &g.Concentration.Holders[i]
		r := c.gapRow(clip(name, shownName), group(len(h.Items)), gapItemsBy(g.Team, gapHolders, name), h.Items)
		r.Note = percent(float64(len(h.Items))/float64(len(g.Blocking))) + " of them"
		s.Lines = append(s.Lines, r)
	}
	if more := len(g.Concentration.Holders) - shownPeople; more > 0 {
		s.Lines = append(s.Lines, gapRow{Label: "and more people", Value: group(more), Href: apiLink("gaps", "team", g.Team)})
	}
	return s
}

func (c *call) skills(g *model.TeamGaps) gapSection {
	s := gapSection{
		ID: "skills", Title: "Skills nobody available has", Empty: "None is missing, or nothing is known of the team's people.",
		Definition: "Open items that need a configured skill which no member of the team has who works and is not on leave today.",
	}
	for i := range g.Skills {
		k := &g.Skills[i]
		s.Lines = append(s.Lines, c.gapRow(clip(k.Skill, shownName), group(len(k.Items)), gapItemsBy(g.Team, gapSkills, k.Skill), k.Items))
	}
	return s
}

func (c *call) flow(g *model.TeamGaps, from string) gapSection {
	f := &g.Flow
	row := func(label, name string, items []int32) gapRow {
		return c.gapRow(label, group(len(items)), gapItems(g.Team, name), items)
	}
	weeks := gapRow{Label: "weeks to clear what blocks others", Value: "unknown", Note: "nothing was completed in the window: there is no pace"}
	if w, ok := g.WeeksToClear(); ok {
		weeks.Value, weeks.Note = decimal(round(w)), "at what was completed in "+decimal(round(f.Weeks))+" weeks"
		blocking, completed := counted(len(g.Blocking), gapItems(g.Team, "blocking")), counted(len(f.Completed), gapItems(g.Team, "completed"))
		blocking.Note, completed.Note = "blocking", "completed"
		weeks.Items = []linkText{blocking, completed}
	}
	bugs := row("open bugs", "open_bugs", f.OpenBugs)
	if share, ok := g.BugShare(); ok {
		bugs.Note = percent(share) + " of the open items"
	}
	open := row("open items", "open", g.Open)
	if f.MedianAge > 0 {
		open.Note = "median age " + span(f.MedianAge) + ", oldest " + span(f.OldestAge)
	}
	return gapSection{
		ID: "flow", Title: "How work comes and goes",
		Definition: "Since " + from + ": items created, done and done still, and opened again. At the pace of completions, how long what blocks others takes.",
		Lines:      []gapRow{row("arrived", "arrived", f.Arrived), row("completed", "completed", f.Completed), row("reopened", "reopened", f.Reopened), open, bugs, weeks},
	}
}
