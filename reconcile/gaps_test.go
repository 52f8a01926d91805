package reconcile_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

const gapsScene = `
now 2026-03-10T12:00:00Z
tracker jira jira projects=PAY,PLAT hosts=jira.example
tracker github github projects=acme/app hosts=github.com
team pay project:PAY
team plat project:PLAT
team idle project:NONE
item jira:PAY-1 todo created=2026-01-01 due=2026-03-20 points=3 assignee=ana
  blocked_by PLAT-1 issue_link at=2026-02-01
item jira:PAY-2 doing created=2026-03-01 due=2026-04-30 points=5 type=Bug
  blocked_by PAY-1 issue_link at=2026-03-02
item jira:PAY-3 done created=2026-02-01 closed=2026-03-05
item jira:PAY-4 done created=2026-03-01 closed=2026-03-09
item jira:PAY-5 todo created=2026-01-01 history=2026-01-01:todo,2026-01-20:done,2026-03-03:todo due=2026-03-01
item jira:PAY-6 dropped created=2026-03-01 closed=2026-03-02
item jira:PLAT-1 doing created=2026-01-01 assignee=carla
item jira:PLAT-2 doing created=2026-01-01 assignee=carla
item jira:PLAT-3 doing created=2026-01-01 assignee=CARLA components=iOS
item jira:PLAT-4 todo stub
item github:acme/app#1 todo created=2026-03-09 assignee=carlita
  blocked_by //jira.example/PLAT-2 text at=2026-03-09
`

func gapsFacts(t *testing.T) scene {
	t.Helper()
	s := parseScene(t, gapsScene)
	day := func(text string) model.Date {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return model.Date{Time: model.At(at), Day: true}
	}
	s.rules.Gaps = model.GapRules{Horizon: 14 * 24 * time.Hour, Window: 14 * 24 * time.Hour, Bugs: []string{"*bug*"}}
	s.rules.Skills = []model.Skill{{Name: "ios", Match: []model.Matcher{{Component: "ios"}}}, {Name: "go", Match: []model.Matcher{{Tracker: "jira"}}}}
	s.rules.Teams[0].Capacity = model.Capacity{PointsPerWeek: 10}
	s.rules.Teams[1].Capacity = model.Capacity{ItemsPerWeek: 3, WIPPerPerson: 2}
	s.rules.Teams[1].Members = []model.Person{
		// On leave from today to the Friday of next week: 9 of the 11 working days there are.
		{Name: "Carla", Jira: "carla", GitHub: "carlita", FTE: 1, Skills: []string{"go", "ios"}, Leave: []model.Leave{
			{First: day("2026-03-10"), Last: day("2026-03-15")},
			{First: day("2026-03-12"), Last: day("2026-03-20")},
			{First: day("2026-03-24"), Last: day("2026-03-23")},
		}},
		{Name: "Dora", FTE: 0.5, Skills: []string{"go"}},
		{Name: "Eve", FTE: 0, Skills: []string{"ios"}},
	}
	return s
}

func showGaps(g *model.Graph) string {
	var b strings.Builder
	refs := func(name string, list []int32) {
		if len(list) == 0 {
			return
		}
		fmt.Fprintf(&b, "  %s:", name)
		for _, i := range list {
			fmt.Fprintf(&b, " %s", g.Items[i].Key)
		}
		b.WriteString("\n")
	}
	for i := range g.Gaps {
		t := &g.Gaps[i]
		fmt.Fprintf(&b, "%s\n", t.Team)
		refs("open", t.Open)
		refs("blocking", t.Blocking)
		refs("unassigned blocking", t.Unassigned.Blocking)
		refs("unassigned doing", t.Unassigned.Doing)
		refs("unassigned due", t.Unassigned.Due)
		for _, l := range t.Overloaded {
			refs(fmt.Sprintf("overloaded %s limit %d", l.Person, l.Limit), l.Doing)
			refs("waiting on that", l.Waiting)
		}
		fmt.Fprintf(&b, "  available %.3f", t.Capacity.Available)
		if p := t.Capacity.Points; p != nil {
			fmt.Fprintf(&b, ", %.4g points", *p)
		}
		if p := t.Capacity.Items; p != nil {
			fmt.Fprintf(&b, ", %.4g items", *p)
		}
		fmt.Fprintf(&b, "; demand %g points\n", t.Capacity.DemandPoints)
		refs("due", t.Capacity.Due)
		refs("unestimated", t.Capacity.Unestimated)
		refs("implausible", t.Capacity.Implausible)
		for _, h := range t.Concentration.Holders {
			refs("held by "+h.Person, h.Items)
		}
		if share, ok := t.Concentrated(); ok {
			fmt.Fprintf(&b, "  on one person %.2f, half on %d\n", share, t.Concentration.Half)
		}
		for _, s := range t.Skills {
			refs("lacks "+s.Skill, s.Items)
		}
		refs("arrived", t.Flow.Arrived)
		refs("completed", t.Flow.Completed)
		refs("reopened", t.Flow.Reopened)
		refs("bugs", t.Flow.OpenBugs)
		if weeks, ok := t.WeeksToClear(); ok {
			fmt.Fprintf(&b, "  clear in %g weeks\n", weeks)
		}
		if t.Bottleneck.Rank > 0 {
			fmt.Fprintf(&b, "  bottleneck %d: %d\n", t.Bottleneck.Rank, t.Bottleneck.Items)
			refs("waiting on the team", g.WaitingOnTeam(t.Team))
		}
	}
	return b.String()
}

