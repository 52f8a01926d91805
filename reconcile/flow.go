package reconcile

import (
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// flow tells what came of a record in the window of flow.
func (s *surveyor) flow(r *model.Record) (has facets) {
	it := &r.Item
	if s.inWindow(it.Created) {
		has |= arrived
	}
	if it.State == model.Done && s.inWindow(closedAt(it)) {
		has |= completed
	}
	if s.reopened(r) {
		has |= reopened
	}
	return has
}

// inWindow tells of times that are not known, too, that they are not in it.
func (s *surveyor) inWindow(t time.Time) bool { return t.After(s.from) && !t.After(s.now) }

// closedAt is when a closed item was closed last, zero if nobody tells.
func closedAt(it *model.Item) time.Time {
	if !it.Closed.IsZero() || !it.HistoryKnown {
		return it.Closed
	}
	at := time.Time{}
	for k, t := range it.History {
		if !t.State.Open() && (k == 0 || it.History[k-1].State.Open()) {
			at = t.At
		}
	}
	return at
}

// reopened tells whether an item became open again in the window.
func (s *surveyor) reopened(r *model.Record) bool {
	if s.inWindow(r.Opened) {
		return true
	}
	h := r.Item.History
	for k := len(h) - 1; k > 0 && h[k].At.After(s.from); k-- {
		if h[k].State.Open() && !h[k-1].State.Open() && s.inWindow(h[k].At) {
			return true
		}
	}
	return false
}
