package reconcile

import "github.com/waitgraph/waitgraph/model"

// turnsOf tells when a record's item was completed and when it was last opened
// again, and whether it is said to be opened again later than now.
func (s *surveyor) turnsOf(r *model.Record) (t turns, later bool) {
	it := &r.Item
	if it.Stub {
		return t, false
	}
	if it.State == model.Done {
		t.closed = closedAt(it)
	}
	reopened := func(at model.Time) {
		if later = later || at > s.moment; at <= s.moment {
			t.reopened = max(t.reopened, at)
		}
	}
	reopened(r.Opened)
	for k := 1; k < len(it.History); k++ {
		if it.History[k].State.Open() && !it.History[k-1].State.Open() {
			reopened(it.History[k].At)
		}
	}
	return t, later
}

// date completes the rows with what depends on the moment: what came of items in
// the window of flow, what is due by the horizon, and what is no longer fresh.
func (rec *reconciler) date() {
	gaps := &rec.rules.Gaps
	until, from := rec.moment.Add(gaps.Horizon), rec.moment.Add(-gaps.Window)
	inWindow := func(t model.Time) bool { return t > from && t <= rec.moment && t != 0 }
	inParts(len(rec.rows), func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			row, t := &rec.rows[i], &rec.turns[i]
			has := row.has
			if has&forbidden != 0 || !rec.trackers[row.home].fresh {
				has |= stale
			}
			if row.end != 0 && row.end <= until {
				has |= due
			}
			if has&stub == 0 && inWindow(row.created) {
				has |= arrived
			}
			if inWindow(t.closed) {
				has |= completed
			}
			if inWindow(t.reopened) {
				has |= reopened
			}
			row.has = has
		}
	})
}

// closedAt is when a closed item was closed last, zero if nobody tells.
func closedAt(it *model.Item) model.Time {
	if !it.Closed.IsZero() || !it.HistoryKnown {
		return it.Closed
	}
	at := model.Time(0)
	for k, t := range it.History {
		if !t.State.Open() && (k == 0 || it.History[k-1].State.Open()) {
			at = t.At
		}
	}
	return at
}
