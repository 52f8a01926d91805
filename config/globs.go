package config

import (
	"slices"
	"strings"
)

// pattern is a glob in lower case, as it is compared.
type pattern []rune

func newPattern(glob string) pattern { return pattern(strings.ToLower(glob)) }

// apart tells at a glance that no text matches both: their beginnings differ.
func (p pattern) apart(q pattern) bool {
	for i := range min(len(p), len(q)) {
		if wild(p[i]) || wild(q[i]) {
			return false
		}
		if p[i] != q[i] {
			return true
		}
	}
	return false
}

func wild(r rune) bool { return r == '*' || r == '?' }

// covers tells whether every text q matches is one that p matches. It may miss
// that where several stars make up for each other.
func (p pattern) covers(q pattern) bool {
	if p.apart(q) {
		return false
	}
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(q) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && q[j] != '*' && (p[i] == q[j] || p[i] == '?' && q[j] != '/'):
			i++
			j++
		case star >= 0 && q[mark] != '/':
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// meet gives a text that both match, if there is one.
func (p pattern) meet(q pattern) (text string, ok bool) {
	if p.apart(q) {
		return "", false
	}
	tried := make([]bool, (len(p)+1)*(len(q)+1))
	var common []rune // from its end
	var from func(i, j int) bool
	step := func(r rune, i, j int) bool {
		if !from(i, j) {
			return false
		}
		if r == '?' {
			r = 'x'
		}
		common = append(common, r)
		return true
	}
	from = func(i, j int) bool {
		if at := i*(len(q)+1) + j; tried[at] {
			return false
		} else {
			tried[at] = true
		}
		starP, starQ := i < len(p) && p[i] == '*', j < len(q) && q[j] == '*'
		switch {
		case i == len(p) && j == len(q):
			return true
		case starP && from(i+1, j), starQ && from(i, j+1):
			return true
		case starP && !starQ && j < len(q) && q[j] != '/':
			return step(q[j], i, j+1)
		case starQ && !starP && i < len(p) && p[i] != '/':
			return step(p[i], i+1, j)
		case starP || starQ || i == len(p) || j == len(q):
			return false
		case p[i] == q[j], p[i] == '?' && q[j] != '/':
			return step(q[j], i+1, j+1)
		case q[j] == '?' && p[i] != '/':
			return step(p[i], i+1, j+1)
		}
		return false
	}
	if !from(0, 0) {
		return "", false
	}
	slices.Reverse(common)
	return string(common), true
}
