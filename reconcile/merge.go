package reconcile

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// kind is a model.Kind as a small number, in the order dependencies have.
type kind uint8

var kinds = model.Kinds()

// kindOf is the number of a kind; a word that is none is read as relates.
func kindOf(k model.Kind) kind {
	for i := range kinds {
		if kinds[i] == k {
			return kind(i)
		}
	}
	return kind(len(kinds) - 1)
}

// mergeClaims folds all claims about one ordered pair of ends and one kind into
// one dependency. A kind without direction has its ends in the order of the items.
func (rec *reconciler) mergeClaims() {
	g := rec.g
	rec.sortOutside()
	// Ends are numbered items first, then outside ends.
	items := int32(len(g.Items))
	n := len(rec.resolved)
	from, to, order := make([]int32, n), make([]int32, n), make([]int32, n)
	for i := range rec.resolved {
		c := &rec.resolved[i]
		a, b := c.from, c.other
		if b < 0 {
			b = items + ^b
		}
		if symmetric := kinds[c.kind].Symmetric(); c.reverse && !symmetric || symmetric && a > b {
			a, b = b, a
		}
		from[i], to[i], order[i] = a, b, int32(i)
	}
	// Claims come by claiming item; three stable passes sort them by kind, from, to.
	spare := make([]int32, n)
	ends := int(items) + len(rec.g.Outside)
	order, spare = countingSort(order, spare, ends, func(i int32) int32 { return to[i] })
	order, spare = countingSort(order, spare, ends, func(i int32) int32 { return from[i] })
	order, _ = countingSort(order, spare, len(kinds), func(i int32) int32 { return int32(rec.resolved[i].kind) })

	same := func(a, b int32) bool {
		return from[a] == from[b] && to[a] == to[b] && rec.resolved[a].kind == rec.resolved[b].kind
	}
	count := 0
	for i := range order {
		if i == 0 || !same(order[i-1], order[i]) {
			count++
		}
	}
	g.Dependencies = make([]model.Dependency, count)
	next := 0
	for lo := 0; lo < n; {
		hi := lo + 1
		for hi < n && same(order[lo], order[hi]) {
			hi++
		}
		d := &g.Dependencies[next]
		c := order[lo]
		d.Kind, d.Evidence = kinds[rec.resolved[c].kind], order[lo:hi:hi]
		d.From, d.To = rec.endOf(from[c]), rec.endOf(to[c])
		rec.weigh(d)
		for _, c := range d.Evidence {
			g.Claims[c].Dependency = int32(next)
		}
		next++
		lo = hi
	}
}

// countingSort sorts order by key, which is below keys, keeping the order of
// equals. It returns the sorted slice and the other one.
func countingSort(order, spare []int32, keys int, key func(int32) int32) (sorted, other []int32) {
	first := make([]int32, keys+1)
	for _, i := range order {
		first[key(i)+1]++
	}
	for k := range keys {
		first[k+1] += first[k]
	}
	for _, i := range order {
		k := key(i)
		spare[first[k]] = i
		first[k]++
	}
	return spare, order
}

func (rec *reconciler) endOf(number int32) model.End {
	if items := int32(len(rec.g.Items)); number >= items {
		number = ^(number - items)
	}
	return model.End(number)
}

// weigh sums up the evidence of a dependency.
func (rec *reconciler) weigh(d *model.Dependency) {
	d.TextOnly = true
	byFrom, byTo := false, false
	since, known := int64(math.MaxInt64), false
	for _, i := range d.Evidence {
		c := &rec.resolved[i]
		d.TextOnly = d.TextOnly && c.text
		d.BothSides = d.BothSides || c.twoSided
		byFrom = byFrom || model.End(c.from) == d.From
		byTo = byTo || model.End(c.from) == d.To
		if c.at != never && (c.at < since || c.at == since && c.known) {
			since, known = c.at, c.known
		}
	}
	d.BothSides = d.BothSides || byFrom && byTo
	d.SinceKnown = model.Observed
	if since != math.MaxInt64 {
		d.Since = time.Unix(0, since).UTC()
		if known {
			d.SinceKnown = model.FromHistory
		}
	}
	items := rec.g.Items
	if d.From.Resolved() && d.To.Resolved() {
		from, to := &items[d.From.Item()], &items[d.To.Item()]
		d.CrossTeam = from.Team != to.Team
		d.Stale = from.Stale || to.Stale
		return
	}
	d.Stale = d.From.Resolved() && items[d.From.Item()].Stale || d.To.Resolved() && items[d.To.Item()].Stale
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
	order := make([]int32, len(rec.g.Outside))
	keys := make([]outsideKey, len(rec.g.Outside))
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
	sorted := make([]model.Outside, len(order))
	for to, from := range order {
		moved[from], sorted[to] = int32(to), rec.g.Outside[from]
	}
	rec.g.Outside = sorted
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
	find := func(i int32) int32 {
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
		a, b := find(d.From.Item()), find(d.To.Item())
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
			rec.g.Dangling = append(rec.g.Dangling, model.Dangling{From: from.Item(), Kind: d.Kind, Target: rec.g.Name(to), Reason: rec.g.Reason(to)})
		}
	}
	slices.SortFunc(rec.g.Dangling, func(a, b model.Dangling) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Reason, b.Reason))
	})
}
