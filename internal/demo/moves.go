package demo

import (
	"fmt"
	"slices"
	"time"
)

// move is one kind of change.
type move struct {
	kind string
	// share is how often it happens in the history, against the others.
	share int
	// do makes the change and says what happened; "" means that it does not
	// apply now and nothing was done.
	do func(*World) string
	// lack is how many more of what it makes the organisation could do with, to
	// keep its shape over hours; nil where that does not matter.
	lack func(*World) int
}

// moves are all kinds of change, in the order of the first round: what shows
// most comes first, and what undoes another comes well after it.
func moves() []move {
	return []move{
		{"link added", 0, (*World).addLink, lackWaits},
		{"blocker done", 2, (*World).finishBlocker, nil},
		{"pull request opened", 8, (*World).openPull, lackOf(24, isPull, (*item).open)},
		{"text dependency written", 0, (*World).writeDependency, lackWaits},
		{"dependency added", 0, (*World).addDependency, lackWaits},
		{"cycle formed", 0, (*World).formCycle, nil},
		{"date slipped", 3, (*World).slipDate, nil},
		{"flag set", 2, (*World).setFlag, lackOf(9, (*item).open, isFlagged)},
		{"pull request merged", 5, (*World).mergePull, nil},
		{"issue planned", 0, (*World).planIssue, lackOf(openTarget, isOpen)},
		{"issue opened", 0, (*World).openIssue, lackOf(openTarget, isOpen)},
		{"work started", 16, (*World).startWork, lackOf(doingTarget, isOpen, isStarted)},
		{"label set", 2, (*World).setLabel, lackOf(6, (*item).open, hasBlockedLabel)},
		{"status set to blocked", 1, (*World).setStuck, lackOf(4, isStuck)},
		{"priority raised", 2, (*World).raisePriority, nil},
		{"remote link added", 1, (*World).addRemote, nil},
		{"blocker dropped", 1, (*World).dropBlocker, nil},
		{"sub-issue added", 3, (*World).addSubIssue, nil},
		{"mirror changed", 2, (*World).changeMirror, nil},
		{"assignee gone", 1, (*World).unassign, nil},
		{"estimate changed", 3, (*World).estimate, nil},
		{"milestone moved", 1, (*World).moveMilestone, nil},
		{"sprint changed", 3, (*World).changeSprint, nil},
		{"work handed over", 2, (*World).handOver, nil},
		{"pull request ready", 3, (*World).readyPull, nil},
		{"flag cleared", 1, (*World).clearFlag, nil},
		{"cycle resolved", 0, (*World).resolveCycle, nil},
		{"text dependency withdrawn", 2, (*World).withdrawText, nil},
		{"link removed", 1, (*World).removeLink, nil},
		{"dependency removed", 1, (*World).removeDependency, nil},
		{"status unblocked", 1, (*World).clearStuck, nil},
		{"label removed", 1, (*World).clearLabel, nil},
		{"issue reopened", 1, (*World).reopen, nil},
		{"issue moved", 0, (*World).moveIssue, nil},
		{"issue deleted", 0, (*World).deleteIssue, nil},
		{"pull request closed", 1, (*World).closePull, nil},
		{"work finished", 0, (*World).finishWork, func(w *World) int { return w.count(isOpen) - openTarget }},
	}
}

// makers make what a kind of change can run out of, so that it applies in the
// next step.
func makers() map[string]func(*World) string {
	return map[string]func(*World) string{
		"pull request merged":   func(w *World) string { return w.ready(w.free) },
		"work started":          (*World).planIssue,
		"status set to blocked": func(w *World) string { return w.start(inJira) },
		"pull request ready":    (*World).openPull,
		"status unblocked":      func(w *World) string { return w.obstruct(isOpen) },
		"issue moved":           (*World).planIssue,
		"issue deleted":         (*World).planIssue,
		"work finished":         func(w *World) string { return w.start(w.free) },
	}
}

// Kinds lists every kind of change, in the order of the first round.
func Kinds() []string {
	var kinds []string
	for _, m := range moves() {
		kinds = append(kinds, m.kind)
	}
	return kinds
}

func lackWaits(w *World) int { return waitTarget - len(w.active()) }

func lackOf(target int, conditions ...func(*item) bool) func(*World) int {
	return func(w *World) int { return target - w.count(conditions...) }
}

// apply makes the change, several at once where much is lacking.
func (m move) apply(w *World) string {
	text := m.do(w)
	if text == "" || m.lack == nil {
		return text
	}
	more := 0
	for range min(m.lack(w)/3, 4) {
		if m.do(w) == "" {
			break
		}
		more++
	}
	if more > 0 {
		text += fmt.Sprintf(" (and %d more of the kind)", more)
	}
	return text
}

// Step makes the next change, at now. Each round has every kind once: the first in
// the order of Kinds, so that it can be followed, later ones shuffled. A kind that
// does not apply at its turn comes as soon as it does, and what it lacks is made.
func (w *World) Step(now time.Time) Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now = now.UTC().Truncate(time.Millisecond); now.After(w.now) {
		w.now = now
	}
	w.steps++
	defer w.prune()
	if c, ok := w.draw(); ok {
		return c
	}
	w.refill()
	c, _ := w.draw()
	return c
}

// draw makes the first change left in the round that applies now. What the ones
// before it lack is made only after it, which could have used it up.
func (w *World) draw() (Change, bool) {
	for i, m := range w.bag {
		if text := m.apply(w); text != "" {
			for _, passed := range w.bag[:i] {
				if lacking := makers()[passed.kind]; lacking != nil {
					if made := lacking(w); made != "" {
						text += "; " + made
					}
				}
			}
			w.bag = slices.Delete(w.bag, i, i+1)
			return Change{m.kind, text}, true
		}
	}
	return Change{}, false
}

// refill begins a round; what did not apply in the last one comes first.
func (w *World) refill() {
	round := moves()
	w.rng.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
	for _, m := range round {
		if !slices.ContainsFunc(w.bag, func(b move) bool { return b.kind == m.kind }) {
			w.bag = append(w.bag, m)
		}
	}
}

// live goes through the organisation's past, up to until.
func (w *World) live(until time.Time) {
	const steps = 1100
	start, span := w.now, until.Sub(w.now)
	var usual, waits []move
	for _, m := range moves() {
		for range m.share {
			usual = append(usual, m)
		}
		if slices.Contains([]string{"link added", "dependency added", "text dependency written"}, m.kind) {
			waits = append(waits, m)
		}
	}
	for i := range steps {
		progress := float64(i) / steps
		w.now = start.Add(time.Duration(progress * float64(span))).Add(time.Duration(w.rng.IntN(3600)) * time.Second).Truncate(time.Second)
		if i%4 == 0 {
			w.replan()
		}
		grown := func(from, to int) int { return from + int(progress*float64(to-from)) }
		switch {
		case len(w.items) < grown(55, population):
			if w.chance(42) {
				w.planIssue()
			} else {
				w.openIssue()
			}
		case w.count(isOpen) > grown(50, openTarget) && w.chance(60):
			w.finishWork()
		case len(w.active()) < grown(8, waitTarget) && w.chance(50):
			one(w, waits).do(w)
		default:
			one(w, usual).do(w)
		}
	}
}
