// Package layout places the nodes of a directed graph in layers, so that edges
// run from left to right, few of them cross and long ones are straight: the
// method of Sugiyama, Tagawa and Toda. It is pure and its result depends on
// nothing but the arguments.
//
//	edges that close a cycle are turned    (acyclic)
//	every node gets a layer                (layers)
//	long edges get a bend in each layer    (bends)
//	layers are ordered by barycentres      (order)
//	nodes move towards their neighbours    (place)
//
// Parts that no edge connects are drawn one by one and packed into rows.
package layout

import (
	"cmp"
	"slices"
)

// Size is the extent of a node.
type Size struct{ W, H float64 }

// Edge leads from one node to another, both by index. An edge from a node to
// itself is drawn by whoever draws the node: it has no route.
type Edge struct{ From, To int }

// Point is a place in the drawing; y grows downwards.
type Point struct{ X, Y float64 }

// Options are the distances of a drawing.
type Options struct {
	LayerGap float64 // between the nodes of two layers
	NodeGap  float64 // between two nodes of one layer
	PartGap  float64 // between unconnected parts
	Width    float64 // parts beside each other are at most so wide together, unless one alone is wider
}

// Drawing is where everything is.
type Drawing struct {
	Size
	Nodes []Point // upper left corners
	// Routes lead from the side of one node to that of the other, in the
	// direction of the edge: pairs of points, between which of one pair and the
	// next the edge crosses a gap. Empty for an edge from a node to itself.
	Routes [][]Point
	// Turned tells which edges run from right to left, for they close a cycle.
	Turned []bool
}

// Layered draws a graph.
func Layered(sizes []Size, edges []Edge, o Options) *Drawing {
	d := &Drawing{Nodes: make([]Point, len(sizes)), Routes: make([][]Point, len(edges)), Turned: make([]bool, len(edges))}
	parts := split(len(sizes), edges)
	drawn := make([]*part, len(parts))
	for i := range parts {
		drawn[i] = parts[i].draw(sizes, edges, o)
	}
	// The largest first; those alike stand beside each other.
	slices.SortStableFunc(drawn, func(a, b *part) int {
		return cmp.Or(cmp.Compare(len(b.nodes), len(a.nodes)), cmp.Compare(b.H, a.H))
	})
	limit := o.Width
	for _, p := range drawn {
		limit = max(limit, p.W)
	}
	x, y, row := 0.0, 0.0, 0.0
	for _, p := range drawn {
		if x > 0 && x+p.W > limit {
			x, y, row = 0, y+row+o.PartGap, 0
		}
		p.moveTo(d, x, y)
		x, row = x+p.W+o.PartGap, max(row, p.H)
		d.W, d.H = max(d.W, x-o.PartGap), max(d.H, y+p.H)
	}
	return d
}

// part is one connected piece of a graph.
type part struct {
	nodes, edges []int // of the whole graph, ascending
	Size
	at     []Point
	routes [][]Point
	turned []bool
}

// split finds the connected parts, in the order of their first nodes.
func split(n int, edges []Edge) []*part {
	parent := make([]int, n)
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, e := range edges {
		a, b := find(e.From), find(e.To)
		parent[max(a, b)] = min(a, b)
	}
	var parts []*part
	of := make([]*part, n)
	for i := range n {
		root := find(i)
		if of[root] == nil {
			of[root] = &part{}
			parts = append(parts, of[root])
		}
		of[root].nodes = append(of[root].nodes, i)
	}
	for i, e := range edges {
		p := of[find(e.From)]
		p.edges = append(p.edges, i)
	}
	return parts
}

func (p *part) moveTo(d *Drawing, x, y float64) {
	for i, n := range p.nodes {
		d.Nodes[n] = Point{p.at[i].X + x, p.at[i].Y + y}
	}
	for i, e := range p.edges {
		for j := range p.routes[i] {
			p.routes[i][j].X += x
			p.routes[i][j].Y += y
		}
		d.Routes[e], d.Turned[e] = p.routes[i], p.turned[i]
	}
}
