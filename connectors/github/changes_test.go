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
	if got := m.item("acme/api#4").Item; got.State != model.Dropped || got.Resolution.String() != "not_planned" {
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

// Idle polls stay at one request however many items changed in the window before the latest change.
func TestBusyWindow(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 60, 60)
	for _, it := range append(slices.Clone(r.issues), r.pulls...) {
		it["updatedAt"] = "2020-05-01T00:00:00Z"
	}
	c, m := connect(t, f.url, "secret", "acme/api"), newMemory(t)
	m.must(m.changes(c))
	m.must(m.changes(c))
	f.asked()
	for range 3 {
		m.must(m.changes(c))
		if n := len(f.asked()); n != 1 {
			t.Errorf("an idle poll takes %d requests", n)
		}
	}
}

// A page that cannot be used moves nothing, whatever is read after it.
func TestBrokenPageMovesNothing(t *testing.T) {
	f := newFake(t)
	a, z := f.add("acme/a", 3, 3), f.add("acme/z", 3, 3)
	broken := false
	f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, v object) bool {
		if !broken || v["name"] != "a" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(object{"data": object{"repository": object{
			"id": a.id, "nameWithOwner": a.name, "url": "u", "issues": window(a.issues, 100, nil),
			"pullRequests": object{"nodes": []any{}, "pageInfo": object{"hasNextPage": true}},
		}}})
		return true
	}
	m := newMemory(t)
	m.must(m.changes(connect(t, f.url, "secret", "acme/a", "acme/z")))
	for _, r := range []*fakeRepo{a, z} {
		r.issues[0]["updatedAt"], r.issues[0]["title"] = "2021-01-01T00:00:00Z", "new"
	}
	broken = true
	c := connect(t, f.url, "secret", "acme/a", "acme/z")
	if got := connectors.Reason(m.changes(c)); got != "answer" {
		t.Errorf("got %s", got)
	}
	if got := m.item("acme/z#1").Item.Title; got != "new" {
		t.Errorf("the other repository was not read: %q", got)
	}
	broken = false
	m.must(m.changes(c))
	if got := m.item("acme/a#1").Item.Title; got != "new" {
		t.Errorf("the broken page was passed over: %q", got)
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

// Every query is valid on a server that lacks any one of the newer features.
func TestEachFeatureMissing(t *testing.T) {
	for _, lacks := range [][]string{
		nil,
		{"blockedBy", "blocking"},
		{"BlockedByAddedEvent"},
		{"subIssues", "parent"},
		{"issueType"},
		{"closedByPullRequestsReferences"},
		{"duplicateOf"},
		{"enableDuplicate"},
	} {
		t.Run(strings.Join(lacks, " "), func(t *testing.T) {
			f := newFake(t, lacks...)
			f.add("acme/api", 1, 1)
			f.owners["acme"] = []string{"acme/api"}
			f.rest = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("[]")) }
			c, m := connect(t, f.url, "secret", "acme/*"), newMemory(t)
			m.must(m.changes(c))
			m.must(m.sweep(c))
			_, err := c.(connectors.Asker).Ask(t.Context(), []string{"acme/api#1"})
			m.must(err)
			if quiet := len(m.site.Notes) == 0; quiet != (lacks == nil || lacks[0] == "enableDuplicate") {
				t.Errorf("notes %q", m.site.Notes)
			}
		})
	}
}
