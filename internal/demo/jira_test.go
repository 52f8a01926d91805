package demo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/internal/demo"
)

func jiraOf(w *demo.World) http.Handler { return demo.NewJira(w, jiraURL, githubURL, "bot@x", "right") }

// call asks Jira with a body (nil for GET) and decodes its answer.
func call(t testing.TB, h http.Handler, path string, body, into any) int {
	t.Helper()
	method, reader := http.MethodGet, io.Reader(nil)
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		method, reader = http.MethodPost, bytes.NewReader(b)
	}
	r := httptest.NewRequest(method, path, reader)
	r.SetBasicAuth("bot@x", "right")
	return ask(t, h, r, into)
}

type issue struct {
	ID     string         `json:"id"`
	Key    string         `json:"key"`
	Fields map[string]any `json:"fields"`
}

type issuePage struct {
	Issues   []issue  `json:"issues"`
	IsLast   bool     `json:"isLast"`
	Token    string   `json:"nextPageToken"`
	Messages []string `json:"errorMessages"`
}

func TestJQL(t *testing.T) {
	h := jiraOf(demo.NewWorld(1, start()))
	keys := func(jql string) []string {
		var p issuePage
		if code := call(t, h, "/rest/api/2/search/jql", map[string]any{"jql": jql, "fields": []string{"key"}, "maxResults": 1000}, &p); code != 200 {
			t.Fatalf("%s: %d %v", jql, code, p.Messages)
		}
		var keys []string
		for _, is := range p.Issues {
			keys = append(keys, is.Key)
		}
		return keys
	}
	all := keys("project in (PAY, PLAT, IDN)")
	if len(all) < 60 {
		t.Fatalf("%d issues in all", len(all))
	}
	for _, tt := range []struct{ one, other string }{ // which share all issues between them
		{"project = PAY", `project in ("PLAT", 'IDN')`},
		{"project = pay", "NOT project = PAY"},
		{"statusCategory = Done", "statusCategory != done"},
		{"status in (Done)", "status not in (Done)"},
		{"resolution is EMPTY", "resolution is not EMPTY"},
		{"updated >= 1700000000000", "updated < 1700000000000"},
		{"created >= -30d", "created < -30d"},
		{"project = PAY AND (type = Bug OR priority = High)", "NOT (project = PAY AND (type = Bug OR priority = High))"},
		{"key in (PAY-1, PLAT-1)", "key not in (PAY-1, PLAT-1)"},
		{"parent = PAY-1", "NOT parent = PAY-1"},
		{"labels = instant-payouts", "labels is EMPTY OR labels != instant-payouts"},
		{"assignee is EMPTY", "assignee is not EMPTY"},
	} {
		one, other := keys(tt.one), keys(tt.other)
		both := append(slices.Clone(one), other...)
		slices.Sort(both)
		both = slices.Compact(both)
		if len(both) != len(all) || len(one) == len(all) && !strings.Contains(tt.one, "1700000000000") {
			t.Errorf("%q has %d, %q has %d of %d issues, together %d", tt.one, len(one), tt.other, len(other), len(all), len(both))
		}
		if len(one)+len(other) != len(all) {
			t.Errorf("%q and %q overlap", tt.one, tt.other)
		}
	}
	sorted := keys("project = PAY ORDER BY key DESC")
	if !slices.IsSortedFunc(sorted, func(a, b string) int { return len(b) - len(a) }) || sorted[len(sorted)-1] != "PAY-1" {
		t.Errorf("by key, descending: %v", sorted)
	}
	for _, tt := range []struct{ jql, want string }{
		{"", "Unbounded"},
		{"ORDER BY key", "Unbounded"},
		{"project = NOPE", "does not exist for the field 'project'"},
		{"project = \"harbor/web\"", "does not exist for the field 'project'"},
		{"key = PAY-9999", "An issue with key 'PAY-9999' does not exist for field 'key'."},
		{"nonsense = 1", "Field 'nonsense' does not exist"},
		{"project = PAY AND", "ends too early"},
		{"project = PAY project = PLAT", "Expecting either 'OR' or 'AND'"},
		{"project in PAY", "Expecting '('"},
		{"(project = PAY", "Expecting ')'"},
		{"updated > yesterday", "Date value 'yesterday'"},
		{"status ~ x", "operator '~' is not supported"},
		{"project = PAY ORDER key", "Expecting 'by'"},
	} {
		var p issuePage
		code := call(t, h, "/rest/api/2/search/jql", map[string]any{"jql": tt.jql}, &p)
		if code != 400 || !strings.Contains(fmt.Sprint(p.Messages), tt.want) {
			t.Errorf("%q answers %d %v, want 400 with %q", tt.jql, code, p.Messages, tt.want)
		}
	}
}

