package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	gogithub "github.com/google/go-github/v60/github"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/httpx"
)

// client speaks REST and GraphQL to one server.
//
// go-github builds the requests and reads the errors. They are sent without its
// own limiter, which does not know status 429 and takes an Enterprise Server's
// GraphQL budget for that of REST: httpx keeps the limits.
type client struct {
	http  *http.Client
	api   *gogithub.Client
	meter *meter
}

// newClient makes a client for the API at base; meet is shown every exchange.
func newClient(base *url.URL, o connectors.Options, authorize func(*http.Request) error, meet func(httpx.Attempt)) *client {
	m := &meter{}
	h := httpx.NewClient(httpx.Options{
		Base:      base,
		Authorize: authorize,
		UserAgent: o.UserAgent,
		Next:      o.Transport,
		Observe: func(a httpx.Attempt) {
			m.observe(o, a)
			meet(a)
		},
	})
	api := gogithub.NewClient(h)
	api.BaseURL = base
	return &client{http: h, api: api, meter: m}
}

// get reads a REST address, relative to the API's root or absolute, into v and
// returns the answer's header. route is its template for metrics.
func (c *client) get(ctx context.Context, route, address string, v any) (http.Header, error) {
	req, err := c.api.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("build request for %s: %w", address, err)
	}
	body, header, err := c.send(ctx, http.MethodGet+" "+route, address, req)
	if err != nil {
		return nil, err
	}
	return header, decode(address, body, v)
}

// decode reads a JSON body.
func decode(page string, body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return &connectors.AnswerError{Page: page, Err: err}
	}
	return nil
}

// query runs one GraphQL query and reads its data into v. page names the query
// with its subject. Errors beside data fail it, but for those that only say
// that one element may not be seen: they are returned, and the element is null.
func (c *client) query(ctx context.Context, page, text string, variables map[string]any, v any) (graphErrors, error) {
	address := "graphql"
	if strings.HasSuffix(c.api.BaseURL.Path, serverPath) {
		address = "../graphql"
	}
	req, err := c.api.NewRequest(http.MethodPost, address, map[string]any{"query": text, "variables": variables})
	if err != nil {
		return nil, fmt.Errorf("build query for %s: %w", page, err)
	}
	body, _, err := c.send(httpx.WithReadOnly(ctx), http.MethodPost+" /graphql", page, req)
	if err != nil {
		return nil, err
	}
	return readAnswer(page, body, v)
}

// send returns the body and header of a success, and turns everything else into
// the connectors' errors. Nothing is sent that would take what is to be left of
// a budget.
func (c *client) send(ctx context.Context, route, page string, req *http.Request) ([]byte, http.Header, error) {
	if err := c.meter.spare(route); err != nil {
		return nil, nil, err
	}
	resp, err := c.http.Do(req.WithContext(httpx.WithRoute(ctx, route)))
	if err != nil {
		return nil, nil, failure(page, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		return nil, nil, refusal(page, resp)
	}
	body, err := httpx.Content(resp)
	if err != nil {
		return nil, nil, &connectors.AnswerError{Page: page, Err: err}
	}
	return body, resp.Header, nil
}

// failure is the error behind an exchange without a usable answer.
func failure(page string, err error) error {
	var (
		limit *httpx.LimitError
		auth  *connectors.AuthError
		kind  *httpx.TypeError
		long  *httpx.BodyError
		host  *httpx.HostError
	)
	switch {
	case errors.As(err, &limit):
		return &connectors.LimitError{Until: limit.Until, Err: limit}
	case errors.As(err, &auth):
		return auth
	case errors.As(err, &kind), errors.As(err, &long), errors.As(err, &host):
		return &connectors.AnswerError{Page: page, Err: errors.Unwrap(httpx.Redact(err))}
	}
	return fmt.Errorf("read %s: %w", page, connectors.Distrust(httpx.Redact(err)))
}

// refusal is the error behind a status other than success.
func refusal(page string, resp *http.Response) error {
	var (
		said  *gogithub.ErrorResponse
		rate  *gogithub.RateLimitError
		err   = gogithub.CheckResponse(resp)
		cause = errors.New(http.StatusText(resp.StatusCode))
	)
	switch {
	case errors.As(err, &rate):
		return &connectors.LimitError{Until: rate.Rate.Reset.Time, Err: errors.New(clip(rate.Message))}
	case errors.As(err, &said) && said.Message != "":
		cause = errors.New(clip(said.Message))
	}
	if resp.StatusCode == http.StatusUnauthorized {
		return &connectors.AuthError{Err: cause}
	}
	return &connectors.StatusError{Code: resp.StatusCode, Page: page, Err: cause}
}

// clip bounds a text of the server's for messages.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// status is the HTTP status behind an error, 0 if there is none.
func status(err error) int {
	var s *connectors.StatusError
	if errors.As(err, &s) {
		return s.Code
	}
	return 0
}
