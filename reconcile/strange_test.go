package reconcile_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/model"
)

// drawStrangeScene makes a scene in which names are in disorder: keys that
// several items show, that have no number or are spelt in another way, former
// keys and projects, items that are gone, a second tracker that knows the same
// projects, and claims that name all these.
func drawStrangeScene(t *rapid.T) scene {
	s := drawScene(t)
	oneIn := func(n int, label string) bool { return rapid.IntRange(1, n).Draw(t, label) == 1 }
	name := rapid.SampledFrom([]string{
		"PAY-1", "PAY-2", "PAY-007", "PAY#2", "PAY", "odd", "OLD-1", "ACME-1", "PLAT-3", "PLAT-12345678901234567890",
		"acme/app#4", "acme/App#3", "acme/APP#1", "acme/app-2", "acme/old#1",
	})
	s.facts.Trackers[0].Site.Projects = []model.Project{{Key: "acme/app", Former: []string{"acme/old", "acme/older"}}}
	s.facts.Trackers[1].Site.Projects = []model.Project{{Key: "PAY", Former: []string{"OLD"}}, {Key: "PLAT"}}
	s.facts.Trackers[1].Site.Scopes = []model.Scope{{Name: "TIMOB", Readable: rapid.Bool().Draw(t, "readable")}}
	s.facts.Trackers[1].Answers = []model.Answer{{Key: "PAY-5", Reason: model.Gone}, {Key: "PLAT-5", Found: model.ID{Tracker: model.WordOf("jira"), Native: "nPLAT-1"}}}
	if oneIn(8, "second jira") {
		s.rules.Trackers = append(s.rules.Trackers, model.TrackerRules{Name: "jira2", Type: "jira", Projects: []string{"PAY", "OLD"}})
	}
	s.rules.Teams = append(slices.Clone(s.rules.Teams), model.Team{Name: "bugs", Owns: []model.Matcher{{Label: "b*"}, {Type: "Bug"}}},
		model.Team{Name: "rest", Owns: []model.Matcher{{AssigneeTeam: "rest"}, {Tracker: "jira"}}, Members: []model.Person{{Jira: "Joe"}}})
	for _, r := range s.facts.Records {
		it := &r.Item
		if oneIn(6, "renamed") {
			it.Key = name.Draw(t, "key")
		}
		if oneIn(6, "aliased") {
			it.Aliases = []string{name.Draw(t, "alias")}
		}
		r.Gone = rapid.SampledFrom([]model.Reason{0, 0, 0, 0, 0, model.Gone, model.Forbidden}).Draw(t, "gone")
		r.Confirmed = model.At(noon.Add(time.Duration(rapid.IntRange(-2, 0).Draw(t, "confirmed")) * time.Hour))
		if oneIn(4, "labelled") {
			it.Labels = []string{"a", "bug"}
		}
		if oneIn(4, "assigned") {
			it.Assignees = []model.Account{{ID: "joe"}}
		}
		if oneIn(4, "history") {
			it.HistoryKnown = true
			for i, state := range []model.State{model.Todo, model.Done, it.State} {
				it.History = append(it.History, model.Transition{At: it.Created.Add(time.Duration(i) * time.Hour), State: state})
			}
		}
		for i := range r.Claims {
			target := &r.Claims[i].Target
			if oneIn(4, "named") {
				target.Key = name.Draw(t, "target")
			}
			switch rapid.IntRange(1, 16).Draw(t, "form") {
			case 1:
				target.Tracker, target.Native = it.ID.Tracker, "nPAY-1"
			case 2:
				target.Host = "jira.example"
			case 3:
				target.Tracker = model.WordOf("jira")
			}
		}
	}
	return s
}

func TestOrderNeverMattersToStrangeNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStrangeScene(t)
		if diff := cmp.Diff(render(s.graph()), render(s.shuffled(rapid.Uint64().Draw(t, "seed")).graph())); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestFindLeadsToEveryItem asks for every item by its ref. Another item may
// show the same key; then the one found does.
func TestFindLeadsToEveryItem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawStrangeScene(t).graph()
		for i := range g.Items {
			n := &g.Items[i]
			found, ok := g.Find(n.Ref())
			if !ok || model.KeyFold(g.Ref(found)) != model.KeyFold(n.Ref()) {
				t.Fatalf("%s leads to %d, %t", n.Ref(), found, ok)
			}
		}
	})
}