// A search walked by its tokens meets each issue once, whatever changes meanwhile.
func TestJiraSearchPages(t *testing.T) {
	w := demo.NewWorld(1, start())
	h, now := jiraOf(w), start()
	seen := map[string]bool{}
	query := map[string]any{"jql": "project in (PAY, PLAT, IDN) ORDER BY updated ASC", "fields": []string{"summary", "updated"}, "maxResults": 10}
	for pages := 0; ; pages++ {
		var p issuePage
		if code := call(t, h, "/rest/api/2/search/jql", query, &p); code != 200 || pages > 40 {
			t.Fatalf("page %d: %d %v", pages, code, p.Messages)
		}
		for _, is := range p.Issues {
			if seen[is.ID] || is.Fields["summary"] == "" {
				t.Errorf("issue %v again or without a summary", is)
			}
			seen[is.ID] = true
		}
		if p.IsLast {
			if p.Token != "" {
				t.Error("the last page has a token")
			}
			break
		}
		query["nextPageToken"] = p.Token
		_, now = step(w, now, 2)
	}
	if len(seen) < 60 {
		t.Errorf("%d issues seen", len(seen))
	}
}

// Both ends of a link tell the same, and its changelog tells when it was made.
func TestJiraLinks(t *testing.T) {
	w := demo.NewWorld(1, start())
	h := jiraOf(w)
	var p struct {
		Issues []struct {
			ID, Key string
			Fields  struct {
				Links []struct {
					ID   string
					Type struct{ Name, Inward, Outward string }
					In   *issue `json:"inwardIssue"`
					Out  *issue `json:"outwardIssue"`
				} `json:"issuelinks"`
			}
		}
	}
	call(t, h, "/rest/api/2/search/jql", map[string]any{"jql": "project in (PAY, PLAT, IDN)", "fields": []string{"issuelinks"}, "maxResults": 100}, &p)
	ends, types := map[string][]string{}, map[string]bool{}
	var ids []string
	for _, is := range p.Issues {
		ids = append(ids, is.ID)
		for _, l := range is.Fields.Links {
			types[l.Type.Name] = true
			if (l.In == nil) == (l.Out == nil) {
				t.Errorf("link %s on %s has not one far end", l.ID, is.Key)
				continue
			}
			reads := is.Key + " " + l.Type.Outward + " "
			if l.Out != nil {
				ends[l.ID] = append(ends[l.ID], reads+l.Out.Key)
			} else {
				ends[l.ID] = append(ends[l.ID], l.In.Key+" "+l.Type.Outward+" "+is.Key)
			}
		}
	}
	for id, reads := range ends {
		if len(reads) != 2 || reads[0] != reads[1] {
			t.Errorf("link %s reads %q", id, reads)
		}
	}
	if len(types) < 3 || len(ends) < 15 {
		t.Errorf("%d links of the types %v", len(ends), types)
	}
	var logs struct {
		IssueChangeLogs []struct {
			IssueID         string
			ChangeHistories []struct {
				Items []struct{ FieldID, Field, To, ToString string }
			}
		}
	}
	call(t, h, "/rest/api/3/changelog/bulkfetch", map[string]any{"issueIdsOrKeys": ids, "fieldIds": []string{"issuelinks"}}, &logs)
	told := 0
	for _, l := range logs.IssueChangeLogs {
		for _, hist := range l.ChangeHistories {
			for _, it := range hist.Items {
				if it.FieldID != "issuelinks" {
					t.Errorf("the changelog of links tells of %q", it.FieldID)
				}
				if strings.HasPrefix(it.ToString, "This issue ") && strings.HasSuffix(it.ToString, it.To) {
					told++
				}
			}
		}
	}
	if told < 2*len(ends)*8/10 {
		t.Errorf("changelogs tell of %d ends of %d links", told, len(ends))
	}
}

