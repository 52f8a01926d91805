package web

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// pick is the part of the graph of waiting that one view shows: items and, where
// it goes on beyond them, nodes that say so.
type pick struct {
	nodes []pickNode
	edges []pickEdge
	// more counts items that belong here by the focus itself and are not shown.
	more int
	// cut counts further places where the graph goes on, which have no node.
	cut int
}

// pickNode is an item, or with More the number of items left out next to the
// one at index Of: those it waits on, or with Down those that wait on it.
type pickNode struct {
	item  int32
	focus bool
	more  int
	of    int
	down  bool
}

// pickEdge leads from what must finish first to what waits; dep is -1 at nodes that stand for more.
type pickEdge struct {
	from, to int
	dep      int32
}

// focus is what a view is about.
type focus struct {
	seeds []int32
	depth int
	limit int
	// settled takes in dependencies that hold nothing up any more.
	settled bool
}

func (f *focus) wants(d *model.Dependency) bool {
	if d.Kind != model.Blocks || !d.From.Resolved() || !d.To.Resolved() || d.From == d.To {
		return false
	}
	return d.State == model.Active || f.settled && d.State != model.Unknown
}

// pickAround walks from the seeds in both directions, breadth first, until depth
// or limit. A third of the limit is kept for the nodes that stand for more.
func (v view) pickAround(f focus) *pick {
	p := &pick{}
	room := max(1, f.limit*2/3)
	at := make(map[int32]int, room)
	level := make([]int, 0, room)
	add := func(item int32, l int) {
		at[item] = len(p.nodes)
		p.nodes, level = append(p.nodes, pickNode{item: item, focus: l == 0}), append(level, l)
	}
	for _, s := range f.seeds {
		if _, in := at[s]; in {
			continue
		}
		if len(p.nodes) >= room {
			p.more++
			continue
		}
		add(s, 0)
	}
	for i := 0; i < len(p.nodes); i++ {
		if level[i] >= f.depth {
			continue
		}
		for _, di := range v.DependenciesOf(p.nodes[i].item) {
			d := &v.Dependencies[di]
			if !f.wants(d) || len(p.nodes) >= room {
				continue
			}
			other := d.From.Item()
			if other == p.nodes[i].item {
				other = d.To.Item()
			}
			if _, in := at[other]; !in {
				add(other, level[i]+1)
			}
		}
	}
	v.connect(p, f, at)
	return p
}

// connect adds the edges between the nodes, and the nodes that stand for more.
func (v view) connect(p *pick, f focus, at map[int32]int) {
	shown := len(p.nodes)
	for i := range shown {
		up, down := 0, 0
		for _, di := range v.DependenciesOf(p.nodes[i].item) {
			d := &v.Dependencies[di]
			if !f.wants(d) {
				continue
			}
			from, hasFrom := at[d.From.Item()]
			to, hasTo := at[d.To.Item()]
			switch {
			case hasFrom && hasTo:
				if from == i { // each once
					p.edges = append(p.edges, pickEdge{from, to, di})
				}
			case hasFrom:
				down++
			default:
				up++
			}
		}
		for _, m := range []pickNode{{item: -1, more: up, of: i}, {item: -1, more: down, of: i, down: true}} {
			switch {
			case m.more == 0:
			case len(p.nodes) >= f.limit:
				p.cut++
			default:
				n := len(p.nodes)
				p.nodes = append(p.nodes, m)
				if m.down {
					p.edges = append(p.edges, pickEdge{i, n, -1})
				} else {
					p.edges = append(p.edges, pickEdge{n, i, -1})
				}
			}
		}
	}
}

// teamSeeds are the items of a team that wait or are waited on: the longest
// blocked first, then those with the most waiting on them.
func (c *call) teamSeeds(team string) []int32 {
	var seeds []int32
	for _, i := range c.digest().longest() {
		if item := c.Blocked[i].Item; c.Items[item].Team.String() == team {
			seeds = append(seeds, item)
		}
	}
	for i := range c.Blockers {
		if item := c.Blockers[i].Item; c.Items[item].Team.String() == team {
			seeds = append(seeds, item)
		}
	}
	return seeds
}

// rankedSeeds orders items as a view is to begin with them: those that wait or
// are waited on, the longest blocked first.
func (c *call) rankedSeeds(items []int32) []int32 {
	roots := c.digest().roots()
	var seeds []int32
	for _, i := range items {
		if _, root := roots[i]; root || c.Items[i].Blocked >= 0 {
			seeds = append(seeds, i)
		}
	}
	slices.SortStableFunc(seeds, func(a, b int32) int {
		p, q := c.Items[a].Blocked, c.Items[b].Blocked
		if o := compareBool(p < 0, q < 0); o != 0 || p < 0 {
			return cmp.Or(o, cmp.Compare(roots[a], roots[b]))
		}
		return compareTimes(c.Blocked[p].Since, c.Blocked[q].Since)
	})
	return seeds
}
