package reconcile

import (
	"iter"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// hygiene collects the findings of each kind, and what they spoil.
type hygiene struct {
	*reconciler
	found [findingKinds]pile
	scope [findingKinds]scope
	// since is when an item got the first of its active dependencies, by node; model.Forever when not known.
	since []model.Time
	// spoiled are the sides of a dependency of kind blocks that a finding of that
	// side's team is about, and the items one is about, by node.
	sides []side
	items []bool
}

// finding is a model.Finding while they are collected: there are many.
type finding struct {
	item, dependency int32
	since            model.Time
}

// findingKinds is one more than the last kind of finding.
const findingKinds = model.FindingUnacknowledged + 1

// pile holds many findings that come one by one, and does not move them as it grows.
type pile struct {
	full [][]finding
	last []finding
	n    int
}

func (p *pile) add(f finding) {
	if len(p.last) == cap(p.last) {
		p.full = append(p.full, p.last)
		p.last = make([]finding, 0, min(max(16, 2*cap(p.last)), 1<<12))
	}
	p.last = append(p.last, f)
	p.n++
}

// all gives them in the order they came in.
func (p *pile) all() iter.Seq[finding] {
	return func(yield func(finding) bool) {
		for _, some := range append(p.full, p.last) {
			for _, f := range some {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// side is a set of ends of a dependency.
type side uint8

const (
	fromSide side = 1 << iota
	toSide
)

// findHygiene fills the findings and the adoption. It needs the blocked items,
// the plan and the programs.
func (rec *reconciler) findHygiene() {
	h := &hygiene{reconciler: rec, since: make([]model.Time, len(rec.closure.item)), items: make([]bool, len(rec.closure.item))}
	h.sides = make([]side, len(rec.ofKind(model.Blocks)))
	for n := range h.since {
		h.since[n] = model.Forever
	}
	h.readRules()
	h.judgeDependencies()
	h.judgeEnds()
	h.judgeSignals()
	h.judgeDangling()
	h.judgeOwners()
	rec.g.Findings = h.list()
	rec.g.Adoption = h.adoption()
}

// list puts the findings into their order.
func (h *hygiene) list() []model.Finding {
	n := 0
	for kind := range h.found {
		n += h.found[kind].n
	}
	list := make([]model.Finding, 0, n)
	for kind := range h.found {
		for f := range h.found[kind].all() {
			since := f.since
			if model.FindingKind(kind) == model.FindingUnowned {
				since = h.rows[f.item].created
			}
			list = append(list, model.Finding{
				Kind: model.FindingKind(kind), Item: f.item, Dependency: f.dependency, Since: since,
			})
		}
	}
	return list
}

// judgeDependencies looks at each active dependency.
func (h *hygiene) judgeDependencies() {
	g, node := h.g, h.closure.node
	for i := range h.sides {
		d := &g.Dependencies[i]
		if d.State != model.Active {
			continue
		}
		since := d.Since
		if !d.BothSides {
			h.claimed(model.FindingOneSided, int32(i), since)
		}
		if d.TextOnly {
			h.claimed(model.FindingTextOnly, int32(i), since)
		}
		if d.CrossTeam && h.unacknowledged(d) {
			h.sides[i] |= h.raise(model.FindingUnacknowledged, finding{d.From.Item(), int32(i), since}, fromSide)
		}
		if since != 0 {
			from, to := node[d.From], node[d.To]
			h.since[from], h.since[to] = min(h.since[from], since), min(h.since[to], since)
		}
	}
}

// claimed raises a finding about how a dependency is claimed: against the item
// that claims it, the blocked one if both do.
func (h *hygiene) claimed(kind model.FindingKind, dep int32, since model.Time) {
	d := &h.g.Dependencies[dep]
	item, at := d.From.Item(), fromSide
	for _, c := range h.g.EvidenceOf(d) {
		if h.g.Claims[c].ClaimedBy == d.To.Item() {
			item, at = d.To.Item(), toSide
			break
		}
	}
	h.sides[dep] |= h.raise(kind, finding{item, dep, since}, at)
}

// unacknowledged tells whether the blocker has had no assignee, sprint, date or
// activity since the dependency appeared. Making a link touches the items at
// both ends, which only a history can tell from activity; of a stub none of
// these is known.
func (h *hygiene) unacknowledged(d *model.Dependency) bool {
	const touch = time.Minute
	if h.rows[d.From].has&(stub|assigned|dated|planned) != 0 {
		return false
	}
	n := &h.g.Items[d.From]
	last := n.LastAttended()
	if last.What == 0 {
		last.At = last.At.Add(-touch)
	}
	return n.Updated != 0 && last.At <= d.Since
}

// judgeEnds looks at the items at the ends of active dependencies.
func (h *hygiene) judgeEnds() {
	for n, item := range h.closure.item {
		has := h.rows[item].has
		if has&stub != 0 {
			continue // what it has is not known
		}
		f := finding{item, -1, h.since[n]}
		if f.since == model.Forever {
			f.since = 0
		}
		lacks := func(kind model.FindingKind) {
			h.items[n] = h.raise(kind, f, fromSide) != 0 || h.items[n]
		}
		if has&assigned == 0 && len(h.closure.down.of(int32(n))) > 0 {
			lacks(model.FindingUnassignedBlocker)
		}
		if has&pull != 0 {
			continue // estimates and dates are of the work it delivers
		}
		if has&estimated == 0 {
			lacks(model.FindingNoEstimate)
		}
		if has&dated == 0 {
			lacks(model.FindingNoDueDate)
		}
	}
}

// judgeSignals looks at what items say of themselves: a kind of finding once per item.
func (h *hygiene) judgeSignals() {
	for i := range h.g.Blocked {
		b := &h.g.Blocked[i]
		kind, f := model.FindingKind(0), finding{b.Item, -1, 0}
		for _, c := range b.Causes {
			if c.Finding != 0 && (kind == 0 || c.Since < f.since) {
				kind, f.since = c.Finding, c.Since
			}
		}
		if kind == 0 {
			continue
		}
		if n := h.closure.node[b.Item]; h.raise(kind, f, fromSide) != 0 && n >= 0 {
			h.items[n] = true
		}
	}
}

// judgeDangling looks at what open items claim of items nobody knows; what is
// only mentioned does not matter.
func (h *hygiene) judgeDangling() {
	for i := range h.g.Dependencies {
		d := &h.g.Dependencies[i]
		if d.Kind == model.Relates {
			break // the last kind
		}
		item := d.From
		if !item.Resolved() {
			item = d.To
		} else if d.To.Resolved() {
			continue
		}
		if h.rows[item].state.Open() {
			h.raise(model.FindingDangling, finding{item.Item(), int32(i), d.Since}, fromSide)
		}
	}
}

// judgeOwners looks for items nobody owns.
func (h *hygiene) judgeOwners() {
	unowned := h.teamAt(model.Unowned)
	for i := range h.rows {
		if row := &h.rows[i]; row.team != unowned || !row.state.Open() {
			continue
		}
		if at := h.closure.node[i]; h.raise(model.FindingUnowned, finding{int32(i), -1, 0}, fromSide) != 0 && at >= 0 {
			h.items[at] = true
		}
	}
}

// raise adds a finding against the owner of its item, if it is to be raised
// there: it gives back the side it spoils, else none.
func (h *hygiene) raise(kind model.FindingKind, f finding, at side) side {
	if s := &h.scope[kind]; s.limited && !s.holds(h.teams[h.rows[f.item].team], f.item) {
		return 0
	}
	h.found[kind].add(f)
	return at
}

// adoption counts, for each team, the cross-team dependencies at whose ends it
// is, and those that none of its findings spoils.
func (h *hygiene) adoption() []model.Adoption {
	g, node := h.g, h.closure.node
	teams := h.rules.Teams
	list := make([]model.Adoption, len(teams)+1)
	at := make([]*model.Adoption, len(h.teams))
	for i := range list {
		if list[i].Team = model.Unowned; i < len(teams) {
			list[i].Team = teams[i].Name
		}
		if t := h.teamAt(list[i].Team); at[t] == nil {
			at[t] = &list[i]
		}
	}
	for i, spoiled := range h.sides {
		d := &g.Dependencies[i]
		if d.State != model.Active || !d.CrossTeam {
			continue
		}
		count := func(item int32, end side) {
			a := at[h.rows[item].team]
			a.Dependencies++
			if spoiled&end == 0 && !h.items[node[item]] {
				a.Clean++
			}
		}
		count(d.From.Item(), fromSide)
		count(d.To.Item(), toSide)
	}
	if list[len(teams)].Dependencies == 0 {
		list = list[:len(teams)]
	}
	return list
}

// scope is where a kind of finding is raised.
type scope struct {
	limited  bool
	teams    []string
	programs [][]int32 // their items, ascending
}

func (s *scope) holds(team string, item int32) bool {
	return slices.Contains(s.teams, team) || slices.ContainsFunc(s.programs, func(items []int32) bool {
		_, ok := slices.BinarySearch(items, item)
		return ok
	})
}

func (h *hygiene) readRules() {
	for _, kind := range h.rules.Hygiene.Off {
		h.scope[kind].limited = true
	}
	for _, only := range h.rules.Hygiene.Only {
		s := &h.scope[only.Finding]
		s.limited = true
		s.teams = append(s.teams, only.Teams...)
		for _, name := range only.Programs {
			if p := h.g.Program(name); p != nil {
				s.programs = append(s.programs, p.Items)
			}
		}
	}
}
