package main

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"testing"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/internal/web"
	"github.com/waitgraph/waitgraph/model"
)

// TestEveryNumberIsItsList holds the series of one graph to the lists of the
// API over it: every number is the length of the list a reader is led to.
func TestEveryNumberIsItsList(t *testing.T) {
	text, err := os.ReadFile("../../internal/brief/testdata/facts.json")
	if err != nil {
		t.Fatal(err)
	}
	r := &model.Recording{}
	if err := json.Unmarshal(text, r); err != nil {
		t.Fatal(err)
	}
	// Another copy of the work of PAY-2, blocked as well.
	twin := &model.Record{}
	if err := json.Unmarshal([]byte(`{"item": {"id": {"tracker": "jira", "native": "41"}, "key": "PAY-10", "project": "PAY", "state": "todo",
		"signals": [{"kind": "flag", "value": "Impediment"}], "created": "2026-01-01T00:00:00Z"},
		"claims": [{"kind": "mirrors", "target": {"tracker": "jira", "native": "12", "key": "PAY-2"}, "origin": "issue_link"},
		{"kind": "blocks", "reverse": true, "target": {"tracker": "jira", "native": "22", "key": "PLAT-2"}, "origin": "issue_link", "at": "2026-01-05T09:00:00Z"}]}`), twin); err != nil {
		t.Fatal(err)
	}
	r.Records = append(r.Records, twin)
	cfg, _, err := config.Parse("waitgraph.yml", []byte(`
trackers: [{name: jira, type: jira, url: "https://jira.example", projects: [PAY, PLAT, SEC]}]
teams: [{name: payments, owns: [{project: PAY}]}, {name: platform, owns: [{project: PLAT}]}]
escalation: [{level: leads, after: 3d}, {level: managers, after: 30d}]
`), builtin.Registry())
	if err != nil {
		t.Fatal(err)
	}
	g := graphOf(r, cfg.Rules())
	families, err := exporterOf(r, g, cfg, cfg.Metrics.MaxSeries).Gather()
	if err != nil {
		t.Fatal(err)
	}
	handler := web.New(web.Options{
		Graph: func() *model.Graph { return g }, Facts: func() *model.Facts { return &r.Facts }, Status: func() model.Status { return statusOf(r, g) },
	})
	get := func(path string, query url.Values) map[string]any {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/"+path+"?"+query.Encode(), nil))
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
			t.Fatalf("%s?%s: %d %v", path, query.Encode(), w.Code, err)
		}
		return answer
	}
	total := func(path string, query url.Values) float64 { return get(path, query)["total"].(float64) }
	gap := func(team string, keys ...string) float64 {
		at := get("gaps", url.Values{"team": {team}})["gaps"].([]any)[0]
		for _, k := range keys {
			at = at.(map[string]any)[k]
		}
		return float64(len(at.([]any)))
	}
	all := func(path string, query url.Values) []map[string]any {
		q := url.Values{"limit": {"1000"}}
		maps.Copy(q, query)
		var rows []map[string]any
		for _, row := range get(path, q)[path].([]any) {
			rows = append(rows, row.(map[string]any))
		}
		return rows
	}
	// piece names the piece of work an item belongs to: mirrored items are listed
	// each by itself and count as one.
	piece := func(ref any) string {
		first := ref.(string)
		for _, m := range get("items/"+url.PathEscape(first), nil)["mirrors"].([]any) {
			first = min(first, m.(string))
		}
		return first
	}
	origins := []string{"dependency", "issue_link", "remote_link", "rule", "text"} // the strongest first
	lists := map[string]func(l map[string]string) float64{
		"waitgraph_items": func(l map[string]string) float64 {
			n := 0.0
			for _, row := range all("items", url.Values{"tracker": {l["tracker"]}, "team": {l["team"]}, "state": {l["state"]}}) {
				if row["ref"] == piece(row["ref"]) { // under the one whose ref sorts first
					n++
				}
			}
			return n
		},
		"waitgraph_blocked_items": func(l map[string]string) float64 {
			team, cause := map[string]any{}, map[string]string{}
			rows := all("blocked", nil)
			slices.SortFunc(rows, func(a, b map[string]any) int { return cmp.Compare(a["ref"].(string), b["ref"].(string)) })
			for _, row := range rows {
				p := piece(row["ref"])
				if _, seen := team[p]; !seen {
					team[p], cause[p] = row["team"], "signal"
				}
				for _, c := range row["causes"].([]any) {
					if c.(map[string]any)["cause"] == "dependency" {
						cause[p] = "dependency"
					}
				}
			}
			n := 0.0
			for p := range team {
				if team[p] == l["team"] && cause[p] == l["cause"] {
					n++
				}
			}
			return n
		},
		"waitgraph_waiting_items": func(l map[string]string) float64 {
			pieces := map[string]bool{}
			for _, row := range all("blocked", url.Values{"team": {l["team"]}, "on_team": {l["on_team"]}}) {
				pieces[piece(row["ref"])] = true
			}
			return float64(len(pieces))
		},
		"waitgraph_dependencies": func(l map[string]string) float64 {
			n := 0.0
			for _, row := range all("dependencies", url.Values{"kind": {"blocks"}, "state": {l["state"]}}) {
				said := map[string]bool{}
				for _, e := range row["evidence"].([]any) {
					said[e.(map[string]any)["origin"].(string)] = true
				}
				strongest := slices.IndexFunc(origins, func(o string) bool { return said[o] })
				if strongest >= 0 && origins[strongest] == l["origin"] {
					n++
				}
			}
			return n
		},
		"waitgraph_conflicts": func(l map[string]string) float64 {
			return total("conflicts", url.Values{"kind": {l["kind"]}, "team": {l["team"]}, "on_team": {l["on_team"]}})
		},
		"waitgraph_hygiene_findings": func(l map[string]string) float64 {
			return total("hygiene", url.Values{"team": {l["team"]}, "finding": {l["finding"]}})
		},
		"waitgraph_dependency_cycles": func(map[string]string) float64 { return total("cycles", nil) },
		"waitgraph_blocking_items":    func(l map[string]string) float64 { return gap(l["team"], "blocking") },
		"waitgraph_unassigned_items":  func(l map[string]string) float64 { return gap(l["team"], "unassigned", l["scope"]) },
		"waitgraph_bottleneck_waiting_items": func(l map[string]string) float64 {
			return gap(l["team"], "bottleneck", "waiting")
		},
		"waitgraph_root_blocker_waiting_items": func(l map[string]string) float64 {
			pieces := map[string]bool{}
			item := get("items/"+url.PathEscape(l["ref"]), nil)
			for _, ref := range item["blast_radius"].(map[string]any)["waiting"].([]any) {
				pieces[piece(ref)] = true
			}
			return float64(len(pieces))
		},
		"waitgraph_escalations": func(l map[string]string) float64 {
			n := 0
			answer := get("dependencies", url.Values{"state": {"active"}, "team": {l["team"]}, "on_team": {l["on_team"]}})
			for _, d := range answer["dependencies"].([]any) {
				if d.(map[string]any)["escalation"] == l["level"] {
					n++
				}
			}
			return float64(n)
		},
	}
	for _, f := range families {
		list := lists[f.GetName()]
		if list == nil {
			continue
		}
		delete(lists, f.GetName())
		some := false
		for _, m := range f.Metric {
			labels := map[string]string{}
			for _, l := range m.Label {
				labels[l.GetName()] = l.GetValue()
			}
			v := m.GetGauge().GetValue()
			some = some || v > 0
			if want := list(labels); v != want {
				t.Errorf("%s%v is %g, the list has %g", f.GetName(), labels, v, want)
			}
		}
		if !some && f.GetName() != "waitgraph_dependency_cycles" {
			t.Errorf("%s is zero everywhere", f.GetName())
		}
	}
	for name := range lists {
		t.Errorf("%s is not published", name)
	}
}
