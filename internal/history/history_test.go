package history_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/internal/history"
	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

var start = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func hour(n float64) time.Time { return start.Add(time.Duration(n * float64(time.Hour))) }

// world is two trackers whose items change, and what was recorded of them.
type world struct {
	items   map[string]*model.Record // by key
	late    map[string]bool          // trackers that are stale
	left    map[string]bool          // trackers that are not in the config
	r       *history.Recorder
	chapter model.Chapter // all that was recorded
}

func newWorld() *world {
	w := &world{items: map[string]*model.Record{}, late: map[string]bool{}, left: map[string]bool{}}
	w.restart()
	return w
}

// put makes an item, of tracker a or b by its project.
func (w *world) put(key string, state model.State, closed time.Time, blockers ...string) {
	project := key[:strings.Index(key, "-")]
	it := model.Item{ID: model.ID{Tracker: model.WordOf(strings.ToLower(project)), Native: key}, Key: key, Project: model.WordOf(project), State: state, Created: model.At(start.AddDate(0, -1, 0)), Closed: model.At(closed)}
	r := &model.Record{Item: it}
	for _, b := range blockers {
		r.Claims = append(r.Claims, model.Claim{
			Kind: model.Blocks, Reverse: true, Origin: model.IssueLink, FirstSeen: model.At(start), Target: model.Target{Key: b, Tracker: model.WordOf(strings.ToLower(b[:strings.Index(b, "-")]))},
		})
	}
	w.items[key] = r
}

// flag sets a signal of an item.
func (w *world) flag(key string, at time.Time) {
	r := *w.items[key]
	r.Item.Signals = []model.Signal{{Kind: model.SignalFlag, Value: "Impediment", At: model.At(at)}}
	w.items[key] = &r
}

func (w *world) graph(now time.Time) *model.Graph {
	f, rules := &model.Facts{}, &model.Rules{StaleAfter: time.Hour, Teams: []model.Team{
		{Name: "red", Owns: []model.Matcher{{Project: "A"}}}, {Name: "blue", Owns: []model.Matcher{{Project: "B"}}},
	}}
	for _, name := range []string{"a", "b"} {
		if w.left[name] {
			continue
		}
		t := model.Tracker{Name: name, Type: "jira", FirstSync: start, LastSync: now}
		if w.late[name] {
			t.LastSync = now.Add(-2 * time.Hour)
		}
		f.Trackers = append(f.Trackers, t)
		rules.Trackers = append(rules.Trackers, model.TrackerRules{Name: name, Type: "jira", Projects: []string{strings.ToUpper(name)}})
		for _, r := range w.items {
			if r.Item.ID.Tracker.String() == name {
				f.Records = append(f.Records, r)
			}
		}
	}
	return reconcile.Reconcile(f, rules, now)
}

// step shows the recorder the world, and keeps the chapter as a store would.
func (w *world) step(now time.Time, events ...model.FlowEvent) (*model.Graph, model.Chapter) {
	g := w.graph(now)
	c := w.r.Step(g, events)
	g.History = w.r.History()
	all := &w.chapter
	all.Began, all.Seen, all.At = c.Began, c.Seen, c.At
	for _, i := range c.Intervals {
		all.Intervals = append(slices.DeleteFunc(all.Intervals, func(x model.Interval) bool { return x.Seq == i.Seq }), i)
	}
	slices.SortFunc(all.Intervals, func(a, b model.Interval) int { return int(a.Seq - b.Seq) })
	for _, n := range c.Totals {
		all.Totals = append(slices.DeleteFunc(all.Totals, func(x model.Totals) bool { return x.Team == n.Team }), n)
	}
	return g, c
}

func (w *world) restart() {
	c := w.chapter
	w.r = history.New(&c)
}

func (w *world) show() string {
	var b strings.Builder
	at := func(t time.Time, k model.Known) string {
		if t.IsZero() {
			return "now"
		}
		return fmt.Sprintf("%gh %s", t.Sub(start).Hours(), k)
	}
	for _, i := range w.chapter.Intervals {
		fmt.Fprintf(&b, "%s on %s%s: %s to %s\n", i.Ref, i.BlockerRef, i.Signal, at(i.From, i.FromKnown), at(i.To, i.ToKnown))
	}
	for _, t := range w.r.History().Totals {
		fmt.Fprintf(&b, "%s %gh %d %d %d\n", t.Team, t.BlockedSeconds/3600, t.Arrived, t.Completed, t.Reopened)
	}
	return b.String()
}

