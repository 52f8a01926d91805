package jira_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// credentials let Cloud give changelogs in bulk.
func credentials(c *jira.Config) { c.Auth = jira.Auth{Email: "bot@acme.example", TokenEnv: "TOKEN"} }

var flagged = map[string]any{"id": "customfield_10021", "name": "Flagged", "schema": map[string]any{"custom": "x:multicheckboxes"}}

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }

func ago(h int) time.Time { return start.Add(-hours(h)) }

// created is when the fake's issues are.
const created = 1000

// path writes a history as "hours ago state" steps.
func path(it model.Item) string {
	if !it.HistoryKnown {
		return "unknown"
	}
	if it.HistoryAsOf != it.Updated {
		return "of another update"
	}
	var steps []string
	for _, t := range it.History {
		steps = append(steps, fmt.Sprintf("%v %s", start.Sub(t.At.Time()).Hours(), t.State))
	}
	return strings.Join(steps, ", ")
}

func TestHistory(t *testing.T) {
	resolved := func(from, to string) any { return change("resolution", "", from, "", to) }
	for name, test := range map[string]struct {
		fields map[string]any
		log    func(i *fakeIssue)
		change func(*jira.Config)
		want   string
	}{
		"nothing ever changed": {want: "1000 todo"},
		"only other fields":    {log: func(i *fakeIssue) { i.logged(hours(5), change("summary", "", "a", "", "b")) }, want: "1000 todo"},
		"started": {
			fields: map[string]any{"status": status("In Progress", "indeterminate")},
			log:    func(i *fakeIssue) { i.logged(hours(50), moved("1", "3")) }, want: "1000 todo, 50 doing",
		},
		"started to be blocked": {
			fields: map[string]any{"status": status("Blocked", "indeterminate")},
			log:    func(i *fakeIssue) { i.logged(hours(50), moved("1", "3")); i.logged(hours(20), moved("3", "4")) },
			want:   "1000 todo, 50 doing",
		},
		"reopened": {
			log: func(i *fakeIssue) {
				i.logged(hours(90), moved("1", "5"), resolved("", "Done"))
				i.logged(hours(30), moved("5", "1"), resolved("Done", ""))
			}, want: "1000 todo, 90 done, 30 todo",
		},
		"dropped and reopened": {
			log: func(i *fakeIssue) {
				i.logged(hours(90), moved("1", "5"), resolved("", "Won't Do"))
				i.logged(hours(30), resolved("Won't Do", ""), moved("5", "1"))
			}, want: "1000 todo, 90 dropped, 30 todo",
		},
		"resolved before it was closed": {
			log: func(i *fakeIssue) {
				i.logged(hours(91), resolved("", "Declined"))
				i.logged(hours(90), moved("1", "5"))
				i.logged(hours(30), moved("5", "1"))
			},
			fields: map[string]any{"resolution": map[string]any{"name": "Declined"}},
			want:   "1000 todo, 90 dropped, 30 todo",
		},
		"another resolution afterwards": {
			log: func(i *fakeIssue) {
				i.logged(hours(90), moved("1", "5"), resolved("", "Done"))
				i.logged(hours(80), resolved("Done", "Duplicate"))
				i.logged(hours(30), moved("5", "1"), resolved("Duplicate", ""))
			}, want: "1000 todo, 90 done, 80 dropped, 30 todo",
		},
		"a status the config explains": {
			change: func(c *jira.Config) { c.Status = map[string]jira.Status{"parked": {State: "done"}} },
			log:    func(i *fakeIssue) { i.logged(hours(90), moved("1", "2")); i.logged(hours(30), moved("2", "1")) },
			want:   "1000 todo, 90 done, 30 todo",
		},
		"a status the site has no more": {
			log:  func(i *fakeIssue) { i.logged(hours(90), moved("1", "77")); i.logged(hours(30), moved("77", "1")) },
			want: "unknown",
		},
		"a step that is missing": {
			log:  func(i *fakeIssue) { i.logged(hours(90), moved("1", "5")); i.logged(hours(30), moved("3", "1")) },
			want: "unknown",
		},
		"another end than the present": {
			log: func(i *fakeIssue) { i.logged(hours(30), moved("1", "5")) }, want: "unknown",
		},
		"a field of the site called status": {
			log: func(i *fakeIssue) {
				own := moved("77", "78")
				own["fieldtype"] = "custom"
				i.logged(hours(30), own)
			}, want: "1000 todo",
		},
		"changed before it was created": {
			fields: map[string]any{"status": status("In Progress", "indeterminate")},
			log:    func(i *fakeIssue) { i.logged(hours(2000), moved("1", "3")) }, want: "1000 todo, 1000 doing",
		},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, f *fake) {
				i := f.add("1", "PAY-1", time.Hour, test.fields)
				if test.log != nil {
					test.log(i)
				}
				c, r := f.connect(func(c *jira.Config) {
					credentials(c)
					if test.change != nil {
						test.change(c)
					}
				}), newRecord()
				r.poll(t, c)
				sweep(t, c, r)
				if got := path(r.item(t, "PAY-1").Item); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
				before := r.item(t, "PAY-1")
				f.requests()
				sweep(t, c, r)
				if got := f.requests(); len(got) != 0 {
					t.Errorf("an idle sweep asked %v", got)
				}
				r.poll(t, c) // brings the issue again
				if d := cmp.Diff(before, r.item(t, "PAY-1")); d != "" {
					t.Errorf("read again (-before +after):\n%s", d)
				}
				if len(r.problems) > 0 {
					t.Errorf("problems %v", r.problems)
				}
			})
		})
	}
}

