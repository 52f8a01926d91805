package app_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running runs the engine in the bubble until the test ends.
func (h *harness) running(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.app.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// after lets simulated time pass.
func after(d time.Duration) {
	<-time.After(d) // in a bubble the clock moves when everybody waits
	synctest.Wait()
}

func TestPollsAndPublishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo, "PAY-2"), item("PAY-2", model.Doing)}}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		if h.app.Graph().Trackers[0].Fresh {
			t.Error("fresh before anything was read")
		}
		h.running(t)
		after(10 * time.Second)
		if got := blocked(h.app.Graph()); got != "PAY-1<PAY-2" {
			t.Errorf("blocked %q", got)
		}
		if g := h.app.Graph(); !g.Trackers[0].Fresh || g.Stale() {
			t.Error("not fresh after a complete read")
		}
		tr.change(func() { tr.items = append(tr.items, item("PAY-3", model.Todo, "PAY-1"), item("PAY-2", model.Done)) })
		after(2 * time.Minute)
		if got := blocked(h.app.Graph()); got != "PAY-3<PAY-1" {
			t.Errorf("blocked %q after the blocker was done", got)
		}
		if want := []string{"", "2", "4"}; !slices.Equal(tr.seen().cursors[:3], want) {
			t.Errorf("cursors %q, want %q", tr.seen().cursors, want)
		}
		after(10 * time.Minute)
		if tr.seen().sweeps == 0 {
			t.Error("never swept")
		}
	})
}

func TestFailureKeepsFactsAndIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo, "PAY-2"), item("PAY-2", model.Doing)}}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		h.running(t)
		after(10 * time.Second)
		tr.change(func() { tr.err = &connectors.AuthError{Err: errors.New("401 at request 1234")} })
		after(40 * time.Minute)
		g := h.app.Graph()
		if got := blocked(g); got != "PAY-1<PAY-2" {
			t.Errorf("blocked %q while the tracker fails", got)
		}
		if g.Trackers[0].Fresh || !g.Stale() {
			t.Error("fresh forty minutes after the last read")
		}
		st := h.app.Status().Trackers[0]
		if st.Fresh || st.Error == "" || st.Since.IsZero() {
			t.Errorf("status %+v does not tell", st)
		}
		if n := h.logs.count("pass failed"); n != 1 {
			t.Errorf("%d log lines for one change of state", n)
		}
		tr.change(func() { tr.err = nil })
		after(30 * time.Minute)
		if st := h.app.Status().Trackers[0]; !st.Fresh || st.Error != "" {
			t.Errorf("status %+v after it works again", st)
		}
		if n := h.logs.count("pass works again"); n != 1 {
			t.Errorf("%d log lines when it works again", n)
		}
	})
}

func TestExpiryIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		end := time.Now().Add(24 * time.Hour)
		tr.expires(end)
		if st := h.app.Status().Trackers[0]; !st.CredentialExpiry.Equal(end) {
			t.Errorf("the credentials end %v, want %v", st.CredentialExpiry, end)
		}
		tr.expires(time.Time{})
		if st := h.app.Status().Trackers[0]; !st.CredentialExpiry.IsZero() {
			t.Errorf("credentials that do not end, end %v", st.CredentialExpiry)
		}
	})
}

func TestLimitIsRespected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		tr.err = &connectors.LimitError{Until: time.Now().Add(50 * time.Minute), Err: errors.New("quota")}
		h.running(t)
		after(49 * time.Minute)
		if tr.seen().reads != 1 {
			t.Errorf("%d reads before the limit ended", tr.seen().reads)
		}
		tr.change(func() { tr.err = nil })
		after(2 * time.Minute)
		if tr.seen().reads < 2 {
			t.Error("not read after the limit ended")
		}
	})
}

func TestResumesAfterDeath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{perPage: 1, breakAt: 2, items: []model.Observation{item("PAY-1", model.Todo), item("PAY-2", model.Todo), item("PAY-3", model.Todo)}}
		s := newShelf()
		h := newHarness(t, s, configOf(jira(tr)))
		if err := h.app.Once(t.Context()); err == nil {
			t.Fatal("a broken read is no success")
		}
		if got := len(h.app.Facts().Records); got != 2 {
			t.Errorf("%d records, want the two batches that were whole", got)
		}
		if h.app.Graph().Trackers[0].Fresh {
			t.Error("fresh after half a read")
		}
		tr.change(func() { tr.breakAt = 0 })
		again := newHarness(t, s, configOf(jira(tr)))
		if err := again.app.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := tr.seen().cursors[1]; got != "2" {
			t.Errorf("resumed from %q", got)
		}
		if got := len(again.app.Facts().Records); got != 3 {
			t.Errorf("%d records", got)
		}
	})
}

func TestUnchangedItemsAreNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo, "PAY-2"), item("PAY-2", model.Doing)}}
		s := newShelf()
		h := newHarness(t, s, configOf(jira(tr)))
		h.running(t)
		after(time.Hour)
		if s.written() != 2 {
			t.Errorf("%d records written in an hour in which nothing changed, want 2", s.written())
		}
	})
}

func TestFirstSeenSurvives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-2", model.Doing), item("PAY-1", model.Todo, "PAY-2")}}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		start := time.Now()
		h.running(t)
		after(30 * time.Second)
		tr.change(func() { // retitled, another claim added
			o := item("PAY-1", model.Todo, "PAY-2", "PAY-4")
			o.Item.Title = "new"
			tr.items = append(tr.items, o, item("PAY-4", model.Todo))
		})
		after(5 * time.Minute)
		g := h.app.Graph()
		if got := blocked(g); got != "PAY-1<PAY-2<PAY-4" {
			t.Fatalf("blocked %q", got)
		}
		if since := g.Blocked[0].Since; since.Sub(model.At(start)) > time.Second {
			t.Errorf("blocked since %s after the start", since.Sub(model.At(start)))
		}
		// The claim goes, the flag of past dependencies stays.
		tr.change(func() { tr.items = append(tr.items, item("PAY-1", model.Todo)) })
		after(5 * time.Minute)
		for _, r := range h.app.Facts().Records {
			if r.Item.Key != "PAY-1" {
				continue
			}
			if len(r.Claims) != 2 || r.Claims[0].Ended.IsZero() || r.Claims[1].Ended.IsZero() {
				t.Errorf("claims %+v, want both ended", r.Claims)
			}
		}
		if got := blocked(h.app.Graph()); got != "" {
			t.Errorf("blocked %q", got)
		}
	})
}

// A connector may tell from history when a claim ended, and what stood before
// anybody looked; a read that could not see all of an origin adds to it.
func TestClaimsThatEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		// What PAY-1 says of PAY-2, from an hour to another before the start; 0 for not.
		says := func(from, to time.Duration) model.Observation {
			o := item("PAY-1", model.Todo, "PAY-2")
			o.Claims[0].Origin, o.Claims[0].At = model.NativeDependency, model.At(start.Add(-from))
			if to > 0 {
				o.Claims[0].Ended = model.At(start.Add(-to))
			}
			return o
		}
		tr := &tracker{items: []model.Observation{item("PAY-2", model.Doing), says(9*time.Hour, 0)}}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		h.running(t)
		after(time.Minute)
		for _, step := range []struct {
			name  string
			next  model.Observation
			ended []time.Duration // before the start, 0 for standing
		}{
			{"removed", says(9*time.Hour, 3*time.Hour), []time.Duration{3 * time.Hour}},
			{"the same again", says(9*time.Hour, 3*time.Hour), []time.Duration{3 * time.Hour}},
			{"made again", says(2*time.Hour, 0), []time.Duration{0, 3 * time.Hour}},
			{"seen in part", func() model.Observation {
				o := says(2*time.Hour, 0)
				o.Keeps = []model.Origin{model.NativeDependency}
				return o
			}(), []time.Duration{0, 3 * time.Hour}},
			{"removed again", says(2*time.Hour, time.Hour), []time.Duration{time.Hour, 3 * time.Hour}},
		} {
			tr.change(func() { tr.items = append(tr.items, step.next) })
			after(5 * time.Minute)
			var ended []time.Duration
			for _, r := range h.app.Facts().Records {
				if r.Item.Key != "PAY-1" {
					continue
				}
				for _, c := range r.Claims {
					if c.Ended.IsZero() {
						ended = append(ended, 0)
					} else {
						ended = append(ended, start.Sub(c.Ended.Time()))
					}
				}
			}
			if diff := cmp.Diff(step.ended, ended); diff != "" {
				t.Errorf("%s: ends before the start (-want +got):\n%s", step.name, diff)
			}
		}
	})
}

func TestAsksForUnresolvedKeysOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo, "PAY-404", "OPS-1")}}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		h.running(t)
		after(time.Hour)
		if diff := cmp.Diff([]string{"PAY-404"}, tr.seen().asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		g := h.app.Graph()
		if len(g.Dangling) != 1 || g.Dangling[0].Reason != model.Gone {
			t.Errorf("dangling %+v", g.Dangling)
		}
		after(25 * time.Hour)
		if len(tr.seen().asked) != 2 {
			t.Errorf("asked %d times in 26 hours, want once per census", len(tr.seen().asked))
		}
	})
}

