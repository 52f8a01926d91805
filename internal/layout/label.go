package layout

import (
	"math"
	"slices"
)

// Labels finds a place on each edge for its label, by the label's extent; those of no
// extent are none. A label covers no node and no other label; of the places left it
// takes the one where it covers the fewest other edges, the nearest to where the edge
// sets out. The labels of the first edges choose first. It returns their middles, and
// which have a place: where there is none, the label is best left out.
func (d *Drawing) Labels(nodes, labels []Size) (middles []Point, placed []bool) {
	l := labelling{d: d, size: labels, at: make([]Point, len(labels)), placed: make([]bool, len(labels)), lines: d.pieces()}
	for i, s := range nodes {
		const clear = 2
		l.nodes = append(l.nodes, box{d.Nodes[i].X - clear, d.Nodes[i].Y - clear, d.Nodes[i].X + s.W + clear, d.Nodes[i].Y + s.H + clear})
	}
	for i := range labels {
		if labels[i].W > 0 && !l.place(i) {
			l.makeRoom(i)
		}
	}
	return l.at, l.placed
}

// labelling is where labels are so far.
type labelling struct {
	d      *Drawing
	size   []Size
	at     []Point
	placed []bool
	nodes  []box
	lines  pieces
}

// place puts a label where it covers nothing and the fewest other edges, if it can.
func (l *labelling) place(i int) bool {
	fewest := math.MaxInt
	for _, p := range places(l.d.Routes[i], l.size[i]) {
		b := around(p, l.size[i])
		if l.free(b) && len(l.under(b, i)) == 0 {
			if n := l.lines.under(b, i); n < fewest {
				l.at[i], l.placed[i], fewest = p, true, n
			}
			if fewest == 0 {
				break
			}
		}
	}
	return l.placed[i]
}

// makeRoom puts a label where one other is that can be elsewhere.
func (l *labelling) makeRoom(i int) {
	for _, p := range places(l.d.Routes[i], l.size[i]) {
		b := around(p, l.size[i])
		others := l.under(b, i)
		if !l.free(b) || len(others) != 1 {
			continue
		}
		other := others[0]
		was := l.at[other]
		l.at[i], l.placed[i], l.placed[other] = p, true, false
		if l.place(other) {
			return
		}
		l.at[other], l.placed[other], l.placed[i] = was, true, false
	}
}

// free tells whether a box is within the drawing and on no node.
func (l *labelling) free(b box) bool {
	return b.left >= 0 && b.right <= l.d.W && !slices.ContainsFunc(l.nodes, b.meets)
}

// under lists the labels below a box, but for the one it is of.
func (l *labelling) under(b box, own int) (met []int) {
	for i, placed := range l.placed {
		if placed && i != own && b.meets(around(l.at[i], l.size[i])) {
			met = append(met, i)
		}
	}
	return met
}

type box struct{ left, top, right, bottom float64 }

func around(p Point, s Size) box {
	return box{p.X - s.W/2, p.Y - s.H/2, p.X + s.W/2, p.Y + s.H/2}
}

func (b box) meets(c box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

// places are where on a route a label may be, those best to read first: on the level
// runs past other nodes, else on the curves, their middles before their ends.
func places(route []Point, s Size) (all []Point) {
	for k := 1; k+1 < len(route); k += 2 {
		a, b := route[k], route[k+1]
		for room, t := math.Abs(b.X-a.X)-s.W, 0; room >= 0 && t < 3; t++ {
			all = append(all, Point{a.X + (b.X-a.X)*[...]float64{.5, .2, .8}[t], a.Y})
		}
	}
	for k := 0; k+1 < len(route); k += 2 {
		for _, t := range [...]float64{.5, .4, .6, .3, .7, .22, .78} {
			all = append(all, Curve(route[k], route[k+1], t))
		}
	}
	return all
}

// Curve is a point of the curve on which an edge crosses a gap: cubic, level where it
// leaves and arrives, with both handles half way. t is 0 at a and 1 at b.
func Curve(a, b Point, t float64) Point {
	u := 1 - t
	handle := (a.X + b.X) / 2
	return Point{
		u*u*u*a.X + 3*u*t*handle + t*t*t*b.X,
		(u*u*u+3*u*u*t)*a.Y + (3*u*t*t+t*t*t)*b.Y,
	}
}

// pieces are the parts of all routes by the columns of the drawing they run through.
type pieces [][]piece

type piece struct {
	a, b  Point
	level bool // a run past other nodes, else a curve over a gap
	edge  int
}

// column is how wide a column of pieces is.
const column = 64

func (d *Drawing) pieces() pieces {
	all := make(pieces, int(d.W)/column+2)
	for i, route := range d.Routes {
		for k := 0; k+1 < len(route); k++ {
			p := piece{route[k], route[k+1], k%2 == 1, i}
			for c := int(min(p.a.X, p.b.X)) / column; c <= int(max(p.a.X, p.b.X))/column; c++ {
				all[c] = append(all[c], p)
			}
		}
	}
	return all
}

// under counts the edges below a box, but for its own.
func (all pieces) under(b box, own int) int {
	var met []int
	for c := int(b.left) / column; c <= int(b.right)/column; c++ {
		for i := range all[c] {
			p := &all[c][i]
			if p.edge != own && p.meets(b) && !slices.Contains(met, p.edge) {
				met = append(met, p.edge)
			}
		}
	}
	return len(met)
}

// meets tells whether the piece runs through the box, of curves by points close to
// each other.
func (p *piece) meets(b box) bool {
	if max(p.a.Y, p.b.Y) < b.top || min(p.a.Y, p.b.Y) > b.bottom || max(p.a.X, p.b.X) < b.left || min(p.a.X, p.b.X) > b.right {
		return false
	}
	const points = 24
	for i := 0; i <= points && !p.level; i++ {
		q := Curve(p.a, p.b, float64(i)/points)
		if q.X > b.left && q.X < b.right && q.Y > b.top && q.Y < b.bottom {
			return true
		}
	}
	return p.level
}
