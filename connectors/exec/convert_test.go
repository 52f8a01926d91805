//go:build unix

package exec_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// batchOf is one batch with these items, and the end.
func batchOf(items ...string) []string {
	return []string{`{"id":2,"batch":{"cursor":"c1","items":[` + strings.Join(items, ",") + `]}}`, end}
}

func TestItem(t *testing.T) {
	line := strings.ReplaceAll(`{"id":"7","key":"A-7","aliases":["OLD-1"],"url":"https://x.example/7","title":"t","type":"Bug",
"project":"A","state":"doing","fix_versions":[{"name":"1","end":"2026-12-01"}],"sprint":{"name":"s","end":"2026-12-01T10:00:00+02:00"},
"assignees":[{"id":"w"}],"points":2.5,"due":"2026-12-24","created":"2026-01-02T03:04:05+01:00",
"history":[{"at":"2026-01-04T00:00:00Z","state":"doing"},{"at":"2026-01-02T00:00:00Z","state":"todo"}],
"claims":[{"says":"blocked_by","target":{"id":"8","key":"A-8"},"where":"link 3"},{"says":"child_of","target":{"key":"B-1"},"origin":"parent_field"},
{"says":"relates","target":{"host":"Other.Example:8443","key":"Z-1"},"origin":"remote_link","unmapped":"gates"}],
"keeps":["text"],"colour":"blue","closed":null}`, "\n", "")
	r := start(t, nil, "say", batchOf(line)...)
	items, problems, err := r.read(t.Context())
	if err != nil || len(problems) > 0 {
		t.Fatalf("problems %v, error %v", problems, err)
	}
	utc := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	points := 2.5
	want := []model.Observation{{
		Item: model.Item{
			ID: model.ID{Tracker: model.WordOf("fake"), Native: "7"}, Key: "A-7", Aliases: []string{"OLD-1"}, URL: "https://x.example/7", Title: "t", Type: model.WordOf("Bug"),
			Project: model.WordOf("A"), State: model.Doing, FixVersions: []model.Span{{Name: "1", End: model.Date{Time: model.At(utc("2026-12-01T00:00:00Z")), Day: true}}},
			Sprint: &model.Span{Name: "s", End: model.Date{Time: model.At(utc("2026-12-01T08:00:00Z"))}}, Assignees: []model.Account{{ID: "w"}}, Points: &points,
			Due: model.Date{Time: model.At(utc("2026-12-24T00:00:00Z")), Day: true}, Created: model.At(utc("2026-01-02T02:04:05Z")), HistoryKnown: true,
			History: []model.Transition{{At: model.At(utc("2026-01-02T00:00:00Z")), State: model.Todo}, {At: model.At(utc("2026-01-04T00:00:00Z")), State: model.Doing}},
		},
		Claims: []model.Claim{
			{Kind: model.Blocks, Reverse: true, Target: model.Target{Tracker: model.WordOf("fake"), Native: "8", Key: "A-8"}, Origin: model.IssueLink, Where: "link 3"},
			{Kind: model.Parent, Target: model.Target{Key: "B-1"}, Origin: model.ParentField},
			{Kind: model.Relates, Target: model.Target{Host: "other.example:8443", Key: "Z-1"}, Origin: model.RemoteLink, Unmapped: model.WordOf("gates")},
		},
		Keeps: []model.Origin{model.Text},
	}}
	if diff := cmp.Diff(want, items); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if !strings.Contains(r.log.String(), "field=colour") {
		t.Errorf("nothing tells of the unknown field: %s", r.log.String())
	}
}

// TestBadItems: an item that cannot be used is a problem that names it, and the
// rest of its batch stands.
func TestBadItems(t *testing.T) {
	with := func(extra string) string {
		return `{"id":"2","key":"A-2","project":"A","title":"two","state":"todo",` + extra + `}`
	}
	for bad, what := range map[string]string{
		`{"key":"A-2","project":"A","state":"todo"}`:                "id is missing",
		`{"id":"2","project":"A","state":"todo"}`:                   "key is missing",
		`{"id":"2","key":"A-2","state":"todo"}`:                     "project is missing",
		`{"id":"2","key":"A-2","project":"A","state":"open"}`:       "state is none of",
		`{"id":"2","key":"A-\u00002","project":"A","state":"todo"}`: "do not show",
		`{"id":2,"key":"A-2","project":"A","state":"todo"}`:         "id is a number",
		`7`:                                     "is a number",
		`null`:                                  "id is missing",
		with(`"tracker":"jira"`):                "another tracker's item",
		with(`"url":"javascript:alert(1)"`):     "not an http or https address",
		with(`"url":"https://u:p@x.example/"`):  "not an http or https address",
		with(`"due":"24.12.2026"`):              "due is no time",
		with(`"created":"2026-12-24"`):          "created is no time",
		with(`"closed":"2026-12-24T00:00:00Z"`): "open item",
		with(`"points":-1`):                     "points is not between",
		with(`"history":[{"state":"todo"}]`):    "without a time",
		with(`"signals":[{"kind":"mood"}]`):     "kind that is none of",
		with(`"stub":true,"claims":[{"says":"blocks","target":{"key":"A-1"}}]`):         "a stub claims nothing",
		with(`"claims":[{"says":"gates","target":{"key":"A-1"}}]`):                      "none of the words",
		with(`"claims":[{"says":"blocks","target":{}}]`):                                "claims is missing",
		with(`"claims":[{"says":"blocks","target":{"key":"A-1"},"origin":"rule"}]`):     "unknown origin",
		with(`"claims":[{"says":"blocks","target":{"key":"A-1","id":"1","host":"x"}}]`): "both id and host",
		with(`"claims":[{"says":"blocks","target":{"key":"A-1"},"withdraws":true}]`):    "withdraws what no text claims",
		with(`"title":"` + strings.Repeat("x", 2001) + `"`):                             "longer than 2000",
		with(`"labels":[` + strings.Repeat(`"x",`, 1000) + `"x"]`):                      "more than 1000 elements",
	} {
		t.Run(what, func(t *testing.T) {
			r := start(t, nil, "say", batchOf(bad, oneItem)...)
			items, problems, err := r.read(t.Context())
			if err != nil || len(items) != 1 || items[0].Item.Key != "A-1" {
				t.Fatalf("items %v, error %v", items, err)
			}
			if len(problems) != 1 || !strings.Contains(problems[0].What, what) || problems[0].Where == "" {
				t.Errorf("problems %v, want one with %q", problems, what)
			}
		})
	}
}

