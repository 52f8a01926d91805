package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/waitgraph/waitgraph/internal/hostile"
)

// clip is hostile.Clip.
func clip(s string, n int) string { return hostile.Clip(s, n) }

// link is hostile.Link.
func link(s string) string { return hostile.Link(s) }

// tracked returns the address if it leads to a page of one of the hosts, each
// host[:port][/path] in lower case, else "".
func tracked(s string, hosts []string) string {
	const longest = 1000
	if len(s) > longest {
		return ""
	}
	s = link(s)
	_, rest, _ := strings.Cut(s, "://")
	if rest == "" || !slices.ContainsFunc(hosts, func(host string) bool {
		after, ok := cutPrefixFold(rest, host)
		return host != "" && ok && (after == "" || strings.ContainsRune("/?#", rune(after[0])))
	}) {
		return ""
	}
	return s
}

func cutPrefixFold(s, prefix string) (after string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
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

// daysFrom says how far a day without a zone is from the day of a time, in that
// time's own zone.
func daysFrom(now, day time.Time) string {
	midnight := func(t time.Time) time.Time {
		year, month, date := t.Date()
		return time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	}
	const length = 24 * time.Hour
	switch n := int(midnight(day).Sub(midnight(now)) / length); {
	case n == 0:
		return "today"
	case n == 1:
		return "tomorrow"
	case n == -1:
		return "yesterday"
	case n > 0:
		return "in " + span(max(2*length, time.Duration(n)*length))
	default:
		return span(max(2*length, time.Duration(-n)*length)) + " ago"
	}
}

// group writes a number with its thousands apart.
func group(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count is a number of things.
func count(n int, thing string) string {
	return group(n) + " " + english.PluralWord(n, thing, "")
}

// decimal writes a number without needless digits.
func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// pathEscape escapes one element of a path.
func pathEscape(s string) string { return url.PathEscape(s) }