// Times of changes are text, seconds or milliseconds.
func TestHistoryTimes(t *testing.T) {
	at := ago(50)
	for name, test := range map[string]struct {
		created any
		want    time.Time
	}{
		"ISO":          {"2026-03-08T12:00:00.000+0200", at},
		"RFC 3339":     {"2026-03-08T10:00:00Z", at},
		"seconds":      {at.Unix(), at},
		"milliseconds": {at.UnixMilli() + 7, at.Add(7 * time.Millisecond)},
		"text":         {fmt.Sprint(at.UnixMilli()), at},
		"nothing":      {nil, time.Time{}},
		"no time":      {"yesterday", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, f *fake) {
				i := f.add("1", "PAY-1", time.Hour, map[string]any{"status": status("In Progress", "indeterminate")})
				f.add("2", "PAY-2", time.Hour, nil)
				i.logged(hours(50), moved("1", "3"))
				i.log[0].(map[string]any)["created"] = test.created
				c, r := f.connect(credentials), newRecord()
				r.poll(t, c)
				sweep(t, c, r)
				it := r.item(t, "PAY-1").Item
				if test.want.IsZero() {
					if it.HistoryKnown || len(r.problems) != 1 || r.problems[0].Where != "PAY-1" {
						t.Errorf("history %s, problems %v", path(it), r.problems)
					}
				} else if len(it.History) != 2 || it.History[1].At != model.At(test.want) {
					t.Errorf("got %v, want %v", it.History, test.want)
				}
				if got := path(r.item(t, "PAY-2").Item); got != "1000 todo" {
					t.Errorf("the other issue's history is %s", got)
				}
			})
		})
	}
}

// One issue's entries go on over pages, in no order to rely on.
func TestHistoryPages(t *testing.T) {
	test := func(t *testing.T, f *fake, change func(*jira.Config)) {
		f.mostLogs, f.most = 3, 2
		for n := range 4 {
			i := f.add(fmt.Sprint(n+1), fmt.Sprintf("PAY-%d", n+1), time.Hour, nil)
			for k := range n * 2 {
				from, to := "1", "5"
				if k%2 == 1 {
					from, to = to, from
				}
				i.logged(hours(100-k), moved(from, to))
			}
		}
		slices.Reverse(f.issues[3].log)
		c, r := f.connect(change), newRecord()
		r.poll(t, c)
		sweep(t, c, r)
		want := "1000 todo, 100 done, 99 todo, 98 done, 97 todo, 96 done, 95 todo"
		if got := path(r.item(t, "PAY-4").Item); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := path(r.item(t, "PAY-1").Item); got != "1000 todo" {
			t.Errorf("without changes: %s", got)
		}
	}
	both(t, func(t *testing.T, f *fake) { test(t, f, credentials) })
}

