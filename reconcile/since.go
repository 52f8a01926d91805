package reconcile

import (
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// moment is a time and how it is known. Of several moments that must all have
// passed the latest counts; it is from history only if no other could be later
// than it is known to be.
type moment struct {
	at time.Time
	// known: the tracker's history tells.
	known bool
	// early: the true moment may be later (an item without history may have been
	// reopened since it was created). An observation is the other way round: the
	// true moment was at or before it.
	early bool
}

func latest(moments ...moment) moment {
	m := moments[0]
	for _, x := range moments[1:] {
		if x.at.After(m.at) || x.at.Equal(m.at) && x.known && !m.known {
			m = x
		}
	}
	for _, x := range moments {
		m.known = m.known && !x.early
	}
	return m
}

func (m moment) split() (time.Time, model.Known) {
	if m.known {
		return m.at, model.FromHistory
	}
	return m.at, model.Observed
}

// span is a time in which something held; a zero end means it still does.
type span struct {
	from moment
	to   time.Time
}

// openSpans are the times an item was open, oldest first.
func (rec *reconciler) openSpans(item int32) []span {
	n := &rec.g.Items[item]
	if n.HistoryKnown && len(n.History) > 0 {
		var spans []span
		open := false
		for _, t := range n.History {
			switch {
			case t.State.Open() && !open:
				spans = append(spans, span{from: moment{at: t.At, known: true}})
				open = true
			case !t.State.Open() && open:
				spans[len(spans)-1].to = t.At
				open = false
			}
		}
		if open == n.State.Open() {
			// A reopening seen since the history was read is not in it yet.
			if r := rec.records[item]; open && n.HistoryAsOf.Before(n.Updated) && !n.HistoryAsOf.IsZero() && r.Opened.After(n.HistoryAsOf) {
				spans[len(spans)-1].from = moment{at: r.Opened}
			}
			return spans
		}
	}
	s := span{from: rec.observedOpen(item)}
	if !n.State.Open() {
		if s.to = n.Closed; s.to.IsZero() {
			s.to = n.Updated
		}
		if s.to.Before(s.from.at) {
			return nil
		}
	}
	return []span{s}
}

// causeSpans are the times in which a blocker held an item up: the claim
// standing, the blocker open, within the item's present open time.
func (rec *reconciler) causeSpans(blocker int32, blocked moment, since time.Time, known model.Known, ended time.Time) []span {
	claimed := moment{at: since, known: known == model.FromHistory}
	var spans []span
	for _, s := range rec.openSpans(blocker) {
		from := latest(claimed, s.from, blocked)
		to := s.to
		if !ended.IsZero() && (to.IsZero() || ended.Before(to)) {
			to = ended
		}
		if to.IsZero() || to.After(from.at) {
			spans = append(spans, span{from, to})
		}
	}
	return spans
}

// openedAt is when an open item last became open.
func (rec *reconciler) openedAt(item int32) moment {
	if rec.g.Items[item].HistoryKnown {
		if spans := rec.openSpans(item); len(spans) > 0 {
			return spans[len(spans)-1].from
		}
	}
	return rec.observedOpen(item)
}

// observedOpen is when an item without a history became open, as far as was seen.
func (rec *reconciler) observedOpen(item int32) moment {
	created := rec.g.Items[item].Created
	if opened := rec.records[item].Opened; opened.After(created) {
		return moment{at: opened}
	}
	return moment{at: created, early: true}
}

// causeStart is when an active dependency began to hold its item up: the latest
// of claim established, blocker open, blocked item open.
func (rec *reconciler) causeStart(d *model.Dependency) (time.Time, model.Known) {
	claimed := moment{at: d.Since, known: d.SinceKnown == model.FromHistory}
	return latest(claimed, rec.openedAt(d.From.Item()), rec.openedAt(d.To.Item())).split()
}

func (rec *reconciler) signalStart(item int32, s *model.Signal) (time.Time, model.Known) {
	set := moment{at: s.At, known: true}
	if s.At.IsZero() {
		set = moment{at: s.FirstSeen}
	}
	return latest(set, rec.openedAt(item)).split()
}

// stretch is the start of an item's present unbroken stretch of causes: from
// the earliest of the present ones backwards through whatever held it up before
// without a gap.
func (rec *reconciler) stretch(item int32, deps []int32, past []pastClaim, causes []model.Cause) (time.Time, model.Known) {
	g := rec.g
	opened := rec.openedAt(item)
	var ended []span
	add := func(spans []span) {
		for _, s := range spans {
			if !s.to.IsZero() {
				ended = append(ended, s)
			}
		}
	}
	for _, di := range deps {
		d := &g.Dependencies[di]
		if !d.From.Resolved() || d.From.Item() == d.To.Item() {
			continue
		}
		// A blocker that is open and was never closed, as far as is known, holds on still.
		if n := &g.Items[d.From.Item()]; !n.State.Open() || n.HistoryKnown {
			add(rec.causeSpans(d.From.Item(), opened, d.Since, d.SinceKnown, time.Time{}))
		}
	}
	for _, p := range past {
		if p.blocker >= 0 && p.blocker != p.blocked {
			at, known := established(p.claim)
			add(rec.causeSpans(p.blocker, opened, at, known, p.claim.Ended))
		}
	}
	start := moment{at: causes[0].Since, known: causes[0].SinceKnown == model.FromHistory}
	for _, c := range causes[1:] {
		if c.Since.Before(start.at) || c.Since.Equal(start.at) && c.SinceKnown == model.FromHistory {
			start = moment{at: c.Since, known: c.SinceKnown == model.FromHistory}
		}
	}
	slices.SortFunc(ended, func(a, b span) int { return b.to.Compare(a.to) })
	for _, s := range ended { // latest end first: whatever reaches the stretch extends it
		if !s.to.Before(start.at) && s.from.at.Before(start.at) {
			start = s.from
		}
	}
	return start.split()
}
