package github_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/trackersim"
	"github.com/waitgraph/waitgraph/model"
)

// sim is a simulated GitHub.
type sim struct {
	*trackersim.Sim
	t *testing.T
}

func startSim(t *testing.T, args ...string) *sim {
	t.Helper()
	return &sim{trackersim.Start(t, os.Getenv(trackersim.Folder), args...), t}
}

// journal is what was asked since the last call; there must be no violations in it.
func (s *sim) journal(step string) trackersim.Journal { return s.Step("github", step) }

func data(name string) string { return trackersim.Data(os.Getenv(trackersim.Folder), name) }

func (s *sim) connector(token string, repositories ...string) connectors.Connector {
	s.t.Helper()
	return connect(s.t, s.GitHub, token, repositories...)
}

// TestArchive reads the pull requests of a real repository as they were at four moments.
func TestArchive(t *testing.T) {
	for _, mode := range []struct{ name, kind, auth, token string }{
		{"ghec with a token", "ghec", "bearer:secret", "secret"},
		{"ghes with a token", "ghes", "bearer:secret", "secret"},
		{"ghec anonymous", "ghec", "none", ""},
	} {
		t.Run(mode.name, func(t *testing.T) {
			s := startSim(t, "--github", mode.kind, "--github-data", data("github-pulls.jsonl.gz"),
				"--github-auth", mode.auth, "--as-of", "2014-06-01T00:00:00Z")
			const repo = "appcelerator/alloy"
			c, m := s.connector(mode.token, repo), newMemory(t)
			m.must(m.changes(c))
			s.journal("first sync")
			t.Log(m.states(), m.site)

			m.must(m.changes(c))
			if j := s.journal("idle poll"); mode.token != "" && j.Requests != 1 {
				t.Errorf("an idle poll took %d requests, want 1", j.Requests)
			}
			m.must(m.sweep(c))
			if j, most := s.journal("sweep"), (len(m.open())+99)/100; j.Requests > most {
				t.Errorf("a sweep of %d items took %d requests, want at most %d", len(m.open()), j.Requests, most)
			}
			for _, at := range []string{"2014-07-01T00:00:00Z", "2015-01-01T00:00:00Z", "2026-01-01T00:00:00Z"} {
				s.Post("/_sim/clock", map[string]string{"now": at})
				m.must(m.changes(c))
				s.journal("catch up to " + at)
				whole := newMemory(t)
				whole.must(whole.changes(s.connector(mode.token, repo)))
				s.journal("whole sync at " + at)
				if got, want := digest(m), digest(whole); got != want {
					t.Errorf("at %s: catching up gives\n%s\na whole sync\n%s", at, got, want)
				}
			}
			if n := len(m.items); n != 769 {
				t.Errorf("%d items in the end, want 769", n)
			}
		})
	}
}

