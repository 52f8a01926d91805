package demo

import (
	"slices"
	"strconv"
	"time"
)

// horizon is how far ahead dates may slip before they stop slipping.
const horizon = 75 * day

// slipDate moves the due date of a blocker behind the day it is needed.
func (w *World) slipDate() string {
	it := w.some(isOpen, inJira, w.blocker, func(it *item) bool { return it.due.Before(w.now.Add(horizon)) })
	if it == nil {
		return ""
	}
	base := it.due
	for _, l := range w.active() {
		if l.from == it && l.to.due.After(base) {
			base = l.to.due
		}
	}
	if base.Before(w.now) {
		base = w.now
	}
	from := it.due
	it.due = base.Add(time.Duration(3+w.rng.IntN(9)) * day).Truncate(day)
	w.note(it, event{what: onDue, from: date(from), to: date(it.due)}, false)
	return said(it, "slips to %s", date(it.due))
}

// replan gives new dates to what is long overdue, as planning meetings do.
func (w *World) replan() {
	overdue := w.now.Add(-6 * day)
	it := w.some(func(it *item) bool { return !it.due.IsZero() && it.due.Before(overdue) && isOpen(it) })
	if it == nil {
		return
	}
	from := it.due
	it.due = w.now.Add(time.Duration(4+w.rng.IntN(30)) * day).Truncate(day)
	w.note(it, event{what: onDue, from: date(from), to: date(it.due)}, false)
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// moveMilestone moves a milestone or a release out, and one that is far out back
// in. Its items are not touched by that.
func (w *World) moveMilestone() string {
	p := one(w, w.projects)
	r := one(w, p.releases)
	if r.end.Before(w.now.Add(horizon)) {
		if r.end.Before(w.now) {
			r.end = w.now
		}
		r.end = r.end.Add(time.Duration(5+w.rng.IntN(12)) * day).Truncate(day)
	} else {
		r.end = w.now.Add(14 * day).Truncate(day)
	}
	return p.key + " moves " + r.name + " to " + date(r.end)
}

// raisePriority makes something urgent that waits for work which is not.
func (w *World) raisePriority() string {
	waits := func(it *item) bool {
		return slices.ContainsFunc(w.links, func(l *link) bool { return l.active() && l.to == it && l.from.priority > 0 })
	}
	it := w.some(isOpen, inJira, waits, func(it *item) bool { return it.priority > 0 })
	if it == nil {
		it = w.some(isOpen, func(it *item) bool { return it.priority > 0 })
	}
	if it == nil {
		return ""
	}
	w.prioritise(it, 0)
	// Urgency is not free: something else loses it.
	if other := w.some(isOpen, func(o *item) bool { return o != it && o.priority == 0 }); other != nil && w.chance(80) {
		w.prioritise(other, 2)
	}
	return said(it, "is urgent now")
}

func (w *World) prioritise(it *item, priority int) {
	names := priorities()
	w.note(it, event{what: onPriority, from: names[it.priority], to: names[priority]}, false)
	it.priority = priority
}

// unassign leaves work under way that others wait for without anybody.
func (w *World) unassign() string {
	assigned := func(it *item) bool { return it.assignee != nil }
	it := w.some(isOpen, assigned, w.blocker)
	if it == nil {
		it = w.some(isOpen, assigned)
	}
	if it == nil {
		return ""
	}
	gone := it.assignee
	w.note(it, event{what: onAssignee, by: gone, from: gone.name}, false)
	it.assignee = nil
	return said(it, "loses its assignee")
}

// handOver gives a blocker to the lead of its team, who has too much already.
func (w *World) handOver() string {
	it := w.some(isOpen, w.blocker, func(it *item) bool {
		t := it.owner(w)
		return t != nil && it.assignee != t.members[0]
	})
	if it == nil {
		return ""
	}
	from := ""
	if it.assignee != nil {
		from = it.assignee.name
	}
	it.assignee = it.owner(w).members[0]
	w.note(it, event{what: onAssignee, from: from, to: it.assignee.name}, false)
	return said(it, "is handed to %s", it.assignee.name)
}

func (w *World) estimate() string {
	it := w.some(isOpen, func(it *item) bool { return !isPull(it) })
	if it == nil {
		return ""
	}
	from := it.points
	it.points = float64([]int{1, 2, 3, 5, 8, 13}[w.rng.IntN(6)])
	if it.points == from {
		it.points = 21
	}
	w.note(it, event{what: onPoints, from: points(from), to: points(it.points)}, false)
	return said(it, "is estimated at %s points", points(it.points))
}

func points(p float64) string {
	if p == 0 {
		return ""
	}
	return strconv.FormatFloat(p, 'f', -1, 64)
}

func (w *World) changeSprint() string {
	it := w.some(isOpen, func(it *item) bool { return !isPull(it) && it.home != w.docs })
	if it == nil {
		return ""
	}
	next, from := w.sprint(it.home, w.rng.IntN(3)), ""
	if next == nil || next == it.sprint {
		return ""
	}
	if it.sprint != nil {
		from = it.sprint.name
	}
	it.sprint = next
	w.note(it, event{what: onSprint, from: from, to: next.name}, false)
	return said(it, "is planned into %s", next.name)
}

// setFlag raises Jira's impediment flag, here without saying what it is about.
func (w *World) setFlag() string {
	it := w.some(isOpen, inJira, func(it *item) bool { return !it.flagged })
	if it == nil {
		return ""
	}
	it.flagged = true
	w.note(it, event{what: onFlag, to: "Impediment"}, false)
	return said(it, "is flagged")
}

func (w *World) clearFlag() string {
	it := w.some(isFlagged)
	if it == nil {
		return ""
	}
	it.flagged = false
	w.note(it, event{what: onFlag, from: "Impediment"}, false)
	return said(it, "is no longer flagged")
}

const blockedLabel = "blocked"

func hasBlockedLabel(it *item) bool { return slices.Contains(it.labels, blockedLabel) }

func (w *World) setLabel() string {
	it := w.some(isOpen, isIssue, func(it *item) bool { return !hasBlockedLabel(it) })
	if it == nil {
		return ""
	}
	it.labels = append(it.labels, blockedLabel)
	w.note(it, event{what: onLabel, to: blockedLabel}, false)
	return said(it, "is labelled %s", blockedLabel)
}

func (w *World) clearLabel() string {
	it := w.some(hasBlockedLabel)
	if it == nil {
		return ""
	}
	it.labels = slices.DeleteFunc(slices.Clone(it.labels), func(l string) bool { return l == blockedLabel })
	w.note(it, event{what: onLabel, from: blockedLabel}, false)
	return said(it, "loses the label %s", blockedLabel)
}

func (w *World) setStuck() string { return w.obstruct(isStarted) }

// obstruct sets an issue that satisfies the condition to the status of blocked work.
func (w *World) obstruct(which func(*item) bool) string {
	it := w.some(isOpen, inJira, which)
	if it == nil {
		return ""
	}
	w.advance(it, stuck)
	return said(it, "is in status %s", stuck)
}

func (w *World) clearStuck() string {
	it := w.some(isStuck)
	if it == nil {
		return ""
	}
	w.advance(it, doing)
	return said(it, "goes on")
}
