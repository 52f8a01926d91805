package reconcile_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/model"
)

// drawProcess is a scene in which items have dates, priorities, releases and
// people, and there are programs and levels of escalation.
func drawProcess(t *rapid.T) scene {
	s := drawScene(t)
	s.rules.Priorities = []model.PriorityRank{{Name: "high", Words: []string{"High"}}, {Name: "low", Words: []string{"Low"}}}
	s.rules.Escalation = []model.EscalationLevel{
		{Name: "leads", After: 72 * time.Hour},
		{Name: "managers", After: 240 * time.Hour, Priority: "high"},
		{Name: "directors", Conflicts: []string{"due_date", "direction", "state"}},
	}
	s.rules.Programs = []model.Program{{Name: "launch", Core: "pay", Select: []model.Matcher{{Label: "launch"}, {Project: "PLAT"}}}}
	s.rules.Teams[0].Members = []model.Person{{Name: "Ana", Jira: "ana", Email: "ana@acme.example"}}
	date := rapid.Custom(func(t *rapid.T) model.Date {
		return model.Date{Time: model.At(time.Date(2026, 3, rapid.IntRange(1, 28).Draw(t, "day"), 0, 0, 0, 0, time.UTC)), Day: rapid.Bool().Draw(t, "whole")}
	})
	for i, r := range s.facts.Records {
		c := *r
		it := &c.Item
		it.Priority = model.WordOf(rapid.SampledFrom([]string{"", "High", "Low", "Odd"}).Draw(t, "priority"))
		it.Updated = it.Created.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "updated")) * 24 * time.Hour)
		if rapid.Bool().Draw(t, "released") {
			it.FixVersions = []model.Span{{Name: fmt.Sprintf("v%d", rapid.IntRange(1, 12).Draw(t, "version"))}}
			if rapid.Bool().Draw(t, "release date") {
				it.FixVersions[0].End = date.Draw(t, "release")
			}
		}
		if rapid.Bool().Draw(t, "in a sprint") {
			it.Sprint = &model.Span{Name: "S", End: date.Draw(t, "sprint")}
		}
		if rapid.Bool().Draw(t, "in the program") {
			it.Labels = []string{"launch"}
		}
		for range rapid.IntRange(0, 2).Draw(t, "assignees") {
			a := model.Account{ID: rapid.SampledFrom([]string{"ana", "bob", "eve"}).Draw(t, "assignee")}
			if rapid.Bool().Draw(t, "shows its e-mail") {
				a.Email = a.ID + "@acme.example"
			}
			it.Assignees = append(it.Assignees, a)
		}
		it.Stub = rapid.IntRange(0, 9).Draw(t, "stub") == 0
		s.facts.Records[i] = &c
	}
	return s
}

func TestProcessOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawProcess(t)
		if diff := cmp.Diff(render(s.graph()), render(s.shuffled(rapid.Uint64().Draw(t, "seed")).graph())); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestRenamingChangesOnlyNames gives every item another number, so that items
