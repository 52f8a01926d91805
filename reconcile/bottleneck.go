package reconcile

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// wide is how many words of teams are followed through the graph at once.
const wide = 4

// teamSet is a set of up to 64*wide teams.
type teamSet [wide]uint64

// rankBottlenecks counts for each team the open items of other teams that
// transitively wait on it. A walk from every team would visit the graph once
// per team; instead the set of teams ahead of each component is handed down
// from blockers to what they block, 256 teams in one pass.
func (gs *gaps) rankBottlenecks() {
	c := gs.closure
	team := make([]int32, len(c.item))
	for n, i := range c.item {
		team[n] = gs.at[gs.rows[i].team]
	}
	for lo := int32(0); lo < int32(len(gs.of)); lo += 64 * wide {
		gs.countBehind(team, lo)
	}
	order := make([]int, len(gs.of))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(gs.of[b].Bottleneck.Items, gs.of[a].Bottleneck.Items) })
	for k, i := range order {
		b := &gs.of[i].Bottleneck
		if b.Items == 0 {
			break
		}
		b.Rank = k + 1
		if k > 0 {
			if before := gs.of[order[k-1]].Bottleneck; before.Items == b.Items {
				b.Rank = before.Rank
			}
		}
	}
}

// countBehind does so for the teams from lo on. Components are numbered
// blockers first, so the nodes in that order meet what is ahead of them done.
func (gs *gaps) countBehind(team []int32, lo int32) {
	c := gs.closure
	own := func(n int32) (word, bit uint64, ok bool) {
		t := team[n] - lo
		return uint64(t) / 64, uint64(1) << (uint64(t) % 64), t >= 0 && t < 64*wide
	}
	ahead := make([]teamSet, len(c.depth)) // of each component
	for id := range ahead {
		set, members := &ahead[id], c.members.of(int32(id))
		for _, n := range members {
			for _, b := range c.up.of(n) {
				if from := c.comp[b]; from != int32(id) {
					for w := range set {
						set[w] |= ahead[from][w]
					}
				}
				if w, bit, ok := own(b); ok {
					set[w] |= bit
				}
			}
			if w, bit, ok := own(n); ok && len(members) > 1 { // in a cycle everybody waits on everybody
				set[w] |= bit
			}
		}
	}
	counts := counter{of: make([]int, 64*wide)}
	pieces := map[int32]*teamSet{}
	for n := range int32(len(c.item)) {
		set := ahead[c.comp[n]]
		if w, bit, ok := own(n); ok {
			set[w] &^= bit
		}
		if gs.rows[c.item[n]].has&folded != 0 { // a piece of work counts once for each team it waits on
			twin := gs.g.Items[c.item[n]].Twin
			had := pieces[twin]
			if had == nil {
				had = &teamSet{}
				pieces[twin] = had
			}
			for w := range set {
				set[w] &^= had[w]
				had[w] |= set[w]
			}
		}
		counts.add(set)
	}
	counts.flush()
	for i := lo; i < min(lo+64*wide, int32(len(gs.of))); i++ {
		gs.of[i].Bottleneck = model.Bottleneck{Items: counts.of[i-lo]}
	}
}

// counter counts in how many sets each team is. The low bits of all counts are
// kept side by side, one word for 64 teams, so that adding a set is a few
// operations however many teams are in it.
type counter struct {
	of     []int
	planes [8]teamSet
	added  int
}

func (c *counter) add(set teamSet) {
	for w, carry := range set {
		for p := 0; carry != 0; p++ {
			next := c.planes[p][w] & carry
			c.planes[p][w] ^= carry
			carry = next
		}
	}
	if c.added++; c.added == 255 {
		c.flush()
	}
}

func (c *counter) flush() {
	for p := range c.planes {
		for w, word := range c.planes[p] {
			for ; word != 0; word &= word - 1 {
				c.of[64*w+bits.TrailingZeros64(word)] += 1 << p
			}
		}
		c.planes[p] = teamSet{}
	}
	c.added = 0
}
