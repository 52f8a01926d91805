package github_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// Answers that are not what they should be are errors and change nothing.
func TestBadAnswers(t *testing.T) {
	good := `{"data":{"repository":{"id":"R","nameWithOwner":"acme/api","url":"https://github.example/acme/api","issues":{"nodes":[]},"pullRequests":{"nodes":[]}}}}`
	for _, test := range []struct {
		name, contentType, body string
		status                  int
		want                    string // reason
	}{
		{"a login page", "text/html", "<html>Sign in</html>", 200, "answer"},
		{"cut JSON", "application/json", good[:80], 200, "answer"},
		{"trailing page", "application/json", good[:80] + "<html>Bad Gateway</html>", 200, "answer"},
		{"another shape", "application/json", `{"data":{"repository":[]}}`, 200, "answer"},
		{"null", "application/json", `null`, 200, "answer"},
		{"no data", "application/json", `{"data":null}`, 200, "answer"},
		{"no lists", "application/json", `{"data":{"repository":{"id":"R","nameWithOwner":"acme/api"}}}`, 200, "answer"},
		{"errors beside data", "application/json", strings.Replace(good, `{"data"`, `{"errors":[{"message":"Something went wrong","path":["repository","issues"]}],"data"`, 1), 200, "answer"},
		{"unknown field", "application/json", `{"errors":[{"message":"Field 'blockedBy' doesn't exist on type 'Issue'","path":["query","blockedBy"],"extensions":{"code":"undefinedField"}}]}`, 200, "answer"},
		{"refused credential", "application/json", `{"message":"Bad credentials"}`, 401, "auth"},
		{"not there", "application/json", `{"message":"Not Found"}`, 404, "status"},
		{"repository not there", "application/json", `{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"message":"Could not resolve"}]}`, 200, "scope"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.add("acme/api", 1, 1)
			bad := false
			f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, _ object) bool {
				if !bad || strings.Contains(query, "__type(") {
					return false
				}
				w.Header().Set("Content-Type", test.contentType)
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
				return true
			}
			c, m := connect(t, f.url, "secret", "acme/api"), newMemory(t)
			m.must(m.changes(c))
			before := digest(m)
			bad = true
			err := m.changes(c)
			if got := connectors.Reason(err); err == nil || got != test.want {
				t.Errorf("%v is %q, want %q", err, got, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the secret: %v", err)
			}
			if got := digest(m); got != before {
				t.Errorf("facts changed from %s to %s", before, got)
			}
			bad = false
			m.must(m.changes(c))
		})
	}
}

// Limits are told with the time after which to ask again.
func TestLimits(t *testing.T) {
	reset := time.Now().Add(time.Hour).Truncate(time.Second)
	f := newFake(t)
	f.add("acme/api", 1, 1)
	f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, _ object) bool {
		if strings.Contains(query, "__type(") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", fmt.Sprint(reset.Unix()))
		_, _ = w.Write([]byte(`{"errors":[{"type":"RATE_LIMITED","message":"API rate limit already exceeded"}]}`))
		return true
	}
	err := newMemory(t).changes(connect(t, f.url, "secret", "acme/api"))
	var limit *connectors.LimitError
	if !errors.As(err, &limit) {
		t.Fatalf("got %v, want a limit", err)
	}
	if d := limit.Until.Sub(reset).Abs(); d > 5*time.Second {
		t.Errorf("until %s, want %s", limit.Until, reset)
	}
}

// A list whose pages lead back to one that was read ends with an error.
func TestPagesThatRepeat(t *testing.T) {
	for _, ends := range [][]string{{"x"}, {"x", "y"}, {""}} {
		t.Run(strings.Join(ends, " "), func(t *testing.T) {
			f := newFake(t)
			f.add("acme/api", 1, 1)
			n := 0
			f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, _ object) bool {
				if strings.Contains(query, "__type(") {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				page := object{"nodes": []any{}, "pageInfo": object{"hasNextPage": true, "endCursor": ends[n%len(ends)]}}
				n++
				_ = json.NewEncoder(w).Encode(object{"data": object{"repository": object{
					"id": "R", "nameWithOwner": "acme/api", "url": "https://github.example/acme/api", "issues": page, "pullRequests": page,
				}}})
				return true
			}
			err := newMemory(t).changes(connect(t, f.url, "secret", "acme/api"))
			var answer *connectors.AnswerError
			if !errors.As(err, &answer) || n > 10 {
				t.Errorf("%v after %d requests", err, n)
			}
		})
	}
}

