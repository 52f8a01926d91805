package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"gitlab.com/gitlab-org/api/client-go/v2"
)

const (
	attempts    = 4 // of one request that the network or the server fails
	inFlight    = 4
	largestBody = 32 << 20
	// patience is how long a request waits for a limit. waitgraph takes a plugin
	// that is silent for a minute for a stuck one; who has to wait longer says so.
	patience = 20 * time.Second
	// unknownPause is kept where GitLab asks for patience without telling a time.
	unknownPause = time.Minute
)

// errNotFound is an issue or project that is not there, or not for this account.
var errNotFound = errors.New("not found")

// client reads from one GitLab and from nowhere else.
type client struct{ api *gitlab.Client }

func newClient(address, token, userAgent string) (*client, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.User != nil {
		return nil, fail("other", "options.url is not an http or https address without credentials")
	}
	t := &transport{next: http.DefaultTransport, slots: make(chan struct{}, inFlight)}
	h := &http.Client{Transport: t, Timeout: 5 * time.Minute, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		// The token is in a header of its own, which net/http would carry to any host.
		if r.URL.Host != base.Host || r.URL.Scheme != base.Scheme || len(via) > 5 {
			return fail("answer", "GitLab redirects to another host")
		}
		return nil
	}}
	api, err := gitlab.NewClient(token, gitlab.WithBaseURL(address), gitlab.WithHTTPClient(h), gitlab.WithoutRetries(), gitlab.WithUserAgent(userAgent))
	if err != nil {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	return &client{api}, nil
}

// token is the credential: from a variable, or from a file that a variable names.
func token(getenv func(string) string) (string, error) {
	if name := getenv("GITLAB_TOKEN_FILE"); name != "" {
		b, err := os.ReadFile(name)
		if err != nil {
			return "", fail("auth", "the token's file cannot be read")
		}
		return strings.TrimSpace(string(b)), nil
	}
	return strings.TrimSpace(getenv("GITLAB_TOKEN")), nil
}

// get reads one answer. options are gitlab's structs of query parameters.
func (c *client) get(ctx context.Context, path string, options, into any) error {
	req, err := c.api.NewRequest(http.MethodGet, path, options, []gitlab.RequestOptionFunc{gitlab.WithContext(ctx)})
	if err != nil {
		return fmt.Errorf("make a request: %w", err)
	}
	_, err = c.api.Do(req, into)
	return explain(path, err)
}

// explain turns an error into what the protocol can say, without anything of the answer's body.
func explain(path string, err error) error {
	var known *failure
	var status *gitlab.ErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.Is(err, gitlab.ErrNotFound):
		return errNotFound
	case errors.As(err, &status) && status.StatusCode == http.StatusUnauthorized:
		return fail("auth", "GitLab refuses the token (status 401)")
	case errors.As(err, &status):
		return &statusError{path, status.StatusCode}
	case isDecoding(err):
		return fail("answer", "%s: the answer is not what it should be", path)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the address
	}
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) {
		err = fmt.Errorf("%w: name the file of the authority that signed it in SSL_CERT_FILE", err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

func isDecoding(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &kind) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// statusError is a status that nothing else explains.
type statusError struct {
	path string
	code int
}

func (e *statusError) Error() string { return fmt.Sprintf("%s: status %d", e.path, e.code) }

// unreadable reports whether an error means that this account may not see something.
func unreadable(err error) bool {
	var status *statusError
	return errors.Is(err, errNotFound) || errors.As(err, &status) && status.code == http.StatusForbidden
}

// transport sends requests again that fail for no fault of theirs, and keeps to
// GitLab's limits: Retry-After, and RateLimit-Reset once nothing remains.
type transport struct {
	next  http.RoundTripper
	slots chan struct{}

	mu    sync.Mutex
	until time.Time // no request before
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	case <-req.Context().Done():
		return nil, context.Cause(req.Context())
	}
	deadline := time.Now().Add(patience)
	for failures := 0; ; {
		if err := t.wait(req.Context(), deadline); err != nil {
			return nil, err
		}
		resp, err := t.attempt(req)
		switch {
		case err == nil && t.refused(resp):
			continue // the gate is shut now
		case err == nil && resp.StatusCode < http.StatusInternalServerError:
			return resp, nil
		}
		if failures++; failures == attempts || req.Context().Err() != nil {
			return resp, err
		}
		if err := sleep(req.Context(), 200*time.Millisecond<<(failures-1)); err != nil {
			return nil, err
		}
	}
}

// attempt sends a request and reads the answer whole.
func (t *transport) attempt(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, largestBody+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > largestBody {
		return nil, fail("answer", "an answer is longer than %d MiB", largestBody>>20)
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode == http.StatusOK && (err != nil || kind != "application/json") {
		return nil, fail("answer", "an answer is of type %q, not JSON", kind)
	}
	if resp.StatusCode == http.StatusOK && !json.Valid(body) {
		return nil, fail("answer", "an answer is broken JSON")
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// refused reports whether an answer only asks for patience, and learns from any how much.
func (t *transport) refused(resp *http.Response) bool {
	now := time.Now()
	until := time.Time{}
	if seconds, err := strconv.ParseFloat(resp.Header.Get("Retry-After"), 64); err == nil && seconds > 0 {
		until = now.Add(time.Duration(min(seconds, 86400) * float64(time.Second)))
	}
	limited := resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable && !until.IsZero()
	if epoch, err := strconv.ParseInt(resp.Header.Get("RateLimit-Reset"), 10, 64); err == nil && until.IsZero() && (limited || resp.Header.Get("RateLimit-Remaining") == "0") {
		if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			until = now.Add(min(time.Unix(epoch, 0).Sub(date), 24*time.Hour)) // by its clock, which may not be ours
		}
	}
	if limited && !until.After(now) {
		until = now.Add(unknownPause)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if until.After(t.until) {
		t.until = until
	}
	return limited
}

// wait returns when a request may be sent, or at once if that is too long
// ahead. While it waits, another request may be asked for more patience.
func (t *transport) wait(ctx context.Context, deadline time.Time) error {
	for {
		t.mu.Lock()
		until := t.until
		t.mu.Unlock()
		left := time.Until(until)
		switch {
		case left <= 0:
			return nil
		case until.After(deadline):
			return &failure{Kind: "rate_limit", Message: "GitLab asks for patience", RetryAfter: max(1, left.Seconds())}
		}
		if err := sleep(ctx, left); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
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
