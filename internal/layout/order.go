package layout

import (
	"cmp"
	"slices"
)

// sweeps is how often the layers are ordered by their neighbours, there and back.
const sweeps = 12

// order arranges each layer so that few edges cross: by the barycentres of the
// neighbours in the layer before, then in the one behind, and again. The best
// arrangement met is kept.
func (g *digraph) order() {
	deepest := 0
	for _, l := range g.layer {
		deepest = max(deepest, l)
	}
	g.ordering, g.place = make([][]int, deepest+1), make([]int, len(g.size))
	// At first as a walk meets the nodes, so that trees stay together.
	seen := make([]bool, len(g.size))
	var visit func(v int)
	visit = func(v int) {
		if seen[v] {
			return
		}
		seen[v] = true
		g.ordering[g.layer[v]] = append(g.ordering[g.layer[v]], v)
		for _, w := range g.out[v] {
			visit(w)
		}
		for _, w := range g.in[v] {
			visit(w)
		}
	}
	for v := range g.size {
		visit(v)
	}
	for l := range g.ordering {
		g.number(l)
	}
	best, fewest := g.arrangement(), g.crossings()
	weight := make([]float64, len(g.size))
	for sweep := 0; sweep < sweeps && fewest > 0; sweep++ {
		for l := 1; l <= deepest; l++ {
			g.sortLayer(l, g.in, weight)
		}
		for l := deepest - 1; l >= 0; l-- {
			g.sortLayer(l, g.out, weight)
		}
		for l := range g.ordering {
			g.swap(l)
		}
		if c := g.crossings(); c < fewest {
			best, fewest = g.arrangement(), c
		}
	}
	g.ordering = best
	for l := range g.ordering {
		g.number(l)
	}
}

func (g *digraph) number(l int) {
	for i, v := range g.ordering[l] {
		g.place[v] = i
	}
}

func (g *digraph) arrangement() [][]int {
	copied := make([][]int, len(g.ordering))
	for l := range copied {
		copied[l] = slices.Clone(g.ordering[l])
	}
	return copied
}

// sortLayer orders a layer by the mean place of each node's neighbours; a node
// without any stays about where it is.
func (g *digraph) sortLayer(l int, neighbours [][]int, weight []float64) {
	for i, v := range g.ordering[l] {
		if len(neighbours[v]) == 0 {
			weight[v] = float64(i)
			continue
		}
		sum := 0
		for _, w := range neighbours[v] {
			sum += g.place[w]
		}
		weight[v] = float64(sum) / float64(len(neighbours[v]))
	}
	slices.SortStableFunc(g.ordering[l], func(a, b int) int { return cmp.Compare(weight[a], weight[b]) })
	g.number(l)
}

// swap exchanges two that stand next to each other where that saves crossings.
func (g *digraph) swap(l int) {
	layer := g.ordering[l]
	for i := 1; i < len(layer); i++ {
		a, b := layer[i-1], layer[i]
		saved := g.between(a, b, g.in) - g.between(b, a, g.in) + g.between(a, b, g.out) - g.between(b, a, g.out)
		if saved > 0 {
			layer[i-1], layer[i] = b, a
			g.place[a], g.place[b] = i, i-1
		}
	}
}

// between counts the crossings of the edges of a with those of b while a stands above b.
func (g *digraph) between(a, b int, neighbours [][]int) (n int) {
	for _, v := range neighbours[a] {
		for _, w := range neighbours[b] {
			if g.place[v] > g.place[w] {
				n++
			}
		}
	}
	return n
}

// crossings counts all pairs of edges that cross, with a binary indexed tree
// over the places of each layer.
func (g *digraph) crossings() (total int) {
	var targets, tree []int
	for l := 0; l+1 < len(g.ordering); l++ {
		width := len(g.ordering[l+1])
		if cap(tree) < width+1 {
			tree = make([]int, width+1)
		}
		tree = tree[:width+1]
		clear(tree)
		count := 0
		for _, v := range g.ordering[l] {
			targets = targets[:0]
			for _, w := range g.out[v] {
				targets = append(targets, g.place[w])
			}
			for _, t := range targets { // edges met before that end further down cross this one
				upTo := 0
				for i := t + 1; i > 0; i -= i & -i {
					upTo += tree[i]
				}
				total += count - upTo
			}
			for _, t := range targets {
				for i := t + 1; i <= width; i += i & -i {
					tree[i]++
				}
				count++
			}
		}
	}
	return total
}
