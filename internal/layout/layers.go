package layout

// digraph is one part while it is drawn: nodes with bends added behind them.
type digraph struct {
	size []Size
	bend []bool
	// edges between neighbouring layers, or any layers before there are bends
	edges    []Edge
	out, in  [][]int // node -> nodes
	layer    []int
	ordering [][]int // layer -> nodes from top to bottom
	place    []int   // node -> index in its layer
	y        []float64
}

func (g *digraph) link() {
	g.out, g.in = make([][]int, len(g.size)), make([][]int, len(g.size))
	for _, e := range g.edges {
		g.out[e.From] = append(g.out[e.From], e.To)
		g.in[e.To] = append(g.in[e.To], e.From)
	}
}

// acyclic turns the edges that close a cycle, as a walk from the sources meets
// them, and tells which.
func acyclic(n int, edges []Edge) (turned []bool) {
	out, entered := make([][]int, n), make([]int, n)
	for i, e := range edges {
		out[e.From] = append(out[e.From], i)
		entered[e.To]++
	}
	turned = make([]bool, len(edges))
	const under, done = 1, 2
	state, next := make([]int, n), make([]int, n)
	walk := func(start int) {
		if state[start] != 0 {
			return
		}
		path := []int{start}
		state[start] = under
		for len(path) > 0 {
			v := path[len(path)-1]
			if next[v] == len(out[v]) {
				state[v] = done
				path = path[:len(path)-1]
				continue
			}
			e := out[v][next[v]]
			next[v]++
			switch w := edges[e].To; state[w] {
			case 0:
				state[w] = under
				path = append(path, w)
			case under:
				turned[e] = true
			}
		}
	}
	for i := range n {
		if entered[i] == 0 {
			walk(i)
		}
	}
	for i := range n {
		walk(i)
	}
	for i := range edges {
		if turned[i] {
			edges[i].From, edges[i].To = edges[i].To, edges[i].From
		}
	}
	return turned
}

// layers puts every node one layer behind the last it is reached from, then
// moves those with more ways on than in towards where they lead.
func (g *digraph) layers() {
	n := len(g.size)
	g.layer = make([]int, n)
	missing, order := make([]int, n), make([]int, 0, n)
	for v := range n {
		missing[v] = len(g.in[v])
		if missing[v] == 0 {
			order = append(order, v)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, w := range g.out[order[i]] {
			g.layer[w] = max(g.layer[w], g.layer[order[i]]+1)
			if missing[w]--; missing[w] == 0 {
				order = append(order, w)
			}
		}
	}
	for i := n - 1; i >= 0; i-- {
		v := order[i]
		if len(g.out[v]) <= len(g.in[v]) {
			continue
		}
		nearest := g.layer[g.out[v][0]]
		for _, w := range g.out[v] {
			nearest = min(nearest, g.layer[w])
		}
		g.layer[v] = nearest - 1
	}
}

// bends replaces every edge over several layers by a chain of bends, one in
// each layer between. It returns the nodes each edge passes, ends included.
func (g *digraph) bends() (chains [][]int) {
	var short []Edge
	for _, e := range g.edges {
		chain := []int{e.From}
		for l := g.layer[e.From] + 1; l < g.layer[e.To]; l++ {
			b := len(g.size)
			g.size, g.bend, g.layer = append(g.size, Size{}), append(g.bend, true), append(g.layer, l)
			short = append(short, Edge{chain[len(chain)-1], b})
			chain = append(chain, b)
		}
		short = append(short, Edge{chain[len(chain)-1], e.To})
		chains = append(chains, append(chain, e.To))
	}
	g.edges = short
	g.link()
	return chains
}
