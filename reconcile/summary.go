package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// listCycles lists the components of two or more members with the edge to cut,
// and native dependencies of an item on itself.
func (rec *reconciler) listCycles() {
	c, g := rec.closure, rec.g
	for id := range int32(len(c.depth)) {
		nodes := c.members.of(id)
		if len(nodes) < 2 {
			continue
		}
		cycle := model.Cycle{Members: make([]int32, len(nodes)), Cut: -1}
		for i, n := range nodes {
			cycle.Members[i] = c.item[n]
			for i := c.up.first[n]; i < c.up.first[n+1]; i++ {
				if dep := c.deps[i]; c.comp[c.up.to[i]] == id && (cycle.Cut < 0 || rec.cutBefore(dep, cycle.Cut)) {
					cycle.Cut = dep
				}
			}
		}
		switch d := &g.Dependencies[cycle.Cut]; {
		case d.TextOnly:
			cycle.Why = "only text says so"
		case !d.BothSides:
			cycle.Why = "only one side says so"
		default:
			cycle.Why = "the newest"
		}
		g.Cycles = append(g.Cycles, cycle)
	}
	blocks := rec.ofKind(model.Blocks)
	for i := range blocks {
		if d := &blocks[i]; d.From.Resolved() && d.From == d.To {
			g.Cycles = append(g.Cycles, model.Cycle{Members: []int32{d.From.Item()}, Cut: -1, Why: "depends on itself"})
		}
	}
	slices.SortFunc(g.Cycles, func(a, b model.Cycle) int {
		return cmp.Or(cmp.Compare(a.Members[0], b.Members[0]), cmp.Compare(len(a.Members), len(b.Members)))
	})
}

// cutBefore tells whether dependency a is rather given up than b: text-only
// before native, one-sided before both-sided, then the newest.
func (rec *reconciler) cutBefore(a, b int32) bool {
	x, y := &rec.g.Dependencies[a], &rec.g.Dependencies[b]
	switch {
	case x.TextOnly != y.TextOnly:
		return x.TextOnly
	case x.BothSides != y.BothSides:
		return !x.BothSides
	case !x.Since.Equal(y.Since):
		return x.Since.After(y.Since)
	}
	return a < b
}

// fillMatrix counts the blocked items of each team by the other teams they wait
// on directly: an item that waits on two teams counts once in each cell,
// mirrored items once in all.
func (rec *reconciler) fillMatrix() {
	g := rec.g
	type wait struct {
		team, on int32
		work     int32 // the piece of work
		item     int32
		cause    *model.Cause
	}
	waits := make([]wait, 0, len(rec.closure.deps))
	for i := range g.Blocked {
		b := &g.Blocked[i]
		team := rec.rows[b.Item].team
		for ci := range b.Causes {
			c := &b.Causes[ci]
			if c.Dependency < 0 {
				continue
			}
			if on := rec.rows[g.Dependencies[c.Dependency].From].team; on != team {
				waits = append(waits, wait{team, on, g.Items[b.Item].Twin, b.Item, c})
			}
		}
	}
	slices.SortFunc(waits, func(a, b wait) int {
		switch {
		case a.team != b.team:
			return cmp.Compare(a.team, b.team)
		case a.on != b.on:
			return cmp.Compare(a.on, b.on)
		case a.work != b.work:
			return cmp.Compare(a.work, b.work)
		case a.item != b.item:
			return cmp.Compare(a.item, b.item)
		}
		return cmp.Compare(a.cause.Dependency, b.cause.Dependency)
	})
	for i, w := range waits {
		cell, same := (*model.Cell)(nil), false
		if i > 0 && w.team == waits[i-1].team && w.on == waits[i-1].on {
			cell, same = &g.Matrix[len(g.Matrix)-1], w.work == waits[i-1].work
		} else {
			g.Matrix = append(g.Matrix, model.Cell{Team: rec.teams[w.team], OnTeam: rec.teams[w.on], Oldest: w.cause.Since, OldestKnown: w.cause.SinceKnown})
			cell = &g.Matrix[len(g.Matrix)-1]
		}
		if w.cause.Since.Before(cell.Oldest) {
			cell.Oldest, cell.OldestKnown = w.cause.Since, w.cause.SinceKnown
		}
		if same {
			continue
		}
		cell.Items++
		cell.Points += rec.rows[w.item].points
	}
}

// rankBlockers lists the root blockers by how much waits on them.
func (rec *reconciler) rankBlockers() {
	c, g := rec.closure, rec.g
	var roots []int32
	for _, n := range c.members.to { // by component, so that those found in one sweep are near each other
		if c.isRoot(n) {
			roots = append(roots, n)
		}
	}
	g.Blockers = make([]model.Root, len(roots))
	sweeps := make(chan *sweep, parts) // those no part uses at the moment
	inParts((len(roots)+most-1)/most, func(_, lo, hi int) {
		if lo == hi {
			return
		}
		var s *sweep
		select {
		case s = <-sweeps:
		default:
			s = rec.plan.newSweep()
		}
		defer func() { sweeps <- s }()
		for from := lo * most; from < min(hi*most, len(roots)); from += most {
			some := roots[from:min(from+most, len(roots))]
			s.over(some, nil)
			for i, n := range some {
				g.Blockers[from+i] = model.Root{Item: c.item[n], Radius: s.radius(i, c.item[n])}
			}
		}
	})
	slices.SortFunc(g.Blockers, func(a, b model.Root) int {
		if a.Items != b.Items {
			return cmp.Compare(b.Items, a.Items)
		}
		return cmp.Compare(a.Item, b.Item)
	})
}
