// Package metrics publishes the graph of who waits for whom, and how the
// daemon that makes it is doing, to Prometheus.
//
// The Collector reads the published graph at every scrape and keeps nothing: a
// scrape never calls a tracker or a database. Sync is what the loops count into.
//
// A series that cannot be trusted is absent, never zero: while any tracker is
// stale or was never read whole, a team may wait on work nobody has seen, so all
// series of work that crosses trackers are left out, and of the items only those
// of fresh trackers remain.
package metrics

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/waitgraph/waitgraph/model"
)

// Options bound what a scrape may hold. Zero values take the defaults named beside them.
type Options struct {
	// Top is how many root blockers have a series of their own: 20.
	Top int
	// MaxSeries is the most series of a scrape: 20000. A histogram counts as many as it has lines.
	// What goes beyond it is folded into the team "other", or left out, smallest values first.
	// The series of trackers and of the daemon are always there.
	MaxSeries int
	// Now tells the time by which ages are measured: time.Now.
	Now func() time.Time
}

type collector struct {
	graph  func() *model.Graph
	status func() model.Status
	Options
	descs map[string]*prometheus.Desc
}

// NewCollector returns a collector over the graph published at the time of each
// scrape. graph may return nil while there is none yet. Both functions must be
// safe to call from any goroutine.
func NewCollector(graph func() *model.Graph, status func() model.Status, o Options) prometheus.Collector {
	if o.Top <= 0 {
		o.Top = 20
	}
	if o.MaxSeries <= 0 {
		o.MaxSeries = 20000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &collector{graph, status, o, map[string]*prometheus.Desc{}}
	for _, m := range Catalogue() {
		if m.Name == Prefix+requests { // from here on the metrics are Sync's
			break
		}
		c.descs[m.Name] = prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
	}
	return c
}

// Describe sends the description of every metric Collect may send.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		ch <- d
	}
}

// Collect sends the series of the published graph.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	g, st := c.graph(), c.status()
	fresh, all := freshness(g, &st)
	e := &emitter{c.descs, ch, c.MaxSeries, newFamily(dropped, 1)}
	w := newWork()
	if g != nil {
		w = count(g, c.Options)
		w.items.keep(func(l labels) bool { return fresh[l[0]] })
	}
	families := append(w.families(), w.items)
	for _, f := range families {
		e.dropped.set(0, Prefix+f.name)
	}
	e.room -= len(families)
	c.daemon(e, &st, fresh)
	for _, f := range families {
		if all || f == w.items {
			e.fit(f)
		}
	}
	e.always(e.dropped)
}

// freshness tells of each tracker whether it is to be believed, and whether all
// are. The graph was made earlier than the status, so both must say so.
func freshness(g *model.Graph, st *model.Status) (fresh map[string]bool, all bool) {
	fresh, all = map[string]bool{}, true
	for _, t := range st.Trackers {
		fresh[t.Name] = t.Fresh
		all = all && t.Fresh
	}
	if g == nil {
		return fresh, false
	}
	for _, t := range g.Trackers {
		if known, ok := fresh[t.Name]; ok {
			fresh[t.Name] = known && t.Fresh
		} else {
			fresh[t.Name] = t.Fresh
		}
		all = all && t.Fresh
	}
	return fresh, all
}

// daemon emits what is always there: the trackers and the daemon itself.
func (c *collector) daemon(e *emitter, st *model.Status, fresh map[string]bool) {
	tracker, sync := newFamily(trackerFresh, 1), newFamily(trackerLastSync, 1)
	rate, scope := newFamily(trackerRate, 2), newFamily(trackerScope, 1)
	for name, ok := range fresh {
		tracker.set(truth(ok), name)
	}
	for _, t := range st.Trackers {
		if !t.LastSync.IsZero() {
			sync.set(seconds(t.LastSync), t.Name)
		}
		for _, b := range t.Budget {
			rate.set(float64(b.Remaining), t.Name, b.Resource)
		}
		if len(t.Scopes) > 0 {
			readable := 0
			for _, s := range t.Scopes {
				if s.Readable {
					readable++
				}
			}
			scope.set(float64(readable)/float64(len(t.Scopes)), t.Name)
		}
	}
	build, ok, loaded := newFamily(buildInfo, 2), newFamily(reloadOK, 0), newFamily(reloadTime, 0)
	build.set(1, st.Version, runtime.Version())
	ok.set(truth(st.ConfigOK))
	if !st.Loaded.IsZero() {
		loaded.set(seconds(st.Loaded))
	}
	for _, f := range []*family{tracker, sync, rate, scope, build, ok, loaded} {
		e.always(f)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }
