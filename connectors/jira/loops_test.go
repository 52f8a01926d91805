package jira_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// link makes an issue show a link to another, as a payload embeds it.
func link(id, side, phrase string, far *fakeIssue) map[string]any {
	brief := map[string]any{}
	for _, name := range []string{"summary", "status", "priority", "issuetype"} {
		if v, ok := far.fields[name]; ok {
			brief[name] = v
		}
	}
	return map[string]any{
		"id": id, "type": map[string]any{"name": "Any", side: phrase},
		side + "Issue": map[string]any{"id": far.id, "key": far.key, "fields": brief},
	}
}

func sweep(t *testing.T, c *jira.Connector, r *record) {
	t.Helper()
	for b, err := range c.Sweep(t.Context(), r.records(func(it *model.Item) bool { return it.State.Open() })) {
		if err != nil {
			t.Fatal(err)
		}
		r.add(b)
	}
}

func TestSweep(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		ops := f.add("900", "OPS-1", time.Hour, nil)
		gone := f.add("901", "OPS-2", time.Hour, nil)
		moving := f.add("902", "OPS-3", time.Hour, nil)
		dropped := f.add("903", "OPS-4", time.Hour, map[string]any{"status": status("Closed", "done")})
		f.add("1", "PAY-1", time.Hour, map[string]any{"issuelinks": []any{
			link("1", "inward", "is blocked by", ops), link("2", "outward", "relates to", gone),
			link("3", "inward", "is blocked by", moving), link("4", "inward", "is blocked by", dropped),
		}})
		c, r := f.connect(nil), newRecord()
		r.poll(t, c)
		if got := r.item(t, "OPS-4").Item; !got.Stub || got.State != model.Done {
			t.Errorf("a stub of a closed issue: %+v", got)
		}

		ops.fields["status"] = status("Building", "indeterminate")
		gone.hidden = true
		dropped.fields["resolution"] = map[string]any{"name": "Won\u2019t Do"}
		f.requests()
		sweep(t, c, r)
		if got := r.item(t, "OPS-1").Item; !got.Stub || got.State != model.Doing || got.Status.String() != "Building" {
			t.Errorf("after a sweep: %+v", got)
		}
		if got := r.item(t, "OPS-4").Item.State; got != model.Dropped {
			t.Errorf("a blocker that will not be done is %s", got)
		}
		want := 3 // for those issues, the history of the other and statuses
		if f.cloud {
			want = 1 // no histories for anonymous visitors
		}
		if got := f.requests(); len(got) != want {
			t.Errorf("a sweep asked %v", got)
		}
		// What links tell of it later does not bring it back.
		f.issues[4].stamp += 60_000
		r.poll(t, c)
		if got := r.item(t, "OPS-4").Item.State; got != model.Dropped {
			t.Errorf("after the link was read again the blocker is %s", got)
		}

		moving.key = "PAY-70"
		moving.fields["project"] = map[string]any{"key": "PAY"}
		moving.fields["assignee"] = map[string]any{"displayName": "Ana", "accountId": "a1"}
		f.requests()
		sweep(t, c, r)
		if got := r.item(t, "PAY-70").Item; got.Stub || len(got.Assignees) != 1 {
			t.Errorf("an issue that moved into the scope: %+v", got)
		}
		sweep(t, c, r)
		f.requests()
		sweep(t, c, r)
		if got := f.requests(); len(got) != 1 {
			t.Errorf("an idle sweep asked %v", got)
		}
	})
}

