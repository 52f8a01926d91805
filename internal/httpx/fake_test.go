package httpx_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/internal/httpx"
)

// reply is one scripted answer.
type reply struct {
	code   int
	header map[string]string
	body   string
	err    error
	cut    bool          // the body ends with an error
	takes  time.Duration // before the answer
}

// script answers requests in order, the last reply for ever, and keeps when
// each was sent. It checks the most requests in flight.
type script struct {
	replies []reply

	mu       sync.Mutex
	sent     []time.Time
	paths    []string
	bodies   []string
	inFlight int
	peak     int
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	s.mu.Lock()
	r := s.replies[min(len(s.sent), len(s.replies)-1)]
	s.sent = append(s.sent, time.Now())
	s.paths = append(s.paths, req.URL.Path)
	s.bodies = append(s.bodies, body)
	s.inFlight++
	s.peak = max(s.peak, s.inFlight)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.inFlight--
		s.mu.Unlock()
	}()

	timer := time.NewTimer(r.takes)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	if r.err != nil {
		return nil, r.err
	}
	h := http.Header{"Content-Type": {"application/json"}}
	for k, v := range r.header {
		h.Set(k, v)
	}
	var content io.Reader = strings.NewReader(r.body)
	if r.cut {
		content = io.MultiReader(content, cutReader{})
	}
	code := r.code
	if code == 0 {
		code = http.StatusOK
	}
	return &http.Response{
		StatusCode: code, Header: h, Body: io.NopCloser(content), ContentLength: -1,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
	}, nil
}

type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// gaps are the pauses between requests.
func (s *script) gaps() []time.Duration {
	var out []time.Duration
	for i := 1; i < len(s.sent); i++ {
		out = append(out, s.sent[i].Sub(s.sent[i-1]))
	}
	return out
}

func base(t *testing.T) *url.URL {
	t.Helper()
	return parse(t, "https://tracker.example")
}

func parse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func client(t *testing.T, s *script, change ...func(*httpx.Options)) *http.Client {
	t.Helper()
	o := httpx.Options{Base: base(t), Next: s}
	for _, f := range change {
		f(&o)
	}
	return httpx.NewClient(o)
}

// get asks for a path and returns status and body.
func get(ctx context.Context, c *http.Client, u string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return 0, "", err
	}
	return do(c, req)
}

func do(c *http.Client, req *http.Request) (int, string, error) {
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	b, err := io.ReadAll(resp.Body)
	if cerr := resp.Body.Close(); err == nil {
		err = cerr
	}
	return resp.StatusCode, string(b), err
}