// TestScenario follows a small organisation through everything that happens to issues.
func TestScenario(t *testing.T) {
	scenario := filepath.Join(os.Getenv("WAITGRAPH_TRACKERSIM"), "scenarios", "acme.json")
	for _, kind := range []string{"ghec", "ghes"} {
		t.Run(kind, func(t *testing.T) {
			s := startSim(t, "--jira", "cloud", "--github", kind, "--scenario", scenario, "--github-auth", "bearer:secret")
			c, m := s.connector("secret", "acme/*"), newMemory(t)
			m.must(m.changes(c))
			s.journal("first sync")
			t.Logf("%+v", m.site)
			blocked(t, m, "acme/app#3", "acme/warehouse#2")
			blocked(t, m, "acme/warehouse#2", "acme/warehouse#1")
			blocked(t, m, "acme/app#7", "acme/ledger#7")
			if got := m.item("acme/warehouse#4").Item.State; got != model.Dropped {
				t.Errorf("warehouse#4 is %s, want dropped", got)
			}
			for _, p := range m.problems {
				t.Errorf("problem: %+v", p)
			}

			m.must(m.changes(c))
			if j := s.journal("idle poll"); j.Requests != 3 {
				t.Errorf("an idle poll of 3 repositories took %d requests", j.Requests)
			}
			m.must(m.sweep(c))
			if j := s.journal("sweep"); j.Requests != 1 {
				t.Errorf("a sweep took %d requests, want 1", j.Requests)
			}

			// Dependencies do not touch the stamps: only a sweep sees them.
			s.Post("/_sim/clock", map[string]string{"advance": "72h"})
			m.must(m.changes(c))
			m.must(m.sweep(c))
			s.journal("three days later")
			blocked(t, m, "acme/app#12", "acme/app#5")
			if got := m.item("acme/ledger#7").Item.State; got != model.Done {
				t.Errorf("ledger#7 is %s, want done", got)
			}
			s.Post("/_sim/mutate", []map[string]any{
				{"op": "github.unblock", "issue": "app#12", "by": "app#5"},
				{"op": "github.delete", "issue": "app#9"},
				{"op": "github.transfer", "issue": "app#4", "to": "ledger"},
				{"op": "github.reopen", "issue": "ledger#7"},
				{"op": "github.comment", "issue": "ledger#4", "body": "Blocked by #7"},
			})
			app9, app4 := m.item("acme/app#9").Item.ID, m.item("acme/app#4").Item.ID
			m.must(m.changes(c))
			m.must(m.sweep(c))
			s.journal("mutations")
			blocked(t, m, "acme/app#12")
			if m.gone[app9] != model.Gone || m.gone[app4] != model.Gone {
				t.Errorf("the deleted and the transferred issue are not gone: %v", m.gone)
			}
			if got := m.item("acme/ledger#12").Item.Title; got != "Enter card by camera" {
				t.Errorf("the transferred issue is %q", got)
			}
			if got := m.item("acme/ledger#7").Item.State; got != model.Todo {
				t.Errorf("the reopened issue is %s", got)
			}

			// Renamed: items have new names, the old one is known.
			s.Post("/_sim/clock", map[string]string{"advance": "72h"})
			m.must(m.changes(c))
			s.journal("renamed")
			if got := m.item("acme/lake#2").Item.Project; got.String() != "acme/lake" {
				t.Errorf("the renamed repository's issue is in %s", got)
			}
			if !slices.ContainsFunc(m.site.Projects, func(p model.Project) bool {
				return p.Key == "acme/lake" && slices.Equal(p.Former, []string{"acme/warehouse"})
			}) {
				t.Errorf("projects %+v", m.site.Projects)
			}

			// No access: the scope says so, nothing is gone, the others go on.
			s.Post("/_sim/mutate", map[string]any{"op": "github.access", "repo": "ledger", "access": false})
			before := len(m.gone)
			m.must(m.changes(c))
			m.must(m.sweep(c))
			s.journal("access lost")
			if len(m.gone) != before {
				t.Errorf("lost access made items go: %v", m.gone)
			}
			i := slices.IndexFunc(m.site.Scopes, func(s model.Scope) bool { return s.Name == "acme/ledger" })
			if i < 0 || m.site.Scopes[i].Readable || m.site.Scopes[i].Error == "" {
				t.Errorf("scopes %+v", m.site.Scopes)
			}

			b, err := c.(connectors.Asker).Ask(t.Context(), []string{"acme/app#4", "acme/app#9", "acme/app#999", "acme/ledger#1", "acme/warehouse#1", "nobody/nothing#1", "PAY-1"})
			m.must(err)
			s.journal("ask")
			t.Logf("answers: %+v", b.Answers)

			known := m.open()
			census, err := c.(connectors.Censor).Census(t.Context(), known)
			m.must(err)
			s.journal("census")
			if len(census.Gone) != 0 || len(census.Native) != 2 {
				t.Errorf("census: gone %v in %d repositories", census.Gone, len(census.Native))
			}
			site, unmapped, err := c.(connectors.Checker).Check(t.Context())
			m.must(err)
			s.journal("check")
			t.Log(site, unmapped)
		})
	}
}

// blocked fails unless the issue's native blockers are exactly those.
func blocked(t *testing.T, m *memory, key string, by ...string) {
	t.Helper()
	var got []string
	for _, c := range m.item(key).Claims {
		if c.Kind == model.Blocks && c.Reverse && c.Origin == model.NativeDependency {
			got = append(got, c.Target.Key)
			if c.At.IsZero() || c.At > model.At(time.Now()) {
				t.Errorf("%s blocked by %s at %s", key, c.Target.Key, c.At)
			}
		}
	}
	if !slices.Equal(got, by) {
		t.Errorf("%s is blocked by %v, want %v", key, got, by)
	}
}

