package model

import (
	"slices"
	"strings"
)

// ConflictKind is a way in which the two ends of a dependency disagree.
type ConflictKind uint8

// The kinds of conflicts. All but ConflictState are between the ends of an
// active dependency.
const (
	ConflictDueDate   ConflictKind = 1 + iota // the blocker's date is after the one it is needed by
	ConflictNoDate                            // it is needed by a date and the blocker has none
	ConflictPriority                          // the blocker's priority is lower
	ConflictRelease                           // the blocker is planned into a later release
	ConflictDirection                         // each end claims to block the other
	ConflictState                             // the states of mirrored items differ
)

var conflictKinds = [...]string{"", "due_date", "no_date", "priority", "release", "direction", "state"}

// String is the word of the kind, as the config, the metrics and the API have it.
func (k ConflictKind) String() string { return conflictKinds[k] }

// ConflictKinds are all kinds.
func ConflictKinds() [6]ConflictKind {
	return [...]ConflictKind{ConflictDueDate, ConflictNoDate, ConflictPriority, ConflictRelease, ConflictDirection, ConflictState}
}

// Conflict is one thing the two ends of a dependency disagree about. Of
// mirrored items Blocker is the one that sorts first.
type Conflict struct {
	Kind       ConflictKind
	Dependency int32 // index into Graph.Dependencies
	// Blocker and Blocked are the items at its ends.
	Blocker, Blocked int32
	// NeededByFrom is, for due_date and no_date, the item whose date the blocker
	// is needed by: of the blocked item and everything waiting on it the one with
	// the earliest. Else -1. The date is Graph.NeededBy of the conflict.
	NeededByFrom int32
	// SlackDays is, for due_date, how many days the blocker's date leaves: always
	// less than 0, as DaysBetween counts them. Else 0.
	SlackDays int32
}

// ConflictTeams are the team that waits and the team it waits on. They may be the same.
func (g *Graph) ConflictTeams(c *Conflict) (team, onTeam string) {
	return g.Items[c.Blocked].Team.String(), g.Items[c.Blocker].Team.String()
}

// NeededBy is the date a conflict's blocker is needed by, zero if the conflict is not about dates.
func (g *Graph) NeededBy(c *Conflict) Date {
	if c.NeededByFrom < 0 {
		return Date{}
	}
	return g.Items[c.NeededByFrom].Date()
}

// ConflictValues are what the two ends say, for both sides to check: dates,
// priorities in the trackers' words, releases with their dates, claims, or
// states. The blocked end's date is that of NeededByFrom.
func (g *Graph) ConflictValues(c *Conflict) (blocker, blocked string) {
	from, to := &g.Items[c.Blocker], &g.Items[c.Blocked]
	switch c.Kind {
	case ConflictDueDate, ConflictNoDate:
		return from.Date().String(), g.NeededBy(c).String()
	case ConflictPriority:
		return from.Priority.String(), to.Priority.String()
	case ConflictRelease:
		return from.Release().String(), to.Release().String()
	case ConflictDirection:
		return "blocks " + to.Ref(), "blocks " + from.Ref()
	case ConflictState:
		return from.State.String(), to.State.String()
	}
	return "", ""
}

// ConflictsOf lists the conflicts of a dependency: a part of Graph.Conflicts.
func (g *Graph) ConflictsOf(dependency int32) []Conflict {
	lo, _ := slices.BinarySearchFunc(g.Conflicts, dependency, func(c Conflict, d int32) int { return int(c.Dependency) - int(d) })
	hi := lo
	for hi < len(g.Conflicts) && g.Conflicts[hi].Dependency == dependency {
		hi++
	}
	return g.Conflicts[lo:hi]
}

// Date is an item's date: its due date, else its sprint's, its milestone's or
// its earliest fix version's end. A date that cannot be meant is none.
func (it *Item) Date() Date {
	switch {
	case it.Due.Plausible():
		return it.Due
	case it.Sprint != nil && it.Sprint.End.Plausible():
		return it.Sprint.End
	case it.Milestone != nil && it.Milestone.End.Plausible():
		return it.Milestone.End
	}
	var first Date
	for _, v := range it.FixVersions {
		if v.End.Plausible() && (first.IsZero() || v.End.Time < first.Time) {
			first = v.End
		}
	}
	return first
}

// Plausible reports whether a date is set and can be meant: of the years 1970 to
// 2199. What is beyond is a slip of the keyboard, such as the year 20266.
func (d Date) Plausible() bool {
	const first, after = epoch * 1e6, (epoch + 7258118400) * 1e6 // 1970 and 2200
	return d.Time >= first && d.Time < after
}

// Release is what an item is planned to be released with: its earliest fix
// version, those without a date after those with one, else its milestone. The
// name is empty if there is neither.
func (it *Item) Release() Span {
	var first Span
	for _, v := range it.FixVersions {
		switch dated := v.End.Plausible(); {
		case v.Name == "":
		case first.Name == "", dated && !first.End.Plausible(), dated && v.End.Time < first.End.Time,
			!dated && !first.End.Plausible() && CompareReleases(v.Name, first.Name) < 0:
			first = v
		}
	}
	if first.Name == "" {
		first = it.Milestone.Value()
	}
	return first
}

// String is the name, with the date if there is one.
func (s Span) String() string {
	if !s.End.Plausible() {
		return s.Name
	}
	return s.Name + " (" + s.End.String() + ")"
}

// CompareReleases orders two names of releases by the numbers in them, as
// people do: "Release 1.9" before "Release 1.10". It gives 0 for equal names and
// for names that differ in more than their numbers, which have no order.
func CompareReleases(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	order := 0
	for a != "" && b != "" {
		m, n := digits(a), digits(b)
		switch {
		case m > 0 && n > 0:
			if order == 0 {
				order = compareDigits(a[:m], b[:n])
			}
			a, b = a[m:], b[n:]
		case a[0] == b[0]:
			a, b = a[1:], b[1:]
		default:
			return 0
		}
	}
	// What is left must be further numbers: 1.4 comes before 1.4.2.
	rest := a + b
	if rest != "" && strings.Trim(rest, ".0123456789") != "" {
		return 0
	}
	if order == 0 && strings.Trim(rest, ".0") != "" {
		order = len(a) - len(b)
	}
	return order
}

func digits(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
