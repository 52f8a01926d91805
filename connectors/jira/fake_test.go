package jira_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
)

// fake is a Jira in memory. It understands the queries the connector makes.
type fake struct {
	t        *testing.T
	mu       sync.Mutex // held while a request is answered
	cloud    bool
	base     string
	now      time.Time
	projects []map[string]any
	fields   []map[string]any
	issues   []*fakeIssue
	most     int // issues on a page with fields
	mostLogs int // entries of changelogs on a page
	cut      int // entries that embedded changelogs leave out
	// offsets makes Cloud's tokens count issues; otherwise they continue after the last one.
	tokens map[string]int
	// intercept may answer in place of the fake.
	intercept func(r *http.Request, body string) *http.Response
	answered  map[string]int // how often each issue was, with fields
	asked     []string       // method, path and for searches what was wanted
}

type fakeIssue struct {
	id, key string
	stamp   int64 // last update in ms
	hidden  bool
	fields  map[string]any
	log     []any // the changelog, oldest first
	remote  []any
	// late is what the search index does not show yet, from ready on.
	late  *int64
	ready time.Time
}

var start = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func newFake(t *testing.T, cloud bool) *fake {
	f := &fake{t: t, cloud: cloud, base: "https://acme.example/jira", now: start, most: 100, mostLogs: 1000, tokens: map[string]int{}}
	for _, key := range []string{"OPS", "PAY", "PLAT"} {
		f.projects = append(f.projects, map[string]any{"key": key})
	}
	return f
}

// add makes an issue that was updated so long before the start.
func (f *fake) add(id, key string, ago time.Duration, fields map[string]any) *fakeIssue {
	project, _, _ := strings.Cut(key, "-")
	i := &fakeIssue{id: id, key: key, stamp: start.Add(-ago).UnixMilli(), fields: map[string]any{
		"summary": "Title of " + key, "project": map[string]any{"key": project}, "status": status("Open", "new"),
		"issuetype": map[string]any{"name": "Task"}, "created": jiraTime(start.Add(-1000 * time.Hour).UnixMilli()),
	}}
	for name, value := range fields {
		i.fields[name] = value
	}
	f.issues = append(f.issues, i)
	return i
}

func status(name, category string) map[string]any {
	return map[string]any{"name": name, "statusCategory": map[string]any{"key": category}}
}

func jiraTime(ms int64) string {
	return time.UnixMilli(ms).In(time.FixedZone("", -5*3600)).Format("2006-01-02T15:04:05.000-0700")
}

// connect makes a connector for the fake.
func (f *fake) connect(change func(*jira.Config)) *jira.Connector {
	f.t.Helper()
	return f.connectBy(f, change)
}

// roundTrip is a function that answers requests.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// connectBy makes a connector whose requests go another way.
func (f *fake) connectBy(way http.RoundTripper, change func(*jira.Config)) *jira.Connector {
	f.t.Helper()
	cfg := jira.NewConfig().(*jira.Config)
	cfg.URL, cfg.Projects = f.base, []string{"PAY", "PLAT"}
	if change != nil {
		change(cfg)
	}
	if err := cfg.Validate(); err != nil {
		f.t.Fatal(err)
	}
	secret := connectors.SecretReader(f.t.TempDir(), func(string) string { return "swordfish" })
	c, err := cfg.New(connectors.Options{Name: "acme", UserAgent: "waitgraph-test", Transport: way, Secret: secret})
	if err != nil {
		f.t.Fatal(err)
	}
	return c.(*jira.Connector)
}

// requests returns and forgets what was asked.
func (f *fake) requests() []string {
	asked := f.asked
	f.asked = nil
	return asked
}

// RoundTrip answers without a network.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/jira/rest/api/2/"), "/jira/rest/api/3/")
	f.asked = append(f.asked, r.Method+" "+path)
	if f.intercept != nil {
		if resp := f.intercept(r, string(body)); resp != nil {
			resp.Request = r
			return resp, nil
		}
	}
	code, answer := f.answer(r.Method, path, r.URL.Query(), body)
	resp := reply(code, "application/json;charset=UTF-8", mustJSON(answer))
	resp.Request = r
	return resp, nil
}

