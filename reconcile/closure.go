package reconcile

import (
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// closure is the graph of waiting: the items with an active dependency, the
// edges between them in both directions, and its strongly connected components
// in an order in which blockers come before what waits on them. It is immutable
// once made and answers questions from any goroutine.
type closure struct {
	items []model.Node
	loc   *time.Location
	node  []int32 // item -> node, -1 when it neither waits nor is waited on
	item  []int32 // node -> item, ascending
	up    edges   // node -> its blockers
	deps  []int32 // parallel to up.to: the dependency behind each edge
	down  edges   // node -> what waits on it
	comp  []int32 // node -> component
	size  []int32 // component -> members
	depth []int32 // component -> longest chain to a root, in edges between components
	open  []bool  // component -> waits on another component

	mirrored bool // some items are folded into one
}

// edges are adjacency lists in one slice.
type edges struct{ first, to []int32 }

func (e edges) of(n int32) []int32 { return e.to[e.first[n]:e.first[n+1]] }

// close makes the closure over the active dependencies.
func (rec *reconciler) close() {
	g := rec.g
	c := &closure{items: g.Items, loc: rec.loc, mirrored: rec.mirrored, node: make([]int32, len(g.Items))}
	rec.closure = c
	blocks := g.Dependencies[:blocksEnd(g.Dependencies)]
	active := 0
	for i := range c.node {
		c.node[i] = -1
	}
	for i := range blocks {
		if d := &blocks[i]; d.State == model.Active {
			c.node[d.From.Item()], c.node[d.To.Item()] = 0, 0
			active++
		}
	}
	for i := range c.node {
		if c.node[i] == 0 {
			c.node[i] = int32(len(c.item))
			c.item = append(c.item, int32(i))
		}
	}
	c.up, c.down, c.deps = newEdges(len(c.item), active), newEdges(len(c.item), active), make([]int32, active)
	each := func(visit func(from, to, dep int32)) {
		for i := range blocks {
			if d := &blocks[i]; d.State == model.Active {
				visit(c.node[d.From.Item()], c.node[d.To.Item()], int32(i))
			}
		}
	}
	each(func(from, to, _ int32) { c.up.first[to+1]++; c.down.first[from+1]++ })
	nextUp, nextDown := c.up.sum(), c.down.sum()
	each(func(from, to, dep int32) {
		c.up.to[nextUp[to]], c.deps[nextUp[to]] = from, dep
		c.down.to[nextDown[from]] = to
		nextUp[to]++
		nextDown[from]++
	})
	c.findComponents()
}

func newEdges(nodes, n int) edges {
	return edges{make([]int32, nodes+1), make([]int32, n)}
}

// sum turns counts into offsets and returns a copy to fill from.
func (e edges) sum() []int32 {
	for i := 1; i < len(e.first); i++ {
		e.first[i] += e.first[i-1]
	}
	return slices.Clone(e.first)
}

// findComponents is Tarjan's algorithm without recursion over the edges to
// blockers. A component is complete when everything it waits on is, so
// components are numbered blockers first, and depth follows in the same pass.
func (c *closure) findComponents() {
	n := len(c.item)
	c.comp = make([]int32, n)
	index := make([]int32, n) // 0: not seen
	low := make([]int32, n)
	var stack, path []int32
	next := make([]int32, n)
	count := int32(0)
	for i := range c.comp {
		c.comp[i] = -1
	}
	for root := range int32(n) {
		if index[root] != 0 {
			continue
		}
		path = append(path[:0], root)
		for len(path) > 0 {
			v := path[len(path)-1]
			if index[v] == 0 {
				count++
				index[v], low[v] = count, count
				stack = append(stack, v)
			}
			advanced := false
			for out := c.up.of(v); int(next[v]) < len(out); {
				w := out[next[v]]
				next[v]++
				if index[w] == 0 {
					path = append(path, w)
					advanced = true
					break
				}
				if c.comp[w] < 0 {
					low[v] = min(low[v], index[w])
				}
			}
			if advanced {
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				p := path[len(path)-1]
				low[p] = min(low[p], low[v])
			}
			if low[v] == index[v] {
				stack = c.complete(stack, v)
			}
		}
	}
}

// complete takes the component of v off the stack and sums it up.
func (c *closure) complete(stack []int32, v int32) []int32 {
	id := int32(len(c.size))
	at := len(stack)
	for {
		at--
		c.comp[stack[at]] = id
		if stack[at] == v {
			break
		}
	}
	depth, open := int32(0), false
	for _, w := range stack[at:] {
		for _, b := range c.up.of(w) {
			if c.comp[b] != id {
				open = true
				depth = max(depth, c.depth[c.comp[b]]+1)
			}
		}
	}
	c.size = append(c.size, int32(len(stack)-at))
	c.depth = append(c.depth, depth)
	c.open = append(c.open, open)
	return stack[:at]
}

func (c *closure) depthOf(item int32) int {
	if n := c.node[item]; n >= 0 {
		return int(c.depth[c.comp[n]])
	}
	return 0
}

// isRoot tells whether a node is a root blocker: nothing blocks it, or it is in
// a cycle without an open way out.
func (c *closure) isRoot(n int32) bool {
	return !c.open[c.comp[n]] && (c.down.first[n+1] > c.down.first[n])
}

// reach visits every node that can be reached from start over e, start itself
// not included, each once.
func reach(e edges, start int32, seen []int32, epoch int32, queue []int32) []int32 {
	seen[start] = epoch
	queue = append(queue[:0], start)
	for i := 0; i < len(queue); i++ {
		for _, w := range e.of(queue[i]) {
			if seen[w] != epoch {
				seen[w] = epoch
				queue = append(queue, w)
			}
		}
	}
	return queue
}

// Radius implements model.Engine.
func (c *closure) Radius(item int32) model.Radius {
	if c.node[item] < 0 {
		return model.Radius{}
	}
	found := reach(c.down, c.node[item], make([]int32, len(c.item)), 1, nil)[1:]
	r := c.sum(found)
	r.Waiting = make([]int32, len(found))
	for i, n := range found {
		r.Waiting[i] = c.item[n]
	}
	slices.Sort(r.Waiting)
	return r
}

// sum adds up the items of nodes, mirrored ones as one piece of work.
func (c *closure) sum(nodes []int32) model.Radius {
	var r model.Radius
	var due time.Time
	var counted map[int32]bool
	if c.mirrored {
		counted = make(map[int32]bool, len(nodes))
	}
	for _, node := range nodes {
		n := &c.items[c.item[node]]
		if at, ok := slices.BinarySearch(r.Teams, n.Team); !ok {
			r.Teams = slices.Insert(r.Teams, at, n.Team)
		}
		if d := n.Date(); !d.IsZero() {
			if end := d.End(c.loc); due.IsZero() || end.Before(due) {
				due, r.EarliestDue = end, d
			}
		}
		if c.mirrored {
			if counted[n.Twin] {
				continue
			}
			counted[n.Twin] = true
		}
		r.Items++
		if n.Points != nil {
			r.Points += *n.Points
		}
	}
	return r
}

// Roots implements model.Engine.
func (c *closure) Roots(item int32) ([]int32, int) {
	n := c.node[item]
	if n < 0 {
		return nil, 0
	}
	var roots []int32
	for _, m := range reach(c.up, n, make([]int32, len(c.item)), 1, nil)[1:] {
		if c.isRoot(m) {
			roots = append(roots, c.item[m])
		}
	}
	slices.Sort(roots)
	return roots, int(c.depth[c.comp[n]])
}

// Chain implements model.Engine. Inside a cycle it takes the shortest way to
// the member from which the longest chain goes on.
func (c *closure) Chain(item int32) []int32 {
	chain := []int32{item}
	n := c.node[item]
	if n < 0 {
		return chain
	}
	for c.depth[c.comp[n]] > 0 {
		way := c.wayOut(n)
		for _, m := range way {
			chain = append(chain, c.item[m])
		}
		n = way[len(way)-1]
	}
	return chain
}

// wayOut is the shortest path from n, which is not part of it, to a node one
// component less deep.
func (c *closure) wayOut(n int32) []int32 {
	id := c.comp[n]
	from := map[int32]int32{n: -1}
	queue := []int32{n}
	for i := 0; i < len(queue); i++ {
		v := queue[i]
		for _, w := range c.up.of(v) {
			if c.comp[w] == id {
				if _, seen := from[w]; !seen {
					from[w] = v
					queue = append(queue, w)
				}
				continue
			}
			if c.depth[c.comp[w]] != c.depth[id]-1 {
				continue
			}
			way := []int32{w}
			for ; v != n; v = from[v] {
				way = append(way, v)
			}
			slices.Reverse(way)
			return way
		}
	}
	return nil
}
