package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// drawScene makes a small organisation over a Jira and a GitHub tracker in
// which anything may be said about anything, also about items that do not exist.
func drawScene(t *rapid.T) scene {
	s := scene{now: noon, rules: model.Rules{StaleAfter: time.Hour, Trackers: []model.TrackerRules{
		{Name: "gh", Type: "github", Projects: []string{"acme/app"}},
		{Name: "jira", Type: "jira", Projects: []string{"PAY", "PLAT", "TIMOB"}},
	}, Teams: []model.Team{
		{Name: "pay", Owns: []model.Matcher{{Project: "PAY"}}},
		{Name: "app", Owns: []model.Matcher{{Repository: "acme/*"}}},
	}}}
	s.facts.Trackers = []model.Tracker{
		{Name: "gh", Type: "github", LastSync: noon, Site: model.Site{Hosts: []string{"github.com"}}},
		{Name: "jira", Type: "jira", LastSync: noon, Site: model.Site{Hosts: []string{"jira.example"}}},
	}
	days := rapid.IntRange(0, 60)
	day := func(label string) time.Time { return noon.AddDate(0, 0, -days.Draw(t, label)) }
	key := rapid.Custom(func(t *rapid.T) string {
		project := rapid.SampledFrom([]string{"PAY-%d", "PLAT-%d", "acme/app#%d"}).Draw(t, "project")
		return fmt.Sprintf(project, rapid.IntRange(1, 6).Draw(t, "number"))
	})
	for _, k := range rapid.SliceOfNDistinct(key, 0, 14, func(k string) string { return k }).Draw(t, "keys") {
		it := model.Item{Key: k, State: rapid.SampledFrom([]model.State{model.Todo, model.Doing, model.Todo, model.Done, model.Dropped}).Draw(t, "state"), Created: model.At(day("created"))}
		it.ID = model.ID{Tracker: model.WordOf("jira"), Native: "n" + k}
		if k[0] == 'a' {
			it.ID.Tracker = model.WordOf("gh")
			it.Pull = rapid.Bool().Draw(t, "pull")
		}
		it.Project = model.WordOf(k[:slices.Index([]byte(k), k[len(k)-2])])
		if !it.State.Open() {
			it.Closed = it.Created.Add(time.Hour)
		}
		if rapid.IntRange(0, 4).Draw(t, "flag") == 0 {
			it.Signals = []model.Signal{{Kind: model.SignalFlag, Value: "Impediment", FirstSeen: model.At(day("flagged"))}}
		}
		if rapid.Bool().Draw(t, "estimated") {
			p := float64(rapid.IntRange(0, 8).Draw(t, "points"))
			it.Points = &p
		}
		if rapid.Bool().Draw(t, "dated") {
			it.Due = model.Date{Time: model.At(day("due").Truncate(24 * time.Hour)), Day: true}
		}
		r := &model.Record{Item: it}
		for n := rapid.IntRange(0, 3).Draw(t, "claims"); n > 0; n-- {
			r.Claims = append(r.Claims, drawClaim(t, it.ID.Tracker.String(), key, day))
		}
		s.facts.Records = append(s.facts.Records, r)
	}
	return s
}

func drawClaim(t *rapid.T, tracker string, key *rapid.Generator[string], day func(string) time.Time) model.Claim {
	c := model.Claim{
		Kind:      rapid.SampledFrom([]model.Kind{model.Blocks, model.Blocks, model.Blocks, model.Parent, model.Implements, model.Mirrors, model.Relates}).Draw(t, "kind"),
		Reverse:   rapid.Bool().Draw(t, "reverse"),
		Origin:    rapid.SampledFrom([]model.Origin{model.IssueLink, model.Text}).Draw(t, "origin"),
		Target:    model.Target{Key: key.Draw(t, "target")},
		FirstSeen: model.At(day("seen")), Where: fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "where")),
	}
	switch rapid.IntRange(0, 5).Draw(t, "form") {
	case 0:
		c.Target.Tracker, c.Target.Native = model.WordOf(tracker), "n"+c.Target.Key
	case 1:
		c.Target.Key = "TIMOB-1"
	case 2:
		c.At = model.At(day("at"))
	}
	if c.Origin == model.Text {
		c.Seq = rapid.Int32Range(1, 3).Draw(t, "seq")
		c.Withdraws = rapid.IntRange(0, 9).Draw(t, "withdraws") == 0
	}
	if rapid.IntRange(0, 9).Draw(t, "ended") == 0 {
		c.Ended = c.FirstSeen.Add(24 * time.Hour)
	}
	return c
}

