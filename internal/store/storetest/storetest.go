// Package storetest is the suite every store.Store passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/internal/store"
	"github.com/waitgraph/waitgraph/model"
)

// Open opens the storage it was made for; the suite closes what it opened
// before it opens again.
type Open func(t testing.TB) store.Store

// Run proves the contract of store.Store. fresh makes empty storage; it is
// called for every part.
func Run(t *testing.T, fresh func(t testing.TB) Open) {
	t.Run("empty", func(t *testing.T) {
		s := fresh(t)(t)
		defer shut(t, s)
		same(t, &model.Facts{}, s)
	})
	t.Run("round trip", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			s := fresh(t)(t)
			defer shut(t, s)
			f := Fold{}
			for i, d := range deltas().Draw(rt, "deltas") {
				for range rapid.IntRange(1, 2).Draw(rt, "times") { // again changes nothing
					record(t, s, d)
				}
				f.Apply(d)
				if i%3 == 0 {
					same(rt, f.Facts(), s)
				}
			}
			same(rt, f.Facts(), s)
		})
	})
	t.Run("drop", func(t *testing.T) { testDrop(t, fresh) })
	t.Run("all or nothing", func(t *testing.T) { testWhole(t, fresh) })
	t.Run("history", func(t *testing.T) { testHistory(t, fresh) })
	t.Run("context", func(t *testing.T) { testContext(t, fresh) })
	t.Run("at once", func(t *testing.T) { testParallel(t, fresh) })
	t.Run("not utf-8", func(t *testing.T) {
		s := fresh(t)(t)
		defer shut(t, s)
		d := step("a", "1", 1)
		d.Records[0].Item.Title = "caf\xe9"
		record(t, s, d)
		d.Records[0].Item.Title = "caf\ufffd"
		same(t, &model.Facts{Trackers: []model.Tracker{d.Tracker}, Records: d.Records}, s)
	})
}

// RunDurable proves besides that facts are there when the storage is opened again.
func RunDurable(t *testing.T, fresh func(t testing.TB) Open) {
	Run(t, fresh)
	t.Run("history again", func(t *testing.T) { testHistoryAgain(t, fresh) })
	t.Run("again", func(t *testing.T) {
		open := fresh(t)
		f := Fold{}
		for i := range 4 {
			s := open(t)
			same(t, f.Facts(), s)
			d := step("a", fmt.Sprint(i), 3+i)
			record(t, s, d)
			f.Apply(d)
			shut(t, s)
		}
		s := open(t)
		defer shut(t, s)
		same(t, f.Facts(), s)
	})
	t.Run("keep", func(t *testing.T) { testKeep(t, fresh(t)) })
}

// testKeep: what is kept is there again until its tracker is dropped.
func testKeep(t *testing.T, open Open) {
	s := open(t)
	kept := func(want map[string]string) {
		t.Helper()
		for tracker, data := range want {
			if got, err := s.Kept(t.Context(), tracker); err != nil || string(got) != data || (got == nil) != (data == "") {
				t.Errorf("kept for %s: %q, %v, want %q", tracker, got, err, data)
			}
		}
	}
	kept(map[string]string{"a": "", "b": ""})
	for _, k := range [][2]string{{"a", "one"}, {"b", "\x00\xff"}, {"a", "two"}} {
		if err := s.Keep(t.Context(), k[0], []byte(k[1])); err != nil {
			t.Fatal(err)
		}
	}
	kept(map[string]string{"a": "two", "b": "\x00\xff", "c": ""})
	same(t, &model.Facts{}, s)
	shut(t, s)
	s = open(t)
	defer func() { shut(t, s) }()
	anew := step("a", "1", 1)
	anew.Drop = true
	record(t, s, anew)
	kept(map[string]string{"a": "two", "b": "\x00\xff"})
	record(t, s, model.Delta{Tracker: model.Tracker{Name: "a"}, Drop: true})
	kept(map[string]string{"a": "", "b": "\x00\xff"})
}

func testDrop(t *testing.T, fresh func(testing.TB) Open) {
	s := fresh(t)(t)
	defer shut(t, s)
	a, b := step("a", "1", 3), step("b", "2", 2)
	record(t, s, a)
	record(t, s, b)

	anew := step("a", "3", 1)
	anew.Drop = true
	record(t, s, anew)
	same(t, &model.Facts{Trackers: []model.Tracker{anew.Tracker, b.Tracker}, Records: append(anew.Records[:1:1], b.Records...)}, s)

	record(t, s, model.Delta{Tracker: model.Tracker{Name: "a"}, Drop: true})
	record(t, s, model.Delta{Tracker: model.Tracker{Name: "never seen"}, Drop: true})
	same(t, &model.Facts{Trackers: []model.Tracker{b.Tracker}, Records: b.Records}, s)
}

