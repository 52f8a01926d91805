package jira_test

import (
	"fmt"
	"maps"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/internal/trackersim"
	"github.com/waitgraph/waitgraph/model"
)

// simulated is a simulated Jira site.
type simulated struct {
	*trackersim.Sim
	url string
}

func simulate(t *testing.T, args ...string) *simulated {
	t.Helper()
	s := trackersim.Start(t, os.Getenv(trackersim.Folder), args...)
	return &simulated{s, s.Jira["jira"]}
}

func (s *simulated) clock(now string) { s.Post("/_sim/clock", map[string]string{"now": now}) }

func (s *simulated) step(name string) trackersim.Journal { return s.Step("jira", name) }

// withoutHistory leaves out what only sweeps read.
var withoutHistory = cmp.Options{
	cmpopts.IgnoreFields(model.Item{}, "History", "HistoryKnown", "HistoryAsOf", "Attended"),
	cmpopts.IgnoreFields(model.Signal{}, "At"),
}

var archived = []string{"AC", "ALOY", "DAEMON", "MOD"}

// TestSimulatedArchive follows an archive of real issues through time: what is
// read step by step equals what is read at once.
func TestSimulatedArchive(t *testing.T) {
	data := trackersim.Data(os.Getenv(trackersim.Folder), "jira-issues.jsonl.gz")
	for _, kind := range []string{"cloud", "dc"} {
		t.Run(kind, func(t *testing.T) {
			s := simulate(t, "--jira", kind, "--jira-data", data, "--as-of", "2014-06-01T00:00:00Z", "--tz", "America/New_York")
			scope := func(c *jira.Config) { c.Projects = archived }
			c, r := connect(t, s.url, scope), newRecord()
			r.poll(t, c)
			s.step("first sync")

			r.poll(t, c)
			if j := s.step("idle poll"); j.Requests > 2 {
				t.Errorf("an idle poll took %d requests", j.Requests)
			}
			sweep(t, c, r)
			s.step("sweep")
			sweep(t, c, r)
			s.step("idle sweep")

			for _, now := range []string{"2014-07-01T00:00:00Z", "2015-01-01T00:00:00Z", "2022-01-01T00:00:00Z"} {
				s.clock(now)
				r.poll(t, c)
				s.step("increment to " + now[:10])
				r.poll(t, c)
				if j := s.step("idle poll"); j.Requests > 2 {
					t.Errorf("an idle poll took %d requests", j.Requests)
				}
				fresh := newRecord()
				fresh.poll(t, connect(t, s.url, scope))
				s.step("fresh sync at " + now[:10])
				if d := cmp.Diff(fresh.items, r.items, withoutHistory); d != "" {
					t.Fatalf("at %s increments differ from a fresh sync (-fresh +increments):\n%.4000s", now, d)
				}
			}
			if len(r.problems) > 0 {
				t.Errorf("%d problems, such as %v", len(r.problems), r.problems[0])
			}

			known := r.records(func(*model.Item) bool { return true })
			census, err := c.Census(t.Context(), known)
			if err != nil {
				t.Fatal(err)
			}
			s.step("census")
			before := maps.Clone(r.items)
			r.add(census.Batch)
			if d := cmp.Diff(before, r.items); d != "" || len(census.Gone) != 0 || len(census.Native["ALOY"]) != 1499 {
				t.Errorf("census: %d gone, %d in ALOY (-before +after):\n%.2000s", len(census.Gone), len(census.Native["ALOY"]), d)
			}
		})
	}
}

// TestSimulatedInterruption stops a first sync after each of some batches: the
// next process asks for no more than one page of each lane again and ends in
// the same facts.
func TestSimulatedInterruption(t *testing.T) {
	data := trackersim.Data(os.Getenv(trackersim.Folder), "jira-issues.jsonl.gz")
	for kind, stops := range map[string][]int{"cloud": {1, 7, 20}, "dc": {1, 2}} {
		t.Run(kind, func(t *testing.T) {
			s := simulate(t, "--jira", kind, "--jira-data", data, "--as-of", "2014-06-01T00:00:00Z")
			scope := func(c *jira.Config) { c.Projects = archived }
			whole := newRecord()
			pages := &largest{}
			whole.poll(t, observed(t, s.url, scope, pages.observe))
			once := s.step("first sync")
			page := pages.bytes
			for _, stop := range stops {
				r := newRecord()
				if err := r.try(t, connect(t, s.url, scope), stop); err != nil {
					t.Fatal(err)
				}
				r.poll(t, connect(t, s.url, scope))
				j := s.step(fmt.Sprintf("stopped after %d", stop))
				const lanes = 4
				if again := j.Bytes - once.Bytes; again > lanes*page {
					t.Errorf("stopped after %d batches: %d bytes were asked for again, the largest page has %d", stop, again, page)
				}
				if d := cmp.Diff(whole.items, r.items); d != "" {
					t.Errorf("stopped after %d batches (-whole +resumed):\n%.2000s", stop, d)
				}
			}
		})
	}
}

// largest is how long the longest answer was.
type largest struct {
	mu    sync.Mutex
	bytes int
}

func (l *largest) observe(r connectors.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bytes = max(l.bytes, int(r.Bytes))
}

