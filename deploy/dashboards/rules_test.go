package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/internal/metrics"
)

type rule struct {
	Record, Alert, Expr string
	For                 string
	Labels, Annotations map[string]string
}

func readRules(t *testing.T) []rule {
	t.Helper()
	files, err := filepath.Glob("../rules/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("no rules", err)
	}
	var list []rule
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var f struct{ Groups []struct{ Rules []rule } }
		if err := yaml.Unmarshal(text, &f); err != nil {
			t.Fatal(name, err)
		}
		for _, g := range f.Groups {
			list = append(list, g.Rules...)
		}
	}
	return list
}

func rules(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, r := range readRules(t) {
		where := "rule " + r.Record + r.Alert
		for found[where] != "" {
			where += "'"
		}
		found[where] = r.Expr
	}
	return found
}

func recorded(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, r := range readRules(t) {
		if r.Record != "" {
			names[r.Record] = true
		}
	}
	return names
}

// Every alert says how grave it is, what to do and where to look; those about
// work are silent while a tracker is stale, and each is tested.
func TestAlerts(t *testing.T) {
	tests := ""
	files, err := filepath.Glob("../rules/tests/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests += string(text)
	}
	for _, r := range readRules(t) {
		if r.Alert == "" {
			continue
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) || r.Annotations["summary"] == "" || r.Annotations["description"] == "" || r.For == "" {
			t.Errorf("%s: severity, summary, description or for is missing", r.Alert)
		}
		url, page, ok := strings.Cut(r.Annotations["runbook_url"], "/docs/runbooks/")
		if !ok || url != "https://github.com/waitgraph/waitgraph/blob/main" || page != r.Alert+".md" {
			t.Errorf("%s: runbook_url %q", r.Alert, r.Annotations["runbook_url"])
		}
		if _, err := os.Stat(filepath.Join("../../docs/runbooks", page)); err != nil {
			t.Error(err)
		}
		if area := r.Labels["area"]; area != "daemon" && area != "tracker" {
			if !strings.HasSuffix(strings.TrimSpace(r.Expr), "* on (job, instance) group_left (external_url) waitgraph:fresh") {
				t.Errorf("%s is not gated on freshness", r.Alert)
			}
			if !strings.HasPrefix(r.Annotations["link"], "{{ $labels.external_url }}/") {
				t.Errorf("%s: link %q", r.Alert, r.Annotations["link"])
			}
		}
		if !strings.Contains(tests, `alertname="`+r.Alert+`"`) {
			t.Errorf("%s is not tested", r.Alert)
		}
	}
}

// docs/metrics-usage.md lists for every metric who uses it; a metric nobody uses has a reason.
func TestUsage(t *testing.T) {
	reasons := map[string]string{}
	var page strings.Builder
	page.WriteString("# Who uses which metric\n\nEvery metric with the panels and rules that are made of it. Made by `go test ./... -update` in `deploy/dashboards`; [metrics.md](metrics.md) says what each means.\n\n| metric | panels and variables | rules | documented |\n|---|---|---|---|\n")
	found := expressions(t)
	documentation, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(documentation), "\n")
	for _, m := range metrics.Catalogue() {
		name := regexp.MustCompile(`\b` + m.Name + `(_bucket|_count|_sum)?\b`)
		var panels, alerts []string
		for where, expr := range found {
			if !name.MatchString(expr) {
				continue
			}
			kind, what, _ := strings.Cut(where, " ")
			what = strings.TrimRight(regexp.MustCompile(` [A-Z]$`).ReplaceAllString(what, ""), "'")
			switch kind {
			case "rule":
				alerts = append(alerts, "`"+what+"`")
			case "annotation":
				board, _, _ := strings.Cut(what, ":")
				panels = append(panels, board+": annotations")
			default:
				panels = append(panels, what)
			}
		}
		slices.Sort(panels)
		slices.Sort(alerts)
		panels, alerts = slices.Compact(panels), slices.Compact(alerts)
		if len(panels)+len(alerts) == 0 && reasons[m.Name] == "" {
			t.Errorf("nothing uses %s", m.Name)
		}
		line := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "| `"+m.Name+"`") })
		if line < 0 {
			t.Errorf("docs/metrics.md does not tell of %s", m.Name)
		}
		if len(panels) > 6 {
			panels = append(panels[:6], fmt.Sprintf("and %d more", len(panels)-6))
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | [line %d](metrics.md#L%d) |\n", m.Name, strings.Join(panels, "<br>"), strings.Join(alerts, "<br>"), line+1, line+1)
	}
	const name = "../../docs/metrics-usage.md"
	if *update {
		if err := os.WriteFile(name, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != page.String() {
		t.Error("docs/metrics-usage.md differs: run go test ./... -update")
	}
}
