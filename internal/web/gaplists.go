package web

import (
	"slices"
	"strconv"

	"github.com/waitgraph/waitgraph/model"
)

// gapList is a number of resource gaps with the items behind it; of some numbers
// there is one for each person or skill, by its name.
type gapList struct {
	name string
	of   func(view, *model.TeamGaps) []int32
	by   func(g *model.TeamGaps, each func(name string, items []int32))
}

// The gaps there are of each person or skill.
const (
	gapOverloaded     = "overloaded"
	gapBehindOverload = "behind_overloaded"
	gapHolders        = "concentration"
	gapSkills         = "skills"
)

// items are those of a team behind the number; of one name, or of any when it is "".
func (l *gapList) items(v view, g *model.TeamGaps, name string) (items []int32) {
	if l.by == nil {
		return l.of(v, g)
	}
	l.by(g, func(each string, of []int32) {
		if name == "" || name == each {
			items = append(items, of...)
		}
	})
	return items
}

// overloaded and holders name the people of a team's gaps, each differently.
func overloaded(g *model.TeamGaps) []string {
	return distinct(len(g.Overloaded), func(i int) string { return g.Overloaded[i].Person })
}

func holders(g *model.TeamGaps) []string {
	return distinct(len(g.Concentration.Holders), func(i int) string { return g.Concentration.Holders[i].Person })
}

// distinct are n names; of those alike the second has a 2 behind it, and so on.
func distinct(n int, of func(i int) string) []string {
	names, met := make([]string, n), map[string]int{}
	for i := range names {
		names[i] = of(i)
		if met[names[i]]++; met[of(i)] > 1 {
			names[i] += " (" + strconv.Itoa(met[of(i)]) + ")"
		}
	}
	return names
}

func gapLists() []gapList {
	plain := func(of func(*model.TeamGaps) []int32) func(view, *model.TeamGaps) []int32 {
		return func(_ view, g *model.TeamGaps) []int32 { return of(g) }
	}
	loads := func(of func(*model.Load) []int32) func(*model.TeamGaps, func(string, []int32)) {
		return func(g *model.TeamGaps, each func(string, []int32)) {
			for i, name := range overloaded(g) {
				each(name, of(&g.Overloaded[i]))
			}
		}
	}
	return []gapList{
		{name: "blocking", of: plain(func(g *model.TeamGaps) []int32 { return g.Blocking })},
		{name: "unassigned_blocking", of: plain(func(g *model.TeamGaps) []int32 { return g.Unassigned.Blocking })},
		{name: "unassigned_doing", of: plain(func(g *model.TeamGaps) []int32 { return g.Unassigned.Doing })},
		{name: "unassigned_due", of: plain(func(g *model.TeamGaps) []int32 { return g.Unassigned.Due })},
		{name: "due", of: plain(func(g *model.TeamGaps) []int32 { return g.Capacity.Due })},
		{name: "unestimated", of: plain(func(g *model.TeamGaps) []int32 { return g.Capacity.Unestimated })},
		{name: "implausible", of: plain(func(g *model.TeamGaps) []int32 { return g.Capacity.Implausible })},
		{name: "estimated", of: plain(func(g *model.TeamGaps) []int32 { return g.Capacity.OpenEstimated })},
		{name: "open", of: plain(func(g *model.TeamGaps) []int32 { return g.Open })},
		{name: "arrived", of: plain(func(g *model.TeamGaps) []int32 { return g.Flow.Arrived })},
		{name: "completed", of: plain(func(g *model.TeamGaps) []int32 { return g.Flow.Completed })},
		{name: "reopened", of: plain(func(g *model.TeamGaps) []int32 { return g.Flow.Reopened })},
		{name: "open_bugs", of: plain(func(g *model.TeamGaps) []int32 { return g.Flow.OpenBugs })},
		{name: "waiting", of: func(v view, g *model.TeamGaps) []int32 { return v.WaitingOnTeam(g.Team) }},
		{name: gapOverloaded, by: loads(func(l *model.Load) []int32 { return l.Doing })},
		{name: gapBehindOverload, by: loads(func(l *model.Load) []int32 { return l.Waiting })},
		{name: gapHolders, by: func(g *model.TeamGaps, each func(string, []int32)) {
			for i, name := range holders(g) {
				each(name, g.Concentration.Holders[i].Items)
			}
		}},
		{name: gapSkills, by: func(g *model.TeamGaps, each func(string, []int32)) {
			for i := range g.Skills {
				each(g.Skills[i].Skill, g.Skills[i].Items)
			}
		}},
	}
}

func gapNames() (names []string) {
	for _, l := range gapLists() {
		names = append(names, l.name)
	}
	return names
}

// inGap tells of items whether they are behind a number asked for.
func (c *call) inGap() (func(item int32) bool, error) {
	names, team, by := c.query["gap"], c.query.among("gap_of"), c.query.text("gap_by")
	if len(names) == 0 {
		for _, p := range []string{"gap_of", "gap_by"} {
			if v := c.query.text(p); v != "" {
				return nil, refuse(invalid{Parameter: p, Value: clip(v, 200), Detail: "needs gap beside it", Allowed: gapNames()})
			}
		}
		return func(int32) bool { return true }, nil
	}
	in := map[int32]bool{}
	for _, l := range gapLists() {
		if !slices.Contains(names, l.name) {
			continue
		}
		for i := range c.Gaps {
			if g := &c.Gaps[i]; team(g.Team) {
				for _, item := range l.items(c.view, g, by) {
					in[item] = true
				}
			}
		}
	}
	return func(item int32) bool { return in[item] }, nil
}

// gapItems is the list of items behind a number of a team.
func gapItems(team, name string) string { return pageLink("items", "gap", name, "gap_of", team) }

// gapItemsBy is that of one person or skill.
func gapItemsBy(team, name, by string) string {
	return pageLink("items", "gap", name, "gap_of", team, "gap_by", by)
}

// gapLink is the page of a team's gaps, at one of its sections.
func gapLink(team, section string) string {
	href := pageLink("gaps", "team", team)
	if href != "" && section != "" {
		href += "#" + section
	}
	return href
}
