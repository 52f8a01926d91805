package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// clip makes a text of a tracker fit to be shown to people: control characters
// become spaces, format characters (which can turn a line around or hide parts
// of it) vanish, and what is longer than n characters is cut.
func clip(s string, n int) string {
	var b strings.Builder
	count := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Cf, r):
			continue
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			r = ' '
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

// link returns the address if it leads to a web page, without credentials, else "".
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	u.User = nil
	return u.String()
}

// span says how long a time is, in the largest unit that still tells something.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 2*day:
		return count(int(d/time.Hour), "hour")
	case d < 1000*day:
		return count(int(d/day), "day")
	}
	return count(int(d/(365*day)), "year")
}

// count is a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// containsFold reports whether s contains a lower-case text, without regard to case.
func containsFold(s, lower string) bool {
	return strings.Contains(s, lower) || strings.Contains(strings.ToLower(s), lower)
}
