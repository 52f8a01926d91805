package reconcile_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// requireSame compares all there is of two graphs, also what they tell when asked.
func requireSame(t interface {
	Helper()
	Fatalf(string, ...any)
}, step int, got, want *model.Graph,
) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(model.Graph{}), cmp.Comparer(func(a, b *time.Location) bool { return a == b })); diff != "" {
		t.Fatalf("step %d: %s", step, diff)
	}
	waits := func(g *model.Graph) []model.Wait {
		return g.Waits(noon.AddDate(-1, 0, 0), g.AsOf, func(string, string) bool { return true })
	}
	if diff := cmp.Diff(waits(want), waits(got)); diff != "" {
		t.Fatalf("step %d: waits: %s", step, diff)
	}
	for i := range want.Items {
		i := int32(i)
		n := &want.Items[i]
		if diff := cmp.Diff(want.Radius(i), got.Radius(i)); diff != "" {
			t.Fatalf("step %d: radius of %s: %s", step, n.Ref(), diff)
		}
		if at, ok := got.Find(n.Ref()); !ok || got.Ref(at) != n.Ref() {
			t.Fatalf("step %d: %s is not found", step, n.Ref())
		}
	}
}

// TestReconcilerIsReconcile changes a small organisation again and again, in any way.
func TestReconcilerIsReconcile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		model.SortRecords(s.facts.Records)
		var r reconcile.Reconciler
		for step := range rapid.IntRange(2, 5).Draw(t, "steps") {
			f, rules := s.facts, s.rules
			requireSame(t, step, r.Reconcile(&f, &s.rules, s.now), reconcile.Reconcile(&f, &rules, s.now))
			s.now = s.now.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "hours")) * time.Hour)
			s.facts.Trackers = slices.Clone(s.facts.Trackers)
			s.facts.Records = slices.Clone(s.facts.Records)
			other := drawScene(t)
			switch rapid.IntRange(0, 11).Draw(t, "change") {
			case 0: // anything
				s.facts.Records = other.facts.Records
			case 1: // a tracker was asked for a key
				s.facts.Trackers[1].Answers = []model.Answer{{Key: "TIMOB-1", Found: model.ID{Tracker: model.WordOf("jira"), Native: "nPAY-1"}}}
			case 2:
				s.facts.Trackers[1].Site.Projects = []model.Project{{Key: "PLAT", Former: []string{"TIMOB"}}}
			case 3: // an item less
				if n := len(s.facts.Records); n > 0 {
					s.facts.Records = slices.Delete(s.facts.Records, n-1, n)
				}
			case 4: // what it answered is out of date
				s.facts.Trackers[1].Answers, s.facts.Trackers[0].LastSync = nil, s.now
			case 5: // an item shows another key, maybe that of another item
				if n := len(s.facts.Records); n > 0 {
					c := *s.facts.Records[rapid.IntRange(0, n-1).Draw(t, "renamed")]
					c.Item.Key = s.facts.Records[rapid.IntRange(0, n-1).Draw(t, "to")].Item.Key
					c.Confirmed = model.At(s.now)
					i := slices.IndexFunc(s.facts.Records, func(r *model.Record) bool { return r.Item.ID == c.Item.ID })
					s.facts.Records[i] = &c
				}
			case 6: // and another is read again
				for i, r := range s.facts.Records {
					c := *r
					c.Confirmed = model.At(noon.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "confirmed")) * time.Hour))
					s.facts.Records[i] = &c
				}
			default: // items change
				for i, before := range s.facts.Records {
					for _, after := range other.facts.Records {
						if after.Item.ID == before.Item.ID && rapid.Bool().Draw(t, "changes") {
							s.facts.Records[i] = after
						}
					}
				}
				if rapid.IntRange(0, 5).Draw(t, "gone") == 0 && len(s.facts.Records) > 0 {
					c := *s.facts.Records[0]
					c.Gone = rapid.SampledFrom([]model.Reason{model.Gone, model.Forbidden, 0}).Draw(t, "reason")
					s.facts.Records[0] = &c
				}
			}
			model.SortRecords(s.facts.Records)
		}
	})
}

// TestReconcilerKeepsUp changes some items of a larger organisation, with people,
// labels, programs, histories and everything findings are about.
func TestReconcilerKeepsUp(t *testing.T) {
	o := organisation{items: 700, claims: 1_200, teams: 8}
	f, rules := o.facts()
	rnd := rand.New(rand.NewPCG(3, 4))
	var r reconcile.Reconciler
	now := noon
	for step := range 15 {
		requireSame(t, step, r.Reconcile(f, rules, now), reconcile.Reconcile(f, rules, now))
		now = now.Add(time.Duration(rnd.IntN(72)) * time.Hour)
		next := &model.Facts{Trackers: f.Trackers, Records: slices.Clone(f.Records)}
		for range rnd.IntN(40) {
			at := rnd.IntN(len(next.Records))
			c := *next.Records[at]
			drawn := o.record(rnd, at)
			it := &c.Item
			switch rnd.IntN(7) {
			case 0:
				it.State, it.Closed = drawn.Item.State, drawn.Item.Closed
			case 1:
				it.Assignees, it.Labels = drawn.Item.Assignees, drawn.Item.Labels
			case 2:
				it.Points, it.Due, it.Sprint, it.Type, it.Priority = drawn.Item.Points, drawn.Item.Due, drawn.Item.Sprint, drawn.Item.Type, drawn.Item.Priority
			case 3:
				it.History, it.HistoryKnown = drawn.Item.History, drawn.Item.HistoryKnown
			case 4:
				it.HistoryKnown, it.History = true, []model.Transition{{At: it.Created, State: model.Todo}, {At: model.At(now), State: model.Done}, {At: model.At(now.Add(50 * time.Hour)), State: model.Todo}} // of a clock that is ahead
			case 5:
				c.Claims = nil
				for range rnd.IntN(3) {
					c.Claims = append(c.Claims, model.Claim{
						Kind: model.Blocks, Reverse: rnd.IntN(2) == 0, FirstSeen: model.At(now), Origin: model.Text, Where: "body", Seq: 1, Unmapped: model.WordOf([]string{"", "", "waits"}[rnd.IntN(3)]),
						Target: model.Target{Key: next.Records[rnd.IntN(len(next.Records))].Item.Key + []string{"", "", "", "0"}[rnd.IntN(4)]},
					})
				}
			case 6:
				c.Gone = []model.Reason{0, model.Forbidden}[rnd.IntN(2)]
			}
			next.Records[at] = &c
		}
		f = next
	}
}
