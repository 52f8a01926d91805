package demo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/internal/demo"
)

const (
	jiraURL   = "http://127.0.0.1:1001"
	githubURL = "http://127.0.0.1:1002"
)

func githubOf(w *demo.World) http.Handler { return demo.NewGitHub(w, jiraURL, githubURL, "right") }

// ask sends one request to a handler and decodes its answer.
func ask(t testing.TB, h http.Handler, r *http.Request, into any) int {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if into != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			t.Fatalf("%s %s answers %d %s: %v", r.Method, r.URL, rec.Code, rec.Body, err)
		}
	}
	return rec.Code
}

// graphql runs one query, which must be answered with status 200.
func graphql(t testing.TB, h http.Handler, query string, variables map[string]any) (data map[string]any, faults []map[string]any) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/api/graphql", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer right")
	var answer struct {
		Data   map[string]any   `json:"data"`
		Errors []map[string]any `json:"errors"`
	}
	if code := ask(t, h, r, &answer); code != http.StatusOK {
		t.Fatalf("status %d", code)
	}
	return answer.Data, answer.Errors
}

// at walks into a decoded answer.
func at(t testing.TB, v any, path ...string) any {
	t.Helper()
	for i, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%v holds no %s", v, strings.Join(path[:i+1], "."))
		}
		v = m[key]
	}
	return v
}

func TestGraphQL(t *testing.T) {
	h := githubOf(demo.NewWorld(1, start()))
	for _, tt := range []struct {
		name, query string
		variables   map[string]any
		want        map[string]any
		fault       string // type, or a part of the message
	}{
		{
			name:  "aliases, fragments and the name of a type",
			query: `query { a: repository(owner: "harbor", name: "web") { ...r } viewer { __typename } } fragment r on Repository { nameWithOwner owner { ... on Organization { login } ... on User { email } } }`,
			want: map[string]any{
				"a":      map[string]any{"nameWithOwner": "harbor/web", "owner": map[string]any{"login": "harbor"}},
				"viewer": map[string]any{"__typename": "User"},
			},
		},
		{
			name:      "skip and include",
			query:     `query ($no: Boolean!) { viewer { login @include(if: $no) name @skip(if: $no) } }`,
			variables: map[string]any{"no": false},
			want:      map[string]any{"viewer": map[string]any{"name": "Ana Silva"}},
		},
		{
			name:  "a type's fields",
			query: `query { __type(name: "IssueConnection") { fields { name args { name } } } none: __type(name: "Nonsense") { name } }`,
			want: map[string]any{
				"__type": map[string]any{"fields": []any{
					map[string]any{"name": "nodes", "args": []any{}},
					map[string]any{"name": "pageInfo", "args": []any{}},
					map[string]any{"name": "totalCount", "args": []any{}},
				}},
				"none": nil,
			},
		},
		{name: "a field that is not there", query: `query { viewer { nonsense } }`, fault: `Cannot query field "nonsense" on type "User"`},
		{name: "no query at all", query: `{`, fault: "Expected Name"},
		{name: "a mutation", query: `mutation { viewer { login } }`, fault: "Schema does not support operation"},
		{name: "a variable that is missing", query: `query ($n: Int!) { repository(owner: "harbor", name: "web") { issue(number: $n) { id } } }`, fault: "must be defined"},
		{
			name: "a repository that is not there", query: `query { repository(owner: "harbor", name: "nothing") { id } }`,
			want: map[string]any{"repository": nil}, fault: "NOT_FOUND",
		},
		{
			name: "a node that is not there", query: `query { nodes(ids: ["I_kwDOHb99999999", "nonsense"]) { id } }`,
			want: map[string]any{"nodes": []any{nil, nil}}, fault: "NOT_FOUND",
		},
		{
			name: "a connection without bounds", query: `query { repository(owner: "harbor", name: "web") { issues { totalCount } } }`,
			want: map[string]any{"repository": map[string]any{"issues": nil}}, fault: "MISSING_PAGINATION_BOUNDARIES",
		},
		{
			name: "a page too large", query: `query { repository(owner: "harbor", name: "web") { issues(first: 101) { totalCount } } }`,
			want: map[string]any{"repository": map[string]any{"issues": nil}}, fault: "EXCESSIVE_PAGINATION",
		},
		{
			name: "a cursor that is none", query: `query { repository(owner: "harbor", name: "web") { issues(first: 1, after: "!") { totalCount } } }`,
			want: map[string]any{"repository": map[string]any{"issues": nil}}, fault: "INVALID_CURSOR_ARGUMENTS",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, faults := graphql(t, h, tt.query, tt.variables)
			if diff := cmp.Diff(tt.want, data); diff != "" {
				t.Errorf("data (-want +got):\n%s", diff)
			}
			if found := strings.Contains(fmt.Sprint(faults), tt.fault); !found || (tt.fault == "") != (len(faults) == 0) {
				t.Errorf("errors %v, want %q", faults, tt.fault)
			}
		})
	}
}

