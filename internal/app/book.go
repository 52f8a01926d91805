package app

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// book is the recorded facts in memory. What a tracker says becomes a delta,
// which is stored, and then committed here; records are immutable and replaced.
//
// One goroutine per tracker makes deltas; any may take a snapshot.
type book struct {
	mu       sync.Mutex
	trackers map[string]*page
	flow     []model.FlowEvent // recorded and not counted yet, in that order
}

func newBook(f *model.Facts) *book {
	b := &book{trackers: map[string]*page{}}
	for _, t := range f.Trackers {
		b.trackers[t.Name] = newPage(t)
	}
	for _, r := range f.Records {
		if p := b.trackers[r.Item.ID.Tracker.String()]; p != nil {
			p.put(r)
		}
	}
	return b
}

// tracker is the recorded state of a tracker.
func (b *book) tracker(name, kind string) model.Tracker {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.trackers[name]; p != nil {
		return p.tracker
	}
	return model.Tracker{Name: name, Type: kind}
}

// names lists the recorded trackers.
func (b *book) names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for name := range b.trackers {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// snapshot is the facts as they stand.
func (b *book) snapshot() *model.Facts {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := &model.Facts{}
	total := 0
	for _, p := range b.trackers {
		f.Trackers = append(f.Trackers, p.tracker)
		total += len(p.records)
	}
	slices.SortFunc(f.Trackers, func(x, y model.Tracker) int { return strings.Compare(x.Name, y.Name) })
	f.Records = make([]*model.Record, 0, total)
	for _, t := range f.Trackers {
		f.Records = append(f.Records, b.trackers[t.Name].inOrder()...)
	}
	return f
}

// records lists a tracker's records that the filter keeps, by native id.
func (b *book) records(name string, keep func(*model.Record) bool) []*model.Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.trackers[name]
	if p == nil {
		return nil
	}
	var list []*model.Record
	for _, r := range p.records {
		if keep(r) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(x, y *model.Record) int { return strings.Compare(x.Item.ID.Native, y.Item.ID.Native) })
	return list
}

// count is how many items of a tracker are recorded and not gone.
func (b *book) count(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.trackers[name]; p != nil {
		return p.present
	}
	return 0
}

// commit takes a stored delta over.
func (b *book) commit(d model.Delta) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flow = append(b.flow, d.Flow...)
	p := b.trackers[d.Tracker.Name]
	if d.Drop {
		delete(b.trackers, d.Tracker.Name)
		if p = nil; len(d.Records) == 0 {
			return
		}
	}
	if p == nil {
		p = newPage(d.Tracker)
		b.trackers[d.Tracker.Name] = p
	}
	p.tracker = d.Tracker
	for _, r := range d.Records {
		p.put(r)
	}
}

// delta is what a batch changes: the tracker's new state and the records that
// differ from those known.
func (b *book) delta(t model.Tracker, batch *model.Batch, now time.Time) model.Delta {
	b.mu.Lock()
	defer b.mu.Unlock()
	var known map[string]*model.Record
	if p := b.trackers[t.Name]; p != nil {
		known = p.records
	}
	changed := map[string]*model.Record{}
	get := func(native string) *model.Record {
		if r := changed[native]; r != nil {
			return r
		}
		return known[native]
	}
	put := func(r *model.Record) {
		if old := known[r.Item.ID.Native]; old != nil && sameRecord(old, r) {
			delete(changed, r.Item.ID.Native)
			return
		}
		changed[r.Item.ID.Native] = r
	}
	// Stubs first: a whole item of the same batch is the better answer.
	for _, stub := range []bool{true, false} {
		for i := range batch.Items {
			o := &batch.Items[i]
			if o.Item.Stub != stub || o.Item.ID.Tracker.String() != t.Name {
				continue
			}
			if old := get(o.Item.ID.Native); !stub || old == nil || old.Item.Stub || old.Gone != 0 {
				put(observe(old, o, now))
			}
		}
	}
	for i := range batch.Claims {
		if old := get(batch.Claims[i].Item.Native); old != nil {
			put(replaceClaims(old, &batch.Claims[i], now))
		}
	}
	for _, a := range batch.Gone {
		if old := get(a.ID.Native); old != nil && old.Gone != a.Reason {
			r := *old
			r.Gone, r.GoneAt = a.Reason, model.At(now)
			put(&r)
		}
	}
	t.Answers = mergeAnswers(t.Answers, batch.Answers, now)
	if batch.Cursor != "" {
		t.Cursor = batch.Cursor
	}
	if batch.Site != nil {
		t.Site = *batch.Site
	}
	d := model.Delta{Tracker: t}
	for native, r := range changed {
		d.Records = append(d.Records, r)
		d.Flow = append(d.Flow, flowOf(known[native], r, &t, now)...)
	}
	slices.SortFunc(d.Records, func(x, y *model.Record) int { return strings.Compare(x.Item.ID.Native, y.Item.ID.Native) })
	return d
}

// uncounted takes the flow that was recorded and is not counted yet.
func (b *book) uncounted() []model.FlowEvent {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.flow
	b.flow = nil
	return events
}

// sameRecord tells whether recording r anew would change nothing but when it was read.
func sameRecord(old, r *model.Record) bool {
	c := *r
	c.Confirmed = old.Confirmed
	if reflect.DeepEqual(old, &c) {
		return true
	}
	// A record read back from the store differs in how zones and empty lists are
	// held in memory: what would be stored decides.
	a, err := json.Marshal(old)
	if err != nil {
		return false
	}
	b, err := json.Marshal(&c)
	return err == nil && bytes.Equal(a, b)
}

