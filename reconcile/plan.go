package reconcile

import (
	"cmp"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// plan is the closure with the dates of its items: what is wanted when, and what
// ends when. Components are numbered blockers first, so one pass over them in
// either direction sums up everything behind or ahead of each.
type plan struct {
	*closure
	loc      *time.Location
	end      []model.Time // node -> end of its date, 0 for none
	released []bool       // node -> is planned into a release
	wanted   []int32      // component -> the node of it and of all that waits on it with the earliest date, -1
	latest   []int32      // component -> the node of it and of all it waits on with the latest date, -1
}

// schedule makes the plan. It needs the closure.
func (rec *reconciler) schedule() {
	c := rec.closure
	p := rec.plan
	*p = plan{
		closure: c, loc: rec.loc, end: make([]model.Time, len(c.item)), released: make([]bool, len(c.item)),
		wanted: fill(len(c.depth)), latest: fill(len(c.depth)),
	}
	some := false
	for n, item := range c.item {
		row := &rec.rows[item]
		p.end[n], p.released[n] = row.end, row.has&released != 0
		if row.end != 0 {
			some = true
			id := c.comp[n]
			p.wanted[id], p.latest[id] = p.earlier(p.wanted[id], int32(n)), p.later(p.latest[id], int32(n))
		}
	}
	if !some {
		return
	}
	together(
		func() {
			for _, n := range c.members.to { // blockers first
				id := c.comp[n]
				for _, b := range c.up.of(n) {
					p.latest[id] = p.later(p.latest[id], p.latest[c.comp[b]])
				}
			}
		},
		func() {
			for _, n := range slices.Backward(c.members.to) {
				id := c.comp[n]
				for _, w := range c.down.of(n) {
					p.wanted[id] = p.earlier(p.wanted[id], p.wanted[c.comp[w]])
				}
			}
		},
	)
}

func fill(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = -1
	}
	return list
}

// earlier is the one of two nodes with the earlier date, of equal ones the one that sorts first.
func (p *plan) earlier(a, b int32) int32 {
	switch {
	case a < 0:
		return b
	case b < 0 || p.end[a] < p.end[b] || p.end[a] == p.end[b] && a < b:
		return a
	}
	return b
}

// later is the one of two nodes with the later date, of equal ones the one that sorts first.
func (p *plan) later(a, b int32) int32 {
	switch {
	case a < 0:
		return b
	case b < 0 || p.end[a] > p.end[b] || p.end[a] == p.end[b] && a < b:
		return a
	}
	return b
}

// neededBy is the node whose date a node that holds up another is needed by: of
// the blocked one and all that waits on it. The blocked one itself is named if
// no other date is earlier. -1 if none has a date.
func (p *plan) neededBy(blocked int32) int32 {
	w := p.wanted[p.comp[blocked]]
	if w >= 0 && p.end[w] == p.end[blocked] {
		return blocked
	}
	return w
}

// daysLate is how many days the date of a is after that of b.
func (p *plan) daysLate(a, b int32) int32 {
	return int32(model.DaysBetween(p.end[b].Time(), p.end[a].Time(), p.loc))
}

// WantedBy implements model.Engine.
func (p *plan) WantedBy(item int32) int32 {
	n := p.node[item]
	if n < 0 {
		return -1
	}
	found := int32(-1)
	id := p.comp[n]
	for _, m := range p.members.of(id) {
		if m != n && p.end[m] != 0 {
			found = p.earlier(found, m)
		}
		for _, w := range p.down.of(m) {
			if p.comp[w] != id {
				found = p.earlier(found, p.wanted[p.comp[w]])
			}
		}
	}
	if found < 0 {
		return -1
	}
	return p.item[found]
}

// Critical implements model.Engine. A chain that enters a cycle in which the
// latest date is that of a member ends there.
func (p *plan) Critical(item int32) []int32 {
	chain := []int32{item}
	for n := p.node[item]; n >= 0; {
		way := p.next(n)
		for _, m := range way {
			chain = append(chain, p.item[m])
		}
		if len(way) == 0 || p.comp[way[len(way)-1]] == p.comp[n] {
			break
		}
		n = way[len(way)-1]
	}
	return chain
}

// next is the way on from a node, which is not part of it: out of its component
// to the blocker behind which things end latest, or to the member that ends
// later than all of them.
func (p *plan) next(n int32) []int32 {
	from := map[int32]int32{n: -1}
	target, id := int32(-1), p.comp[n]
	for queue := []int32{n}; len(queue) > 0; queue = queue[1:] {
		v := queue[0]
		for _, w := range p.up.of(v) {
			if _, seen := from[w]; seen {
				continue
			}
			from[w] = v
			switch {
			case p.comp[w] == id:
				queue = append(queue, w)
			case target < 0 || p.endsLater(w, target):
				target = w
			}
		}
	}
	if m := p.latest[id]; m >= 0 && m != n && p.comp[m] == id && p.end[m] > p.endBehind(target) {
		target = m
	}
	var way []int32
	for v := target; v >= 0 && v != n; v = from[v] {
		way = append(way, v)
	}
	slices.Reverse(way)
	return way
}

// endsLater tells whether what is behind a ends later than what is behind b; if
// neither does, whether the chain behind it is longer.
func (p *plan) endsLater(a, b int32) bool {
	c := cmp.Or(cmp.Compare(p.endBehind(a), p.endBehind(b)), cmp.Compare(p.depth[p.comp[a]], p.depth[p.comp[b]]), cmp.Compare(b, a))
	return c > 0
}

// endBehind is the latest date of a node and of what it waits on.
func (p *plan) endBehind(n int32) model.Time {
	if n < 0 || p.latest[p.comp[n]] < 0 {
		return 0
	}
	return p.end[p.latest[p.comp[n]]]
}

// calendar gives the ends of dates; days are many and few of them different.
type calendar struct {
	loc  *time.Location
	days map[model.Time]model.Time
}

func (c *calendar) of(d model.Date) model.Time {
	if !d.Day {
		return d.Time
	}
	start := d.Time
	end, ok := c.days[start]
	if !ok {
		end = model.At(d.End(c.loc))
		c.days[start] = end
	}
	return end
}
