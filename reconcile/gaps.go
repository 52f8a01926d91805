package reconcile

import (
	"cmp"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// gaps finds what each team lacks, the teams apart from each other, and then
// what needs all of them: who has too much in progress, and whom most waits on.
type gaps struct {
	*reconciler
	of        []model.TeamGaps
	at        []int32           // by rec.teams: index into of
	items     edges             // team -> its items, ascending
	estimates map[int32]float64 // by representative of a folded piece of work: points of the first item that has any
	until     time.Time
}

// findGaps fills Graph.Gaps. It needs the closure.
func (rec *reconciler) findGaps() {
	gs := newGaps(rec)
	gs.findSkills()
	inParts(len(gs.of), func(_, lo, hi int) {
		var ages []time.Duration // of the open items of a team
		for i := lo; i < hi; i++ {
			t := &gs.of[i]
			ages = gs.readTeam(t, int32(i), ages[:0])
			if rec.mirrored {
				gs.foldLists(t)
			}
			t.Flow.MedianAge, t.Flow.OldestAge = spread(ages)
			for _, due := range t.Capacity.Due {
				points, _ := gs.estimate(due)
				t.Capacity.DemandPoints += points
			}
			gs.concentrate(t)
			if i < len(rec.rules.Teams) {
				gs.foresee(&t.Capacity, &rec.rules.Teams[i])
			}
		}
	})
	gs.findOverload()
	gs.rankBottlenecks()
	rec.g.Gaps = gs.of
}

func newGaps(rec *reconciler) *gaps {
	gs := &gaps{reconciler: rec, until: rec.now.Add(rec.rules.Gaps.Horizon)}
	gs.of, gs.at = make([]model.TeamGaps, len(rec.rules.Teams)+1), fill(len(rec.teams))
	for i := range gs.of {
		t := &gs.of[i]
		if t.Team = model.Unowned; i < len(rec.rules.Teams) {
			t.Team = rec.rules.Teams[i].Name
		}
		if at := &gs.at[rec.teamAt(t.Team)]; *at < 0 {
			*at = int32(i)
		}
		t.Capacity.Until, t.Capacity.Available = gs.until, 1
		t.Flow.From, t.Flow.Weeks = rec.now.Add(-rec.rules.Gaps.Window), weeks(rec.rules.Gaps.Window)
	}
	gs.items = newEdges(len(gs.of), len(rec.rows))
	for i := range rec.rows {
		gs.items.first[gs.at[rec.rows[i].team]+1]++
	}
	next := gs.items.sum()
	for i := range rec.rows {
		at := &next[gs.at[rec.rows[i].team]]
		gs.items.to[*at] = int32(i)
		*at++
	}
	if rec.mirrored {
		gs.estimates = map[int32]float64{}
		for i := range rec.rows {
			if rec.rows[i].has&folded == 0 {
				continue
			}
			n := &rec.g.Items[i]
			if points, ok := n.Estimate(); ok {
				if _, known := gs.estimates[n.Twin]; !known {
					gs.estimates[n.Twin] = points
				}
			}
		}
	}
	return gs
}

func weeks(d time.Duration) float64 { return d.Hours() / (7 * 24) }

// readTeam puts the items of a team into the lists they belong to. It appends the
// ages of the open ones.
func (gs *gaps) readTeam(t *model.TeamGaps, team int32, ages []time.Duration) []time.Duration {
	for _, i := range gs.items.of(team) {
		row := &gs.rows[i]
		if row.has&arrived != 0 {
			t.Flow.Arrived = append(t.Flow.Arrived, i)
		}
		if row.has&completed != 0 {
			t.Flow.Completed = append(t.Flow.Completed, i)
		}
		if row.has&reopened != 0 {
			t.Flow.Reopened = append(t.Flow.Reopened, i)
		}
		if !row.state.Open() {
			continue
		}
		gs.readOpen(t, i)
		if row.created != 0 {
			ages = append(ages, max(0, gs.moment.Sub(row.created)))
		}
	}
	return ages
}

func (gs *gaps) readOpen(t *model.TeamGaps, i int32) {
	row := &gs.rows[i]
	t.Open = append(t.Open, i)
	if row.has&bug != 0 {
		t.Flow.OpenBugs = append(t.Flow.OpenBugs, i)
	}
	free := row.has&(assigned|stub) == 0 // of a stub nobody tells who has it
	if n := gs.closure.node[i]; n >= 0 && len(gs.closure.down.of(n)) > 0 {
		t.Blocking = append(t.Blocking, i)
		if free {
			t.Unassigned.Blocking = append(t.Unassigned.Blocking, i)
		}
	}
	if row.state == model.Doing && free {
		t.Unassigned.Doing = append(t.Unassigned.Doing, i)
	}
	if row.has&estimated != 0 {
		t.Capacity.OpenEstimated = append(t.Capacity.OpenEstimated, i)
	}
	if row.has&due != 0 {
		t.Capacity.Due = append(t.Capacity.Due, i)
		if free {
			t.Unassigned.Due = append(t.Unassigned.Due, i)
		}
		if row.has&estimated == 0 {
			t.Capacity.Unestimated = append(t.Capacity.Unestimated, i)
			if row.has&implausible != 0 {
				t.Capacity.Implausible = append(t.Capacity.Implausible, i)
			}
		}
	}
}

// estimate is that of an item, or of one that mirrors it.
func (gs *gaps) estimate(i int32) (float64, bool) {
	points, ok := gs.g.Items[i].Estimate()
	if !ok && gs.rows[i].has&folded != 0 {
		points, ok = gs.estimates[gs.g.Items[i].Twin]
	}
	return points, ok
}

// foldLists leaves one item of each piece of work in every list of a team.
func (gs *gaps) foldLists(t *model.TeamGaps) {
	for _, list := range []*[]int32{
		&t.Open, &t.Blocking, &t.Unassigned.Blocking, &t.Unassigned.Doing, &t.Unassigned.Due, &t.Capacity.Due, &t.Capacity.Unestimated,
		&t.Capacity.Implausible, &t.Capacity.OpenEstimated, &t.Flow.Arrived, &t.Flow.Completed, &t.Flow.Reopened, &t.Flow.OpenBugs,
	} {
		*list = gs.pieces(*list)
	}
	for i := range t.Skills {
		t.Skills[i].Items = gs.pieces(t.Skills[i].Items)
	}
}

// pieces keeps the first item of each piece of work.
func (gs *gaps) pieces(list []int32) []int32 {
	var seen map[int32]bool
	return slices.DeleteFunc(list, func(i int32) bool {
		if gs.rows[i].has&folded == 0 {
			return false
		}
		if seen == nil {
			seen = map[int32]bool{}
		}
		twin := gs.g.Items[i].Twin
		had := seen[twin]
		seen[twin] = true
		return had
	})
}

// spread is the middle and the largest of durations, which it sorts.
func spread(ages []time.Duration) (median, oldest time.Duration) {
	if len(ages) == 0 {
		return 0, 0
	}
	slices.Sort(ages)
	return ages[(len(ages)-1)/2], ages[len(ages)-1]
}

// foresee tells what a team can complete until the horizon.
func (gs *gaps) foresee(c *model.Forecast, team *model.Team) {
	c.Available = gs.availability(team.Members)
	capacity := func(perWeek float64) *float64 {
		if perWeek <= 0 {
			return nil
		}
		v := perWeek * weeks(gs.rules.Gaps.Horizon) * c.Available
		return &v
	}
	c.Points, c.Items = capacity(team.Capacity.PointsPerWeek), capacity(team.Capacity.ItemsPerWeek)
}

// availability is the share of their working time that members are there for
// from now to the horizon: days from Monday to Friday not on leave, by the
// share of a week each works.
func (gs *gaps) availability(members []model.Person) float64 {
	total, there := 0.0, 0.0
	for i := range members {
		m := &members[i]
		days, away := 0, 0
		first := midnight(gs.now.In(gs.loc))
		for day := first; day.Before(gs.until.In(gs.loc)); day = day.AddDate(0, 0, 1) {
			if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
				continue
			}
			days++
			if onLeave(m, day) {
				away++
			}
		}
		total += m.FTE * float64(days)
		there += m.FTE * float64(days-away)
	}
	if total == 0 {
		if len(members) > 0 && gs.rules.Gaps.Horizon > 0 && !slices.ContainsFunc(members, func(m model.Person) bool { return m.FTE > 0 }) {
			return 0
		}
		return 1
	}
	return there / total
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// onLeave tells whether a person is away on the day of t, in t's zone. A leave
// that ends before it starts is none.
func onLeave(m *model.Person, t time.Time) bool {
	y, mo, d := t.Date()
	day := model.At(time.Date(y, mo, d, 0, 0, 0, 0, time.UTC))
	return slices.ContainsFunc(m.Leave, func(l model.Leave) bool { return l.First.Time <= day && day <= l.Last.Time })
}

// concentrate tells who holds what the team holds others up with.
func (gs *gaps) concentrate(t *model.TeamGaps) {
	held := map[int32][]int32{} // by person: indices into t.Blocking
	var who []int32
	for k, i := range t.Blocking {
		who = gs.assigned(who[:0], i)
		for _, p := range who {
			held[p] = append(held[p], int32(k))
		}
	}
	c := &t.Concentration
	for p, items := range held {
		c.Holders = append(c.Holders, model.Holder{Person: gs.persons.name(p), Items: items})
	}
	slices.SortFunc(c.Holders, func(a, b model.Holder) int {
		return cmp.Or(cmp.Compare(len(b.Items), len(a.Items)), cmp.Compare(a.Person, b.Person), slices.Compare(a.Items, b.Items))
	})
	carried, n := make([]bool, len(t.Blocking)), 0
	for i, h := range c.Holders {
		for k, at := range h.Items {
			if !carried[at] {
				carried[at] = true
				n++
			}
			h.Items[k] = t.Blocking[at]
		}
		if c.Half == 0 && 2*n >= len(t.Blocking) {
			c.Half = i + 1
		}
	}
}
