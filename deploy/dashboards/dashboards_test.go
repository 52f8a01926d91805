package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/waitgraph/waitgraph/internal/metrics"
)

var update = flag.Bool("update", false, "write the dashboards and the list of uses")

// The committed JSON is what the code makes.
func TestCommitted(t *testing.T) {
	want := map[string][]byte{}
	for _, b := range all() {
		text, err := b.marshal()
		if err != nil {
			t.Fatal(err)
		}
		want[b.uid+".json"] = text
		if *update {
			if err := os.WriteFile(filepath.Join("json", b.uid+".json"), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := os.ReadDir("json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join("json", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want[f.Name()]) {
			t.Errorf("json/%s differs from the code: run go run .", f.Name())
		}
		delete(want, f.Name())
	}
	for name := range want {
		t.Errorf("json/%s is missing: run go run .", name)
	}
}

// decoded is the part of a dashboard the tests look at, read from the JSON.
type decoded struct {
	UID         string                                 `json:"uid"`
	Panels      []decodedPanel                         `json:"panels"`
	Templating  struct{ List []decodedVariable }       `json:"templating"`
	Annotations struct{ List []struct{ Expr string } } `json:"annotations"`
}

type decodedVariable struct {
	Name, Type string
	Query      any
}

type decodedPanel struct {
	ID          int
	Title       string
	Description string
	Type        string
	GridPos     struct{ X, Y, W, H int } `json:"gridPos"`
	Datasource  struct{ Type, UID string }
	Targets     []struct {
		Expr       string
		Datasource struct{ Type, UID string }
		URL        string `json:"url"`
	}
	FieldConfig struct {
		Defaults struct {
			Unit  string
			Links []struct{ Title, URL string }
		}
		Overrides []struct {
			Properties []struct {
				ID    string
				Value any
			}
		}
	} `json:"fieldConfig"`
}

func decode(t *testing.T) []decoded {
	t.Helper()
	var list []decoded
	for _, b := range all() {
		text, err := os.ReadFile(filepath.Join("json", b.uid+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var d decoded
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

func TestStrict(t *testing.T) {
	for _, b := range all() {
		text, err := b.marshal()
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard.Dashboard
		if err := d.UnmarshalJSONStrict(text); err != nil && err.Error() != "" {
			t.Errorf("%s: %v", b.uid, err)
		}
		if len(d.Panels) != len(b.panels) {
			t.Errorf("%s: %d panels were read back, want %d", b.uid, len(d.Panels), len(b.panels))
		}
	}
}

// Every panel says what it shows, in which unit, of which data source, and leads on.
func TestPanels(t *testing.T) {
	for _, d := range decode(t) {
		var placed []decodedPanel
		variables := []string{"datasource", "job", "url"}
		for _, v := range d.Templating.List {
			variables = append(variables, v.Name)
		}
		for _, p := range d.Panels {
			where := d.UID + ": " + p.Title
			if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" {
				t.Errorf("%s: title %q, description %q, unit %q: none may be empty", where, p.Title, p.Description, p.FieldConfig.Defaults.Unit)
			}
			if p.Datasource.UID != "${datasource}" && p.Datasource.UID != "${infinity}" {
				t.Errorf("%s: data source %q is no variable", where, p.Datasource.UID)
			}
			if len(p.Targets) == 0 {
				t.Errorf("%s asks nothing", where)
			}
			links := len(p.FieldConfig.Defaults.Links)
			for _, o := range p.FieldConfig.Overrides {
				links += len(o.Properties)
			}
			if links == 0 {
				t.Errorf("%s leads nowhere", where)
			}
			g := p.GridPos
			if g.W < 1 || g.H < 1 || g.X < 0 || g.Y < 0 || g.X+g.W > 24 {
				t.Errorf("%s: no valid place %+v", where, g)
			}
			for _, q := range placed {
				if o := q.GridPos; g.X < o.X+o.W && o.X < g.X+g.W && g.Y < o.Y+o.H && o.Y < g.Y+g.H {
					t.Errorf("%s lies on %s", where, q.Title)
				}
				if q.ID == p.ID {
					t.Errorf("%s has the id of %s", where, q.Title)
				}
			}
			placed = append(placed, p)
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`\$\{?([a-z_]+)`).FindAllStringSubmatch(string(text), -1) {
				if !strings.HasPrefix(m[1], "__") && !slices.Contains(variables, m[1]) {
					t.Errorf("%s: there is no variable %s", where, m[1])
				}
			}
			for _, target := range p.Targets {
				if regexp.MustCompile(`\[\d+[smh]?\$|rate\([^[]+\[[15]m\]`).MatchString(target.Expr) {
					t.Errorf("%s: a rate over a fixed short range: %s", where, target.Expr)
				}
			}
		}
	}
}

// expressions are the queries of the dashboards and the rules, by where they are.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	fill := strings.NewReplacer("$__rate_interval", "5m", "$job", "waitgraph", "$team", "pay", "$program", "launch")
	for _, d := range decode(t) {
		for _, p := range d.Panels {
			for i, target := range p.Targets {
				if target.Expr != "" {
					found["panel "+d.UID+": "+p.Title+" "+string(rune('A'+i))] = fill.Replace(target.Expr)
				}
			}
		}
		for _, v := range d.Templating.List {
			if q, ok := v.Query.(map[string]any); ok {
				text, _ := q["query"].(string)
				if m := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`).FindStringSubmatch(text); m != nil {
					found["variable "+d.UID+": "+v.Name] = fill.Replace(m[1])
				} else {
					t.Errorf("%s: variable %s asks %q", d.UID, v.Name, text)
				}
			}
		}
		for _, a := range d.Annotations.List {
			if a.Expr != "" {
				found["annotation "+d.UID+": "+a.Expr] = fill.Replace(a.Expr)
			}
		}
	}
	for where, expr := range rules(t) {
		found[where] = expr
	}
	return found
}

// Every query parses, and names only metrics and labels that exist.
func TestQueries(t *testing.T) {
	known := map[string][]string{}
	for _, m := range metrics.Catalogue() {
		known[m.Name] = m.Labels
		if m.Type == "histogram" {
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				known[m.Name+suffix] = append(slices.Clone(m.Labels), "le")
			}
		}
	}
	recorded := recorded(t)
	found := expressions(t)
	if len(found) < 100 {
		t.Errorf("only %d expressions found", len(found))
	}
	p := parser.NewParser(parser.Options{})
	for where, text := range found {
		expr, err := p.ParseExpr(text)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
			v, ok := n.(*parser.VectorSelector)
			if !ok || recorded[v.Name] || slices.Contains([]string{"up", "process_resident_memory_bytes"}, v.Name) {
				return nil
			}
			names, ok := known[v.Name]
			if !ok {
				t.Errorf("%s: there is no metric %s", where, v.Name)
			}
			for _, m := range v.LabelMatchers {
				if m.Name != labels.MetricName && m.Name != "job" && m.Name != "instance" && !slices.Contains(names, m.Name) {
					t.Errorf("%s: %s has no label %s", where, v.Name, m.Name)
				}
			}
			return nil
		})
	}
}
