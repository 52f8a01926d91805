package metrics

import (
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
	about Metric
	lines int // of one series in a scrape
	// fold gives the labels under which a series beyond the budget is summed up; nil drops it.
	fold   func(labels) labels
	series map[labels]point
}

// point is the value of a series: a number, or the times since when something lasts.
type point struct {
	value float64
	since []time.Time
}

func newFamily(about map[string]Metric, name string) *family {
	return &family{about: about[Prefix+name], lines: 1, series: map[labels]point{}}
}

func (f *family) add(v float64, ls ...string) { f.merge(legible(ls), point{value: v}) }
func (f *family) set(v float64, ls ...string) { f.series[legible(ls)] = point{value: v} }

func (f *family) merge(l labels, p point) {
	if old, ok := f.series[l]; ok {
		p = point{old.value + p.value, append(old.since, p.since...)}
	}
	f.series[l] = p
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

func (p point) weight() float64 { return p.value + float64(len(p.since)) }

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
