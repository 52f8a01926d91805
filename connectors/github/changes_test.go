package github_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/github"
	"github.com/waitgraph/waitgraph/model"
)

func keys(m *memory) []string {
	var keys []string
	for _, o := range m.items {
		keys = append(keys, o.Item.Key)
	}
	slices.Sort(keys)
	return keys
}

func TestFirstSyncReadsEverything(t *testing.T) {
	f := newFake(t)
	f.add("acme/api", 250, 130)
	f.add("acme/web", 3, 0)
	c, m := connect(t, f.url, "secret", "acme/api", "acme/web"), newMemory(t)
	m.must(m.changes(c))
	if len(m.items) != 383 {
		t.Errorf("%d items, want 383", len(m.items))
	}
	// Issues: two pages of 100, each next one repeating the last issue of the one before, and a rest.
	// A last one finds what changed meanwhile.
	want := []string{"__type", "repository", "repository", "repository", "repository", "repository"}
	if diff := cmp.Diff(want, f.asked()); diff != "" {
		t.Errorf("requests: %s", diff)
	}
	wantSite := &model.Site{
		Hosts:    []string{strings.TrimSuffix(strings.TrimPrefix(f.url, "http://"), "/api/v3"), "github.example"},
		Projects: []model.Project{{Key: "acme/api"}, {Key: "acme/web"}},
		Scopes:   []model.Scope{{Name: "acme/api", Readable: true}, {Name: "acme/web", Readable: true}},
		Product:  "GitHub",
	}
	if diff := cmp.Diff(wantSite, m.site); diff != "" {
		t.Errorf("site: %s", diff)
	}

	m.must(m.changes(c))
	if diff := cmp.Diff([]string{"repository", "repository"}, f.asked()); diff != "" {
		t.Errorf("idle poll: %s", diff)
	}
	m.must(m.sweep(c))
	if diff := cmp.Diff([]string{"nodes", "nodes", "nodes", "nodes"}, f.asked()); diff != "" {
		t.Errorf("sweep: %s", diff)
	}
}

// A sync that is killed after any batch goes on there and asks again for no more than one page per stream.
func TestResume(t *testing.T) {
	f := newFake(t)
	f.add("acme/api", 350, 420)
	whole := newMemory(t)
	whole.must(whole.changes(connect(t, f.url, "secret", "acme/api")))
	straight := len(f.asked())
	for kill := 1; kill <= len(whole.batches); kill++ {
		m := newMemory(t)
		for b, err := range connect(t, f.url, "secret", "acme/api").Changes(t.Context(), "") {
			m.must(err)
			if m.record(b); len(m.batches) == kill {
				break
			}
		}
		m.must(m.changes(connect(t, f.url, "secret", "acme/api")))
		if diff := cmp.Diff(keys(whole), keys(m)); diff != "" {
			t.Errorf("killed after %d batches: %s", kill, diff)
		}
		// One more probe of the schema, and one pass over what changed meanwhile.
		if n := len(f.asked()); n > straight+3 {
			t.Errorf("killed after %d batches: %d requests, straight %d", kill, n, straight)
		}
	}
}

// Items that change while they are read do not make others be missed.
func TestChangesDuringSync(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 250, 250)
	later := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	n := 0
	f.meddle = func(http.ResponseWriter, *http.Request, string, object) bool {
		if n++; n > 1 && n < 6 {
			later = later.Add(time.Second)
			r.issues[n*3]["updatedAt"], r.pulls[n*3]["updatedAt"] = later.Format(time.RFC3339), later.Format(time.RFC3339)
		}
		return false
	}
	m := newMemory(t)
	m.must(m.changes(connect(t, f.url, "secret", "acme/api")))
	if len(m.items) != 500 {
		t.Errorf("%d items, want 500", len(m.items))
	}
}

// Many items with one stamp are paged through by cursor.
func TestOneStamp(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 350, 350)
	for _, it := range append(slices.Clone(r.issues), r.pulls...) {
		it["updatedAt"] = "2020-05-01T00:00:00Z"
	}
	m := newMemory(t)
	m.must(m.changes(connect(t, f.url, "secret", "acme/api")))
	if len(m.items) != 700 {
		t.Errorf("%d items, want 700", len(m.items))
	}
}

