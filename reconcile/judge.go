package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// judge gives items their effective state and blocks dependencies theirs.
func (rec *reconciler) judge() {
	g := rec.g
	for i := range g.Dependencies {
		d := &g.Dependencies[i]
		if d.Kind != model.Implements || !d.From.Resolved() || !d.To.Resolved() {
			continue
		}
		pull, item := &g.Items[d.From.Item()], &g.Items[d.To.Item()]
		if pull.Pull && pull.State.Open() && item.State == model.Todo && rec.trackers[rec.home[d.To.Item()]].github {
			item.State = model.Doing
		}
	}
	for i := range g.Dependencies {
		if d := &g.Dependencies[i]; d.Kind == model.Blocks {
			d.State = rec.stateOf(d)
		}
	}
}

// stateOf is the first that holds in the order moot, unknown, satisfied,
// abandoned, active. A dependency of an item on itself blocks nothing and is
// never more than unknown.
func (rec *reconciler) stateOf(d *model.Dependency) model.DependencyState {
	items := rec.g.Items
	switch {
	case d.To.Resolved() && !items[d.To.Item()].State.Open():
		return model.Moot
	case !d.From.Resolved(), !d.To.Resolved(), d.From.Item() == d.To.Item():
		return model.Unknown
	case items[d.From.Item()].State == model.Done:
		return model.Satisfied
	case items[d.From.Item()].State == model.Dropped:
		return model.Abandoned
	}
	return model.Active
}

// listBlocked lists every open item with an active dependency or a signal of
// its own, with its causes and the start of its present stretch of causes.
func (rec *reconciler) listBlocked() {
	g := rec.g
	incoming := rec.blockersOf()
	pastOf := map[int32][]pastClaim{}
	for _, p := range rec.past {
		pastOf[p.blocked] = append(pastOf[p.blocked], p)
	}
	for i := range g.Items {
		n := &g.Items[i]
		deps := incoming.of(int32(i))
		if !n.State.Open() || len(deps) == 0 && !rec.signals[i] {
			continue
		}
		b := model.Blocked{Item: int32(i)}
		unsettled := false // a dependency that is active or unknown
		for _, di := range deps {
			d := &g.Dependencies[di]
			unsettled = unsettled || d.State == model.Active || d.State == model.Unknown && d.From.Item() != d.To.Item()
			if d.State != model.Active {
				continue
			}
			since, known := rec.causeStart(d)
			b.Causes = append(b.Causes, model.Cause{Dependency: di, Since: since, SinceKnown: known})
			b.Blockers = append(b.Blockers, d.From.Item())
		}
		for si := range n.Signals {
			since, known := rec.signalStart(int32(i), &n.Signals[si])
			c := model.Cause{Dependency: -1, Signal: &n.Signals[si], Since: since, SinceKnown: known}
			switch {
			case len(deps) == 0 && len(pastOf[int32(i)]) == 0:
				c.Finding = model.Unexplained
			case !unsettled:
				c.Finding = model.StaleSignal
			}
			b.Causes = append(b.Causes, c)
		}
		if len(b.Causes) == 0 {
			continue
		}
		b.Since, b.SinceKnown = rec.stretch(int32(i), deps, pastOf[int32(i)], b.Causes)
		b.Depth = rec.closure.depthOf(int32(i))
		n.Blocked = int32(len(g.Blocked))
		g.Blocked = append(g.Blocked, b)
	}
}

// adjacency lists dependencies by item.
type adjacency struct{ first, deps []int32 }

func (a adjacency) of(item int32) []int32 { return a.deps[a.first[item]:a.first[item+1]] }

// blockersOf lists, for each item, the blocks dependencies it is the blocked
// end of, by blocker. Dependencies are sorted by blocker, so filling them in
// order keeps that.
func (rec *reconciler) blockersOf() adjacency {
	g := rec.g
	a := adjacency{first: make([]int32, len(g.Items)+1)}
	blocks := g.Dependencies[:blocksEnd(g.Dependencies)]
	for i := range blocks {
		if to := blocks[i].To; to.Resolved() {
			a.first[to.Item()+1]++
		}
	}
	for i := range g.Items {
		a.first[i+1] += a.first[i]
	}
	a.deps = make([]int32, a.first[len(g.Items)])
	next := slices.Clone(a.first[:len(g.Items)])
	for i := range blocks {
		if to := blocks[i].To; to.Resolved() {
			a.deps[next[to.Item()]] = int32(i)
			next[to.Item()]++
		}
	}
	return a
}

// blocksEnd is how many dependencies are of kind blocks; they come first.
func blocksEnd(deps []model.Dependency) int {
	n, _ := slices.BinarySearchFunc(deps, 1, func(d model.Dependency, _ int) int {
		if d.Kind == model.Blocks {
			return -1
		}
		return cmp.Compare(1, 0)
	})
	return n
}