// sort the other way round, and compares what is said of each.
func TestRenamingChangesOnlyNames(t *testing.T) {
	rename := func(key string) string {
		project, n := model.SplitKey(key)
		return key[:len(project)+1] + strconv.FormatInt(17-n, 10)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawProcess(t)
		renamed := s
		renamed.facts.Records = nil
		for _, r := range s.facts.Records {
			c := *r
			c.Item.Key = rename(r.Item.Key)
			c.Claims = slices.Clone(r.Claims)
			for i := range c.Claims {
				c.Claims[i].Target.Key = rename(c.Claims[i].Target.Key)
			}
			renamed.facts.Records = append(renamed.facts.Records, &c)
		}
		same := func(k string) string { return k }
		if diff := cmp.Diff(saidOf(s.graph(), same), saidOf(renamed.graph(), rename)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// saidOf is what a graph says of single items and dependencies, sorted, under
// names given back by name. What a tie decides by the order of keys is left out.
func saidOf(g *model.Graph, name func(string) string) []string {
	item := func(i int32) string { return g.Items[i].ID.Tracker.String() + ":" + name(g.Items[i].Key) }
	end := func(e model.End) string {
		if e.Resolved() {
			return item(e.Item())
		}
		return name(g.Name(e)) + g.Reason(e).String()
	}
	dep := func(i int32) string {
		d := &g.Dependencies[i]
		ends := []string{end(d.From), end(d.To)}
		if d.Kind.Symmetric() {
			slices.Sort(ends)
		}
		return fmt.Sprint(d.Kind, ends, d.State)
	}
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for i := range g.Dependencies {
		say("dependency %s %v %v %v", dep(int32(i)), g.Dependencies[i].Since, g.Dependencies[i].BothSides, g.Dependencies[i].TextOnly)
	}
	for _, b := range g.Blocked {
		say("blocked %s %v %d %d", item(b.Item), b.Since, b.Depth, len(b.Causes))
	}
	for _, c := range g.Conflicts {
		say("conflict %s %s %d %s", c.Kind, dep(c.Dependency), c.SlackDays, g.NeededBy(&c).End(time.UTC))
	}
	for _, f := range g.Findings {
		d := ""
		if f.Dependency >= 0 {
			d = dep(f.Dependency)
		}
		say("finding %s %s %s %s %v", f.Kind, g.FindingTeam(&f), item(f.Item), d, f.Since)
	}
	for _, a := range g.Adoption {
		say("adoption %v", a)
	}
	for _, e := range g.Escalations {
		say("escalation %s %d %v", dep(e.Dependency), e.Level, e.Reached)
	}
	for _, p := range g.Programs {
		say("program %s %v %d %d %d %d", p.Name, p.WaitsOn, len(p.Items), len(p.Open), len(p.Blocked), len(p.Waits))
	}
	for _, p := range g.People {
		say("person %v %d %d %d %d", p.Teams, len(p.Accounts), len(p.Open), len(p.Doing), len(p.Blocking))
	}
	for _, u := range g.Unmatched {
		say("unmatched %s %s %d", u.Tracker, u.ID, len(u.Items))
	}
	for i := range g.Items {
		i := int32(i)
		c := g.Close(i)
		say("closing %s %d %d", item(i), len(c.Freed), len(c.Still))
		s := g.Slip(i, 10)
		say("slipping %s %d %v", item(i), len(s.Breaks), s.To)
		wanted := time.Time{}
		if w := g.WantedBy(i); w >= 0 {
			wanted = g.Items[w].Date().End(time.UTC)
		}
		say("wanted %s %v", item(i), wanted)
	}
	slices.Sort(out)
	return out
}

// TestDatesByWalking compares what is wanted when, what ends when and what
// conflicts with a computation that walks the active dependencies by itself.
func TestDatesByWalking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawProcess(t).graph()
		blockers, waiters := map[int32][]int32{}, map[int32][]int32{}
		for _, d := range g.Dependencies {
			if d.State == model.Active {
				blockers[d.To.Item()] = append(blockers[d.To.Item()], d.From.Item())
				waiters[d.From.Item()] = append(waiters[d.From.Item()], d.To.Item())
			}
		}
		end := func(i int32) (time.Time, bool) {
			d := g.Items[i].Date()
			return d.End(time.UTC), !d.IsZero()
		}
		earliest := func(items []int32) (first time.Time, any bool) {
			for _, i := range items {
				if at, ok := end(i); ok && (!any || at.Before(first)) {
					first, any = at, true
				}
			}
			return first, any
		}
		for i := range g.Items {
			i := int32(i)
			behind := walk(waiters, i)
			want, any := earliest(behind)
			w := g.WantedBy(i)
			if any != (w >= 0) || any && !g.Items[w].Date().End(time.UTC).Equal(want) {
				t.Fatalf("%s: wanted by %d, want %v", g.Ref(i), w, want)
			}
			slip := g.Slip(i, 5)
			n := 0
			for _, b := range behind {
				if at, ok := end(b); ok && at.Before(slip.To) {
					n++
				}
			}
			if len(slip.Breaks) != n {
				t.Fatalf("%s: %d dates break, want %d", g.Ref(i), len(slip.Breaks), n)
			}
			chain := g.Critical(i)
			for k := 1; k < len(chain); k++ {
				if !slices.Contains(blockers[chain[k-1]], chain[k]) {
					t.Fatalf("%s: %v is no chain", g.Ref(i), chain)
				}
			}
			var latest time.Time
			for _, a := range append(walk(blockers, i), i) {
				if at, ok := end(a); ok && at.After(latest) {
					latest = at
				}
			}
			if last := g.LatestDate(chain); last >= 0 && !g.Items[last].Date().End(time.UTC).Equal(latest) || last < 0 && !latest.IsZero() {
				t.Fatalf("%s: chain %v ends with %d, want %v", g.Ref(i), chain, last, latest)
			}
		}
		conflicts := map[string]bool{}
		for _, c := range g.Conflicts {
			conflicts[fmt.Sprint(c.Kind, c.Dependency)] = true
		}
		for di, d := range g.Dependencies {
			if d.State != model.Active {
				continue
			}
			need, needed := earliest(append(walkAll(waiters, d.To.Item()), d.To.Item()))
			at, dated := end(d.From.Item())
			if want := needed && dated && at.After(need); want != conflicts[fmt.Sprint(model.ConflictDueDate, di)] {
				t.Fatalf("dependency %d: due date conflict is not %t", di, want)
			}
			if want := needed && !dated && !g.Items[d.From].Stub; want != conflicts[fmt.Sprint(model.ConflictNoDate, di)] {
				t.Fatalf("dependency %d: missing date is not %t", di, want)
			}
		}
	})
}

