package app

import (
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// arrivalSlack is how long before a tracker's last complete read an item may
// have been created and still have been missed by that.
const arrivalSlack = time.Hour

// flowOf is how an item came or went between two records of it. Stubs do not:
// they are seen only while something links to them. An item of before the last
// complete read that was not known then is no arrival: what is read grew.
func flowOf(old, r *model.Record, t *model.Tracker, now time.Time) []model.FlowEvent {
	var kinds []model.FlowKind
	before, after := false, r.Item.State
	switch {
	case r.Item.Stub || r.Gone != 0:
		return nil
	case old != nil && !old.Item.Stub:
		before = old.Item.State.Open()
	case t.FirstSync.IsZero() || r.Item.Created <= model.At(t.LastSync.Add(-arrivalSlack)):
		return nil
	default:
		kinds, before = append(kinds, model.Arrived), true
	}
	switch {
	case before && after == model.Done:
		kinds = append(kinds, model.Completed)
	case !before && after.Open():
		kinds = append(kinds, model.Reopened)
	}
	var events []model.FlowEvent
	for _, kind := range kinds {
		events = append(events, model.FlowEvent{Item: r.Item.ID, Key: r.Item.Key, Kind: kind, At: now})
	}
	return events
}
