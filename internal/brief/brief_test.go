package brief_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/internal/brief"
	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

var update = flag.Bool("update", false, "write the expected files anew")

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// rules are of two teams and a third that both know.
func rules() *model.Rules {
	owns := func(project string) []model.Matcher { return []model.Matcher{{Project: project}} }
	return &model.Rules{
		Trackers: []model.TrackerRules{{Name: "jira", Type: "jira", Projects: []string{"PAY", "PLAT", "SEC"}}},
		Teams: []model.Team{
			{Name: "payments", Lead: "Ana Silva", Channel: "#pay", Owns: owns("PAY")},
			{Name: "platform", Manager: "Kim", Owns: owns("PLAT")},
			{Name: "security", Owns: owns("SEC")},
		},
		Priorities: []model.PriorityRank{{Name: "high", Words: []string{"High"}}, {Name: "low", Words: []string{"Low"}}},
		Escalation: []model.EscalationLevel{{Name: "leads", After: 3 * 24 * time.Hour}, {Name: "managers", After: 30 * 24 * time.Hour}},
	}
}

// recording is what was recorded in testdata.
func recording(t *testing.T) *model.Recording {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := &model.Recording{}
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func graph(t *testing.T) *model.Graph {
	t.Helper()
	r := recording(t)
	g := reconcile.Reconcile(&r.Facts, rules(), r.AsOf)
	g.History = r.History
	return g
}

// The brief of two teams in every form, over one of each thing it can tell.
func TestBrief(t *testing.T) {
	for _, tt := range []struct{ file, team, with, since string }{
		{"two.md", "payments", "platform", "2026-02-01"},
		{"two.html", "payments", "platform", "2026-02-01"},
		{"two.json", "payments", "platform", "2026-02-01"},
		{"all.md", "platform", "", ""},
		{"nothing.md", "payments", "unowned", ""},
	} {
		t.Run(tt.file, func(t *testing.T) {
			since, err := brief.Since(tt.since, now, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			b, err := brief.New(graph(t), tt.team, tt.with, since)
			if err != nil {
				t.Fatal(err)
			}
			format := map[string]string{".md": "markdown", ".html": "html", ".json": "json"}[filepath.Ext(tt.file)]
			var got strings.Builder
			if err := b.Write(&got, format); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", tt.file)
			if *update {
				if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What a side counts is what the waiting matrix and the waits of a period count.
func TestNumbersAgree(t *testing.T) {
	g := graph(t)
	since := now.AddDate(0, 0, -30)
	seen := 0
	for _, team := range g.Teams {
		for _, with := range g.Teams {
			if team.Name == with.Name {
				continue
			}
			b, err := brief.New(g, team.Name, with.Name, since)
			if err != nil {
				t.Fatal(err)
			}
			side, want := b.Sides[0], model.Cell{}
			for _, c := range g.Matrix {
				if c.Team == team.Name && c.OnTeam == with.Name {
					want = c
				}
			}
			if side.Items != want.Items || !side.Oldest.Equal(want.Oldest.Time()) {
				t.Errorf("%s on %s: %d items since %v, the matrix has %d since %v", team.Name, with.Name, side.Items, side.Oldest, want.Items, want.Oldest)
			}
			waited := 0.0
			for _, w := range g.Waits(since, now, func(t, on string) bool { return t == team.Name && on == with.Name }) {
				waited += w.Blocked.Seconds()
			}
			if side.WaitedSeconds != waited {
				t.Errorf("%s on %s waited %g s, /waits has %g", team.Name, with.Name, side.WaitedSeconds, waited)
			}
			seen += side.Items
			back, err := brief.New(g, with.Name, team.Name, since)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(side, back.Sides[1]); diff != "" {
				t.Errorf("%s and %s is not what %s and %s is from the other side:\n%s", team.Name, with.Name, with.Name, team.Name, diff)
			}
		}
	}
	if seen == 0 {
		t.Error("nobody waits on anybody")
	}
}

func TestMistakes(t *testing.T) {
	g := graph(t)
	for _, tt := range []struct{ team, with, want string }{
		{"paymnts", "platform", `no team "paymnts": did you mean "payments"?`},
		{"payments", "platfomr", `no team "platfomr": did you mean "platform"?`},
		{"", "platform", `no team "": there are payments, platform, security, unowned`},
		{"payments", "payments", `a brief is of two teams: "payments" is given twice`},
	} {
		if _, err := brief.New(g, tt.team, tt.with, now); err == nil || err.Error() != tt.want {
			t.Errorf("%q and %q: %v, want %s", tt.team, tt.with, err, tt.want)
		}
	}
	for text, want := range map[string]string{
		"tomorrow": "neither a day such as 2026-03-31 nor a time such as 2026-03-31T12:00:00Z", "2027-01-01": "after the moment of the brief, 2026-03-10T12:00:00Z",
	} {
		if _, err := brief.Since(text, now, time.UTC); err == nil || err.Error() != want {
			t.Errorf("since %s: %v, want %s", text, err, want)
		}
	}
}

// What was recorded can be saved and is whole when read again.
func TestRecordingAgain(t *testing.T) {
	r := recording(t)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	again := &model.Recording{}
	if err := json.Unmarshal(b, again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, again); diff != "" {
		t.Errorf("(-saved +read)\n%s", diff)
	}
}
