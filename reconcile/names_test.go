package reconcile_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// A key leads to the item that shows it, and to none if none does, however the
// numbers of its project lie: close together, far apart, or both.
func TestKeysLeadToTheirItems(t *testing.T) {
	found, missed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Int64Range(1, 40), rapid.Int64Range(900, 1_000), rapid.Int64Range(1, 1_000_000), rapid.Just[int64](999_999_999_999_999_999))
		numbers := rapid.SliceOfNDistinct(number, 1, 60, rapid.ID[int64]).Draw(t, "numbers")
		f := &model.Facts{Trackers: []model.Tracker{{Name: "jira", Type: "jira", LastSync: noon}}}
		record := func(key string) *model.Record {
			r := &model.Record{Item: model.Item{ID: model.ID{Tracker: model.WordOf("jira"), Native: "n" + key}, Key: key, Project: model.WordOf("PAY"), State: model.Todo}}
			f.Records = append(f.Records, r)
			return r
		}
		asking := record("ASK-1")
		for _, n := range numbers {
			record(fmt.Sprint("PAY-", n))
		}
		asked := append(rapid.SliceOfN(number, 1, 30).Draw(t, "asked"), numbers...)
		for i, n := range asked {
			c := model.Claim{Kind: model.Blocks, Reverse: true, Origin: model.Text, Where: fmt.Sprint(i), Target: model.Target{Key: fmt.Sprint("PAY-", n)}}
			if i%2 == 0 {
				c.Origin, c.Target.Tracker, c.Target.Native = model.IssueLink, model.WordOf("jira"), "n"+c.Target.Key
			}
			asking.Claims = append(asking.Claims, c)
		}
		g := reconcile.Reconcile(f, &model.Rules{Trackers: []model.TrackerRules{{Name: "jira", Type: "jira", Projects: []string{"ASK", "PAY"}}}}, noon)
		if len(g.Claims) != len(asked) {
			t.Fatalf("%d of %d claims stand", len(g.Claims), len(asked))
		}
		for i := range g.Claims {
			key := g.Claim(int32(i)).Target.Key
			from := g.Dependencies[g.Claims[i].Dependency].From
			exists := slices.ContainsFunc(numbers, func(n int64) bool { return fmt.Sprint("PAY-", n) == key })
			switch {
			case from.Resolved() != exists:
				t.Errorf("%s: found: %t, exists: %t", key, from.Resolved(), exists)
			case exists && g.Items[from].Key != key:
				t.Errorf("%s leads to %s", key, g.Items[from].Key)
			case exists:
				found++
			default:
				missed++
			}
		}
	})
	if found == 0 || missed == 0 {
		t.Errorf("%d keys of items and %d of none were asked", found, missed)
	}
}
