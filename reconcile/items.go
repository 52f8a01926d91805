package reconcile

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// shelf is what one part of the records holds.
type shelf struct {
	from, n int // items stand at from, from+1, ...
	counts  []int
	claims  int
	runs    []run
	odd     []int32 // items whose key has no usual form, or shows on another item too
	aliased []int32
	gone    []goneRecord
	// surveyor selects items by their place in this part
	surveyor *surveyor
	// first and last are the outermost records that count
	first, last *model.Record
	ordered     bool
}

// run is a stretch of items of one project with ascending numbers.
type run struct {
	home    int32
	project string
	lo, hi  int32
}

type goneRecord struct {
	home   int32
	record *model.Record
}

// read makes what is known of the items, as far as it can from the run before.
func (rec *reconciler) read() {
	changed, ok := rec.changes()
	if ok {
		rec.readChanged(changed)
	} else {
		rec.last, rec.records = nil, nil
		if !rec.readItems() {
			return // with records in no order there is nothing to compare them with the next time
		}
	}
	if rec.keeps {
		rec.keep()
	}
}

// readItems lays the records that exist out as nodes in the order of their
// keys, numbers by value, gives each its team, and makes the names they can be
// found by. It returns whether they came in that order.
func (rec *reconciler) readItems() bool {
	if rec.layOut(rec.facts.Records) {
		return true
	}
	sorted := slices.Clone(rec.facts.Records)
	model.SortRecords(sorted)
	rec.layOut(sorted)
	return false
}

// layOut makes the nodes of records in the order given. It returns false,
// having done nothing of use, if that is not the order of their keys.
func (rec *reconciler) layOut(records []*model.Record) bool {
	n := len(records)
	rec.rows, rec.turns = make([]row, n), make([]turns, n)
	rec.records = make([]*model.Record, n)
	rec.natives = make([]string, n)
	rec.names.numbers = make([]int64, n)
	shelves := make([]shelf, parts)
	ranks := rec.priorityRanks()
	rules := newOwnerRules(rec)
	inParts(n, func(part, lo, hi int) {
		s := &shelves[part]
		s.surveyor = rec.newSurveyor(rules, ranks)
		s.from, s.counts, s.ordered = lo, make([]int, len(rec.trackers)), true
		rec.fill(s, records[lo:hi])
	})
	var last *model.Record
	for i := range shelves {
		s := &shelves[i]
		if !s.ordered || last != nil && s.first != nil && model.CompareRecords(last, s.first) > 0 {
			return false
		}
		if s.last != nil {
			last = s.last
		}
	}
	items := 0
	for i := range shelves { // close the gaps that records without an item left
		s := &shelves[i]
		shift(rec.rows, items, s)
		shift(rec.turns, items, s)
		shift(rec.records, items, s)
		shift(rec.natives, items, s)
		shift(rec.names.numbers, items, s)
		s.from = items
		items += s.n
	}
	rec.rows, rec.turns, rec.records, rec.natives, rec.names.numbers = rec.rows[:items], rec.turns[:items], rec.records[:items], rec.natives[:items], rec.names.numbers[:items]
	rec.stretches = make([]stretch, parts)
	for i := range shelves {
		s := &shelves[i]
		rec.stretches[i] = stretch{s.from, s.from + s.n, s.claims}
	}
	rec.joinAccounts(shelves)
	rec.name(shelves)
	return true
}

func shift[T any](column []T, to int, s *shelf) {
	if to != s.from {
		copy(column[to:], column[s.from:s.from+s.n])
	}
}

