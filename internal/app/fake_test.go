package app_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/app"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/model"
)

// tracker is a simulated tracker: a list of items, in pages, that tests change
// while the engine reads it.
type tracker struct {
	mu       sync.Mutex
	items    []model.Observation
	perPage  int
	err      error // every read fails with it
	breakAt  int   // the read fails after so many pages, when above zero
	linger   bool  // the read ends, well, only when it is told to stop
	reads    int
	sweeps   int
	asked    []string
	cursors  []string
	absent   []model.Absence
	problems []model.Problem
	projects []model.Project // what the tracker lists; PAY if nil
	meter    meter
	expires  func(time.Time)
	former   string // a project nothing lists that the scope would include
}

// meter is a tracker's budget: so many points an hour, which its passes cost.
type meter struct {
	limit, used           int
	changes, sweep, total int // costs of a pass, and all that was spent
	censuses              int
	census                int
	window                time.Time
	lowest                int // what was left at least
	tell                  func(model.Budget)
}

// charge takes points from the budget, which may not suffice.
func (m *meter) charge(points int) {
	if m.limit == 0 {
		return
	}
	if now := time.Now(); !now.Before(m.window.Add(time.Hour)) {
		m.window, m.used = now.Truncate(time.Hour), 0
	}
	m.used += points
	m.total += points
	m.lowest = min(m.lowest, m.limit-m.used)
	m.tell(model.Budget{Resource: "points", Limit: m.limit, Remaining: max(0, m.limit-m.used), Reset: m.window.Add(time.Hour)})
}

func (t *tracker) change(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
}

// seen is what was asked of the tracker so far.
type seen struct {
	reads, sweeps  int
	asked, cursors []string
}

func (t *tracker) seen() seen {
	t.mu.Lock()
	defer t.mu.Unlock()
	return seen{t.reads, t.sweeps, slices.Clone(t.asked), slices.Clone(t.cursors)}
}

// fakeConfig is the tracker as the configuration names it. Version tells one
// configuration of it from another.
type fakeConfig struct {
	*tracker
	Version int
}

func (c fakeConfig) Validate() error { return nil }
func (c fakeConfig) Names() []string { return []string{"PAY"} }
func (c fakeConfig) Includes(project string) bool {
	return c.former != "" && strings.EqualFold(project, c.former)
}

func (c fakeConfig) New(o connectors.Options) (connectors.Connector, error) {
	c.meter.tell, c.expires = o.Budget, o.Expires
	return c, nil
}

func (c fakeConfig) Changes(ctx context.Context, cursor string) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		c.mu.Lock()
		items, perPage, breakAt, err := slices.Clone(c.items), max(c.perPage, 1), c.breakAt, c.err
		problems, linger, projects := c.problems, c.linger, c.projects
		c.reads++
		c.meter.charge(0)
		c.meter.charge(c.meter.changes)
		c.cursors = append(c.cursors, cursor)
		c.mu.Unlock()
		if err != nil {
			yield(model.Batch{}, err)
			return
		}
		if projects == nil {
			projects = []model.Project{{Key: "PAY"}}
		}
		from, _ := strconv.Atoi(cursor)
		pages := 0
		for ; from < len(items); from += perPage {
			if breakAt > 0 && pages == breakAt {
				yield(model.Batch{}, &connectors.AnswerError{Page: "page", Err: errors.New("cut")})
				return
			}
			to := min(from+perPage, len(items))
			b := model.Batch{
				Items: items[from:to], Cursor: strconv.Itoa(to), Done: to, Total: len(items), Problems: problems,
				Site: &model.Site{Scopes: []model.Scope{{Name: "PAY", Readable: true}}, Projects: projects},
			}
			if !yield(b, nil) {
				return
			}
			pages++
		}
		if linger {
			<-ctx.Done()
		}
	}
}

func (c fakeConfig) Sweep(_ context.Context, open []*model.Record) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		c.mu.Lock()
		c.sweeps++
		c.meter.charge(c.meter.sweep)
		b := model.Batch{}
		for _, r := range open {
			for _, o := range slices.Backward(c.items) {
				if o.Item.ID == r.Item.ID { // the latest state of it
					b.Items = append(b.Items, o)
					break
				}
			}
		}
		c.mu.Unlock()
		yield(b, nil)
	}
}

func (c fakeConfig) Ask(_ context.Context, keys []string) (model.Batch, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, keys...)
	b := model.Batch{}
	for _, k := range keys {
		b.Answers = append(b.Answers, model.Answer{Key: k, Reason: model.Gone})
	}
	return b, nil
}

func (c fakeConfig) Census(context.Context, []*model.Record) (model.Census, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.meter.censuses++
	c.meter.charge(c.meter.census)
	return model.Census{Gone: c.absent}, nil
}

var _ interface {
	connectors.Connector
	connectors.Sweeper
	connectors.Asker
	connectors.Censor
} = fakeConfig{}