// testWhole: a step that cannot be written leaves everything as it was.
func testWhole(t *testing.T, fresh func(testing.TB) Open) {
	tests := map[string]func(*model.Delta){
		"no name":            func(d *model.Delta) { d.Tracker.Name = "" },
		"foreign record":     func(d *model.Delta) { d.Records[2].Item.ID.Tracker = model.WordOf("b") },
		"no native id":       func(d *model.Delta) { d.Records[2].Item.ID.Native = "" },
		"native id no UTF-8": func(d *model.Delta) { d.Records[2].Item.ID.Native = "\xff" },
		"no JSON": func(d *model.Delta) {
			nan := math.NaN()
			d.Records[2].Item.Points = &nan
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)(t)
			defer shut(t, s)
			d := step("a", "1", 3)
			record(t, s, d)
			bad := step("a", "2", 3)
			bad.Drop = true
			spoil(&bad)
			if err := s.Record(t.Context(), bad); err == nil {
				t.Fatal("no error")
			}
			same(t, &model.Facts{Trackers: []model.Tracker{d.Tracker}, Records: d.Records}, s)
		})
	}
}

// testContext: what is cancelled before it began does nothing, and harms nothing.
func testContext(t *testing.T, fresh func(testing.TB) Open) {
	s := fresh(t)(t)
	defer shut(t, s)
	d := step("a", "1", 1000)
	record(t, s, d)

	why := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := s.Record(ctx, step("a", "2", 1)); !errors.Is(err, why) {
		t.Errorf("Record: %v, want %v", err, why)
	}
	if _, err := s.Load(ctx); !errors.Is(err, why) {
		t.Errorf("Load: %v, want %v", err, why)
	}
	var f Fold
	f.Apply(d)
	same(t, f.Facts(), s)
}

// testParallel: steps of several trackers and loads may overlap, and a load
// sees whole steps only.
func testParallel(t *testing.T, fresh func(testing.TB) Open) {
	s := fresh(t)(t)
	defer shut(t, s)
	const trackers, steps, size = 3, 10, 20
	var wg sync.WaitGroup
	for n := range trackers {
		wg.Go(func() {
			for i := range steps {
				if err := s.Record(t.Context(), step(fmt.Sprint("t", n), fmt.Sprint(i), size)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 10 {
		wg.Go(func() {
			facts, err := s.Load(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if len(facts.Records) != size*len(facts.Trackers) {
				t.Errorf("%d trackers and %d records", len(facts.Trackers), len(facts.Records))
			}
			last := map[string]string{}
			for _, tr := range facts.Trackers {
				last[tr.Name] = tr.Cursor
			}
			for _, r := range facts.Records {
				if r.Item.Status.String() != last[r.Item.ID.Tracker.String()] {
					t.Errorf("%v is of step %s, its tracker of %s", r.Item.ID, r.Item.Status, last[r.Item.ID.Tracker.String()])
				}
			}
		})
	}
	wg.Wait()
}

// step makes a plain step: n items that, like the cursor, tell which step they are from.
func step(tracker, cursor string, n int) model.Delta {
	d := model.Delta{Tracker: model.Tracker{Name: tracker, Type: "exec", Cursor: cursor}}
	for i := range n {
		d.Records = append(d.Records, &model.Record{Item: model.Item{
			ID: model.ID{Tracker: model.WordOf(tracker), Native: fmt.Sprintf("%04d", i)}, Key: fmt.Sprint("K-", i), State: model.Todo, Status: model.WordOf(cursor),
		}})
	}
	return d
}

func record(t testing.TB, s store.Store, d model.Delta) {
	t.Helper()
	if err := s.Record(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func same(t interface {
	Helper()
	Context() context.Context
	Fatalf(string, ...any)
}, want *model.Facts, s store.Store,
) {
	t.Helper()
	got, err := s.Load(t.Context())
	if err != nil {
		t.Fatalf("%v", err)
	}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("loaded facts differ (-want +got):\n%s", d)
	}
}

func shut(t testing.TB, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