// TestScenarioAnonymous reads what can be read without a credential.
func TestScenarioAnonymous(t *testing.T) {
	scenario := filepath.Join(os.Getenv("WAITGRAPH_TRACKERSIM"), "scenarios", "acme.json")
	s := startSim(t, "--jira", "cloud", "--github", "ghec", "--scenario", scenario)
	c, m := s.connector("", "acme/*"), newMemory(t)
	m.must(m.changes(c))
	s.journal("first sync")
	for key, by := range map[string]string{"acme/app#3": "acme/warehouse#2", "acme/app#7": "acme/ledger#7"} {
		if !slices.ContainsFunc(m.item(key).Claims, func(c model.Claim) bool {
			return c.Kind == model.Blocks && c.Reverse && c.Target.Key == by && c.Origin == model.NativeDependency
		}) {
			t.Errorf("%s is not blocked by %s", key, by)
		}
	}
	m.must(m.changes(c))
	if j := s.journal("idle poll"); j.Requests > 2*3+3 {
		t.Errorf("an idle poll of 3 repositories took %d requests", j.Requests)
	}
	s.Post("/_sim/clock", map[string]string{"advance": "144h"})
	m.must(m.changes(c))
	s.journal("six days later")
	if got := m.item("acme/lake#2").Item.Project; got.String() != "acme/lake" {
		t.Errorf("the renamed repository's issue is in %s", got)
	}
	_, err := c.(connectors.Censor).Census(t.Context(), m.open())
	m.must(err)
	_, _, err = c.(connectors.Checker).Check(t.Context())
	m.must(err)
	b, err := c.(connectors.Asker).Ask(t.Context(), []string{"acme/warehouse#1", "acme/app#10", "acme/app#999", "no/body#1"})
	m.must(err)
	if len(b.Answers) != 4 || b.Answers[0].Found.Native == "" || b.Answers[1].Found.Native == "" || b.Answers[2].Reason != model.Gone || b.Answers[3].Reason != model.Forbidden {
		t.Errorf("answers: %+v", b.Answers)
	}
	s.journal("census, check and ask")
}

// TestOldServerScenario reads a server that lacks every newer feature.
func TestOldServerScenario(t *testing.T) {
	scenario := filepath.Join(os.Getenv("WAITGRAPH_TRACKERSIM"), "scenarios", "acme.json")
	s := startSim(t, "--jira", "cloud", "--github", "ghes", "--github-hide", "dependencies,sub_issues,types,projects", "--scenario", scenario, "--github-auth", "bearer:secret")
	c, m := s.connector("secret", "acme/*"), newMemory(t)
	m.must(m.changes(c))
	m.must(m.sweep(c))
	s.journal("first sync and sweep")
	text, err := os.ReadFile(scenario)
	m.must(err)
	var all struct{ GitHub struct{ Issues []any } }
	m.must(json.Unmarshal(text, &all))
	if got, want := len(m.items), len(all.GitHub.Issues); got != want {
		t.Errorf("%d items, want %d", got, want)
	}
	t.Logf("notes: %q", m.site.Notes)
}

// TestFaults reads through a server that fails now and then, and ends with the same facts.
func TestFaults(t *testing.T) {
	s := startSim(t, "--github", "ghec", "--github-data", data("github-pulls.jsonl.gz"), "--as-of", "2015-01-01T00:00:00Z", "--github-auth", "bearer:secret")
	const repo = "appcelerator/alloy"
	whole := newMemory(t)
	whole.must(whole.changes(s.connector("secret", repo)))
	s.journal("without faults")
	for _, faults := range []map[string]any{
		{"errorRate": 1, "status": 502, "times": 2},
		{"errorRate": 0.3},
		{"truncate": 0.3},
		{"malformed": 0.3},
		{"reset": 0.3},
		{"retryAfter": map[string]any{"status": 429, "seconds": 2}, "times": 1},
		{"secondary": map[string]any{"seconds": 2}, "times": 1},
	} {
		s.Post("/_sim/faults", map[string]any{"github": faults})
		c, m := s.connector("secret", repo), newMemory(t)
		tries := 1
		for ; tries < 50; tries++ {
			err := m.changes(c)
			if err == nil {
				break
			}
			t.Logf("%v: %v", faults, err)
		}
		s.journal(fmt.Sprintf("%v, %d tries", faults, tries))
		if got, want := digest(m), digest(whole); got != want {
			t.Errorf("%v: got %s, want %s", faults, got, want)
		}
	}
}
