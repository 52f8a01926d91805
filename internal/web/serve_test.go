package web_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/internal/web"
	"github.com/waitgraph/waitgraph/model"
)

// site is a handler over values a test may change between requests.
type site struct {
	graph  *model.Graph
	facts  *model.Facts
	status model.Status
	http.Handler
}

func newSite(g *model.Graph, change ...func(*web.Options)) *site {
	s := &site{graph: g, status: status(), facts: &model.Facts{}}
	o := web.Options{
		Graph:   func() *model.Graph { return s.graph },
		Facts:   func() *model.Facts { return s.facts },
		Status:  func() model.Status { return s.status },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") }),
		Now:     func() time.Time { return now },
	}
	for _, f := range change {
		f(&o)
	}
	s.Handler = web.New(o)
	return s
}

// do sends a request; headers are name, value, ...
func (s *site) do(t testing.TB, method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// get decodes a JSON answer and fails on another status than the one wanted.
func (s *site) get(t testing.TB, target string, code int) map[string]any {
	t.Helper()
	w := s.do(t, http.MethodGet, target)
	if w.Code != code {
		t.Fatalf("GET %s: status %d, want %d\n%s", target, w.Code, code, w.Body)
	}
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("GET %s: %v\n%s", target, err, w.Body)
	}
	return v
}

