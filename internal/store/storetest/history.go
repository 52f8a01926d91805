package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/internal/store"
	"github.com/waitgraph/waitgraph/model"
)

// testHistory: what is loaded is what the chapters and the flow of steps leave
// behind, however often each was recorded, and whatever trackers are dropped.
func testHistory(t *testing.T, fresh func(testing.TB) Open) {
	rapid.Check(t, func(rt *rapid.T) {
		s := fresh(t)(t)
		defer shut(t, s)
		want := model.Chapter{}
		for range rapid.IntRange(0, 6).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "a step with flow") {
				d := step(rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "tracker"), text(rt), 1)
				d.Drop = rapid.Bool().Draw(rt, "drop")
				for range rapid.IntRange(0, 3).Draw(rt, "events") {
					d.Flow = append(d.Flow, drawFlow(rt, d.Tracker.Name))
				}
				record(t, s, d)
				record(t, s, d)
				for _, e := range d.Flow {
					if !slices.Contains(want.Flow, e) {
						want.Flow = append(want.Flow, e)
					}
				}
			} else {
				c := drawChapter(rt, want.Flow)
				for range 2 {
					if err := s.RecordHistory(t.Context(), c); err != nil {
						rt.Fatal(err)
					}
				}
				fold(&want, c)
			}
			sameHistory(rt, want, s)
		}
	})
	t.Run("context", func(t *testing.T) {
		s := fresh(t)(t)
		defer shut(t, s)
		why := errors.New("told to stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		if err := s.RecordHistory(ctx, model.Chapter{Totals: []model.Totals{{Team: "x"}}}); !errors.Is(err, why) {
			t.Errorf("RecordHistory: %v, want %v", err, why)
		}
		sameHistory(t, model.Chapter{}, s)
	})
}

// testHistoryAgain: history is there when the storage is opened again.
func testHistoryAgain(t *testing.T, fresh func(testing.TB) Open) {
	rapid.Check(t, func(rt *rapid.T) {
		open := fresh(t)
		want := model.Chapter{}
		for range 3 {
			s := open(t)
			sameHistory(rt, want, s)
			c := drawChapter(rt, nil)
			if err := s.RecordHistory(t.Context(), c); err != nil {
				rt.Fatal(err)
			}
			fold(&want, c)
			shut(t, s)
		}
	})
}

func drawFlow(t *rapid.T, tracker string) model.FlowEvent {
	return model.FlowEvent{
		Item: model.ID{Tracker: model.WordOf(tracker), Native: rapid.SampledFrom([]string{"1", "2", "é"}).Draw(t, "native")}, Key: "K-1",
		Kind: rapid.SampledFrom([]model.FlowKind{model.Arrived, model.Completed, model.Reopened}).Draw(t, "kind"), At: instant(t).UTC(),
	}
}

func drawChapter(t *rapid.T, pending []model.FlowEvent) model.Chapter {
	c := model.Chapter{Began: instant(t).UTC(), Seen: instant(t).UTC(), At: instant(t).UTC()}
	for range rapid.IntRange(0, 3).Draw(t, "intervals") {
		seq := rapid.Int64Range(1, 4).Draw(t, "seq")
		i := model.Interval{
			Seq: seq, Item: model.ID{Tracker: model.WordOf("a"), Native: "1"}, Ref: text(t), Team: text(t), OnTeam: text(t), BlockerRef: text(t),
			From: instant(t).UTC(), FromKnown: model.FromHistory, To: instant(t).UTC(), ToKnown: model.Observed,
		}
		c.Intervals = append(c.Intervals, i)
	}
	for _, team := range []string{"pay", "Ω"} {
		if rapid.Bool().Draw(t, "totals") {
			c.Totals = append(c.Totals, model.Totals{
				Team: team, BlockedSeconds: rapid.Float64Range(0, 1e12).Draw(t, "seconds"), Arrived: rapid.Int64Min(0).Draw(t, "arrived"),
				Completed: rapid.Int64Min(0).Draw(t, "completed"), Reopened: 1,
			})
		}
	}
	for _, e := range pending {
		if rapid.Bool().Draw(t, "counted") {
			c.Flow = append(c.Flow, e)
		}
	}
	return c
}

// fold says what a chapter leaves behind.
func fold(all *model.Chapter, c model.Chapter) {
	all.Began, all.Seen, all.At = c.Began, c.Seen, c.At
	for _, i := range c.Intervals {
		all.Intervals = slices.DeleteFunc(all.Intervals, func(x model.Interval) bool { return x.Seq == i.Seq })
		all.Intervals = append(all.Intervals, i)
	}
	slices.SortFunc(all.Intervals, func(a, b model.Interval) int { return int(a.Seq - b.Seq) })
	for _, n := range c.Totals {
		all.Totals = slices.DeleteFunc(all.Totals, func(x model.Totals) bool { return x.Team == n.Team })
		all.Totals = append(all.Totals, n)
	}
	slices.SortFunc(all.Totals, func(a, b model.Totals) int { return strings.Compare(a.Team, b.Team) })
	all.Flow = slices.DeleteFunc(all.Flow, func(e model.FlowEvent) bool { return slices.Contains(c.Flow, e) })
}

func sameHistory(t interface {
	Helper()
	Context() context.Context
	Fatalf(string, ...any)
}, want model.Chapter, s store.Store,
) {
	t.Helper()
	got, err := s.LoadHistory(t.Context())
	if err != nil {
		t.Fatalf("%v", err)
	}
	byTime := cmpopts.SortSlices(func(a, b model.FlowEvent) bool {
		return a.At.Before(b.At) || a.At.Equal(b.At) && a.Item.Tracker.String()+a.Item.Native+string(a.Kind) < b.Item.Tracker.String()+b.Item.Native+string(b.Kind)
	})
	if d := cmp.Diff(&want, got, cmpopts.EquateEmpty(), byTime); d != "" {
		t.Fatalf("loaded history differs (-want +got):\n%s", d)
	}
}
