package config

import (
	"slices"
	"strings"
)

// unknown says that a word is none of those known, and which one was probably meant.
func unknown(what, word string, known []string) string {
	msg := "unknown " + what + " " + quote(word)
	if near := nearest(word, known); near != "" {
		return msg + ": did you mean " + quote(near) + "?"
	}
	return msg + " " + listed(known)
}

func listed(known []string) string {
	if len(known) == 0 {
		return "(there are none)"
	}
	words := slices.Sorted(slices.Values(known))
	for i, w := range words {
		if q := quote(w); q != `"`+w+`"` {
			words[i] = q
		}
	}
	return "(known: " + strings.Join(words, ", ") + ")"
}

// nearest is the known word the fewest typing errors away: a third of the word
// may be wrong, and one character always; the first in alphabetical order wins a
// tie. If none is near it is the only one the word begins or ends; "" without either.
func nearest(word string, known []string) string {
	const longest = 64 // longer words are no typing errors, and cost time
	if len(word) > longest {
		return ""
	}
	best, bestDistance := "", 0
	for _, k := range slices.Sorted(slices.Values(known)) {
		if len(k) > longest {
			continue
		}
		d := distance(strings.ToLower(word), strings.ToLower(k))
		if d <= max(1, len(k)/3) && d < max(len(word), len(k)) && (best == "" || d < bestDistance) {
			best, bestDistance = k, d
		}
	}
	if best != "" || len(word) < 3 {
		return best
	}
	part := func(k string) bool { return strings.HasPrefix(k, word) || strings.HasSuffix(k, word) }
	i := slices.IndexFunc(known, part)
	if i < 0 || slices.ContainsFunc(known[i+1:], part) {
		return ""
	}
	return known[i]
}

// distance counts the characters to insert, drop, change or swap with their
// neighbour to make one word of the other (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			change := last[j]
			if x[i] != y[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
