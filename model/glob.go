package model

import (
	"strings"
	"unicode/utf8"
)

// Glob reports whether s matches pattern, without regard to case: * matches any
// run of characters but "/", ? any one but "/", everything else itself. It takes
// time proportional to the product of the lengths at worst.
func Glob(pattern, s string) bool {
	pattern, s = strings.ToLower(pattern), strings.ToLower(s)
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		_, width := utf8.DecodeRuneInString(s[i:])
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == '?' && s[i] != '/':
			p++
			i += width
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0 && s[mark] != '/':
			_, width = utf8.DecodeRuneInString(s[mark:])
			mark += width
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