func TestIncremental(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 50, 50)
	c, m := connect(t, f.url, "secret", "acme/api"), newMemory(t)
	m.must(m.changes(c))
	f.asked()
	r.issues[3]["state"], r.issues[3]["stateReason"], r.issues[3]["updatedAt"] = "CLOSED", "NOT_PLANNED", "2021-01-01T00:00:00Z"
	r.pulls[4]["pullState"], r.pulls[4]["updatedAt"] = "MERGED", "2021-01-01T00:00:00Z"
	m.must(m.changes(c))
	if got := m.item("acme/api#4").Item; got.State != model.Dropped || got.Resolution != "not_planned" {
		t.Errorf("closed issue: %+v", got)
	}
	if got := m.item("acme/api#55").Item; got.State != model.Done || !got.Pull {
		t.Errorf("merged pull request: %+v", got)
	}
	// More than a small page changed.
	for i := range 40 {
		stamp := time.Date(2021, 2, 1, 0, i, 0, 0, time.UTC).Format(time.RFC3339)
		r.pulls[i]["updatedAt"], r.pulls[i]["title"] = stamp, "new"
		r.issues[i]["updatedAt"], r.issues[i]["title"] = stamp, "new"
	}
	m.must(m.changes(c))
	n := 0
	for _, o := range m.items {
		if o.Item.Title == "new" {
			n++
		}
	}
	if n != 80 {
		t.Errorf("%d of 80 changes read", n)
	}
}

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

func TestScopes(t *testing.T) {
	f := newFake(t)
	f.add("acme/api", 1, 0)
	f.add("acme/web", 1, 0)
	f.add("acme/archive-1", 1, 0)
	f.add("other/thing", 1, 0)
	f.owners["acme"] = []string{"acme/api", "acme/web", "acme/archive-1"}
	c := connect(t, f.url, "secret", "acme/*", "!acme/archive-*", "other/thing", "other/lost", "nobody/*")
	m := newMemory(t)
	m.must(m.changes(c))
	if diff := cmp.Diff([]string{"acme/api#1", "acme/web#1", "other/thing#1"}, keys(m)); diff != "" {
		t.Errorf("items: %s", diff)
	}
	want := []model.Scope{
		{Name: "acme/api", Readable: true},
		{Name: "acme/web", Readable: true},
		{Name: "nobody/*", Error: "there is no such user or organization"},
		{Name: "other/lost", Error: "Could not resolve it."},
		{Name: "other/thing", Readable: true},
	}
	if diff := cmp.Diff(want, m.site.Scopes); diff != "" {
		t.Errorf("scopes: %s", diff)
	}
	f.asked()
	m.must(m.changes(c))
	if n := len(f.asked()); n != 4 {
		t.Errorf("an idle poll of 4 repositories takes %d requests", n)
	}
}

func TestNoScope(t *testing.T) {
	f := newFake(t)
	err := newMemory(t).changes(connect(t, f.url, "secret", "acme/api", "acme/web"))
	var lost *connectors.ScopeError
	if !errors.As(err, &lost) {
		t.Errorf("got %v, want a scope error", err)
	}
}

func TestRenamed(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 2, 1)
	f.owners["acme"] = []string{"acme/api"}
	for _, patterns := range [][]string{{"acme/api"}, {"acme/*"}} {
		t.Run(patterns[0], func(t *testing.T) {
			c, m := connect(t, f.url, "secret", patterns...), newMemory(t)
			m.must(m.changes(c))
			r.rename(f, "acme/core")
			defer r.rename(f, "acme/api")
			m.must(m.changes(connect(t, f.url, "secret", patterns...)))
			if diff := cmp.Diff([]string{"acme/core#1", "acme/core#2", "acme/core#3"}, keys(m)); diff != "" {
				t.Errorf("items: %s", diff)
			}
			want := []model.Project{{Key: "acme/core", Former: []string{"acme/api"}}}
			if diff := cmp.Diff(want, m.site.Projects); diff != "" {
				t.Errorf("projects: %s", diff)
			}
			if len(m.site.Scopes) != 1 || !m.site.Scopes[0].Readable {
				t.Errorf("scopes: %+v", m.site.Scopes)
			}
		})
	}
}

// rename gives a repository another name, under which its items then are.
func (r *fakeRepo) rename(f *fake, name string) {
	old := strings.ToLower(r.name)
	delete(f.repos, old)
	f.renamed[old] = name
	delete(f.renamed, name)
	f.repos[name], r.name = r, name
	f.owners["acme"] = []string{name}
	for _, it := range append(slices.Clone(r.issues), r.pulls...) {
		it["repository"] = object{"nameWithOwner": name}
	}
}

// Two configured names of one repository make it be read once.
func TestTwoNames(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 2, 0)
	r.rename(f, "acme/core")
	c, m := connect(t, f.url, "secret", "acme/core", "acme/api"), newMemory(t)
	m.must(m.changes(c))
	want := []model.Project{{Key: "acme/core", Former: []string{"acme/api"}}}
	if diff := cmp.Diff(want, m.site.Projects); diff != "" {
		t.Errorf("projects: %s", diff)
	}
	f.asked()
	m.must(m.changes(c))
	if n := len(f.asked()); n != 1 {
		t.Errorf("an idle poll takes %d requests", n)
	}
}

