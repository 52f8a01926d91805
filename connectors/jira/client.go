package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/httpx"
	"github.com/waitgraph/waitgraph/model"
)

// get asks for a path under the site's base. route is its template, for metrics.
func (c *Connector) get(ctx context.Context, route, path string, into any) error {
	body, err := c.do(ctx, http.MethodGet, route, path, nil)
	if err != nil {
		return err
	}
	return decode("GET /"+route, body, into)
}

// post asks with a body; everything the connector posts only reads.
func (c *Connector) post(ctx context.Context, route string, query any) ([]byte, error) {
	return c.do(httpx.WithReadOnly(ctx), http.MethodPost, route, route, query)
}

// do returns the body of a successful answer, or one of the errors of package connectors.
func (c *Connector) do(ctx context.Context, method, route, path string, query any) ([]byte, error) {
	page := method + " /" + route
	req, err := c.api.NewRequestWithContext(httpx.WithRoute(ctx, page), method, path, query)
	if err != nil {
		return nil, fmt.Errorf("make request %s: %w", page, err)
	}
	resp, err := c.api.Do(req, nil)
	if resp == nil {
		return nil, unanswered(page, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, readErr := httpx.Content(resp.Response)
	if readErr != nil {
		return nil, &connectors.AnswerError{Page: page, Err: readErr}
	}
	// A wrong token does not always make a 401: the site may answer as to an
	// anonymous visitor and say so in this header only.
	reason := resp.Header.Get("X-Seraph-LoginReason")
	denied := strings.Contains(reason, "AUTHENTICATED_FAILED") || strings.Contains(reason, "AUTHENTICATION_DENIED")
	switch {
	case resp.StatusCode == http.StatusUnauthorized,
		resp.StatusCode == http.StatusForbidden && denied,
		denied && !c.cfg.Auth.anonymous():
		if c.grant != nil {
			c.grant.spoil()
		}
		return nil, &connectors.AuthError{Err: fmt.Errorf("%s: status %d: %s", page, resp.StatusCode, complaint(body, reason))}
	case err != nil:
		return nil, &connectors.StatusError{Code: resp.StatusCode, Page: page, Err: errors.New(complaint(body, resp.Status))}
	}
	return body, nil
}

// unanswered explains a request that ended without an answer of use.
func unanswered(page string, err error) error {
	var (
		auth  *connectors.AuthError
		limit *httpx.LimitError
		host  *httpx.HostError
		size  *httpx.BodyError
		kind  *httpx.TypeError
	)
	switch {
	case errors.As(err, &auth):
		return auth
	case errors.As(err, &limit):
		return &connectors.LimitError{Until: limit.Until, Err: fmt.Errorf("%s: %w", page, limit)}
	case errors.As(err, &host):
		return &connectors.AnswerError{Page: page, Err: host}
	case errors.As(err, &size):
		return &connectors.AnswerError{Page: page, Err: size}
	case errors.As(err, &kind):
		return &connectors.AnswerError{Page: page, Err: kind}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return &connectors.AnswerError{Page: page, Err: httpx.Redact(err)}
	}
	return fmt.Errorf("%s: %w", page, connectors.Distrust(httpx.Redact(err)))
}

// decode fills into from a body that promises JSON.
func decode(page string, body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return &connectors.AnswerError{Page: page, Err: err}
	}
	return nil
}

// complaint is what an error's body says, shortened and in one line, or else.
func complaint(body []byte, otherwise string) string {
	var e struct {
		Messages []string          `json:"errorMessages"`
		Errors   map[string]string `json:"errors"`
		Message  string            `json:"message"`
	}
	_ = json.Unmarshal(body, &e) // whatever could be read
	words := e.Messages
	for _, k := range sortedKeys(e.Errors) {
		words = append(words, k+": "+e.Errors[k])
	}
	if e.Message != "" {
		words = append(words, e.Message)
	}
	if len(words) == 0 {
		words = append(words, otherwise)
	}
	return short(strings.Join(words, "; "), 300)
}

// short makes a tracker's text fit for a message: one line of at most n runes.
func short(s string, n int) string {
	out := make([]rune, 0, min(len(s), n+1))
	for _, r := range s {
		if len(out) == n {
			return string(append(out, '…'))
		}
		if unicode.IsControl(r) {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}

// statusOf is the status of a StatusError, else 0.
func statusOf(err error) int {
	var s *connectors.StatusError
	if errors.As(err, &s) {
		return s.Code
	}
	return 0
}

// observe passes finished requests on, and what they tell of limits.
func observe(o connectors.Options) func(httpx.Attempt) {
	return func(a httpx.Attempt) {
		if o.Observe != nil {
			o.Observe(connectors.Request{Route: a.Route, Code: a.Code, Took: a.Took, Bytes: a.Bytes})
		}
		if o.Budget == nil {
			return
		}
		// Cloud sends the pair near its limits, Data Center with every answer.
		limit, err := strconv.Atoi(a.Header.Get("X-RateLimit-Limit"))
		left, err2 := strconv.Atoi(a.Header.Get("X-RateLimit-Remaining"))
		if err != nil || err2 != nil {
			return
		}
		b := model.Budget{Resource: "requests", Limit: limit, Remaining: left}
		b.Reset, _ = time.Parse(time.RFC3339, a.Header.Get("X-RateLimit-Reset"))
		o.Budget(b)
	}
}
