package layout

import (
	"cmp"
	"slices"
)

// draw lays one part out with its upper left corner at the origin.
func (p *part) draw(sizes []Size, edges []Edge, o Options) *part {
	local := make(map[int]int, len(p.nodes))
	g := &digraph{bend: make([]bool, len(p.nodes))}
	for i, n := range p.nodes {
		local[n] = i
		g.size = append(g.size, sizes[n])
	}
	p.routes, p.turned = make([][]Point, len(p.edges)), make([]bool, len(p.edges))
	var routed []int // the edges with a route
	for i, e := range p.edges {
		if from, to := local[edges[e].From], local[edges[e].To]; from != to {
			g.edges = append(g.edges, Edge{from, to})
			routed = append(routed, i)
		}
	}
	turned := acyclic(len(g.size), g.edges)
	g.link()
	g.layers()
	chains := g.bends()
	g.order()
	g.align(o)

	// Each layer is a column as wide as its widest node.
	left, width := make([]float64, len(g.ordering)), make([]float64, len(g.ordering))
	for l, layer := range g.ordering {
		if l > 0 {
			left[l] = left[l-1] + width[l-1] + o.LayerGap
		}
		for _, v := range layer {
			width[l] = max(width[l], g.size[v].W)
		}
	}
	top := 0.0
	for v := range g.size {
		top = min(top, g.y[v]-g.size[v].H/2)
	}
	p.at = make([]Point, len(p.nodes))
	for v := range p.nodes {
		p.at[v] = Point{left[g.layer[v]], g.y[v] - g.size[v].H/2 - top}
		p.W, p.H = max(p.W, p.at[v].X+g.size[v].W), max(p.H, p.at[v].Y+g.size[v].H)
	}
	port := g.ports(chains)
	for i, chain := range chains {
		var route []Point
		for j, v := range chain {
			l, y := g.layer[v], g.y[v]-top
			if j == 0 || j == len(chain)-1 {
				y += port[end{i, j > 0}]
			}
			p.H = max(p.H, y)
			if j > 0 {
				route = append(route, Point{left[l], y})
			}
			if j < len(chain)-1 { // a bend passes its whole column, a node begins at its own side
				x := left[l] + width[l]
				if j == 0 {
					x = left[l] + g.size[v].W
				}
				route = append(route, Point{x, y})
			}
		}
		if turned[i] {
			for a, b := 0, len(route)-1; a < b; a, b = a+1, b-1 {
				route[a], route[b] = route[b], route[a]
			}
		}
		p.routes[routed[i]], p.turned[routed[i]] = route, turned[i]
	}
	return p
}

// end is one end of an edge: where it leaves its node on the right, or arrives on
// the left.
type end struct {
	edge    int
	arrives bool
}

// portGap is how far apart edges leave a node, where there is room.
const portGap = 9

// ports spreads the edges over the side of the node they share, in the order of
// where they lead, so that they do not cross there: how far from its middle each is.
func (g *digraph) ports(chains [][]int) map[end]float64 {
	type toward struct {
		end
		y float64
	}
	sides := make([][2][]toward, len(g.size))
	for i, chain := range chains {
		last := len(chain) - 1
		sides[chain[0]][0] = append(sides[chain[0]][0], toward{end{i, false}, g.y[chain[1]]})
		sides[chain[last]][1] = append(sides[chain[last]][1], toward{end{i, true}, g.y[chain[last-1]]})
	}
	port := map[end]float64{}
	for v := range sides {
		for _, side := range sides[v] {
			slices.SortStableFunc(side, func(a, b toward) int { return cmp.Compare(a.y, b.y) })
			gap := portGap * 1.0
			if n := len(side); n > 1 {
				gap = min(gap, .8*g.size[v].H/float64(n-1))
			}
			for k, t := range side {
				port[t.end] = gap * (float64(k) - float64(len(side)-1)/2)
			}
		}
	}
	return port
}

// How hard an edge pulls its ends to one height: between bends the hardest, so
// that long edges are straight.
const (
	pullNode = 1
	pullBend = 3
	pullLong = 12

	alignments = 10
)

// align gives every node a height: as near to its neighbours as the order and
// the distances in its layer allow, which is isotonic regression in each layer.
func (g *digraph) align(o Options) {
	g.y = make([]float64, len(g.size))
	for _, layer := range g.ordering {
		y := 0.0
		for i, v := range layer {
			if i > 0 {
				y += g.apart(layer[i-1], v, o)
			}
			g.y[v] = y
		}
		for _, v := range layer {
			g.y[v] -= y / 2
		}
	}
	pull := func(v, w int) float64 {
		switch {
		case g.bend[v] && g.bend[w]:
			return pullLong
		case g.bend[v] || g.bend[w]:
			return pullBend
		}
		return pullNode
	}
	wish, weight := make([]float64, len(g.size)), make([]float64, len(g.size))
	toward := func(l int, sides ...[][]int) {
		for _, v := range g.ordering[l] {
			sum, total := 0.0, 0.0
			for _, side := range sides {
				for _, w := range side[v] {
					f := pull(v, w)
					sum, total = sum+f*g.y[w], total+f
				}
			}
			if total == 0 { // nothing pulls: stay, but give way
				sum, total = g.y[v]*.01, .01
			}
			wish[v], weight[v] = sum/total, total
		}
		g.settle(l, wish, weight, o)
	}
	last := len(g.ordering) - 1
	for range alignments {
		for l := 1; l <= last; l++ {
			toward(l, g.in)
		}
		for l := last - 1; l >= 0; l-- {
			toward(l, g.out)
		}
	}
	for l := 0; l <= last; l++ {
		toward(l, g.in, g.out)
	}
}

// apart is the least distance of the middles of two neighbours.
func (g *digraph) apart(a, b int, o Options) float64 {
	gap := o.NodeGap
	if g.bend[a] || g.bend[b] {
		gap = o.NodeGap * .7
	}
	return (g.size[a].H+g.size[b].H)/2 + gap
}

// settle puts the nodes of a layer as near to their wishes as their order
// allows: pools of those that touch move as one.
func (g *digraph) settle(l int, wish, weight []float64, o Options) {
	type pool struct {
		sum, weight float64
		n           int
	}
	layer := g.ordering[l]
	offset := make([]float64, len(layer))
	var pools []pool
	for i, v := range layer {
		if i > 0 {
			offset[i] = offset[i-1] + g.apart(layer[i-1], v, o)
		}
		p := pool{(wish[v] - offset[i]) * weight[v], weight[v], 1}
		for len(pools) > 0 {
			q := pools[len(pools)-1]
			if q.sum/q.weight <= p.sum/p.weight {
				break
			}
			p = pool{p.sum + q.sum, p.weight + q.weight, p.n + q.n}
			pools = pools[:len(pools)-1]
		}
		pools = append(pools, p)
	}
	i := 0
	for _, p := range pools {
		for range p.n {
			g.y[layer[i]] = p.sum/p.weight + offset[i]
			i++
		}
	}
}
