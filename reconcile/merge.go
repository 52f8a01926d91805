package reconcile

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

var kindOrder = [...]model.Kind{model.Blocks, model.Parent, model.Implements, model.Duplicates, model.Mirrors, model.Relates}

// mergeClaims folds all claims about one ordered pair of ends and one kind into
// one dependency. A kind without direction has its ends in the order of the items.
func (rec *reconciler) mergeClaims() {
	g := rec.g
	// Ends are numbered items first, then outside ends, so that a pair is a number.
	items := int64(len(g.Items))
	number := func(end int32) int64 {
		if end < 0 {
			return items + int64(^end)
		}
		return int64(end)
	}
	rec.sortOutside()
	type pair struct {
		kind     int8
		from, to int64
		claim    int32
	}
	pairs := make([]pair, 0, len(rec.resolved))
	for i, c := range rec.resolved {
		claim := g.Claims[i].Claim
		kind := slices.Index(kindOrder[:], claim.Kind)
		if kind < 0 {
			kind = len(kindOrder) - 1
		}
		from, to := number(c.from), number(c.other)
		if claim.Reverse && !claim.Kind.Symmetric() || claim.Kind.Symmetric() && from > to {
			from, to = to, from
		}
		pairs = append(pairs, pair{int8(kind), from, to, int32(i)})
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := cmp.Compare(a.kind, b.kind); c != 0 {
			return c
		}
		if c := cmp.Compare(a.from, b.from); c != 0 {
			return c
		}
		if c := cmp.Compare(a.to, b.to); c != 0 {
			return c
		}
		return cmp.Compare(a.claim, b.claim)
	})
	end := func(number int64) model.End {
		if number < items {
			return model.End{Item: int32(number)}
		}
		o := rec.outside[number-items]
		return model.End{Item: -1, Found: o.found, Reason: o.reason}
	}
	evidence := make([]int32, len(pairs))
	n := 0
	for i, p := range pairs {
		evidence[i] = p.claim
		if i == 0 || p.kind != pairs[i-1].kind || p.from != pairs[i-1].from || p.to != pairs[i-1].to {
			n++
		}
	}
	g.Dependencies = make([]model.Dependency, 0, n)
	for lo := 0; lo < len(pairs); {
		hi := lo + 1
		for hi < len(pairs) && pairs[hi].kind == pairs[lo].kind && pairs[hi].from == pairs[lo].from && pairs[hi].to == pairs[lo].to {
			hi++
		}
		d := model.Dependency{Kind: kindOrder[pairs[lo].kind], From: end(pairs[lo].from), To: end(pairs[lo].to), Evidence: evidence[lo:hi:hi]}
		rec.weigh(&d)
		for _, c := range d.Evidence {
			g.Claims[c].Dependency = int32(len(g.Dependencies))
		}
		g.Dependencies = append(g.Dependencies, d)
		lo = hi
	}
}

// weigh sums up the evidence of a dependency.
func (rec *reconciler) weigh(d *model.Dependency) {
	g := rec.g
	d.TextOnly = true
	byFrom, byTo := false, false
	for _, i := range d.Evidence {
		c := &g.Claims[i]
		if c.Origin != model.Text {
			d.TextOnly = false
		}
		d.BothSides = d.BothSides || c.Origin.TwoSided()
		byFrom = byFrom || c.ClaimedBy == d.From.Item
		byTo = byTo || c.ClaimedBy == d.To.Item
		at, known := established(c.Claim)
		if d.Since.IsZero() || at.Before(d.Since) || at.Equal(d.Since) && known == model.FromHistory {
			d.Since, d.SinceKnown = at, known
		}
	}
	d.BothSides = d.BothSides || byFrom && byTo
	if d.From.Resolved() && d.To.Resolved() {
		from, to := &g.Items[d.From.Item], &g.Items[d.To.Item]
		d.CrossTeam = from.Team != to.Team
		d.Stale = from.Stale || to.Stale
	} else {
		for _, e := range []model.End{d.From, d.To} {
			d.Stale = d.Stale || e.Resolved() && g.Items[e.Item].Stale
		}
	}
}

// established is when a claim began to stand: as the tracker tells, else when
// it was first seen.
func established(c *model.Claim) (time.Time, model.Known) {
	if !c.At.IsZero() {
		return c.At, model.FromHistory
	}
	return c.FirstSeen, model.Observed
}

// sortOutside orders the outside ends by what was found, so that their order
// does not depend on where they were met first.
func (rec *reconciler) sortOutside() {
	order := make([]int32, len(rec.outside))
	keys := make([]outsideKey, len(rec.outside))
	for k, i := range rec.outsides {
		order[i], keys[i] = i, k
	}
	slices.SortFunc(order, func(a, b int32) int {
		if c := strings.Compare(keys[a].key, keys[b].key); c != 0 {
			return c
		}
		return cmp.Compare(keys[a].tracker, keys[b].tracker)
	})
	moved := make([]int32, len(order))
	sorted := make([]outsideEnd, len(order))
	for to, from := range order {
		moved[from], sorted[to] = int32(to), rec.outside[from]
	}
	rec.outside = sorted
	for i := range rec.resolved {
		if e := rec.resolved[i].other; e < 0 {
			rec.resolved[i].other = ^moved[^e]
		}
	}
}

// foldMirrors makes mirrored items one piece of work, represented by the item
// that sorts first.
func (rec *reconciler) foldMirrors() {
	items := rec.g.Items
	var find func(i int32) int32
	find = func(i int32) int32 {
		for items[i].Twin != i {
			items[i].Twin = items[items[i].Twin].Twin
			i = items[i].Twin
		}
		return i
	}
	for i := range rec.g.Dependencies {
		d := &rec.g.Dependencies[i]
		if d.Kind != model.Mirrors || !d.From.Resolved() || !d.To.Resolved() {
			continue
		}
		a, b := find(d.From.Item), find(d.To.Item)
		items[max(a, b)].Twin = min(a, b)
		rec.mirrored = true
	}
	if rec.mirrored {
		for i := range items {
			items[i].Twin = find(int32(i))
		}
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
			rec.g.Dangling = append(rec.g.Dangling, model.Dangling{From: from.Item, Kind: d.Kind, Target: to.Found, Reason: to.Reason})
		}
	}
	slices.SortFunc(rec.g.Dangling, func(a, b model.Dangling) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Reason, b.Reason))
	})
}
