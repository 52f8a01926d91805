package github_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/github"
	"github.com/waitgraph/waitgraph/model"
)

var stamp = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func projectKey(login, number any) string { return fmt.Sprintf("%v/%v", login, number) }

// roadmap and list are the projects of withProjects as configured.
func roadmap() github.Project {
	return github.Project{Org: "acme", Number: 7, Fields: map[string]string{"points": "Estimate", "status": "Status", "sprint": "Iteration", "due": "Target date"}}
}

func list() github.Project {
	return github.Project{User: "ana", Number: 3, Fields: map[string]string{"points": "Size", "status": "State", "note": `Note "of" \ ana`}}
}

// TestProjectFields converts what projects tell of issues and pull requests.
func TestProjectFields(t *testing.T) {
	no, yes := false, true
	day := func(s string) model.Date {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return model.Date{Time: model.At(at), Day: true}
	}
	points := func(f float64) *float64 { return &f }
	signal := func(s string) []model.Signal { return []model.Signal{{Kind: model.SignalStatus, Value: s}} }
	name := func(s string) object { return object{"name": s} }
	for _, test := range []struct {
		name   string
		change object // of the issue or pull request
		on     map[string]object
		config map[string]github.Status
		want   model.Item // only what projects tell
	}{
		{
			name: "on none", on: map[string]object{"PVT_other": {"Estimate": object{"number": 3}}},
			want: model.Item{State: model.Todo, Status: model.WordOf("open")},
		},
		{
			name: "everything",
			on: map[string]object{"PVT_7": {
				"Status": name("🏗 In progress"), "Estimate": object{"number": 2.5}, "Target date": object{"date": "2026-03-10"},
				"Iteration": object{"title": "Sprint 6", "startDate": "2026-02-23", "duration": 14},
			}},
			want: model.Item{
				State: model.Doing, Status: model.WordOf("🏗 In progress"), Points: points(2.5), Due: day("2026-03-10"),
				Sprint: &model.Span{Name: "Sprint 6", End: day("2026-03-08")},
			},
		},
		{
			name: "the first project wins per field",
			on: map[string]object{
				"PVT_3": {"State": name("Doing"), "Size": object{"number": 8}, `Note "of" \ ana`: object{"text": "see Ben"}},
				"PVT_7": {"Status": name("Todo"), "Estimate": nil},
			},
			want: model.Item{State: model.Todo, Status: model.WordOf("Todo"), Points: points(8), Fields: map[string]string{"note": "see Ben"}},
		},
		{
			name: "no points are a value",
			on:   map[string]object{"PVT_7": {"Estimate": object{"number": 0}}, "PVT_3": {"Size": object{"number": 8}}},
			want: model.Item{State: model.Todo, Status: model.WordOf("open"), Points: points(0)},
		},
		{
			name: "fields of the issue's own",
			on: map[string]object{"PVT_7": {
				"Estimate":    object{"issueFieldValue": object{"number": 5}},
				"Target date": object{"issueFieldValue": object{"date": "2026-03-10"}},
				"Status":      object{"issueFieldValue": name("In Review")},
			}},
			want: model.Item{State: model.Doing, Status: model.WordOf("In Review"), Points: points(5), Due: day("2026-03-10")},
		},
		{
			name: "values of other types",
			on: map[string]object{"PVT_7": {
				"Estimate": object{"text": "5"}, "Status": object{"number": 1}, "Iteration": object{}, "Target date": object{"date": "soon"},
			}},
			want: model.Item{State: model.Todo, Status: model.WordOf("open")},
		},
		{
			name: "an iteration without days", on: map[string]object{"PVT_7": {"Iteration": object{"title": "Later", "startDate": "?"}}},
			want: model.Item{State: model.Todo, Status: model.WordOf("open"), Sprint: &model.Span{Name: "Later"}},
		},
		{
			name: "blocked", on: map[string]object{"PVT_7": {"Status": name(" BLOCKED")}},
			want: model.Item{State: model.Todo, Status: model.WordOf(" BLOCKED"), Signals: signal(" BLOCKED")},
		},
		{
			name: "blocked is only part of the name", on: map[string]object{"PVT_7": {"Status": name("Blocked by review")}},
			want: model.Item{State: model.Todo, Status: model.WordOf("Blocked by review")},
		},
		{
			name: "blocked means nothing here", on: map[string]object{"PVT_7": {"Status": name("Blocked")}},
			config: map[string]github.Status{"blocked": {State: "doing", Blocked: &no}},
			want:   model.Item{State: model.Doing, Status: model.WordOf("Blocked")},
		},
		{
			name: "a status the config names", on: map[string]object{"PVT_7": {"Status": name("Waiting")}},
			config: map[string]github.Status{"Waiting": {State: "doing", Blocked: &yes}},
			want:   model.Item{State: model.Doing, Status: model.WordOf("Waiting"), Signals: signal("Waiting")},
		},
		{
			name: "done does not close", on: map[string]object{"PVT_7": {"Status": name("Done")}},
			want: model.Item{State: model.Todo, Status: model.WordOf("Done")},
		},
		{
			name: "done closes if the config says so", on: map[string]object{"PVT_7": {"Status": name("Done")}},
			config: map[string]github.Status{"Done": {State: "done"}},
			want:   model.Item{State: model.Done, Status: model.WordOf("Done")},
		},
		{
			name: "closed stays closed", change: object{"state": "CLOSED", "stateReason": "COMPLETED", "closedAt": "2020-01-02T00:00:00Z"},
			on:   map[string]object{"PVT_7": {"Status": name("In Progress")}},
			want: model.Item{State: model.Done, Status: model.WordOf("In Progress"), Resolution: model.WordOf("completed")},
		},
		{
			name: "closed without delivery", change: object{"state": "CLOSED", "stateReason": "COMPLETED", "closedAt": "2020-01-02T00:00:00Z"},
			on:     map[string]object{"PVT_7": {"Status": name("Waiting")}},
			config: map[string]github.Status{"Waiting": {State: "dropped"}},
			want:   model.Item{State: model.Dropped, Status: model.WordOf("Waiting"), Resolution: model.WordOf("completed")},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, r := withProjects(t)
			r.issues[1]["on"], r.pulls[0]["on"] = test.on, test.on
			for k, v := range test.change {
				r.issues[1][k] = v
			}
			first := roadmap()
			first.Status = test.config
			m := newMemory(t)
			m.must(m.changes(build(t, projectConfig(f, first, list()), "secret", nil)))
			if len(m.problems) > 0 {
				t.Errorf("problems: %v", m.problems)
			}
			it := m.item("acme/api#2").Item
			got := model.Item{
				State: it.State, Status: it.Status, Resolution: it.Resolution, Points: it.Points, Due: it.Due,
				Sprint: it.Sprint, Signals: it.Signals, Fields: it.Fields,
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if it.HistoryKnown && it.History[len(it.History)-1].State.Open() != it.State.Open() {
				t.Errorf("state %s has history %v", it.State, it.History)
			}
			pull := m.item("acme/api#4").Item
			if diff := cmp.Diff(test.want.Points, pull.Points); diff != "" {
				t.Errorf("pull request: %s", diff)
			}
			if !pull.State.Open() && test.want.State.Open() || pull.State == model.Todo && test.want.Status.String() != "Todo" {
				t.Errorf("pull request is %s, the issue %s", pull.State, test.want.State)
			}
		})
	}
}

