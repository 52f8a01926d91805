package model

import (
	"cmp"
	"slices"
	"time"
)

// Wait is how long items of one team waited on items of another in a period.
type Wait struct {
	Team, OnTeam string
	// Blocked is the time waited, of each piece of work without overlap: an item
	// that waits on two items of the other team for a day adds a day.
	Blocked time.Duration
	// Items is the number of pieces of work that waited.
	Items int
	// Summed is the sum over Intervals, overlap included: never less than Blocked.
	Summed time.Duration
	// Intervals are those the numbers are made of, cut to the period, by item and
	// time. Those that last have no To; they count up to the graph's moment, or
	// the end of the period.
	Intervals []Interval
}

// Waits sums up the time teams waited on each other from one moment to another,
// of the pairs the filter keeps: sorted by team, then the team waited on. It
// joins what holds items up now, what was recorded, and what the trackers'
// histories tell exactly of the time before; where these and a recorded
// interval overlap, the history counts.
func (g *Graph) Waits(from, to time.Time, keep func(team, onTeam string) bool) []Wait {
	if to.After(g.AsOf) {
		to = g.AsOf
	}
	type pair struct{ item, blocker ID }
	type cell struct{ team, onTeam string }
	cells := map[cell][]Interval{}
	add := func(i *Interval) {
		if i.Team == i.OnTeam || i.OnTeam == "" || !keep(i.Team, i.OnTeam) {
			return
		}
		cut := *i
		if cut.From.Before(from) {
			cut.From = from
		}
		if !cut.To.IsZero() && cut.To.After(to) || cut.To.IsZero() && to.Before(g.AsOf) {
			cut.To = to
		}
		if cut.End(to).After(cut.From) {
			k := cell{i.Team, i.OnTeam}
			cells[k] = append(cells[k], cut)
		}
	}
	// What the histories tell of an item is worked out only where it can count: of
	// waits the filter keeps, or to judge what was recorded of those.
	across, recorded, told := make([]bool, len(g.Items)), map[ID]bool{}, map[pair][]Interval{}
	for i := range g.Dependencies {
		if d := &g.Dependencies[i]; d.Kind == Blocks && d.CrossTeam && keep(g.Items[d.To.Item()].Team.String(), g.Items[d.From.Item()].Team.String()) {
			across[d.To.Item()] = true
		}
	}
	if g.History != nil {
		for i := range g.History.Closed {
			if c := &g.History.Closed[i]; keep(c.Team, c.OnTeam) {
				recorded[c.Item] = true
			}
		}
	}
	for i := range g.Items {
		if !across[i] && !recorded[g.Items[i].ID] && !g.engine.Waited(int32(i)) {
			continue
		}
		for _, past := range g.engine.Past(int32(i)) {
			if k := (pair{past.Item, past.Blocker}); g.History != nil {
				told[k] = append(told[k], past)
			}
			add(&past)
		}
	}
	for _, i := range g.lasting(keep) {
		add(&i)
	}
	if g.History != nil {
		for i := range g.History.Closed {
			c := &g.History.Closed[i]
			known := slices.ContainsFunc(told[pair{c.Item, c.Blocker}], func(t Interval) bool { return t.From.Before(c.To) && c.From.Before(t.To) })
			if !known {
				add(c)
			}
		}
	}
	waits := make([]Wait, 0, len(cells))
	for k, intervals := range cells {
		waits = append(waits, g.sumWaits(Wait{Team: k.team, OnTeam: k.onTeam, Intervals: intervals}, to))
	}
	slices.SortFunc(waits, func(a, b Wait) int { return cmp.Or(cmp.Compare(a.Team, b.Team), cmp.Compare(a.OnTeam, b.OnTeam)) })
	return waits
}

// Lasting are the intervals that last: the causes of what is blocked now, by item.
func (g *Graph) Lasting() []Interval {
	return g.lasting(func(string, string) bool { return true })
}

func (g *Graph) lasting(keep func(team, onTeam string) bool) []Interval {
	var lasting []Interval
	for bi := range g.Blocked {
		b := &g.Blocked[bi]
		n := &g.Items[b.Item]
		for _, c := range b.Causes {
			blocker, on := (*Node)(nil), ""
			if c.Dependency >= 0 {
				blocker = &g.Items[g.Dependencies[c.Dependency].From.Item()]
				on = blocker.Team.String()
			}
			if !keep(n.Team.String(), on) {
				continue
			}
			i := Interval{Item: n.ID, Ref: n.Ref(), Team: n.Team.String(), From: c.Since.Time(), FromKnown: c.SinceKnown}
			if blocker != nil {
				i.Blocker, i.BlockerRef, i.OnTeam = blocker.ID, blocker.Ref(), blocker.Team.String()
			} else {
				i.Signal = string(c.Signal.Kind) + ":" + c.Signal.Value
			}
			lasting = append(lasting, i)
		}
	}
	return lasting
}

// sumWaits works out the numbers of a cell from its intervals.
func (g *Graph) sumWaits(w Wait, now time.Time) Wait {
	slices.SortFunc(w.Intervals, func(a, b Interval) int {
		return cmp.Or(cmp.Compare(a.Ref, b.Ref), a.From.Compare(b.From), cmp.Compare(a.BlockerRef, b.BlockerRef), a.End(now).Compare(b.End(now)))
	})
	pieces := map[ID][]Interval{}
	for i := range w.Intervals {
		v := &w.Intervals[i]
		w.Summed += v.End(now).Sub(v.From)
		id := v.Item
		if item, ok := g.Find(v.Ref); ok && g.Items[item].ID == id {
			id = g.Items[g.Items[item].Twin].ID
		}
		pieces[id] = append(pieces[id], *v)
	}
	w.Items = len(pieces)
	for _, intervals := range pieces {
		w.Blocked += Covered(intervals, time.Time{}, now, now)
	}
	return w
}

// Covered is how much of the time from one moment to another at least one of
// the intervals covers; those that last do so until now.
func Covered(intervals []Interval, from, to, now time.Time) time.Duration {
	sorted := slices.Clone(intervals)
	slices.SortFunc(sorted, func(a, b Interval) int { return a.From.Compare(b.From) })
	total, until := time.Duration(0), from
	for i := range sorted {
		lo, hi := sorted[i].From, sorted[i].End(now)
		if hi.After(to) {
			hi = to
		}
		if lo.Before(until) {
			lo = until
		}
		if hi.After(lo) {
			total += hi.Sub(lo)
			until = hi
		}
	}
	return total
}