// A changelog that is not whole says nothing of the past.
func TestHistoryCut(t *testing.T) {
	f := newFake(t, false)
	f.cut = 1
	i := f.add("1", "PAY-1", time.Hour, nil)
	i.logged(hours(90), moved("1", "5"))
	i.logged(hours(80), moved("5", "1"))
	f.add("2", "PAY-2", time.Hour, nil)
	c, r := f.connect(nil), newRecord()
	r.poll(t, c)
	sweep(t, c, r)
	if got := path(r.item(t, "PAY-1").Item); got != "unknown" {
		t.Errorf("of a cut changelog: %s", got)
	}
	if got := path(r.item(t, "PAY-2").Item); got != "1000 todo" {
		t.Errorf("of a whole one: %s", got)
	}
	f.requests()
	sweep(t, c, r)
	if got := f.requests(); len(got) != 0 {
		t.Errorf("then a sweep asked %v", got)
	}
	f.cut = 0
	i.stamp = start.UnixMilli()
	r.poll(t, c)
	sweep(t, c, r)
	if got := path(r.item(t, "PAY-1").Item); got != "1000 todo, 90 done, 80 todo" {
		t.Errorf("after an update: %s", got)
	}
}

// Issues that vanished, or a site that refuses them all, harm no others.
func TestHistoryVanished(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		for n := range 9 {
			f.add(fmt.Sprint(n+1), fmt.Sprintf("PAY-%d", n+1), time.Hour, nil)
		}
		c, r := f.connect(credentials), newRecord()
		r.poll(t, c)
		f.issues[4].hidden = true
		f.intercept = func(req *http.Request, body string) *http.Response {
			log := strings.HasSuffix(req.URL.Path, "/changelog/bulkfetch") || strings.Contains(body, `"changelog"`)
			if log && strings.ContainsAny(body, "5") && !strings.Contains(body, "5000") {
				return reply(400, "application/json", `{"errorMessages":["no issue 5"]}`)
			}
			return nil
		}
		sweep(t, c, r)
		for n := range 9 {
			want := "1000 todo"
			if n == 4 {
				want = "unknown"
			}
			if got := path(r.item(t, fmt.Sprintf("PAY-%d", n+1)).Item); got != want {
				t.Errorf("PAY-%d: got %s, want %s", n+1, got, want)
			}
		}
		f.requests()
		sweep(t, c, r)
		if got := f.requests(); len(got) != 0 {
			t.Errorf("then a sweep asked %v", got)
		}
	})
}

// Answers that are no changelogs fail the sweep: they say nothing of any issue.
func TestHistoryUnusable(t *testing.T) {
	for name, test := range map[string]struct {
		cloud bool
		body  string
	}{
		"no list":        {true, `{}`},
		"token repeats":  {true, `{"issueChangeLogs":[],"nextPageToken":"x"}`},
		"cut":            {true, `{"issueChangeLogs":[`},
		"no issues":      {false, `{"total":1}`},
		"cut, in search": {false, `{"issues":[{"id":"1","changelog":{`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, test.cloud)
			f.add("1", "PAY-1", time.Hour, nil)
			c, r := f.connect(credentials), newRecord()
			r.poll(t, c)
			f.intercept = func(req *http.Request, body string) *http.Response {
				if strings.HasSuffix(req.URL.Path, "/changelog/bulkfetch") || strings.Contains(body, `"changelog"`) {
					return reply(200, "application/json", test.body)
				}
				return nil
			}
			var last error
			for b, err := range c.Sweep(t.Context(), r.records(func(*model.Item) bool { return true })) {
				if last = err; len(b.Items) > 0 {
					t.Errorf("items %+v", b.Items)
				}
			}
			var answer *connectors.AnswerError
			if !errors.As(last, &answer) {
				t.Errorf("error %v", last)
			}
			f.intercept = nil
			sweep(t, c, r)
			if got := path(r.item(t, "PAY-1").Item); got != "1000 todo" {
				t.Errorf("afterwards: %s", got)
			}
		})
	}
}

