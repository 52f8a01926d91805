package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// mergeClaims folds all claims about one ordered pair of ends and one kind into
// one dependency. Dependencies are sorted by kind, from and to, outside ends last.
func (rec *reconciler) mergeClaims() {
	g := rec.g
	first, byFrom := rec.sortByFrom()
	ends := len(first) - 1
	// How many dependencies and claims of each kind the parts before have decides
	// where a part puts its own.
	type place struct{ dependencies, claims [model.Relates + 1]int } // by kind
	places := make([]place, parts)
	inParts(ends, func(part, lo, hi int) {
		p := &places[part]
		for from := lo; from < hi; from++ {
			group := byFrom[first[from]:first[from+1]]
			slices.Sort(group)
			for i, s := range group {
				if p.claims[s.kind()]++; i == 0 || !s.same(group[i-1]) {
					p.dependencies[s.kind()]++
				}
			}
		}
	})
	dependencies, claims := 0, 0
	for k := range model.Relates + 1 {
		for part := range places {
			p := &places[part]
			dependencies, p.dependencies[k] = dependencies+p.dependencies[k], dependencies
			claims, p.claims[k] = claims+p.claims[k], claims
		}
	}
	g.Dependencies = make([]model.Dependency, dependencies)
	g.Evidence = make([]int32, len(byFrom))
	inParts(ends, func(part, lo, hi int) {
		at := &places[part]
		for from := lo; from < hi; from++ {
			if (from-lo)%(4*ahead) == 0 {
				rec.touchEvidence(byFrom[first[from]:first[min(from+4*ahead, hi)]])
			}
			group := byFrom[first[from]:first[from+1]]
			for len(group) > 0 {
				n := 1
				for n < len(group) && group[n].same(group[0]) {
					n++
				}
				k := group[0].kind()
				di, lo := at.dependencies[k], at.claims[k]
				ev := g.Evidence[lo:][:n]
				for i, s := range group[:n] {
					ev[i] = s.claim()
					g.Claims[s.claim()].Dependency = int32(di)
				}
				d := &g.Dependencies[di]
				d.EvidenceLo, d.EvidenceHi = int32(lo), int32(lo+n)
				rec.weigh(d, ev)
				at.dependencies[k]++
				at.claims[k] += n
				group = group[n:]
			}
		}
	})
}

// sorted is a standing claim among those with one from end, packed so that
// comparing puts it in the order of dependencies: 3 bits of kind, 31 of the
// number of the to end, 30 of the claim.
type sorted uint64

func (s sorted) kind() model.Kind   { return model.Kind(s >> 61) }
func (s sorted) claim() int32       { return int32(s & (1<<30 - 1)) }
func (s sorted) to() int            { return int(s >> 30 & (1<<31 - 1)) }
func (s sorted) same(t sorted) bool { return s>>30 == t>>30 }

// sortByFrom deals the claims out by their from end: those of end i are
// sorted[first[i]:first[i+1]]. Ends are numbered items first, then outside ends.
func (rec *reconciler) sortByFrom() (first []int32, claims []sorted) {
	items := len(rec.g.Items)
	number := func(e model.End) int {
		if e.Resolved() {
			return int(e)
		}
		return items + int(^e)
	}
	ends := items + len(rec.g.Outside)
	first = make([]int32, ends+2)
	for i := range rec.standing {
		first[number(rec.standing[i].from)+2]++
	}
	for i := 2; i < len(first); i++ {
		first[i] += first[i-1]
	}
	claims = make([]sorted, len(rec.standing))
	for i := range rec.standing {
		s := &rec.standing[i]
		at := &first[number(s.from)+1]
		claims[*at] = sorted(s.kind)<<61 | sorted(number(s.to))<<30 | sorted(i)
		*at++
	}
	return first[:ends+1], claims
}

// weigh makes a dependency of the evidence for it.
func (rec *reconciler) weigh(d *model.Dependency, evidence []int32) {
	first := &rec.standing[evidence[0]]
	d.Kind, d.From, d.To = first.kind, first.from, first.to
	d.TextOnly = true
	byFrom, byTo := false, false
	since := moment{at: model.Forever}
	for _, i := range evidence {
		c := &rec.standing[i]
		d.TextOnly = d.TextOnly && c.text
		d.BothSides = d.BothSides || c.twoSided
		byFrom = byFrom || model.End(c.by) == d.From
		byTo = byTo || model.End(c.by) == d.To
		if c.at != 0 && (c.at < since.at || c.at == since.at && c.known) {
			since = moment{at: c.at, known: c.known}
		}
	}
	d.BothSides = d.BothSides || byFrom && byTo
	if since.at == model.Forever {
		since.at = 0
	}
	d.Since, d.SinceKnown = rec.told(since)
	switch {
	case d.From.Resolved() && d.To.Resolved():
		from, to := &rec.rows[d.From], &rec.rows[d.To]
		d.CrossTeam, d.Stale = from.team != to.team, (from.has|to.has)&stale != 0
	case d.From.Resolved():
		d.Stale = rec.rows[d.From].has&stale != 0
	case d.To.Resolved():
		d.Stale = rec.rows[d.To].has&stale != 0
	}
}

// foldMirrors makes mirrored items one piece of work, represented by the item
// that sorts first.
func (rec *reconciler) foldMirrors() {
	items := rec.g.Items
	find := func(i int32) int32 {
		for items[i].Twin != i {
			items[i].Twin = items[items[i].Twin].Twin
			i = items[i].Twin
		}
		return i
	}
	for _, d := range rec.ofKind(model.Mirrors) {
		if !d.From.Resolved() || !d.To.Resolved() {
			continue
		}
		a, b := find(d.From.Item()), find(d.To.Item())
		items[max(a, b)].Twin = min(a, b)
		rec.mirrored = true
	}
	if rec.mirrored {
		for i := range items {
			items[i].Twin = find(int32(i))
		}
		rec.shareFacets()
	}
}

func (rec *reconciler) listUnmapped(counts map[model.Unmapped]int) {
	for u, n := range counts {
		u.Claims = n
		rec.g.Unmapped = append(rec.g.Unmapped, u)
	}
	slices.SortFunc(rec.g.Unmapped, func(a, b model.Unmapped) int {
		return cmp.Or(cmp.Compare(a.Tracker, b.Tracker), cmp.Compare(a.Phrase, b.Phrase))
	})
}

// listDangling lists the dependencies one end of which is no known item.
func (rec *reconciler) listDangling() {
	for i := range rec.g.Dependencies {
		d := &rec.g.Dependencies[i]
		from, to := d.From, d.To
		if !from.Resolved() {
			from, to = to, from
		}
		if !to.Resolved() {
			rec.g.Dangling = append(rec.g.Dangling, model.Dangling{From: from.Item(), Kind: d.Kind, Target: rec.g.Name(to), Reason: rec.g.Reason(to)})
		}
	}
	slices.SortFunc(rec.g.Dangling, func(a, b model.Dangling) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Reason, b.Reason))
	})
}
