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
	case x.Since != y.Since:
		return x.Since > y.Since
	}
	return a < b
}

// fillMatrix counts the blocked items of each team by the other teams they wait
// on directly: an item that waits on two teams counts once in each cell,
// mirrored items once in all.
func (rec *reconciler) fillMatrix() {
	g := rec.g
	type piece struct{ cell, work int32 }
	number := make([][]int32, len(rec.teams)) // by team, if it waits at all, and by team it waits on: index into cells, -1 for none
	var cells []model.Cell
	var last []int32            // by cell: the item it counted last
	counted := map[piece]bool{} // of mirrored items
	for i := range g.Blocked {
		b := &g.Blocked[i]
		row := &rec.rows[b.Item]
		for ci := range b.Causes {
			c := &b.Causes[ci]
			if c.Dependency < 0 {
				continue
			}
			d := &g.Dependencies[c.Dependency]
			if !d.CrossTeam {
				continue
			}
			on := rec.rows[d.From].team
			if number[row.team] == nil {
				number[row.team] = fill(len(rec.teams))
			}
			at := number[row.team][on]
			if at < 0 {
				at = int32(len(cells))
				number[row.team][on] = at
				cells = append(cells, model.Cell{Team: rec.teams[row.team], OnTeam: rec.teams[on], Oldest: c.Since, OldestKnown: c.SinceKnown})
				last = append(last, -1)
			}
			cell := &cells[at]
			if c.Since < cell.Oldest {
				cell.Oldest, cell.OldestKnown = c.Since, c.SinceKnown
			}
			if last[at] == b.Item {
				continue
			}
			last[at] = b.Item
			if row.has&folded != 0 {
				work := piece{at, g.Items[b.Item].Twin}
				if counted[work] {
					continue
				}
				counted[work] = true
			}
			cell.Items++
			cell.Points += row.points
		}
	}
	g.Matrix = make([]model.Cell, 0, len(cells))
	for _, row := range number { // teams are in the order of their names
		for _, at := range row {
			if at >= 0 {
				g.Matrix = append(g.Matrix, cells[at])
			}
		}
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
	found := make([]model.Root, len(roots))
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
		var wanted [most]int32
		for from := lo * most; from < min(hi*most, len(roots)); from += most {
			some := roots[from:min(from+most, len(roots))]
			s.over(some, nil)
			for i, n := range some {
				wanted[i] = s.WantedBy(c.item[n])
			}
			s.touchDates(wanted[:len(some)])
			for i, n := range some {
				found[from+i] = model.Root{Item: c.item[n], Radius: s.radius(i, wanted[i])}
			}
		}
	})
	type place struct { // roots are large: what sorts them is moved instead
		items int
		item  int32
		at    int32
	}
	order := make([]place, len(found))
	for i := range found {
		order[i] = place{found[i].Items, found[i].Item, int32(i)}
	}
	slices.SortFunc(order, func(a, b place) int {
		if a.items != b.items {
			return cmp.Compare(b.items, a.items)
		}
		return cmp.Compare(a.item, b.item)
	})
	g.Blockers = make([]model.Root, len(found))
	for i, p := range order {
		g.Blockers[i] = found[p.at]
	}
}