// A token without the scope for changelogs does for all the rest.
func TestHistoryDenied(t *testing.T) {
	for _, code := range []int{401, 403, 404} {
		f := newFake(t, true)
		f.add("1", "PAY-1", time.Hour, nil)
		f.intercept = func(req *http.Request, _ string) *http.Response {
			if strings.HasSuffix(req.URL.Path, "/changelog/bulkfetch") {
				return reply(code, "application/json", `{"message":"scope does not match"}`)
			}
			return nil
		}
		c, r := f.connect(credentials), newRecord()
		r.poll(t, c)
		sweep(t, c, r)
		if got := path(r.item(t, "PAY-1").Item); got != "unknown" || len(r.problems) != 1 || !strings.Contains(r.problems[0].What, "scope does not match") {
			t.Errorf("%d: history %s, problems %v", code, got, r.problems)
		}
		f.requests()
		sweep(t, c, r)
		if got := f.requests(); len(got) != 0 {
			t.Errorf("%d: then a sweep asked %v", code, got)
		}
	}
}

// Anonymous visitors of Cloud could only ask for one changelog at a time: none
// is asked for, and a note says so.
func TestHistoryAnonymous(t *testing.T) {
	f := newFake(t, true)
	f.fill(45, 1)
	c, r := f.connect(nil), newRecord()
	r.poll(t, c)
	if !slices.ContainsFunc(r.site.Notes, func(s string) bool { return strings.Contains(s, "histories") }) {
		t.Errorf("notes %v", r.site.Notes)
	}
	f.requests()
	sweep(t, c, r)
	if asked := f.requests(); len(asked) != 0 {
		t.Errorf("a sweep asked %v", asked)
	}
	if known := r.records(func(it *model.Item) bool { return it.HistoryKnown }); len(known) != 0 {
		t.Errorf("%d histories", len(known))
	}
}

// What is handed over is as whole as what is recorded, without what has ended.
func TestHistoryKeeps(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.add("1", "PAY-1", time.Hour, map[string]any{"description": "blocked by PLAT-9"})
		c, r := f.connect(credentials), newRecord()
		r.poll(t, c)
		known := r.records(func(*model.Item) bool { return true })
		one := *known[0]
		remote := model.Claim{Kind: model.Relates, Target: model.Target{Key: "acme/api#4"}, Origin: model.RemoteLink}
		ended := model.Claim{Kind: model.Blocks, Target: model.Target{Key: "PLAT-3"}, Origin: model.Text, Ended: model.At(ago(3))}
		one.Claims = append(slices.Clone(one.Claims), remote, ended)
		handed := 0
		for b, err := range c.Sweep(t.Context(), []*model.Record{&one}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range b.Items {
				handed++
				want := model.Observation{Item: one.Item, Claims: one.Claims[:1], Keeps: []model.Origin{model.RemoteLink}}
				want.Item.History = []model.Transition{{At: one.Item.Created, State: model.Todo}}
				want.Item.HistoryKnown, want.Item.HistoryAsOf = true, one.Item.Updated
				want.Item.Attended = model.Attention{At: one.Item.Created, What: model.AttendedCreation}
				if d := cmp.Diff(want, o); d != "" {
					t.Errorf("-want +got:\n%s", d)
				}
			}
			links := []model.ClaimSet{{Item: one.Item.ID, Origin: model.RemoteLink, Claims: one.Claims[1:2]}}
			if d := cmp.Diff(links, b.Claims); d != "" {
				t.Errorf("remote links (-want +got):\n%s", d)
			}
		}
		if handed != 1 {
			t.Errorf("%d items", handed)
		}
	})
}
