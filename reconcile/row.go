package reconcile

import (
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// row is what later steps ask of every item, copied when its record is visited:
// records are large and lie scattered in memory, so that to visit one again costs
// more than most of what is done there. Until the rows are dated nothing in them
// depends on the moment, so that rows of unchanged records serve again.
type row struct {
	since   model.Time // see opened
	closed  model.Time // when a closed item was closed, as far as is known, 0 for an open one
	created model.Time // 0 when not known
	end     model.Time // of its date, 0 for none
	points  float64    // its estimate, 0 for none
	home    int32      // tracker
	team    int32
	// the accounts an open item is assigned to are reconciler.holders[lo:hi]
	lo, hi int32
	has    facets
	rank   int16 // of its priority, 0 for none
	state  model.State
}

// opened is when an open item last became so, a closed one as far as was observed.
func (w *row) opened() moment {
	return moment{w.since, w.has&sinceKnown != 0, w.has&sinceEarly != 0}
}

// turns are when an item came to its end and when it came back, as far as known.
type turns struct{ closed, reopened model.Time }

// facets is a set of things that are so of an item.
type facets uint32

const (
	stub facets = 1 << iota
	pull
	forbidden
	stale
	signals
	traced  // its history was read
	storied // and is not empty
	steady  // it is open and was never closed, as its history tells
	// The next four one of several mirrored items has for all, see shareFacets.
	assigned
	estimated
	planned // into a sprint
	dated
	released    // planned into a release
	due         // its date is within the horizon
	implausible // its points are no estimate
	bug
	arrived // in the window of flow, as the next two
	completed
	reopened
	folded     // others are the same piece of work
	foreseen   // its history tells of a time to come, so it must be read again
	sinceKnown // as of a moment, as the next
	sinceEarly
)

const shared = assigned | estimated | planned | dated

// surveyor reads rows off the records of one part, and which programs and skills
// select the items.
type surveyor struct {
	*reconciler
	owners     *owners
	selections *selections
	words      []map[string]int16     // by tracker: the rank of a folded word
	ranks      []map[model.Word]int16 // by tracker: that of a word met
	ends       calendar
	bugs       map[model.Word]bool // by type, as far as met
	spans      []span              // reused
	accounts   map[accountKey]int32
	seen       []sighting // the accounts met
	holders    []int32    // of items, one after the other: indices into seen
}

// sighting is an account as an open item shows it.
type sighting struct {
	tracker int32
	*model.Account
}

type accountKey struct {
	tracker   int32
	id, email string
}

func (rec *reconciler) newSurveyor(rules *ownerRules, words []map[string]int16) *surveyor {
	labels := newLabels(rules.globs)
	s := &surveyor{
		reconciler: rec, owners: &owners{ownerRules: rules, labels: labels, at: container{tracker: -1}}, selections: newSelections(rec, rules, labels),
		words: words, ranks: make([]map[model.Word]int16, len(words)), ends: calendar{loc: rec.loc, days: map[model.Time]model.Time{}}, bugs: map[model.Word]bool{}, accounts: map[accountKey]int32{},
	}
	for i := range s.ranks {
		s.ranks[i] = map[model.Word]int16{}
	}
	return s
}

// read reads the record of item i of the part.
func (s *surveyor) read(i, home int32, r *model.Record) (row, turns) {
	it := &r.Item
	has := canAnswer(it)
	s.owners.labels.read(it.Labels)
	s.selections.read(i, home, it, has)
	if !s.owners.labels.own() {
		has &^= asksLabel
	}
	return s.row(r, home, s.owners.team(home, it, has), s.rankOf(home, it.Priority))
}

// row reads one row.
func (s *surveyor) row(r *model.Record, home, team int32, rank int16) (row, turns) {
	it := &r.Item
	w := row{home: home, team: team, rank: rank, state: it.State, created: it.Created}
	is := func(f facets, so bool) {
		if so {
			w.has |= f
		}
	}
	is(stub, it.Stub)
	is(pull, it.Pull)
	is(forbidden, r.Gone == model.Forbidden)
	is(signals, len(it.Signals) > 0)
	is(traced, it.HistoryKnown)
	is(storied, it.HistoryKnown && len(it.History) > 0)
	is(assigned, len(it.Assignees) > 0)
	is(planned, it.Sprint != nil && it.Sprint.Name != "")
	is(released, len(it.FixVersions) > 0 || it.Milestone != nil && it.Milestone.Name != "")
	if it.Points != nil {
		points, ok := it.Estimate()
		w.points = points
		is(estimated, ok)
		is(implausible, !ok)
	}
	if d := it.Date(); !d.IsZero() {
		w.end = s.ends.of(d)
		w.has |= dated
	}
	t, later := s.turnsOf(r)
	is(foreseen, later)
	if !w.state.Open() {
		if w.closed = it.Closed; w.closed == 0 {
			w.closed = it.Updated
		}
	}
	opened := observedOpen(r)
	if w.state.Open() {
		if w.has&storied != 0 {
			var told bool
			if s.spans, told = historySpans(s.spans[:0], r, true); told {
				opened = s.spans[len(s.spans)-1].from
				is(steady, len(s.spans) == 1)
			}
		}
		is(bug, s.isBug(it.Type))
		w.lo = int32(len(s.holders))
		for i := range it.Assignees {
			s.holders = append(s.holders, s.sight(home, &it.Assignees[i]))
		}
		w.hi = int32(len(s.holders))
	}
	w.since = opened.at
	is(sinceKnown, opened.known)
	is(sinceEarly, opened.early)
	return w, t
}

// sight is the number of an account in this part.
func (s *surveyor) sight(tracker int32, a *model.Account) int32 {
	key := accountKey{tracker, a.ID, a.Email}
	n, ok := s.accounts[key]
	if !ok {
		n = int32(len(s.seen))
		s.accounts[key] = n
		s.seen = append(s.seen, sighting{tracker, a})
	}
	return n
}

func (s *surveyor) isBug(kind model.Word) bool {
	if kind.IsZero() {
		return false
	}
	is, known := s.bugs[kind]
	if !known {
		is = slices.ContainsFunc(s.rules.Gaps.Bugs, func(glob string) bool { return model.Glob(glob, kind.String()) })
		s.bugs[kind] = is
	}
	return is
}

// joinAccounts makes one list of the accounts that the parts met, in the order
// of the items, and numbers them by it.
func (rec *reconciler) joinAccounts(shelves []shelf) {
	numbers := map[accountKey]int32{}
	held := 0
	for i := range shelves {
		held += len(shelves[i].surveyor.holders)
	}
	rec.holders = make([]int32, 0, held)
	for i := range shelves {
		s := shelves[i].surveyor
		number := make([]int32, len(s.seen))
		for k, a := range s.seen {
			key := accountKey{a.tracker, a.ID, a.Email}
			n, ok := numbers[key]
			if !ok {
				n = int32(len(rec.accounts))
				numbers[key] = n
				rec.accounts = append(rec.accounts, a)
			}
			number[k] = n
		}
		before := int32(len(rec.holders))
		for _, k := range s.holders {
			rec.holders = append(rec.holders, number[k])
		}
		rows := rec.rows[shelves[i].from:][:shelves[i].n]
		for k := range rows {
			rows[k].lo += before
			rows[k].hi += before
		}
	}
}

// shareFacets gives all of several mirrored items what one of them has.
func (rec *reconciler) shareFacets() {
	items := rec.g.Items
	for i := range items {
		if twin := items[i].Twin; twin != int32(i) {
			rec.rows[twin].has |= rec.rows[i].has&shared | folded
		}
	}
	for i := range items {
		if twin := items[i].Twin; twin != int32(i) {
			rec.rows[i].has |= rec.rows[twin].has & (shared | folded)
		}
	}
}
