// Package metrics publishes the graph of who waits for whom, and how the
// daemon that makes it is doing, to Prometheus.
//
// An Exporter makes the series of a graph once, when it is published; a scrape
// sends them and never calls a tracker or a database. Sync is what the loops
// count into.
//
// A series that cannot be trusted is absent, never zero: while any tracker is
// stale or was never read whole, a team may wait on work nobody has seen, so all
// series of work that crosses trackers are left out, and of the items only those
// of fresh trackers remain.
package metrics

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/waitgraph/waitgraph/model"
)

// Settings bound what a scrape may hold.
type Settings struct {
	// Top is how many root blockers have a series of their own.
	Top int
	// MaxSeries is the most series of a scrape, but for those of Others; a histogram counts as many as it has lines.
	// What goes beyond it is folded into the team "other", or left out, smallest values first.
	// The series of trackers and of the daemon are always there.
	MaxSeries int
	// PerPerson allows series about single members of teams.
	PerPerson bool
}

// Options is what an Exporter reads. All but Others are required; the functions
// are called from any goroutine.
type Options struct {
	// Graph is the published graph, nil while there is none yet. It is never changed.
	Graph  func() *model.Graph
	Status func() model.Status
	// Settings may change between scrapes, by a reload.
	Settings func() Settings
	// Others gathers the metrics that are kept elsewhere: those of Sync, the runtime's.
	Others prometheus.Gatherer
	// ExternalURL is where people find waitgraph's pages, "" for nowhere.
	ExternalURL string
	// Now tells the time by which ages are measured.
	Now func() time.Time
}

// Exporter gathers everything waitgraph publishes.
type Exporter struct {
	Options
	about map[string]Metric

	mu   sync.Mutex
	last *snapshot
}

// NewExporter returns an exporter that has made nothing yet.
func NewExporter(o Options) *Exporter {
	e := &Exporter{Options: o, about: map[string]Metric{}}
	for _, m := range Catalogue() {
		e.about[m.Name] = m
	}
	return e
}

// snapshot is one graph as series.
type snapshot struct {
	graph    *model.Graph
	settings Settings
	work     []*dto.MetricFamily // needs every tracker
	items    *dto.MetricFamily   // needs the tracker in the label
	always   []*dto.MetricFamily
	used     int     // of the most series there may be
	ages     *family // what blocked_age_seconds is made of at the time of a scrape
}

// Prepare makes the series of the graph published now, so that the next scrape
// need not. Calling it is never necessary.
func (e *Exporter) Prepare() { e.current() }

// Series is how many series the published graph and the daemon have, and how many
// there may be. While a tracker is stale a scrape holds fewer.
func (e *Exporter) Series() (used, most int) {
	s := e.current()
	return s.used, s.settings.MaxSeries
}

// current is the snapshot of the published graph.
func (e *Exporter) current() *snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, s := e.Graph(), e.Settings()
	if e.last == nil || e.last.graph != g || e.last.settings != s {
		e.last = e.snapshot(g, s)
	}
	return e.last
}

func (e *Exporter) snapshot(g *model.Graph, set Settings) *snapshot {
	s := &snapshot{graph: g, settings: set}
	w := newWork(e.about)
	if g != nil {
		w.count(g, set)
	}
	// What is always there takes its room first.
	st := e.Status()
	dropped, unmapped := newFamily(e.about, dropped), newFamily(e.about, unmapped)
	if g != nil {
		for _, t := range g.Trackers {
			unmapped.add(0, t.Name)
		}
		for _, u := range g.Unmapped {
			unmapped.add(float64(u.Claims), u.Tracker)
		}
	}
	families := append(w.families(), w.items)
	room := set.MaxSeries - len(families) - len(unmapped.series)
	fresh, _ := freshness(g, &st)
	for _, f := range e.daemon(&st, fresh) {
		room -= len(f.series)
	}
	labels := pairs{}
	for _, f := range families {
		dropped.set(float64(f.trim(room)), f.about.Name)
		room -= len(f.series) * f.lines
		switch f {
		case w.items:
			s.items = f.encode(labels)
		case w.age:
			s.ages = f
		default:
			s.work = append(s.work, f.encode(labels))
		}
	}
	s.used = set.MaxSeries - room
	s.always = []*dto.MetricFamily{dropped.encode(labels), unmapped.encode(labels)}
	return s
}

// Gather returns every metric family, sorted by name. What it returns is shared
// between scrapes: it must not be changed.
func (e *Exporter) Gather() ([]*dto.MetricFamily, error) {
	all, err := e.Others.Gather()
	if err != nil {
		return nil, fmt.Errorf("gather metrics of the process: %w", err)
	}
	s, st := e.current(), e.Status()
	fresh, whole := freshness(s.graph, &st)
	add := func(f *dto.MetricFamily) {
		if f != nil && len(f.Metric) > 0 {
			all = append(all, f)
		}
	}
	labels := pairs{}
	for _, f := range e.daemon(&st, fresh) {
		add(f.encode(labels))
	}
	for _, f := range s.always {
		add(f)
	}
	if whole {
		for _, f := range s.work {
			add(f)
		}
		add(s.items)
		add(s.ages.histograms(e.Now()))
	} else {
		add(ofFresh(s.items, fresh))
	}
	slices.SortFunc(all, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
	return all, nil
}

// ofFresh is what of a family is about trackers to be believed.
func ofFresh(f *dto.MetricFamily, fresh map[string]bool) *dto.MetricFamily {
	part := &dto.MetricFamily{Name: f.Name, Help: f.Help, Type: f.Type}
	for _, m := range f.Metric {
		if slices.ContainsFunc(m.Label, func(l *dto.LabelPair) bool { return l.GetName() == "tracker" && fresh[l.GetValue()] }) {
			part.Metric = append(part.Metric, m)
		}
	}
	return part
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