func (w *world) want(t *testing.T, want string) {
	t.Helper()
	if diff := cmp.Diff(want, w.show()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestWait: an interval begins with its cause and ends when the tracker says
// that the blocker was closed, and the counters follow.
func TestWait(t *testing.T) {
	w := newWorld()
	w.put("A-1", model.Todo, time.Time{}, "B-1", "B-2")
	w.put("B-1", model.Todo, time.Time{})
	w.put("B-2", model.Doing, time.Time{})
	w.step(hour(2))
	w.want(t, "a:A-1 on b:B-1: 0h observed to now\na:A-1 on b:B-2: 0h observed to now\n")
	w.step(hour(3)) // two causes, one item: one hour
	w.put("B-1", model.Done, hour(3.5))
	w.step(hour(4))
	w.put("B-2", model.Dropped, time.Time{})
	w.step(hour(6))
	w.want(t, "a:A-1 on b:B-1: 0h observed to 3.5h history\na:A-1 on b:B-2: 0h observed to 6h observed\nred 4h 0 0 0\n")
	w.restart()
	if _, c := w.step(hour(7)); len(c.Intervals) > 0 || len(c.Totals) > 0 {
		t.Errorf("a restart changed %v", c)
	}
	// It waits again.
	w.put("B-2", model.Doing, time.Time{})
	w.items["B-2"].Opened = model.At(hour(8))
	w.step(hour(9))
	w.want(t, "a:A-1 on b:B-1: 0h observed to 3.5h history\na:A-1 on b:B-2: 0h observed to 6h observed\na:A-1 on b:B-2: 8h observed to now\nred 5h 0 0 0\n")
}

// TestTimeAway: what happened while the daemon was down, or a tracker stale, is
// made up for with what the trackers tell.
func TestTimeAway(t *testing.T) {
	for _, away := range []string{"down", "stale"} {
		w := newWorld()
		w.put("A-1", model.Todo, time.Time{}, "B-1")
		w.put("B-1", model.Todo, time.Time{})
		w.step(hour(1))
		if away == "stale" {
			w.late["b"] = true
			w.put("A-2", model.Todo, time.Time{}, "B-1") // begins nothing while b is stale
			w.step(hour(50))
			w.put("A-2", model.Todo, time.Time{})
			delete(w.items, "B-1") // nor does this end anything
			w.step(hour(60))
			w.want(t, "a:A-1 on b:B-1: 0h observed to now\n")
			w.late["b"] = false
		}
		w.restart()
		w.put("B-1", model.Done, hour(11))
		w.step(hour(100))
		w.want(t, "a:A-1 on b:B-1: 0h observed to 11h history\nred 10h 0 0 0\n")
	}
}

// TestGone: an item that a census found gone waits no more; a tracker that left
// the config keeps its past, which ends when it was last believed.
func TestGone(t *testing.T) {
	w := newWorld()
	w.put("A-1", model.Todo, time.Time{}, "B-1")
	w.put("A-2", model.Todo, time.Time{}, "B-1")
	w.put("B-1", model.Todo, time.Time{})
	w.flag("A-1", hour(0.5))
	w.step(hour(1))
	gone := *w.items["A-2"]
	gone.Gone, gone.GoneAt = model.Gone, model.At(hour(2))
	w.items["A-2"] = &gone
	w.step(hour(2))
	w.left["b"] = true
	w.restart()
	w.step(hour(30))
	const past = "a:A-1 on b:B-1: 0h observed to 2h observed\na:A-1 on flag:Impediment: 0.5h observed to now\na:A-2 on b:B-1: 0h observed to 2h observed\nred 30h 0 0 0\n"
	w.want(t, past)
	w.step(hour(30))
	w.want(t, past)
}

// TestHistoryIsRead: a history that is read later puts the beginning right.
func TestHistoryIsRead(t *testing.T) {
	w := newWorld()
	w.put("A-1", model.Todo, time.Time{}, "B-1")
	w.put("B-1", model.Todo, time.Time{})
	w.step(hour(1))
	for _, key := range []string{"A-1", "B-1"} {
		w.items[key].Item.HistoryKnown = true
		w.items[key].Item.History = []model.Transition{{At: model.At(hour(-100)), State: model.Todo}}
	}
	w.items["A-1"].Claims[0].At = model.At(hour(-50))
	w.step(hour(2))
	w.want(t, "a:A-1 on b:B-1: -50h history to now\nred 1h 0 0 0\n")
}

func TestFlow(t *testing.T) {
	w := newWorld()
	w.put("A-1", model.Todo, time.Time{})
	event := func(key string, kind model.FlowKind) model.FlowEvent {
		return model.FlowEvent{Item: model.ID{Tracker: model.WordOf("a"), Native: key}, Key: key, Kind: kind, At: start}
	}
	_, c := w.step(hour(1), event("A-1", model.Arrived), event("A-1", model.Completed), event("A-1", model.Reopened), event("A-9", model.Arrived))
	if len(c.Flow) != 4 {
		t.Errorf("the step counted %d events, want all 4: what is gone is never counted", len(c.Flow))
	}
	w.want(t, "red 0h 1 1 1\n")
}

// TestWaits sums over a period, without overlap.
func TestWaits(t *testing.T) {
	w := newWorld()
	w.put("A-1", model.Todo, time.Time{}, "B-1", "B-2")
	w.put("A-2", model.Todo, time.Time{}, "B-1")
	w.put("B-1", model.Todo, time.Time{})
	w.put("B-2", model.Todo, time.Time{})
	w.put("B-3", model.Todo, time.Time{}, "B-1") // within a team
	w.step(hour(1))
	w.put("B-1", model.Done, hour(10))
	g, _ := w.step(hour(20))
	all := func(string, string) bool { return true }
	waits := g.Waits(hour(5), hour(15), all)
	if len(waits) != 1 {
		t.Fatalf("%d pairs of teams", len(waits))
	}
	if x := waits[0]; x.Team != "red" || x.OnTeam != "blue" || x.Items != 2 || x.Blocked != 15*time.Hour || x.Summed != 20*time.Hour || len(x.Intervals) != 3 {
		t.Errorf("%+v", x)
	}
	if len(g.Waits(hour(-5), hour(0), all)) != 0 || len(g.Waits(hour(5), hour(15), func(team, _ string) bool { return team == "blue" })) != 0 {
		t.Error("waits outside the period or the filter")
	}
	// A history that is read later tells the past exactly: the recorded interval gives way.
	for key, r := range w.items {
		r.Item.HistoryKnown, r.Item.History = true, []model.Transition{{At: model.At(hour(-100)), State: model.Todo}}
		if key == "B-1" {
			r.Item.History = append(r.Item.History, model.Transition{At: model.At(hour(10)), State: model.Done})
		}
		for i := range r.Claims {
			r.Claims[i].At = model.At(hour(-10))
		}
	}
	g, _ = w.step(hour(21))
	if x := g.Waits(hour(-20), hour(15), all)[0]; x.Blocked != 45*time.Hour || x.Summed != 65*time.Hour {
		t.Errorf("with history %s, summed %s: %+v", x.Blocked, x.Summed, x.Intervals)
	}
}

// TestNothingFalls draws what may happen to a small world: counters never fall,
// no item waits longer than time passes, and a restart changes nothing.
func TestNothingFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, two := newWorld(), newWorld()
		keys := []string{"A-1", "A-2", "B-1", "B-2"}
		last, began, now := map[string]float64{}, time.Time{}, start
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "minutes")) * time.Minute)
			key := rapid.SampledFrom(keys).Draw(t, "key")
			state := rapid.SampledFrom([]model.State{model.Todo, model.Doing, model.Done, model.Dropped}).Draw(t, "state")
			closed := time.Time{}
			if !state.Open() && rapid.Bool().Draw(t, "closed at") {
				closed = now.Add(-time.Duration(rapid.IntRange(0, 200).Draw(t, "ago")) * time.Minute)
			}
			blockers := rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 3, rapid.ID[string]).Draw(t, "blockers")
			late, left, again := rapid.Bool().Draw(t, "late"), rapid.IntRange(0, 5).Draw(t, "left") == 0, rapid.Bool().Draw(t, "restart")
			for _, w := range []*world{one, two} {
				w.put(key, state, closed, blockers...)
				w.late["b"], w.left["b"] = late, left
			}
			if again {
				two.restart()
			}
			one.step(now)
			two.step(now)
			if diff := cmp.Diff(one.show(), two.show()); diff != "" {
				t.Fatalf("a restart changed\n%s", diff)
			}
			if began.IsZero() {
				began = now
			}
			for _, total := range one.r.History().Totals {
				if total.BlockedSeconds < last[total.Team] || total.BlockedSeconds > 2*now.Sub(began).Seconds()+1e-6 {
					t.Fatalf("%s: %g s after %g s, in %s", total.Team, total.BlockedSeconds, last[total.Team], now.Sub(began))
				}
				last[total.Team] = total.BlockedSeconds
			}
			for _, i := range one.chapter.Intervals {
				if !i.To.IsZero() && i.To.Before(i.From) || i.From.After(now) {
					t.Fatalf("%+v", i)
				}
			}
		}
	})
}
