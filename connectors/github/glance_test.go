package github_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/model"
)

// inMemory reaches the fake without a network, so that time can be simulated.
type inMemory struct{ *fake }

func (f inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	w.Flush()
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// Quiet repositories are glanced at together; only those that moved are read.
func TestGlance(t *testing.T) {
	f := newFake(t)
	api, web, ios := f.add("acme/api", 3, 2), f.add("acme/web", 0, 1), f.add("acme/ios", 1, 0)
	f.owners["acme"] = []string{"acme/api", "acme/web", "acme/ios"}
	synctest.Test(t, func(t *testing.T) {
		c, m := build(t, configure(f.url, "secret", "acme/api", "acme/web", "acme/ios"), "secret", inMemory{f}), newMemory(t)
		m.must(m.changes(c))
		step := func(name string, wait time.Duration, want ...string) {
			t.Helper()
			time.Sleep(wait)
			f.asked()
			m.must(m.changes(c))
			if diff := cmp.Diff(want, f.asked()); diff != "" {
				t.Errorf("%s: requests (-want +got):\n%s", name, diff)
			}
		}
		step("soon after", 2*time.Minute, "repository", "repository", "repository")
		step("quiet", 9*time.Minute, "glance")
		step("still quiet", 2*time.Minute, "glance")

		stamp := func(it object, at string) { it["updatedAt"] = at }
		stamp(api.issues[0], "2021-01-01T00:00:00Z")
		step("an issue moved", 2*time.Minute, "glance", "repository")
		step("it may not be alone", 2*time.Minute, "glance", "repository")
		stamp(web.pulls[0], "2021-01-02T00:00:00Z")
		step("a pull request moved", 20*time.Minute, "glance", "repository")
		if got := m.item("acme/web#1").Item.Updated; got.Time().Year() != 2021 {
			t.Errorf("the pull request is of %s", got)
		}

		ios.name = "acme/iphone"
		f.repos["acme/iphone"], f.renamed["acme/ios"] = ios, "acme/iphone"
		delete(f.repos, "acme/ios")
		ios.issues[0]["repository"] = object{"nameWithOwner": "acme/iphone"}
		// Its items have new names, so it is read from the start.
		step("a renamed one", 20*time.Minute, "glance", "repository", "repository")
		if got := m.item("acme/iphone#1").Item.Project; got.String() != "acme/iphone" {
			t.Errorf("the issue is in %s", got)
		}
		step("quiet under the new name", 20*time.Minute, "glance")

		delete(f.repos, "acme/web")
		step("one is lost", 20*time.Minute, "glance", "repository")
		if !slices.Contains(m.site.Scopes, model.Scope{Name: "acme/web", Error: "Could not resolve it."}) {
			t.Errorf("scopes %+v", m.site.Scopes)
		}
		step("it is looked for again", 2*time.Minute, "glance", "repository")
		f.repos["acme/web"] = web
		// The pass that failed is gone on with, and another follows.
		step("it is back", 2*time.Minute, "glance", "repository", "repository")
		step("all quiet", 20*time.Minute, "glance")

		f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, _ object) bool {
			if f.requests[len(f.requests)-1] != "glance" {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"data":{"r0":{"id":"R_acme/api","nameWithOwner":"acme/api","issues":{"nodes":[null]},"pullRequests":{"nodes":[]}},
				"r1":{"id":"R_acme/web","nameWithOwner":"acme/web","issues":null,"pullRequests":{"nodes":[]}},
				"r2":{"id":"R_other","nameWithOwner":"acme/iphone","issues":{"nodes":[]},"pullRequests":{"nodes":[]}}}}`))
			return true
		}
		step("a glance that tells nothing", 20*time.Minute, "glance", "repository", "repository", "repository")
		f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, _ object) bool {
			if f.requests[len(f.requests)-1] != "glance" {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"data":{"r0":null},"errors":[{"message":"Something went wrong","path":["r0","issues"]}]}`))
			return true
		}
		step("a broken glance", 20*time.Minute, "glance", "repository", "repository", "repository")
	})
}

// Many repositories take one request for each fifty.
func TestGlanceAtMany(t *testing.T) {
	f := newFake(t)
	for i := range 120 {
		name := "acme/r" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		f.add(name, 1, 1)
		f.owners["acme"] = append(f.owners["acme"], name)
	}
	synctest.Test(t, func(t *testing.T) {
		c, m := build(t, configure(f.url, "secret", "acme/*"), "secret", inMemory{f}), newMemory(t)
		m.must(m.changes(c))
		time.Sleep(11 * time.Minute)
		m.must(m.changes(c)) // lists them anew too
		time.Sleep(2 * time.Minute)
		f.asked()
		m.must(m.changes(c))
		if got := f.asked(); !slices.Equal(got, []string{"glance", "glance", "glance"}) {
			t.Errorf("an idle poll of 120 repositories took %d requests: %q", len(got), got)
		}
	})
}