func (s scene) graph() *model.Graph { return reconcile.Reconcile(&s.facts, &s.rules, s.now) }

// shuffled is the same facts in another order.
func (s scene) shuffled(seed uint64) scene {
	r := rand.New(rand.NewPCG(seed, 1))
	out := s
	out.facts.Trackers = slices.Clone(s.facts.Trackers)
	out.rules.Trackers = slices.Clone(s.rules.Trackers)
	out.facts.Records = nil
	for _, rec := range s.facts.Records {
		c := *rec
		c.Claims = slices.Clone(rec.Claims)
		r.Shuffle(len(c.Claims), func(i, j int) { c.Claims[i], c.Claims[j] = c.Claims[j], c.Claims[i] })
		out.facts.Records = append(out.facts.Records, &c)
	}
	r.Shuffle(len(out.facts.Records), func(i, j int) {
		out.facts.Records[i], out.facts.Records[j] = out.facts.Records[j], out.facts.Records[i]
	})
	slices.Reverse(out.facts.Trackers)
	slices.Reverse(out.rules.Trackers)
	return out
}

func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		want := render(s.graph())
		if diff := cmp.Diff(want, render(s.shuffled(rapid.Uint64().Draw(t, "seed")).graph())); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(want, render(s.graph())); diff != "" {
			t.Fatalf("a second run differs: %s", diff)
		}
	})
}

// TestEveryNumberIsItsList compares the closure with a computation that walks
// the active dependencies by itself.
func TestEveryNumberIsItsList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawScene(t).graph()
		blockers, waiters := map[int32][]int32{}, map[int32][]int32{}
		for _, d := range g.Dependencies {
			if d.State == model.Active {
				blockers[d.To.Item()] = append(blockers[d.To.Item()], d.From.Item())
				waiters[d.From.Item()] = append(waiters[d.From.Item()], d.To.Item())
			}
		}
		roots := map[int32]bool{}
		for i := range g.Items {
			i := int32(i)
			behind, ahead := walk(waiters, i), walk(blockers, i)
			r := g.Radius(i)
			if !slices.Equal(r.Waiting, behind) {
				t.Fatalf("%s: waiting %v, want %v", g.Ref(i), r.Waiting, behind)
			}
			works := map[int32]bool{}
			for _, w := range behind {
				works[g.Items[w].Twin] = true
			}
			if r.Items != len(works) {
				t.Fatalf("%s: %d items, want %d", g.Ref(i), r.Items, len(works))
			}
			// A root has nothing ahead that is not also behind it, and something behind it.
			root := len(behind) > 0
			for _, a := range ahead {
				root = root && slices.Contains(behind, a)
			}
			roots[i] = root
			inCycle := slices.Contains(walkAll(waiters, i), i)
			listed := slices.ContainsFunc(g.Cycles, func(c model.Cycle) bool { return len(c.Members) > 1 && slices.Contains(c.Members, i) })
			if inCycle != listed {
				t.Fatalf("%s: in a cycle %t, listed %t", g.Ref(i), inCycle, listed)
			}
			blocked := g.Items[i].State.Open() && (len(blockers[i]) > 0 || len(g.Items[i].Signals) > 0)
			if blocked != (g.Items[i].Blocked >= 0) {
				t.Fatalf("%s: blocked %t, want %t", g.Ref(i), !blocked, blocked)
			}
		}
		for i := range g.Items {
			var want []int32
			for _, a := range walk(blockers, int32(i)) {
				if roots[a] {
					want = append(want, a)
				}
			}
			got, depth := g.Roots(int32(i))
			if !slices.Equal(got, want) {
				t.Fatalf("%s: roots %v, want %v", g.Ref(int32(i)), got, want)
			}
			if chain := g.Chain(int32(i)); depth > len(chain)-1 || chain[0] != int32(i) {
				t.Fatalf("%s: depth %d, chain %v", g.Ref(int32(i)), depth, chain)
			}
		}
		n := 0
		for _, on := range roots {
			if on {
				n++
			}
		}
		if n != len(g.Blockers) {
			t.Fatalf("%d root blockers listed, want %d", len(g.Blockers), n)
		}
		cells := map[[2]string]map[int32]bool{}
		for _, d := range g.Dependencies {
			if d.State == model.Active && d.CrossTeam {
				k := [2]string{g.Items[d.To.Item()].Team.String(), g.Items[d.From.Item()].Team.String()}
				if cells[k] == nil {
					cells[k] = map[int32]bool{}
				}
				cells[k][g.Items[d.To.Item()].Twin] = true
			}
		}
		if len(cells) != len(g.Matrix) {
			t.Fatalf("%d cells, want %d", len(g.Matrix), len(cells))
		}
		for _, c := range g.Matrix {
			if want := len(cells[[2]string{c.Team, c.OnTeam}]); c.Items != want {
				t.Fatalf("%s on %s: %d, want %d", c.Team, c.OnTeam, c.Items, want)
			}
		}
	})
}

