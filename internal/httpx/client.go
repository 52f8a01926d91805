package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// attempts is how often one call is tried when the network or the server fails.
const attempts = 4

// NewClient makes a client that speaks to o.Base and nobody else.
//
// A call waits for a free place, for the rate and for whatever limit the
// tracker set, in all cases no longer than its context lives. Calls that may be
// repeated (GET, HEAD, and POST with [WithReadOnly] and GetBody) are sent again
// after network errors (but a certificate that is not trusted), cut bodies, timeouts and status 500, 502, 503 and 504,
// up to four attempts; the last answer is then returned as it is. Calls the
// tracker refused for a limit are sent again when it has passed, as often as
// Patience allows, and never come back as an answer but as a *LimitError.
//
// Answers are read whole before they are returned, so reading a body never
// fails. An answer with status 2xx other than 204 is JSON.
//
// Redirects within o.Base are followed, ten at most, when they keep the method;
// one that would turn a POST into a GET is returned as the answer.
//
// Errors that branch: *HostError, *LimitError, *BodyError, *TypeError, what
// Authorize returned, and context errors. As with every http.Client they come
// inside a *url.Error that quotes the whole address: see [Redact].
func NewClient(o Options) *http.Client {
	if o.Concurrency <= 0 {
		o.Concurrency = 4
	}
	if o.Rate <= 0 {
		o.Rate = 20
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 64 << 20
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.Patience <= 0 {
		o.Patience = 2 * time.Minute
	}
	if o.Observe == nil {
		o.Observe = func(Attempt) {}
	}
	if o.Next == nil {
		o.Next = http.DefaultTransport
		if d, ok := http.DefaultTransport.(*http.Transport); ok {
			d = d.Clone()
			d.MaxIdleConnsPerHost = o.Concurrency // the default of 2 would reconnect for every other request
			o.Next = d
		}
	}
	t := &transport{
		Options: o,
		origin:  origin(o.Base),
		slots:   make(chan struct{}, o.Concurrency),
		pace:    rate.NewLimiter(rate.Limit(o.Rate), max(1, int(o.Rate))),
		gate:    gate{shut: map[string]closure{}},
	}
	return &http.Client{Transport: t, CheckRedirect: t.redirect}
}

// transport is the chain: every attempt, redirects included, passes RoundTrip.
type transport struct {
	Options
	origin string
	slots  chan struct{}
	pace   *rate.Limiter
	gate   gate
	usual  atomic.Int64 // bytes of the longest answer so far
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the transport beneath.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.Next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip sends one request until it has its final answer.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }() // also when nothing was sent
	}
	if err := t.pinned(req.URL); err != nil {
		return nil, err
	}
	ctx, route, deadline := req.Context(), routeOf(req), time.Now().Add(t.Patience)
	body := req.Body
	for failures := 0; ; {
		if err := t.enter(ctx, route, deadline); err != nil {
			return nil, err
		}
		resp, refused, err := t.attempt(req, body, route)
		<-t.slots

		var final *finalError
		var distrust *tls.CertificateVerificationError
		switch {
		case errors.As(err, &final):
			return nil, final.err
		case errors.As(err, &distrust): // another attempt meets the same certificate
			return nil, err
		case err != nil && ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case refused:
			if !repeatable(req) {
				return nil, t.gate.limit(route)
			}
			// The gate is shut now: entering again waits for it, or gives up.
		case err == nil && !troubled(resp.StatusCode):
			return resp, nil
		default:
			failures++
			pause := time.Second << (failures - 1)
			pause = pause/2 + rand.N(pause)
			if failures == attempts || !repeatable(req) || time.Now().Add(pause).After(deadline) {
				return resp, err
			}
			if err := sleep(ctx, pause); err != nil {
				return nil, err
			}
		}
		if req.GetBody != nil {
			if body, err = req.GetBody(); err != nil {
				return nil, fmt.Errorf("rewind body: %w", err)
			}
		}
	}
}

// enter waits until a request of the route may be sent and takes its place in
// t.slots. It gives up at once when a limit ends after the deadline.
func (t *transport) enter(ctx context.Context, route string, deadline time.Time) error {
	for {
		if err := t.gate.wait(ctx, route, deadline); err != nil {
			return err
		}
		select {
		case t.slots <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		turn := t.pace.Reserve()
		if err := sleep(ctx, turn.Delay()); err != nil {
			turn.Cancel()
			<-t.slots
			return err
		}
		// Another answer may have shut the gate while this call waited for its turn.
		if t.gate.open(route) {
			return nil
		}
		turn.Cancel()
		<-t.slots
	}
}

// attempt sends the request once and reads the answer whole. refused tells that
// the answer only says to come back later; the gate knows when.
func (t *transport) attempt(req *http.Request, body io.ReadCloser, route string) (resp *http.Response, refused bool, err error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.Timeout)
	defer cancel()

	out := req.Clone(ctx)
	out.Body, out.Host = body, ""
	if t.UserAgent != "" {
		out.Header.Set("User-Agent", t.UserAgent)
	}
	if t.Authorize != nil {
		if err := t.Authorize(out); err != nil {
			return nil, false, &finalError{fmt.Errorf("authorize request: %w", err)}
		}
	}

	sent := time.Now()
	seen := Attempt{Route: route}
	defer func() {
		seen.Took = time.Since(sent)
		t.Observe(seen)
	}()
	resp, err = t.Next.RoundTrip(out)
	if err != nil {
		return nil, false, t.timedOut(ctx, err)
	}
	resp.Request = req // the attempt's own carries the credentials
	seen.Header = resp.Header
	content, err := readBody(resp, t.MaxBody, t.usual.Load(), t.Buffers)
	if n := int64(len(content)); n > t.usual.Load() {
		t.usual.Store(n)
	}
	seen.Bytes = int64(len(content))
	if err != nil {
		return nil, false, t.timedOut(ctx, err)
	}
	seen.Code = resp.StatusCode

	refused = t.gate.note(route, sent, resp.StatusCode, resp.Header, content)
	if !refused {
		err = checkType(resp)
	}
	if err != nil {
		return nil, false, err
	}
	return resp, refused, nil
}

// timedOut says in plain words that the attempt, not the call, ran out of time.
func (t *transport) timedOut(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return timeoutError{t.Timeout}
	}
	return err
}

// timeoutError is a deadline that net/http recognises as a time-out.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string { return fmt.Sprintf("no whole answer within %s", e.after) }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Unwrap() error   { return context.DeadlineExceeded }

// finalError marks an error that no repetition can cure.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }

// troubled reports statuses that another attempt may cure.
func troubled(code int) bool {
	switch code {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// repeatable reports whether the request may be sent twice.
func repeatable(req *http.Request) bool {
	if req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return false
	}
	switch req.Method {
	case "", http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
		return req.Context().Value(readOnlyKey{}) != nil
	}
	return false
}

func routeOf(req *http.Request) string {
	if route, ok := req.Context().Value(routeKey{}).(string); ok {
		return route
	}
	if req.Method == "" {
		return http.MethodGet
	}
	return req.Method
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
