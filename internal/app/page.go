package app

import (
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// page is what is recorded of one tracker.
type page struct {
	tracker model.Tracker
	records map[string]*model.Record // by native id
	present int                      // records that are not gone

	// in the order of their keys, but for what changed since: records put, and
	// those that others took the place of
	sorted []*model.Record
	fresh  []*model.Record
	former map[*model.Record]bool
}

func newPage(t model.Tracker) *page {
	return &page{tracker: t, records: map[string]*model.Record{}, former: map[*model.Record]bool{}}
}

// put takes a record in, in place of the one of the same item.
func (p *page) put(r *model.Record) {
	if old := p.records[r.Item.ID.Native]; old != nil {
		p.former[old] = true
		if old.Gone != model.Gone {
			p.present--
		}
	}
	if r.Gone != model.Gone {
		p.present++
	}
	p.records[r.Item.ID.Native] = r
	p.fresh = append(p.fresh, r)
}

// inOrder is the records in the order of their keys. What changed is merged in:
// to sort all of them for each change takes longer than to reconcile them.
func (p *page) inOrder() []*model.Record {
	if len(p.fresh) == 0 {
		return p.sorted
	}
	former := func(r *model.Record) bool { return p.former[r] }
	fresh, rest := slices.DeleteFunc(p.fresh, former), slices.DeleteFunc(p.sorted, former)
	model.SortRecords(fresh)
	p.sorted = make([]*model.Record, 0, len(p.records))
	for _, r := range fresh {
		before, _ := slices.BinarySearchFunc(rest, r, model.CompareRecords)
		p.sorted = append(append(p.sorted, rest[:before]...), r)
		rest = rest[before:]
	}
	p.sorted = append(p.sorted, rest...)
	p.fresh = nil
	clear(p.former)
	return p.sorted
}
