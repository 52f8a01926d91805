package reconcile

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// instant is a time as Unix nanoseconds; never is the zero time, before any
// other. What lies outside the years 1678 to 2262 is as early or late as can be.
type instant int64

const (
	never   instant = math.MinInt64
	forever instant = math.MaxInt64
)

func instantOf(t time.Time) instant {
	if t.IsZero() {
		return never
	}
	const most = math.MaxInt64/int64(time.Second) - 1
	return instant(max(-most, min(most, t.Unix()))*int64(time.Second) + int64(t.Nanosecond()))
}

func (t instant) time() time.Time {
	if t == never {
		return time.Time{}
	}
	return time.Unix(0, int64(t)).UTC()
}

// since is how long before t another instant was, 0 if it is later.
func (t instant) since(from instant) time.Duration {
	switch {
	case from >= t:
		return 0
	case t > 0 && from < t-forever:
		return math.MaxInt64
	}
	return time.Duration(t - from)
}

// moment is a time and how it is known. Of several moments that must all have
// passed the latest counts; it is from history only if no other could be later
// than it is known to be.
type moment struct {
	at instant
	// known: the tracker's history tells.
	known bool
	// early: the true moment may be later (an item without history may have been
	// reopened since it was created). An observation is the other way round: the
	// true moment was at or before it.
	early bool
}

func (m moment) latest(x moment) moment {
	early := m.early || x.early
	if x.at > m.at || x.at == m.at && x.known {
		m = x
	}
	m.early = early
	return m
}

// fromHistory tells whether history alone says when it was.
func (m moment) fromHistory() bool { return m.known && !m.early }

// told is what is said of when something began: at the latest now, whatever a
// clock that is ahead says.
func (rec *reconciler) told(m moment) (time.Time, model.Known) {
	switch {
	case m.at > rec.moment:
		return rec.moment.time(), model.Observed
	case m.fromHistory():
		return m.at.time(), model.FromHistory
	}
	return m.at.time(), model.Observed
}

// momentOf is the moment a time of the graph stands for.
func momentOf(t time.Time, known model.Known) moment {
	return moment{at: instantOf(t), known: known == model.FromHistory}
}

// established is when a claim began to stand: as the tracker tells, else when
// it was first seen.
func established(c *model.Claim) moment {
	if !c.At.IsZero() {
		return moment{at: instantOf(c.At), known: true}
	}
	return moment{at: instantOf(c.FirstSeen)}
}

// span is a time in which something held, to forever if it still does.
type span struct {
	from moment
	to   instant
}

// openSpans appends the times an item was open, oldest first.
func (rec *reconciler) openSpans(spans []span, item int32) []span {
	row := &rec.rows[item]
	if row.has&storied != 0 {
		if told, ok := historySpans(spans, rec.records[item], row.state.open()); ok {
			return told
		}
	}
	s := span{row.opened, forever}
	if !row.state.open() {
		n := &rec.g.Items[item]
		if s.to = instantOf(n.Closed); s.to == never {
			s.to = instantOf(n.Updated)
		}
		if s.to < s.from.at {
			return spans
		}
	}
	return append(spans, s)
}

// historySpans appends the times an item was open by its history, oldest first.
// It is not ok if the history tells otherwise than the item whether it is open.
func historySpans(spans []span, r *model.Record, isOpen bool) (_ []span, ok bool) {
	it := &r.Item
	open := false
	for _, t := range it.History {
		switch at := instantOf(t.At); {
		case t.State.Open() && !open:
			spans = append(spans, span{moment{at: at, known: true}, forever})
			open = true
		case !t.State.Open() && open:
			spans[len(spans)-1].to = at
			open = false
		}
	}
	// A reopening seen since the history was read is not in it yet.
	if open && isOpen && it.HistoryAsOf.Before(it.Updated) && !it.HistoryAsOf.IsZero() && r.Opened.After(it.HistoryAsOf) {
		spans[len(spans)-1].from = moment{at: instantOf(r.Opened)}
	}
	return spans, open == isOpen
}

// observedOpen is when an item without a history became open, as far as was seen.
func observedOpen(r *model.Record) moment {
	if r.Opened.After(r.Item.Created) {
		return moment{at: instantOf(r.Opened)}
	}
	return moment{at: instantOf(r.Item.Created), early: true}
}

// causeStart is when an active dependency began to hold its item up: the latest
// of claim established, blocker open, blocked item open.
func (rec *reconciler) causeStart(d *model.Dependency, opened moment) moment {
	return momentOf(d.Since, d.SinceKnown).latest(rec.rows[d.From].opened).latest(opened)
}

func signalStart(s *model.Signal, opened moment) moment {
	set := moment{at: instantOf(s.At), known: true}
	if set.at == never {
		set = moment{at: instantOf(s.FirstSeen)}
	}
	return set.latest(opened)
}

// history finds the start of the present stretch of causes of items, one at a time.
type history struct {
	*reconciler
	open, held []span // reused
}

// stretch is the start of an item's present unbroken stretch of causes, which
// itself began at start: backwards from there through whatever held the item up
// before without a gap.
func (h *history) stretch(start moment, opened moment, deps []int32, past []pastClaim) moment {
	g := h.g
	h.held = h.held[:0]
	for _, di := range deps {
		d := &g.Dependencies[di]
		if !d.From.Resolved() || d.From == d.To {
			continue
		}
		// A blocker that is open and was never closed, as far as is known, holds on still.
		if from := d.From.Item(); !h.rows[from].state.open() || h.rows[from].has&(storied|steady) == storied {
			h.hold(from, momentOf(d.Since, d.SinceKnown).latest(opened), forever)
		}
	}
	for _, p := range past {
		if p.blocker >= 0 && p.blocker != p.blocked {
			h.hold(p.blocker, established(p.claim).latest(opened), instantOf(p.claim.Ended))
		}
	}
	slices.SortFunc(h.held, func(a, b span) int { return cmp.Compare(b.to, a.to) })
	for _, s := range h.held { // latest end first: whatever reaches the stretch extends it
		if s.to >= start.at && s.from.at < start.at {
			start = s.from
		}
	}
	return start
}

// hold adds the times in which a blocker held the item up and does no more: from
// when it could, while the blocker was open, at most to the end of the claim.
func (h *history) hold(blocker int32, could moment, ended instant) {
	h.open = h.openSpans(h.open[:0], blocker)
	for _, s := range h.open {
		s.from, s.to = s.from.latest(could), min(s.to, ended)
		if s.to > s.from.at && s.to != forever {
			h.held = append(h.held, s)
		}
	}
}
