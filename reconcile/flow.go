package reconcile

import (
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// readFlow puts an item into the lists of what came and went in the window.
func (gs *gaps) readFlow(f *model.Flow, i int32) {
	n := &gs.g.Items[i]
	if gs.inWindow(n.Created) {
		f.Arrived = append(f.Arrived, i)
	}
	if n.State == model.Done && gs.inWindow(closedAt(n.Item)) {
		f.Completed = append(f.Completed, i)
	}
	if gs.reopened(i) {
		f.Reopened = append(f.Reopened, i)
	}
}

// inWindow tells of times that are not known, too, that they are not in it.
func (gs *gaps) inWindow(t time.Time) bool { return t.After(gs.from) && !t.After(gs.now) }

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
func (gs *gaps) reopened(i int32) bool {
	if gs.inWindow(gs.records[i].Opened) {
		return true
	}
	h := gs.g.Items[i].History
	for k := len(h) - 1; k > 0 && h[k].At.After(gs.from); k-- {
		if h[k].State.Open() && !h[k-1].State.Open() && gs.inWindow(h[k].At) {
			return true
		}
	}
	return false
}
