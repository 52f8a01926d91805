package web

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// comparison is the order a table has by a column, of no two rows the same; nil
// for the order of the list itself.
func (t *table) comparison(c *call, sorted string) func(a, b int) int {
	name, descending := strings.CutPrefix(sorted, "-")
	i := slices.IndexFunc(t.columns, func(col column) bool { return col.name == name && col.compare != nil })
	if i < 0 {
		return nil
	}
	compare, blank := t.columns[i].compare(c), func(int) bool { return false }
	if t.columns[i].blank != nil {
		blank = t.columns[i].blank(c)
	}
	return func(a, b int) int {
		switch x, y := blank(a), blank(b); {
		case x != y:
			return compareBool(x, y)
		case x: // there is nothing to compare
		case descending:
			return cmp.Or(compare(b, a), cmp.Compare(a, b))
		default:
			return cmp.Or(compare(a, b), cmp.Compare(a, b))
		}
		return cmp.Compare(a, b)
	}
}

// window is what a page shows of a list: of the rows asked for, in the order of the
// column, at most so many from a place on; and how many there are in all.
func (t *table) window(c *call, rs *rows, sorted string, from, most int) (picked []int, total int) {
	compare := t.comparison(c, sorted)
	if compare != nil && from+most <= rs.n/8 { // few of many: no need to sort them all
		f := firsts{most: from + most, compare: compare}
		for i := range rs.n {
			if rs.match == nil || rs.match(i) {
				f.add(i)
				total++
			}
		}
		all := f.sorted()
		return all[min(from, len(all)):], total
	}
	order := []int32(nil)
	if compare != nil {
		order = c.digest().order(t.path+"/"+sorted, t.whole(c, rs.n), compare)
	}
	for k := range max(rs.n, len(order)) {
		i := k
		if order != nil {
			i = int(order[k])
		}
		if i >= rs.n || rs.match != nil && !rs.match(i) {
			continue
		}
		if total >= from && len(picked) < most {
			picked = append(picked, i)
		}
		total++
	}
	return picked, total
}

// whole is how long a list of n rows is without filters that cut it off by number.
func (t *table) whole(c *call, n int) int {
	if t.path == "blockers" {
		return len(c.Blockers)
	}
	return n
}

// firsts keeps those that come first of many.
type firsts struct {
	most    int
	compare func(a, b int) int // of no two the same
	kept    []int              // never more than twice as many
	full    bool               // the first of kept are sorted, and none after them comes in
}

func (f *firsts) add(i int) {
	if f.full && f.compare(i, f.kept[f.most-1]) > 0 {
		return
	}
	if f.kept = append(f.kept, i); len(f.kept) == 2*f.most {
		f.sorted()
	}
}

// sorted are the first of those added, in order.
func (f *firsts) sorted() []int {
	slices.SortFunc(f.kept, f.compare)
	f.kept = f.kept[:min(f.most, len(f.kept))]
	f.full = len(f.kept) == f.most
	return f.kept
}

// order is a named arrangement of n things, made once for a graph.
func (d *digest) order(name string, n int, compare func(a, b int) int) []int32 {
	made, ok := d.orders.Load(name)
	if !ok {
		made, _ = d.orders.LoadOrStore(name, sync.OnceValue(func() []int32 {
			order := make([]int32, n)
			for i := range order {
				order[i] = int32(i)
			}
			slices.SortFunc(order, func(a, b int32) int { return compare(int(a), int(b)) })
			return order
		}))
	}
	return made.(func() []int32)()
}