// fill lays one part of the records out.
func (rec *reconciler) fill(s *shelf, records []*model.Record) {
	home, homeName := int32(-1), model.Word{}
	lastProject, lastNumber, lastNative, repository := "", int64(-1), "", false
	at := s.from
	for n, r := range records {
		if n%ahead == 0 {
			touchRecords(records[n:min(n+ahead, len(records))])
		}
		it := &r.Item
		if home < 0 || it.ID.Tracker != homeName {
			i, ok := rec.names.homes[it.ID.Tracker]
			if !ok {
				continue // its tracker left the config
			}
			if home > i {
				s.ordered = false
				return
			}
			home, homeName, lastProject, lastNumber = i, it.ID.Tracker, "", -1
		}
		project, number := model.SplitKey(it.Key)
		same := project == lastProject
		if !same && project < lastProject || same && (number < lastNumber || number == lastNumber && it.ID.Native < lastNative) {
			s.ordered = false
			return
		}
		if !same {
			repository = isRepository(project)
		}
		twice := same && number == lastNumber
		if s.first == nil {
			s.first = r
		}
		s.last, lastProject, lastNumber, lastNative = r, project, number, it.ID.Native
		if r.Gone == model.Gone {
			s.gone = append(s.gone, goneRecord{home, r})
			continue
		}
		i := int32(at - s.from)
		usual := number > 0 && it.Key[len(project)+1] != '0' && (it.Key[len(project)] == '#') == repository
		switch {
		case !usual:
			s.odd = append(s.odd, i)
		case len(s.runs) > 0 && s.runs[len(s.runs)-1].hi == i && s.runs[len(s.runs)-1].home == home && s.runs[len(s.runs)-1].project == project:
			s.runs[len(s.runs)-1].hi++
		default:
			s.runs = append(s.runs, run{home, project, i, i + 1})
		}
		if twice && usual && i > 0 {
			s.odd = append(s.odd, i-1, i)
		}
		if len(it.Aliases) > 0 {
			s.aliased = append(s.aliased, i)
		}
		rec.rows[at], rec.turns[at] = s.surveyor.read(i, home, r)
		rec.records[at], rec.natives[at], rec.names.numbers[at] = r, it.ID.Native, number
		s.counts[home]++
		s.claims += len(r.Claims)
		at++
	}
	s.n = at - s.from
}

// name makes the names of the items on the shelves.
func (rec *reconciler) name(shelves []shelf) {
	n := rec.names
	counts := make([]int, len(rec.trackers))
	rec.selected = make([][]int32, len(rec.rules.Programs)+len(rec.rules.Skills))
	for n := range rec.selected {
		total := 0
		for si := range shelves {
			total += len(shelves[si].surveyor.selections.items[n])
		}
		rec.selected[n] = slices.Grow([]int32(nil), total)
	}
	show := func(i int32) { // one of several items that may show a key
		shown, key := n.odd[rec.rows[i].home], model.KeyFold(rec.records[i].Item.Key)
		if other, taken := shown[key]; !taken || supersedes(rec.records[i], rec.records[other]) {
			shown[key] = i
		}
	}
	for si := range shelves {
		s := &shelves[si]
		from := int32(s.from)
		for t := range counts {
			counts[t] += s.counts[t]
		}
		for n, items := range s.surveyor.selections.items {
			for _, i := range items {
				rec.selected[n] = append(rec.selected[n], from+i)
			}
		}
		for _, r := range s.runs {
			lo, hi := from+r.lo, from+r.hi
			p := n.place(r.home, r.project)
			switch {
			case p.hi == 0:
				p.lo, p.hi, p.spelt = lo, hi, r.project
				continue
			case p.hi == lo && p.spelt == r.project: // it goes on from the part before
				p.hi = hi
				if n.numbers[lo-1] == n.numbers[lo] {
					show(lo - 1)
					show(lo)
				}
				continue
			}
			for i := lo; i < hi; i++ { // the same project spelt otherwise, or a second stretch
				if first, ok := slices.BinarySearch(n.numbers[p.lo:p.hi], n.numbers[i]); ok {
					show(p.lo + int32(first))
				}
				show(i)
			}
		}
		for _, i := range s.odd {
			show(from + i)
		}
		for _, r := range s.gone {
			gone := rec.trackers[r.home].gone
			gone[r.record.Item.ID.Native] = true
			gone[model.KeyFold(r.record.Item.Key)] = true
			for _, alias := range r.record.Item.Aliases {
				gone[model.KeyFold(alias)] = true
			}
		}
	}
	for si := range shelves {
		for _, i := range shelves[si].aliased { // the first item that had a key before keeps it
			i += int32(shelves[si].from)
			former := n.former[rec.rows[i].home]
			for _, alias := range rec.records[i].Item.Aliases {
				if _, taken := former[model.KeyFold(alias)]; !taken {
					former[model.KeyFold(alias)] = i
				}
			}
		}
	}
	n.index()
	rec.counts = counts
}

