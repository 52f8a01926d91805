package reconcile

import (
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// closure is the graph of waiting: the items with an active dependency, the
// edges between them in both directions, and its strongly connected components
// in an order in which blockers come before what waits on them. It is immutable
// once made and answers questions from any goroutine.
type closure struct {
	node    []int32 // item -> node, -1 when it neither waits nor is waited on
	item    []int32 // node -> item, ascending
	up      edges   // node -> its blockers
	deps    []int32 // parallel to up.to: the dependency behind each edge
	down    edges   // node -> what waits on it
	comp    []int32 // node -> component
	members edges   // component -> its nodes, ascending
	depth   []int32 // component -> longest chain to a root, in edges between components
	open    []bool  // component -> waits on another component

	items []model.Node
	work  []work   // node -> what it adds to the radius of what it waits on
	teams []string // sorted
}

// edges are adjacency lists in one slice.
type edges struct{ first, to []int32 }

func (e edges) of(n int32) []int32 { return e.to[e.first[n]:e.first[n+1]] }

// close makes the closure over the active dependencies.
func (rec *reconciler) close() {
	c, g := rec.closure, rec.g
	c.items, c.teams, c.node = g.Items, rec.teams, make([]int32, len(g.Items))
	blocks := rec.ofKind(model.Blocks)
	var active []int32
	for i := range blocks {
		if d := &blocks[i]; d.State == model.Active {
			active = append(active, int32(i))
			c.node[d.From], c.node[d.To] = 1, 1
		}
	}
	for i, used := range c.node {
		if c.node[i] = -1; used == 1 {
			c.node[i] = int32(len(c.item))
			c.item = append(c.item, int32(i))
		}
	}
	c.up, c.down, c.deps = newEdges(len(c.item), len(active)), newEdges(len(c.item), len(active)), make([]int32, len(active))
	for _, dep := range active {
		d := &blocks[dep]
		c.up.first[c.node[d.To]+1]++
		c.down.first[c.node[d.From]+1]++
	}
	nextUp, nextDown := c.up.sum(), c.down.sum()
	for _, dep := range active {
		d := &blocks[dep]
		from, to := c.node[d.From], c.node[d.To]
		c.up.to[nextUp[to]], c.deps[nextUp[to]] = from, dep
		c.down.to[nextDown[from]] = to
		nextUp[to]++
		nextDown[from]++
	}
	c.findComponents()
	rec.weighWork()
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
	c.members = edges{make([]int32, 1, n+1), make([]int32, 0, n)}
	c.depth, c.open = make([]int32, 0, n), make([]bool, 0, n)
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
	id := int32(len(c.depth))
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
	slices.Sort(stack[at:])
	c.members.to = append(c.members.to, stack[at:]...)
	c.members.first = append(c.members.first, int32(len(c.members.to)))
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

// reach visits every node that can be reached from some over e, each once: it
// gives these, the ones to start from first. seen marks them with the epoch.
func reach(e edges, seen []int32, epoch int32, from ...int32) []int32 {
	for _, n := range from {
		seen[n] = epoch
	}
	for i := 0; i < len(from); i++ {
		for _, w := range e.of(from[i]) {
			if seen[w] != epoch {
				seen[w] = epoch
				from = append(from, w)
			}
		}
	}
	return from
}

// Roots implements model.Engine.
func (c *closure) Roots(item int32) ([]int32, int) {
	n := c.node[item]
	if n < 0 {
		return nil, 0
	}
	var roots []int32
	for _, m := range reach(c.up, make([]int32, len(c.item)), 1, n)[1:] {
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