func TestGaps(t *testing.T) {
	const want = `pay
  open: PAY-1 PAY-2 PAY-5
  blocking: PAY-1
  unassigned doing: PAY-2
  unassigned due: PAY-5
  available 1.000, 20 points; demand 3 points
  due: PAY-1 PAY-5
  unestimated: PAY-5
  held by ana: PAY-1
  on one person 1.00, half on 1
  arrived: PAY-2 PAY-4 PAY-6
  completed: PAY-3 PAY-4
  reopened: PAY-5
  bugs: PAY-2
  clear in 1 weeks
plat
  open: PLAT-1 PLAT-2 PLAT-3 PLAT-4
  blocking: PLAT-1 PLAT-2
  overloaded Carla limit 2: PLAT-1 PLAT-2 PLAT-3
  waiting on that: acme/app#1 PAY-1 PAY-2
  available 0.455, 2.727 items; demand 0 points
  held by Carla: PLAT-1 PLAT-2
  on one person 1.00, half on 1
  lacks ios: PLAT-3
  bottleneck 1: 3
  waiting on the team: acme/app#1 PAY-1 PAY-2
idle
  available 1.000; demand 0 points
  clear in 0 weeks
unowned
  open: acme/app#1
  available 1.000; demand 0 points
  arrived: acme/app#1
  clear in 0 weeks
`
	if diff := cmp.Diff(want, showGaps(gapsFacts(t).graph())); diff != "" {
		t.Error(diff)
	}
}

// TestEstimates: what cannot be meant is no estimate, and shown as such.
func TestEstimates(t *testing.T) {
	s := gapsFacts(t)
	points := []float64{-1, 1e9, math.NaN(), math.Inf(1), 0}
	for i := range points {
		it := model.Item{ID: model.ID{Tracker: model.WordOf("jira"), Native: fmt.Sprint("x", i)}, Key: fmt.Sprint("NONE-", i+1), Project: model.WordOf("NONE"), State: model.Todo, Points: &points[i]}
		it.Due = model.Date{Time: model.At(noon), Day: true}
		s.facts.Records = append(s.facts.Records, &model.Record{Item: it})
	}
	g := reconcile.Reconcile(&s.facts, &s.rules, s.now)
	c := g.GapsOf("idle").Capacity
	if len(c.Due) != 5 || len(c.Unestimated) != 4 || len(c.Implausible) != 4 || len(c.OpenEstimated) != 1 || c.DemandPoints != 0 {
		t.Errorf("%d due, %d without an estimate, %d implausible, %d estimated, demand %g", len(c.Due), len(c.Unestimated), len(c.Implausible), len(c.OpenEstimated), c.DemandPoints)
	}
}

// TestMirroredWorkHasOneGap: what is kept in two trackers counts once, and is
// assigned and estimated if either is.
func TestMirroredWorkHasOneGap(t *testing.T) {
	s := parseScene(t, `
now 2026-03-10T12:00:00Z
tracker jira jira projects=PAY hosts=jira.example
tracker github github projects=acme/app hosts=github.com
team pay project:PAY
item jira:PAY-1 doing created=2026-03-01 points=2 due=2026-03-01
  mirrors //github.com/acme/app#1 issue_link
item jira:PAY-2 doing created=2026-03-01 due=2026-03-01
  mirrors //github.com/acme/app#2 issue_link
item github:acme/app#1 doing created=2026-03-01 due=2026-03-01 assignee=x
item github:acme/app#2 doing created=2026-03-01 due=2026-03-01
`)
	s.rules.Teams = []model.Team{{Name: "pay", Owns: []model.Matcher{{Project: "PAY"}, {Repository: "acme/app"}}}}
	s.rules.Gaps.Window = 30 * 24 * time.Hour
	const want = `pay
  open: acme/app#1 acme/app#2
  unassigned doing: acme/app#2
  unassigned due: acme/app#2
  available 1.000; demand 2 points
  due: acme/app#1 acme/app#2
  unestimated: acme/app#2
  arrived: acme/app#1 acme/app#2
  clear in 0 weeks
unowned
  available 1.000; demand 0 points
  clear in 0 weeks
`
	if diff := cmp.Diff(want, showGaps(s.graph())); diff != "" {
		t.Error(diff)
	}
}

