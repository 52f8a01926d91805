package reconcile

import (
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// programs finds the items of each program while items are read. Most matchers
// are about containers, so the list is cut once for each; items come by container.
type programs struct {
	rules  []model.Program
	items  [][]int32 // by program
	owners *ownerRules
	labels *labels
	at     container
	todo   []selector
}

// selector is a matcher of a program.
type selector struct {
	program int
	label   int32 // the number of its label glob, -1 for none
	*model.Matcher
}

func newPrograms(rec *reconciler, o *ownerRules, l *labels) *programs {
	return &programs{rules: rec.rules.Programs, items: make([][]int32, len(rec.rules.Programs)), owners: o, labels: l, at: container{tracker: -1}}
}

// read puts an item into the programs that select it.
func (p *programs) read(i, tracker int32, it *model.Item) {
	if len(p.rules) == 0 {
		return
	}
	if c := (container{tracker, it.Project}); c != p.at {
		p.at, p.todo = c, p.todo[:0]
		for n := range p.rules {
			for m := range p.rules[n].Select {
				if s := &p.rules[n].Select[m]; inContainer(s, it.ID.Tracker, p.owners.former[tracker], it.Project) {
					p.todo = append(p.todo, selector{n, p.owners.globs.number(s), s})
				}
			}
		}
	}
	last := -1 // the program it was put into last; selectors come by program
	for _, s := range p.todo {
		if s.program != last && p.labels.match(s.label) && matchesBesides(s.Matcher, it, p.owners.persons) {
			p.items[s.program] = append(p.items[s.program], i)
			last = s.program
		}
	}
}

// listPrograms tells how each program stands. It needs the blocked items and
// the plan.
func (rec *reconciler) listPrograms() {
	g := rec.g
	seen := make([]int32, len(rec.closure.item))
	for i := range rec.rules.Programs {
		rule := &rec.rules.Programs[i]
		p := model.ProgramState{Name: rule.Name, Core: rule.Core, Partners: rule.Partners, External: rule.External, Items: rec.programs[i], EndFrom: -1}
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
			if team := g.Items[item].Team; team != p.Core && !slices.Contains(p.WaitsOn, team) {
				p.WaitsOn = append(p.WaitsOn, team)
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
	best, bestEnd, bestDepth := int32(-1), int64(undated), int32(-1)
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
