package reconcile

import (
	"reflect"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// Reconciler makes graphs of facts of which little changes from one to the next.
// Each is the graph that Reconcile makes of the same facts; what was read off a
// record, and what its claims were resolved to, is kept and not worked out again
// while the record is the same and all names mean what they did. The zero value
// is ready; it is not for use by several goroutines at a time.
type Reconciler struct{ last *kept }

// Reconcile is the function of that name. The rules are taken for unchanged if
// they are the same by address.
func (r *Reconciler) Reconcile(f *model.Facts, rules *model.Rules, now time.Time) *model.Graph {
	rec := newReconciler(f, rules, now)
	rec.last, r.last = r.last, nil // whatever happens, nothing half done is kept
	rec.keeps = true
	rec.run()
	r.last = rec.last
	return rec.g
}

// kept is what one run leaves to the next. Graphs point into some of it, so only
// rows, turns and plain are changed in place.
type kept struct {
	rules    *model.Rules
	trackers []tracker
	source   []*model.Record // as the facts had them
	at       []int32         // by source: the item, -1 for none; nil if they are the same
	records  []*model.Record
	names    *names
	natives  []string
	counts   []int
	selected [][]int32
	accounts []sighting
	holders  []int32
	rows     []row // as read
	turns    []turns

	standing []standing
	claims   []model.ClaimRef
	first    []int32 // item -> where its claims begin
	plain    []bool  // by item: its claims resolve as they did while names mean what they do
}

// keep remembers what was read off the records, before anything is added to it.
func (rec *reconciler) keep() {
	k := &kept{
		rules: rec.rules, trackers: slices.Clone(rec.trackers), source: slices.Clone(rec.facts.Records), records: rec.records, names: rec.names, natives: rec.natives,
		counts: rec.counts, selected: rec.selected, accounts: rec.accounts, holders: rec.holders, turns: rec.turns,
	}
	for i := range k.trackers {
		k.trackers[i].native = nil // it holds on to the whole run
	}
	if old := rec.last; old != nil {
		k.at, k.rows, k.plain = old.at, old.rows, old.plain
	} else {
		k.rows, k.plain = slices.Clone(rec.rows), make([]bool, len(rec.rows))
		if len(k.records) < len(k.source) {
			k.at = fill(len(k.source))
			for from, i := 0, 0; i < len(k.records); from++ {
				if k.source[from] == k.records[i] {
					k.at[from] = int32(i)
					i++
				}
			}
		}
	}
	rec.next = k
}

// keepClaims remembers what claims were resolved to.
func (rec *reconciler) keepClaims() {
	k := rec.next
	k.standing, k.claims, k.first = rec.standing, rec.g.Claims, make([]int32, len(rec.rows)+1)
	at := 0
	for i := range rec.rows {
		for at < len(k.claims) && k.claims[at].ClaimedBy == int32(i) {
			at++
		}
		k.first[i+1] = int32(at)
	}
}

// changes lists the items whose records are other ones than in the run before, or
// must be read again. It is not ok if more than that has changed: an item came,
// went or has another key, a tracker learned of a name, or the rules are others.
func (rec *reconciler) changes() (items []int32, ok bool) {
	k := rec.last
	if k == nil || k.rules != rec.rules || len(k.source) != len(rec.facts.Records) || !sameNames(k.trackers, rec.trackers) || asksAssignee(rec.rules) {
		return nil, false
	}
	for from, r := range rec.facts.Records {
		if r == k.source[from] {
			continue
		}
		i := int32(from)
		if k.at != nil {
			i = k.at[from]
		}
		if !sameItem(r, k.source[from]) {
			return nil, false
		}
		if i < 0 {
			continue // it was no item and is none
		}
		if _, several := k.names.odd[k.rows[i].home][model.KeyFold(r.Item.Key)]; several {
			return nil, false // when it was read may decide which of them has the key
		}
		items = append(items, i)
		rec.changed(i, r)
	}
	for i := range k.rows {
		if k.rows[i].has&foreseen != 0 {
			items = append(items, int32(i))
		}
	}
	slices.Sort(items)
	return slices.Compact(items), true
}

// changed takes the new record of an item.
func (rec *reconciler) changed(i int32, r *model.Record) {
	if len(rec.records) == 0 {
		rec.records = slices.Clone(rec.last.records)
	}
	rec.records[i] = r
}

// sameItem tells whether two records are of the same item by the same names.
func sameItem(a, b *model.Record) bool {
	return a.Item.ID == b.Item.ID && a.Item.Key == b.Item.Key && slices.Equal(a.Item.Aliases, b.Item.Aliases) && (a.Gone == model.Gone) == (b.Gone == model.Gone)
}

// sameNames tells whether nothing that trackers say changes what a key leads to.
func sameNames(a, b []tracker) bool {
	return slices.EqualFunc(a, b, func(a, b tracker) bool {
		return a.Name == b.Name && a.Type == b.Type && slices.Equal(a.Answers, b.Answers) && reflect.DeepEqual(a.Site, b.Site)
	})
}

// readChanged reads the items given and takes all others from the run before.
func (rec *reconciler) readChanged(items []int32) {
	k := rec.last
	rec.names, rec.natives, rec.counts, rec.turns = k.names, k.natives, k.counts, k.turns
	for i := range rec.trackers {
		rec.trackers[i].gone = k.trackers[i].gone
	}
	if len(rec.records) == 0 {
		rec.records = k.records
	}
	surveyor := rec.newSurveyor(newOwnerRules(rec), rec.priorityRanks())
	var reassigned []int32
	for _, i := range items {
		r, was := rec.records[i], k.rows[i]
		k.rows[i], k.turns[i] = surveyor.read(i, was.home, r)
		is := &k.rows[i]
		if is.hi-is.lo == was.hi-was.lo && (is.lo == is.hi || slices.Equal(r.Item.Assignees, k.records[i].Item.Assignees)) {
			is.lo, is.hi = was.lo, was.hi
		} else {
			reassigned = append(reassigned, i)
		}
		k.plain[i] = false
	}
	if rec.accounts, rec.holders = k.accounts, k.holders; len(reassigned) > 0 {
		rec.accounts, rec.holders = nil, nil
		rec.rejoinAccounts(reassigned, surveyor)
	}
	rec.rows = slices.Clone(k.rows)
	rec.selected = make([][]int32, len(k.selected))
	for n, list := range k.selected {
		rec.selected[n] = exchange(list, items, surveyor.selections.items[n])
	}
}

// exchange is a list without the items out but with those in; all are ascending.
func exchange(list, out, in []int32) []int32 {
	holds := func(list []int32, i int32) bool {
		_, ok := slices.BinarySearch(list, i)
		return ok
	}
	if !slices.ContainsFunc(out, func(i int32) bool { return holds(list, i) != holds(in, i) }) {
		return list
	}
	var merged []int32
	for _, i := range list {
		if !holds(out, i) {
			merged = append(merged, i)
		}
	}
	merged = append(merged, in...)
	slices.Sort(merged)
	return merged
}

// rejoinAccounts is joinAccounts where only some items were read.
func (rec *reconciler) rejoinAccounts(items []int32, read *surveyor) {
	k := rec.last
	anew := make([]bool, len(k.rows))
	for _, i := range items {
		anew[i] = true
	}
	old, numbers := fill(len(k.accounts)), map[accountKey]int32{} // by their number before, and by what they are
	for i := range k.rows {
		w := &k.rows[i]
		before, from := int32(len(rec.holders)), k.holders
		if anew[i] {
			from = read.holders
		}
		for j, a := range from[w.lo:w.hi] {
			n := int32(-1)
			if !anew[i] {
				n = old[a]
			}
			if n < 0 {
				account := &rec.records[i].Item.Assignees[j]
				key := accountKey{w.home, account.ID, account.Email}
				known := false
				if n, known = numbers[key]; !known {
					n = int32(len(rec.accounts))
					numbers[key] = n
					rec.accounts = append(rec.accounts, sighting{w.home, account})
				}
				if !anew[i] {
					old[a] = n
				}
			}
			rec.holders = append(rec.holders, n)
		}
		w.lo, w.hi = before, int32(len(rec.holders))
	}
}

// take takes over what the claims of the items from lo to hi were resolved to.
func (r *resolver) take(lo, hi int) {
	k := r.last
	from, to := k.first[lo], k.first[hi]
	r.standing, r.claims = append(r.standing, k.standing[from:to]...), append(r.claims, k.claims[from:to]...)
}
