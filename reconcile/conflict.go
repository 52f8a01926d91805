package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// findConflicts lists what the ends of active dependencies, and mirrored items,
// disagree about. It needs the plan.
func (rec *reconciler) findConflicts() {
	g := rec.g
	blocks := rec.ofKind(model.Blocks)
	for i := range blocks {
		if blocks[i].State == model.Active {
			rec.compareEnds(int32(i), blocks)
		}
	}
	if !rec.mirrored {
		return
	}
	for i := len(blocks); i < len(g.Dependencies); i++ {
		d := &g.Dependencies[i]
		if d.Kind == model.Mirrors && d.From.Resolved() && d.To.Resolved() && g.Items[d.From.Item()].State != g.Items[d.To.Item()].State {
			rec.conflict(model.ConflictState, int32(i))
		}
	}
}

// conflict adds one that is not about dates.
func (rec *reconciler) conflict(kind model.ConflictKind, dep int32) {
	d := &rec.g.Dependencies[dep]
	rec.g.Conflicts = append(rec.g.Conflicts, model.Conflict{
		Kind: kind, Dependency: dep, Blocker: d.From.Item(), Blocked: d.To.Item(), NeededByFrom: -1,
	})
}

func (rec *reconciler) compareEnds(dep int32, blocks []model.Dependency) {
	g, p := rec.g, rec.plan
	d := &blocks[dep]
	from, to := p.node[d.From.Item()], p.node[d.To.Item()]
	if needed := p.neededBy(to); needed >= 0 {
		c := model.Conflict{Kind: model.ConflictNoDate, Dependency: dep, Blocker: d.From.Item(), Blocked: d.To.Item(), NeededByFrom: p.item[needed]}
		switch {
		case p.end[from] > p.end[needed]:
			c.Kind, c.SlackDays = model.ConflictDueDate, -p.daysLate(from, needed)
			g.Conflicts = append(g.Conflicts, c)
		case p.end[from] == 0 && rec.rows[c.Blocker].has&stub == 0: // of a stub it is not known
			g.Conflicts = append(g.Conflicts, c)
		}
	}
	blocker, blocked := &g.Items[d.From.Item()], &g.Items[d.To.Item()]
	if blocked.Rank > 0 && blocker.Rank > blocked.Rank {
		rec.conflict(model.ConflictPriority, dep)
	}
	if p.released[from] && p.released[to] && releasedAfter(blocker.Item, blocked.Item) {
		rec.conflict(model.ConflictRelease, dep)
	}
	if p.comp[from] == p.comp[to] && holdsUp(blocks, d.To, d.From) {
		rec.conflict(model.ConflictDirection, dep)
	}
}

// releasedAfter tells whether a is planned into a later release than b, by
// their dates; by their names only when both lack one.
func releasedAfter(a, b *model.Item) bool {
	x, y := a.Release(), b.Release()
	switch dated := x.End.Plausible(); {
	case dated != y.End.Plausible():
		return false
	case dated:
		return x.End.Time > y.End.Time
	}
	return model.CompareReleases(x.Name, y.Name) > 0
}

// holdsUp tells whether a holds up b by itself.
func holdsUp(blocks []model.Dependency, a, b model.End) bool {
	i, ok := slices.BinarySearchFunc(blocks, model.Dependency{From: a, To: b}, func(d, want model.Dependency) int {
		// Ends that are no items sort last.
		return cmp.Or(cmp.Compare(uint32(d.From), uint32(want.From)), cmp.Compare(uint32(d.To), uint32(want.To)))
	})
	return ok && blocks[i].State == model.Active
}