// TestClosingByDoing closes each item and looks who is free.
func TestClosingByDoing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawProcess(t)
		g := s.graph()
		for i := range g.Items {
			n := &g.Items[i]
			if !n.State.Open() {
				continue
			}
			closed := s
			closed.facts.Records = slices.Clone(s.facts.Records)
			for k, r := range closed.facts.Records {
				if r.Item.ID == n.ID {
					c := *r
					c.Item.State, c.Item.Closed = model.Done, model.At(noon)
					closed.facts.Records[k] = &c
				}
			}
			after := closed.graph()
			var freed []int32
			for k := range g.Items {
				if k != i && g.Items[k].Blocked >= 0 && after.Items[k].Blocked < 0 {
					freed = append(freed, int32(k))
				}
			}
			if diff := cmp.Diff(freed, g.Close(int32(i)).Freed); diff != "" {
				t.Fatalf("%s (-done +foreseen): %s", g.Ref(int32(i)), diff)
			}
		}
	})
}

// TestFindingsAreTheirLists holds counts to the lists behind them.
func TestFindingsAreTheirLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawProcess(t).graph()
		type key struct {
			kind      model.FindingKind
			item, dep int32
		}
		seen := map[key]bool{}
		for _, f := range g.Findings {
			k := key{f.Kind, f.Item, f.Dependency}
			if seen[k] || !g.Items[f.Item].State.Open() {
				t.Fatalf("finding %v twice or of a closed item", f)
			}
			seen[k] = true
		}
		for _, a := range g.Adoption {
			all, clean := 0, 0
			for di, d := range g.Dependencies {
				if d.State != model.Active || !d.CrossTeam {
					continue
				}
				for _, item := range []int32{d.From.Item(), d.To.Item()} {
					if g.Items[item].Team.String() != a.Team {
						continue
					}
					all++
					if !slices.ContainsFunc(g.Findings, func(f model.Finding) bool {
						return g.FindingTeam(&f) == a.Team && (f.Dependency == int32(di) || f.Dependency < 0 && f.Item == item)
					}) {
						clean++
					}
				}
			}
			if a.Dependencies != all || a.Clean != clean {
				t.Fatalf("%s: %d of %d, want %d of %d", a.Team, a.Clean, a.Dependencies, clean, all)
			}
		}
		for _, p := range g.People {
			for _, list := range [][]int32{p.Open, p.Doing, p.Blocking} {
				if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
					t.Fatalf("%s: %v", p.Name, list)
				}
			}
		}
	})
}