// shelf is a store in memory that outlives an engine, and can fail.
type shelf struct {
	mu       sync.Mutex
	trackers map[string]model.Tracker
	records  map[model.ID]*model.Record
	writes   int
	err      error
	chapter  model.Chapter
}

func newShelf() *shelf {
	return &shelf{trackers: map[string]model.Tracker{}, records: map[model.ID]*model.Record{}}
}

func (s *shelf) Load(context.Context) (*model.Facts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &model.Facts{}
	for _, t := range s.trackers {
		f.Trackers = append(f.Trackers, t)
	}
	for _, r := range s.records {
		f.Records = append(f.Records, r)
	}
	return f, nil
}

func (s *shelf) Record(_ context.Context, d model.Delta) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.writes += len(d.Records)
	s.chapter.Flow = append(s.chapter.Flow, d.Flow...)
	if d.Drop {
		delete(s.trackers, d.Tracker.Name)
		for id := range s.records {
			if id.Tracker.String() == d.Tracker.Name {
				delete(s.records, id)
			}
		}
		return nil
	}
	s.trackers[d.Tracker.Name] = d.Tracker
	for _, r := range d.Records {
		s.records[r.Item.ID] = r
	}
	return nil
}

func (s *shelf) LoadHistory(context.Context) (*model.Chapter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chapter
	c.Intervals, c.Totals, c.Flow = slices.Clone(c.Intervals), slices.Clone(c.Totals), slices.Clone(c.Flow)
	return &c, nil
}

func (s *shelf) RecordHistory(_ context.Context, c model.Chapter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := &s.chapter
	h.Began, h.Seen, h.At = c.Began, c.Seen, c.At
	for _, i := range c.Intervals {
		h.Intervals = append(slices.DeleteFunc(h.Intervals, func(x model.Interval) bool { return x.Seq == i.Seq }), i)
	}
	for _, n := range c.Totals {
		h.Totals = append(slices.DeleteFunc(h.Totals, func(x model.Totals) bool { return x.Team == n.Team }), n)
	}
	h.Flow = slices.DeleteFunc(h.Flow, func(e model.FlowEvent) bool { return slices.Contains(c.Flow, e) })
	return nil
}

func (s *shelf) Keep(context.Context, string, []byte) error { return errors.ErrUnsupported }

func (s *shelf) Kept(context.Context, string) ([]byte, error) { return nil, nil }

func (s *shelf) written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

func (s *shelf) has(tracker string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.trackers[tracker]
	return ok
}

func (s *shelf) Close() error { return nil }

// item is an open item that is blocked by the keys.
func item(key string, state model.State, blockers ...string) model.Observation {
	o := model.Observation{Item: model.Item{ID: model.ID{Tracker: model.WordOf("jira"), Native: "id-" + key}, Key: key, Project: model.WordOf("PAY"), State: state}}
	for _, b := range blockers {
		o.Claims = append(o.Claims, model.Claim{Kind: model.Blocks, Reverse: true, Origin: model.Text, Where: "body", Seq: 1, Target: model.Target{Key: b}})
	}
	return o
}

// harness is an engine over simulated trackers.
type harness struct {
	store *shelf
	logs  *lockedBuffer
	next  func() (*config.Config, error)
	app   *app.App
}

func newHarness(t *testing.T, s *shelf, cfg *config.Config) *harness {
	t.Helper()
	h := &harness{store: s, logs: &lockedBuffer{}}
	a, err := app.New(t.Context(), app.Options{
		Config: cfg, Store: s, Sync: metrics.NewSync(prometheus.NewRegistry()), Version: "test", UserAgent: "test",
		Logger: slog.New(slog.NewTextHandler(h.logs, nil)), Secret: connectors.SecretReader("", func(string) string { return "" }),
		Load: func() (*config.Config, error) { return h.next() },
	})
	if err != nil {
		t.Fatal(err)
	}
	h.app = a
	return h
}

func configOf(trackers ...config.Tracker) *config.Config {
	return &config.Config{
		Timezone: time.UTC, Trackers: trackers,
		Poll:  config.Poll{Interval: time.Minute, Frontier: 10 * time.Minute, Census: 24 * time.Hour, StaleAfter: 15 * time.Minute},
		Teams: []model.Team{{Name: "pay", Owns: []model.Matcher{{Project: "PAY"}}}},
	}
}

func jira(t *tracker) config.Tracker {
	return config.Tracker{Name: "jira", Type: "jira", Config: fakeConfig{tracker: t}}
}

// blocked names the blocked items and their direct blockers.
func blocked(g *model.Graph) string {
	var list []string
	for _, b := range g.Blocked {
		s := g.Items[b.Item].Key
		for _, by := range b.Blockers {
			s += "<" + g.Items[by].Key
		}
		list = append(list, s)
	}
	return strings.Join(list, " ")
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), s)
}
