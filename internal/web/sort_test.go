package web_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"testing"

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
