package github_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// respond answers queries that contain a text.
func respond(f *fake, text, body string) {
	f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, _ object) bool {
		if !strings.Contains(query, text) {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
		return true
	}
}

const insufficient = `{"data":null,"errors":[{"type":"INSUFFICIENT_SCOPES","message":"Your token has not been granted the required scopes"}]}`

func edges(t *testing.T, m *memory) {
	t.Helper()
	claims := m.item("acme/api#1").Claims
	if !slices.ContainsFunc(claims, func(c model.Claim) bool { return c.Origin == model.NativeDependency && c.Target.Key == "acme/web#1" }) {
		t.Errorf("the dependency is lost: %v", claims)
	}
	if len(m.states()) == 0 || len(m.items) != 5 {
		t.Errorf("%d items, want 5", len(m.items))
	}
}

// Projects that cannot be read are named once; all else is read.
func TestProjectsLost(t *testing.T) {
	scope := func(why string) model.Scope {
		return model.Scope{Name: "orgs/acme/projects/7", Readable: why == "", Error: why}
	}
	scopeOf := func(m *memory) model.Scope { return m.site.Scopes[len(m.site.Scopes)-1] }
	repository := func(f *fake, r *fakeRepo, problems ...any) string {
		b, err := json.Marshal(object{"errors": problems, "data": object{"repository": object{
			"id": r.id, "nameWithOwner": r.name, "url": "https://github.example/acme/api",
			"issues": window(r.issues, 100, nil), "pullRequests": window(r.pulls, 100, nil),
		}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}

	t.Run("a wrong number", func(t *testing.T) {
		f, _ := withProjects(t)
		p := roadmap()
		p.Number = 8
		c, m := build(t, projectConfig(f, p), "secret", nil), newMemory(t)
		m.must(m.changes(c))
		edges(t, m)
		if diff := cmp.Diff([]model.Scope{{Name: "acme/api", Readable: true}, {Name: "orgs/acme/projects/8", Error: "Could not resolve it."}}, m.site.Scopes); diff != "" {
			t.Errorf("scopes: %s", diff)
		}
		f.asked()
		respond(f, "projectItems", "no query asks for what nobody may see")
		m.must(m.changes(c))
		m.must(m.sweep(c))
		// The far issue is on no server: it is looked for by name.
		if diff := cmp.Diff([]string{"repository", "nodes", "find"}, f.asked()); diff != "" {
			t.Errorf("requests: %s", diff)
		}
		for _, b := range m.batches {
			if b.Site != nil {
				t.Errorf("told again: %+v", b.Site)
			}
		}
	})
	t.Run("a token without the scope", func(t *testing.T) {
		f, _ := withProjects(t)
		respond(f, "projectV2", insufficient)
		c, m := build(t, projectConfig(f, roadmap()), "secret", nil), newMemory(t)
		m.must(m.changes(c))
		edges(t, m)
		if got, want := scopeOf(m), scope("Your token has not been granted the required scopes"); got != want {
			t.Errorf("scope %+v, want %+v", got, want)
		}
		site, _, err := c.(connectors.Checker).Check(t.Context())
		if err != nil || site.Scopes[1].Readable {
			t.Errorf("check: %v, %+v", err, site.Scopes)
		}
	})
	t.Run("a scope that is taken away", func(t *testing.T) {
		f, r := withProjects(t)
		r.issues[0]["on"] = map[string]object{"PVT_7": {"Estimate": object{"number": 3}}}
		c, m := build(t, projectConfig(f, roadmap()), "secret", nil), newMemory(t)
		m.must(m.changes(c))
		if got := m.item("acme/api#1").Item.Points; got == nil || *got != 3 {
			t.Errorf("points %v", got)
		}
		respond(f, "project", insufficient)
		m.must(m.sweep(c))
		m.must(m.changes(c))
		edges(t, m)
		if got, want := scopeOf(m), scope("Your token has not been granted the required scopes"); got != want {
			t.Errorf("scope %+v, want %+v", got, want)
		}
		// Given back, the next census finds it.
		f.meddle = nil
		_, err := c.(connectors.Censor).Census(t.Context(), m.open())
		m.must(err)
		m.must(m.sweep(c))
		m.must(m.changes(c))
		if got := m.item("acme/api#1").Item.Points; got == nil || scopeOf(m) != scope("") {
			t.Errorf("points %v, scope %+v", got, scopeOf(m))
		}
	})
	t.Run("an answer that is cut", func(t *testing.T) {
		f, r := withProjects(t)
		r.issues[0]["on"] = map[string]object{"PVT_7": {"Estimate": object{"number": 3}}}
		respond(f, "projectV2", `{"data":{"p0"`)
		c, m := build(t, projectConfig(f, roadmap()), "secret", nil), newMemory(t)
		m.must(m.changes(c))
		edges(t, m)
		if got := scopeOf(m); got.Readable || got.Error == "" {
			t.Errorf("scope %+v", got)
		}
		f.meddle = nil // is asked again by the next pass
		m.must(m.changes(c))
		m.must(m.sweep(c))
		if got := m.item("acme/api#1").Item.Points; got == nil || scopeOf(m) != scope("") {
			t.Errorf("points %v, scope %+v", got, scopeOf(m))
		}
	})
	t.Run("projects nobody asked for", func(t *testing.T) {
		f, r := withProjects(t)
		r.issues[0]["projectItems"] = object{"nodes": []any{nil}}
		body := repository(f, r, absent("FORBIDDEN", "repository", "issues", "nodes", 0, "projectItems", "nodes", 0, "project"))
		respond(f, "$since", body)
		m := newMemory(t)
		m.must(m.changes(build(t, projectConfig(f, roadmap()), "secret", nil)))
		edges(t, m)
		if len(m.problems)+len(m.site.Notes) != 0 {
			t.Errorf("problems %v, notes %q", m.problems, m.site.Notes)
		}
	})
	t.Run("projects of some items", func(t *testing.T) {
		for _, test := range []struct{ name, kind string }{{"forbidden", "FORBIDDEN"}, {"broken", ""}} {
			f, r := withProjects(t)
			r.issues[0]["projectItems"] = nil
			respond(f, "$since", repository(f, r, absent(test.kind, "repository", "issues", "nodes", 0, "projectItems")))
			c, m := build(t, projectConfig(f, roadmap()), "secret", nil), newMemory(t)
			m.must(m.changes(c))
			edges(t, m)
			if diff := cmp.Diff([]string{"the projects of some items could not be read: Could not resolve it."}, m.site.Notes); diff != "" {
				t.Errorf("%s: %s", test.name, diff)
			}
			f.meddle = nil
			m.must(m.changes(c))
			if len(m.site.Notes) != 0 {
				t.Errorf("%s: afterwards the notes are %q", test.name, m.site.Notes)
			}
		}
	})
	t.Run("items taken along by their projects", func(t *testing.T) {
		for name, path := range map[string][]any{
			"one":  {"repository", "issues", "nodes", 0, "projectItems"},
			"page": {"repository", "issues", "nodes", 0, "projectItems", "nodes", 0, "f0"},
		} {
			f, r := withProjects(t)
			whole := r.issues[0]
			r.issues[0] = nil
			lost := repository(f, r, absent("", path...))
			r.issues[0] = whole
			if name == "page" {
				lost = strings.Replace(lost, `"repository":{`, `"repository":null,"was":{`, 1)
			}
			respond(f, "projectItems", lost)
			m := newMemory(t)
			m.must(m.changes(build(t, projectConfig(f, roadmap()), "secret", nil)))
			edges(t, m)
			if len(m.site.Notes) != 1 {
				t.Errorf("%s: notes %q", name, m.site.Notes)
			}
			if diff := cmp.Diff([]string{"__type", "organization", "repository", "repository"}, f.asked()); diff != "" {
				t.Errorf("%s: requests: %s", name, diff)
			}
		}
	})
	t.Run("broken project items", func(t *testing.T) {
		f, r := withProjects(t)
		r.issues[0]["projectItems"] = object{"nodes": []any{object{"project": 7}, object{"project": object{"id": "PVT_7"}, "f0": object{"number": "five"}}}}
		r.issues[1]["projectItems"] = "none"
		r.issues[2]["projectItems"] = object{"nodes": []any{}, "pageInfo": object{"hasNextPage": true}}
		respond(f, "$since", repository(f, r))
		m := newMemory(t)
		m.must(m.changes(build(t, projectConfig(f, roadmap()), "secret", nil)))
		edges(t, m)
		var where []string
		for _, p := range m.problems {
			where = append(where, p.Where)
		}
		if diff := cmp.Diff([]string{"acme/api#1 projects", "acme/api#2 projects", "acme/api#3 projects"}, where); diff != "" {
			t.Errorf("problems: %s", diff)
		}
	})
}