func TestLifecycle(t *testing.T) {
	s := newSite(nil)
	for path, code := range map[string]int{"/-/healthy": 200, "/-/ready": 503, "/metrics": 200, "/": 200, "/api/v1/items": 503, "/api/v1/status": 200} {
		if w := s.do(t, http.MethodGet, path); w.Code != code {
			t.Errorf("before the graph %s answers %d, want %d", path, w.Code, code)
		}
	}
	s.graph = organisation().graph()
	for _, path := range []string{"/-/healthy", "/-/ready", "/metrics", "/", "/api/v1/items", "/api/v1/status", "/static/waitgraph.css", "/static/icon.svg"} {
		if w := s.do(t, http.MethodGet, path); w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s answers %d with %d bytes", path, w.Code, w.Body.Len())
		}
		if w := s.do(t, http.MethodDelete, path); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("DELETE %s answers %d, allow %q", path, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestReload(t *testing.T) {
	var fail error
	calls := 0
	on := newSite(nil, func(o *web.Options) {
		o.Reload = func(context.Context) error { calls++; return fail }
	})
	if w := on.do(t, http.MethodPost, "/-/reload"); w.Code != 200 || calls != 1 {
		t.Errorf("status %d after %d calls", w.Code, calls)
	}
	fail = errors.New("waitgraph.yml:3:5: unknown key")
	if w := on.do(t, http.MethodPost, "/-/reload"); w.Code != 500 || !strings.Contains(w.Body.String(), "waitgraph.yml:3:5") {
		t.Errorf("a failed reload answers %d: %s", w.Code, w.Body)
	}
	if w := on.do(t, http.MethodGet, "/-/reload"); w.Code != 405 {
		t.Errorf("GET answers %d", w.Code)
	}
	if w := on.do(t, http.MethodPost, "/-/reload", "Sec-Fetch-Site", "cross-site"); w.Code != 403 || calls != 2 {
		t.Errorf("another site's request answers %d after %d calls", w.Code, calls)
	}
	off := newSite(nil)
	if w := off.do(t, http.MethodPost, "/-/reload"); w.Code != 403 || !strings.Contains(w.Body.String(), "--web.enable-lifecycle") {
		t.Errorf("a reload that is not enabled answers %d: %s", w.Code, w.Body)
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := newSite(organisation().graph())
	for _, path := range []string{"/", "/api/v1/items", "/api/v1/facts", "/nothing", "/-/healthy", "/metrics", "/static/waitgraph.css", "/api/v1/items?bad=1"} {
		h := s.do(t, http.MethodGet, path).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
}

func TestConditional(t *testing.T) {
	s := newSite(organisation().graph())
	first := s.do(t, http.MethodGet, "/api/v1/items")
	tag := first.Header().Get("ETag")
	for _, header := range []string{tag, `"other", ` + tag, strings.TrimPrefix(tag, "W/"), "*"} {
		if w := s.do(t, http.MethodGet, "/api/v1/items", "If-None-Match", header); w.Code != 304 || w.Body.Len() != 0 {
			t.Errorf("If-None-Match: %s answers %d with %d bytes", header, w.Code, w.Body.Len())
		}
	}
	if w := s.do(t, http.MethodGet, "/api/v1/items", "If-None-Match", `"other"`); w.Code != 200 {
		t.Errorf("another tag answers %d", w.Code)
	}
	s.status.Trackers[0].Fresh = false
	if w := s.do(t, http.MethodGet, "/api/v1/items", "If-None-Match", tag); w.Code != 200 {
		t.Errorf("a tracker became stale and the answer is %d", w.Code)
	}
}

func TestHead(t *testing.T) {
	server := httptest.NewServer(newSite(organisation().graph()))
	defer server.Close()
	for _, path := range []string{"/", "/api/v1/items", "/api/v1/items/jira:PAY-10", "/api/v1/status", "/api/v1/facts"} {
		response, err := http.Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != 200 || len(body) != 0 || response.Header.Get("Content-Type") == "" {
			t.Errorf("HEAD %s answers %d with %d bytes of %q", path, response.StatusCode, len(body), response.Header.Get("Content-Type"))
		}
	}
}

func TestGzip(t *testing.T) {
	s := newSite(organisation().graph())
	plain := s.do(t, http.MethodGet, "/api/v1/items")
	for header, zipped := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "": false, "gzip;q=0": false, "br": false} {
		w := s.do(t, http.MethodGet, "/api/v1/items", "Accept-Encoding", header)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != zipped {
			t.Errorf("Accept-Encoding: %s: compressed %v", header, got)
			continue
		}
		if got, err := io.ReadAll(unzipped(t, w)); err != nil || string(got) != plain.Body.String() {
			t.Errorf("Accept-Encoding: %s: %v, another body", header, err)
		}
	}
	if w := s.do(t, http.MethodGet, "/-/healthy", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("a small answer is compressed")
	}
}

func TestAccept(t *testing.T) {
	s := newSite(organisation().graph())
	tests := []struct{ path, accept, want string }{
		{"/api/v1/items", "", "application/json"},
		{"/api/v1/items", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"},
		{"/api/v1/items", "text/csv", "text/csv; charset=utf-8"},
		{"/api/v1/items", "application/json;q=0.5, text/csv", "text/csv; charset=utf-8"},
		{"/api/v1/items", "text/*", "text/csv; charset=utf-8"},
		{"/api/v1/items", "*/*, text/csv;q=0.1", "application/json"},
		{"/api/v1/items", "*/*, application/json;q=0", "text/csv; charset=utf-8"},
		{"/api/v1/items", "image/png", "406"},
		{"/api/v1/status", "text/csv", "406"},
		{"/api/v1/items/PAY-10", "text/csv", "406"},
		{"/api/v1/facts", "text/csv", "406"},
	}
	for _, tt := range tests {
		w := s.do(t, http.MethodGet, tt.path, "Accept", tt.accept)
		got := w.Header().Get("Content-Type")
		if w.Code != 200 {
			if got != "application/problem+json" {
				t.Errorf("%s as %s: a problem of type %s", tt.path, tt.accept, got)
			}
			got = strconv.Itoa(w.Code)
		}
		if got != tt.want {
			t.Errorf("%s as %s gives %s, want %s", tt.path, tt.accept, got, tt.want)
		}
	}
}

func TestNotFound(t *testing.T) {
	v := newSite(organisation().graph()).get(t, "/api/v1/item", 404)
	if diff := cmp.Diff([]any{"/api/v1/items", "/api/v1/teams"}, v["hints"]); diff != "" {
		t.Errorf("hints (-want +got)\n%s", diff)
	}
}

// unzipped is the body of an answer.
func unzipped(t testing.TB, w *httptest.ResponseRecorder) io.Reader {
	t.Helper()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
