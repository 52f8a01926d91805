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
	members := map[int32][]int32{}
	for n, id := range c.comp {
		if c.size[id] > 1 {
			members[id] = append(members[id], int32(n))
		}
	}
	for id, nodes := range members {
		cycle := model.Cycle{Cut: -1}
		for _, n := range nodes {
			cycle.Members = append(cycle.Members, c.item[n])
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
	for i := range g.Dependencies[:blocksEnd(g.Dependencies)] {
		if d := &g.Dependencies[i]; d.From.Resolved() && d.From.Item() == d.To.Item() {
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
		team, onTeam string
		work         int32 // the piece of work
		item         int32
		cause        *model.Cause
	}
	var waits []wait
	for i := range g.Blocked {
		b := &g.Blocked[i]
		n := &g.Items[b.Item]
		for ci := range b.Causes {
			c := &b.Causes[ci]
			if c.Dependency < 0 {
				continue
			}
			if on := g.Items[g.Dependencies[c.Dependency].From.Item()].Team; on != n.Team {
				waits = append(waits, wait{n.Team, on, n.Twin, b.Item, c})
			}
		}
	}
	slices.SortFunc(waits, func(a, b wait) int {
		return cmp.Or(cmp.Compare(a.team, b.team), cmp.Compare(a.onTeam, b.onTeam), cmp.Compare(a.work, b.work),
			cmp.Compare(a.item, b.item), cmp.Compare(a.cause.Dependency, b.cause.Dependency))
	})
	for i, w := range waits {
		cell, same := (*model.Cell)(nil), false
		if i > 0 && w.team == waits[i-1].team && w.onTeam == waits[i-1].onTeam {
			cell, same = &g.Matrix[len(g.Matrix)-1], w.work == waits[i-1].work
		} else {
			g.Matrix = append(g.Matrix, model.Cell{Team: w.team, OnTeam: w.onTeam, Oldest: w.cause.Since})
			cell = &g.Matrix[len(g.Matrix)-1]
		}
		if w.cause.Since.Before(cell.Oldest) {
			cell.Oldest = w.cause.Since
		}
		if same {
			continue
		}
		cell.Items++
		if p := g.Items[w.item].Points; p != nil {
			cell.Points += *p
		}
	}
}

// rankBlockers lists the root blockers by how much waits on them.
func (rec *reconciler) rankBlockers() {
	c, g := rec.closure, rec.g
	seen := make([]int32, len(c.item))
	var queue []int32
	for n := range int32(len(c.item)) {
		if !c.isRoot(n) {
			continue
		}
		queue = reach(c.down, n, seen, n+1, queue)
		g.Blockers = append(g.Blockers, model.Root{Item: c.item[n], Radius: c.sum(queue[1:])})
	}
	slices.SortStableFunc(g.Blockers, func(a, b model.Root) int { return cmp.Compare(b.Items, a.Items) })
}
