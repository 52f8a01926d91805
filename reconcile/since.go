package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// moment is a time and how it is known. Of several moments that must all have
// passed the latest counts; it is from history only if no other could be later
// than it is known to be.
type moment struct {
	at model.Time
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
func (rec *reconciler) told(m moment) (model.Time, model.Known) {
	switch {
	case m.at > rec.moment:
		return rec.moment, model.Observed
	case m.fromHistory():
		return m.at, model.FromHistory
	}
	return m.at, model.Observed
}

// momentOf is the moment a time of the graph stands for.
func momentOf(t model.Time, known model.Known) moment {
	return moment{at: t, known: known == model.FromHistory}
}

// established is when a claim began to stand: as the tracker tells, else when
// it was first seen.
func established(c *model.Claim) moment {
	if !c.At.IsZero() {
		return moment{at: c.At, known: true}
	}
	return moment{at: c.FirstSeen}
}

// span is a time in which something held, to model.Forever if it still does.
type span struct {
	from moment
	to   model.Time
}

// openSpans appends the times an item was open, oldest first.
func (rec *reconciler) openSpans(spans []span, item int32) []span {
	row := &rec.rows[item]
	if row.has&storied != 0 {
		if told, ok := historySpans(spans, rec.records[item], row.state.Open()); ok {
			return told
		}
	}
	s := span{row.opened(), model.Forever}
	if !row.state.Open() {
		if s.to = row.closed; s.to < s.from.at {
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
		switch at := t.At; {
		case t.State.Open() && !open:
			spans = append(spans, span{moment{at: at, known: true}, model.Forever})
			open = true
		case !t.State.Open() && open:
			spans[len(spans)-1].to = at
			open = false
		}
	}
	// A reopening seen since the history was read is not in it yet.
	if open && isOpen && it.HistoryAsOf < it.Updated && it.HistoryAsOf != 0 && r.Opened > it.HistoryAsOf {
		spans[len(spans)-1].from = moment{at: r.Opened}
	}
	return spans, open == isOpen
}

// observedOpen is when an item without a history became open, as far as was seen.
func observedOpen(r *model.Record) moment {
	if r.Opened > r.Item.Created {
		return moment{at: r.Opened}
	}
	return moment{at: r.Item.Created, early: true}
}

// causeStart is when an active dependency began to hold its item up: the latest
// of claim established, blocker open, blocked item open.
func (rec *reconciler) causeStart(d *model.Dependency, opened moment) moment {
	return momentOf(d.Since, d.SinceKnown).latest(rec.rows[d.From].opened()).latest(opened)
}

func signalStart(s *model.Signal, opened moment) moment {
	set := moment{at: s.At, known: true}
	if set.at == 0 {
		set = moment{at: s.FirstSeen}
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
		if from := d.From.Item(); !h.rows[from].state.Open() || h.rows[from].has&(storied|steady) == storied {
			h.hold(from, momentOf(d.Since, d.SinceKnown).latest(opened), model.Forever)
		}
	}
	for _, p := range past {
		if p.blocker >= 0 && p.blocker != p.blocked {
			h.hold(p.blocker, established(p.claim).latest(opened), p.claim.Ended)
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
func (h *history) hold(blocker int32, could moment, ended model.Time) {
	h.open = h.openSpans(h.open[:0], blocker)
	for _, s := range h.open {
		s.from, s.to = s.from.latest(could), min(s.to, ended)
		if s.to > s.from.at && s.to != model.Forever {
			h.held = append(h.held, s)
		}
	}
}