func TestAsk(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.add("1", "PAY-1", time.Hour, map[string]any{"labels": []string{"x"}})
		f.add("2", "PAY-2", time.Hour, map[string]any{"former": "OLD-9"})
		f.add("3", "OPS-1", time.Hour, map[string]any{"labels": []string{"x"}})
		f.intercept = func(r *http.Request, _ string) *http.Response {
			if strings.HasSuffix(r.URL.Path, "/issue/PLAT-66") {
				return reply(403, "application/json", `{"errorMessages":["You do not have permission."]}`)
			}
			return nil
		}
		b, err := f.connect(nil).Ask(t.Context(), []string{"PAY-1", "OLD-9", "OPS-1", "PAY-404", "SEC-1", "PLAT-66", "owner/repo#3", "UTF-8", "../x-1"})
		if err != nil {
			t.Fatal(err)
		}
		id := func(native string) model.ID { return model.ID{Tracker: model.WordOf("acme"), Native: native} }
		want := []model.Answer{
			{Key: "PAY-1", Found: id("1")},
			{Key: "OLD-9", Found: id("2")},
			{Key: "OPS-1", Found: id("3")},
			{Key: "PAY-404", Reason: model.Gone},
			{Key: "SEC-1", Reason: model.Forbidden},
			{Key: "PLAT-66", Reason: model.Forbidden},
			{Key: "UTF-8", Reason: model.Forbidden},
		}
		if d := cmp.Diff(want, b.Answers); d != "" {
			t.Errorf("answers (-want +got):\n%s", d)
		}
		r := newRecord()
		r.add(b)
		if r.keys() != "OPS-1 PAY-1 PAY-2" || !r.item(t, "OPS-1").Item.Stub || r.item(t, "PAY-1").Item.Stub {
			t.Errorf("items %s", r.keys())
		}
	})
}

// With a query only the site can tell what is in the scope.
func TestAskWithQuery(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.add("1", "PAY-1", time.Hour, map[string]any{"labels": []string{"wanted"}})
		f.add("2", "PAY-2", time.Hour, nil)
		b, err := f.connect(func(c *jira.Config) { c.JQL = "labels = wanted" }).Ask(t.Context(), []string{"PAY-1", "PAY-2"})
		if err != nil {
			t.Fatal(err)
		}
		r := newRecord()
		r.add(b)
		if r.item(t, "PAY-1").Item.Stub || !r.item(t, "PAY-2").Item.Stub {
			t.Errorf("items %+v", b.Items)
		}
	})
}

func TestCensus(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.fill(6, 1)
		f.add("80", "PLAT-1", time.Hour, nil)
		c, r := f.connect(nil), newRecord()
		r.poll(t, c)

		f.issues[0].hidden = true                                                 // deleted
		f.issues[1].key = "OPS-5"                                                 // moved away
		f.issues[1].fields["project"] = map[string]any{"key": "OPS"}              //
		f.issues[6].hidden = true                                                 // all of PLAT
		f.add("77", "PAY-77", 9000*time.Hour, nil).fields["summary"] = "moved in" // with an old stamp
		f.issues[2].fields["labels"] = []string{"unannounced"}
		f.issues[3].fields["status"] = status("Done", "done") // but it is known to be open
		census, err := c.Census(t.Context(), r.records(func(*model.Item) bool { return true }))
		if err != nil {
			t.Fatal(err)
		}
		want := model.Census{
			Scopes: []model.Scope{
				{Name: "PAY", Readable: true},
				{Name: "PLAT", Error: "it shows no issue although 1 are known"},
			},
			Native: map[string][]string{"PAY": {"1002", "1003", "1004", "1005", "77"}},
			Gone:   []model.Absence{{ID: model.ID{Tracker: model.WordOf("acme"), Native: "1000"}, Reason: model.Gone}},
		}
		if d := cmp.Diff(want, census, cmpopts.IgnoreFields(model.Census{}, "Batch")); d != "" {
			t.Errorf("census (-want +got):\n%s", d)
		}
		r.add(census.Batch)
		var read []string
		for _, o := range census.Batch.Items {
			read = append(read, o.Item.Key)
		}
		if r.item(t, "OPS-5").Item.Project.String() != "OPS" || r.item(t, "PAY-77").Item.Title != "moved in" || len(r.item(t, "PAY-3").Item.Labels) != 1 || len(read) != 6 {
			t.Errorf("read anew: %v", read)
		}

		// Closed ones are not read again.
		census, err = c.Census(t.Context(), r.records(func(*model.Item) bool { return true }))
		if err != nil || slices.ContainsFunc(census.Batch.Items, func(o model.Observation) bool { return o.Item.Key == "PAY-4" }) || len(census.Batch.Items) != 4 {
			t.Errorf("then read anew: %d items, %v", len(census.Batch.Items), err)
		}
	})
}

