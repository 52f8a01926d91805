package app_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// Passes that cost what a tracker counts are spread over its window: the limit
// is never reached, changes are read as often as that allows, and the slower
// loops get something too.
func TestPace(t *testing.T) {
	for _, test := range []struct {
		name                    string
		changes, sweep, census  int    // what a pass costs, of 1000 an hour
		reads, sweeps, censuses [2]int // in three hours: at least, at most
	}{
		{"plenty", 2, 5, 10, [2]int{175, 181}, [2]int{17, 19}, [2]int{2, 3}},
		{"changes are dear", 50, 5, 10, [2]int{48, 57}, [2]int{10, 19}, [2]int{2, 3}},
		{"sweeps are dear", 10, 300, 10, [2]int{150, 181}, [2]int{3, 5}, [2]int{2, 3}},
		{"a sweep is all there is", 2, 900, 10, [2]int{60, 181}, [2]int{2, 4}, [2]int{1, 3}},
		{"all are dear", 40, 200, 300, [2]int{35, 72}, [2]int{2, 6}, [2]int{1, 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &tracker{items: []model.Observation{item("PAY-1", model.Todo)}}
				tr.meter = meter{limit: 1000, lowest: 1000, changes: test.changes, sweep: test.sweep, census: test.census}
				cfg := configOf(jira(tr))
				cfg.Poll.Census = time.Hour
				h := newHarness(t, newShelf(), cfg)
				h.running(t)
				after(3 * time.Hour)
				tr.mu.Lock()
				defer tr.mu.Unlock()
				for _, c := range []struct {
					loop string
					n    int
					want [2]int
				}{{"changes", tr.reads, test.reads}, {"sweep", tr.sweeps, test.sweeps}, {"census", tr.meter.censuses, test.censuses}} {
					if c.n < c.want[0] || c.n > c.want[1] {
						t.Errorf("%d passes of %s, want %d to %d", c.n, c.loop, c.want[0], c.want[1])
					}
				}
				if tr.meter.lowest <= 0 {
					t.Errorf("the budget was overdrawn: %d left", tr.meter.lowest)
				}
			})
		})
	}
}