func TestBatchParts(t *testing.T) {
	r := start(t, nil, "say", `{"id":2,"batch":{"cursor":"c1","site":{"hosts":["X.Example"],"notes":["n"]},"gone":[{"id":"1","reason":"forbidden"},{"id":"2","reason":"away"}],`+
		`"claims":[{"id":"3","origin":"remote_link","claims":[{"says":"blocks","target":{"key":"A-1"}}]}],"done":2,"total":5}}`, end)
	var got []model.Batch
	for b, err := range r.Changes(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b)
	}
	id := func(native string) model.ID { return model.ID{Tracker: model.WordOf("fake"), Native: native} }
	want := []model.Batch{
		{Site: &model.Site{Product: "fake 7"}},
		{
			Cursor: "c1", Done: 2, Total: 5, Site: &model.Site{Product: "fake 7", Hosts: []string{"x.example"}, Notes: []string{"n"}},
			Gone: []model.Absence{{ID: id("1"), Reason: model.Forbidden}},
			Claims: []model.ClaimSet{{Item: id("3"), Origin: model.RemoteLink, Claims: []model.Claim{
				{Kind: model.Blocks, Target: model.Target{Key: "A-1"}, Origin: model.RemoteLink},
			}}},
			Problems: []model.Problem{{Where: "absence of 2", What: "reason is none of gone and forbidden"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
}

// TestOffers: what a plugin may offer besides is asked and checked.
func TestOffers(t *testing.T) {
	known := []*model.Record{{Item: model.Item{ID: model.ID{Tracker: model.WordOf("fake"), Native: "1"}, Key: "A-1"}}, {Item: model.Item{ID: model.ID{Tracker: model.WordOf("fake"), Native: "2"}, Key: "A-2"}}}
	t.Run("census", func(t *testing.T) {
		r := start(t, nil, "say", `{"id":2,"result":{"scopes":[{"scope":"A","readable":true},{"scope":"B","error":"hidden"}],"exists":{"A":["1"],"B":["9"]},`+
			`"gone":[{"id":"1","reason":"gone"},{"id":"2","reason":"gone"},{"id":"5","reason":"gone"}]}}`)
		got, err := r.Connector.(connectors.Censor).Census(t.Context(), known)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]model.Absence{{ID: known[1].Item.ID, Reason: model.Gone}}, got.Gone); diff != "" {
			t.Errorf("gone (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string][]string{"A": {"1"}}, got.Native); diff != "" {
			t.Errorf("exist (-want +got):\n%s", diff)
		}
		if len(got.Batch.Problems) != 2 {
			t.Errorf("problems %v, want one for the item that exists and one for the item nobody knew", got.Batch.Problems)
		}
	})
	t.Run("ask", func(t *testing.T) {
		r := start(t, nil, "say", `{"id":2,"result":{"cursor":"x","answers":[{"key":"A-1","id":"1"},{"key":"A-9","reason":"gone"},{"key":"B-1","id":"7"}],"items":[`+oneItem+`]}}`)
		got, err := r.Connector.(connectors.Asker).Ask(t.Context(), []string{"A-1", "A-9"})
		if err != nil {
			t.Fatal(err)
		}
		want := []model.Answer{{Key: "A-1", Found: known[0].Item.ID}, {Key: "A-9", Reason: model.Gone}}
		if diff := cmp.Diff(want, got.Answers); diff != "" || got.Cursor != "" || len(got.Items) != 1 {
			t.Errorf("cursor %q, %d items, answers (-want +got):\n%s", got.Cursor, len(got.Items), diff)
		}
	})
	t.Run("not offered", func(t *testing.T) {
		r := start(t, nil, "raw", `{"id":1,"result":{"protocol":1,"name":"x"}}`)
		if b, err := r.Connector.(connectors.Asker).Ask(t.Context(), []string{"A-1"}); err != nil || len(b.Answers) > 0 {
			t.Errorf("ask: %v, %v", b, err)
		}
		for b, err := range r.Connector.(connectors.Sweeper).Sweep(t.Context(), known) {
			t.Errorf("sweep: %v, %v", b, err)
		}
		if c, err := r.Connector.(connectors.Censor).Census(t.Context(), known); err != nil || len(c.Gone) > 0 {
			t.Errorf("census: %v, %v", c, err)
		}
	})
	t.Run("check", func(t *testing.T) {
		r := start(t, nil, "say", `{"id":2,"result":{"site":{"scopes":[{"scope":"A","readable":true}]},"unmapped":["the type Odd"]}}`)
		site, unmapped, err := r.Connector.(connectors.Checker).Check(t.Context())
		if err != nil || site.Product != "fake 7" || len(site.Scopes) != 1 || len(unmapped) != 1 {
			t.Errorf("site %v, unmapped %v, error %v", site, unmapped, err)
		}
	})
}
