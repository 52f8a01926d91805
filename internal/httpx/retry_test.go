package httpx_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/internal/httpx"
)

var errReset = errors.New("connection reset by peer")

// TestRetry: what may be sent again is, four times at most and with growing
// pauses; the last answer or error is the call's.
func TestRetry(t *testing.T) {
	ok := reply{body: `{}`}
	tests := map[string]struct {
		replies []reply
		tries   int
		code    int
		err     error
	}{
		"reset":              {[]reply{{err: errReset}, ok}, 2, 200, nil},
		"cut":                {[]reply{{body: `{"a":`, cut: true}, {body: `{"a":`, cut: true}, ok}, 3, 200, nil},
		"500":                {[]reply{{code: 500}, ok}, 2, 200, nil},
		"502":                {[]reply{{code: 502}, ok}, 2, 200, nil},
		"503":                {[]reply{{code: 503}, ok}, 2, 200, nil},
		"503, Retry-After 0": {[]reply{{code: 503, header: map[string]string{"Retry-After": "0"}}, ok}, 2, 200, nil},
		"504":                {[]reply{{code: 504}, {code: 502}, {err: errReset}, ok}, 4, 200, nil},
		"resets":             {[]reply{{err: errReset}}, 4, 0, errReset},
		"cuts":               {[]reply{{cut: true}}, 4, 0, io.ErrUnexpectedEOF},
		"trouble":            {[]reply{{code: 503, body: "<html>"}}, 4, 503, nil},
		"not implemented":    {[]reply{{code: 501}}, 1, 501, nil},
		"not found":          {[]reply{{code: 404}}, 1, 404, nil},
		"unauthorized":       {[]reply{{code: 401}}, 1, 401, nil},
		"conditional":        {[]reply{{code: 304, header: map[string]string{"Content-Type": ""}}}, 1, 304, nil},
		"slow":               {[]reply{{takes: time.Minute}, ok}, 2, 200, nil},
		"slower":             {[]reply{{takes: time.Minute}}, 4, 0, context.DeadlineExceeded},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: tt.replies}
				c := client(t, s, func(o *httpx.Options) { o.Timeout = 10 * time.Second })
				code, body, err := get(t.Context(), c, address)
				if code != tt.code || !errors.Is(err, tt.err) {
					t.Fatalf("got %d, %v; want %d, %v", code, err, tt.code, tt.err)
				}
				if last := tt.replies[len(tt.replies)-1]; err == nil && body != last.body {
					t.Errorf("body %q, want %q", body, last.body)
				}
				if len(s.sent) != tt.tries {
					t.Errorf("%d tries, want %d", len(s.sent), tt.tries)
				}
				for i, gap := range s.gaps() {
					floor := time.Second << i / 2
					if r := s.replies[min(i, len(s.replies)-1)]; r.takes > 0 {
						floor += 10 * time.Second
					}
					if gap < floor || gap > 3*floor+10*time.Second {
						t.Errorf("pause %d is %v, want %v to %v", i, gap, floor, 3*floor)
					}
				}
			})
		})
	}
}

// TestRetryPatience: no retry begins after the patience of the call.
func TestRetryPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{{takes: time.Hour}}}
		c := client(t, s, func(o *httpx.Options) { o.Timeout, o.Patience = time.Minute, 90*time.Second })
		begin := time.Now()
		_, _, err := get(t.Context(), c, address)
		if !errors.Is(err, context.DeadlineExceeded) || len(s.sent) != 2 {
			t.Errorf("%d tries, %v; want 2 and a time-out", len(s.sent), err)
		}
		if took := time.Since(begin); took > 150*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestRepeatable: a request that may have changed something, or whose body is
