package reconcile

import "github.com/waitgraph/waitgraph/model"

// labelGlobs number the label globs of ownership rules, programs and skills. Rules about
// labels are many and most labels are of many items, so which globs a label
// matches is worked out once for each label, not for each item.
type labelGlobs struct {
	globs   []string // those of ownership rules first
	owners  int      // how many of them are of ownership rules
	numbers map[string]int32
}

func newLabelGlobs(r *model.Rules) *labelGlobs {
	g := &labelGlobs{numbers: map[string]int32{}}
	add := func(matchers []model.Matcher) {
		for i := range matchers {
			glob := matchers[i].Label
			if _, known := g.numbers[glob]; glob != "" && !known {
				g.numbers[glob] = int32(len(g.globs))
				g.globs = append(g.globs, glob)
			}
		}
	}
	for i := range r.Teams {
		add(r.Teams[i].Owns)
	}
	g.owners = len(g.globs)
	for i := range r.Programs {
		add(r.Programs[i].Select)
	}
	for i := range r.Skills {
		add(r.Skills[i].Match)
	}
	return g
}

// number is that of a matcher's label glob, -1 if it has none.
func (g *labelGlobs) number(m *model.Matcher) int32 {
	if m.Label == "" {
		return -1
	}
	return g.numbers[m.Label]
}

// labels tell which label globs match one item after the other.
type labels struct {
	*labelGlobs
	known map[string][]uint64 // label -> bitmap of the globs that match it, nil for none
	item  []uint64            // the same of the item read last
	none  bool
}

// mostLabels bounds what is remembered of labels that no two items share.
const mostLabels = 1 << 16

func newLabels(g *labelGlobs) *labels {
	return &labels{labelGlobs: g, known: map[string][]uint64{}, item: make([]uint64, (len(g.globs)+63)/64), none: true}
}

// read takes the labels of the next item.
func (l *labels) read(labels []string) {
	if !l.none {
		clear(l.item)
		l.none = true
	}
	if len(l.globs) == 0 {
		return
	}
	for _, label := range labels {
		set, known := l.known[label]
		if !known {
			set = l.learn(label)
		}
		for w := range set {
			l.item[w] |= set[w]
			l.none = false
		}
	}
}

func (l *labels) learn(label string) (set []uint64) {
	for n, glob := range l.globs {
		if model.Glob(glob, label) {
			if set == nil {
				set = make([]uint64, len(l.item))
			}
			set[n/64] |= 1 << (n % 64)
		}
	}
	if len(l.known) >= mostLabels {
		clear(l.known)
	}
	l.known[label] = set
	return set
}

// own tells whether a label of the item matches a glob of an ownership rule.
func (l *labels) own() bool {
	if l.none {
		return false
	}
	for w := range l.item[:l.owners/64] {
		if l.item[w] != 0 {
			return true
		}
	}
	rest := l.owners % 64
	return rest > 0 && l.item[l.owners/64]<<(64-rest) != 0
}

// match tells whether a label of the item matches the glob of that number;
// without a glob (-1) it does.
func (l *labels) match(glob int32) bool {
	return glob < 0 || !l.none && l.item[glob/64]>>(glob%64)&1 != 0
}