// A history stands where a project's status only says that work has begun.
func TestProjectHistory(t *testing.T) {
	f, r := withProjects(t)
	for _, it := range r.issues {
		it["timelineItems"] = object{"pageInfo": object{}, "nodes": []any{}}
	}
	r.issues[0]["on"] = map[string]object{"PVT_7": {"Status": object{"name": "In Progress"}}}
	r.issues[1]["on"] = map[string]object{"PVT_7": {"Status": object{"name": "Done"}}}
	first := roadmap()
	first.Status = map[string]github.Status{"Done": {State: "done"}}
	m := newMemory(t)
	m.must(m.changes(build(t, projectConfig(f, first), "secret", nil)))
	one, two := m.item("acme/api#1").Item, m.item("acme/api#2").Item
	if want := []model.Transition{{At: one.Created, State: model.Todo}}; !one.HistoryKnown || !slices.Equal(one.History, want) {
		t.Errorf("history %v, want %v", one.History, want)
	}
	if two.HistoryKnown || two.History != nil {
		t.Errorf("an item that only a project closed has history %v", two.History)
	}
}

// TestCheckProjects tells what config and projects do not have in common.
func TestCheckProjects(t *testing.T) {
	f, _ := withProjects(t)
	first, second := roadmap(), list()
	first.Fields = map[string]string{"points": "Estimates", "status": "Status", "sprint": "Target date", "labels": "Labels"}
	first.Status = map[string]github.Status{"On hold": {State: "doing"}}
	site, unmapped, err := build(t, projectConfig(f, first, second), "secret", nil).(connectors.Checker).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantScopes := []model.Scope{{Name: "acme/api", Readable: true}, {Name: "orgs/acme/projects/7", Readable: true}, {Name: "users/ana/projects/3", Readable: true}}
	if diff := cmp.Diff(wantScopes, site.Scopes); diff != "" {
		t.Errorf("scopes: %s", diff)
	}
	wantNotes := []string{
		`field "Labels" of orgs/acme/projects/7 cannot tell labels: it is of type labels`,
		`orgs/acme/projects/7 has no field "Estimates" for points`,
		`field "Target date" of orgs/acme/projects/7 cannot tell sprint: it is of type date`,
	}
	if diff := cmp.Diff(wantNotes, site.Notes); diff != "" {
		t.Errorf("notes: %s", diff)
	}
	wantUnmapped := []string{
		`status "Waiting" of orgs/acme/projects/7 says nothing of an item's state: name it in the project's status if it should`,
		`field "Estimate" of orgs/acme/projects/7, of type number, is not read: name it in the project's fields if it should be`,
		`field "Iteration" of orgs/acme/projects/7, of type iteration, is not read: name it in the project's fields if it should be`,
		`status names "On hold", which orgs/acme/projects/7 does not have`,
	}
	if diff := cmp.Diff(wantUnmapped, unmapped); diff != "" {
		t.Errorf("unmapped: %s", diff)
	}
}

