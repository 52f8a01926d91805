package httpx

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// gate holds requests back while a limit lasts: all of them, or those of one route.
type gate struct {
	mu   sync.Mutex
	shut map[string]closure // by route; "" for all
}

// closure is the last limit that was set.
type closure struct {
	until  time.Time
	code   int
	reason string
	// streak counts refusals in a row that did not tell a time.
	streak int
}

// note learns from one answer to a request sent at sent, and reports whether it
// was a refusal.
func (g *gate) note(route string, sent time.Time, code int, h http.Header, body []byte) bool {
	now := time.Now()
	l := limitOf(code, h, body, now)
	scope := ""
	if l.route {
		scope = route
	}

	g.mu.Lock()
	defer g.mu.Unlock()
	if !l.refused {
		g.calm("")
		g.calm(route)
	}
	c := g.shut[scope]
	if l.refused && l.until.IsZero() {
		// Requests in flight together are refused together: that is one refusal.
		if c.streak == 0 || !sent.Before(c.until) {
			c.streak++
		}
		l.until = now.Add(min(l.pause<<min(c.streak-1, 10), longestPause))
	}
	if l.until.After(c.until) {
		c.until, c.code, c.reason = l.until, code, l.reason
	}
	if !c.until.IsZero() {
		g.shut[scope] = c
	}
	return l.refused
}

// calm ends a streak. g.mu is held.
func (g *gate) calm(scope string) {
	if c, ok := g.shut[scope]; ok {
		c.streak = 0
		g.shut[scope] = c
	}
}

// last is the closure that holds the route longest.
func (g *gate) last(route string) closure {
	g.mu.Lock()
	defer g.mu.Unlock()
	all, own := g.shut[""], g.shut[route]
	if own.until.After(all.until) {
		return own
	}
	return all
}

func (g *gate) open(route string) bool { return !time.Now().Before(g.last(route).until) }

func (g *gate) limit(route string) error {
	c := g.last(route)
	return &LimitError{Until: c.until, Code: c.code, Reason: c.reason}
}

// wait returns when the gate is open for the route, or at once with a
// *LimitError when that will be after the deadline.
func (g *gate) wait(ctx context.Context, route string, deadline time.Time) error {
	for {
		until := g.last(route).until
		pause := time.Until(until)
		if pause <= 0 {
			return context.Cause(ctx)
		}
		if until.After(deadline) {
			return g.limit(route)
		}
		// Waiting is a minimum: some more keeps the clients of a tracker apart.
		spread := rand.N(min(pause/10, 5*time.Second) + time.Millisecond)
		if err := sleep(ctx, pause+spread); err != nil {
			return err
		}
	}
}