func reply(code int, kind, body string) *http.Response {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(code)
	_, _ = w.WriteString(body)
	return w.Result()
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func refusal(message string) map[string]any {
	return map[string]any{"errorMessages": []string{message}}
}

func (f *fake) answer(method, path string, q url.Values, body []byte) (int, any) {
	issue, isIssue := strings.CutPrefix(path, "issue/")
	switch {
	case path == "serverInfo":
		kind := "Server"
		if f.cloud {
			kind = "Cloud"
		}
		return 200, map[string]any{"deploymentType": kind, "baseUrl": f.base, "version": "10.3.24", "serverTime": jiraTime(f.now.UnixMilli())}
	case path == "field":
		return 200, slices.Concat([]map[string]any{{"id": "duedate", "name": "Due date"}}, f.fields)
	case path == "project" && !f.cloud:
		return 200, f.projects
	case path == "project/search" && f.cloud:
		return 200, map[string]any{"isLast": true, "values": f.projects}
	case path == "search/approximate-count" && f.cloud:
		return 200, map[string]any{"count": len(f.issues)}
	case path == "myself":
		return 200, map[string]any{"displayName": "Bot"}
	case path == "priority":
		return 200, []any{map[string]any{"id": "1", "name": "Highest"}, map[string]any{"id": "7", "name": "Someday"}}
	case path == "status":
		return 200, f.statuses()
	case path == "issueLinkType":
		return 200, map[string]any{"issueLinkTypes": []any{
			map[string]any{"name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
			map[string]any{"name": "Gates", "inward": "is gated by", "outward": "gates"},
		}}
	case path == "search" && !f.cloud, path == "search/jql" && f.cloud:
		return f.search(body)
	case path == "changelog/bulkfetch" && f.cloud && method == http.MethodPost:
		return f.bulkLogs(body)
	case path == "issue/bulkfetch" && f.cloud && method == http.MethodPost:
		return f.bulk(body)
	case isIssue:
		name, rest, _ := strings.Cut(issue, "/")
		i := f.find(name)
		if i == nil {
			return 404, refusal("Issue does not exist or you do not have permission to see it.")
		}
		if rest == "comment" {
			return 200, f.comments(i, q)
		}
		if rest == "remotelink" {
			return 200, slices.Concat([]any{}, i.remote)
		}
		if rest == "changelog" && f.cloud {
			return 200, f.log(i, q)
		}
		return 200, i.json()
	}
	return 404, refusal("no such path " + path)
}

func (f *fake) find(name string) *fakeIssue {
	for _, i := range f.issues {
		if (i.id == name || i.key == name || i.fields["former"] == name) && !i.hidden {
			return i
		}
	}
	return nil
}

// json is the issue as a search shows it.
func (i *fakeIssue) json() map[string]any {
	fields := map[string]any{"updated": jiraTime(i.stamp)}
	for name, value := range i.fields {
		fields[name] = value
	}
	return map[string]any{"id": i.id, "key": i.key, "fields": fields}
}

func (f *fake) comments(i *fakeIssue, q url.Values) any {
	all, _ := i.fields["all comments"].([]any)
	most, err := strconv.Atoi(q.Get("maxResults"))
	if err != nil || q.Get("orderBy") != "-created" {
		f.t.Errorf("comments asked with %v", q)
	}
	newest := slices.Clone(all)
	slices.Reverse(newest)
	return map[string]any{"comments": newest[:min(most, len(newest))], "total": len(all)}
}

func (f *fake) bulk(body []byte) (int, any) {
	var q struct{ IssueIdsOrKeys, Fields []string }
	if err := json.Unmarshal(body, &q); err != nil || len(q.IssueIdsOrKeys) == 0 || len(q.IssueIdsOrKeys) > 100 {
		return 400, refusal("bad bulk")
	}
	found, errs := []any{}, []any{}
	for _, id := range q.IssueIdsOrKeys {
		if i := f.find(id); i != nil {
			found = append(found, i.json())
		} else {
			errs = append(errs, map[string]any{"id": id, "errorMessage": "no"})
		}
	}
	return 200, map[string]any{"issues": found, "issueErrors": errs}
}

var (
	jqlProjects = regexp.MustCompile(`project in \(([^)]*)\)`)
	jqlUpdated  = regexp.MustCompile(`updated >= (\d+)`)
	jqlUntil    = regexp.MustCompile(`updated < (\d+)`)
	jqlIDs      = regexp.MustCompile(`\bid in \(([^)]*)\)`)
	jqlLabel    = regexp.MustCompile(`labels = (\w+)`)
)

// selected are the visible issues a query selects, in its order.
func (f *fake) selected(jql string, lenient bool) ([]*fakeIssue, string) {
	var out []*fakeIssue
	m := jqlProjects.FindStringSubmatch(jql)
	if m != nil {
		for _, key := range strings.Split(m[1], ", ") {
			if !slices.ContainsFunc(f.projects, func(p map[string]any) bool { return strconv.Quote(p["key"].(string)) == key }) {
				return nil, "The value " + key + " does not exist for the field 'project'."
			}
		}
	}
	ids := jqlIDs.FindStringSubmatch(jql)
	if ids != nil && !lenient {
		for _, id := range strings.Split(ids[1], ", ") {
			if f.find(id) == nil {
				return nil, "no issue " + id
			}
		}
	}
	since := jqlUpdated.FindStringSubmatch(jql)
	until := jqlUntil.FindStringSubmatch(jql)
	label := jqlLabel.FindStringSubmatch(jql)
	for _, i := range f.issues {
		if i.late != nil && !f.now.Before(i.ready) {
			i.stamp, i.late = *i.late, nil
		}
		project, _, _ := strings.Cut(i.key, "-")
		if i.hidden || m != nil && !strings.Contains(m[1], strconv.Quote(project)) {
			continue
		}
		if ids != nil && !slices.Contains(strings.Split(ids[1], ", "), i.id) {
			continue
		}
		if since != nil {
			if from, _ := strconv.ParseInt(since[1], 10, 64); i.stamp < from {
				continue
			}
		}
		if until != nil {
			if end, _ := strconv.ParseInt(until[1], 10, 64); i.stamp >= end {
				continue
			}
		}
		if label != nil && !strings.Contains(mustJSON(i.fields["labels"]), label[1]) {
			continue
		}
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b *fakeIssue) int {
		if strings.Contains(jql, "updated ASC") && a.stamp != b.stamp {
			return int(a.stamp - b.stamp)
		}
		return strings.Compare(a.key, b.key)
	})
	return out, ""
}

func (f *fake) search(body []byte) (int, any) {
	var q struct {
		JQL           string
		Fields        []string
		Expand        []string
		MaxResults    int
		StartAt       int
		NextPageToken string
		ValidateQuery *bool
	}
	if err := json.Unmarshal(body, &q); err != nil || !strings.Contains(q.JQL, "ORDER BY") || len(q.Fields) == 0 {
		f.t.Errorf("search %s: %v", body, err)
	}
	all, complaint := f.selected(q.JQL, q.ValidateQuery != nil && !*q.ValidateQuery)
	if complaint != "" {
		return 400, refusal(complaint)
	}
	at, most := q.StartAt, min(q.MaxResults, f.most)
	if slices.Equal(q.Fields, []string{"id"}) {
		most = q.MaxResults
	}
	if q.NextPageToken != "" {
		var known bool
		if at, known = f.tokens[q.NextPageToken+q.JQL]; !known {
			return 400, refusal("The provided next page token is invalid or expired.")
		}
	}
	shown := []any{}
	end := min(len(all), at+most)
	for _, i := range all[min(at, len(all)):end] {
		one := i.json()
		if f.answered != nil && len(q.Fields) > 1 {
			f.answered[i.id]++
		}
		if slices.Contains(q.Expand, "changelog") {
			one["changelog"] = f.embedded(i)
		}
		shown = append(shown, one)
	}
	if !f.cloud {
		return 200, map[string]any{"startAt": at, "maxResults": most, "total": len(all), "issues": shown}
	}
	answer := map[string]any{"issues": shown, "isLast": end == len(all)}
	if end < len(all) {
		token := fmt.Sprintf("t%d", len(f.tokens))
		f.tokens[token+q.JQL] = end
		answer["nextPageToken"] = token
	}
	return 200, answer
}

// both runs a test against either product.
func both(t *testing.T, test func(t *testing.T, f *fake)) {
	t.Helper()
	for _, cloud := range []bool{true, false} {
		name := "data center"
		if cloud {
			name = "cloud"
		}
		t.Run(name, func(t *testing.T) { test(t, newFake(t, cloud)) })
	}
}