// Every field of every object can be had, and nothing that must not be null is.
func TestGraphQLAnswersItsWholeSchema(t *testing.T) {
	w := demo.NewWorld(1, start())
	step(w, start(), 100)
	query := `query { repositoryOwner(login: "harbor") { repositories(first: 100) { nodes {
	id databaseId name nameWithOwner url isArchived isPrivate createdAt updatedAt owner { id login url }
	labels(first: 100) { nodes { id name color } totalCount }
	issues(first: 100, orderBy: {field: CREATED_AT, direction: ASC}) { totalCount nodes { ...shared id databaseId number title body url state closed createdAt updatedAt
		comments(last: 20) { nodes { id databaseId author { login url } body createdAt updatedAt url } }
		issueDependenciesSummary { blockedBy blocking totalBlockedBy totalBlocking } issueType { id name }
		subIssues(first: 9) { totalCount } blockedBy(first: 9) { nodes { number } } blocking(first: 9) { totalCount }
		timelineItems(first: 100) { totalCount nodes { __typename
			... on ClosedEvent { id actor { login } createdAt stateReason } ... on ReopenedEvent { id createdAt }
			... on LabeledEvent { label { name } } ... on UnlabeledEvent { label { name } } ... on AssignedEvent { assignee { ... on User { login } } }
			... on BlockedByAddedEvent { blockingIssue { id } } ... on BlockingAddedEvent { blockedIssue { id } } } } } }
	pullRequests(first: 100) { totalCount nodes { ...pull reviewDecision timelineItems(first: 100) { totalCount nodes { __typename ... on MergedEvent { id actor { login } createdAt } } } id databaseId number title body url isDraft merged closed createdAt updatedAt headRefName baseRefName
		closingIssuesReferences(first: 9) { totalCount } comments(last: 5) { totalCount } } }
	} } } rateLimit { cost limit remaining resetAt used } viewer { id databaseId login name email url } }
	fragment shared on Issue { labels(first: 9) { nodes { name } } assignees(first: 9) { nodes { id login name } } }
	fragment pull on PullRequest { pullState: state author { login } repository { nameWithOwner } }`
	data, faults := graphql(t, githubOf(w), query, nil)
	if len(faults) > 0 {
		t.Fatalf("errors: %v", faults)
	}
	nullable := map[string]bool{"issueType": true, "blockingIssue": true, "blockedIssue": true, "stateReason": true, "reviewDecision": true}
	var walk func(v any, path string)
	walk = func(v any, path string) {
		switch v := v.(type) {
		case nil:
			if !nullable[path[strings.LastIndex(path, ".")+1:]] {
				t.Errorf("%s is null", path)
			}
		case map[string]any:
			for k, below := range v {
				walk(below, path+"."+k)
			}
		case []any:
			for _, below := range v {
				walk(below, path)
			}
		}
	}
	walk(data, "data")
	repos := at(t, data, "repositoryOwner", "repositories", "nodes").([]any)
	if len(repos) != 4 {
		t.Errorf("%d repositories", len(repos))
	}
	for _, r := range repos[:3] {
		if at(t, r, "issues", "totalCount").(float64) < 15 || at(t, r, "pullRequests", "totalCount").(float64) < 5 {
			t.Errorf("%v has few items", at(t, r, "name"))
		}
	}
}