func TestCompareReleases(t *testing.T) {
	sign := func(n int) int { return min(1, max(-1, n)) }
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1.9", "1.10", -1},
		{"Release 1.10", "release 1.9", 1},
		{"1.4", "1.4.2", -1},
		{"1.4", "1.4.0", 0},
		{"v01", "v1", 0},
		{"2.0-beta", "2.0", 0},
		{"Camelot", "Merlin", 0},
		{"Camelot 2", "Merlin 1", 0},
		{"99999999999999999999999999", "100000000000000000000000000", -1},
		{"", "1", -1},
		{"\u00e9t\u00e9 1", "\u00e9t\u00e9 2", -1},
		{"", "", 0},
	} {
		if got := sign(model.CompareReleases(c.a, c.b)); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := sign(model.CompareReleases(c.b, c.a)); got != -c.want {
			t.Errorf("%q and %q: %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

// TestHugeShapes reconciles what nobody means and somebody has: a cycle of
// 10,000 items, an item with 5,000 links, estimates that cannot be.
func TestHugeShapes(t *testing.T) {
	s := scene{now: noon, rules: model.Rules{
		StaleAfter: time.Hour, Trackers: []model.TrackerRules{{Name: "jira", Type: "jira", Projects: []string{"PAY"}}},
		Teams: []model.Team{{Name: "pay", Owns: []model.Matcher{{Project: "PAY"}}}, {Name: "idle"}},
	}}
	s.facts.Trackers = []model.Tracker{{Name: "jira", Type: "jira", LastSync: noon}}
	const cycle, links = 10_000, 5_000
	item := func(n int) *model.Record {
		key := fmt.Sprintf("PAY-%d", n)
		return &model.Record{Item: model.Item{ID: model.ID{Tracker: model.WordOf("jira"), Native: key}, Key: key, Project: model.WordOf("PAY"), State: model.Todo, Created: model.At(noon.AddDate(0, 0, -9))}}
	}
	blocked := func(by int) model.Claim {
		return model.Claim{Kind: model.Blocks, Reverse: true, Origin: model.IssueLink, Target: model.Target{Key: fmt.Sprintf("PAY-%d", by)}, At: model.At(noon.AddDate(0, 0, -5))}
	}
	for n := 1; n <= cycle; n++ {
		r := item(n)
		r.Claims = []model.Claim{blocked(n%cycle + 1)}
		r.Item.Due = model.Date{Time: model.At(noon.AddDate(0, 0, n)), Day: true}
		s.facts.Records = append(s.facts.Records, r)
	}
	hub := item(cycle + 1)
	for n := 1; n <= links; n++ {
		hub.Claims = append(hub.Claims, blocked(n))
	}
	hub.Claims = append(hub.Claims, blocked(cycle+1)) // and on itself
	for i, p := range []float64{-1, math.Inf(1), math.NaN(), 1e300} {
		s.facts.Records[i].Item.Points = &p
	}
	s.facts.Records = append(s.facts.Records, hub)
	g := s.graph()
	if len(g.Cycles) != 2 || len(g.Cycles[0].Members) != cycle || len(g.Cycles[1].Members) != 1 {
		t.Fatalf("%d cycles", len(g.Cycles))
	}
	at, _ := g.Find("PAY-10001")
	if b := g.Blocked[g.Items[at].Blocked]; len(b.Blockers) != links {
		t.Errorf("the hub has %d blockers, want %d", len(b.Blockers), links)
	}
	chain := g.Critical(at)
	if last := g.LatestDate(chain); g.Ref(last) != "jira:PAY-10000" {
		t.Errorf("the chain of %d ends with %s", len(chain), g.Ref(last))
	}
	if w := g.WantedBy(0); g.Ref(w) != "jira:PAY-2" {
		t.Errorf("PAY-1 is wanted by %s", g.Ref(w))
	}
	estimates := 0
	for _, f := range g.Findings {
		if f.Kind == model.FindingNoEstimate {
			estimates++
		}
	}
	if estimates != cycle+1 {
		t.Errorf("%d items without an estimate, want %d", estimates, cycle+1)
	}
}
