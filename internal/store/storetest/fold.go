package storetest

import (
	"maps"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// Fold says what a sequence of steps leaves behind. The zero value is ready.
type Fold struct {
	trackers map[string]model.Tracker
	records  map[model.ID]*model.Record
}

// Apply adds one step.
func (f *Fold) Apply(d model.Delta) {
	if f.trackers == nil {
		f.trackers, f.records = map[string]model.Tracker{}, map[model.ID]*model.Record{}
	}
	name := d.Tracker.Name
	if d.Drop {
		delete(f.trackers, name)
		maps.DeleteFunc(f.records, func(id model.ID, _ *model.Record) bool { return id.Tracker.String() == name })
	}
	if !d.Drop || len(d.Records) > 0 {
		f.trackers[name] = d.Tracker
	}
	for _, r := range d.Records {
		f.records[r.Item.ID] = r
	}
}

// Facts are what is left, sorted as a store gives them.
func (f *Fold) Facts() *model.Facts {
	return &model.Facts{
		Trackers: slices.SortedFunc(maps.Values(f.trackers), func(a, b model.Tracker) int { return strings.Compare(a.Name, b.Name) }),
		Records:  slices.SortedFunc(maps.Values(f.records), func(a, b *model.Record) int { return a.Item.ID.Compare(b.Item.ID) }),
	}
}