// TestProjectCost holds the queries to GitHub's limits, and the price of reading
// projects to the one list they are.
func TestProjectCost(t *testing.T) {
	type cost struct{ Nodes, Points int }
	measured := func(projects ...github.Project) map[string]cost {
		f, _ := withProjects(t)
		costs := map[string]cost{}
		f.meddle = func(_ http.ResponseWriter, _ *http.Request, query string, v object) bool {
			doc, errs := gqlparser.LoadQueryWithRules(f.schema, query, rules.NewDefaultRules())
			if errs != nil {
				t.Fatal(errs)
			}
			for name, kind := range map[string]string{"changes": "$since", "sweep": "nodes(ids", "projects": "projectV2("} {
				if strings.Contains(query, kind) {
					n, p := measure(doc, v)
					costs[name] = cost{n, p}
				}
			}
			return false
		}
		c := build(t, projectConfig(f, projects...), "secret", nil)
		m := newMemory(t)
		m.must(m.changes(c))
		var open []*model.Record
		for i := range 100 {
			open = append(open, &model.Record{Item: model.Item{ID: model.ID{Tracker: model.WordOf("gh"), Native: fmt.Sprint(i)}, Key: "acme/api#1", State: model.Todo}})
		}
		for _, err := range c.(connectors.Sweeper).Sweep(t.Context(), open) {
			m.must(err)
		}
		return costs
	}
	without, with := measured(), measured(roadmap(), list())
	t.Logf("without projects %v, with two %v", without, with)
	for name, c := range with {
		if c.Nodes > 500_000 {
			t.Errorf("%s may touch %d nodes, GitHub allows 500000", name, c.Nodes)
		}
		// One list more for each of 100 issues and 100 pull requests.
		if c.Points > without[name].Points+2 {
			t.Errorf("%s costs %d points, without projects %d", name, c.Points, without[name].Points)
		}
	}
	if len(with) != 3 || len(without) != 2 {
		t.Errorf("with %v, without %v", with, without)
	}
}
