package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// judge gives items their effective state and blocks dependencies theirs.
func (rec *reconciler) judge() {
	g := rec.g
	implements := rec.ofKind(model.Implements)
	for i := range implements {
		d := &implements[i]
		if !d.From.Resolved() || !d.To.Resolved() {
			continue
		}
		from, item := &rec.rows[d.From], &rec.rows[d.To]
		if from.has&pull != 0 && from.state.Open() && item.state == model.Todo && rec.trackers[item.home].github {
			item.state = model.Doing
			g.Items[d.To].State = model.Doing
		}
	}
	blocks := rec.ofKind(model.Blocks)
	inParts(len(blocks), func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			blocks[i].State = rec.stateOf(&blocks[i])
		}
	})
}

// stateOf is the first that holds in the order moot, unknown, satisfied,
// abandoned, active. A dependency of an item on itself blocks nothing and is
// never more than unknown.
func (rec *reconciler) stateOf(d *model.Dependency) model.DependencyState {
	switch {
	case d.To.Resolved() && !rec.rows[d.To].state.Open():
		return model.Moot
	case !d.From.Resolved(), !d.To.Resolved(), d.From == d.To:
		return model.Unknown
	}
	switch rec.rows[d.From].state {
	case model.Done:
		return model.Satisfied
	case model.Dropped:
		return model.Abandoned
	}
	return model.Active
}

// listBlocked lists every open item with an active dependency or a signal of
// its own, with its causes and the start of its present stretch of causes.
func (rec *reconciler) listBlocked() {
	g := rec.g
	slices.SortStableFunc(rec.past, func(a, b pastClaim) int { return cmp.Compare(a.blocked, b.blocked) })
	found := make([][]model.Blocked, parts)
	inParts(len(g.Items), func(part, lo, hi int) {
		j := newJudge(rec, int32(lo), int32(hi))
		for i := int32(lo); i < int32(hi); {
			j.next = j.next[:0]
			for ; i < int32(hi) && len(j.next) < ahead; i++ {
				if j.mayBlock(i) {
					j.next = append(j.next, i)
				}
			}
			j.touchBlockers(j.next)
			for _, item := range j.next {
				j.item(item)
			}
		}
		found[part] = j.list()
	})
	g.Blocked = slices.Concat(found...)
	for i := range g.Blocked {
		g.Items[g.Blocked[i].Item].Blocked = int32(i)
	}
}

// judge tells of one part of the items which are blocked.
type judge struct {
	history
	next    []int32 // the items that come next
	leads   []int32 // reused, as deps
	deps    []int32
	blocked []model.Blocked
	// causes and blockers of all blocked items, one after the other; counts tells how many each has
	causes   []model.Cause
	blockers []int32
	counts   []struct{ causes, blockers int }
}

// newJudge has room for what the items from lo to hi may need.
func newJudge(rec *reconciler, lo, hi int32) *judge {
	c := rec.closure
	first, _ := slices.BinarySearch(c.item, lo)
	last, _ := slices.BinarySearch(c.item, hi)
	edges, waiting := int(c.up.first[last]-c.up.first[first]), 0
	for i := lo; i < hi; i++ {
		if rec.rows[i].has&signals != 0 && rec.rows[i].state.Open() {
			edges, waiting = edges+len(rec.g.Items[i].Signals), waiting+1
		}
	}
	for n := first; n < last; n++ {
		if len(c.up.of(int32(n))) > 0 {
			waiting++
		}
	}
	j := &judge{history: history{reconciler: rec}, causes: make([]model.Cause, 0, edges), blockers: make([]int32, 0, edges)}
	j.blocked, j.counts = make([]model.Blocked, 0, waiting), make([]struct{ causes, blockers int }, 0, waiting)
	return j
}

// mayBlock tells whether an item has any cause.
func (j *judge) mayBlock(i int32) bool {
	row := &j.rows[i]
	if !row.state.Open() {
		return false
	}
	n := j.closure.node[i]
	return row.has&signals != 0 || n >= 0 && len(j.closure.up.of(n)) > 0
}

// list gives each blocked item its causes and blockers.
func (j *judge) list() []model.Blocked {
	causes, blockers := slices.Clip(j.causes), slices.Clip(j.blockers)
	for i, n := range j.counts {
		j.blocked[i].Causes, causes = causes[:n.causes:n.causes], causes[n.causes:]
		j.blocked[i].Blockers, blockers = blockers[:n.blockers:n.blockers], blockers[n.blockers:]
	}
	return j.blocked
}

// item tells of one that may be blocked: it has a cause.
func (j *judge) item(i int32) {
	g := j.g
	j.deps = j.deps[:0]
	causes, blockers := len(j.causes), len(j.blockers)
	opened := moment{}
	unsettled := false // a dependency that is active or unknown
	for _, di := range g.DependenciesOf(i) {
		d := &g.Dependencies[di]
		if d.Kind != model.Blocks {
			break
		}
		if d.To.Item() != i {
			continue
		}
		if len(j.deps) == 0 {
			opened = j.rows[i].opened()
		}
		j.deps = append(j.deps, di)
		unsettled = unsettled || d.State == model.Active || d.State == model.Unknown && d.From != d.To
		if d.State != model.Active {
			continue
		}
		since, known := j.told(j.causeStart(d, opened))
		j.causes = append(j.causes, model.Cause{Dependency: di, Since: since, SinceKnown: known})
		j.blockers = append(j.blockers, d.From.Item())
	}
	past := j.pastOf(i)
	if j.rows[i].has&signals != 0 {
		opened = j.rows[i].opened()
		n := &g.Items[i]
		for si := range n.Signals {
			since, known := j.told(signalStart(&n.Signals[si], opened))
			c := model.Cause{Dependency: -1, Signal: &n.Signals[si], Since: since, SinceKnown: known}
			switch {
			case len(j.deps) == 0 && len(past) == 0:
				c.Finding = model.FindingUnexplained
			case !unsettled:
				c.Finding = model.FindingStaleSignal
			}
			j.causes = append(j.causes, c)
		}
	}
	b := model.Blocked{Item: i, Depth: j.closure.depthOf(i)}
	b.Since, b.SinceKnown = j.told(j.stretch(first(j.causes[causes:]), opened, j.deps, past))
	j.blocked = append(j.blocked, b)
	j.counts = append(j.counts, struct{ causes, blockers int }{len(j.causes) - causes, len(j.blockers) - blockers})
}

// first is the earliest start of causes.
func first(causes []model.Cause) moment {
	start := momentOf(causes[0].Since, causes[0].SinceKnown)
	for _, c := range causes[1:] {
		if m := momentOf(c.Since, c.SinceKnown); m.at < start.at || m.at == start.at && m.known {
			start = m
		}
	}
	return start
}

// pastOf lists the ended claims about what blocked an item once.
func (rec *reconciler) pastOf(item int32) []pastClaim {
	lo, _ := slices.BinarySearchFunc(rec.past, item, func(p pastClaim, item int32) int { return cmp.Compare(p.blocked, item) })
	hi := lo
	for hi < len(rec.past) && rec.past[hi].blocked == item {
		hi++
	}
	return rec.past[lo:hi]
}

// ofKind are the dependencies of a kind. Those of kind blocks come first.
func (rec *reconciler) ofKind(k model.Kind) []model.Dependency {
	deps := rec.g.Dependencies
	from := func(k model.Kind) int {
		i, _ := slices.BinarySearchFunc(deps, k, func(d model.Dependency, k model.Kind) int { return cmp.Compare(d.Kind, k) })
		return i
	}
	return deps[from(k):from(k+1)]
}
