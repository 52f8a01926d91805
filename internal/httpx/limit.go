package httpx

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits without a time are waited for at least so long, doubled while they persist.
const (
	// GitHub: "wait for at least one minute", then "an exponentially increasing amount of time".
	secondaryPause = time.Minute
	// Gateways in front of Jira Cloud answer 429 without Retry-After.
	unknownPause = 5 * time.Second
	longestPause = time.Hour
)

// absurd bounds what a tracker may ask for, so that no arithmetic overflows.
const absurd = 365 * 24 * time.Hour

// limit is what one answer asks for.
type limit struct {
	until   time.Time     // no request before; zero if not told
	pause   time.Duration // at least so long where until is not told
	refused bool          // the request itself was turned away
	route   bool          // concerns the request's route only
	reason  string
}

// limitOf reads what an answer says of limits, as the trackers document it:
//
//   - Retry-After on any status, in seconds or as a date, is a minimum. Zero
//     means nothing: Jira Data Center sends it on every success.
//   - X-RateLimit-Remaining: 0 with X-RateLimit-Reset in epoch seconds is
//     GitHub's primary limit, on the last success as on the refusal (403, 429).
//   - X-RateLimit-Reset as an ISO date comes with Jira Cloud's 429 only.
//     RateLimit-Reason tells a quota, which stops everything, from a burst,
//     which is counted by endpoint.
//   - A GitHub secondary limit says so in its text (403, 429, and 200 for GraphQL).
func limitOf(code int, h http.Header, body []byte, now time.Time) limit {
	clock := trackerClock{now: now}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		clock.ahead = now.Sub(date)
	}
	retry := clock.retryAfter(h.Get("Retry-After"))
	exhausted := clock.epoch(h.Get("X-RateLimit-Reset"))
	if h.Get("X-RateLimit-Remaining") != "0" {
		exhausted = time.Time{}
	}
	l := limit{until: later(retry, exhausted), reason: reasonOf(h)}

	switch code {
	case http.StatusTooManyRequests:
		l.refused, l.pause = true, unknownPause
		l.route = strings.Contains(l.reason, "burst")
		if reset := clock.iso(h.Get("X-RateLimit-Reset")); !l.route || retry.IsZero() {
			l.until = later(l.until, reset)
		}
		if secondary(body) {
			l.pause = secondaryPause
		}
	case http.StatusForbidden:
		if l.refused = !l.until.IsZero() || secondary(body); l.refused {
			l.pause = secondaryPause
		}
	case http.StatusServiceUnavailable:
		l.refused = !retry.IsZero()
	case http.StatusOK:
		if l.refused = refusedGraphQL(body); l.refused {
			l.pause = secondaryPause
		}
	}
	return l
}

// reasonOf is the tracker's name for the limit, as far as it is a plain word.
func reasonOf(h http.Header) string {
	r := strings.ToLower(h.Get("RateLimit-Reason"))
	if len(r) > 64 || strings.Trim(r, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return ""
	}
	return r
}

// secondary reports whether a refusal names GitHub's secondary limits.
func secondary(body []byte) bool {
	text := bytes.ToLower(body[:min(len(body), 4<<10)])
	return bytes.Contains(text, []byte("secondary rate limit")) || bytes.Contains(text, []byte("secondary-rate-limit"))
}

// refusedGraphQL reports whether an answer with status 200 is GraphQL's way to
// say that a limit is reached. Texts of items that speak of limits do not make
// one: they are inside data.
func refusedGraphQL(body []byte) bool {
	if len(body) > 4<<10 || !bytes.Contains(body, []byte(`"errors"`)) {
		return false
	}
	var doc struct {
		Data   any `json:"data"`
		Errors []struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &doc) != nil || doc.Data != nil {
		return false
	}
	for _, e := range doc.Errors {
		if e.Type == "RATE_LIMITED" || e.Type == "RATE_LIMIT" || secondary([]byte(e.Message)) {
			return true
		}
	}
	return false
}

// trackerClock turns times of the tracker's clock into ours, which may differ:
// its Date header tells by how much. Times that have passed are zero.
type trackerClock struct {
	now   time.Time
	ahead time.Duration // of ours before theirs
}

func (c trackerClock) at(t time.Time) time.Time {
	wait := min(t.Add(c.ahead).Sub(c.now), absurd)
	if wait <= 0 {
		return time.Time{}
	}
	return c.now.Add(wait)
}

func (c trackerClock) retryAfter(v string) time.Time {
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if s > 0 {
			return c.now.Add(time.Duration(min(s, absurd.Seconds()) * float64(time.Second)))
		}
		return time.Time{}
	}
	if t, err := http.ParseTime(v); err == nil {
		return c.at(t)
	}
	return time.Time{}
}

func (c trackerClock) epoch(v string) time.Time {
	s, err := strconv.ParseInt(v, 10, 64)
	if err != nil || s <= 0 {
		return time.Time{}
	}
	return c.at(time.Unix(min(s, 1<<40), 0))
}

func (c trackerClock) iso(v string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, v); err == nil {
			return c.at(t)
		}
	}
	return time.Time{}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
