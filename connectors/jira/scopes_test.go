package jira_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// An unreadable project is told and the others are read.
func TestScopes(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.fill(3, 1)
		f.add("50", "SEC-1", time.Hour, nil)
		c, r := f.connect(func(c *jira.Config) { c.Projects = []string{"SEC", "PAY"} }), newRecord()
		r.poll(t, c)
		if r.keys() != "PAY-1 PAY-2 PAY-3" {
			t.Errorf("read %s", r.keys())
		}
		if s := r.site.Scopes; len(s) != 2 || s[0].Name != "SEC" || s[0].Readable || s[0].Error == "" || !s[1].Readable {
			t.Errorf("scopes %+v", s)
		}
		// The other one is lost, too, and the poll says so.
		f.projects = nil
		err := r.try(t, c, -1)
		var scope *connectors.ScopeError
		if !errors.As(err, &scope) || r.site.Scopes[1].Readable {
			t.Errorf("error %v, scopes %+v", err, r.site.Scopes)
		}
		// Both come back: what joined is read from its beginning.
		f.projects = []map[string]any{{"key": "PAY", "projectKeys": []string{"OLD", "PAY"}}, {"key": "SEC"}}
		r.poll(t, c)
		if r.keys() != "PAY-1 PAY-2 PAY-3 SEC-1" {
			t.Errorf("read %s", r.keys())
		}
		want := &model.Site{
			Hosts:    []string{"acme.example/jira"},
			Projects: []model.Project{{Key: "PAY", Former: []string{"OLD"}}, {Key: "SEC"}},
			Scopes:   []model.Scope{{Name: "SEC", Readable: true}, {Name: "PAY", Readable: true}},
			Product:  "Jira Data Center 10.3.24",
			// in the site's order, which ranks those the config does not
			Priorities: []string{"Highest", "Someday"},
			Unmapped:   []string{`status "Parked" has no category and is read as todo: map it under status`},
		}
		if f.cloud {
			want.Product = "Jira Cloud"
			want.Notes = []string{"without credentials the site does not give histories in bulk: they are not read"}
		}
		if d := cmp.Diff(want, r.site); d != "" {
			t.Errorf("site (-want +got):\n%s", d)
		}
	})
}

// A project that appears is found with the next sweep, and read from its
// beginning; while all are there a sweep does not look.
func TestProjectAppears(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.fill(3, 1)
		f.add("50", "SEC-1", 48*time.Hour, nil)
		c, r := f.connect(func(c *jira.Config) { c.Projects = []string{"SEC", "PAY"} }), newRecord()
		r.poll(t, c)
		f.projects = []map[string]any{{"key": "PAY"}, {"key": "SEC"}}
		sweep(t, c, r)
		r.poll(t, c)
		if r.keys() != "PAY-1 PAY-2 PAY-3 SEC-1" {
			t.Errorf("read %s", r.keys())
		}
		if s := r.site.Scopes; len(s) != 2 || !s[0].Readable {
			t.Errorf("scopes %+v", s)
		}
		f.requests()
		sweep(t, c, r)
		for _, q := range f.requests() {
			if strings.Contains(q, "project") || strings.Contains(q, "serverInfo") {
				t.Errorf("a sweep asked %s", q)
			}
		}
	})
}

// A query the site does not understand is an error of that scope.
func TestQueryScope(t *testing.T) {
	f := newFake(t, false)
	f.intercept = func(r *http.Request, body string) *http.Response {
		if searching(r) && strings.Contains(body, "(colour = red)") {
			return reply(400, "application/json", `{"errorMessages":["Field 'colour' does not exist."]}`)
		}
		return nil
	}
	err := newRecord().try(t, f.connect(func(c *jira.Config) { c.Projects, c.JQL = nil, "colour = red" }), -1)
	var scope *connectors.ScopeError
	if !errors.As(err, &scope) || scope.Scope != "colour = red" || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("error %v", err)
	}
}

// A config that reads issues differently, or a project that joins, reads all again.
func TestCursorKnowsItsConfig(t *testing.T) {
	f := newFake(t, false)
	f.fill(3, 1)
	r := newRecord()
	r.poll(t, f.connect(nil))
	for name, change := range map[string]func(*jira.Config){
		"same":   nil,
		"fewer":  func(c *jira.Config) { c.Projects = []string{"PAY"} },
		"joined": func(c *jira.Config) { c.Projects = append(c.Projects, "OPS") },
		"links":  func(c *jira.Config) { c.Links = map[string]jira.Role{"gates": "blocks"} },
		"query":  func(c *jira.Config) { c.JQL = "type = Bug" },
	} {
		again := newRecord()
		again.cursor = r.cursor
		again.poll(t, f.connect(change))
		want := 3
		if name == "same" || name == "fewer" {
			want = 0
		}
		if len(again.items) != want {
			t.Errorf("%s: %d items again, want %d", name, len(again.items), want)
		}
	}
	for _, cursor := range []string{"", "x", "{}", `{"v":2}`, `[]`, `{"v":1,"tail":"a"}`} {
		again := newRecord()
		again.cursor = cursor
		again.poll(t, f.connect(nil))
		if len(again.items) != 3 {
			t.Errorf("cursor %q: %d items", cursor, len(again.items))
		}
	}
}