// TestAsksWhatPatternsInclude: a scope told by patterns may have had projects of other names.
func TestAsksWhatPatternsInclude(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{
			former:   "OLD",
			projects: []model.Project{{Key: "PAY"}, {Key: "OLD"}, {Key: "OPS"}}, // so that their keys are understood
			items:    []model.Observation{item("PAY-1", model.Todo, "OLD-3", "OPS-1")},
		}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		h.running(t)
		after(time.Hour)
		if diff := cmp.Diff([]string{"OLD-3"}, tr.seen().asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

// TestAsksInRenamedProjects: the configuration may know a project by a name it had.
func TestAsksInRenamedProjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{
			projects: []model.Project{{Key: "BILL", Former: []string{"PAY"}}, {Key: "OPS"}},
			items:    []model.Observation{item("BILL-1", model.Todo, "PAY-404", "BILL-405", "OPS-1")},
		}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		h.running(t)
		after(time.Hour)
		asked := tr.seen().asked
		slices.Sort(asked)
		if diff := cmp.Diff([]string{"BILL-405", "PAY-404"}, asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

func TestCensusRemoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo, "PAY-2"), item("PAY-2", model.Doing)}}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		h.running(t)
		after(time.Minute)
		tr.change(func() {
			tr.items, tr.absent = nil, []model.Absence{{ID: model.ID{Tracker: model.WordOf("jira"), Native: "id-PAY-2"}, Reason: model.Gone}}
		})
		after(25 * time.Hour)
		g := h.app.Graph()
		if len(g.Items) != 1 || blocked(g) != "" {
			t.Errorf("%d items, blocked %q", len(g.Items), blocked(g))
		}
		if len(g.Dangling) != 1 || g.Dangling[0].Reason != model.Gone {
			t.Errorf("dangling %+v", g.Dangling)
		}
	})
}

func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo)}}
		other := &tracker{}
		gone := config.Tracker{Name: "other", Type: "jira", Config: fakeConfig{tracker: other}}
		s := newShelf()
		h := newHarness(t, s, configOf(jira(tr), gone))
		h.running(t)
		after(time.Second)
		reads := tr.seen().reads

		h.next = func() (*config.Config, error) { return nil, errors.New("line 3: nonsense") }
		if err := h.app.Reload(t.Context()); err == nil || h.app.Status().ConfigOK {
			t.Error("a bad configuration was taken")
		}
		if len(h.app.Status().Trackers) != 2 {
			t.Error("a bad configuration stopped a tracker")
		}

		c := configOf(jira(tr))
		c.Teams[0].Name = "renamed"
		h.next = func() (*config.Config, error) { return c, nil }
		if err := h.app.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		g := h.app.Graph() // at once, though the publisher rests from the first graph
		if len(g.Trackers) != 1 || g.Items[0].Team.String() != "renamed" {
			t.Errorf("trackers %v, team %s", g.Trackers, g.Items[0].Team)
		}
		after(10 * time.Second)
		if tr.seen().reads != reads {
			t.Error("an unchanged tracker was read again")
		}
		if s.has("other") {
			t.Error("the tracker that left is still stored")
		}

		c = configOf(config.Tracker{Name: "jira", Type: "jira", Config: fakeConfig{tracker: tr, Version: 2}})
		if err := h.app.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		after(10 * time.Second)
		if tr.seen().reads != reads+1 || tr.seen().cursors[len(tr.seen().cursors)-1] != "1" {
			t.Errorf("a changed tracker was read %d times, from %q", tr.seen().reads-reads, tr.seen().cursors[len(tr.seen().cursors)-1])
		}
	})
}

// A reload waits for the pass of a tracker that changed, which may still want to
// reconcile.
func TestReloadDuringPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo, "PAY-404")}, linger: true}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		h.running(t)
		after(time.Second)
		tr.change(func() { tr.linger = false })
		h.next = func() (*config.Config, error) {
			return configOf(config.Tracker{Name: "jira", Type: "jira", Config: fakeConfig{tracker: tr, Version: 2}}), nil
		}
		if err := h.app.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		after(time.Minute)
		if st := h.app.Status().Trackers[0]; !st.Fresh {
			t.Errorf("status %+v after the reload", st)
		}
	})
}

func TestStoreFailureEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo)}}
		s := newShelf()
		h := newHarness(t, s, configOf(jira(tr)))
		s.err = errors.New("disk full")
		if err := h.app.Run(t.Context()); !errors.Is(err, s.err) {
			t.Errorf("run ended with %v", err)
		}
	})
}

func TestProblemsAreCountedAndNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo)}, problems: []model.Problem{{Where: "PAY-9", What: "no status"}}}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		h.running(t)
		after(5 * time.Second)
		st := h.app.Status().Trackers[0]
		if st.Skipped != 1 || len(st.Problems) != 1 || st.Problems[0].Where != "PAY-9" {
			t.Errorf("status %+v", st)
		}
		if n := h.logs.count("PAY-9"); n != 1 {
			t.Errorf("%d log lines", n)
		}
	})
}
