package jira_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden reads real issues, one of each kind of link, resolution, status
// and reference, as they stand in testdata/issues.json.
func TestGolden(t *testing.T) {
	body, err := os.ReadFile(filepath.Join("testdata", "issues.json"))
	if err != nil {
		t.Fatal(err)
	}
	var issues []json.RawMessage
	if err := json.Unmarshal(body, &issues); err != nil {
		t.Fatal(err)
	}
	f := newFake(t, false)
	f.fields = []map[string]any{
		{"id": "customfield_10102", "name": "Epic Link", "schema": map[string]any{"custom": "com.pyxis.greenhopper.jira:gh-epic-link"}},
	}
	f.intercept = func(r *http.Request, _ string) *http.Response {
		if searching(r) {
			return reply(200, "application/json", mustJSON(map[string]any{"total": len(issues), "issues": issues}))
		}
		return nil
	}
	r := newRecord()
	r.poll(t, f.connect(nil))
	if len(r.problems) > 0 {
		t.Errorf("problems %v", r.problems)
	}
	var got []byte
	for _, one := range r.records(func(*model.Item) bool { return true }) {
		line, err := json.MarshalIndent(one, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		got = append(append(got, line...), '\n')
	}
	golden := filepath.Join("testdata", "issues.golden")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// read polls one issue with the given fields from a site with given custom fields.
func read(t *testing.T, fields map[string]any, custom []map[string]any, change func(*jira.Config)) (model.Observation, []model.Problem, *model.Site) {
	t.Helper()
	f := newFake(t, true)
	f.fields = custom
	f.add("1", "PAY-1", time.Hour, fields)
	r := newRecord()
	r.poll(t, f.connect(func(c *jira.Config) {
		credentials(c)
		if change != nil {
			change(c)
		}
	}))
	return r.item(t, "PAY-1"), r.problems, r.site
}

func TestState(t *testing.T) {
	no := false
	config := func(c *jira.Config) {
		c.Status = map[string]jira.Status{
			"shipped": {State: "done"}, "BLOCKED": {Blocked: &no}, "On hold": {State: "doing", Blocked: ptr(true)},
		}
		c.Resolutions = map[string]string{"Hold": "dropped", "Duplicate": "done"}
	}
	for name, test := range map[string]struct {
		status     map[string]any
		resolution any
		change     func(*jira.Config)
		want       model.State
		signals    int
	}{
		"new":                         {status("Open", "new"), nil, nil, model.Todo, 0},
		"under way":                   {status("Open", "indeterminate"), nil, nil, model.Doing, 0},
		"done without resolution":     {status("Done", "done"), nil, nil, model.Done, 0},
		"fixed":                       {status("Done", "done"), "Fixed", nil, model.Done, 0},
		"won't do":                    {status("Done", "done"), "Won't Do", nil, model.Dropped, 0},
		"won’t fix, curly":            {status("Done", "done"), "WON’T FIX", nil, model.Dropped, 0},
		"not a bug":                   {status("Done", "done"), "not a bug", nil, model.Dropped, 0},
		"a resolution of the site":    {status("Done", "done"), "Not Our Bug", nil, model.Done, 0},
		"resolution while open":       {status("Open", "new"), "Rejected", nil, model.Todo, 0},
		"no category":                 {status("Odd", "undefined"), nil, nil, model.Todo, 0},
		"no category but resolved":    {status("Odd", "undefined"), "Obsolete", nil, model.Dropped, 0},
		"blocked":                     {status("Blocked", "indeterminate"), nil, nil, model.Doing, 1},
		"blocked within a name":       {status("Blocked by QA", "indeterminate"), nil, nil, model.Doing, 0},
		"config: resolution dropped":  {status("Done", "done"), "hold", config, model.Dropped, 0},
		"config: resolution done":     {status("Done", "done"), "Duplicate", config, model.Done, 0},
		"config: status wins":         {status("Shipped", "indeterminate"), "Won't Do", config, model.Done, 0},
		"config: blocked is no sign":  {status("Blocked", "indeterminate"), nil, config, model.Doing, 0},
		"config: another status is":   {status("On Hold", "new"), nil, config, model.Doing, 1},
		"config: category left alone": {status("blocked", "done"), nil, config, model.Done, 0},
	} {
		t.Run(name, func(t *testing.T) {
			fields := map[string]any{"status": test.status, "resolution": nil, "resolutiondate": "2026-01-02T03:04:05.000+0100"}
			if test.resolution != nil {
				fields["resolution"] = map[string]any{"name": test.resolution}
			}
			got, _, _ := read(t, fields, nil, test.change)
			if got.Item.State != test.want || len(got.Item.Signals) != test.signals {
				t.Errorf("state %s, signals %v", got.Item.State, got.Item.Signals)
			}
			if got.Item.Closed.IsZero() == !got.Item.State.Open() {
				t.Errorf("state %s, closed %s", got.Item.State, got.Item.Closed)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestPhrases(t *testing.T) {
	config := func(c *jira.Config) {
		c.Links = map[string]jira.Role{"Is Gated By": "blocked_by", "blocks": "relates", "awaits": "blocked_by"}
	}
	far := &fakeIssue{id: "9", key: "OPS-9", fields: map[string]any{"status": status("Open", "new"), "summary": "Far"}}
	for _, test := range []struct {
		side, phrase string
		change       func(*jira.Config)
		kind         model.Kind
		reverse      bool
		unmapped     string
	}{
		{"outward", "blocks", nil, model.Blocks, false, ""},
		{"inward", "is blocked by", nil, model.Blocks, true, ""},
		{"outward", "Depends On", nil, model.Blocks, true, ""}, // the phrase decides, not the side
		{"inward", "depends  on ", nil, model.Blocks, true, ""},
		{"inward", "is depended on by", nil, model.Blocks, false, ""},
		{"inward", "is required by", nil, model.Blocks, false, ""},
		{"outward", "has to be done before", nil, model.Blocks, false, ""},
		{"inward", "has to be done after", nil, model.Blocks, true, ""},
		{"outward", "duplicates", nil, model.Duplicates, false, ""},
		{"inward", "is duplicated by", nil, model.Duplicates, true, ""},
		{"inward", "mirrored by", nil, model.Mirrors, false, ""},
		{"inward", "is child of", nil, model.Parent, false, ""},
		{"inward", "is parent of", nil, model.Parent, true, ""},
		{"inward", "is caused by", nil, model.Relates, false, ""},
		{"inward", "is dependent of", nil, model.Relates, false, "is dependent of"},
		{"inward", " Is gated by", nil, model.Relates, false, "Is gated by"},
		{"inward", "is gated by", config, model.Blocks, true, ""},
		{"outward", "blocks", config, model.Relates, false, ""},
	} {
		got, _, _ := read(t, map[string]any{"issuelinks": []any{link("17", test.side, test.phrase, far)}}, nil, test.change)
		if len(got.Claims) != 1 {
			t.Errorf("%s: claims %+v", test.phrase, got.Claims)
			continue
		}
		c := got.Claims[0]
		if c.Kind != test.kind || c.Reverse != test.reverse || c.Unmapped.String() != test.unmapped || c.Origin != model.IssueLink {
			t.Errorf("%s %q: %+v", test.side, test.phrase, c)
		}
		if want := (model.Target{Tracker: model.WordOf("acme"), Native: "9", Key: "OPS-9"}); c.Target != want {
			t.Errorf("%q: target %+v", test.phrase, c.Target)
		}
	}
}

func schema(id, name, custom string) map[string]any {
	return map[string]any{
		"id": id, "name": name, "custom": true, "clauseNames": []string{"cf[" + id[len("customfield_"):] + "]"},
		"schema": map[string]any{"custom": "com.pyxis:" + custom},
	}
}

var customFields = []map[string]any{
	schema("customfield_1", "Sprint", "gh-sprint"),
	schema("customfield_2", "Story point estimate", "jsw-story-points"),
	schema("customfield_3", "Flagged", "multicheckboxes"),
	schema("customfield_4", "Epic Link", "gh-epic-link"),
	schema("customfield_5", "Team", "atlassian-team"),
	schema("customfield_6", "Team", "select"),
	schema("customfield_7", "Needed by", "datepicker"),
	schema("customfield_8", "Customer", "cascadingselect"),
	{"id": "reporter", "name": "Reporter"},
	{"id": `odd","id`, "name": "Odd"},
}

func TestFields(t *testing.T) {
	fields := map[string]any{
		"priority": map[string]any{"name": "High"}, "labels": []string{"q1", "BLOCKED"},
		"components": []any{map[string]any{"name": "API"}}, "duedate": "",
		"fixVersions": []any{map[string]any{"name": "1.0", "releaseDate": "2026-04-01"}, map[string]any{"name": "next"}},
		"assignee":    map[string]any{"accountId": "a1", "displayName": "Ana", "emailAddress": "ana@acme.example"},
		"reporter":    map[string]any{"key": "ben", "name": "ben.o", "displayName": "Ben"},
		"created":     "2026-01-01T10:00:00Z",
		"customfield_1": []any{
			map[string]any{"id": 7, "name": "S7", "state": "closed", "endDate": "2026-01-14T00:00:00Z"},
			map[string]any{"id": 8, "name": "S8", "state": "active", "endDate": "2026-03-20T12:00:00.000+0100"},
			map[string]any{"id": 9, "name": "S9", "state": "future"},
		},
		"customfield_2": 3.5,
		"customfield_3": []any{map[string]any{"value": "Impediment"}},
		"customfield_4": "PAY-100",
		"customfield_5": map[string]any{"id": "u-u-i-d", "name": "Payments"},
		"customfield_7": "2026-05-01",
		"customfield_8": map[string]any{"value": "Bank", "child": map[string]any{"value": "North"}},
	}
	got, problems, site := read(t, fields, customFields, func(c *jira.Config) {
		c.Fields = map[string]string{
			"needed_by": "needed BY", "customer": "cf[8]", "who": "Reporter", "points": "Story Points", "rank": "Rank",
		}
	})
	if len(problems) > 0 {
		t.Errorf("problems %v", problems)
	}
	points := 3.5
	day := func(m time.Month, d int) model.Date {
		return model.Date{Time: model.At(time.Date(2026, m, d, 0, 0, 0, 0, time.UTC)), Day: true}
	}
	want := model.Item{
		ID: model.ID{Tracker: model.WordOf("acme"), Native: "1"}, Key: "PAY-1", URL: "https://acme.example/jira/browse/PAY-1",
		Title: "Title of PAY-1", Type: model.WordOf("Task"), Project: model.WordOf("PAY"), State: model.Todo, Status: model.WordOf("Open"), Priority: model.WordOf("High"),
		Components: []string{"API"}, Labels: []string{"q1", "BLOCKED"},
		FixVersions: []model.Span{{Name: "1.0", End: day(time.April, 1)}, {Name: "next"}},
		Sprint:      &model.Span{Name: "S8", End: model.Date{Time: model.At(time.Date(2026, 3, 20, 11, 0, 0, 0, time.UTC))}},
		Epic:        "PAY-100",
		Fields:      map[string]string{"team": "Payments", "customer": "Bank / North", "who": "Ben"},
		Author:      &model.Account{ID: "ben", Name: "Ben"},
		Assignees:   []model.Account{{ID: "a1", Name: "Ana", Email: "ana@acme.example"}},
		Points:      &points, Due: day(time.May, 1),
		Created: model.At(time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)), Updated: model.At(start.Add(-time.Hour)),
		Signals: []model.Signal{{Kind: model.SignalFlag, Value: "Impediment"}, {Kind: model.SignalLabel, Value: "BLOCKED"}},
	}
	if d := cmp.Diff(want, got.Item); d != "" {
		t.Errorf("item (-want +got):\n%s", d)
	}
	unmapped := []string{
		`fields.points: the site has no field "Story Points"; "Story point estimate" (customfield_2) is read instead`,
		`fields.rank: the site has no field "Rank"`,
		`status "Parked" has no category and is read as todo: map it under status`,
	}
	if d := cmp.Diff(unmapped, site.Unmapped); d != "" {
		t.Errorf("unmapped (-want +got):\n%s", d)
	}
	wantClaims := []model.Claim{{Kind: model.Parent, Target: model.Target{Key: "PAY-100"}, Origin: model.ParentField, Where: "epic link"}}
	if d := cmp.Diff(wantClaims, got.Claims); d != "" {
		t.Errorf("claims (-want +got):\n%s", d)
	}
}

// Several fields of the name: the first with a value is read, and that is told.
func TestAmbiguousField(t *testing.T) {
	got, _, site := read(t, map[string]any{"customfield_6": map[string]any{"value": "Platform"}}, customFields, func(c *jira.Config) {
		c.Fields = map[string]string{"team": "Team"}
	})
	if got.Item.Fields["team"] != "Platform" {
		t.Errorf("fields %v", got.Item.Fields)
	}
	want := []string{`fields.team: several fields could hold it, the first with a value is read: "Team" (customfield_5), "Team" (customfield_6)`, `status "Parked" has no category and is read as todo: map it under status`}
	if d := cmp.Diff(want, site.Unmapped); d != "" {
		t.Errorf("unmapped (-want +got):\n%s", d)
	}
}

func TestSprint(t *testing.T) {
	old := func(id, state, name, end string) string {
		return "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=" + id + ",rapidViewId=3,state=" + state + ",name=" + name +
			",startDate=2026-03-01T08:00:00.000Z,endDate=" + end + ",completeDate=<null>,sequence=" + id + ",goal=a, b=c]"
	}
	for name, test := range map[string]struct {
		value any
		want  string
		end   string
		bad   bool
	}{
		"none":            {nil, "", "", false},
		"empty":           {[]any{}, "", "", false},
		"one object":      {map[string]any{"id": 1, "name": "A", "state": "active"}, "A", "", false},
		"closed only":     {[]any{old("1", "CLOSED", "A", "2026-03-15T08:00:00.000Z")}, "", "", false},
		"text":            {[]any{old("1", "ACTIVE", "Pay, part 2", "2026-03-15T08:00:00.000+01:00")}, "Pay, part 2", "2026-03-15T07:00:00Z", false},
		"text by itself":  {old("1", "FUTURE", "B", "<null>"), "B", "", false},
		"latest to come":  {[]any{old("4", "FUTURE", "B4", "<null>"), old("5", "FUTURE", "B5", "<null>"), old("3", "CLOSED", "A", "<null>")}, "B5", "", false},
		"active first":    {[]any{old("4", "ACTIVE", "A4", "<null>"), old("5", "FUTURE", "B5", "<null>")}, "A4", "", false},
		"null among them": {[]any{nil, old("4", "ACTIVE", "A4", "<null>")}, "A4", "", false},
		"a number":        {5, "", "", true},
		"other text":      {"soon", "", "", true},
		"end of no form":  {[]any{map[string]any{"name": "A", "state": "active", "endDate": "soon"}}, "A", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems, _ := read(t, map[string]any{"customfield_1": test.value}, customFields, nil)
			if s := got.Item.Sprint.Value(); s.Name != test.want || s.End.String() != test.end {
				t.Errorf("sprint %q ends %q", s.Name, s.End)
			}
			if (len(problems) > 0) != test.bad {
				t.Errorf("problems %v", problems)
			}
		})
	}
}

// A part that cannot be read is a problem; the issue stands without it.
func TestOddValues(t *testing.T) {
	for name, fields := range map[string]map[string]any{
		"negative points": {"customfield_2": -1},
		"huge points":     {"customfield_2": 1e300},
		"points not text": {"customfield_2": "NaN"},
		"points a list":   {"customfield_2": []any{1}},
		"due date":        {"duedate": "soon"},
		"created":         {"created": "2026-13-01"},
		"release date":    {"fixVersions": []any{map[string]any{"name": "1", "releaseDate": "x"}}},
		"link to nowhere": {"issuelinks": []any{map[string]any{"id": "1", "type": map[string]any{"inward": "x"}, "inwardIssue": map[string]any{"id": "a", "key": "b"}}}},
	} {
		got, problems, _ := read(t, fields, customFields, nil)
		if len(problems) != 1 || problems[0].Where != "PAY-1" {
			t.Errorf("%s: problems %v", name, problems)
		}
		if got.Item.Points != nil || got.Item.Title == "" || len(got.Claims) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, fields := range map[string]map[string]any{
		"points as text": {"customfield_2": "5"},
		"time with Z":    {"created": "2026-01-01T10:00:00.123Z"},
		"time to minute": {"created": "2026-01-01T10:00+0100"},
		"nulls": {
			"resolution": nil, "assignee": nil, "labels": nil, "issuelinks": nil, "parent": nil, "comment": nil, "duedate": nil,
			"fixVersions": nil, "customfield_1": nil, "customfield_3": nil, "description": nil, "priority": nil, "reporter": nil,
		},
		"hidden link": {"issuelinks": []any{map[string]any{"id": "1", "type": map[string]any{"inward": "x"}}}},
	} {
		if _, problems, _ := read(t, fields, customFields, nil); len(problems) > 0 {
			t.Errorf("%s: problems %v", name, problems)
		}
	}
}

func TestFamily(t *testing.T) {
	brief := func(id, key, kind string, level int) map[string]any {
		return map[string]any{"id": id, "key": key, "fields": map[string]any{
			"summary": key, "status": status("Open", "new"), "issuetype": map[string]any{"name": kind, "hierarchyLevel": level},
		}}
	}
	parent := func(key string) model.Claim {
		return model.Claim{Kind: model.Parent, Target: model.Target{Tracker: model.WordOf("acme"), Native: "8", Key: key}, Origin: model.ParentField, Where: "parent"}
	}
	child := model.Claim{
		Kind: model.Parent, Reverse: true, Target: model.Target{Tracker: model.WordOf("acme"), Native: "9", Key: "PAY-9"},
		Origin: model.ParentField, Where: "subtask",
	}
	for name, test := range map[string]struct {
		fields map[string]any
		epic   string
		claims []model.Claim
	}{
		"sub-task":            {map[string]any{"parent": brief("8", "PAY-8", "Story", 0)}, "", []model.Claim{parent("PAY-8")}},
		"in an epic":          {map[string]any{"parent": brief("8", "PAY-8", "Initiative", 1)}, "PAY-8", []model.Claim{parent("PAY-8")}},
		"the same epic twice": {map[string]any{"parent": brief("8", "PAY-8", "Epic", 1), "customfield_4": "PAY-8"}, "PAY-8", []model.Claim{parent("PAY-8")}},
		"has sub-tasks":       {map[string]any{"subtasks": []any{brief("9", "PAY-9", "Sub-task", -1)}}, "", []model.Claim{child}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, _ := read(t, test.fields, customFields, nil)
			if got.Item.Epic != test.epic {
				t.Errorf("epic %q", got.Item.Epic)
			}
			if d := cmp.Diff(test.claims, got.Claims); d != "" {
				t.Errorf("claims (-want +got):\n%s", d)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	comment := func(id, at, body string) any {
		return map[string]any{"id": id, "created": at, "body": body, "author": map[string]any{"displayName": "Ana", "accountId": "a1"}}
	}
	fields := map[string]any{
		"summary":     "Follow-up of PAY-2",
		"description": "Blocked by PLAT-3\n\nPAY-1 is this one. PAY-2 is another. PAY-2 again.",
		"comment": map[string]any{"total": 3, "comments": []any{
			comment("12", "2026-03-02T10:00:00.000+0000", "No longer blocked by PLAT-3"),
			comment("11", "2026-03-01T10:00:00.000+0000", "oldest PLAT-9"),
			comment("13", "2026-03-03T10:00:00.000+0000", "newest PLAT-7"),
		}},
	}
	at := func(day int) time.Time { return time.Date(2026, 3, day, 10, 0, 0, 0, time.UTC) }
	claim := func(kind model.Kind, key, where string, seq int) model.Claim {
		return model.Claim{Kind: kind, Target: model.Target{Key: key}, Origin: model.Text, Where: where, Seq: int32(seq)}
	}
	blocked := claim(model.Blocks, "PLAT-3", "body", 2)
	blocked.Reverse = true
	withdrawn := claim(model.Relates, "PLAT-3", "comment 12", 5)
	withdrawn.Withdraws, withdrawn.Author, withdrawn.At = true, "Ana", model.At(at(2))
	newest := claim(model.Relates, "PLAT-7", "comment 13", 6)
	newest.Author, newest.At = "Ana", model.At(at(3))
	want := []model.Claim{
		claim(model.Relates, "PAY-2", "title", 1), blocked, claim(model.Relates, "PAY-2", "body", 4), withdrawn, newest,
	}
	got, _, _ := read(t, fields, nil, func(c *jira.Config) { c.Text.MaxComments = 2 })
	if d := cmp.Diff(want, got.Claims); d != "" {
		t.Errorf("claims (-want +got):\n%s", d)
	}
	got, _, _ = read(t, fields, nil, func(c *jira.Config) { c.Text = jira.Text{} })
	if len(got.Claims) != 0 {
		t.Errorf("claims of texts that are not read: %+v", got.Claims)
	}
}
