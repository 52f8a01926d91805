package web_test

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
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
			return cmp.Or(cmp.Compare(x.Time, y.Time), cmp.Compare(a, b))
		},
		"-team": func(a, b int32) int {
			return cmp.Or(cmp.Compare(g.Items[b].Team.String(), g.Items[a].Team.String()), cmp.Compare(a, b))
		},
	} {
		for _, filter := range []string{"", "&state=todo"} {
			var want, got []string
			all := make([]int32, 0, len(g.Items))
			for i := range g.Items {
				if filter == "" || g.Items[i].State == model.Todo {
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

// The file a table links to has the rows of all its pages, in the table's order.
func TestFilesAsShown(t *testing.T) {
	facts, rules := crowd(1500, 3, 1)
	whole, small := newSite(reconcile.Reconcile(facts, rules, now)), newSite(process().graph())
	// What names a row, in the file and on the page.
	names := map[string][]string{
		"items": {"ref"}, "blocked": {"ref", "team", "priority", "due"}, "blockers": {"ref", "team", "earliest_due"}, "dependencies": {"blocker", "blocked", "from", "to"}, "conflicts": {"blocker", "blocked"},
		"hygiene": {"ref", "blocker", "blocked"}, "matrix": {"team", "on_team"}, "teams": {"team", "blocked", "waits", "waited", "lead"}, "programs": {"name"}, "gaps": {"team"},
		"cycles": {"members"}, "dangling": {"from", "team", "target"},
	}
	link := func(body, what string) string {
		m := regexp.MustCompile(`href="([^"]*)">` + what + `<`).FindStringSubmatch(body)
		return "/" + html.UnescapeString(m[1])
	}
	files := func(s *site, target string) {
		var shown []string
		body := ""
		for next := "/" + target; next != ""; {
			body = pageOf(t, s, next, 200)
			for _, row := range regexp.MustCompile(`(?s)<tr><td.*?</tr>`).FindAllString(body, -1) {
				shown = append(shown, text(row))
			}
			next = ""
			if m := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(body); m != nil {
				next = "/" + html.UnescapeString(m[1])
			}
		}
		records, err := csv.NewReader(s.do(t, "GET", link(body, "CSV")).Body).ReadAll()
		if err != nil || len(records)-1 != len(shown) {
			t.Fatalf("%s shows %d rows, its file has %d: %v", target, len(shown), len(records)-1, err)
		}
		path, _, _ := strings.Cut(target, "?")
		for i, row := range shown {
			for k, column := range records[0] {
				if !slices.Contains(names[path], column) {
					continue
				}
				for name := range strings.SplitSeq(records[i+1][k], ";") {
					if !strings.Contains(row, name) {
						t.Fatalf("row %d of %s is %s, in its file %v", i, target, row, records[i+1])
					}
				}
			}
		}
		var answer map[string]any
		if err := json.Unmarshal(s.do(t, "GET", link(body, "JSON")).Body.Bytes(), &answer); err != nil || answer["total"] != float64(len(shown)) {
			t.Errorf("%s as JSON has %v rows of %d: %v", target, answer["total"], len(shown), err)
		}
	}
	for _, target := range []string{"items?rows=200&sort=due", "items?sort=-team&q=item+1&state=todo", "blocked?rows=200", "blockers?rows=200&sort=team", "dependencies?rows=200&sort=-to"} {
		files(whole, target)
	}
	for path := range names {
		s := small
		if path == "gaps" {
			s = newSite(recorded())
		}
		files(s, path)
		for _, m := range regexp.MustCompile(`<th scope="col"[^>]*><a href="([^"]*)">`).FindAllStringSubmatch(pageOf(t, s, "/"+path, 200), -1) {
			files(s, html.UnescapeString(m[1]))
		}
	}
	for _, target := range []string{"items?sort=due", "items?sort=due&format=json&limit=2", "items?sort=assignee&format=csv", "people?sort=name&format=csv"} {
		if w := whole.do(t, "GET", "/api/v1/"+target); w.Code != 400 {
			t.Errorf("%s answers %d", target, w.Code)
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
	b.Items[4].Priority, b.Items[5].Priority, b.Items[5].Due = model.WordOf("High"), model.WordOf("Low"), model.Date{Time: model.At(ago(day)), Day: true}
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
