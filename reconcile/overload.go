package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// inProgress lists what each person has in progress.
func (gs *gaps) inProgress() [][]int32 {
	doings := make([][]int32, len(gs.persons.names))
	var who []int32
	for i := range gs.rows {
		if gs.rows[i].state != model.Doing {
			continue
		}
		who = gs.assigned(who[:0], int32(i))
		for _, p := range who {
			doings[p] = append(doings[p], int32(i))
		}
	}
	return doings
}

// findOverload lists the members with more in progress than their team's limit,
// weighted by what waits on that.
func (gs *gaps) findOverload() {
	seen, epoch := make([]int32, len(gs.closure.item)), int32(0)
	for p, doing := range gs.inProgress() {
		if gs.mirrored {
			doing = gs.pieces(doing)
		}
		for _, m := range gs.persons.memberships[p] {
			limit := gs.rules.Teams[m.team].Capacity.WIPPerPerson
			if limit <= 0 || len(doing) <= limit {
				continue
			}
			epoch++
			load := model.Load{Person: m.member.Name, Doing: doing, Limit: limit, Waiting: gs.waitingOn(doing, seen, epoch)}
			gs.of[m.team].Overloaded = append(gs.of[m.team].Overloaded, load)
		}
	}
	for i := range gs.of {
		slices.SortFunc(gs.of[i].Overloaded, func(a, b model.Load) int {
			return cmp.Or(cmp.Compare(len(b.Waiting), len(a.Waiting)), cmp.Compare(len(b.Doing), len(a.Doing)), cmp.Compare(a.Person, b.Person))
		})
	}
}

// waitingOn are the items that transitively wait on any of those given, these
// not included.
func (gs *gaps) waitingOn(items, seen []int32, epoch int32) []int32 {
	c := gs.closure
	var nodes []int32
	for _, i := range items {
		if n := c.node[i]; n >= 0 {
			nodes = append(nodes, n)
		}
	}
	reached := reach(c.down, seen, epoch, nodes...)[len(nodes):]
	waiting := make([]int32, 0, len(reached))
	for _, n := range reached {
		waiting = append(waiting, c.item[n])
	}
	slices.Sort(waiting)
	if gs.mirrored {
		waiting = gs.pieces(waiting)
	}
	return waiting
}
