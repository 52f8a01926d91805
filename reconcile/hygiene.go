package reconcile

import (
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// hygiene collects the findings of each kind, and what they spoil.
type hygiene struct {
	*reconciler
	found [findingKinds][]model.Finding
	scope [findingKinds]scope
	// since is when an item got the first of its active dependencies, by node; 0 when not known.
	since []int64
	// has tells what an item, or one that mirrors it, has.
	has func(item int32) facet
	// spoiled are the sides of a dependency of kind blocks that a finding of that
	// side's team is about, and the items one is about, by node.
	sides []side
	items []bool
}

// findingKinds is one more than the last kind of finding.
const findingKinds = model.FindingUnacknowledged + 1

// side is a set of ends of a dependency.
type side uint8

const (
	fromSide side = 1 << iota
	toSide
)

// facet is a set of things an item has.
type facet uint8

const (
	assigned facet = 1 << iota
	estimated
	dated
	planned // into a sprint
)

// findHygiene fills the findings and the adoption. It needs the blocked items,
// the plan and the programs.
func (rec *reconciler) findHygiene() {
	h := &hygiene{reconciler: rec, since: make([]int64, len(rec.closure.item)), items: make([]bool, len(rec.closure.item))}
	h.sides = make([]side, len(rec.ofKind(model.Blocks)))
	h.has = rec.facets()
	h.readRules()
	h.judgeDependencies()
	h.judgeEnds()
	h.judgeSignals()
	h.judgeDangling()
	h.judgeOwners()
	n := 0
	for _, list := range h.found {
		n += len(list)
	}
	rec.g.Findings = make([]model.Finding, 0, n)
	for _, list := range h.found {
		rec.g.Findings = append(rec.g.Findings, list...)
	}
	rec.g.Adoption = h.adoption()
}

// judgeDependencies looks at each active dependency.
func (h *hygiene) judgeDependencies() {
	g, node := h.g, h.closure.node
	for i := range h.sides {
		d := &g.Dependencies[i]
		if d.State != model.Active {
			continue
		}
		if !d.BothSides {
			h.claimed(model.FindingOneSided, int32(i))
		}
		if d.TextOnly {
			h.claimed(model.FindingTextOnly, int32(i))
		}
		if d.CrossTeam && h.unacknowledged(d) {
			h.sides[i] |= h.raise(model.Finding{Kind: model.FindingUnacknowledged, Item: d.From.Item(), Dependency: int32(i), Since: d.Since}, fromSide)
		}
		if d.Since.IsZero() {
			continue
		}
		at := d.Since.UnixNano()
		for _, n := range [...]int32{node[d.From.Item()], node[d.To.Item()]} {
			if h.since[n] == 0 || at < h.since[n] {
				h.since[n] = at
			}
		}
	}
}

// claimed raises a finding about how a dependency is claimed: against the item
// that claims it, the blocked one if both do.
func (h *hygiene) claimed(kind model.FindingKind, dep int32) {
	d := &h.g.Dependencies[dep]
	item, at := d.From.Item(), fromSide
	for _, c := range d.Evidence {
		if h.g.Claims[c].ClaimedBy == d.To.Item() {
			item, at = d.To.Item(), toSide
			break
		}
	}
	h.sides[dep] |= h.raise(model.Finding{Kind: kind, Item: item, Dependency: dep, Since: d.Since}, at)
}

// unacknowledged tells whether the blocker has had no assignee, sprint, date or
// activity since the dependency appeared. Making a link touches the items at
// both ends, which only a history can tell from activity; of a stub none of
// these is known.
func (h *hygiene) unacknowledged(d *model.Dependency) bool {
	const touch = time.Minute
	n := &h.g.Items[d.From.Item()]
	if n.Stub || h.has(d.From.Item())&(assigned|dated|planned) != 0 {
		return false
	}
	last := n.LastAttended()
	if last.What == "" {
		last.At = last.At.Add(-touch)
	}
	return !n.Updated.IsZero() && !last.At.After(d.Since)
}

// judgeEnds looks at the items at the ends of active dependencies.
func (h *hygiene) judgeEnds() {
	for n, item := range h.closure.item {
		it := h.g.Items[item].Item
		if it.Stub {
			continue // what it has is not known
		}
		has := h.has(item)
		f := model.Finding{Item: item, Dependency: -1}
		if h.since[n] != 0 {
			f.Since = time.Unix(0, h.since[n]).UTC()
		}
		lacks := func(kind model.FindingKind) {
			f.Kind = kind
			h.items[n] = h.raise(f, fromSide) != 0 || h.items[n]
		}
		if has&assigned == 0 && len(h.closure.down.of(int32(n))) > 0 {
			lacks(model.FindingUnassignedBlocker)
		}
		if it.Pull {
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
		var f model.Finding
		for _, c := range b.Causes {
			if c.Finding != "" && (f.Kind == 0 || c.Since.Before(f.Since)) {
				f = model.Finding{Kind: model.FindingUnexplained, Item: b.Item, Dependency: -1, Since: c.Since}
				if c.Finding == model.StaleSignal {
					f.Kind = model.FindingStaleSignal
				}
			}
		}
		if f.Kind == 0 {
			continue
		}
		if n := h.closure.node[b.Item]; h.raise(f, fromSide) != 0 && n >= 0 {
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
		if h.g.Items[item.Item()].State.Open() {
			h.raise(model.Finding{Kind: model.FindingDangling, Item: item.Item(), Dependency: int32(i), Since: d.Since}, fromSide)
		}
	}
}

// judgeOwners looks for items nobody owns.
func (h *hygiene) judgeOwners() {
	for i := range h.g.Items {
		n := &h.g.Items[i]
		if n.Team != model.Unowned || !n.State.Open() {
			continue
		}
		f := model.Finding{Kind: model.FindingUnowned, Item: int32(i), Dependency: -1, Since: n.Created}
		if at := h.closure.node[i]; h.raise(f, fromSide) != 0 && at >= 0 {
			h.items[at] = true
		}
	}
}

// raise adds a finding against the owner of its item, if it is to be raised
// there: it gives back the side it spoils, else none.
func (h *hygiene) raise(f model.Finding, at side) side {
	f.Team = h.g.Items[f.Item].Team
	if !h.scope[f.Kind].holds(f.Team, f.Item) {
		return 0
	}
	h.found[f.Kind] = append(h.found[f.Kind], f)
	return at
}

// adoption counts, for each team, the cross-team dependencies at whose ends it
// is, and those that none of its findings spoils.
func (h *hygiene) adoption() []model.Adoption {
	g, node := h.g, h.closure.node
	teams := h.rules.Teams
	list := make([]model.Adoption, len(teams)+1)
	at := map[string]*model.Adoption{}
	for i := range list {
		if list[i].Team = model.Unowned; i < len(teams) {
			list[i].Team = teams[i].Name
		}
		if at[list[i].Team] == nil {
			at[list[i].Team] = &list[i]
		}
	}
	for i, spoiled := range h.sides {
		d := &g.Dependencies[i]
		if d.State != model.Active || !d.CrossTeam {
			continue
		}
		count := func(item int32, end side) {
			a := at[g.Items[item].Team]
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

// facets tells what items have, what one of several mirrored items has being
// had by all.
func (rec *reconciler) facets() func(item int32) facet {
	items := rec.g.Items
	own := func(item int32) (f facet) {
		it := items[item].Item
		if len(it.Assignees) > 0 {
			f |= assigned
		}
		if _, ok := it.Estimate(); ok {
			f |= estimated
		}
		if it.Sprint.Name != "" {
			f |= planned
		}
		if n := rec.plan.node[item]; n >= 0 && rec.plan.end[n] != undated || n < 0 && !it.Date().IsZero() {
			f |= dated
		}
		return f
	}
	if !rec.mirrored {
		return own
	}
	shared := map[int32]facet{} // by the first of mirrored items
	for i := range items {
		if twin := items[i].Twin; twin != int32(i) {
			shared[twin] |= own(int32(i)) | own(twin)
		}
	}
	return func(item int32) facet { return own(item) | shared[items[item].Twin] }
}

// scope is where a kind of finding is raised.
type scope struct {
	limited  bool
	teams    []string
	programs [][]int32 // their items, ascending
}

func (s *scope) holds(team string, item int32) bool {
	if !s.limited {
		return true
	}
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
