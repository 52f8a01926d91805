package model

import (
	"cmp"
	"slices"
)

// SplitKey parts a key before its number: PAY-12 into PAY and 12, acme/api#45
// into acme/api and 45. A key without a number is a project of its own.
func SplitKey(key string) (project string, number int64) {
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

// CompareRecords orders records as people do their keys: by tracker, project
// and number, PAY-2 before PAY-10, then by ID.
func CompareRecords(a, b *Record) int {
	if a.Item.ID.Tracker != b.Item.ID.Tracker {
		return a.Item.ID.Tracker.Compare(b.Item.ID.Tracker)
	}
	p, m := SplitKey(a.Item.Key)
	q, n := SplitKey(b.Item.Key)
	if p != q {
		return cmp.Compare(p, q)
	}
	if m != n {
		return cmp.Compare(m, n)
	}
	return a.Item.ID.Compare(b.Item.ID)
}

// SortRecords sorts records by CompareRecords. It is quick when little changed
// since they were last sorted.
func SortRecords(records []*Record) {
	if slices.IsSortedFunc(records, CompareRecords) {
		return
	}
	type keyed struct {
		project string
		number  int64
		record  *Record
	}
	list := make([]keyed, len(records))
	for i, r := range records {
		project, number := SplitKey(r.Item.Key)
		list[i] = keyed{project, number, r}
	}
	slices.SortFunc(list, func(a, b keyed) int {
		if c := a.record.Item.ID.Tracker.Compare(b.record.Item.ID.Tracker); c != 0 {
			return c
		}
		if c := cmp.Compare(a.project, b.project); c != 0 {
			return c
		}
		if c := cmp.Compare(a.number, b.number); c != 0 {
			return c
		}
		return a.record.Item.ID.Compare(b.record.Item.ID)
	})
	for i := range list {
		records[i] = list[i].record
	}
}