// TestGapsAreTheirLists holds every number to a list made by walking the graph.
func TestGapsAreTheirLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		s.rules.Gaps = model.GapRules{Horizon: 240 * time.Hour, Window: 720 * time.Hour}
		g := s.graph()
		if len(g.Gaps) != len(g.Teams)+1 {
			t.Fatalf("%d gaps of %d teams", len(g.Gaps), len(g.Teams))
		}
		waiters := map[int32][]int32{}
		for _, d := range g.Dependencies {
			if d.State == model.Active {
				waiters[d.From.Item()] = append(waiters[d.From.Item()], d.To.Item())
			}
		}
		open := 0
		for i := range g.Gaps {
			gap := &g.Gaps[i]
			open += len(gap.Open)
			var blocking []int32
			behind, pieces := map[int32]bool{}, map[int32]bool{}
			for k := range g.Items {
				n := &g.Items[k]
				if n.Team.String() != gap.Team || !n.State.Open() {
					continue
				}
				for _, w := range walkAll(waiters, int32(k)) {
					if g.Items[w].Team.String() != gap.Team {
						behind[g.Items[w].Twin] = true
					}
				}
				if len(waiters[int32(k)]) > 0 && !pieces[n.Twin] {
					pieces[n.Twin] = true
					blocking = append(blocking, int32(k))
				}
			}
			if !slices.Equal(gap.Blocking, blocking) {
				t.Fatalf("%s blocks with %v, want %v", gap.Team, gap.Blocking, blocking)
			}
			if n := len(g.WaitingOnTeam(gap.Team)); gap.Bottleneck.Items != len(behind) || n != len(behind) {
				t.Fatalf("%d items wait on %s, the list has %d, want %d", gap.Bottleneck.Items, gap.Team, n, len(behind))
			}
			for _, list := range [][]int32{gap.Open, gap.Blocking, gap.Capacity.Due, gap.Flow.Arrived, gap.Flow.Completed} {
				if !slices.IsSorted(list) {
					t.Fatalf("not sorted: %v", list)
				}
			}
		}
		works := map[string]bool{}
		for k := range g.Items {
			if n := &g.Items[k]; n.State.Open() {
				works[fmt.Sprint(n.Team, n.Twin)] = true
			}
		}
		if open != len(works) {
			t.Fatalf("%d items open, want %d", open, len(works))
		}
	})
}

// TestManyTeams: more teams than are followed at once.
func TestManyTeams(t *testing.T) {
	f, rules := organisation{items: 3000, claims: 6000, teams: 300}.facts()
	g := reconcile.Reconcile(f, rules, noon)
	for i := range g.Gaps {
		if got, want := g.Gaps[i].Bottleneck.Items, len(g.WaitingOnTeam(g.Gaps[i].Team)); got != want {
			t.Fatalf("%d items wait on %s, the list has %d", got, g.Gaps[i].Team, want)
		}
	}
}

// Of an item known only from links nobody tells who has it: it is not unassigned.
func TestStubsAreNotUnassigned(t *testing.T) {
	g := parseScene(t, `
now 2026-03-10T12:00:00Z
tracker jira jira projects=PAY,PLAT hosts=jira.example
team payments project:PAY
team platform project:PLAT
item jira:PAY-1 todo created=2026-03-01
  blocked_by PLAT-1 issue_link
  blocked_by PLAT-2 issue_link
item jira:PLAT-1 doing stub due=2026-03-01
item jira:PLAT-2 doing due=2026-03-01
`).graph()
	at, _ := g.Find("PLAT-2")
	gaps := g.GapsOf("platform")
	want := model.Unassigned{Blocking: []int32{at}, Doing: []int32{at}, Due: []int32{at}}
	if diff := cmp.Diff(want, gaps.Unassigned); diff != "" || len(gaps.Blocking) != 2 {
		t.Errorf("(-want +got)\n%s%v", diff, gaps.Blocking)
	}
}
