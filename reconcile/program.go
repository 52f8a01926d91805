package reconcile

import (
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// listPrograms tells how each program stands. It needs the blocked items and
// the plan.
func (rec *reconciler) listPrograms() {
	g := rec.g
	seen, waitsOn := make([]int32, len(rec.closure.item)), make([]int, len(rec.teams))
	for i := range rec.rules.Programs {
		rule := &rec.rules.Programs[i]
		p := model.ProgramState{Name: rule.Name, Core: rule.Core, Partners: rule.Partners, External: rule.External, Items: rec.selected[i], EndFrom: -1}
		for _, item := range p.Items {
			n := &g.Items[item]
			if !n.State.Open() {
				continue
			}
			p.Open = append(p.Open, item)
			if n.Blocked >= 0 {
				p.Blocked = append(p.Blocked, item)
			}
		}
		ahead := rec.ahead(p.Open, seen, int32(i+1))
		for _, item := range ahead {
			if team := rec.rows[item].team; waitsOn[team] != i+1 && rec.teams[team] != p.Core {
				waitsOn[team] = i + 1
				p.WaitsOn = append(p.WaitsOn, rec.teams[team])
			}
			if _, own := slices.BinarySearch(p.Open, item); !own {
				p.Waits = append(p.Waits, item)
			}
		}
		slices.Sort(p.WaitsOn)
		p.Critical = rec.critical(p.Open)
		p.EndFrom = g.LatestDate(p.Critical)
		g.Programs = append(g.Programs, p)
	}
}

// ahead are the items that any of some items transitively waits on, ascending.
// Marks in seen are those of the epoch.
func (rec *reconciler) ahead(items []int32, seen []int32, epoch int32) []int32 {
	c := rec.closure
	var queue, ahead []int32
	for _, item := range items {
		if n := c.node[item]; n >= 0 {
			queue = append(queue, n)
		}
	}
	for i := 0; i < len(queue); i++ {
		for _, b := range c.up.of(queue[i]) {
			if seen[b] != epoch {
				seen[b] = epoch
				queue = append(queue, b)
				ahead = append(ahead, c.item[b])
			}
		}
	}
	slices.Sort(ahead)
	return ahead
}

// critical is the chain that ends latest of those that begin at any of some
// open items; of equal ones the longest, then the one whose item sorts first.
func (rec *reconciler) critical(items []int32) []int32 {
	p := rec.plan
	best, bestEnd, bestDepth := int32(-1), model.Time(0), int32(-1)
	for _, item := range items {
		end, depth := rec.rows[item].end, int32(0)
		if n := p.node[item]; n >= 0 {
			end, depth = p.endBehind(n), p.depth[p.comp[n]]
		}
		if best < 0 || end > bestEnd || end == bestEnd && depth > bestDepth {
			best, bestEnd, bestDepth = item, end, depth
		}
	}
	if best < 0 {
		return nil
	}
	return p.Critical(best)
}
