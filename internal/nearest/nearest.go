// Package nearest finds the name that was probably meant by one that does not exist.
package nearest

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Names returns up to n candidates that may have been meant, the nearest first:
// those within a few edits, compared without case.
func Names(want string, candidates iter.Seq[string], n int) []string {
	type near struct {
		name     string
		distance int
	}
	const longest = 100
	if len(want) > longest {
		return nil
	}
	want = strings.ToLower(want)
	limit := min(3, 1+len(want)/4)
	var found []near
	for c := range candidates {
		if d := len(c) - len(want); d > limit || -d > limit {
			continue
		}
		if d := distance(want, strings.ToLower(c), limit); d <= limit {
			found = append(found, near{c, d})
		}
	}
	slices.SortFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var names []string
	for _, f := range found[:min(n, len(found))] {
		names = append(names, f.name)
	}
	return names
}

// distance counts the bytes to insert, delete or replace to make b of a; it
// gives up beyond limit.
func distance(a, b string, limit int) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
			least = min(least, cost)
		}
		if least > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}
