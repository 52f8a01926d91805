package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// readItems lays the records that exist out as nodes in the order of their
// refs, numbers by value, and indexes every name they can be found by.
func (rec *reconciler) readItems() {
	type place struct {
		order            uint64 // tracker, project and number in one, for sorting
		tracker, project int32  // ranks
		number           int64
		record           *model.Record
	}
	places := make([]place, 0, len(rec.facts.Records))
	projects := map[string]int32{}
	var names []string
	counts := make([]int, len(rec.trackers))
	last, lastName := int32(-1), ""
	home, homeName := int32(-1), ""
	for _, r := range rec.facts.Records {
		if home < 0 || r.Item.ID.Tracker != homeName {
			i, ok := rec.trackerAt(r.Item.ID.Tracker)
			if !ok {
				continue // its tracker left the config
			}
			home, homeName = i, r.Item.ID.Tracker
		}
		t := &rec.trackers[home]
		if r.Gone == model.Gone {
			t.gone[r.Item.ID.Native] = true
			for _, key := range append([]string{r.Item.Key}, r.Item.Aliases...) {
				t.gone[model.KeyFold(key)] = true
			}
			continue
		}
		project, number := splitKey(r.Item.Key)
		if last < 0 || project != lastName {
			rank, ok := projects[project]
			if !ok {
				rank = int32(len(names))
				names = append(names, project)
				projects[project] = rank
			}
			last, lastName = rank, project
		}
		places = append(places, place{tracker: home, project: last, number: number, record: r})
		counts[home]++
	}

	// Rank the projects by name, then sort by small numbers instead of by strings.
	byName := make([]int32, len(names))
	for i := range byName {
		byName[i] = int32(i)
	}
	slices.SortFunc(byName, func(a, b int32) int { return cmp.Compare(names[a], names[b]) })
	rank := make([]int32, len(names))
	for r, i := range byName {
		rank[i] = int32(r)
	}
	const numberBits, projectBits = 36, 20
	for i := range places {
		p := &places[i]
		p.project = rank[p.project]
		p.order = uint64(p.tracker)<<(numberBits+projectBits) | min(uint64(p.project), 1<<projectBits-1)<<numberBits | min(uint64(p.number), 1<<numberBits-1)
	}
	order := func(a, b place) int {
		if a.order != b.order {
			return cmp.Compare(a.order, b.order)
		}
		return cmp.Or(cmp.Compare(a.project, b.project), cmp.Compare(a.number, b.number), a.record.Item.ID.Compare(b.record.Item.ID))
	}
	if !slices.IsSortedFunc(places, order) {
		slices.SortFunc(places, order)
	}

	// One buffer holds all refs.
	size := 0
	for i := range places {
		id := &places[i].record.Item
		size += len(id.ID.Tracker) + 1 + len(id.Key)
	}
	var refs strings.Builder
	refs.Grow(size)
	ref := func(it *model.Item) string {
		from := refs.Len()
		refs.WriteString(it.ID.Tracker)
		refs.WriteByte(':')
		refs.WriteString(it.Key)
		return refs.String()[from:]
	}
	for i := range rec.trackers {
		t := &rec.trackers[i]
		t.keys = make(map[string]int32, counts[i])
	}
	g := rec.g
	g.Items = make([]model.Node, len(places))
	rec.records = make([]*model.Record, len(places))
	rec.home = make([]int32, len(places))
	ranks := priorityRanks(rec.rules)
	for i := range places {
		r := places[i].record
		t := &rec.trackers[places[i].tracker]
		rec.records[i], rec.home[i] = r, places[i].tracker
		g.Items[i] = model.Node{
			Item: &r.Item, Ref: ref(&r.Item), State: r.Item.State, Blocked: -1, Twin: int32(i),
			Rank: ranks[strings.ToLower(r.Item.Priority)], Stale: !t.fresh || r.Gone == model.Forbidden,
		}
		key := model.KeyFold(r.Item.Key)
		if other, taken := t.keys[key]; !taken || supersedes(r, rec.records[other]) {
			t.keys[key] = int32(i)
		}
	}
	for i := range places { // a present key beats a former one of another item
		t := &rec.trackers[places[i].tracker]
		for _, alias := range places[i].record.Item.Aliases {
			if _, taken := t.keys[model.KeyFold(alias)]; !taken {
				t.keys[model.KeyFold(alias)] = int32(i)
			}
		}
	}
	for i := range rec.trackers {
		t := &rec.trackers[i]
		g.Trackers = append(g.Trackers, model.TrackerState{Name: t.Name, Type: t.Type, LastSync: t.LastSync, Fresh: t.fresh, Items: counts[i]})
	}
}

// byNative finds an item of a tracker by its immutable id. The key it was last
// seen with leads there nearly always.
func (rec *reconciler) byNative(at int32, native, key string) (int32, bool) {
	t := &rec.trackers[at]
	if i, ok := t.keys[model.KeyFold(key)]; ok && rec.g.Items[i].ID.Native == native {
		return i, true
	}
	if t.native == nil {
		t.native = make(map[string]int32, len(t.keys))
		for i := range rec.g.Items {
			if rec.home[i] == at {
				t.native[rec.g.Items[i].ID.Native] = int32(i)
			}
		}
	}
	i, ok := t.native[native]
	return i, ok
}

// supersedes decides which of two items that show the same key has it: the one
// read last.
func supersedes(a, b *model.Record) bool {
	if c := a.Confirmed.Compare(b.Confirmed); c != 0 {
		return c > 0
	}
	if c := a.Item.Updated.Compare(b.Item.Updated); c != 0 {
		return c > 0
	}
	return a.Item.ID.Compare(b.Item.ID) < 0
}

// splitKey parts a key before its number: PAY-12 into PAY and 12, acme/api#45
// into acme/api and 45. A key without a number is a project of its own.
func splitKey(key string) (project string, number int64) {
	i := len(key)
	for i > 0 && key[i-1] >= '0' && key[i-1] <= '9' && len(key)-i < 18 {
		i--
	}
	if i == len(key) || i == 0 || key[i-1] != '-' && key[i-1] != '#' {
		return key, 0
	}
	for _, c := range []byte(key[i:]) {
		number = number*10 + int64(c-'0')
	}
	return key[:i-1], number
}

func priorityRanks(r *model.Rules) map[string]int {
	ranks := map[string]int{}
	for i, p := range r.Priorities {
		for _, word := range append([]string{p.Name}, p.Words...) {
			if _, taken := ranks[strings.ToLower(word)]; !taken {
				ranks[strings.ToLower(word)] = i + 1
			}
		}
	}
	return ranks
}