// gone, is sent once.
func TestRepeatable(t *testing.T) {
	none := func() io.Reader { return nil }
	text := func() io.Reader { return strings.NewReader("q") }
	piped := func() io.Reader { return io.LimitReader(text(), 1) } // without GetBody
	tests := map[string]struct {
		method   string
		body     func() io.Reader
		readOnly bool
		tries    int
	}{
		"get":                   {http.MethodGet, none, false, 2},
		"head":                  {http.MethodHead, none, false, 2},
		"post":                  {http.MethodPost, text, false, 1},
		"put, said to read":     {http.MethodPut, text, true, 1},
		"reading post":          {http.MethodPost, text, true, 2},
		"reading post, piped":   {http.MethodPost, piped, true, 1},
		"reading post, no body": {http.MethodPost, none, true, 2},
	}
	for name, tt := range tests {
		for kind, first := range map[string]reply{"network": {err: errReset}, "limit": {code: 429}} {
			t.Run(name+" "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &script{replies: []reply{first, {}}}
					ctx := t.Context()
					if tt.readOnly {
						ctx = httpx.WithReadOnly(ctx)
					}
					req, err := http.NewRequestWithContext(ctx, tt.method, address, tt.body())
					if err != nil {
						t.Fatal(err)
					}
					_, _, err = do(client(t, s), req)
					if len(s.sent) != tt.tries || (err == nil) != (tt.tries > 1) {
						t.Fatalf("%d tries, %v; want %d", len(s.sent), err, tt.tries)
					}
					if tt.tries == 1 && kind == "limit" && !errors.As(err, new(*httpx.LimitError)) {
						t.Errorf("got %v, want a *LimitError", err)
					}
					for _, b := range s.bodies {
						if tt.body() != nil && b != "q" {
							t.Errorf("bodies sent: %q", s.bodies)
						}
					}
				})
			})
		}
	}
}

// TestObserve: every attempt is told of once, with the name of its route.
func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []httpx.Attempt
		s := &script{replies: []reply{
			{code: 502, body: "bad", takes: time.Second},
			{err: errReset, takes: 2 * time.Second},
			{body: "{", cut: true},
			{body: `{"a":1}`, header: map[string]string{"ETag": "x"}},
		}}
		c := client(t, s, func(o *httpx.Options) { o.Observe = func(a httpx.Attempt) { seen = append(seen, a) } })
		if _, _, err := get(httpx.WithRoute(t.Context(), "GET /issue/{key}"), c, "https://tracker.example/issue/PAY-1"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := get(t.Context(), c, address); err != nil {
			t.Fatal(err)
		}
		const route = "GET /issue/{key}"
		want := []httpx.Attempt{
			{Route: route, Code: 502, Took: time.Second, Bytes: 3},
			{Route: route, Took: 2 * time.Second},
			{Route: route, Bytes: 1},
			{Route: route, Code: 200, Bytes: 7},
			{Route: "GET", Code: 200, Bytes: 7},
		}
		if seen[3].Header.Get("ETag") != "x" || seen[1].Header != nil {
			t.Error("headers are not those of the answers")
		}
		for i := range seen {
			seen[i].Header = nil
		}
		if d := cmp.Diff(want, seen); d != "" {
			t.Error(d)
		}
	})
}

// TestAuthorize: credentials are asked for anew on every attempt, reach only
// the wire, and one that cannot be had is final.
func TestAuthorize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		s := &script{replies: []reply{{code: 503}, {}}}
		token := "a"
		c := httpx.NewClient(httpx.Options{
			Base: base(t), UserAgent: "waitgraph/1",
			Authorize: func(r *http.Request) error {
				r.Header.Set("Authorization", "Bearer "+token)
				token += "b"
				return nil
			},
			Next: roundTrip(func(r *http.Request) (*http.Response, error) {
				got = append(got, r.Header.Get("Authorization")+" "+r.Header.Get("User-Agent"))
				return s.RoundTrip(r)
			}),
		})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"Bearer a waitgraph/1", "Bearer ab waitgraph/1"}, got); d != "" {
			t.Error(d)
		}
		if req.Header.Get("Authorization") != "" || resp.Request.Header.Get("Authorization") != "" {
			t.Error("the caller can see the credentials")
		}
	})

	none := errors.New("no such file")
	s := &script{replies: []reply{{}}}
	c := client(t, s, func(o *httpx.Options) { o.Authorize = func(*http.Request) error { return none } })
	if _, _, err := get(t.Context(), c, address); !errors.Is(err, none) || len(s.sent) != 0 {
		t.Errorf("got %v after %d requests, want %v after none", err, len(s.sent), none)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
