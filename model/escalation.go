package model

import (
	"slices"
)

// Escalation is the level an active dependency is at.
type Escalation struct {
	Dependency int32 // index into Graph.Dependencies
	// Level is the last level of Graph.Levels whose conditions hold.
	Level int32
	// Reached is when each level was reached, by its index: its After past the
	// start of the wait; zero for a level whose conditions do not hold. When a
	// priority or a conflict came about is not known: they count as having
	// held since the start.
	Reached []Time
}

// EscalationOf is the escalation of a dependency, nil if it has none.
func (g *Graph) EscalationOf(dependency int32) *Escalation {
	i, ok := slices.BinarySearchFunc(g.Escalations, dependency, func(e Escalation, d int32) int { return int(e.Dependency) - int(d) })
	if !ok {
		return nil
	}
	return &g.Escalations[i]
}

// Escalated is the highest escalation among a blocked item's causes, nil if none has one.
func (g *Graph) Escalated(b *Blocked) *Escalation {
	var highest *Escalation
	for i := range b.Causes {
		if d := b.Causes[i].Dependency; d >= 0 {
			if e := g.EscalationOf(d); e != nil && (highest == nil || e.Level > highest.Level) {
				highest = e
			}
		}
	}
	return highest
}

// LevelName is the name of an escalation's level, "" for nil.
func (g *Graph) LevelName(e *Escalation) string {
	if e == nil {
		return ""
	}
	return g.Levels[e.Level].Name
}
