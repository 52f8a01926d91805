package app

import (
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// A tracker that counts requests tells with its answers how many it still
// allows until when. The loops share that in their order: changes come first,
// the sweep has what they leave, the census what both leave, each at least a
// tenth of all. A loop that would spend its part before the window ends is due later
// than its interval, so that the limit is not reached.

// longestWindow bounds what a tracker may say of the end of its window.
const longestWindow = 24 * time.Hour

// spare is the part of a budget that pacing leaves alone: others use the same account.
const spare = 20 // one in twenty

// costs are what one pass of a loop took of each budget.
type costs map[string]int

// budgets is what the tracker allowed when it last answered.
func (w *worker) budgets() []model.Budget {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.status.Budget)
}

// spend notes what a pass took. Of two passes over the changes the cheaper one
// counts: the first, or the one after a long pause, is not what they take.
func (l *loop) spend(before, after []model.Budget) {
	if l.cost == nil {
		l.last, l.cost = costs{}, costs{}
	}
	for _, b := range after {
		i := slices.IndexFunc(before, func(x model.Budget) bool { return x.Resource == b.Resource })
		if i < 0 || !sameWindow(before[i], b) || before[i].Remaining < b.Remaining {
			continue // not to be told
		}
		took := before[i].Remaining - b.Remaining
		l.cost[b.Resource] = took
		if l.name == changesLoop {
			l.cost[b.Resource] = min(took, l.last[b.Resource])
		}
		l.last[b.Resource] = took
	}
}

// sameWindow tells whether two answers counted in one window: trackers tell its
// end to the second, give or take.
func sameWindow(a, b model.Budget) bool { return a.Reset.Sub(b.Reset).Abs() <= 5*time.Second }

// share is how much of a budget the loop may spend until the budget's window ends.
func (w *worker) share(l *loop, b model.Budget, now time.Time) float64 {
	all := float64(b.Remaining - b.Limit/spare)
	left := all
	for _, first := range w.loops {
		if first == l {
			break
		}
		passes := float64(b.Reset.Sub(now)) / float64(first.interval)
		left = max(left-passes*float64(first.cost[b.Resource]), all/10)
	}
	return left
}

// pause is how long after a pass the loop is due again: its interval, or so
// long that such passes last until the window ends.
func (w *worker) pause(l *loop, now time.Time) time.Duration {
	pause := l.interval
	for _, b := range w.budgets() {
		window, cost := min(b.Reset.Sub(now), longestWindow), float64(l.cost[b.Resource])
		if window <= 0 || cost == 0 {
			continue
		}
		wait := window
		if left := w.share(l, b, now); left > cost {
			wait = time.Duration(float64(window) * cost / left)
		}
		pause = max(pause, wait)
	}
	return pause
}

// affordable is when there is enough for a pass of one of the slower loops:
// now, or when a window ends. A full window is enough for any.
func (w *worker) affordable(l *loop, now time.Time) time.Time {
	at := now
	for _, b := range w.budgets() {
		if b.Reset.After(at) && b.Remaining < b.Limit*9/10 && float64(l.cost[b.Resource]) > w.share(l, b, now) {
			at = b.Reset
		}
	}
	return at
}
