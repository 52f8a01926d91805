package connectortest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// facts are what batches amount to, recorded as the contract of model.Batch
// says: whole items replace, stubs only fill gaps, claim sets replace one origin.
type facts struct {
	records map[string]*model.Record // by native id
	cursor  string
	// problems are those the batches reported.
	problems []model.Problem
}

func newFacts() *facts { return &facts{records: map[string]*model.Record{}} }

// clone is a copy that can go another way; records are never changed, only replaced.
func (f *facts) clone() *facts {
	c := *f
	c.records = maps.Clone(f.records)
	c.problems = slices.Clone(f.problems)
	return &c
}

func (f *facts) add(b *model.Batch) {
	for _, stub := range []bool{true, false} {
		for i := range b.Items {
			o := &b.Items[i]
			old := f.records[o.Item.ID.Native]
			if o.Item.Stub != stub || stub && old != nil && !old.Item.Stub && old.Gone == 0 {
				continue
			}
			r := &model.Record{Item: o.Item, Claims: slices.Clone(o.Claims)}
			if old != nil {
				inherit(r, old, o.Keeps)
			}
			f.records[o.Item.ID.Native] = r
		}
	}
	for _, set := range b.Claims {
		if old := f.records[set.Item.Native]; old != nil {
			r := *old
			r.Claims = slices.DeleteFunc(slices.Clone(old.Claims), func(c model.Claim) bool { return c.Origin == set.Origin })
			r.Claims = append(r.Claims, set.Claims...)
			f.records[set.Item.Native] = &r
		}
	}
	for _, a := range b.Gone {
		if old := f.records[a.ID.Native]; old != nil {
			r := *old
			r.Gone = a.Reason
			f.records[a.ID.Native] = &r
		}
	}
	if b.Cursor != "" {
		f.cursor = b.Cursor
	}
	f.problems = append(f.problems, b.Problems...)
}

// inherit keeps of an earlier record what reading the item again did not cover:
// claims of some origins, and what a slower loop reads.
func inherit(r, old *model.Record, keeps []model.Origin) {
	for i := range r.Claims {
		c := &r.Claims[i]
		for j := range old.Claims {
			if was := &old.Claims[j]; c.At.IsZero() && c.Same(was) {
				c.At = was.At
				if c.Author == "" {
					c.Author = was.Author
				}
			}
		}
	}
	for _, c := range old.Claims {
		if slices.Contains(keeps, c.Origin) {
			r.Claims = append(r.Claims, c)
		}
	}
	if r.Item.Attended.At.IsZero() {
		r.Item.Attended = old.Item.Attended
	}
	if slices.Contains(keeps, model.Text) && r.Item.Commented.IsZero() {
		r.Item.Commented = old.Item.Commented
	}
	if r.Item.HistoryKnown || !old.Item.HistoryKnown {
		return
	}
	r.Item.History, r.Item.HistoryKnown, r.Item.HistoryAsOf = old.Item.History, true, old.Item.HistoryAsOf
	r.Item.Signals = slices.Clone(r.Item.Signals)
	for i := range r.Item.Signals {
		s := &r.Item.Signals[i]
		for _, was := range old.Item.Signals {
			if s.At.IsZero() && was.Kind == s.Kind && was.Value == s.Value {
				s.At = was.At
			}
		}
	}
}

// quick is the facts without what slower loops may add to them: histories, the
// times and authors they tell, and claims read apart from their items.
func (f *facts) quick(apart map[model.Origin]bool) *facts {
	out := newFacts()
	for native, old := range f.records {
		r := *old
		r.Item.History, r.Item.HistoryKnown, r.Item.HistoryAsOf = nil, false, 0
		r.Item.Attended = model.Attention{}
		r.Item.Signals = slices.Clone(old.Item.Signals)
		for i := range r.Item.Signals {
			r.Item.Signals[i].At = 0
		}
		r.Claims = nil
		for _, c := range old.Claims {
			if !apart[c.Origin] {
				c.At, c.Author = 0, ""
				r.Claims = append(r.Claims, c)
			}
		}
		out.records[native] = &r
	}
	return out
}

// list gives the records that are not gone and pass the filter, by id.
func (f *facts) list(keep func(*model.Record) bool) []*model.Record {
	var out []*model.Record
	for _, native := range slices.Sorted(maps.Keys(f.records)) {
		if r := f.records[native]; r.Gone != model.Gone && keep(r) {
			out = append(out, r)
		}
	}
	return out
}

func whole(r *model.Record) bool { return !r.Item.Stub }

// render is a record as text that is equal for equal facts: claims in any order,
// empty lists as none.
func render(r *model.Record) string {
	claims := make([]string, len(r.Claims))
	for i := range r.Claims {
		claims[i] = encode(r.Claims[i])
	}
	slices.Sort(claims)
	return encode(r.Item) + "\n" + r.Gone.String() + "\n" + encode(claims)
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("cannot be recorded: %v", err)
	}
	return string(b)
}

// compare reports how got differs from want.
func (s *suite) compare(what string, want, got *facts) {
	for _, native := range slices.Sorted(maps.Keys(want.records)) {
		w, g := want.records[native], got.records[native]
		if g == nil {
			s.bad("%s: %s is missing", what, name(w))
			continue
		}
		if a, b := render(w), render(g); a != b {
			s.bad("%s: %s differs: %s", what, name(w), difference(a, b))
		}
	}
	for _, native := range slices.Sorted(maps.Keys(got.records)) {
		if want.records[native] == nil {
			s.bad("%s: %s was not there before", what, name(got.records[native]))
		}
	}
}

// difference shows the first place at which two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	show := func(t string) string { return fmt.Sprintf("%q", t[max(0, i-40):min(len(t), i+60)]) }
	return show(a) + " and " + show(b)
}

func name(r *model.Record) string { return fmt.Sprintf("item %q (%q)", r.Item.Key, r.Item.ID.Native) }

// read goes on from facts with a connector until the end.
func read(ctx context.Context, c connectors.Connector, f *facts) ([]model.Batch, error) {
	var batches []model.Batch
	for b, err := range c.Changes(ctx, f.cursor) {
		if err != nil {
			return batches, fmt.Errorf("read changes: %w", err)
		}
		batches = append(batches, b)
		f.add(&b)
	}
	return batches, nil
}

// restart makes a connector that remembers nothing and reads on from facts.
func (s *suite) restart(ctx context.Context, f *facts) error {
	c, err := s.New()
	if err != nil {
		return fmt.Errorf("make the connector: %w", err)
	}
	_, err = read(ctx, c, f)
	return err
}
