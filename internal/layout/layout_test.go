package layout_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/internal/layout"
)

var distances = layout.Options{LayerGap: 60, NodeGap: 14, PartGap: 30, Width: 1200}

func sizes(n int) []layout.Size { return slices.Repeat([]layout.Size{{W: 180, H: 40}}, n) }

// check holds a drawing to what everybody may rely on.
func check(t interface{ Fatalf(string, ...any) }, size []layout.Size, edges []layout.Edge, d *layout.Drawing) {
	box := func(i int) (x0, y0, x1, y1 float64) {
		p := d.Nodes[i]
		return p.X, p.Y, p.X + size[i].W, p.Y + size[i].H
	}
	const slack = 1e-6
	for i := range size {
		x0, y0, x1, y1 := box(i)
		if x0 < -slack || y0 < -slack || x1 > d.W+slack || y1 > d.H+slack {
			t.Fatalf("node %d is outside: %v of %v", i, d.Nodes[i], d.Size)
		}
		for j := range i {
			a0, b0, a1, b1 := box(j)
			if x0 < a1-slack && a0 < x1-slack && y0 < b1-slack && b0 < y1-slack {
				t.Fatalf("nodes %d and %d overlap: %v %v", i, j, d.Nodes[i], d.Nodes[j])
			}
		}
	}
	for i, e := range edges {
		route := d.Routes[i]
		if e.From == e.To {
			if len(route) != 0 {
				t.Fatalf("edge %d to itself has a route", i)
			}
			continue
		}
		if len(route) < 2 || len(route)%2 != 0 {
			t.Fatalf("edge %d has %d points", i, len(route))
		}
		from, to := d.Nodes[e.From], d.Nodes[e.To]
		start, end := route[0], route[len(route)-1]
		right, left := from.X+size[e.From].W, to.X
		if d.Turned[i] {
			right, left = from.X, to.X+size[e.To].W
		}
		near := func(a, b float64) bool { return a-b < slack && b-a < slack }
		beside := func(y float64, node int) bool { // not at its corners
			h := size[node].H
			return y > d.Nodes[node].Y+.09*h && y < d.Nodes[node].Y+.91*h
		}
		if !near(start.X, right) || !near(end.X, left) || !beside(start.Y, e.From) || !beside(end.Y, e.To) {
			t.Fatalf("edge %d leads %v to %v, its nodes are at %v and %v", i, start, end, from, to)
		}
		for j := 1; j < len(route); j++ {
			if forward := route[j].X >= route[j-1].X-slack; forward == d.Turned[i] && !near(route[j].X, route[j-1].X) {
				t.Fatalf("edge %d runs back: %v", i, route)
			}
		}
	}
}

func TestChain(t *testing.T) {
	edges := []layout.Edge{{0, 1}, {1, 2}, {0, 2}}
	d := layout.Layered(sizes(3), edges, distances)
	check(t, sizes(3), edges, d)
	if d.Nodes[0].X != 0 || d.Nodes[1].X != 240 || d.Nodes[2].X != 480 || len(d.Routes[2]) != 4 {
		t.Errorf("%v, long edge %v", d.Nodes, d.Routes[2])
	}
}

func TestCycle(t *testing.T) {
	edges := []layout.Edge{{0, 1}, {1, 2}, {2, 0}, {1, 1}}
	d := layout.Layered(sizes(3), edges, distances)
	check(t, sizes(3), edges, d)
	if diff := cmp.Diff([]bool{false, false, true, false}, d.Turned); diff != "" {
		t.Error(diff)
	}
}

func TestTreeHasNoCrossings(t *testing.T) {
	// A complete tree numbered level by level, its edges in a shuffled order.
	var edges []layout.Edge
	for i := 1; i < 31; i++ {
		edges = append(edges, layout.Edge{From: (i - 1) / 2, To: i})
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
	d := layout.Layered(sizes(31), edges, distances)
	check(t, sizes(31), edges, d)
	for i, a := range edges {
		for j, b := range edges[:i] {
			p, q := d.Routes[i], d.Routes[j]
			if p[0].X == q[0].X && (p[0].Y-q[0].Y)*(p[1].Y-q[1].Y) < 0 {
				t.Errorf("edges %v and %v cross", a, b)
			}
		}
	}
}

func TestAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(rt, "nodes")
		size := make([]layout.Size, n)
		for i := range size {
			size[i] = layout.Size{W: float64(rapid.IntRange(1, 200).Draw(rt, "w")), H: float64(rapid.IntRange(1, 60).Draw(rt, "h"))}
		}
		var edges []layout.Edge
		if n > 0 {
			for range rapid.IntRange(0, 60).Draw(rt, "edges") {
				edges = append(edges, layout.Edge{From: rapid.IntRange(0, n-1).Draw(rt, "from"), To: rapid.IntRange(0, n-1).Draw(rt, "to")})
			}
		}
		d := layout.Layered(size, edges, distances)
		check(rt, size, edges, d)
		if diff := cmp.Diff(d, layout.Layered(size, edges, distances)); diff != "" {
			rt.Fatalf("drawn twice: %s", diff)
		}
	})
}