// One broken item is named and skipped; the rest of its page is kept.
func TestBrokenItems(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 6, 1)
	r.issues[0]["number"] = "one"
	r.issues[1]["updatedAt"] = "2020-01-01T02:00:00Z"
	r.issues[1]["state"] = "ODD"
	r.issues[2]["title"] = object{}
	r.issues[3]["blockedBy"] = object{"nodes": []any{nil, item("acme/web", 1, time.Now())}}
	r.issues[4]["parent"] = object{}
	m := newMemory(t)
	m.must(m.changes(connect(t, f.url, "secret", "acme/api")))
	if diff := cmp.Diff([]string{"acme/api#4", "acme/api#5", "acme/api#6", "acme/api#7", "acme/web#1"}, keys(m)); diff != "" {
		t.Errorf("items: %s", diff)
	}
	var where []string
	for _, p := range m.problems {
		where = append(where, p.Where)
	}
	slices.Sort(where)
	want := []string{"I_acme/api_1", "acme/api#2", "acme/api#3", "acme/api#4 blocked by[0]", "acme/api#5 parent[0]"}
	if diff := cmp.Diff(want, where); diff != "" {
		t.Errorf("problems: %s", diff)
	}
	// What could not be read is not gone.
	if got := m.item("acme/api#4").Keeps; !slices.Equal(got, []model.Origin{model.NativeDependency}) {
		t.Errorf("keeps %v", got)
	}
	if got := m.item("acme/api#5").Keeps; !slices.Equal(got, []model.Origin{model.SubIssue}) {
		t.Errorf("keeps %v", got)
	}
}

// Elements the account may not see come as null with an error of their own.
func TestForbiddenElements(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 3, 0)
	r.issues[0]["blockedBy"] = object{"nodes": []any{nil}}
	r.issues[1]["parent"] = nil
	f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, v object) bool {
		if !strings.Contains(query, "$since") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(object{
			"data": object{"repository": object{
				"id": "R", "nameWithOwner": "acme/api", "url": "https://github.example/acme/api",
				"issues": window(r.issues, 100, nil), "pullRequests": window(nil, 100, nil),
			}},
			"errors": []any{
				absent("FORBIDDEN", "repository", "issues", "nodes", 0, "blockedBy", "nodes", 0, "repository"),
				absent("FORBIDDEN", "repository", "issues", "nodes", 1, "parent"),
			},
		})
		return true
	}
	m := newMemory(t)
	m.must(m.changes(connect(t, f.url, "secret", "acme/api")))
	if len(m.items) != 3 || len(m.problems) != 2 {
		t.Errorf("%d items, problems %v", len(m.items), m.problems)
	}
	if got := m.item("acme/api#2").Keeps; !slices.Equal(got, []model.Origin{model.SubIssue}) {
		t.Errorf("keeps %v", got)
	}
}

// Own lists longer than a page are read to their end.
func TestLongLists(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 1, 1)
	far := func(from, n int) object {
		var all []any
		for i := range n {
			all = append(all, item("acme/web", from+i, time.Now()))
		}
		return object{"nodes": all, "pageInfo": object{"hasNextPage": true, "endCursor": "next"}}
	}
	r.issues[0]["blockedBy"], r.issues[0]["blocking"], r.issues[0]["subIssues"] = far(1, 2), far(3, 2), far(5, 2)
	pulls := far(7, 2)
	for _, p := range pulls["nodes"].([]any) {
		asPull(p.(object))
	}
	r.issues[0]["closedByPullRequestsReferences"] = pulls
	r.pulls[0]["closingIssuesReferences"] = far(9, 2)
	next := 100
	f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, v object) bool {
		if !strings.Contains(query, "more:") {
			return false
		}
		next++
		it := item("acme/web", next, time.Now())
		if strings.Contains(query, "closedBy") {
			asPull(it)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(object{"data": object{"node": object{"more": object{"nodes": []any{it}, "pageInfo": object{}}}}})
		return true
	}
	m := newMemory(t)
	m.must(m.changes(connect(t, f.url, "secret", "acme/api")))
	if got := len(m.item("acme/api#1").Claims); got != 12 {
		t.Errorf("the issue makes %d claims, want 12", got)
	}
	if got := len(m.item("acme/api#2").Claims); got != 3 {
		t.Errorf("the pull request makes %d claims, want 3", got)
	}
}

// A server that gives up on large pages is asked for smaller ones.
func TestOverload(t *testing.T) {
	f := newFake(t)
	f.add("acme/api", 120, 120)
	f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, v object) bool {
		if n, ok := v["issues"].(float64); !ok || n <= 30 {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(object{"data": object{"repository": nil}, "errors": []any{
			object{"type": "RESOURCE_LIMITS_EXCEEDED", "path": []any{"repository"}, "message": "Resource limits for this query exceeded."},
		}})
		return true
	}
	m := newMemory(t)
	m.must(m.changes(connect(t, f.url, "secret", "acme/api")))
	if len(m.items) != 240 {
		t.Errorf("%d items, want 240", len(m.items))
	}
}