// TestSimulatedScenario reads a scripted organisation whose truth is written
// down in the simulator's README.
func TestSimulatedScenario(t *testing.T) {
	for _, kind := range []string{"cloud", "dc"} {
		t.Run(kind, func(t *testing.T) {
			s := simulate(t, "--jira", kind, "--github", "ghec", "--scenario", "scenarios/acme.json",
				"--jira-auth", "basic:bot@acme.example:swordfish", "--tz", "Asia/Kolkata")
			cfg := jira.NewConfig().(*jira.Config)
			cfg.URL, cfg.Projects = s.url, []string{"PAY", "PLAT", "SEC"}
			cfg.Fields = map[string]string{"team": "Team", "points": "Story Points"}
			cfg.Auth = jira.Auth{Email: "bot@acme.example", TokenEnv: "TOKEN"}
			made, err := cfg.New(connectors.Options{
				Name: "acme", Secret: connectors.SecretReader(t.TempDir(), func(string) string { return "swordfish" }),
			})
			if err != nil {
				t.Fatal(err)
			}
			c, r := made.(*jira.Connector), newRecord()
			site, unmapped, err := c.Check(t.Context())
			if err != nil || len(site.Scopes) != 3 || site.Scopes[2].Readable {
				t.Errorf("check: %+v %v", site, err)
			}
			t.Log(site.Notes, unmapped)
			s.step("check")
			r.poll(t, c)
			s.step("first sync")
			complete(t, c, r)
			s.step("remote links")
			complete(t, c, r)
			if j := s.step("no remote links"); j.Requests != 0 {
				t.Errorf("reading remote links again took %d requests", j.Requests)
			}

			claims := func(key string) (all []string) {
				for _, c := range r.item(t, key).Claims {
					line := fmt.Sprintf("%s %s%s %s", c.Kind, c.Target.Host, c.Target.Key, c.Origin)
					if c.Reverse {
						line = "reverse " + line
					}
					if c.Withdraws {
						line = "withdraws " + line
					}
					all = append(all, line)
				}
				return all
			}
			for key, want := range map[string][]string{
				"PAY-2":   {"reverse blocks PLAT-2 issue_link", "blocks PAY-3 issue_link", "parent PAY-1 parent_field"},
				"PAY-3":   {"reverse blocks PLAT-3 issue_link", "reverse blocks PAY-2 issue_link", "parent PAY-1 parent_field"},
				"PAY-4":   {"relates PAY-5 issue_link", "parent PAY-1 parent_field", "reverse blocks github.comacme/ledger#7 remote_link"},
				"PAY-5":   {"relates PAY-4 issue_link", "reverse blocks github.comacme/ledger#7 text"},
				"PAY-6":   {"reverse blocks github.comacme/ledger#5 remote_link"},
				"PAY-7":   {"blocks PLAT-6 issue_link", "reverse blocks github.comacme/app#4 remote_link"},
				"PLAT-8":  {"mirrors github.comacme/warehouse#5 remote_link"},
				"PAY-8":   {"reverse blocks PLAT-7 issue_link"},
				"PAY-9":   {"reverse blocks SEC-1 text"},
				"PAY-11":  {"duplicates PAY-10 issue_link"},
				"PLAT-10": nil,
				"PLAT-11": {"parent PLAT-9 parent_field"},
			} {
				if d := cmp.Diff(want, claims(key)); d != "" {
					t.Errorf("claims of %s (-want +got):\n%s", key, d)
				}
			}
			for key, want := range map[string]model.SignalKind{"PAY-12": model.SignalFlag, "PLAT-1": model.SignalStatus} {
				if got := r.item(t, key).Item.Signals; len(got) != 1 || got[0].Kind != want {
					t.Errorf("signals of %s: %+v", key, got)
				}
			}
			pay2 := r.item(t, "PAY-2").Item
			if pay2.Points == nil || *pay2.Points != 8 || pay2.Sprint.Value().Name != "Pay 12" || pay2.Due.String() != "2026-03-20" ||
				pay2.Fields["team"] != "payments" || pay2.Epic != "PAY-1" || pay2.Priority.String() != "Highest" {
				t.Errorf("PAY-2: %+v", pay2)
			}
			b, err := c.Ask(t.Context(), []string{"SEC-1", "PAY-99"})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]model.Answer{{Key: "SEC-1", Reason: model.Forbidden}, {Key: "PAY-99", Reason: model.Gone}}, b.Answers); d != "" {
				t.Errorf("answers (-want +got):\n%s", d)
			}
			s.step("ask")

			s.clock("2026-03-18T12:00:00Z") // PLAT-2 is done, PAY-11 deleted, SEC can be read
			r.poll(t, c)
			s.step("increment")
			if got := r.item(t, "PLAT-2").Item.State; got != model.Done {
				t.Errorf("PLAT-2 is %s", got)
			}
			census, err := c.Census(t.Context(), r.records(func(*model.Item) bool { return true }))
			if err != nil {
				t.Fatal(err)
			}
			s.step("census")
			r.add(census.Batch)
			if len(census.Gone) != 1 || census.Gone[0].ID != r.item(t, "PAY-11").Item.ID {
				t.Errorf("gone: %+v", census.Gone)
			}
			if got := r.item(t, "SEC-1"); got.Item.Stub || len(census.Scopes) != 3 || !census.Scopes[2].Readable {
				t.Errorf("SEC-1 %+v, scopes %+v", got, census.Scopes)
			}
		})
	}
}
