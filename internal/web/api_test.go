package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/internal/web"
	"github.com/waitgraph/waitgraph/model"
)

// The shape of every list, and what is in it.
func TestLists(t *testing.T) {
	s := newSite(process().graph())
	tests := map[string]string{
		"/api/v1/items?q=PAY-10": `{"items":[{"ref":"jira:PAY-10","native_id":"id-PAY-10","tracker":"jira","key":"PAY-10",
			"url":"https://jira.example/browse/PAY-10","title":"Title of PAY-10","type":"Story","state":"doing","status":"In Progress","priority":"High",
			"team":"pay","assignees":["Ana Silva","joe"],"points":3.5,"due":"2026-03-20","created":"2026-01-02T03:04:05Z","updated":null,"stub":false,
			"blocked":true,"stale":false}]}`,
		"/api/v1/items?tracker=github&state=doing": `{"items":[{"ref":"github:acme/api#45","native_id":"id-acme/api#45","tracker":"github","key":"acme/api#45",
			"url":"https://github.example/acme/api/pull/45","title":"=Payments <script>alert(1)</script>","type":"Pull Request","state":"doing","status":"open","priority":"",
			"team":"unowned","assignees":[],"points":null,"due":null,"created":null,"updated":null,"stub":false,"blocked":false,"stale":false}]}`,
		"/api/v1/blocked?team=pay": `{"blocked":[
			{"ref":"jira:PAY-9","title":"Title of PAY-9","url":"","team":"pay","since":"2026-03-10T10:00:00Z","since_known":"observed",
				"causes":[{"cause":"signal","blocker":"","signal":"flag","value":"Impediment","finding":"unexplained","since":"2026-03-10T10:00:00Z","since_known":"observed"}],
				"blockers":[],"roots":[],"priority":"","due":null,"depth":0,"escalation":"","escalated":null,"stale":false},
			{"ref":"jira:PAY-10","title":"Title of PAY-10","url":"https://jira.example/browse/PAY-10","team":"pay","since":"2026-01-29T12:00:00Z","since_known":"history",
				"causes":[{"cause":"dependency","blocker":"jira:PLAT-2","signal":"","value":"","finding":"","since":"2026-01-29T12:00:00Z","since_known":"history"}],
				"blockers":["jira:PLAT-2"],"roots":["github:acme/api#45"],"priority":"High","due":"2026-03-20","depth":2,"escalation":"leads","escalated":"2026-02-01T12:00:00Z","stale":false}]}`,
		"/api/v1/dependencies?state=active&state=unknown": `{"dependencies":[
			{"kind":"blocks","blocker":"github:acme/api#45","blocked":"jira:PLAT-2","resolved":true,"reason":"","state":"active","cross_team":true,"team":"plat","on_team":"unowned",
				"since":"2026-03-07T12:00:00Z","since_known":"history","both_sides":false,"text_only":true,
				"evidence":[{"claimed_by":"jira:PLAT-2","origin":"text","where":"comment 4711","author":"Kim","at":"2026-03-07T12:00:00Z","first_seen":null}],"conflicts":["no_date"],"escalation":"","levels":[],"stale":false},
			{"kind":"blocks","blocker":"jira:PLAT-2","blocked":"jira:PAY-10","resolved":true,"reason":"","state":"active","cross_team":true,"team":"pay","on_team":"plat",
				"since":"2026-01-29T12:00:00Z","since_known":"history","both_sides":true,"text_only":false,
				"evidence":[{"claimed_by":"jira:PLAT-2","origin":"issue_link","where":"1 blocks","author":"","at":"2026-01-29T12:00:00Z","first_seen":null}],"conflicts":["due_date"],"escalation":"leads","levels":[{"level":"leads","at":"2026-02-01T12:00:00Z"}],"stale":false},
			{"kind":"blocks","blocker":"EXT-1","blocked":"jira:PAY-10","resolved":false,"reason":"unseen","state":"unknown","cross_team":false,"team":"pay","on_team":"",
				"since":null,"since_known":"history","both_sides":false,"text_only":false,
				"evidence":[{"claimed_by":"jira:PAY-10","origin":"remote_link","where":"","author":"","at":null,"first_seen":null}],"conflicts":[],"escalation":"","levels":[],"stale":false}]}`,
		"/api/v1/dependencies?kind=relates": `{"dependencies":[
			{"kind":"relates","from":"jira:PAY-10","to":"acme/gone#30","resolved":false,"reason":"gone","state":"","cross_team":false,"team":"","on_team":"pay",
				"since":null,"since_known":"history","both_sides":false,"text_only":true,
				"evidence":[{"claimed_by":"jira:PAY-10","origin":"text","where":"body","author":"","at":null,"first_seen":null}],"conflicts":[],"escalation":"","levels":[],"stale":false}]}`,
		"/api/v1/matrix": `{"rows":[{"team":"pay","on_team":"plat","items":1,"oldest_since":"2026-01-29T12:00:00Z","oldest_since_known":"history","points":3.5},
			{"team":"plat","on_team":"unowned","items":1,"oldest_since":"2026-03-07T12:00:00Z","oldest_since_known":"observed","points":0}]}`,
		"/api/v1/blockers": `{"blockers":[{"ref":"github:acme/api#45","title":"=Payments <script>alert(1)</script>","url":"https://github.example/acme/api/pull/45",
			"team":"unowned","assignees":[],"items":2,"teams":["pay","plat"],"points":3.5,"earliest_due":"2026-03-20"}]}`,
		"/api/v1/cycles": `{"cycles":[{"members":["jira:LOOP-1"],"cut":null},
			{"members":["jira:PAY-10","jira:PLAT-2"],"cut":{"blocker":"jira:PLAT-2","blocked":"jira:PAY-10","why":"the newest"}}]}`,
		"/api/v1/conflicts": `{"conflicts":[
			{"kind":"no_date","blocker":"github:acme/api#45","blocked":"jira:PLAT-2","team":"plat","on_team":"unowned","blocker_value":"","blocked_value":"2026-03-20",
				"slack_days":null,"needed_by_from":"jira:PAY-10"},
			{"kind":"due_date","blocker":"jira:PLAT-2","blocked":"jira:PAY-10","team":"pay","on_team":"plat","blocker_value":"","blocked_value":"2026-03-20",
				"slack_days":-12,"needed_by_from":"jira:PAY-10"}]}`,
		"/api/v1/hygiene?team=plat": `{"findings":[
			{"finding":"text_only","team":"plat","ref":"jira:PLAT-2","kind":"blocks","blocker":"github:acme/api#45","blocked":"jira:PLAT-2","since":"2026-03-07T12:00:00Z"},
			{"finding":"unassigned_blocker","team":"plat","ref":"jira:PLAT-2","kind":"","blocker":"","blocked":"","since":"2026-01-29T12:00:00Z"}],
			"adoption":[{"team":"plat","ratio":0,"dependencies":2,"clean":0}]}`,
		"/api/v1/teams": `{"teams":[
			{"team":"pay","lead":"Ana","manager":"Joe","channel":"#pay","members":[],"items":3,"todo":1,"doing":1,"blocked":2,"waits":1,"waited":0,"oldest_since":"2026-01-29T12:00:00Z","findings":0,"adoption":1},
			{"team":"plat","lead":"Kim","manager":"","channel":"","members":[],"items":2,"todo":2,"doing":0,"blocked":1,"waits":1,"waited":1,"oldest_since":"2026-03-07T12:00:00Z","findings":2,"adoption":0},
			{"team":"unowned","lead":"","manager":"","channel":"","members":[],"items":1,"todo":0,"doing":1,"blocked":0,"waits":0,"waited":1,"oldest_since":null,"findings":0,"adoption":1}]}`,
		"/api/v1/programs": `{"programs":[{"name":"checkout","core":"pay","partners":[],"waits_on":["plat","unowned"],"external":["bank"],"items":2,"open":1,"blocked":1,
			"waits":["github:acme/api#45","jira:PLAT-2"],"critical":["jira:PAY-10","jira:PLAT-2","github:acme/api#45"],"end":"2026-03-20","end_from":"jira:PAY-10"}]}`,
		"/api/v1/people?team=pay": `{"people":[{"name":"Ana","teams":["pay"],"accounts":["jira:a1"],"open":1,"doing":1,"blocking":0,"items":["jira:PAY-10"]}]}`,
		"/api/v1/unmatched":       `{"accounts":[{"tracker":"jira","account":"joe","name":"","open":1,"items":["jira:PAY-10"]}]}`,
		"/api/v1/dangling": `{"dangling":[{"from":"jira:PAY-10","team":"pay","kind":"blocks","target":"EXT-1","reason":"unseen"},
			{"from":"jira:PAY-10","team":"pay","kind":"relates","target":"acme/gone#30","reason":"gone"}]}`,
	}
	for target, body := range tests {
		t.Run(target, func(t *testing.T) {
			var want map[string]any
			if err := json.Unmarshal([]byte(body), &want); err != nil {
				t.Fatal(err)
			}
			total := 0
			for array, rows := range want {
				if array != "adoption" {
					total = len(rows.([]any))
				}
			}
			want["total"] = float64(total)
			want["as_of"], want["stale"] = "2026-03-10T11:59:50Z", false
			if diff := cmp.Diff(want, s.get(t, target, 200)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Nothing is null where a list is promised.
func TestEmptyLists(t *testing.T) {
	s := newSite(newBuilder().graph())
	for path, array := range map[string]string{
		"items": "items", "blocked": "blocked", "dependencies": "dependencies", "matrix": "rows", "blockers": "blockers", "cycles": "cycles", "dangling": "dangling",
		"conflicts": "conflicts", "hygiene": "findings", "programs": "programs", "people": "people", "unmatched": "accounts",
		"gaps": "gaps", "waits": "waits",
	} {
		if diff := cmp.Diff([]any{}, s.get(t, "/api/v1/"+path, 200)[array]); diff != "" {
			t.Errorf("%s of %s (-want +got)\n%s", array, path, diff)
		}
	}
}

// refs lists the rows of an answer by the field that names them.
func refs(v map[string]any, array, field string) []string {
	out := []string{}
	for _, row := range v[array].([]any) {
		out = append(out, row.(map[string]any)[field].(string))
	}
	return out
}

func TestFilters(t *testing.T) {
	s := newSite(process().graph())
	tests := []struct {
		target, array, field string
		want                 []string
	}{
		{"items", "items", "key", []string{"acme/api#45", "acme/api#112", "LOOP-1", "PAY-9", "PAY-10", "PLAT-2"}},
		{"items?tracker=&team=&state=&blocked=&stub=&q=", "items", "key", []string{"acme/api#45", "acme/api#112", "LOOP-1", "PAY-9", "PAY-10", "PLAT-2"}},
		{"items?tracker=jira", "items", "key", []string{"LOOP-1", "PAY-9", "PAY-10", "PLAT-2"}},
		{"items?team=pay", "items", "key", []string{"acme/api#112", "PAY-9", "PAY-10"}},
		{"items?team=pay&team=unowned", "items", "key", []string{"acme/api#45", "acme/api#112", "PAY-9", "PAY-10"}},
		{"items?state=done", "items", "key", []string{"acme/api#112"}},
		{"items?state=doing&state=done", "items", "key", []string{"acme/api#45", "acme/api#112", "PAY-10"}},
		{"items?blocked=true", "items", "key", []string{"PAY-9", "PAY-10", "PLAT-2"}},
		{"items?blocked=false&tracker=jira", "items", "key", []string{"LOOP-1"}},
		{"items?stub=true", "items", "key", []string{"PAY-9"}},
		{"items?q=TITLE+OF+plat", "items", "key", []string{"PLAT-2"}},
		{"items?q=API%23112", "items", "key", []string{"acme/api#112"}},
		{"items?blocking=true", "items", "key", []string{"acme/api#45", "PLAT-2"}},
		{"items?assignee=jira:joe", "items", "key", []string{"PAY-10"}},
		{"items?assignee=jira:joe&blocking=true", "items", "key", []string{}},
		{"blocked?team=plat", "blocked", "ref", []string{"jira:PLAT-2"}},
		{"blocked?on_team=plat", "blocked", "ref", []string{"jira:PAY-10"}},
		{"blocked?on_team=plat&on_team=unowned", "blocked", "ref", []string{"jira:PAY-10", "jira:PLAT-2"}},
		{"blocked?root=acme/api%2345", "blocked", "ref", []string{"jira:PAY-10", "jira:PLAT-2"}},
		{"blocked?root=jira:PLAT-2", "blocked", "ref", []string{}},
		{"dependencies?cross_team=true", "dependencies", "blocker", []string{"github:acme/api#45", "jira:PLAT-2"}},
		{"dependencies?cross_team=false&kind=blocks", "dependencies", "blocker", []string{"EXT-1"}},
		{"items?program=checkout", "items", "key", []string{"acme/api#112", "PAY-10"}},
		{"blocked?program=checkout", "blocked", "ref", []string{"jira:PAY-10"}},
		{"conflicts?kind=no_date", "conflicts", "blocker", []string{"github:acme/api#45"}},
		{"conflicts?team=pay", "conflicts", "blocker", []string{"jira:PLAT-2"}},
		{"conflicts?on_team=unowned", "conflicts", "blocker", []string{"github:acme/api#45"}},
		{"hygiene?finding=text_only", "findings", "finding", []string{"text_only"}},
		{"conflicts?q=pay-10", "conflicts", "blocker", []string{"jira:PLAT-2"}},
		{"conflicts?item=PAY-10", "conflicts", "blocker", []string{"jira:PLAT-2"}},
		{"dependencies?q=ext-1", "dependencies", "blocker", []string{"EXT-1"}},
		{"hygiene?q=script", "findings", "finding", []string{"text_only"}},
		{"dangling?q=GONE", "dangling", "target", []string{"acme/gone#30"}},
		{"dangling?q=nothing", "dangling", "target", []string{}},
		{"teams?q=PLA", "teams", "team", []string{"plat"}},
		{"matrix?on_team=plat", "rows", "team", []string{"pay"}},
		{"blocked?cross_team=true&on_team=unowned", "blocked", "ref", []string{"jira:PLAT-2"}},
		{"blocked?cross_team=false", "blocked", "ref", []string{"jira:PAY-9"}},
		{"items?cycle_of=PLAT-2", "items", "key", []string{"PAY-10", "PLAT-2"}},
		{"items?awaited_by=checkout", "items", "key", []string{"acme/api#45", "PLAT-2"}},
		{"items?estimated=true", "items", "key", []string{"PAY-10"}},
		{"blockers?top=1", "blockers", "ref", []string{"github:acme/api#45"}},
	}
	for _, tt := range tests {
		v := s.get(t, "/api/v1/"+tt.target, 200)
		if diff := cmp.Diff(tt.want, refs(v, tt.array, tt.field)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.target, diff)
		}
		if v["total"] != float64(len(tt.want)) {
			t.Errorf("%s: total %v, want %d", tt.target, v["total"], len(tt.want))
		}
	}
}

func TestBadParameters(t *testing.T) {
	s := newSite(organisation().graph())
	type bad struct {
		Parameter, Value, Detail string
		Allowed, Hints           []string
	}
	tests := map[string][]bad{
		"items?team=pax":                {{"team", "pax", "not one of the allowed values", []string{"pay", "plat", "unowned"}, []string{"pay"}}},
		"items?state=Done":              {{"state", "Done", "not one of the allowed values", []string{"todo", "doing", "done", "dropped"}, []string{"done"}}},
		"items?state=done&state=closed": {{"state", "closed", "not one of the allowed values", []string{"todo", "doing", "done", "dropped"}, nil}},
		"items?blocked=yes":             {{"blocked", "yes", "not one of the allowed values", []string{"true", "false"}, nil}},
		"items?limit=0":                 {{"limit", "0", "not a whole number from 1 to 1000", nil, nil}},
		"items?limit=1001":              {{"limit", "1001", "not a whole number from 1 to 1000", nil, nil}},
		"items?q=a&q=b":                 {{"q", "a,b", "given more than once", nil, nil}},
		"items?trakcer=jira&limit=x": {
			{"limit", "x", "not a whole number from 1 to 1000", nil, nil},
			{"trakcer", "jira", "unknown parameter", []string{"tracker", "team", "program", "state", "blocked", "blocking", "assignee", "stub", "gap", "gap_of", "gap_by", "estimated", "cycle_of", "awaited_by", "q", "sort", "limit", "cursor", "format"}, []string{"tracker"}},
		},
		"items?cursor=bm9uc2Vuc2U": {{"cursor", "bm9uc2Vuc2U", "no cursor of this list: take next_cursor of an answer", nil, nil}},
		"blocked?root=jira:PAY-11": {{"root", "jira:PAY-11", "no item of this name is known", nil, []string{"jira:PAY-10", "jira:PAY-9"}}},
		"status?verbose=1":         {{"verbose", "1", "unknown parameter", nil, nil}},
	}
	for target, want := range tests {
		w := s.do(t, http.MethodGet, "/api/v1/"+target)
		if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" || w.Code != 400 {
			t.Errorf("%s answers %d of type %s", target, w.Code, ct)
			continue
		}
		var p struct {
			Type, Title, Detail string
			Status              int
			Errors              []bad
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Errors); diff != "" {
			t.Errorf("%s (-want +got)\n%s", target, diff)
		}
		if p.Status != 400 || p.Title != "Bad Request" || p.Type != "about:blank" || !strings.Contains(p.Detail, want[0].Value) {
			t.Errorf("%s: problem %+v", target, p)
		}
	}
	if w := s.do(t, http.MethodGet, "/api/v1/items?a=%zz"); w.Code != 400 {
		t.Errorf("a query that cannot be read answers %d", w.Code)
	}
}

func TestItemByAnyName(t *testing.T) {
	s := newSite(organisation().graph())
	for _, name := range []string{
		"github:acme%2Fapi%2345", "github:acme/api%2345", "github:ACME%2FAPI%2345", "acme%2Fapi%2345",
		"github:acme%2Fold%237", "github%3Aacme%2Fapi%2345",
	} {
		if v := s.get(t, "/api/v1/items/"+name, 200); v["ref"] != "github:acme/api#45" {
			t.Errorf("%s gives %v", name, v["ref"])
		}
	}
	for name, hints := range map[string][]any{
		"PAY-11":                            {"jira:PAY-10", "jira:PAY-9"},
		"jira:PAY-100":                      {"jira:PAY-10", "jira:PAY-9"},
		url.PathEscape("github:acme/ap#45"): {"github:acme/api#45"},
	} {
		got, _ := s.get(t, "/api/v1/items/"+name, 404)["hints"].([]any)
		if diff := cmp.Diff(hints, got[:min(len(got), len(hints))]); diff != "" {
			t.Errorf("hints for %s (-want +got)\n%s", name, diff)
		}
	}
	for _, name := range []string{"", "%00", "..%2f..%2fetc%2fpasswd", strings.Repeat("x", 5000)} {
		s.get(t, "/api/v1/items/"+name, 404)
	}
}

func TestAmbiguousItem(t *testing.T) {
	b := newBuilder("a", "b")
	b.item("a", "PAY-1", "x", model.Todo)
	b.item("b", "PAY-1", "x", model.Todo)
	v := newSite(b.graph()).get(t, "/api/v1/items/PAY-1", 404)
	if diff := cmp.Diff([]any{"a:PAY-1", "b:PAY-1"}, v["hints"]); diff != "" {
		t.Errorf("hints (-want +got)\n%s", diff)
	}
}

func TestItem(t *testing.T) {
	b := process()
	b.Items[1].Twin = 4 // acme/api#112 is kept in PAY-10 too
	v := newSite(b.graph()).get(t, "/api/v1/items/jira:PAY-10", 200)
	want := map[string]any{
		"ref": "jira:PAY-10", "title": "Title of PAY-10", "since": "2026-01-29T12:00:00Z", "since_known": "history",
		"blockers": []any{"jira:PLAT-2"}, "roots": []any{"github:acme/api#45"}, "depth": 2.0, "chain": []any{"jira:PAY-10", "jira:PLAT-2", "github:acme/api#45"},
		"mirrors": []any{"github:acme/api#112"}, "escalation": "leads", "programs": []any{"checkout"}, "slip": nil, "aliases": []any{}, "as_of": "2026-03-10T11:59:50Z", "stale": false,
		"claims": []any{
			map[string]any{"kind": "relates", "from": "jira:PAY-10", "to": "acme/gone#30", "resolved": false, "reason": "gone", "origin": "text", "where": "body", "author": "", "at": nil, "first_seen": nil},
			map[string]any{"kind": "blocks", "blocker": "EXT-1", "blocked": "jira:PAY-10", "resolved": false, "reason": "unseen", "origin": "remote_link", "where": "", "author": "", "at": nil, "first_seen": nil},
		},
		"blast_radius": map[string]any{"items": 0.0, "teams": []any{}, "points": 0.0, "earliest_due": nil, "waiting": []any{}},
		"stakeholders": []any{
			map[string]any{"team": "pay", "role": "lead", "name": "Ana"},
			map[string]any{"team": "pay", "role": "manager", "name": "Joe"},
			map[string]any{"team": "pay", "role": "channel", "name": "#pay"},
			map[string]any{"team": "pay", "role": "assignee", "name": "Ana Silva"},
			map[string]any{"team": "pay", "role": "assignee", "name": "joe"},
			map[string]any{"team": "plat", "role": "lead", "name": "Kim"},
		},
	}
	got := map[string]any{}
	for k := range want {
		got[k] = v[k]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(v["dependencies"].([]any)); n != 3 {
		t.Errorf("%d dependencies, want 3", n)
	}
	if strings.Contains(newSite(b.graph()).do(t, http.MethodGet, "/api/v1/items/jira:PAY-10").Body.String(), "ana@example.org") {
		t.Error("an e-mail address is shown")
	}
	root := newSite(b.graph()).get(t, "/api/v1/items/acme%2Fapi%2345?slip_days=20", 200)
	if diff := cmp.Diff(map[string]any{"frees": []any{"jira:PLAT-2"}, "teams": []any{"plat"}, "still": []any{}}, root["closing"]); diff != "" {
		t.Errorf("closing (-want +got)\n%s", diff)
	}
	slip := map[string]any{
		"days": 20.0, "from": "2026-03-10T11:59:50Z", "assumed": true, "to": "2026-03-30T11:59:50Z",
		"breaks": []any{map[string]any{"ref": "jira:PAY-10", "team": "pay", "date": "2026-03-20", "days_late": 10.0, "already": false}},
	}
	if diff := cmp.Diff(slip, root["slip"]); diff != "" {
		t.Errorf("slip (-want +got)\n%s", diff)
	}
	if root["needed_by"] != "2026-03-20" || root["needed_by_from"] != "jira:PAY-10" {
		t.Errorf("needed by %v from %v", root["needed_by"], root["needed_by_from"])
	}
	if diff := cmp.Diff([]any{"jira:PAY-10", "jira:PLAT-2"}, root["blast_radius"].(map[string]any)["waiting"]); diff != "" {
		t.Errorf("blast radius (-want +got)\n%s", diff)
	}
}

func TestStale(t *testing.T) {
	b := organisation()
	s := newSite(b.graph())
	for name, change := range map[string]func(){
		"as the graph was made": func() { b.Trackers[0].Fresh = false },
		"since":                 func() { b.Trackers[0].Fresh = true; s.status.Trackers[1].Fresh = false },
	} {
		change()
		for _, path := range []string{"items", "items/PAY-9", "blocked", "dependencies", "matrix", "blockers", "cycles", "dangling", "status", "facts"} {
			if v := s.get(t, "/api/v1/"+path, 200); v["stale"] != true || v["as_of"] == nil {
				t.Errorf("stale %s: %s says stale %v as of %v", name, path, v["stale"], v["as_of"])
			}
		}
		s.status.Trackers[1].Fresh = true
	}
}

func TestStatus(t *testing.T) {
	v := newSite(process().graph()).get(t, "/api/v1/status", 200)
	want := `{"as_of":"2026-03-10T12:00:00Z","stale":false,"version":"1.2.3","started":"2026-03-09T12:00:00Z","config":{"loaded":"2026-03-09T12:00:00Z","ok":true},
		"unmapped":[{"tracker":"jira","phrase":"is gated by","claims":2}],"unmatched_accounts":1,
		"trackers":[
		{"name":"github","type":"github","product":"","fresh":true,"last_sync":"2026-03-10T11:59:00Z","progress":{"items":2,"pages":0,"read":0,"total":null,"done":true},
			"scopes":[],"budget":[{"resource":"core","limit":5000,"remaining":4990,"reset":"2026-03-10T13:00:00Z"}],"error":"","failing_since":null,"notes":[],"unmapped":[],"skipped":0,"problems":[],
			"loops":[{"name":"changes","last_run":"2026-03-10T11:59:00Z","next_run":null,"took_seconds":1.5,"error":""}]},
		{"name":"jira","type":"jira","product":"","fresh":true,"last_sync":"2026-03-10T11:58:00Z","progress":{"items":4,"pages":3,"read":4,"total":9,"done":true},
			"scopes":[{"scope":"PAY","readable":true,"error":""},{"scope":"SEC","readable":false,"error":"not found"}],"budget":[],"error":"","failing_since":null,"notes":[],"unmapped":[],
			"skipped":1,"problems":[{"where":"PAY-3","what":"no key"}],"loops":[]}]}`
	var w map[string]any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, v); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFacts(t *testing.T) {
	s := newSite(nil)
	s.facts = nil
	s.get(t, "/api/v1/facts", 503)
	s.facts = &model.Facts{
		Trackers: []model.Tracker{{Name: "jira", Type: "jira", Cursor: "c", LastSync: ago(day)}},
		Records: []*model.Record{
			{Item: model.Item{ID: model.ID{Tracker: model.WordOf("jira"), Native: "1"}, Key: "PAY-1", Title: "</script>", State: model.Todo}, FirstSeen: model.At(ago(day)), Confirmed: model.At(now)},
			{
				Item: model.Item{ID: model.ID{Tracker: model.WordOf("jira"), Native: "2"}, Key: "PAY-2", State: model.Done}, FirstSeen: model.At(ago(day)), Confirmed: model.At(now),
				Claims: []model.Claim{{Kind: model.Blocks, Target: model.Target{Key: "PAY-1"}, Origin: model.Text}},
			},
		},
	}
	for _, header := range []string{"", "gzip"} {
		w := s.do(t, http.MethodGet, "/api/v1/facts", "Accept-Encoding", header)
		var got struct {
			AsOf  string `json:"as_of"`
			Stale *bool  `json:"stale"`
			model.Facts
		}
		if err := json.NewDecoder(unzipped(t, w)).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*s.facts, got.Facts); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got.AsOf != "2026-03-10T12:00:00Z" || got.Stale == nil {
			t.Errorf("as of %q, stale %v", got.AsOf, got.Stale)
		}
	}
}

// The facts are a recording: with the history of the graph, so that elsewhere the
// same is told of the past.
func TestFactsHistory(t *testing.T) {
	g := process().graph()
	want := &model.History{
		Began: ago(9 * day), At: ago(time.Minute), Totals: []model.Totals{{Team: "pay", BlockedSeconds: 1.5, Arrived: 2}},
		Closed: []model.Interval{{
			Seq: 1, Item: model.ID{Tracker: model.WordOf("jira"), Native: "1"}, Ref: "jira:PAY-1", Team: "pay", Signal: "flag:Impediment",
			From: ago(9 * day), FromKnown: model.FromHistory, To: ago(day), ToKnown: model.Observed, FirstSeen: ago(8 * day),
		}},
	}
	for _, h := range []*model.History{want, {Closed: []model.Interval{}, Totals: []model.Totals{}}, nil} {
		g.History = h
		var got model.Recording
		if err := json.NewDecoder(newSite(g).do(t, http.MethodGet, "/api/v1/facts").Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(h, got.History); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// The report holds what paging through every list would give.
func TestReport(t *testing.T) {
	g := process().graph()
	var b bytes.Buffer
	if err := web.WriteReport(&b, web.Options{Graph: func() *model.Graph { return g }, Status: status}); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"as_of": "2026-03-10T11:59:50Z", "stale": false}
	s := newSite(g)
	for path, array := range map[string]string{
		"items": "items", "blocked": "blocked", "dependencies": "dependencies", "matrix": "rows", "blockers": "blockers", "cycles": "cycles", "dangling": "dangling",
		"conflicts": "conflicts", "hygiene": "findings", "programs": "programs", "people": "people", "unmatched": "accounts",
		"teams": "teams",
		"gaps":  "gaps", "waits": "waits",
	} {
		want[path] = s.get(t, "/api/v1/"+path, 200)[array]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-lists +report)\n%s", diff)
	}
}
