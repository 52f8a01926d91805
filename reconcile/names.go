package reconcile

import (
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// names lead from keys to items. Items stand in the order of their keys, so
// those of one project are a run in which a number is searched; only keys that
// are no project and number, former keys and keys that several items show are
// kept in maps.
type names struct {
	trackers map[string]int32     // by name
	homes    map[model.Word]int32 // the same
	projects map[string]*project  // by folded name
	numbers  []int64              // of the items, 0 where the key has none
	buckets  []int32              // see place
	odd      []map[string]int32   // by tracker: folded key -> item
	former   []map[string]int32   // by tracker: folded former key -> item
}

// project is a container of items: what each tracker has under one folded name.
type project struct{ in []place }

// place is a project in one tracker.
type place struct {
	lo, hi int32  // the run of its items
	spelt  string // as the keys of the run spell it
	// The numbers of the run, from first to last, are dealt out to about as many
	// buckets as there are items, 1<<shift each: those of bucket n are the items
	// from names.buckets[at+n] to names.buckets[at+n+1].
	first, last int64
	shift       uint8
	at          int32
	known       bool   // a key in it is a reference
	now         string // the folded present name, when this one is a former name
	closed      bool   // configured, but cannot be read
}

// key is a name as found, read once.
type key struct {
	text    string
	project *project // nil when no tracker has it
	number  int64    // 0: no project and number in the usual form
}

func newNames(trackers []tracker) *names {
	n := &names{
		trackers: make(map[string]int32, len(trackers)), homes: make(map[model.Word]int32, len(trackers)), projects: map[string]*project{},
		odd: make([]map[string]int32, len(trackers)), former: make([]map[string]int32, len(trackers)),
	}
	for i := range trackers {
		n.trackers[trackers[i].Name], n.homes[trackers[i].word] = int32(i), int32(i)
		n.odd[i], n.former[i] = map[string]int32{}, map[string]int32{}
	}
	return n
}

// place finds a project of a tracker by its name in any spelling, or makes it.
func (n *names) place(at int32, name string) *place {
	folded := model.KeyFold(name)
	p := n.projects[folded]
	if p == nil {
		p = &project{in: make([]place, len(n.odd))}
		n.projects[folded] = p
	}
	return &p.in[at]
}

// know notes that keys of a project are references, and which project it is now.
func (n *names) know(at int32, name, now string) {
	p := n.place(at, name)
	if p.known, p.now = true, model.KeyFold(now); p.now == model.KeyFold(name) {
		p.now = ""
	}
}

func isRepository(project string) bool {
	return strings.IndexByte(project, '/') >= 0 || strings.IndexByte(project, '#') >= 0
}

// reader reads keys, remembering the projects it met.
type reader struct {
	*names
	met map[string]met // by name as spelt
}

type met struct {
	*project
	separator byte // before the number
}

func newReader(n *names) reader { return reader{n, map[string]met{}} }

// read parts a key into project and number if it has the usual form, in which
// two keys are the same if these are; else the number is 0.
func (r *reader) read(text string) key {
	name, number := model.SplitKey(text)
	p, ok := r.met[name]
	if !ok {
		p = met{r.projects[model.KeyFold(name)], '-'}
		if isRepository(name) {
			p.separator = '#'
		}
		r.met[name] = p
	}
	if number != 0 && (text[len(name)] != p.separator || text[len(name)+1] == '0') {
		number = 0
	}
	return key{text, p.project, number}
}

// in is the project of a key in one tracker, nil when nobody has it.
func (k key) in(at int32) *place {
	if k.project == nil {
		return nil
	}
	return &k.project.in[at]
}

// find leads from a key to the item of a tracker that shows it, else to the one
// that once did.
func (n *names) find(at int32, k key) (int32, bool) {
	odd, former := n.odd[at], n.former[at]
	folded := ""
	if len(odd) > 0 || len(former) > 0 || k.number == 0 {
		folded = model.KeyFold(k.text)
		if i, ok := odd[folded]; ok {
			return i, true
		}
	}
	if p := k.in(at); p != nil && k.number > 0 {
		if i, ok := n.numbered(p, k.number); ok {
			return i, true
		}
	}
	i, ok := former[folded]
	return i, ok
}

// index makes the buckets of all runs.
func (n *names) index() {
	var places []*place
	total := 0
	for _, p := range n.projects {
		for i := range p.in {
			p := &p.in[i]
			if p.lo == p.hi {
				continue
			}
			p.first, p.last, p.at = n.numbers[p.lo], n.numbers[p.hi-1], int32(total)
			for p.shift = 0; (p.last-p.first)>>p.shift > int64(p.hi-p.lo); p.shift++ {
			}
			places = append(places, p)
			total += int((p.last-p.first)>>p.shift) + 2
		}
	}
	n.buckets = make([]int32, total)
	inParts(len(places), func(_, lo, hi int) {
		for _, p := range places[lo:hi] {
			next := p.at
			for i := p.lo; i < p.hi; i++ {
				for b, _ := p.bucket(n.numbers[i]); next <= b; next++ {
					n.buckets[next] = i
				}
			}
			n.buckets[next] = p.hi
		}
	})
}

// bucket is where in names.buckets that of a number is.
func (p *place) bucket(number int64) (at int32, ok bool) {
	if number < p.first || number > p.last || p.lo == p.hi {
		return 0, false
	}
	return p.at + int32((number-p.first)>>p.shift), true
}

// numbered finds the first item of a run that has a number.
func (n *names) numbered(p *place, number int64) (int32, bool) {
	at, ok := p.bucket(number)
	if !ok {
		return -1, false
	}
	lo, hi := n.buckets[at], n.buckets[at+1]
	i, ok := slices.BinarySearch(n.numbers[lo:hi], number)
	return lo + int32(i), ok
}

// lookup is find with keys as people and trackers give them.
func (n *names) lookup(tracker, text string) (int32, bool) {
	at, ok := n.trackers[tracker]
	if !ok {
		return -1, false
	}
	r := newReader(n)
	return n.find(at, r.read(text))
}
