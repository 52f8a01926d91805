// Package history follows successive graphs and keeps of them what facts
// forget: the intervals in which causes held items up, and counters of teams
// that never fall.
//
// What a recorder does is a function of the graphs it is shown: it has no clock,
// store or lock. Showing it the same graph again, or the first one after a
// restart, changes nothing. An item or blocker whose tracker is stale neither
// begins nor ends a wait, and blocked time counts only up to the last moment at
// which every tracker was fresh; what happened meanwhile is made up for then.
package history

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// Recorder follows the graphs of one daemon. One goroutine uses it at a time.
type Recorder struct {
	began, seen, at time.Time
	seq             int64
	open            map[cause]*wait
	closed          []model.Interval // only ever appended to: histories handed out share it
	recent          []int            // of closed: those that ended after at
	totals          map[string]*model.Totals
	round           int
	order           []*wait // in the order in which the last graph had their causes
}

// cause identifies what holds an item up, whatever the item and it are called now.
type cause struct {
	item, blocker model.ID
	signal        string
}

type wait struct {
	model.Interval
	round int // in which it was seen last
	as    sighting
	next  int // where in the order the one after it is
}

// sighting is how a graph shows a cause. What it points to is never changed, so
// that a cause that looks as it did is as it was.
type sighting struct {
	item, blocker *model.Item
	signal        *model.Signal
	team, onTeam  string
	since         model.Time
	known         model.Known
}

// New goes on where the loaded chapter ends.
func New(c *model.Chapter) *Recorder {
	r := &Recorder{began: c.Began, seen: c.Seen, at: c.At, open: map[cause]*wait{}, totals: map[string]*model.Totals{}}
	for _, i := range c.Intervals {
		r.seq = max(r.seq, i.Seq)
		if i.To.IsZero() {
			r.open[causeOf(&i)] = &wait{Interval: i}
			continue
		}
		r.close(i)
	}
	for _, t := range c.Totals {
		r.totals[t.Team] = &t
	}
	return r
}

func causeOf(i *model.Interval) cause { return cause{i.Item, i.Blocker, i.Signal} }

func (r *Recorder) close(i model.Interval) {
	if i.To.After(r.at) {
		r.recent = append(r.recent, len(r.closed))
	}
	r.closed = append(r.closed, i)
}

// History is what was recorded so far. It is not changed later.
func (r *Recorder) History() *model.History {
	h := &model.History{Began: r.began, At: r.at, Closed: slices.Clip(r.closed)}
	for _, team := range slices.Sorted(maps.Keys(r.totals)) {
		h.Totals = append(h.Totals, *r.totals[team])
	}
	return h
}

// Step takes in a graph and what came and went before it was made. It returns
// the chapter to record.
func (r *Recorder) Step(g *model.Graph, events []model.FlowEvent) model.Chapter {
	now := g.AsOf.UTC().Round(0)
	if r.began.IsZero() {
		r.began = now
	}
	r.round++
	s := &step{Recorder: r, g: g, now: now, fresh: map[string]bool{}, touched: map[string]bool{}, before: r.order}
	r.order = make([]*wait, 0, len(r.order))
	for _, t := range g.Trackers {
		s.fresh[t.Name] = t.Fresh
	}
	s.begin()
	s.end()
	if !g.Stale() {
		s.count()
	}
	for _, e := range events {
		s.flow(e)
	}
	r.seen = now
	c := model.Chapter{Began: r.began, Seen: r.seen, At: r.at, Intervals: s.changed, Flow: events}
	for _, team := range slices.Sorted(maps.Keys(s.touched)) {
		c.Totals = append(c.Totals, *r.totals[team])
	}
	return c
}

// step is the work of one Step.
type step struct {
	*Recorder
	g       *model.Graph
	now     time.Time
	before  []*wait         // the order of the graph before
	expect  int             // where in it the next one should be
	fresh   map[string]bool // trackers of the graph
	changed []model.Interval
	touched map[string]bool // teams whose totals changed
}

// begin opens an interval for every cause that has none, and brings those that
// last up to date.
func (s *step) begin() {
	for bi := range s.g.Blocked {
		b := &s.g.Blocked[bi]
		for ci := range b.Causes {
			s.sight(b, &b.Causes[ci])
		}
	}
}

func (s *step) sight(b *model.Blocked, c *model.Cause) {
	n := &s.g.Items[b.Item]
	as, stale := sighting{item: n.Item, signal: c.Signal, team: n.Team.String(), since: c.Since, known: c.SinceKnown}, n.Stale
	var blocker *model.Node
	if c.Dependency >= 0 {
		blocker = &s.g.Items[s.g.Dependencies[c.Dependency].From.Item()]
		as.blocker, as.onTeam, stale = blocker.Item, blocker.Team.String(), stale || blocker.Stale
	}
	if s.expect < len(s.before) && !stale {
		if w := s.before[s.expect]; w.as == as && w.To.IsZero() {
			s.expect++
			s.place(w)
			return
		}
	}
	key := cause{item: n.ID}
	if blocker != nil {
		key.blocker = blocker.ID
	} else {
		key.signal = string(c.Signal.Kind) + ":" + c.Signal.Value
	}
	w := s.open[key]
	if w != nil {
		s.expect = w.next
	}
	switch since := c.Since.Time(); {
	case stale:
		if w != nil {
			s.place(w)
		}
		return
	case w == nil:
		w = s.enter(key, since, c.SinceKnown)
	case since.After(s.seen) && !s.seen.IsZero() && !since.Equal(w.From):
		// It ended and began again between two graphs.
		s.finish(key, w, since, c.SinceKnown)
		w = s.enter(key, since, c.SinceKnown)
	case c.SinceKnown == model.FromHistory && (w.FromKnown != model.FromHistory || !since.Equal(w.From)):
		w.From, w.FromKnown = since, c.SinceKnown // the tracker's history was read meanwhile
	case w.Team == n.Team.String() && w.Ref == n.Ref() && (blocker == nil || w.OnTeam == blocker.Team.String()):
		w.as = as
		s.place(w)
		return
	}
	w.as, w.Team, w.Ref = as, n.Team.String(), n.Ref()
	if blocker != nil {
		w.OnTeam, w.BlockerRef = blocker.Team.String(), blocker.Ref()
	}
	s.place(w)
	s.changed = append(s.changed, w.Interval)
}

