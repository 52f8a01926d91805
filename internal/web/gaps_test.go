package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// recorded is a small organisation as reconciliation makes it, with a past.
func recorded() *model.Graph {
	at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	hours := func(n int) time.Time { return at.Add(time.Duration(n) * time.Hour) }
	item := func(key string, state model.State, blockers ...string) *model.Record {
		project, _, _ := strings.Cut(key, "-")
		r := &model.Record{Item: model.Item{
			ID: model.ID{Tracker: model.WordOf("jira"), Native: key}, Key: key, Project: model.WordOf(project), Title: "Title of " + key, State: state, Created: model.At(hours(-200)),
			HistoryKnown: true, History: []model.Transition{{At: model.At(hours(-200)), State: model.Todo}},
		}}
		for _, b := range blockers {
			r.Claims = append(r.Claims, model.Claim{Kind: model.Blocks, Reverse: true, Origin: model.IssueLink, At: model.At(hours(-100)), Target: model.Target{Key: b}})
		}
		return r
	}
	done := item("PLAT-2", model.Done)
	done.Item.Closed = model.At(hours(-60))
	done.Item.History = append(done.Item.History, model.Transition{At: model.At(hours(-60)), State: model.Done})
	f := &model.Facts{
		Trackers: []model.Tracker{{Name: "jira", Type: "jira", LastSync: at, FirstSync: at}},
		Records:  []*model.Record{item("PAY-1", model.Doing, "PLAT-1", "PLAT-2"), item("PLAT-1", model.Todo), done},
	}
	rules := &model.Rules{
		StaleAfter: time.Hour, Trackers: []model.TrackerRules{{Name: "jira", Type: "jira", Projects: []string{"PAY", "PLAT"}}},
		Teams: []model.Team{{Name: "pay", Lead: "Ana", Owns: []model.Matcher{{Project: "PAY"}}}, {Name: "plat", Owns: []model.Matcher{{Project: "PLAT"}}}},
		Gaps:  model.GapRules{Horizon: 24 * time.Hour, Window: 7 * 24 * time.Hour},
	}
	return reconcile.Reconcile(f, rules, at)
}

func ask(t *testing.T, path string, status int) string {
	t.Helper()
	r := newSite(recorded()).do(t, http.MethodGet, path)
	if r.Code != status {
		t.Fatalf("%s: %d %s", path, r.Code, r.Body)
	}
	return r.Body.String()
}

func TestWaits(t *testing.T) {
	var got struct {
		Waits []struct {
			Team, OnTeam   string
			Items          int
			Seconds        float64
			Summed_seconds float64 //nolint:revive // as it is written
			Intervals      []struct {
				Item, Blocker, From, From_known, To, To_known string //nolint:revive // as it is written
				Seconds                                       float64
			}
		}
	}
	read := func(query string) {
		t.Helper()
		got.Waits = nil
		if err := json.Unmarshal([]byte(ask(t, "/api/v1/waits"+query, http.StatusOK)), &got); err != nil {
			t.Fatal(err)
		}
	}
	read("")
	if len(got.Waits) != 1 {
		t.Fatalf("%+v", got)
	}
	w := got.Waits[0]
	if w.Items != 1 || w.Seconds != 100*3600 || w.Summed_seconds != 140*3600 || len(w.Intervals) != 2 {
		t.Errorf("%+v", w)
	}
	if i := w.Intervals[1]; i.Blocker != "jira:PLAT-2" || i.To != "2026-03-08T00:00:00Z" || i.To_known != "history" || i.Seconds != 40*3600 {
		t.Errorf("%+v", i)
	}
	if i := w.Intervals[0]; i.Blocker != "jira:PLAT-1" || i.To != "" || i.From_known != "history" {
		t.Errorf("%+v", i)
	}
	// Days begin and end in the configured zone; to is the end of its day.
	read("?from=2026-03-07&to=2026-03-08&team=pay&on_team=plat")
	if w := got.Waits[0]; w.Seconds != 48*3600 || w.Summed_seconds != 72*3600 {
		t.Errorf("%+v", w)
	}
	read("?from=2025-01-01&to=2025-03-31")
	if len(got.Waits) != 0 {
		t.Errorf("%+v", got)
	}
	for query, want := range map[string]string{
		"?from=2026-03-08&to=2026-03-01": "after the end of the period, 2026-03-02T00:00:00Z",
		"?from=yesterday":                "neither a day",
		"?to=2026-13-01&from=x":          `parameter \"to\"`,
		"?team=payments":                 "not one of the allowed values",
	} {
		if body := ask(t, "/api/v1/waits"+query, http.StatusBadRequest); !strings.Contains(body, want) {
			t.Errorf("%s: %s", query, body)
		}
	}
}

func TestGaps(t *testing.T) {
	body := ask(t, "/api/v1/gaps?team=plat", http.StatusOK)
	for _, want := range []string{
		`"team":"plat","open_items":1,"blocking_items":1,"blocking":["jira:PLAT-1"],"unassigned":{"blocking":["jira:PLAT-1"],"doing":[],"due":[]}`,
		`"completed_items":1,"completed":["jira:PLAT-2"]`, `"weeks_to_clear":1}`, `"bottleneck":{"items":1,"rank":1,"waiting":["jira:PAY-1"]}`,
		`"points":null`, `"ratio":0,"half":0`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if body := ask(t, "/api/v1/gaps", http.StatusOK); strings.Count(body, `"team":`) != 3 {
		t.Errorf("not the gaps of two teams and the unowned: %s", body)
	}
	if body := ask(t, "/api/v1/gaps?format=csv", http.StatusOK); !strings.HasPrefix(body, "team,open_items,") {
		t.Errorf("%s", body)
	}
}

func TestGapsPage(t *testing.T) {
	s := newSite(recorded())
	contains(t, pageOf(t, s, "/gaps", 200), "Resource gaps", "plat 1 1 1 0 0 0 0% 0 1", "pay 0 0 0")
	body := pageOf(t, s, "/gaps?team=plat", 200)
	contains(t, body, "Resource gaps of plat", "1 items of other teams wait rank 1 of 3", "hold up another item 1 jira:PLAT-1",
		"Estimate coverage: 0% of the team's open items have an estimate, 0 of 1 .", "points due the configuration gives no pace in points 0",
		"weeks to clear what blocks others at what was completed in 1 weeks 1 1 blocking 1 completed", "open items of other teams, rank 1 of 3 1 jira:PAY-1")
	// Every number is the length of the list it leads to.
	checked := 0
	for _, m := range regexp.MustCompile(`<a href="(items\?gap[^"]*)">(?:<b>|<bdi>)?(\d+)<`).FindAllStringSubmatch(body, -1) {
		list := pageOf(t, s, "/"+html.UnescapeString(m[1]), 200)
		if !strings.Contains(list, `id="total">`+m[2]+"<") {
			t.Errorf("%s does not list %s", m[1], m[2])
		}
		checked++
	}
	if checked < 8 {
		t.Errorf("only %d numbers lead to their items", checked)
	}
	contains(t, pageOf(t, s, "/gaps?team=nobody", 400), "not one of the allowed values")
	contains(t, pageOf(t, s, "/items?gap_of=plat", 400), "needs gap beside it")
	contains(t, pageOf(t, s, "/items?gap=blocking", 200), "jira:PLAT-1")
	contains(t, pageOf(t, s, "/team?name=plat", 200), "All resource gaps", "1 blocking others 1 weeks to clear")
}
