package reconcile_test

import (
	"testing"

	"pgregory.net/rapid"
)

// Every claim is listed with the item that makes it and with no other, and
// belongs to a dependency that names it as evidence.
func TestClaimsAreListedWithTheirItem(t *testing.T) {
	some := false
	rapid.Check(t, func(t *rapid.T) {
		g := drawScene(t).graph()
		listed := 0
		for i := range g.Items {
			for c := range g.ClaimsOf(int32(i)) {
				if c.ClaimedBy != int32(i) {
					t.Fatalf("a claim of item %d is listed with item %d", c.ClaimedBy, i)
				}
				listed++
			}
		}
		if listed != len(g.Claims) {
			t.Fatalf("%d of %d claims are listed with an item", listed, len(g.Claims))
		}
		for i := range g.Dependencies {
			for _, c := range g.EvidenceOf(&g.Dependencies[i]) {
				if g.Claims[c].Dependency != int32(i) {
					t.Fatalf("a claim of dependency %d says it is of %d", i, g.Claims[c].Dependency)
				}
			}
		}
		some = some || listed > 0
	})
	if !some {
		t.Error("no scene had a claim")
	}
}
