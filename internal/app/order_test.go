package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/model"
)

// What two trackers say comes to the same facts in whatever batches, and in
// whatever order of items, batches and trackers, it is said; also where an item
// is met as a stub before or after it is read.
func TestOrderOfBatchesNeverMatters(t *testing.T) {
	names, projects := []string{"jira", "ops"}, map[string]string{"jira": "PAY", "ops": "OPS"}
	said := map[string][]model.Observation{}
	r := rand.New(rand.NewPCG(5, 6))
	for _, name := range names {
		for n := range 30 {
			blockers := []string{fmt.Sprint("PAY-", r.IntN(40)), fmt.Sprint("OPS-", r.IntN(40))}
			o := item(fmt.Sprintf("%s-%d", projects[name], n), []model.State{model.Todo, model.Doing, model.Done}[r.IntN(3)], blockers[:r.IntN(3)]...)
			o.Item.ID.Tracker, o.Item.Project = model.WordOf(name), model.WordOf(o.Item.Key[:3])
			o.Item.Title, o.Item.Updated = "read whole", model.At(time.Date(1999, 12, 1+r.IntN(28), 0, 0, 0, 0, time.UTC))
			if r.IntN(3) == 0 {
				o.Item.Signals = []model.Signal{{Kind: model.SignalFlag, Value: "Impediment"}}
			}
			stub := model.Observation{Item: model.Item{ID: o.Item.ID, Key: o.Item.Key, Project: o.Item.Project, State: o.Item.State, Title: "met in passing", Stub: true}}
			switch r.IntN(3) {
			case 0:
				said[name] = append(said[name], stub)
			case 1:
				said[name] = append(said[name], stub, o)
			default:
				said[name] = append(said[name], o)
			}
		}
	}
	recorded := func(t *testing.T, seed uint64) (facts string) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			var trackers []config.Tracker
			for _, name := range names {
				tr := &tracker{items: slices.Clone(said[name]), perPage: 1 + r.IntN(2*len(said[name])), projects: []model.Project{{Key: projects[name]}}}
				r.Shuffle(len(tr.items), func(i, j int) { tr.items[i], tr.items[j] = tr.items[j], tr.items[i] })
				trackers = append(trackers, config.Tracker{Name: name, Type: "jira", Config: fakeConfig{tracker: tr}})
			}
			if r.IntN(2) == 0 {
				slices.Reverse(trackers)
			}
			h := newHarness(t, newShelf(), configOf(trackers...))
			h.running(t)
			after(5 * time.Minute)
			now := h.app.Facts()
			known := map[string]bool{}
			for _, r := range now.Records {
				known[r.Item.Key] = true
			}
			// Who reads first asks for what the other has not read yet, and when that is.
			for i := range now.Trackers {
				answers := slices.DeleteFunc(slices.Clone(now.Trackers[i].Answers), func(a model.Answer) bool { return known[a.Key] })
				for k := range answers {
					answers[k].At = time.Time{}
				}
				now.Trackers[i].Answers = answers
			}
			text, err := json.MarshalIndent(now, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			facts = string(text)
		})
		return facts
	}
	want := recorded(t, 0)
	for seed := range uint64(40) {
		if d := cmp.Diff(want, recorded(t, 1+seed)); d != "" {
			t.Fatalf("seed %d:\n%s", 1+seed, d)
		}
	}
}
