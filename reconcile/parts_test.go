package reconcile_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// The steps are cut into parts that are worked on at a time, and a list is
// joined from theirs: on one processor and on several, with records in and out
// of order, the whole graph is the same to the byte.
func TestPartsNeverMatter(t *testing.T) {
	for _, o := range []organisation{{items: 3_000, claims: 4_500, teams: 12}, {items: 2_000, claims: 6_000, teams: 8, dense: true}} {
		f, rules := o.facts()
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		want := written(t, reconcile.Reconcile(f, rules, noon))
		runtime.GOMAXPROCS(4)
		for range 3 {
			if !bytes.Equal(written(t, reconcile.Reconcile(f, rules, noon)), want) {
				t.Fatal("the graph depends on the number of processors")
			}
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(f.Records), func(i, j int) { f.Records[i], f.Records[j] = f.Records[j], f.Records[i] })
		}
	}
}

// written is a graph as JSON, with what it answers about some of its items.
func written(t *testing.T, g *model.Graph) []byte {
	t.Helper()
	all := []any{g}
	for i := int32(0); int(i) < len(g.Items); i += 37 {
		roots, depth := g.Roots(i)
		all = append(all, g.Radius(i), roots, depth, g.Chain(i), g.Critical(i), g.WantedBy(i))
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
