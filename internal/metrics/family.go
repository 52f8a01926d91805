package metrics

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// labels are the values of a series' labels in the order of its description.
type labels [3]string

// family is all series of one metric, before they are sent. A series of the
// same labels as another is the same series, whatever tracker text made them
// equal, so that a scrape never holds one twice.
type family struct {
	name  string
	width int // labels in use
	lines int // of one series in a scrape
	// fold gives the labels under which a series beyond the budget is summed up; nil drops it.
	fold   func(labels) labels
	series map[labels]point
}

// point is the value of a series: a number, or a histogram.
type point struct {
	value float64
	ages  *ages
}

func newFamily(name string, width int) *family {
	return &family{name: name, width: width, lines: 1, series: map[labels]point{}}
}

func (f *family) add(v float64, ls ...string) { f.merge(legible(ls), point{value: v}) }
func (f *family) set(v float64, ls ...string) { f.series[legible(ls)] = point{value: v} }

func (f *family) merge(l labels, p point) {
	if old, ok := f.series[l]; ok {
		p = point{old.value + p.value, old.ages.plus(p.ages)}
	}
	f.series[l] = p
}

// keep drops the series the test says no to.
func (f *family) keep(ok func(labels) bool) {
	maps.DeleteFunc(f.series, func(l labels, _ point) bool { return !ok(l) })
}

// trim leaves what fits into room lines: the largest values first and equal
// ones by their labels, so that the choice does not depend on chance. The
// others are summed up under the labels of fold. It returns how many series
// do not appear as themselves.
func (f *family) trim(room int) int {
	room = max(room, 0) / f.lines
	if len(f.series) <= room {
		return 0
	}
	keys := slices.SortedFunc(maps.Keys(f.series), func(a, b labels) int {
		x, y := f.series[a], f.series[b]
		switch {
		case x.weight() > y.weight():
			return -1
		case x.weight() < y.weight():
			return 1
		}
		return slices.Compare(a[:], b[:])
	})
	kept, fold := room, f.fold
	if fold != nil {
		others := map[labels]bool{}
		for _, l := range keys {
			others[fold(l)] = true
		}
		if kept = room - len(others); kept < 0 {
			kept, fold = room, nil
		}
	}
	all := f.series
	f.series = map[labels]point{}
	for i, l := range keys {
		switch {
		case i < kept:
			f.merge(l, all[l])
		case fold != nil:
			f.merge(fold(l), all[l])
		}
	}
	return len(keys) - kept
}

func (p point) weight() float64 {
	if p.ages != nil {
		return float64(p.ages.count)
	}
	return p.value
}

// legible makes label values that Prometheus takes and a person can read: valid
// UTF-8 of bounded length. Nearly all are and stay as they are.
func legible(ls []string) (l labels) {
	const most = 200
	for i, s := range ls {
		if !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s, "\uFFFD")
		}
		if len(s) > most {
			s = strings.ToValidUTF8(s[:most], "") + "…"
		}
		l[i] = s
	}
	return l
}

// ages is a histogram of how long things have lasted.
type ages struct {
	count   uint64
	seconds float64
	buckets []uint64 // not cumulative; the last one has no upper bound
}

func newAges() *ages { return &ages{buckets: make([]uint64, len(ageBuckets())+1)} }

func (a *ages) observe(age time.Duration, bounds []time.Duration) {
	age = max(age, 0)
	i, _ := slices.BinarySearch(bounds, age)
	a.buckets[i]++
	a.count++
	a.seconds += age.Seconds()
}

// plus is the sum of two histograms; nil is an empty one.
func (a *ages) plus(b *ages) *ages {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	sum := &ages{a.count + b.count, a.seconds + b.seconds, slices.Clone(a.buckets)}
	for i, n := range b.buckets {
		sum.buckets[i] += n
	}
	return sum
}

// cumulative is the form Prometheus wants: upper bound in seconds to the count up to it.
func (a *ages) cumulative() map[float64]uint64 {
	n, c := uint64(0), map[float64]uint64{}
	for i, bound := range ageBuckets() {
		n += a.buckets[i]
		c[bound.Seconds()] = n
	}
	return c
}
