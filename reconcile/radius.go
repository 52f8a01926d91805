package reconcile

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// work is what a waiting item adds to a blast radius.
type work struct {
	points float64
	team   int32
	twin   int32 // the piece of work, as the item that stands for it, or -1 when it is the only one of it
}

// weighWork notes what each item of the closure adds.
func (rec *reconciler) weighWork() {
	c, g := rec.closure, rec.g
	c.work = make([]work, len(c.item))
	inParts(len(c.item), func(_, lo, hi int) {
		for n := lo; n < hi; n++ {
			row := &rec.rows[c.item[n]]
			w := work{points: row.points, team: row.team, twin: -1}
			if row.has&folded != 0 {
				w.twin = g.Items[c.item[n]].Twin
			}
			c.work[n] = w
		}
	})
}

// most is how many blast radii one sweep finds: one for each bit of a word.
const most = 64

// sweep finds the blast radii of some nodes at once. It goes once through the
// components behind them, blockers first, handing on from each to those that
// wait on it the set of nodes they all wait on, one bit each. So many radii
// that have much in common take little more time than one.
type sweep struct {
	*plan
	own     []uint8  // node -> one more than the number of its own bit; zero again after use, as is behind
	behind  []uint64 // component -> the nodes it waits on
	ahead   []uint64 // bitmap of the components still to visit
	sums    [most]sum
	mirrors []waiting
}

type sum struct {
	items  int
	points float64
	teams  []uint64 // bitmap
}

// waiting is a node and the bits of those it waits on.
type waiting struct {
	node int32
	on   uint64
}

func (p *plan) newSweep() *sweep {
	s := &sweep{plan: p, own: make([]uint8, len(p.item)), behind: make([]uint64, len(p.depth)), ahead: make([]uint64, len(p.depth)/64+1)}
	words := len(p.teams)/64 + 1
	teams := make([]uint64, most*words)
	for i := range s.sums {
		s.sums[i].teams = teams[i*words:][:words]
	}
	return s
}

// over sums up what waits on each of at most 64 nodes and tells visit, if not
// nil, every node that waits on any of them.
func (s *sweep) over(nodes []int32, visit func(waiting)) {
	s.mirrors = s.mirrors[:0]
	first := len(s.ahead)
	for i, n := range nodes {
		clear(s.sums[i].teams)
		s.sums[i] = sum{teams: s.sums[i].teams}
		c := s.comp[n]
		s.own[n] = uint8(i) + 1
		s.behind[c] |= 1 << i
		s.ahead[c/64] |= 1 << (c % 64)
		first = min(first, int(c/64))
	}
	for word := first; word < len(s.ahead); word++ {
		for s.ahead[word] != 0 { // what waits on a component comes after it, maybe in this word
			c := int32(word*64 + bits.TrailingZeros64(s.ahead[word]))
			s.ahead[word] &= s.ahead[word] - 1
			behind := s.behind[c]
			s.behind[c] = 0
			for _, n := range s.members.of(c) {
				if w := (waiting{n, behind}); s.add(&w) && visit != nil {
					visit(w)
				}
				for _, next := range s.down.of(n) {
					if d := s.comp[next]; d != c {
						s.behind[d] |= behind
						s.ahead[d/64] |= 1 << (d % 64)
					}
				}
			}
		}
	}
	s.addMirrors()
	for _, n := range nodes {
		s.own[n] = 0
	}
}

// add adds a node to the sums of those it waits on. It returns false if it
// waits on none: nothing waits on itself.
func (s *sweep) add(w *waiting) bool {
	x := &s.work[w.node]
	// Where it has no bit of its own, the shift of 255 leaves none.
	if w.on &^= 1 << (s.own[w.node] - 1); w.on == 0 {
		return false
	}
	for on := w.on; on != 0; on &= on - 1 {
		sum := &s.sums[bits.TrailingZeros64(on)]
		sum.teams[x.team/64] |= 1 << (x.team % 64)
		if x.twin < 0 {
			sum.items++
			sum.points += x.points
		}
	}
	if x.twin >= 0 {
		s.mirrors = append(s.mirrors, *w)
	}
	return true
}

// addMirrors counts items that are folded into one piece of work once, as the
// first of those that wait.
func (s *sweep) addMirrors() {
	slices.SortFunc(s.mirrors, func(a, b waiting) int {
		return cmp.Or(cmp.Compare(s.work[a.node].twin, s.work[b.node].twin), cmp.Compare(a.node, b.node))
	})
	twin, counted := int32(-1), uint64(0)
	for _, w := range s.mirrors {
		x := &s.work[w.node]
		if x.twin != twin {
			twin, counted = x.twin, 0
		}
		for on := w.on &^ counted; on != 0; on &= on - 1 {
			sum := &s.sums[bits.TrailingZeros64(on)]
			sum.items++
			sum.points += x.points
		}
		counted |= w.on
	}
}

// radius is the i-th sum as the graph tells it. The item with the date by which
// that of the sum is wanted is given, -1 for none.
func (s *sweep) radius(i int, wanted int32) model.Radius {
	sum := &s.sums[i]
	r := model.Radius{Items: sum.items, Points: sum.points}
	if wanted >= 0 {
		r.EarliestDue = s.items[wanted].Date()
	}
	teams := 0
	for _, set := range sum.teams {
		teams += bits.OnesCount64(set)
	}
	r.Teams = slices.Grow(r.Teams, teams)
	for word, set := range sum.teams {
		for ; set != 0; set &= set - 1 {
			r.Teams = append(r.Teams, s.teams[word*64+bits.TrailingZeros64(set)])
		}
	}
	return r
}

// Radius implements model.Engine.
func (p *plan) Radius(item int32) model.Radius {
	if p.node[item] < 0 {
		return model.Radius{}
	}
	s := p.newSweep()
	var found []int32
	s.over([]int32{p.node[item]}, func(w waiting) { found = append(found, p.item[w.node]) })
	r := s.radius(0, p.WantedBy(item))
	slices.Sort(found)
	r.Waiting = found
	return r
}