// Pages joined by cursors hold each item once, in either direction, also while
// items are changed behind and before the cursor.
func TestGraphQLPages(t *testing.T) {
	for _, direction := range []string{"ASC", "DESC"} {
		t.Run(direction, func(t *testing.T) {
			w := demo.NewWorld(1, start())
			h, now := githubOf(w), start()
			query := `query ($after: String) { repository(owner: "harbor", name: "web") { issues(first: 7, after: $after, orderBy: {field: CREATED_AT, direction: ` + direction + `}) {
				totalCount pageInfo { hasNextPage endCursor } nodes { number createdAt } } } }`
			seen := map[float64]bool{}
			last, variables := "", map[string]any{}
			for pages := 0; ; pages++ {
				data, faults := graphql(t, h, query, variables)
				if len(faults) > 0 || pages > 50 {
					t.Fatalf("page %d: %v", pages, faults)
				}
				list := at(t, data, "repository", "issues")
				for _, n := range at(t, list, "nodes").([]any) {
					number, created := at(t, n, "number").(float64), at(t, n, "createdAt").(string)
					if seen[number] {
						t.Errorf("#%v comes twice", number)
					}
					seen[number] = true
					if last != "" && created != last && (created > last) != (direction == "ASC") {
						t.Errorf("#%v of %s comes after %s", number, created, last)
					}
					last = created
				}
				if at(t, list, "pageInfo", "hasNextPage") == false {
					if total := at(t, list, "totalCount").(float64); float64(len(seen)) < total-12 {
						t.Errorf("%d of %v seen", len(seen), total)
					}
					return
				}
				variables["after"] = at(t, list, "pageInfo", "endCursor")
				_, now = step(w, now, 3)
			}
		})
	}
}

// As on GitHub, a dependency shows on both issues and moves the stamp of neither.
func TestDependenciesLeaveStampsAlone(t *testing.T) {
	w := demo.NewWorld(1, start())
	h, now := githubOf(w), start()
	stamps := func() (updated map[string]string, edges int) {
		updated = map[string]string{}
		for _, repo := range []string{"web", "mobile", "data"} {
			data, faults := graphql(t, h, `query ($name: String!) { repository(owner: "harbor", name: $name) { issues(first: 100) { nodes { id updatedAt blockedBy(first: 50) { totalCount } } } } }`, map[string]any{"name": repo})
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			for _, n := range at(t, data, "repository", "issues", "nodes").([]any) {
				updated[at(t, n, "id").(string)] = at(t, n, "updatedAt").(string)
				edges += int(at(t, n, "blockedBy", "totalCount").(float64))
			}
		}
		return updated, edges
	}
	checked := 0
	for range 120 {
		before, edges := stamps()
		var changes []demo.Change
		changes, now = step(w, now, 1)
		if kind := changes[0].Kind; kind != "dependency added" && kind != "dependency removed" {
			continue
		}
		after, edgesAfter := stamps()
		if edges == edgesAfter {
			t.Errorf("%q leaves %d dependencies", changes[0].Text, edges)
		}
		for id, stamp := range after {
			if was, ok := before[id]; ok && was != stamp {
				t.Errorf("%q moves %s from %s to %s", changes[0].Text, id, was, stamp)
			}
		}
		checked++
	}
	if checked < 2 {
		t.Errorf("%d changes of dependencies in 120 steps", checked)
	}
}

func TestGitHubREST(t *testing.T) {
	h := githubOf(demo.NewWorld(1, start()))
	for _, tt := range []struct {
		method, path, auth string
		want               int
	}{
		{"GET", "/api/v3/meta", "Bearer right", 200},
		{"GET", "/api/v3/meta", "token right", 200},
		{"GET", "/api/v3/meta", "Bearer wrong", 401},
		{"GET", "/api/v3/meta", "", 401},
		{"POST", "/api/graphql", "", 401},
		{"POST", "/api/graphql", "Bearer right", 400}, // no JSON
		{"GET", "/api/v3/nothing", "Bearer right", 404},
	} {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Header.Set("Authorization", tt.auth)
		if got := ask(t, h, r, &map[string]any{}); got != tt.want {
			t.Errorf("%s %s as %q answers %d, want %d", tt.method, tt.path, tt.auth, got, tt.want)
		}
	}
}
