package github_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/github"
	"github.com/waitgraph/waitgraph/model"
)

// told is what projects tell of an item.
type told struct {
	State   model.State
	Status  string
	Points  float64
	Sprint  string
	Due     bool
	Signals []model.Signal
	Fields  map[string]string
}

func tells(it model.Item) told {
	t := told{State: it.State, Status: it.Status.String(), Sprint: it.Sprint.Value().Name, Due: !it.Due.IsZero() && it.Due.Day, Signals: it.Signals, Fields: it.Fields}
	if it.Points != nil {
		t.Points = *it.Points
	}
	return t
}

// TestScenarioProjects reads a project's fields beside everything else, for no
// more requests, and follows what changes in the project alone.
func TestScenarioProjects(t *testing.T) {
	scenario := filepath.Join(os.Getenv("WAITGRAPH_TRACKERSIM"), "scenarios", "acme.json")
	for _, kind := range []string{"ghec", "ghes"} {
		t.Run(kind, func(t *testing.T) {
			s := startSim(t, "--jira", "cloud", "--github", kind, "--scenario", scenario, "--github-auth", "bearer:secret")
			config := configure(s.GitHub, "secret", "acme/*")
			config.Projects = []github.Project{
				{Org: "acme", Number: 1, Fields: map[string]string{"points": "Points", "status": "Status", "sprint": "Sprint", "due": "Target"}},
				{Org: "acme", Number: 99, Fields: map[string]string{"points": "Points"}},
			}
			c, m := build(t, config, "secret", nil), newMemory(t)
			m.must(m.changes(c))
			s.journal("first sync")
			for _, p := range m.problems {
				t.Errorf("problem: %+v", p)
			}
			blocked(t, m, "acme/app#3", "acme/warehouse#2")

			statusBlocked := []model.Signal{{Kind: model.SignalStatus, Value: "Blocked"}}
			for key, want := range map[string]told{
				"acme/app#3":       {State: model.Todo, Status: "Blocked", Points: 5, Sprint: "Sprint 6", Due: true, Signals: statusBlocked},
				"acme/app#7":       {State: model.Todo, Status: "Todo", Points: 3, Sprint: "Sprint 6", Due: true},
				"acme/ledger#7":    {State: model.Doing, Status: "In Progress", Points: 5, Sprint: "Sprint 6", Due: true},
				"acme/warehouse#1": {State: model.Doing, Status: "In Progress", Points: 8, Due: true},
				"acme/warehouse#2": {State: model.Todo, Status: "Todo", Points: 8, Due: true},
				"acme/app#10":      {State: model.Doing, Status: "In Progress"},
				"acme/app#2":       {State: model.Todo, Status: "open"},
			} {
				if diff := cmp.Diff(want, tells(m.item(key).Item)); diff != "" {
					t.Errorf("%s: %s", key, diff)
				}
			}
			// Sprint 6 began a week before the scenario's start and has two weeks.
			first, due := m.item("acme/app#3").Item.Sprint.Value().End, m.item("acme/app#7").Item.Due // nine days after it
			if got := due.Time.Sub(first.Time); !first.Day || got != 3*24*time.Hour {
				t.Errorf("sprint ends %s, %s before %s", first, got, due)
			}

			wantScopes := []model.Scope{
				{Name: "orgs/acme/projects/1", Readable: true},
				{Name: "orgs/acme/projects/99", Error: "Could not resolve to a ProjectV2 with the number 99."},
			}
			if diff := cmp.Diff(wantScopes, m.site.Scopes[len(m.site.Scopes)-2:]); diff != "" {
				t.Errorf("scopes: %s", diff)
			}

			m.must(m.changes(c))
			if j := s.journal("idle poll"); j.Requests != 3 {
				t.Errorf("an idle poll of 3 repositories took %d requests", j.Requests)
			}
			s.Post("/_sim/mutate", []map[string]any{
				{"op": "github.projectitem", "project": 1, "issue": "app#7", "values": map[string]any{"Status": "In Progress", "Points": 13}},
				{"op": "github.projectitem", "project": 1, "issue": "app#2", "values": map[string]any{"Points": 2}},
			})
			m.must(m.sweep(c))
			if j, want := s.journal("sweep"), (len(m.open())+99)/100; j.Requests != want {
				t.Errorf("a sweep took %d requests, want %d", j.Requests, want)
			}
			for key, want := range map[string]told{
				"acme/app#7": {State: model.Doing, Status: "In Progress", Points: 13, Sprint: "Sprint 6", Due: true},
				"acme/app#2": {State: model.Todo, Status: "open", Points: 2},
			} {
				if diff := cmp.Diff(want, tells(m.item(key).Item)); diff != "" {
					t.Errorf("after the sweep, %s: %s", key, diff)
				}
			}
			blocked(t, m, "acme/app#3", "acme/warehouse#2")

			b, err := c.(connectors.Asker).Ask(t.Context(), []string{"acme/ledger#7"})
			m.must(err)
			if got := b.Items[0].Item; got.Points == nil || *got.Points != 5 {
				t.Errorf("asked for: %+v", got)
			}
			_, unmapped, err := c.(connectors.Checker).Check(t.Context())
			m.must(err)
			s.journal("ask and check")
			if len(unmapped) != 0 {
				t.Errorf("unmapped: %q", unmapped)
			}
		})
	}
	t.Run("a server without", func(t *testing.T) {
		s := startSim(t, "--jira", "cloud", "--github", "ghes", "--github-hide", "projects", "--scenario", scenario, "--github-auth", "bearer:secret")
		config := configure(s.GitHub, "secret", "acme/*")
		config.Projects = []github.Project{{Org: "acme", Number: 1, Fields: map[string]string{"points": "Points"}}}
		c, m := build(t, config, "secret", nil), newMemory(t)
		m.must(m.changes(c))
		m.must(m.sweep(c))
		s.journal("first sync and sweep")
		blocked(t, m, "acme/app#3", "acme/warehouse#2")
		want := model.Scope{Name: "orgs/acme/projects/1", Error: "the server's API has no projects"}
		if got := m.site.Scopes[len(m.site.Scopes)-1]; got != want {
			t.Errorf("scope %+v", got)
		}
	})
}