func TestCheck(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		c := f.connect(func(c *jira.Config) {
			c.Projects = []string{"PAY", "SEC"}
			c.Auth = jira.Auth{Email: "bot@acme.example", TokenEnv: "TOKEN"}
			c.Links = map[string]jira.Role{"awaits": "blocked_by"}
			c.Status = map[string]jira.Status{"Stuck": {State: "doing"}}
			c.Fields = map[string]string{"customer": "Customer"}
		})
		site, unmapped, err := c.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(site.Scopes) != 2 || !site.Scopes[0].Readable || site.Scopes[1].Readable {
			t.Errorf("scopes %+v", site.Scopes)
		}
		if d := cmp.Diff([]string{"Highest", "Someday"}, site.Priorities); d != "" {
			t.Errorf("priorities (-want +got):\n%s", d)
		}
		want := []string{
			`fields.customer: the site has no field "Customer"`,
			`status "Parked" has no category and is read as todo: map it under status`,
			`status.Stuck: the site has no such status`,
			`link phrase "is gated by" (of type "Gates") is read as relates: map it under links`,
			`link phrase "gates" (of type "Gates") is read as relates: map it under links`,
			`links.awaits: the site has no such phrase`,
		}
		if d := cmp.Diff(want, unmapped); d != "" {
			t.Errorf("unmapped (-want +got):\n%s", d)
		}
		if !slices.Contains(f.requests(), "GET myself") {
			t.Error("the credentials were not tried")
		}
	})
}

// A relation that shows at one end only makes the other end worth a look, once.
func TestFarEnd(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		old := f.add("1", "PAY-1", 1000*time.Hour, nil)
		c, r := f.connect(nil), newRecord()
		r.poll(t, c)
		young := f.add("2", "PAY-2", 0, nil)
		young.fields["issuelinks"] = []any{link("7", "inward", "is dependent of", old)}
		old.fields["issuelinks"] = []any{link("7", "outward", "depends on", young)}
		r.poll(t, c)
		if claims := r.item(t, "PAY-1").Claims; len(claims) != 1 || claims[0].Kind != model.Blocks || !claims[0].Reverse {
			t.Errorf("claims of the far end: %+v", claims)
		}
		if claims := r.item(t, "PAY-2").Claims; len(claims) != 1 || claims[0].Unmapped.String() != "is dependent of" {
			t.Errorf("claims of the near end: %+v", claims)
		}
		f.requests()
		r.poll(t, c)
		if got := f.requests(); len(got) != 1 {
			t.Errorf("then an idle poll asked %v", got)
		}
	})
}

// Comments a search leaves out are asked for, once for each update.
func TestComments(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		comment := func(id string, day int, body string) any {
			return map[string]any{
				"id": id, "body": body, "author": map[string]any{"displayName": "Ana"},
				"created": jiraTime(start.AddDate(0, 0, -day).UnixMilli()),
			}
		}
		all := []any{comment("1", 9, "blocked by PLAT-1"), comment("2", 8, "see PLAT-2"), comment("3", 7, "no longer blocked by PLAT-1")}
		i := f.add("1", "PAY-1", time.Minute, map[string]any{
			"description": "see PLAT-9", "all comments": all,
			"comment": map[string]any{"total": 3, "comments": all[:1]},
		})
		c, r := f.connect(func(c *jira.Config) { c.Text.MaxComments = 2 }), newRecord()
		r.poll(t, c)
		var where []string
		for _, c := range r.item(t, "PAY-1").Claims {
			where = append(where, c.Where+" "+c.Target.Key)
		}
		if d := cmp.Diff([]string{"body PLAT-9", "comment 2 PLAT-2", "comment 3 PLAT-1"}, where); d != "" {
			t.Errorf("claims (-want +got):\n%s", d)
		}
		before := r.item(t, "PAY-1")
		f.requests()
		r.poll(t, c)
		if got := f.requests(); len(got) != 1 {
			t.Errorf("an idle poll asked %v", got)
		}
		if d := cmp.Diff(before, r.item(t, "PAY-1")); d != "" {
			t.Errorf("an idle poll changed the issue:\n%s", d)
		}
		i.stamp += 1000
		r.poll(t, c)
		if got := f.requests(); !slices.Contains(got, "GET issue/1/comment") {
			t.Errorf("after an update the poll asked %v", got)
		}
	})
}
