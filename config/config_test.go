package config_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/model"
)

const minimal = "trackers:\n  - {name: j, type: jira, url: https://j.example, projects: [PAY]}\n"

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, _, err := config.Parse("w.yml", []byte(text), registry())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func parseFile(t *testing.T, name string) *config.Config {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

func day(year int, month time.Month, day int) model.Date {
	return model.Date{Time: model.At(time.Date(year, month, day, 0, 0, 0, 0, time.UTC)), Day: true}
}

func TestDefaults(t *testing.T) {
	c := parse(t, minimal)
	if c.Timezone.String() != "UTC" {
		t.Errorf("time zone is %v, want UTC", c.Timezone)
	}
	if want := (config.Poll{Interval: 2 * time.Minute, Frontier: 10 * time.Minute, Census: 24 * time.Hour, StaleAfter: 15 * time.Minute}); c.Poll != want {
		t.Errorf("poll is %+v, want %+v", c.Poll, want)
	}
	if want := (config.Metrics{MaxSeries: 20000, Top: 20}); c.Metrics != want {
		t.Errorf("metrics are %+v, want %+v", c.Metrics, want)
	}
	if want := (model.GapRules{Horizon: 28 * 24 * time.Hour, Window: 28 * 24 * time.Hour, Bugs: []string{"*bug*", "*defect*"}}); !cmp.Equal(c.Gaps, want) {
		t.Errorf("gaps are %+v, want %+v", c.Gaps, want)
	}
	if got := c.Trackers[0].Config.(*site).PageSize; got != 50 {
		t.Errorf("the connector's own default is %d, want 50", got)
	}
}

func TestFull(t *testing.T) {
	c := parseFile(t, "testdata/full.good.yml")
	if c.Timezone.String() != "Europe/Madrid" {
		t.Errorf("time zone is %v", c.Timezone)
	}
	if want := (config.Poll{Interval: 90 * time.Second, Frontier: 90 * time.Minute, Census: 14 * 24 * time.Hour, StaleAfter: 36 * time.Hour}); c.Poll != want {
		t.Errorf("poll is %+v, want %+v", c.Poll, want)
	}
	r := c.Rules()
	if r.StaleAfter != 36*time.Hour || r.Location != c.Timezone {
		t.Errorf("rules have %v and %v", r.StaleAfter, r.Location)
	}
	wantTeams := []model.Team{
		{
			Name: "payments", Lead: "Ana Silva", Manager: "Joe Ito", Channel: "#payments",
			Owns: []model.Matcher{
				{Tracker: "acme-jira", Project: "PAY"},
				{Repository: "acme/pay-*"},
				{Label: "team/payments"},
				{Label: "[Type] Payment?"},
				{Component: "Checkout", Type: "Bug", Epic: "PAY-1", FixVersion: "2027.1", Milestone: "v2"},
				{Field: map[string]string{"Team": "Payments", "Area": "pay*"}},
				{AssigneeTeam: "payments"},
			},
			Members: []model.Person{
				{
					Name: "Ana Silva", Jira: "5b10ac8d", GitHub: "anas", FTE: 0.8, Skills: []string{"go", "iso8583"},
					Leave: []model.Leave{{First: day(2026, 12, 21), Last: day(2027, 1, 2)}, {First: day(2027, 4, 2), Last: day(2027, 4, 2)}},
				},
				{Name: "Ben Okoro", Email: "ben@acme.example"},
				{Name: "Cleo", FTE: 1},
			},
			Capacity: model.Capacity{PointsPerWeek: 30, ItemsPerWeek: 7.5, WIPPerPerson: 2},
		},
		{Name: "platform", Owns: []model.Matcher{{Tracker: "acme-jira", Project: "PL*"}}},
	}
	if diff := cmp.Diff(wantTeams, r.Teams); diff != "" {
		t.Errorf("teams (-want +got):\n%s", diff)
	}
	wantPrograms := []model.Program{{
		Name:   "checkout-2027",
		Select: []model.Matcher{{Tracker: "acme-jira", Epic: "PAY-1"}, {Label: "checkout-2027"}},
		Core:   "payments", Partners: []string{"platform"}, External: []string{"bank"},
	}}
	if diff := cmp.Diff(wantPrograms, r.Programs); diff != "" {
		t.Errorf("programs (-want +got):\n%s", diff)
	}
	wantSkills := []model.Skill{{Name: "ios", Match: []model.Matcher{{Component: "iOS"}, {Project: "APP"}}}}
	if diff := cmp.Diff(wantSkills, r.Skills); diff != "" {
		t.Errorf("skills (-want +got):\n%s", diff)
	}
	wantLevels := []model.EscalationLevel{
		{Name: "leads", After: 3 * 24 * time.Hour},
		{Name: "managers", After: 7 * 24 * time.Hour, Priority: "high"},
		{Name: "directors", After: 14 * 24 * time.Hour, Conflicts: []string{"due_date"}},
	}
	if diff := cmp.Diff(wantLevels, r.Escalation); diff != "" {
		t.Errorf("escalation (-want +got):\n%s", diff)
	}
	wantHygiene := model.HygieneRules{
		Off:  []model.FindingKind{model.FindingNoEstimate},
		Only: []model.FindingScope{{Finding: model.FindingNoDueDate, Teams: []string{"payments"}, Programs: []string{"checkout-2027"}}},
	}
	if diff := cmp.Diff(wantHygiene, r.Hygiene); diff != "" {
		t.Errorf("hygiene (-want +got):\n%s", diff)
	}
}

// TestProjects holds which projects a tracker is said to have: those of its
// scope, and those matchers name for it or for nobody in particular.
func TestProjects(t *testing.T) {
	c := parse(t, `
trackers:
  - {name: a, type: jira, url: https://a.example, projects: [PAY, PLAT]}
  - {name: b, type: jira, url: https://b.example, projects: [OPS]}
  - {name: g, type: github, repositories: [acme/api]}
teams:
  - name: one
    owns:
      - {tracker: a, project: TIMOB}
      - {project: tidoc}
      - {project: "T*"}
      - {project: pay}
      - {repository: acme/web}
      - {repository: acme/pay-?}
      - {repository: Acme/API}
programs:
  - {name: p, select: [{project: PROG}]}
skills:
  - {skill: s, match: [{tracker: b, project: SKILL}]}
`)
	got := c.Rules().Trackers
	want := []model.TrackerRules{
		{Name: "a", Type: "jira", Projects: []string{"PAY", "PLAT", "TIMOB", "TIDOC", "PROG"}},
		{Name: "b", Type: "jira", Projects: []string{"OPS", "TIDOC", "PAY", "PROG", "SKILL"}},
		{Name: "g", Type: "github", Projects: []string{"acme/api", "acme/web"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("trackers (-want +got):\n%s", diff)
	}
}

func TestPriorities(t *testing.T) {
	tests := []struct {
		name string
		text string
		want string
	}{
		{
			"built in", "",
			"urgent=Urgent,Highest,Blocker,Critical,P0 high=High,Major,P1 medium=Medium,Normal,P2 low=Low,Minor,P3 lowest=Lowest,Trivial,P4",
		},
		{
			"words are added and moved", "priorities: {high: [Critical, Expedite], urgent: [highest]}\n",
			"urgent=Urgent,Blocker,P0,highest high=High,Major,P1,Critical,Expedite medium=Medium,Normal,P2 low=Low,Minor,P3 lowest=Lowest,Trivial,P4",
		},
		{
			"own names replace", "priorities: {now: [Critical], high: [High], later: [Low]}\n",
			"now=Critical high=High later=Low",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ranks []string
			for _, p := range parse(t, minimal+tt.text).Rules().Priorities {
				ranks = append(ranks, p.Name+"="+strings.Join(p.Words, ","))
			}
			if got := strings.Join(ranks, " "); got != tt.want {
				t.Errorf("ranks are\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

// TestMerged holds that aliases and merged mappings mean what they stand for.
func TestMerged(t *testing.T) {
	c := parseFile(t, "testdata/merged.good.yml")
	for i, want := range []string{"a", "b", "c"} {
		tr := c.Trackers[i]
		s, ok := tr.Config.(*site)
		if !ok || tr.Name != want || s.URL != "https://a.example" || !slices.Equal(s.Projects, []string{"A", "B"}) {
			t.Errorf("tracker %d is %+v with %+v", i, tr, tr.Config)
		}
	}
	if c.Programs[0].Core != "one" || len(c.Teams[1].Owns) != 1 {
		t.Errorf("program is %+v, team is %+v", c.Programs[0], c.Teams[1])
	}
}

// TestVariables holds that a reference to a variable stays as it stands.
func TestVariables(t *testing.T) {
	t.Setenv("TEAM", "payments")
	c, warnings, err := config.Parse("w.yml", []byte(minimal+"teams:\n  - name: ${TEAM}\n    owns: [{project: PAY}]\n"), registry())
	if err != nil {
		t.Fatal(err)
	}
	if c.Teams[0].Name != "${TEAM}" {
		t.Errorf("team is %q", c.Teams[0].Name)
	}
	if len(warnings) != 1 || warnings[0].String() != "w.yml:4:11: warning: name contains ${, which is taken as it stands: variables are not expanded" {
		t.Errorf("warnings are %v", warnings)
	}
}

// TestLikeYAML holds that a connector's part is decoded as the yaml library does it.
func TestLikeYAML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-Z0-9 .:_#'"-]{0,12}`)
		var want site
		want.URL = "https://a.example"
		want.Projects = rapid.SliceOfN(rapid.StringMatching(`[A-Z]{2,5}|[0-9]{1,3}|true|null|0x1f|1e3`), 1, 4).Draw(t, "projects")
		want.Fields = rapid.MapOfN(rapid.StringMatching(`[a-z]{1,8}|[0-9]{1,2}|true`), text, 1, 4).Draw(t, "fields")
		want.PageSize = rapid.IntRange(-5, 1<<40).Draw(t, "size")
		want.Remote = rapid.Bool().Draw(t, "remote")
		want.Status = map[string]status{text.Draw(t, "status"): {State: text.Draw(t, "state"), Blocked: rapid.Bool().Draw(t, "blocked")}}
		written, err := yaml.Dump(&want)
		if err != nil {
			t.Fatal(err)
		}
		var plain site
		if err := yaml.Load(written, &plain, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
			t.Fatalf("%v in\n%s", err, written)
		}
		file := "trackers:\n  -\n    name: a\n    type: jira\n    " + strings.ReplaceAll(string(written), "\n", "\n    ")
		c, _, err := config.Parse("w.yml", []byte(file), registry())
		if err != nil {
			t.Fatalf("%v in\n%s", err, file)
		}
		if diff := cmp.Diff(&plain, c.Trackers[0].Config); diff != "" {
			t.Errorf("decoded (-yaml +config):\n%s\nof\n%s", diff, file)
		}
	})
}

func TestDuration(t *testing.T) {
	tests := []struct {
		text    string
		want    time.Duration
		printed string
	}{
		{"0s", 0, "0s"},
		{"90s", 90 * time.Second, "1m30s"},
		{"250ms", 250 * time.Millisecond, "250ms"},
		{"2m", 2 * time.Minute, "2m"},
		{"24h", 24 * time.Hour, "1d"},
		{"3d", 72 * time.Hour, "3d"},
		{"2w", 14 * 24 * time.Hour, "2w"},
		{"1w1d1h1m1s1ms", (8*24+1)*time.Hour + time.Minute + time.Second + time.Millisecond, "1w1d1h1m1s1ms"},
		{"015m", 15 * time.Minute, "15m"},
		{"15000w", 15000 * 7 * 24 * time.Hour, "15000w"},
	}
	for _, tt := range tests {
		var d config.Duration
		if err := d.UnmarshalText([]byte(tt.text)); err != nil || time.Duration(d) != tt.want || d.String() != tt.printed {
			t.Errorf("%s is %v (%v), error %v, want %s (%v)", tt.text, d, time.Duration(d), err, tt.printed, tt.want)
		}
	}
	for _, text := range []string{"", "1", "m", "-1m", "1.5h", " 1m", "1m ", "1y", "1M", "1m1h", "1m1m", "99999999999999999999s", "15251w", "15000w99999d"} {
		var d config.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %v, want an error", text, d)
		}
	}
}

// TestDurationRoundTrip holds that what is printed is read back.
func TestDurationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := config.Duration(rapid.Int64Range(0, 1<<53).Draw(t, "ms")/1e6*1e6) / 1e6 * 1e6
		var got config.Duration
		if err := got.UnmarshalText([]byte(want.String())); err != nil || got != want {
			t.Errorf("%v reads as %v, error %v", want, got, err)
		}
	})
}

// TestAliasBomb holds that a small file cannot keep the reader busy.
func TestAliasBomb(t *testing.T) {
	const width = 500
	var many strings.Builder
	for i := range width {
		fmt.Fprintf(&many, ", k%d: v", i)
	}
	tests := map[string]string{
		"alias": "teams:\n  - name: t\n    owns:\n      - field: &f {k: v" + many.String() + "}\n" +
			strings.Repeat("      - {field: *f}\n", width),
		"merge": "teams:\n  - name: t\n    owns:\n      - field: &f {k: v" + many.String() + "}\n" +
			strings.Repeat("      - {field: {<<: *f, a: b}}\n", width),
		"merge of merges": "teams:\n  - name: t\n    owns:\n      - field: &f {k: v" + many.String() + "}\n" +
			"      - field: {<<: [*f" + strings.Repeat(", *f", width) + "]}\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			c, _, err := config.Parse("w.yml", []byte(minimal+text), registry())
			if err == nil || !strings.Contains(err.Error(), "too large") {
				t.Errorf("parsing %d bytes gives %v and error %.200v", len(text), c, err)
			}
		})
	}
}

// TestNothingSet holds that a mapping without content is as if it were not there.
func TestNothingSet(t *testing.T) {
	c := parse(t, "trackers:\n  - name: g\n    type: github\n    auth:\n      app:\n    repositories:\n")
	if f := c.Trackers[0].Config.(*forge); f.Auth.App != nil || f.Repositories != nil {
		t.Errorf("configuration is %+v", f)
	}
}