// A server without newer features is asked without them.
func TestOldServer(t *testing.T) {
	f := newFake(t, "blockedBy", "blocking", "subIssues", "parent", "issueType", "duplicateOf",
		"closedByPullRequestsReferences", "enableDuplicate", "BlockedByAddedEvent")
	f.add("acme/api", 2, 1)
	f.rest = func(w http.ResponseWriter, r *http.Request) {
		rest := func(n, blockers int) string {
			return fmt.Sprintf(`{"node_id":"I_acme/api_%d","number":%d,"title":"t","state":"open","html_url":"https://github.example/acme/api/issues/%d",
				"created_at":"2020-01-01T00:00:00Z","updated_at":"2020-01-01T00:00:00Z","repository_url":"https://x/api/v3/repos/acme/api",
				"issue_dependencies_summary":{"total_blocked_by":%d}}`, n, n, n, blockers)
		}
		switch r.URL.Path {
		case "/api/v3/repos/acme/api/issues":
			_, _ = fmt.Fprintf(w, "[%s,%s]", rest(1, 0), rest(2, 1))
		case "/api/v3/repos/acme/api/issues/2/dependencies/blocked_by":
			_, _ = fmt.Fprintf(w, "[%s]", rest(1, 0))
		default:
			t.Errorf("asked for %s", r.URL)
		}
	}
	c, m := connect(t, f.url, "secret", "acme/api"), newMemory(t)
	m.must(m.changes(c))
	if len(m.items) != 3 || len(m.site.Notes) < 4 {
		t.Errorf("%d items, notes %q", len(m.items), m.site.Notes)
	}
	if got := m.item("acme/api#2").Keeps; !slices.Equal(got, []model.Origin{model.NativeDependency}) {
		t.Errorf("keeps %v", got)
	}
	m.must(m.sweep(c))
	sets := map[string]int{}
	for _, b := range m.batches {
		for _, s := range b.Claims {
			sets[s.Item.Native] = len(s.Claims)
		}
	}
	if diff := cmp.Diff(map[string]int{"I_acme/api_1": 0, "I_acme/api_2": 1}, sets); diff != "" {
		t.Errorf("claims by issue: %s", diff)
	}
}

// Kinds of text that are left out make no claims and are not asked for.
func TestTextLeftOut(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 0, 1)
	r.pulls[0]["title"], r.pulls[0]["headRefName"], r.pulls[0]["body"] = "PAY-1", "PAY-2", "Closes PAY-3"
	r.pulls[0]["comments"] = object{"nodes": []any{object{"databaseId": 1, "createdAt": "2026-01-01T00:00:00Z", "body": "PAY-4"}}}
	all := configure(f.url, "secret", "acme/api").Text
	for want, leave := range map[string]func(*github.Text){
		"title branch body comment 1": func(*github.Text) {},
		"branch body comment 1":       func(x *github.Text) { x.Title = false },
		"title body comment 1":        func(x *github.Text) { x.Branch = false },
		"title branch comment 1":      func(x *github.Text) { x.Body = false },
		"title branch body":           func(x *github.Text) { x.Comments = false },
	} {
		config := configure(f.url, "secret", "acme/api")
		config.Text = all
		leave(&config.Text)
		m := newMemory(t)
		m.must(m.changes(build(t, config, "secret", nil)))
		var where []string
		for _, c := range m.item("acme/api#1").Claims {
			where = append(where, c.Where)
		}
		if got := strings.Join(where, " "); got != want {
			t.Errorf("got claims of %q, want %q", got, want)
		}
	}
}

// A latest change that is ten minutes old has no earlier ones coming after it.
func TestOverlapEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var since []string
		c := connectTo(t, transport(func(query string, v object) string {
			if strings.Contains(query, "__type(") {
				return `{"data":{"issue":{"fields":[]}}}`
			}
			since = append(since, v["since"].(string))
			issue, _ := json.Marshal(item("acme/api", 1, time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)))
			return `{"data":{"repository":{"id":"R","nameWithOwner":"acme/api","url":"u","issues":{"nodes":[` + string(issue) + `]},"pullRequests":{"nodes":[]}}}}`
		}))
		m := newMemory(t)
		for range 4 {
			m.must(m.changes(c))
			time.Sleep(6 * time.Minute)
		}
		want := []string{"1970-01-01T00:00:00Z", "2031-05-01T11:50:00Z", "2031-05-01T12:00:00Z", "2031-05-01T12:00:00Z"}
		if diff := cmp.Diff(want, since); diff != "" {
			t.Error(diff)
		}
	})
}
