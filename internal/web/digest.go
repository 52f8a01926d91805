package web

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/waitgraph/waitgraph/model"
)

// digest is what pages need of one graph again and again. Each part is made
// when it is first asked for and then kept as long as the graph is published.
type digest struct {
	view
	hosts     func() []string       // under which people see items, lower case, without scheme
	haystacks func() []string       // item -> ref and title in lower case
	longest   func() []int32        // indices into Blocked by how long it has been, unknown last
	roots     func() map[int32]int  // item -> index into Blockers
	cycles    func() map[int32]int  // item -> index into Cycles
	works     func() map[int32]bool // items that stand for several, by mirrors
	totals    func() *totals
	blocking  func() []bool // items that hold up another
	trend     func() []trendPoint
	phrases   func() map[phrase]int // dependencies read from link phrases that nothing maps
	orders    sync.Map              // name -> func() []int32
}

// digests holds the digest of the latest graph asked about.
type digests struct {
	latest   atomic.Pointer[digest]
	searched haystacks
}

func (d *digests) of(g *model.Graph, facts func() *model.Facts) *digest {
	if old := d.latest.Load(); old != nil && old.Graph == g {
		return old
	}
	v := view{g}
	fresh := &digest{
		view:      v,
		hosts:     sync.OnceValue(func() []string { return hostsOf(facts) }),
		haystacks: sync.OnceValue(func() []string { return d.searched.of(v) }),
		longest:   sync.OnceValue(v.longest),
		roots:     sync.OnceValue(v.roots),
		cycles:    sync.OnceValue(v.inCycles),
		works:     sync.OnceValue(v.mirrored),
		totals:    sync.OnceValue(v.totals),
		blocking:  sync.OnceValue(v.blockingItems),
		trend:     sync.OnceValue(func() []trendPoint { return v.trend(v.recorded(factsOf(facts))) }),
		phrases:   sync.OnceValue(v.phrases),
	}
	d.latest.Store(fresh)
	return fresh
}

func (c *call) digest() *digest { return c.server.digests.of(c.Graph, c.server.Facts) }

// factsOf are the facts, nil where there are none.
func factsOf(facts func() *model.Facts) *model.Facts {
	if facts == nil {
		return nil
	}
	return facts()
}

func hostsOf(facts func() *model.Facts) (hosts []string) {
	f := factsOf(facts)
	if f == nil {
		return nil
	}
	for i := range f.Trackers {
		hosts = append(hosts, f.Trackers[i].Site.Hosts...)
	}
	return hosts
}

// longest orders the blocked items by how long they have been, unknown last.
func (v view) longest() []int32 {
	all := make([]int32, len(v.Blocked))
	for i := range all {
		all[i] = int32(i)
	}
	slices.SortFunc(all, func(a, b int32) int {
		return cmp.Or(compareTimes(v.Blocked[a].Since, v.Blocked[b].Since), cmp.Compare(a, b))
	})
	return all
}

func (v view) roots() map[int32]int {
	roots := make(map[int32]int, len(v.Blockers))
	for i := range v.Blockers {
		roots[v.Blockers[i].Item] = i
	}
	return roots
}

func (v view) inCycles() map[int32]int {
	in := map[int32]int{}
	for i := range v.Cycles {
		for _, m := range v.Cycles[i].Members {
			in[m] = i
		}
	}
	return in
}

func (v view) mirrored() map[int32]bool {
	works := map[int32]bool{}
	for i := range v.Items {
		if t := v.Items[i].Twin; t != int32(i) {
			works[t] = true
		}
	}
	return works
}

func (v view) blockingItems() []bool {
	blocking := make([]bool, len(v.Items))
	for i := range v.Dependencies {
		if d := &v.Dependencies[i]; d.State == model.Active {
			blocking[d.From.Item()] = true
		}
	}
	return blocking
}

// totals are the numbers of the organisation and of each team.
type totals struct {
	open, blocked *tally
	waits         int // active dependencies between teams
	estimated     int // open items with an estimate
	zeroes        int // those of them with one of 0
	teams         map[string]*teamTotals
}

// teamTotals are the numbers of one team; each is the length of a list that a page shows.
type teamTotals struct {
	open, blocked, blocking int
	waitsOn, waitedOn       int // active dependencies with other teams
	oldest                  int32
}

func (v view) totals() *totals {
	t := &totals{open: v.tally(), blocked: v.tally(), teams: map[string]*teamTotals{}}
	for _, name := range teamsOf(v.Graph) {
		t.teams[name] = &teamTotals{oldest: -1}
	}
	of := func(name string) *teamTotals {
		if t.teams[name] == nil {
			t.teams[name] = &teamTotals{oldest: -1}
		}
		return t.teams[name]
	}
	for i := range v.Items {
		if n := &v.Items[i]; n.State.Open() {
			t.open.add(n.Twin)
			of(n.Team.String()).open++
			if points, ok := n.Estimate(); ok {
				t.estimated++
				if points == 0 {
					t.zeroes++
				}
			}
		}
	}
	for i := range v.Blocked {
		b := &v.Blocked[i]
		n := &v.Items[b.Item]
		t.blocked.add(n.Twin)
		team := of(n.Team.String())
		team.blocked++
		if team.oldest < 0 || compareTimes(b.Since, v.Blocked[team.oldest].Since) < 0 {
			team.oldest = int32(i)
		}
	}
	blocking := make([]bool, len(v.Items))
	for i := range v.Dependencies {
		d := &v.Dependencies[i]
		if d.State != model.Active {
			continue
		}
		from := d.From.Item()
		if !blocking[from] {
			blocking[from] = true
			of(v.Items[from].Team.String()).blocking++
		}
		if d.CrossTeam {
			t.waits++
			of(v.Items[from].Team.String()).waitedOn++
			of(v.Items[d.To.Item()].Team.String()).waitsOn++
		}
	}
	return t
}

// tally counts items, and the pieces of work they are: mirrored ones are one.
type tally struct {
	items, works int
	seen         []bool // pieces of work
}

func (v view) tally() *tally { return &tally{seen: make([]bool, len(v.Items))} }

func (t *tally) add(work int32) {
	t.items++
	if !t.seen[work] {
		t.seen[work] = true
		t.works++
	}
}

func (t *tally) note() string {
	if t.items == t.works {
		return ""
	}
	return group(t.items) + " items, mirrored ones counted once"
}
