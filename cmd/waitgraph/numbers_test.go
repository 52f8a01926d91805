package main

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
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
	lists := map[string]func(l map[string]string) float64{
		"waitgraph_items": func(l map[string]string) float64 {
			folded := 0.0 // the list has mirrored items each by itself, the number one for all
			for i := range g.Items {
				if n := &g.Items[i]; n.Twin != int32(i) && n.Team == l["team"] && string(n.State) == l["state"] {
					folded++
				}
			}
			return total("items", url.Values{"tracker": {l["tracker"]}, "team": {l["team"]}, "state": {l["state"]}}) - folded
		},
		"waitgraph_waiting_items": func(l map[string]string) float64 {
			return total("blocked", url.Values{"team": {l["team"]}, "on_team": {l["on_team"]}})
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
			item := get("items/"+url.PathEscape(l["ref"]), nil)
			return float64(len(item["blast_radius"].(map[string]any)["waiting"].([]any)))
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
