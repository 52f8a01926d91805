package jira_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// TestSimulatedHistory reads the past of a scripted organisation, and of what
// happens to it meanwhile.
func TestSimulatedHistory(t *testing.T) {
	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	days := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	for name, mode := range map[string][]string{
		"cloud": {"--jira", "cloud"}, "cloud, seconds": {"--jira", "cloud", "--bulkfetch-created", "seconds"},
		"cloud, millis": {"--jira", "cloud", "--bulkfetch-created", "millis"}, "dc": {"--jira", "dc"},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, append(mode,
				"--github", "ghec", "--scenario", "scenarios/acme.json", "--jira-auth", "basic:bot@acme.example:swordfish", "--tz", "Asia/Kolkata")...)
			cfg := jira.NewConfig().(*jira.Config)
			cfg.URL, cfg.Projects = s.url, []string{"PAY", "PLAT"}
			cfg.Auth = jira.Auth{Email: "bot@acme.example", TokenEnv: "TOKEN"}
			made, err := cfg.New(connectors.Options{
				Name: "acme", Secret: connectors.SecretReader(t.TempDir(), func(string) string { return "swordfish" }),
			})
			if err != nil {
				t.Fatal(err)
			}
			c, r := made.(*jira.Connector), newRecord()
			s.clock("2026-03-10T12:00:00Z")
			again := func(name string) {
				t.Helper()
				r.poll(t, c)
				s.step(name + ": poll")
				sweep(t, c, r)
				s.step(name + ": sweep")
			}
			states := func(key string, want ...model.Transition) {
				t.Helper()
				it := r.item(t, key).Item
				if !it.HistoryKnown || it.HistoryAsOf != it.Updated {
					t.Errorf("the history of %s is not known: %+v", key, it)
				}
				if d := cmp.Diff(want, it.History); d != "" {
					t.Errorf("history of %s (-want +got):\n%s", key, d)
				}
			}
			blocked := func(key, on string) time.Time {
				t.Helper()
				for _, claim := range r.item(t, key).Claims {
					if claim.Kind == model.Blocks && claim.Reverse && claim.Target.Key == on && claim.Origin == model.IssueLink {
						return claim.At.Time()
					}
				}
				t.Fatalf("%s is not blocked by %s", key, on)
				return time.Time{}
			}

			again("first")
			if got := blocked("PAY-2", "PLAT-2"); got != days(-30) {
				t.Errorf("PLAT-2 blocks PAY-2 since %v", got)
			}
			if got := blocked("PAY-3", "PLAT-3"); got != days(-29) {
				t.Errorf("PLAT-3 blocks PAY-3 since %v", got)
			}
			states("PAY-2", model.Transition{At: model.At(days(-40)), State: model.Todo})
			// It was created with its flag, and PLAT-1 with its status.
			for key, want := range map[string]time.Time{"PAY-12": days(-19), "PLAT-1": days(-60)} {
				if got := r.item(t, key).Item.Signals; len(got) != 1 || got[0].At != model.At(want) {
					t.Errorf("signals of %s: %+v", key, got)
				}
			}
			for _, o := range r.records(func(it *model.Item) bool { return it.State.Open() && !it.Stub && !it.HistoryKnown }) {
				t.Errorf("no history of %s", o.Item.Key)
			}
			sweep(t, c, r)
			if j := s.step("idle sweep"); j.Requests != 0 {
				t.Errorf("an idle sweep took %d requests", j.Requests)
			}

			type op = map[string]any
			mutate := func(at time.Time, op op) {
				s.clock(at.Format(time.RFC3339))
				s.Post("/_sim/mutate", op)
			}
			flag := func(v bool) op { return op{"op": "jira.update", "key": "PAY-12", "set": op{"flagged": v}} }
			mutate(noon.Add(time.Hour), op{"op": "jira.close", "key": "PAY-4", "resolution": "Won't Fix"})
			mutate(noon.Add(2*time.Hour), op{"op": "jira.reopen", "key": "PAY-4"})
			mutate(noon.Add(3*time.Hour), flag(false))
			mutate(noon.Add(4*time.Hour), flag(true))
			mutate(noon.Add(5*time.Hour), op{"op": "jira.unlink", "type": "Blocks", "from": "PLAT-2", "to": "PAY-2"})
			mutate(noon.Add(6*time.Hour), op{"op": "jira.link", "type": "Blocks", "from": "PLAT-2", "to": "PAY-2"})
			mutate(noon.Add(7*time.Hour), op{"op": "jira.move", "key": "PLAT-3", "project": "PAY", "newKey": "PAY-90"})
			again("changed")
			states("PAY-4", model.Transition{At: model.At(days(-30)), State: model.Todo},
				model.Transition{At: model.At(noon.Add(time.Hour)), State: model.Dropped}, model.Transition{At: model.At(noon.Add(2 * time.Hour)), State: model.Todo})
			if got := r.item(t, "PAY-12").Item.Signals; len(got) != 1 || got[0].At != model.At(noon.Add(4*time.Hour)) {
				t.Errorf("signals of PAY-12: %+v", got)
			}
			if got := blocked("PAY-2", "PLAT-2"); got != noon.Add(6*time.Hour) {
				t.Errorf("PLAT-2 blocks PAY-2 again since %v", got)
			}
			sweep(t, c, r)
			if j := s.step("idle sweep"); j.Requests != 0 {
				t.Errorf("an idle sweep took %d requests", j.Requests)
			}
		})
	}
}
