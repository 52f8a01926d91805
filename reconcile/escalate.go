package reconcile

import (
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// escalate finds the level each active dependency is at. It needs the blocked
// items and the conflicts.
func (rec *reconciler) escalate() {
	g, levels := rec.g, rec.rules.Escalation
	if len(levels) == 0 {
		return
	}
	start := make([]model.Time, len(rec.ofKind(model.Blocks))) // of the wait, by dependency: each active one is a cause
	for i := range g.Blocked {
		for _, c := range g.Blocked[i].Causes {
			if c.Dependency >= 0 {
				start[c.Dependency] = c.Since
			}
		}
	}
	differ := map[int32]bool{} // items whose mirrors have another state
	for _, c := range g.Conflicts {
		if c.Kind == model.ConflictState {
			differ[c.Blocker], differ[c.Blocked] = true, true
		}
	}
	conditions := rec.conditions()
	conflicts := g.Conflicts
	active := len(rec.closure.deps)
	g.Escalations = make([]model.Escalation, 0, active)
	reached := make([]model.Time, 0, active*len(levels))
	for i := range start {
		d := &g.Dependencies[i]
		if d.State != model.Active {
			continue
		}
		begun := start[i]
		var has conflictSet
		for len(conflicts) > 0 && conflicts[0].Dependency <= int32(i) {
			if conflicts[0].Dependency == int32(i) {
				has |= 1 << conflicts[0].Kind
			}
			conflicts = conflicts[1:]
		}
		if len(differ) > 0 && (differ[d.From.Item()] || differ[d.To.Item()]) {
			has |= 1 << model.ConflictState
		}
		e := model.Escalation{Dependency: int32(i), Level: -1}
		mine := reached[len(reached) : len(reached)+len(levels) : len(reached)+len(levels)]
		for l := range conditions {
			if conditions[l].hold(begun, rec.moment, g.Items[d.To.Item()].Rank, has) {
				e.Level = int32(l)
				if mine[l] = begun; !mine[l].IsZero() {
					mine[l] = mine[l].Add(levels[l].After)
				}
			}
		}
		if e.Level >= 0 {
			e.Reached, reached = mine, reached[:len(reached)+len(levels)]
			g.Escalations = append(g.Escalations, e)
		}
	}
}

// conflictSet has a bit for each kind of conflict.
type conflictSet uint8

// condition is a level as it is asked of dependencies.
type condition struct {
	after     time.Duration
	rank      int16 // the least urgent the blocked item may have; 0: any, none too
	conflicts conflictSet
}

func (rec *reconciler) conditions() []condition {
	list := make([]condition, len(rec.rules.Escalation))
	for i := range rec.rules.Escalation {
		l := &rec.rules.Escalation[i]
		c := &list[i]
		c.after = l.After
		if l.Priority != "" {
			c.rank = 1 + int16(slices.IndexFunc(rec.rules.Priorities, func(p model.PriorityRank) bool { return p.Name == l.Priority }))
			if c.rank == 0 {
				c.rank = -1 // a rank nobody has
			}
		}
		for _, kind := range model.ConflictKinds() {
			if slices.Contains(l.Conflicts, kind.String()) {
				c.conflicts |= 1 << kind
			}
		}
	}
	return list
}

func (c *condition) hold(start, now model.Time, rank int16, has conflictSet) bool {
	switch {
	case c.after > 0 && (start == 0 || now.Sub(start) < c.after):
		return false
	case c.rank != 0 && (rank == 0 || rank > c.rank):
		return false
	}
	return c.conflicts == 0 || c.conflicts&has != 0
}
