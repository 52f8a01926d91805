// Package hostile makes what came from a tracker fit to be shown to people: its
// texts may hold anything, its addresses lead anywhere.
package hostile

import (
	"net/url"
	"strings"
	"unicode"
)

// Clip makes a text of a tracker fit to be shown to people: control characters
// become spaces, format characters (which can turn a line around or hide parts
// of it) vanish, and what is longer than n characters is cut. Marks that pile up
// on one letter beyond a few are dropped.
func Clip(s string, n int) string {
	if plain(s) && len(s) <= n {
		return strings.TrimSpace(s)
	}
	const mostMarks = 4
	var b strings.Builder
	count, marks := 0, 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Cf, r):
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks > mostMarks {
				continue
			}
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			r, marks = ' ', 0
		default:
			marks = 0
		}
		if count == n {
			b.WriteRune('…')
			break
		}
		count++
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// plain reports whether a text is printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Link returns the address if it leads to a web page, without credentials, else "".
func Link(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	u.User = nil
	return u.String()
}
