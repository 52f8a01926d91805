package reconcile

import (
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// readItems lays the records that exist out as nodes in the order of their
// keys, numbers by value, gives each its team, and indexes every name they can
// be found by. Records are large and lie scattered in memory, so each is
// visited once: what later steps ask of every item is copied.
func (rec *reconciler) readItems() {
	if rec.layOut(rec.facts.Records) {
		return
	}
	sorted := slices.Clone(rec.facts.Records)
	model.SortRecords(sorted)
	rec.layOut(sorted)
}

// layOut makes the nodes of records in the order given. It returns false,
// having done nothing of use, if that is not the order of their keys.
func (rec *reconciler) layOut(records []*model.Record) bool {
	g, n := rec.g, len(records)
	g.Items = make([]model.Node, 0, n)
	rec.records = make([]*model.Record, 0, n)
	rec.claims = make([][]model.Claim, 0, n)
	rec.home = make([]int32, 0, n)
	rec.signals = make([]bool, 0, n)
	aliased := []int32{}
	counts := make([]int, len(rec.trackers))
	perTracker := n/max(len(rec.trackers), 1) + 1
	for i := range rec.trackers {
		rec.trackers[i].keys = make(map[string]int32, perTracker)
		rec.trackers[i].gone = map[string]bool{}
	}
	ranks := priorityRanks(rec.rules)
	owners := newOwners(rec)
	rec.programs = newPrograms(rec, owners)
	home, homeName := int32(-1), ""
	var last *model.Record
	lastProject, lastNumber := "", int64(0)
	for _, r := range records {
		it := &r.Item
		if home < 0 || it.ID.Tracker != homeName {
			i, ok := rec.trackerAt(it.ID.Tracker)
			if !ok {
				continue // its tracker left the config
			}
			if home, homeName = i, it.ID.Tracker; last != nil && last.Item.ID.Tracker > homeName {
				return false
			}
			lastProject, lastNumber = "", 0
		}
		project, number := model.SplitKey(it.Key)
		if last != nil && last.Item.ID.Tracker == homeName && (project < lastProject || project == lastProject &&
			(number < lastNumber || number == lastNumber && it.ID.Native < last.Item.ID.Native)) {
			return false
		}
		last, lastProject, lastNumber = r, project, number
		t := &rec.trackers[home]
		if r.Gone == model.Gone {
			t.gone[it.ID.Native] = true
			t.gone[model.KeyFold(it.Key)] = true
			for _, alias := range it.Aliases {
				t.gone[model.KeyFold(alias)] = true
			}
			continue
		}
		i := int32(len(g.Items))
		rank := int32(0)
		if it.Priority != "" {
			rank = ranks[strings.ToLower(it.Priority)]
		}
		g.Items = append(g.Items, model.Node{
			Item: it, State: it.State, Blocked: -1, Twin: i, Rank: rank,
			Stale: !t.fresh || r.Gone == model.Forbidden, Team: owners.team(home, it),
		})
		rec.programs.read(i, home, it)
		rec.records = append(rec.records, r)
		rec.claims = append(rec.claims, r.Claims)
		rec.home = append(rec.home, home)
		rec.signals = append(rec.signals, len(it.Signals) > 0)
		counts[home]++
		key := model.KeyFold(it.Key)
		if other, taken := t.keys[key]; !taken || supersedes(r, rec.records[other]) {
			t.keys[key] = i
		}
		if len(it.Aliases) > 0 {
			aliased = append(aliased, i)
		}
	}
	for _, i := range aliased { // a present key beats a former one of another item
		t := &rec.trackers[rec.home[i]]
		for _, alias := range g.Items[i].Aliases {
			if _, taken := t.keys[model.KeyFold(alias)]; !taken {
				t.keys[model.KeyFold(alias)] = i
			}
		}
	}
	for i := range rec.trackers {
		t := &rec.trackers[i]
		g.Trackers = append(g.Trackers, model.TrackerState{Name: t.Name, Type: t.Type, LastSync: t.LastSync, Fresh: t.fresh, Items: counts[i]})
	}
	return true
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

func priorityRanks(r *model.Rules) map[string]int32 {
	ranks := map[string]int32{}
	for i, p := range r.Priorities {
		for _, word := range append([]string{p.Name}, p.Words...) {
			if _, taken := ranks[strings.ToLower(word)]; !taken {
				ranks[strings.ToLower(word)] = int32(i) + 1
			}
		}
	}
	return ranks
}