// BenchmarkLayered draws views as large as they are shown.
func BenchmarkLayered(b *testing.B) {
	for _, edgesEach := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("nodes=150/edges=%d", 150*edgesEach), func(b *testing.B) {
			r := rand.New(rand.NewPCG(7, 7))
			var edges []layout.Edge
			for range 150 * edgesEach {
				from := r.IntN(150)
				edges = append(edges, layout.Edge{From: from, To: min(149, from+1+r.IntN(20))})
			}
			b.ReportAllocs()
			for b.Loop() {
				layout.Layered(sizes(150), edges, distances)
			}
		})
	}
}

// A label lies on its edge and covers no node and no other label, whatever the graph;
// and nearly all of a graph of teams that all wait on each other have a place.
func TestLabels(t *testing.T) {
	overlap := func(a, b [4]float64) bool { return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3] }
	label := func(t interface{ Fatalf(string, ...any) }, size []layout.Size, edges []layout.Edge, labels []layout.Size, o layout.Options) (placed int) {
		d := layout.Layered(size, edges, o)
		at, has := d.Labels(size, labels)
		if again, _ := d.Labels(size, labels); !slices.Equal(at, again) {
			t.Fatalf("placed otherwise the second time")
		}
		var taken [][4]float64
		for i, s := range size {
			taken = append(taken, [4]float64{d.Nodes[i].X, d.Nodes[i].Y, d.Nodes[i].X + s.W, d.Nodes[i].Y + s.H})
		}
		for i, s := range labels {
			if !has[i] {
				continue
			}
			placed++
			b := [4]float64{at[i].X - s.W/2, at[i].Y - s.H/2, at[i].X + s.W/2, at[i].Y + s.H/2}
			for j := range taken {
				if overlap(b, taken[j]) {
					t.Fatalf("label %d at %v is on %v", i, b, taken[j])
				}
			}
			taken = append(taken, b)
			off, route := 1e9, d.Routes[i]
			for k := 0; k+1 < len(route); k++ {
				for step := range 101 {
					p := layout.Curve(route[k], route[k+1], float64(step)/100)
					if route[k].Y == route[k+1].Y {
						p.X = route[k].X + (route[k+1].X-route[k].X)*float64(step)/100
					}
					off = min(off, max(p.X-at[i].X, at[i].X-p.X)+max(p.Y-at[i].Y, at[i].Y-p.Y))
				}
			}
			if off > 10 {
				t.Fatalf("label %d at %v is %v off its route %v", i, at[i], off, route)
			}
		}
		return placed
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(rt, "nodes")
		var edges []layout.Edge
		var labels []layout.Size
		for range rapid.IntRange(0, 60).Draw(rt, "edges") {
			edges = append(edges, layout.Edge{From: rapid.IntRange(0, n-1).Draw(rt, "from"), To: rapid.IntRange(0, n-1).Draw(rt, "to")})
			labels = append(labels, layout.Size{W: float64(rapid.IntRange(0, 70).Draw(rt, "w")), H: 15})
		}
		label(rt, sizes(n), edges, labels, distances)
	})
	for teams, least := range map[int]int{4: 12, 7: 40, 12: 125} {
		var edges []layout.Edge
		for i := range teams {
			for j := range teams {
				if i != j {
					edges = append(edges, layout.Edge{From: i, To: j})
				}
			}
		}
		o := distances
		o.NodeGap, o.LayerGap = 36, 140
		labels := slices.Repeat([]layout.Size{{W: 60, H: 15}}, len(edges))
		got := label(t, slices.Repeat([]layout.Size{{W: 196, H: 54}}, teams), edges, labels, o)
		if t.Logf("%d teams: %d of %d", teams, got, len(edges)); got < least {
			t.Errorf("%d teams: %d of %d labels have a place", teams, got, len(edges))
		}
	}
}

// BenchmarkLabels finds places for the numbers of as many arrows as teams are drawn with.
func BenchmarkLabels(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 7))
	var edges []layout.Edge
	for range 120 {
		edges = append(edges, layout.Edge{From: r.IntN(50), To: r.IntN(50)})
	}
	size, labels := slices.Repeat([]layout.Size{{W: 196, H: 54}}, 50), slices.Repeat([]layout.Size{{W: 60, H: 15}}, len(edges))
	d := layout.Layered(size, edges, layout.Options{LayerGap: 140, NodeGap: 36, PartGap: 34, Width: 1300})
	b.ReportAllocs()
	for b.Loop() {
		d.Labels(size, labels)
	}
}
