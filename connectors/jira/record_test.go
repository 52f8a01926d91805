package jira_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// record keeps what a connector hands over, as a recorder would.
type record struct {
	cursor   string
	items    map[string]model.Observation // by native id
	readings map[string]model.Reading     // of remote links
	now      time.Time                    // when readings are recorded
	site     *model.Site
	problems []model.Problem
	batches  int
}

func newRecord() *record {
	return &record{items: map[string]model.Observation{}, readings: map[string]model.Reading{}, now: time.Now()}
}

func (r *record) add(b model.Batch) {
	r.batches++
	if b.Cursor != "" {
		r.cursor = b.Cursor
	}
	if b.Site != nil {
		r.site = b.Site
	}
	r.problems = append(r.problems, b.Problems...)
	for _, o := range b.Items {
		id := o.Item.ID.Native
		before, known := r.items[id]
		if o.Item.Stub && known && !before.Item.Stub {
			continue
		}
		for _, kept := range o.Keeps {
			for _, c := range before.Claims {
				if c.Origin == kept {
					o.Claims = append(o.Claims, c)
				}
			}
		}
		if slices.Contains(o.Keeps, model.Text) {
			o.Item.Commented = before.Item.Commented
		}
		o.Keeps = nil
		if o.Item.Attended.At.IsZero() {
			o.Item.Attended = before.Item.Attended
		}
		if known && !o.Item.HistoryKnown {
			o.Item.History, o.Item.HistoryKnown, o.Item.HistoryAsOf = before.Item.History, before.Item.HistoryKnown, before.Item.HistoryAsOf
		}
		o.Item.Signals = slices.Clone(o.Item.Signals)
		for i, s := range o.Item.Signals {
			for _, was := range before.Item.Signals {
				if s.At.IsZero() && was.Kind == s.Kind && was.Value == s.Value {
					o.Item.Signals[i].At = was.At
				}
			}
		}
		o.Claims = slices.Clone(o.Claims)
		for i := range o.Claims {
			for _, was := range before.Claims {
				if c := &o.Claims[i]; c.At.IsZero() && c.Author == "" && c.Same(&was) {
					c.At, c.Author = was.At, was.Author
				}
			}
		}
		r.items[id] = o
	}
	for _, set := range b.Claims {
		id := set.Item.Native
		o, known := r.items[id]
		if !known {
			continue
		}
		o.Claims = slices.DeleteFunc(slices.Clone(o.Claims), func(c model.Claim) bool { return c.Origin == set.Origin })
		for _, c := range set.Claims {
			for _, was := range r.items[id].Claims {
				if c.At.IsZero() && c.Author == "" && c.Same(&was) {
					c.At, c.Author = was.At, was.Author
				}
			}
			o.Claims = append(o.Claims, c)
		}
		r.items[id] = o
		if !set.AsOf.IsZero() {
			r.readings[id] = model.Reading{Origin: set.Origin, AsOf: set.AsOf, At: model.At(r.now)}
		}
	}
}

// poll takes all changes since the last poll.
func (r *record) poll(t *testing.T, c connectors.Connector) {
	t.Helper()
	if err := r.try(t, c, -1); err != nil {
		t.Fatalf("poll: %v", err)
	}
}

// try takes at most so many batches, all if negative.
func (r *record) try(t *testing.T, c connectors.Connector, most int) error {
	t.Helper()
	for b, err := range c.Changes(t.Context(), r.cursor) {
		if err != nil {
			return err
		}
		r.add(b)
		if most--; most == 0 {
			return nil
		}
	}
	return nil
}

// records are the recorded items as the app passes them to slower loops.
func (r *record) records(keep func(*model.Item) bool) []*model.Record {
	var all []*model.Record
	for _, o := range r.items {
		if keep(&o.Item) {
			one := &model.Record{Item: o.Item, Claims: o.Claims}
			if reading, ok := r.readings[o.Item.ID.Native]; ok {
				one.Readings = []model.Reading{reading}
			}
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b *model.Record) int { return a.Item.ID.Compare(b.Item.ID) })
	return all
}

func (r *record) keys() string {
	var keys []string
	for _, o := range r.items {
		keys = append(keys, o.Item.Key)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// behind tells of the tracker's issues that are not recorded as they are now.
func (r *record) behind(f *fake) (late []string) {
	for _, i := range f.issues {
		if got := r.items[i.id].Item.Updated.Time().UnixMilli(); got != i.stamp {
			late = append(late, fmt.Sprintf("%s as of %d, want %d", i.key, got, i.stamp))
		}
	}
	return late
}

// item finds a recorded item by key.
func (r *record) item(t *testing.T, key string) model.Observation {
	t.Helper()
	for _, o := range r.items {
		if o.Item.Key == key {
			return o
		}
	}
	t.Fatalf("no item %s among %s", key, r.keys())
	return model.Observation{}
}

// connect makes a connector for a site.
func connect(t *testing.T, url string, change func(*jira.Config)) *jira.Connector {
	t.Helper()
	return observed(t, url, change, nil)
}

// observed is a connector whose requests are watched.
func observed(t *testing.T, url string, change func(*jira.Config), observe func(connectors.Request)) *jira.Connector {
	t.Helper()
	cfg := jira.NewConfig().(*jira.Config)
	cfg.URL = url
	cfg.Projects = []string{"PAY", "PLAT"}
	if change != nil {
		change(cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	c, err := cfg.New(connectors.Options{Name: "acme", UserAgent: "waitgraph-test", Observe: observe})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*jira.Connector)
}
