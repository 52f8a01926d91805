package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// The facts are in the order of their keys and each item is there once, as it
// was read last, whatever changed, moved or came in between.
func TestFactsStayInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{perPage: 7}
		h := newHarness(t, newShelf(), configOf(jira(tr)))
		h.running(t)
		r := rand.New(rand.NewPCG(3, 4))
		want := map[string]string{} // native id -> key
		for round := range 8 {
			tr.change(func() {
				for range r.IntN(30) {
					o := item(fmt.Sprintf("PAY-%d", 1+r.IntN(500)), model.Todo)
					o.Item.ID.Native, o.Item.Title = fmt.Sprint(r.IntN(40)), fmt.Sprint("as of round ", round)
					tr.items = append(tr.items, o)
					want[o.Item.ID.Native] = o.Item.Key
				}
			})
			after(3 * time.Minute)
			got := map[string]string{}
			facts := h.app.Facts()
			for _, r := range facts.Records {
				got[r.Item.ID.Native] = r.Item.Key
			}
			if !slices.IsSortedFunc(facts.Records, model.CompareRecords) || len(facts.Records) != len(want) {
				t.Fatalf("round %d: %d records, want %d in the order of their keys", round, len(facts.Records), len(want))
			}
			for native, key := range want {
				if got[native] != key {
					t.Errorf("round %d: item %s is %s, want %s", round, native, got[native], key)
				}
			}
		}
	})
}