// place puts a wait that was seen into the order.
func (s *step) place(w *wait) {
	s.order = append(s.order, w)
	w.round, w.next = s.round, len(s.order)
}

func (s *step) enter(key cause, since time.Time, known model.Known) *wait {
	s.seq++
	w := &wait{Interval: model.Interval{
		Seq: s.seq, Item: key.item, Blocker: key.blocker, Signal: key.signal, From: since, FromKnown: known, FirstSeen: s.now,
	}}
	if w.From.IsZero() || w.From.After(s.now) {
		w.From, w.FromKnown = s.now, model.Observed
	}
	s.open[key] = w
	return w
}

// end closes the intervals whose cause is no more.
func (s *step) end() {
	var over []*wait
	for _, w := range s.open {
		if w.round != s.round {
			over = append(over, w)
		}
	}
	slices.SortFunc(over, func(a, b *wait) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, w := range over {
		item, known := s.fresh[w.Item.Tracker.String()]
		blocker, blockerKnown := s.fresh[w.Blocker.Tracker.String()]
		switch {
		case !known, w.Signal == "" && !blockerKnown:
			// Its tracker left the config: it was believed up to the last graph.
			s.finish(causeOf(&w.Interval), w, cmp.Or(s.seen, s.now), model.Observed)
		case !item, w.Signal == "" && !blocker:
			w.round = s.round
		default:
			s.finish(causeOf(&w.Interval), w, s.now, model.Observed)
		}
	}
}

// finish closes an interval at the latest at the time given, earlier if the
// trackers tell when an end of it was closed.
func (s *step) finish(key cause, w *wait, at time.Time, known model.Known) {
	w.To, w.ToKnown = at, known
	for _, end := range []struct {
		id  model.ID
		ref string
	}{{w.Item, w.Ref}, {w.Blocker, w.BlockerRef}} {
		i, ok := s.g.Find(end.ref)
		if !ok || end.id.Native == "" || s.g.Items[i].ID != end.id {
			continue
		}
		if n := &s.g.Items[i]; !n.State.Open() && n.Closed != 0 && n.Closed <= model.At(w.To) {
			w.To, w.ToKnown = n.Closed.Time(), model.FromHistory
		}
	}
	if w.To.Before(w.From) {
		w.To = w.From
	}
	delete(s.open, key)
	s.close(w.Interval)
	s.changed = append(s.changed, w.Interval)
}

// count adds the blocked time since the last moment everything was fresh: of
// each piece of work that is blocked the time since then or since its stretch
// began, and of what was freed meanwhile the time until it was.
func (s *step) count() {
	last := s.at
	s.at = s.now
	if last.IsZero() {
		s.recent = nil
		return
	}
	type span struct {
		team string
		from model.Time
	}
	blocked := make(map[int32]span, len(s.g.Blocked)) // by piece of work
	for i := range s.g.Blocked {
		b := &s.g.Blocked[i]
		n := &s.g.Items[b.Item]
		if was, ok := blocked[n.Twin]; !ok {
			blocked[n.Twin] = span{n.Team.String(), b.Since}
		} else if b.Since < was.from {
			blocked[n.Twin] = span{was.team, b.Since}
		}
	}
	for _, b := range blocked {
		s.add(b.team, s.now.Sub(latest(last, b.from.Time())))
	}
	ended := map[model.ID][]model.Interval{}
	for _, k := range s.recent {
		ended[s.closed[k].Item] = append(ended[s.closed[k].Item], s.closed[k])
	}
	for _, intervals := range ended {
		until := s.now
		if i, ok := s.g.Find(intervals[0].Ref); ok && s.g.Items[i].ID == intervals[0].Item {
			if b, ok := blocked[s.g.Items[i].Twin]; ok {
				until = b.from.Time()
			}
		}
		s.add(intervals[len(intervals)-1].Team, model.Covered(intervals, last, until, s.now))
	}
	s.recent = nil
}

func (s *step) add(team string, d time.Duration) {
	if d > 0 {
		s.total(team).BlockedSeconds += d.Seconds()
	}
}

func (s *step) total(team string) *model.Totals {
	s.touched[team] = true
	t := s.totals[team]
	if t == nil {
		t = &model.Totals{Team: team}
		s.totals[team] = t
	}
	return t
}

// flow counts an event for the team that owns the item; what is gone again is nobody's.
func (s *step) flow(e model.FlowEvent) {
	i, ok := s.g.Find(e.Item.Tracker.String() + ":" + e.Key)
	if !ok || s.g.Items[i].ID != e.Item {
		return
	}
	t := s.total(s.g.Items[i].Team.String())
	switch e.Kind {
	case model.Arrived:
		t.Arrived++
	case model.Completed:
		t.Completed++
	case model.Reopened:
		t.Reopened++
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
