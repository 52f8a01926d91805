package model

import (
	"math"
	"time"
)

// GapRules bound what resource gaps look at; the zero value has no horizon and
// no window, and knows no bugs.
type GapRules struct {
	// Horizon is how far ahead capacity, demand and due dates are looked at.
	Horizon time.Duration
	// Window is how far back flow is measured.
	Window time.Duration
	// Bugs are globs for the types of items that are bugs.
	Bugs []string
}

// maxEstimate is the largest number of points that can be meant: what is beyond
// it, below zero or no number is a slip of the keyboard, and no estimate.
const maxEstimate = 10_000

// Estimate is the item's points, if they can be meant: from 0 to 10,000.
func (it *Item) Estimate() (points float64, ok bool) {
	if it.Points == nil || math.IsNaN(*it.Points) || *it.Points < 0 || *it.Points > maxEstimate {
		return 0, false
	}
	return *it.Points, true
}

// TeamGaps tells what one team lacks, so that work waits: people, time, skills
// or pace. docs/gaps.md defines each number. Every list is of indices into
// Graph.Items, ascending, with one item for each piece of work: mirrored items
// appear as the first of them to which it applies. Every count is the length of
// its list, so only the lists are kept.
type TeamGaps struct {
	Team string // a configured team, or Unowned
	// Open are the team's open items, stubs included.
	Open []int32
	// Blocking are those that hold up another item.
	Blocking []int32

	Unassigned    Unassigned
	Overloaded    []Load // the one most waits on first
	Capacity      Forecast
	Concentration Concentration
	Skills        []SkillGap // sorted by skill; only skills that are missing
	Flow          Flow
	Bottleneck    Bottleneck
}

// Unassigned are the open items nobody is assigned to, by why that matters. An
// item may be in several lists.
type Unassigned struct {
	Blocking []int32 // hold up another item
	Doing    []int32 // in state doing
	Due      []int32 // with a date within the horizon, or past
}

// Load is a member with more items in state doing than the team's limit for
// one person.
type Load struct {
	Person string
	Doing  []int32 // of any team
	Limit  int
	// Waiting are the open items that transitively wait on those: the weight of the overload.
	Waiting []int32
}

// Forecast sets what a team can complete within the horizon against what is to
// be completed in it.
type Forecast struct {
	// Until is the end of the horizon.
	Until time.Time
	// Available is the share of the team's working time that its members are
	// there for, 0 to 1; 1 for a team without members in the config.
	Available float64
	// Points and Items are the capacity until then; nil where the config gives
	// no pace in that unit.
	Points *float64
	Items  *float64
	// Due are the open items with a date until then, past ones included: the demand.
	Due []int32
	// DemandPoints is the sum of the estimates of Due.
	DemandPoints float64
	// Unestimated are those of Due without an estimate, which DemandPoints does not hold.
	Unestimated []int32
	// Implausible are those of Unestimated with one that cannot be meant.
	Implausible []int32
	// OpenEstimated are the team's open items with an estimate.
	OpenEstimated []int32
}

// Coverage is the share of the team's open items that have an estimate; ok is
// false when it has none open.
func (g *TeamGaps) Coverage() (ratio float64, ok bool) {
	return ratioOf(len(g.Capacity.OpenEstimated), len(g.Open))
}

// Holder is a person and the items assigned to them.
type Holder struct {
	Person string
	Items  []int32
}

// Concentration tells how much of what a team holds up hangs on few people.
type Concentration struct {
	// Holders are the assignees of the team's blocking items, the one with the most first.
	Holders []Holder
	// Half is how many of Holders, in their order, it takes to carry half of the
	// blocking items; 0 when those with an assignee are fewer than half.
	Half int
}

// Concentrated is the share of the team's blocking items on the person with the
// most; ok is false when the team blocks nothing.
func (g *TeamGaps) Concentrated() (ratio float64, ok bool) {
	top := 0
	if h := g.Concentration.Holders; len(h) > 0 {
		top = len(h[0].Items)
	}
	return ratioOf(top, len(g.Blocking))
}

// SkillGap is a skill that open items of a team need and no available member has.
type SkillGap struct {
	Skill string
	Items []int32
}

// Flow is how work comes and goes. Stubs are not in it: they are seen only
// while something links to them.
type Flow struct {
	// From is the start of the window, which ends at Graph.AsOf.
	From time.Time
	// Arrived were created in the window, Completed became done in it and are
	// done still, Reopened became open again in it.
	Arrived, Completed, Reopened []int32
	// OpenBugs are the open items whose type is a bug.
	OpenBugs []int32
	// MedianAge and OldestAge are of the open items whose creation is known; zero without any.
	MedianAge, OldestAge time.Duration
	// Weeks is the length of the window.
	Weeks float64
}

// BugShare is the share of bugs among the open items; ok is false when none is open.
func (g *TeamGaps) BugShare() (ratio float64, ok bool) {
	return ratioOf(len(g.Flow.OpenBugs), len(g.Open))
}

// WeeksToClear is how long what blocks others takes at the pace of the window,
// by Little's law: items over completions in a week. ok is false when nothing
// was completed and something blocks.
func (g *TeamGaps) WeeksToClear() (weeks float64, ok bool) {
	switch {
	case len(g.Blocking) == 0:
		return 0, true
	case len(g.Flow.Completed) == 0 || g.Flow.Weeks <= 0:
		return 0, false
	}
	return float64(len(g.Blocking)) * g.Flow.Weeks / float64(len(g.Flow.Completed)), true
}

// Bottleneck is how much open work of other teams transitively waits on a team.
type Bottleneck struct {
	// Items is the length of Graph.WaitingOnTeam.
	Items int
	// Rank is 1 for the team most waits on, equal for equal Items; 0 when nothing waits.
	Rank int
}

func ratioOf(part, whole int) (float64, bool) {
	if whole == 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// GapsOf finds the gaps of a team, nil if there is none of that name.
func (g *Graph) GapsOf(team string) *TeamGaps {
	for i := range g.Gaps {
		if g.Gaps[i].Team == team {
			return &g.Gaps[i]
		}
	}
	return nil
}

// WaitingOnTeam are the open items of other teams that transitively wait on an
// item of a team, ascending, one for each piece of work.
func (g *Graph) WaitingOnTeam(team string) []int32 {
	seen := make([]bool, len(g.Items))
	var queue []int32
	visit := func(item int32) {
		for _, di := range g.DependenciesOf(item) {
			if d := &g.Dependencies[di]; d.State == Active && d.From.Item() == item && !seen[d.To] {
				seen[d.To] = true
				queue = append(queue, d.To.Item())
			}
		}
	}
	for i := range g.Items {
		if n := &g.Items[i]; n.Team.String() == team && n.State.Open() {
			visit(int32(i))
		}
	}
	for i := 0; i < len(queue); i++ {
		visit(queue[i])
	}
	var waiting []int32
	pieces := map[int32]bool{}
	for i, waits := range seen {
		if n := &g.Items[i]; waits && n.Team.String() != team && !pieces[n.Twin] {
			pieces[n.Twin] = true
			waiting = append(waiting, int32(i))
		}
	}
	return waiting
}