// observe makes the record of an item read whole, keeping when its claims and
// signals were first seen.
func observe(old *model.Record, o *model.Observation, now time.Time) *model.Record {
	r := &model.Record{Item: o.Item, FirstSeen: model.At(now), Confirmed: model.At(now)}
	r.Item.Signals = slices.Clone(o.Item.Signals)
	r.Claims = slices.Clone(o.Claims)
	for i := range r.Item.Signals {
		r.Item.Signals[i].FirstSeen = model.At(now)
	}
	for i := range r.Claims {
		r.Claims[i].FirstSeen = model.At(now)
	}
	if old == nil {
		return r
	}
	r.FirstSeen, r.Opened = old.FirstSeen, old.Opened
	if !old.Item.State.Open() && r.Item.State.Open() {
		r.Opened = model.At(now)
	}
	for i := range r.Item.Signals {
		s := &r.Item.Signals[i]
		for _, was := range old.Item.Signals {
			if was.Kind == s.Kind && was.Value == s.Value {
				s.FirstSeen = was.FirstSeen
				if s.At.IsZero() {
					s.At = was.At
				}
			}
		}
	}
	if !r.Item.HistoryKnown && old.Item.HistoryKnown {
		r.Item.History, r.Item.HistoryKnown, r.Item.HistoryAsOf = old.Item.History, true, old.Item.HistoryAsOf
	}
	if r.Item.Attended.At.IsZero() {
		r.Item.Attended = old.Item.Attended
	}
	keep := func(origin model.Origin) bool { return slices.Contains(o.Keeps, origin) }
	if keep(model.Text) && r.Item.Commented.IsZero() {
		r.Item.Commented = old.Item.Commented
	}
	r.Claims = carry(old.Claims, r.Claims, keep, now)
	for _, reading := range old.Readings {
		if keep(reading.Origin) {
			r.Readings = append(r.Readings, reading)
		}
	}
	if r.Item.Key != old.Item.Key && old.Item.Key != "" && !slices.Contains(r.Item.Aliases, old.Item.Key) {
		r.Item.Aliases = append(slices.Clone(r.Item.Aliases), old.Item.Key)
	}
	for _, alias := range old.Item.Aliases {
		if alias != r.Item.Key && !slices.Contains(r.Item.Aliases, alias) {
			r.Item.Aliases = append(slices.Clone(r.Item.Aliases), alias)
		}
	}
	return r
}

// replaceClaims makes the record with the claims of one origin read anew.
func replaceClaims(old *model.Record, set *model.ClaimSet, now time.Time) *model.Record {
	r := *old
	fresh := slices.Clone(set.Claims)
	for i := range fresh {
		fresh[i].FirstSeen = model.At(now)
	}
	r.Claims = carry(old.Claims, fresh, func(origin model.Origin) bool { return origin != set.Origin }, now)
	if !set.AsOf.IsZero() {
		r.Readings = slices.DeleteFunc(slices.Clone(old.Readings), func(x model.Reading) bool { return x.Origin == set.Origin })
		r.Readings = append(r.Readings, model.Reading{Origin: set.Origin, AsOf: set.AsOf, At: model.At(now)})
	}
	return &r
}

// carry joins claims read anew with those known: a claim that still stands
// keeps when it was first seen, one of an origin that was not read stays, and a
// blocks claim that is gone is kept as ended, unless the tracker's own history
// tells when it ended.
func carry(old, fresh []model.Claim, keep func(model.Origin) bool, now time.Time) []model.Claim {
	for i := range fresh {
		f := &fresh[i]
		j := slices.IndexFunc(old, func(c model.Claim) bool { return c.Same(f) && (c.Ended.IsZero() && f.Ended.IsZero() || overlap(&c, f)) })
		if j < 0 {
			continue
		}
		f.FirstSeen = old[j].FirstSeen
		if f.At.IsZero() {
			f.At = old[j].At
			if f.Author == "" {
				f.Author = old[j].Author
			}
		}
	}
	for _, c := range old {
		told := func(f model.Claim) bool { return f.Same(&c) && (c.Ended.IsZero() || overlap(&c, &f)) }
		switch {
		case slices.ContainsFunc(fresh, told):
			continue
		case !c.Ended.IsZero(), keep(c.Origin):
		case c.Kind != model.Blocks || c.Withdraws:
			continue
		default:
			c.Ended = model.At(now)
		}
		fresh = append(fresh, c)
	}
	return fresh
}

// overlap tells whether the end of f is from the tracker's history and that of
// the same time in which c stood.
func overlap(c, f *model.Claim) bool {
	if f.Ended.IsZero() {
		return false
	}
	from := c.At
	if from.IsZero() {
		from = c.FirstSeen
	}
	return from <= f.Ended && (c.Ended.IsZero() || c.Ended >= f.At)
}

func mergeAnswers(old, fresh []model.Answer, now time.Time) []model.Answer {
	if len(fresh) == 0 {
		return old
	}
	merged := slices.Clone(old)
	for _, a := range fresh {
		a.At = now
		i, found := slices.BinarySearchFunc(merged, a.Key, func(x model.Answer, key string) int { return strings.Compare(x.Key, key) })
		if found {
			merged[i] = a
		} else {
			merged = slices.Insert(merged, i, a)
		}
	}
	return merged
}
