// Package httpx is the one HTTP chain under every connector that speaks HTTP:
// authorisation pinned to the configured host, limits, patience, body bounds
// and request observation.
package httpx

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Options shape a client. Zero values take the defaults named beside them.
type Options struct {
	// Base is the address of the tracker, required. A request or redirect to
	// another scheme, host or port is refused before anything is sent.
	Base *url.URL
	// Authorize adds credentials to one attempt; nil means anonymous. It is
	// called for every attempt, so that a rotated secret is used at once.
	Authorize func(*http.Request) error
	UserAgent string
	// Concurrency is the most requests in flight: 4.
	Concurrency int
	// Rate is the most requests per second, with a burst of the same size: 20.
	Rate float64
	// MaxBody is the most bytes of one answer: 64 MiB.
	MaxBody int64
	// Timeout is for one attempt, body included: 1m.
	Timeout time.Duration
	// Patience is the longest a call may wait for limits and retries in all
	// before it fails with a *LimitError: 2m.
	Patience time.Duration
	// Buffers lend memory for bodies; nil means that each body has its own.
	Buffers *Buffers
	// Observe is told of every attempt that ended; may be nil.
	Observe func(Attempt)
	// Next carries requests; nil means a clone of http.DefaultTransport.
	Next http.RoundTripper
}

// Attempt is one finished exchange.
type Attempt struct {
	Route  string
	Code   int // 0: no whole answer
	Took   time.Duration
	Bytes  int64       // of the body read, decompressed
	Header http.Header // of the answer, nil without one
}

// LimitError says that the tracker asked for more patience than there is.
type LimitError struct {
	Until  time.Time // no request before
	Code   int       // of the answer that set the limit
	Reason string    // as the tracker names it, may be empty
}

func (e *LimitError) Error() string {
	s := fmt.Sprintf("limited by status %d: no request before %s", e.Code, e.Until.UTC().Format(time.RFC3339))
	if e.Reason != "" {
		s += " (" + e.Reason + ")"
	}
	return s
}

// HostError is a request or redirect to another host than the configured one.
type HostError struct{ Want, Got string }

func (e *HostError) Error() string {
	return fmt.Sprintf("refused to leave %s for %s", e.Want, e.Got)
}

// BodyError is an answer longer than the bound.
type BodyError struct{ Max int64 }

func (e *BodyError) Error() string { return fmt.Sprintf("body exceeds %d bytes", e.Max) }

// TypeError is an answer of another content type than JSON, such as a login page with status 200.
type TypeError struct {
	Code int
	Type string
}

func (e *TypeError) Error() string {
	return fmt.Sprintf("status %d with content type %q, not JSON", e.Code, e.Type)
}

type (
	routeKey    struct{}
	readOnlyKey struct{}
)

// WithRoute names the route template of the requests made with ctx, for metrics.
func WithRoute(ctx context.Context, route string) context.Context {
	return context.WithValue(ctx, routeKey{}, route)
}

// WithReadOnly tells that a POST made with ctx only reads, so that it may be sent again.
func WithReadOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, readOnlyKey{}, true)
}