func TestJiraRoutes(t *testing.T) {
	w := demo.NewWorld(1, start())
	h := jiraOf(w)
	for _, tt := range []struct {
		path string
		body any
		want int
		has  string
	}{
		{"/rest/api/2/serverInfo", nil, 200, `"deploymentType":"Cloud"`},
		{"/rest/api/2/myself", nil, 200, `"accountId"`},
		{"/rest/api/2/field", nil, 200, `:gh-sprint"`},
		{"/rest/api/2/status", nil, 200, `"indeterminate"`},
		{"/rest/api/2/priority", nil, 200, `"Highest"`},
		{"/rest/api/2/resolution", nil, 200, `"Won't Do"`},
		{"/rest/api/2/issuetype", nil, 200, `"Epic"`},
		{"/rest/api/2/issueLinkType", nil, 200, `"is gated by"`},
		{"/rest/api/2/project/search?maxResults=2", nil, 200, `"isLast":false`},
		{"/rest/api/2/project/PAY", nil, 200, `"Payments"`},
		{"/rest/api/2/project/NOPE", nil, 404, "NOPE"},
		{"/rest/api/2/issue/PAY-1", nil, 200, `"Instant payouts"`},
		{"/rest/api/2/issue/PAY-1?fields=summary&expand=changelog", nil, 200, `"histories"`},
		{"/rest/api/2/issue/PLAT-2", nil, 404, "does not exist"}, // the one deleted long ago
		{"/rest/api/2/issue/PAY-1/comment", nil, 200, `"comments"`},
		{"/rest/api/2/issue/PAY-1/remotelink", nil, 200, `[]`},
		{"/rest/api/2/issue/PAY-1/changelog", nil, 200, `"values"`},
		{"/rest/api/2/search?jql=project=PAY", nil, 410, "has been removed"},
		{"/rest/api/2/search/approximate-count", map[string]any{"jql": "key = PAY-1"}, 200, `"count":1`},
		{"/rest/api/2/issue/bulkfetch", map[string]any{"issueIdsOrKeys": []string{"PAY-1", "PLAT-2", "pay-1"}}, 200, `"issueErrors":[{"errorMessage"`},
		{"/rest/api/2/issue/bulkfetch", map[string]any{"issueIdsOrKeys": []string{}}, 400, "between 1 and 100"},
		{"/rest/api/2/search/jql", map[string]any{"jql": "project = PAY", "nextPageToken": "!"}, 400, "page token"},
		{"/rest/api/2/nothing", nil, 404, "errorMessages"},
	} {
		var raw json.RawMessage
		if got := call(t, h, tt.path, tt.body, &raw); got != tt.want || !strings.Contains(string(raw), tt.has) {
			t.Errorf("%s answers %d %.300s, want %d with %s", tt.path, got, raw, tt.want, tt.has)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/rest/api/2/serverInfo", nil)
	r.SetBasicAuth("bot@x", "wrong")
	if got := ask(t, h, r, nil); got != 401 {
		t.Errorf("a wrong token answers %d", got)
	}
}

// The former key of a moved issue still finds it.
func TestJiraMove(t *testing.T) {
	w := demo.NewWorld(1, start())
	h, now := jiraOf(w), start()
	for range 80 {
		var changes []demo.Change
		changes, now = step(w, now, 1)
		if changes[0].Kind != "issue moved" {
			continue
		}
		old, _, _ := strings.Cut(changes[0].Text, " ")
		var is issue
		if code := call(t, h, "/rest/api/2/issue/"+old+"?fields=summary", nil, &is); code != 200 || is.Key == old || !strings.HasSuffix(changes[0].Text, is.Key) {
			t.Errorf("after %q, %s is %d %s", changes[0].Text, old, code, is.Key)
		}
		return
	}
	t.Error("nothing was moved")
}

func TestPages(t *testing.T) {
	w := demo.NewWorld(1, start())
	for _, tt := range []struct {
		h    http.Handler
		path string
		want int
		has  string
	}{
		{jiraOf(w), "/browse/PAY-1", 200, "Instant payouts"},
		{jiraOf(w), "/browse/NOPE-1", 404, "not found"},
		{githubOf(w), "/harbor/web/issues/1", 200, "Blocked by PLAT-2."},
		{githubOf(w), "/harbor/web/issues/99999", 404, "not found"},
	} {
		rec := httptest.NewRecorder()
		tt.h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, tt.path, nil))
		if rec.Code != tt.want || !strings.Contains(rec.Body.String(), tt.has) {
			t.Errorf("%s answers %d %.200s", tt.path, rec.Code, rec.Body)
		}
	}
}