// walk is everything reachable from start but start itself, sorted.
func walk(edges map[int32][]int32, start int32) []int32 {
	return slices.DeleteFunc(walkAll(edges, start), func(i int32) bool { return i == start })
}

// walkAll is everything reachable from start by one edge or more, sorted.
func walkAll(edges map[int32][]int32, start int32) []int32 {
	seen := map[int32]bool{}
	var found []int32
	for queue := []int32{start}; len(queue) > 0; queue = queue[1:] {
		for _, w := range edges[queue[0]] {
			if !seen[w] {
				seen[w] = true
				found = append(found, w)
				queue = append(queue, w)
			}
		}
	}
	slices.Sort(found)
	return found
}

// TestFinishedBlockerNeverBlocks adds a blocker that is done to every open item.
func TestFinishedBlockerNeverBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		before := views["blocked"](s.graph())
		done := &model.Record{Item: model.Item{ID: model.ID{Tracker: model.WordOf("jira"), Native: "done"}, Key: "PLAT-99", Project: model.WordOf("PLAT"), State: model.Done, Created: model.At(noon.AddDate(0, 0, -1)), Closed: model.At(noon.AddDate(0, 0, -1))}}
		more := s
		more.facts.Records = append(slices.Clone(s.facts.Records), done)
		for i, r := range s.facts.Records {
			if len(r.Item.Signals) > 0 {
				continue // it would no longer be unexplained
			}
			c := *r
			c.Claims = append(slices.Clone(r.Claims), model.Claim{Kind: model.Blocks, Reverse: true, Origin: model.IssueLink, Target: model.Target{Tracker: model.WordOf("jira"), Native: "done", Key: "PLAT-99"}, FirstSeen: model.At(noon)})
			more.facts.Records[i] = &c
		}
		if diff := cmp.Diff(before, views["blocked"](more.graph())); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestRemovingClaimAddsNoDependency takes one claim away that is not a withdrawal.
func TestRemovingClaimAddsNoDependency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		had := map[string]bool{}
		name := func(g *model.Graph, d model.Dependency) string {
			return fmt.Sprint(d.Kind, endOf(g, d.From), endOf(g, d.To))
		}
		g := s.graph()
		for _, d := range g.Dependencies {
			had[name(g, d)] = true
		}
		for i, r := range s.facts.Records {
			if len(r.Claims) == 0 || r.Claims[0].Withdraws {
				continue
			}
			c := *r
			c.Claims = r.Claims[1:]
			s.facts.Records[i] = &c
			break
		}
		g = s.graph()
		for _, d := range g.Dependencies {
			if !had[name(g, d)] {
				t.Fatalf("new dependency %s", name(g, d))
			}
		}
	})
}