// makeNodes makes the nodes of the dated rows, and tells of the trackers.
func (rec *reconciler) makeNodes() {
	g := rec.g
	g.Items, g.Records = make([]model.Node, len(rec.rows)), rec.records
	teams := make([]model.Word, len(rec.teams))
	for i, name := range rec.teams {
		teams[i] = model.WordOf(name)
	}
	inParts(len(rec.rows), func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			row := &rec.rows[i]
			g.Items[i] = model.Node{
				Item: &rec.records[i].Item, State: row.state, Team: teams[row.team], Rank: row.rank, Blocked: -1, Twin: int32(i), Stale: row.has&stale != 0,
			}
		}
	})
	for i := range rec.trackers {
		t := &rec.trackers[i]
		g.Trackers = append(g.Trackers, model.TrackerState{Name: t.Name, Type: t.Type, LastSync: t.LastSync, Fresh: t.fresh, Items: rec.counts[i]})
	}
}

// byNative finds an item of a tracker by its immutable id. The key it was last
// seen with leads there nearly always.
func (rec *reconciler) byNative(at int32, native string, k key) (int32, bool) {
	if i, ok := rec.names.find(at, k); ok && rec.natives[i] == native {
		return i, true
	}
	i, ok := rec.trackers[at].native()[native]
	return i, ok
}

// indexNatives maps the immutable ids of a tracker's items to them.
func (rec *reconciler) indexNatives(at int32) map[string]int32 {
	index := map[string]int32{}
	for i, native := range rec.natives {
		if rec.rows[i].home == at {
			index[native] = int32(i)
		}
	}
	return index
}

// supersedes decides which of two items that show the same key has it: the one
// read last.
func supersedes(a, b *model.Record) bool {
	if c := cmp.Compare(a.Confirmed, b.Confirmed); c != 0 {
		return c > 0
	}
	if c := cmp.Compare(a.Item.Updated, b.Item.Updated); c != 0 {
		return c > 0
	}
	return a.Item.ID.Compare(b.Item.ID) < 0
}

// priorityRanks maps the words of each tracker to ranks: those of the rules, and
// what the tracker's own order makes of its other words.
func (rec *reconciler) priorityRanks() []map[string]int16 {
	ruled := map[string]int16{}
	for i, p := range rec.rules.Priorities {
		for _, word := range append([]string{p.Name}, p.Words...) {
			if _, taken := ruled[strings.ToLower(word)]; !taken {
				ruled[strings.ToLower(word)] = int16(i) + 1
			}
		}
	}
	ranks := make([]map[string]int16, len(rec.trackers))
	for i := range rec.trackers {
		ranks[i] = siteRanks(ruled, rec.trackers[i].Site.Priorities, len(rec.rules.Priorities))
	}
	return ranks
}

// rankOf is the rank of a tracker's word for a priority, 0 for none.
func (s *surveyor) rankOf(tracker int32, word model.Word) int16 {
	if word.IsZero() {
		return 0
	}
	ranks := s.ranks[tracker]
	rank, met := ranks[word]
	if !met {
		rank = s.words[tracker][strings.ToLower(word.String())]
		ranks[word] = rank
	}
	return rank
}

// siteRanks adds a site's words, given in its order, to those that have one of n
// ranks. A word has the rank of the next more urgent one that has any, else of
// the next less urgent one; if none of the site's has, they are spread evenly.
func siteRanks(ruled map[string]int16, order []string, n int) map[string]int16 {
	known := func(word string) bool { return ruled[strings.ToLower(word)] > 0 }
	if n == 0 || !slices.ContainsFunc(order, func(word string) bool { return !known(word) }) {
		return ruled
	}
	ranks := maps.Clone(ruled)
	first := slices.IndexFunc(order, known)
	for i, word := range order {
		switch {
		case known(word):
		case first < 0:
			ranks[strings.ToLower(word)] = int16(i*n/len(order)) + 1
		case i < first:
			ranks[strings.ToLower(word)] = ruled[strings.ToLower(order[first])]
		default:
			ranks[strings.ToLower(word)] = ranks[strings.ToLower(order[i-1])]
		}
	}
	return ranks
}
