package demo_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/internal/demo"
)

func start() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

// step makes n changes three seconds apart.
func step(w *demo.World, from time.Time, n int) (changes []demo.Change, now time.Time) {
	for range n {
		from = from.Add(3 * time.Second)
		changes = append(changes, w.Step(from))
	}
	return changes, from
}

func TestWorldKeepsItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := demo.NewWorld(rapid.Uint64().Draw(t, "seed"), start())
		if n := w.Len(); n < 280 || n > 330 {
			t.Fatalf("%d items at the beginning", n)
		}
		if err := w.Check(); err != nil {
			t.Fatalf("at the beginning: %v", err)
		}
		now := start()
		for i := range rapid.IntRange(1, 20).Draw(t, "rounds") {
			var changes []demo.Change
			changes, now = step(w, now, 10)
			if err := w.Check(); err != nil {
				t.Fatalf("after %d steps, the last ones %v: %v", 10*(i+1), changes, err)
			}
			if w.Len() > 330 {
				t.Fatalf("%d items after %d steps", w.Len(), 10*(i+1))
			}
		}
	})
}

func TestWorldStaysInShapeForHours(t *testing.T) {
	for seed := range uint64(3) {
		w, now := demo.NewWorld(seed, start()), start()
		for range 40 {
			var changes []demo.Change
			changes, now = step(w, now, 100)
			if slices.Contains(changes, demo.Change{}) {
				t.Fatalf("seed %d: a step changed nothing", seed)
			}
			if open, waits := w.Sizes(); w.Len() > 330 || open < 120 || open > 230 || waits < 40 || waits > 120 {
				t.Fatalf("seed %d after %v: %d items, %d open, %d dependencies", seed, now.Sub(start()), w.Len(), open, waits)
			}
		}
		if err := w.Check(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

func TestWorldIsDecidedByItsSeed(t *testing.T) {
	for seed := range uint64(6) {
		n := 20 * int(seed+1)
		a, b := demo.NewWorld(seed, start()), demo.NewWorld(seed, start())
		first, _ := step(a, start(), n)
		second, _ := step(b, start(), n)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("seed %d: changes differ:\n%s", seed, diff)
		}
		told, remote := a.Waits()
		toldAgain, remoteAgain := b.Waits()
		if diff := cmp.Diff(append(told, remote...), append(toldAgain, remoteAgain...)); diff != "" {
			t.Errorf("seed %d: dependencies differ:\n%s", seed, diff)
		}
		if other, _ := step(demo.NewWorld(seed+1, start()), start(), n); cmp.Equal(first, other) {
			t.Errorf("seeds %d and %d give the same", seed, seed+1)
		}
	}
}

// Every kind of change comes in the first 40 steps, two minutes at the usual pace,
// and again and again.
func TestEveryKindOfChangeComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { everyKindComes(t, rapid.Uint64().Draw(t, "seed")) })
}

// What a kind of change needs is made where the organisation has run out of it.
func TestEveryKindOfChangeComesWhereCandidatesAreScarce(t *testing.T) {
	for kind, seed := range map[string]uint64{
		"issue moved": 1000224, "issue deleted": 1005290, "pull request ready": 1006390, "status unblocked": 1008644,
	} {
		t.Run(kind, func(t *testing.T) { everyKindComes(t, seed) })
	}
}

func everyKindComes(t rapid.TB, seed uint64) {
	t.Helper()
	w := demo.NewWorld(seed, start())
	from, now := 0, start()
	for _, n := range []int{40, 100} {
		var changes []demo.Change
		changes, now = step(w, now, n)
		missing := demo.Kinds()
		for _, c := range changes {
			missing = slices.DeleteFunc(missing, func(k string) bool { return k == c.Kind })
		}
		if len(missing) > 0 {
			t.Fatalf("seed %d: steps %d to %d have none of %q", seed, from, from+n, missing)
		}
		from += n
	}
}
