package web_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// The pages of a long list are made in two ways, the first ones and those far
// behind: together they hold every row once, in order.
func TestSortedPages(t *testing.T) {
	facts, rules := crowd(1500, 3, 1)
	g := reconcile.Reconcile(facts, rules, now)
	s := newSite(g)
	for sort, compare := range map[string]func(a, b int32) int{
		"due": func(a, b int32) int {
			x, y := g.Items[a].Due, g.Items[b].Due
			if x.IsZero() != y.IsZero() {
				return map[bool]int{true: 1, false: -1}[x.IsZero()]
			}
			return cmp.Or(x.Time.Compare(y.Time), cmp.Compare(a, b))
		},
		"-team": func(a, b int32) int { return cmp.Or(cmp.Compare(g.Items[b].Team, g.Items[a].Team), cmp.Compare(a, b)) },
	} {
		for _, filter := range []string{"", "&state=todo"} {
			var want, got []string
			all := make([]int32, 0, len(g.Items))
			for i := range g.Items {
				if filter == "" || g.Items[i].State == "todo" {
					all = append(all, int32(i))
				}
			}
			slices.SortFunc(all, compare)
			for _, i := range all {
				want = append(want, g.Ref(i))
			}
			for page := 1; len(got) < len(want); page++ {
				before := len(got)
				body := pageOf(t, s, fmt.Sprintf("/items?rows=50&page=%d&sort=%s%s", page, sort, filter), 200)
				for _, m := range regexp.MustCompile(`<td class="item"[^>]*><a class="ref"[^>]*><bdi>([^<]*)</bdi>`).FindAllStringSubmatch(body, -1) {
					got = append(got, m[1])
				}
				if len(got) == before {
					t.Fatalf("page %d is empty", page)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("by %s%s: %d rows, want %d; the first that differs: %v", sort, filter, len(got), len(want), differs(got, want))
			}
		}
	}
}

func differs(got, want []string) string {
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			return fmt.Sprintf("row %d is %v, want %s", i, got[min(i, len(got)-1)], want[i])
		}
	}
	return "behind the last"
}

// Conflicts are in order of what their ends say, findings in that of their dependency;
// those that say nothing, and have none, come last.
func TestSortedWords(t *testing.T) {
	b := process()
	s := known(newSite(b.graph()))
	for target, want := range map[string]string{
		"/conflicts?sort=needs":     "no date due date", // both by 2026-03-20: in the order of the list
		"/conflicts?sort=says":      "no date due date", // neither end has one
		"/conflicts?sort=-kind":     "no date due date",
		"/conflicts?sort=kind":      "due date no date",
		"/hygiene?sort=dependency":  "only text says so holds others up and nobody has it",
		"/hygiene?sort=-dependency": "only text says so holds others up and nobody has it",
		"/hygiene?sort=-finding":    "holds others up and nobody has it only text says so",
	} {
		body := pageOf(t, s, target, 200)
		var got []string
		for _, m := range regexp.MustCompile(`<tr><td data-label="(?:Kind|Finding)">(?:<a[^>]*>)?<bdi>([^<]*)</bdi>`).FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s lists %q, want %q", target, strings.Join(got, " "), want)
		}
	}
	b = process()
	b.Items[4].Priority, b.Items[5].Priority, b.Items[5].Due = "High", "Low", model.Date{Time: ago(day), Day: true}
	b.Items[4].Rank, b.Items[5].Rank = 1, 3
	b.Conflicts = append(b.Conflicts, model.Conflict{Kind: model.ConflictPriority, Dependency: 1, Blocker: 5, Blocked: 4, NeededByFrom: -1})
	s = known(newSite(b.graph()))
	for target, want := range map[string]string{
		"/conflicts?sort=says":  "due date priority no date",
		"/conflicts?sort=-says": "priority due date no date",
	} {
		var got []string
		for _, m := range regexp.MustCompile(`data-label="Kind"><bdi>([^<]*)</bdi>`).FindAllStringSubmatch(pageOf(t, s, target, 200), -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s lists %q, want %q", target, strings.Join(got, " "), want)
		}
	}
}

// A sum of points says how far it can be relied on.
func TestPointsOfNothingEstimated(t *testing.T) {
	b := process()
	contains(t, pageOf(t, newSite(b.graph()), "/blockers", 200), "Points: 1 of 5 open items estimated.")
	contains(t, pageOf(t, newSite(b.graph()), "/matrix", 200), "3.5", "none estimated")
	b.Items[4].Points, b.Blockers[0].Points, b.Matrix[0].Points = nil, 0, 0
	s := newSite(b.graph())
	contains(t, pageOf(t, s, "/blockers", 200), "none estimated", "Points: no open item is estimated.")
	contains(t, pageOf(t, s, "/", 200), "none estimated")
}
