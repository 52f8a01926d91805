package jira_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waitgraph/waitgraph/connectors/jira"
)

// spread makes issues of several projects, with stamps that interleave.
func (f *fake) spread(projects []string, each int) {
	for n := range each {
		for i, project := range projects {
			id := 1000*(i+1) + n
			f.add(fmt.Sprint(id), fmt.Sprintf("%s-%d", project, n+1), 90*24*time.Hour-time.Duration(n*len(projects)+i)*time.Hour, nil)
		}
	}
	f.projects = nil
	for _, project := range projects {
		f.projects = append(f.projects, map[string]any{"key": project})
	}
}

func TestLanes(t *testing.T) {
	projects := []string{"AA", "BB", "CC", "DD", "EE"}
	for _, lanes := range []int{1, 3, 5} {
		both(t, func(t *testing.T, f *fake) {
			f.most = 4
			f.spread(projects, 16)
			change := func(c *jira.Config) { c.Projects, c.Concurrency = projects, lanes }
			whole := newRecord()
			whole.poll(t, f.connect(change))
			if whole.keys() != f.allKeys() {
				t.Fatalf("%d lanes read %s", lanes, whole.keys())
			}
			for stop := 1; stop < whole.batches; stop++ {
				r := newRecord()
				f.answered = map[string]int{}
				if err := r.try(t, f.connect(change), stop); err != nil {
					t.Fatal(err)
				}
				f.requests()
				r.poll(t, f.connect(change))
				pages, again := searches(f.requests()), 0
				for _, n := range f.answered {
					again += n - 1
				}
				// A page of each lane, and an issue where one page or lane meets the next.
				if most := lanes*f.most + pages + stop; again > most {
					t.Errorf("%d lanes, stopped after %d: %d issues were asked for again", lanes, stop, again)
				}
				if r.keys() != f.allKeys() {
					t.Errorf("%d lanes, stopped after %d: read %s", lanes, stop, r.keys())
				}
				r.poll(t, f.connect(change))
				if got := searches(f.requests()); got != 1 {
					t.Errorf("%d lanes: then a poll asked for %d pages", lanes, got)
				}
			}
		})
	}
}

// Lanes are read at the same time, and no more of them than requests may be in flight.
func TestLanesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t, true)
		f.most = 4
		projects := []string{"AA", "BB", "CC", "DD", "EE"}
		f.spread(projects, 12)
		var now, most atomic.Int64
		slow := roundTrip(func(r *http.Request) (*http.Response, error) {
			if searching(r) {
				most.Store(max(most.Load(), now.Add(1)))
				<-time.After(time.Second)
				defer now.Add(-1)
			}
			return f.RoundTrip(r)
		})
		c := f.connectBy(slow, func(c *jira.Config) { c.Projects, c.Concurrency = projects, 3 })
		r, begun := newRecord(), time.Now()
		r.poll(t, c)
		if got := most.Load(); got != 3 {
			t.Errorf("%d searches at once", got)
		}
		if took := time.Since(begun); took > 10*time.Second { // the last one lists ids
			t.Errorf("15 pages took %s", took)
		}
		if r.keys() != f.allKeys() {
			t.Errorf("read %s", r.keys())
		}
	})
}

// What changes while everything is read is read again.
func TestChangesDuringFirst(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.most = 4
		projects := []string{"AA", "BB"}
		f.spread(projects, 20)
		c, r := f.connect(func(c *jira.Config) { c.Projects = projects }), newRecord()
		n := 0
		f.intercept = func(rq *http.Request, body string) *http.Response {
			if searching(rq) && strings.Contains(body, "AA") {
				if n++; n == 5 { // AA was read to its end, or nearly
					f.now = f.now.Add(time.Minute)
					f.find("AA-1").stamp = f.now.UnixMilli()
					f.find("AA-1").fields["labels"] = []string{"new"}
					f.now = f.now.Add(time.Hour)
					f.find("BB-20").stamp = f.now.UnixMilli()
				}
			}
			return nil
		}
		r.poll(t, c)
		r.poll(t, c)
		if !slices.Equal(r.item(t, "AA-1").Item.Labels, []string{"new"}) {
			t.Errorf("AA-1: %+v", r.item(t, "AA-1").Item)
		}
	})
}
