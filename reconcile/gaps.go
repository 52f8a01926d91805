package reconcile

import (
	"cmp"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// gaps finds what each team lacks, in one pass over the items and one over the
// edges of waiting. What is asked of few items only, such as who holds those
// that block, is worked out from the lists of that pass.
type gaps struct {
	*reconciler
	of       []model.TeamGaps
	teams    map[string]int32 // index into of
	persons  *persons
	skills   *skills
	blocking []bool // by item: holds up another
	// by representative of a piece of work, when some are folded
	assigned  []bool            // somebody has it
	estimates map[int32]float64 // points of the first item that has any
	doing     [][]int32         // by person: what they have in progress
	ages      [][]time.Duration
	until     time.Time
	from      time.Time
	bugs      map[string]bool // by type, as far as met
}

// findGaps fills Graph.Gaps. It needs the closure.
func (rec *reconciler) findGaps() {
	gs := newGaps(rec)
	gs.readItems()
	for i := range gs.of {
		t := &gs.of[i]
		if rec.mirrored {
			gs.foldLists(t)
		}
		t.Flow.MedianAge, t.Flow.OldestAge = spread(gs.ages[i])
		for _, due := range t.Capacity.Due {
			points, _ := gs.estimate(&rec.g.Items[due])
			t.Capacity.DemandPoints += points
		}
		gs.concentrate(t)
	}
	for i := range rec.rules.Teams {
		gs.foresee(&gs.of[i].Capacity, &rec.rules.Teams[i])
	}
	gs.findOverload()
	gs.rankBottlenecks()
	rec.g.Gaps = gs.of
}

func newGaps(rec *reconciler) *gaps {
	gs := &gaps{
		reconciler: rec, teams: map[string]int32{}, persons: rec.persons, blocking: make([]bool, len(rec.g.Items)),
		until: rec.now.Add(rec.rules.Gaps.Horizon), from: rec.now.Add(-rec.rules.Gaps.Window), bugs: map[string]bool{},
	}
	gs.skills = newSkills(rec, gs.persons)
	names := make([]string, 0, len(rec.rules.Teams)+1)
	for i := range rec.rules.Teams {
		names = append(names, rec.rules.Teams[i].Name)
	}
	names = append(names, model.Unowned)
	gs.of, gs.ages = make([]model.TeamGaps, len(names)), make([][]time.Duration, len(names))
	for i, name := range names {
		if _, taken := gs.teams[name]; !taken {
			gs.teams[name] = int32(i)
		}
		t := &gs.of[i]
		t.Team, t.Capacity.Until, t.Capacity.Available = name, gs.until, 1
		t.Flow.From, t.Flow.Weeks = gs.from, weeks(rec.rules.Gaps.Window)
	}
	deps := rec.ofKind(model.Blocks)
	for i := range deps {
		if d := &deps[i]; d.State == model.Active {
			gs.blocking[d.From.Item()] = true
		}
	}
	if rec.mirrored {
		gs.assigned, gs.estimates = make([]bool, len(rec.g.Items)), map[int32]float64{}
		for i := range rec.g.Items {
			n := &rec.g.Items[i]
			if len(n.Assignees) > 0 {
				gs.assigned[n.Twin] = true
			}
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

// readItems puts every item into the lists it belongs to.
func (gs *gaps) readItems() {
	at, last := int32(-1), ""
	items := gs.g.Items
	for i := range items {
		n := &items[i]
		if at < 0 || n.Team != last {
			at, last = gs.teams[n.Team], n.Team
		}
		t := &gs.of[at]
		if !n.Stub {
			gs.readFlow(&t.Flow, int32(i))
		}
		if n.State.Open() {
			gs.readOpen(t, at, int32(i))
		}
	}
}

func (gs *gaps) readOpen(t *model.TeamGaps, at, i int32) {
	n := &gs.g.Items[i]
	t.Open = append(t.Open, i)
	if gs.isBug(n.Type) {
		t.Flow.OpenBugs = append(t.Flow.OpenBugs, i)
	}
	if !n.Created.IsZero() {
		gs.ages[at] = append(gs.ages[at], max(gs.now.Sub(n.Created), 0))
	}
	free := len(n.Assignees) == 0 && (gs.assigned == nil || !gs.assigned[n.Twin])
	if gs.blocking[i] {
		t.Blocking = append(t.Blocking, i)
		if free {
			t.Unassigned.Blocking = append(t.Unassigned.Blocking, i)
		}
	}
	if n.State == model.Doing {
		if free {
			t.Unassigned.Doing = append(t.Unassigned.Doing, i)
		}
		gs.readDoing(i)
	}
	_, estimated := gs.estimate(n)
	if estimated {
		t.Capacity.OpenEstimated = append(t.Capacity.OpenEstimated, i)
	}
	if due := n.Date(); !due.IsZero() && !due.End(gs.loc).After(gs.until) {
		t.Capacity.Due = append(t.Capacity.Due, i)
		if free {
			t.Unassigned.Due = append(t.Unassigned.Due, i)
		}
		if !estimated {
			t.Capacity.Unestimated = append(t.Capacity.Unestimated, i)
			if n.Points != nil {
				t.Capacity.Implausible = append(t.Capacity.Implausible, i)
			}
		}
	}
	gs.skills.read(t, at, i)
}

// estimate is that of an item, or of one that mirrors it.
func (gs *gaps) estimate(n *model.Node) (float64, bool) {
	points, ok := n.Estimate()
	if !ok && gs.mirrored {
		points, ok = gs.estimates[n.Twin]
	}
	return points, ok
}

func (gs *gaps) isBug(kind string) bool {
	if kind == "" {
		return false
	}
	is, known := gs.bugs[kind]
	if !known {
		is = slices.ContainsFunc(gs.rules.Gaps.Bugs, func(glob string) bool { return model.Glob(glob, kind) })
		gs.bugs[kind] = is
	}
	return is
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
	seen := make(map[int32]bool, len(list))
	return slices.DeleteFunc(list, func(i int32) bool {
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
	day := time.Date(y, mo, d, 0, 0, 0, 0, time.UTC)
	return slices.ContainsFunc(m.Leave, func(l model.Leave) bool { return !day.Before(l.First.Time) && !day.After(l.Last.Time) })
}

// concentrate tells who holds what the team holds others up with.
func (gs *gaps) concentrate(t *model.TeamGaps) {
	held := map[int32][]int32{}
	for _, i := range t.Blocking {
		for _, p := range gs.persons.assigned(gs.g.Items[i].Item) {
			held[p] = append(held[p], i)
		}
	}
	c := &t.Concentration
	for p, items := range held {
		c.Holders = append(c.Holders, model.Holder{Person: gs.persons.name(p), Items: items})
	}
	slices.SortFunc(c.Holders, func(a, b model.Holder) int {
		return cmp.Or(cmp.Compare(len(b.Items), len(a.Items)), cmp.Compare(a.Person, b.Person), slices.Compare(a.Items, b.Items))
	})
	carried := map[int32]bool{}
	for i, h := range c.Holders {
		for _, item := range h.Items {
			carried[item] = true
		}
		if 2*len(carried) >= len(t.Blocking) {
			c.Half = i + 1
			break
		}
	}
}
