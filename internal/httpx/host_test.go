package httpx_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waitgraph/waitgraph/internal/httpx"
)

// TestHosts: nothing is sent to another scheme, host or port.
func TestHosts(t *testing.T) {
	tests := []struct {
		base, ask string
		ok        bool
	}{
		{"https://tracker.example", "https://tracker.example/a?b=c", true},
		{"https://tracker.example", "https://tracker.example:443/", true},
		{"https://Tracker.Example:443/api/v3", "https://tracker.example/graphql", true},
		{"http://[::1]:80", "http://[::1]/", true},
		{"https://tracker.example", "http://tracker.example/", false},
		{"https://tracker.example", "https://tracker.example:8443/", false},
		{"https://tracker.example", "https://tracker.example.evil.example/", false},
		{"https://tracker.example", "https://eviltracker.example/", false},
		{"https://tracker.example", "https://tracker.example./", false},
		{"https://tracker.example", "https://tracker.example@evil.example/", false},
		{"https://tracker.example", "https://someone:secret@tracker.example/", false},
		{"https://tracker.example", "//tracker.example/", false},
		{"", "https://tracker.example/", false},
	}
	for _, tt := range tests {
		t.Run(tt.base+" "+tt.ask, func(t *testing.T) {
			s := &script{replies: []reply{{body: "{}"}}}
			c := httpx.NewClient(httpx.Options{Base: parse(t, tt.base), Next: s})
			_, _, err := get(t.Context(), c, tt.ask)
			if (err == nil) != tt.ok || (len(s.sent) == 1) != tt.ok {
				t.Errorf("%d requests, %v", len(s.sent), err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells a password: %v", err)
			}
		})
	}
}

// TestHostHeader: a request cannot name another host in its header either.
func TestHostHeader(t *testing.T) {
	var named string
	c := httpx.NewClient(httpx.Options{Base: base(t), Next: roundTrip(func(r *http.Request) (*http.Response, error) {
		named = r.Host
		return (&script{replies: []reply{{}}}).RoundTrip(r)
	})})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	if _, _, err := do(c, req); err != nil || named != "" {
		t.Errorf("sent with host %q, %v", named, err)
	}
}

// TestRedirects: within the host they are followed, elsewhere the token never goes.
func TestRedirects(t *testing.T) {
	var leaked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	defer other.Close()

	mux := http.NewServeMux()
	mux.HandleFunc("/end", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, "%s %s", r.Method, r.Header.Get("Authorization"))
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/end", http.StatusMovedPermanently)
	})
	mux.HandleFunc("/kept", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/login?from=x", http.StatusFound)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/loop", http.StatusFound)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()

	c := httpx.NewClient(httpx.Options{
		Base: parse(t, srv.URL), Rate: 1000,
		Authorize: func(r *http.Request) error { r.Header.Set("Authorization", "Bearer t"); return nil },
	})
	defer c.CloseIdleConnections()

	ask := func(method, path string) (int, string, error) {
		var body *strings.Reader
		req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, nil)
		if method == http.MethodPost {
			body = strings.NewReader("q")
			req, err = http.NewRequestWithContext(t.Context(), method, srv.URL+path, body)
		}
		if err != nil {
			t.Fatal(err)
		}
		return do(c, req)
	}
	for _, tt := range []struct {
		method, path string
		code         int
		body         string
	}{
		{http.MethodGet, "/moved", 200, "GET Bearer t"},
		{http.MethodGet, "/kept", 200, "GET Bearer t"},
		{http.MethodPost, "/kept", 200, "POST Bearer t"},
		{http.MethodPost, "/moved", 301, ""},
	} {
		code, body, err := ask(tt.method, tt.path)
		if err != nil || code != tt.code || body != tt.body {
			t.Errorf("%s %s: %d %q %v, want %d %q", tt.method, tt.path, code, body, err, tt.code, tt.body)
		}
	}

	_, _, err := ask(http.MethodGet, "/away")
	var host *httpx.HostError
	if !errors.As(err, &host) || host.Got != "http://"+parse(t, other.URL).Host || host.Want != "http://"+parse(t, srv.URL).Host {
		t.Errorf("redirect to another host: %v", err)
	}
	if leaked.Load() != 0 {
		t.Error("the other host was asked")
	}
	if _, _, err := ask(http.MethodGet, "/loop"); err == nil || !strings.Contains(err.Error(), "10 redirects") {
		t.Errorf("endless redirects: %v", err)
	}
}

func TestRedact(t *testing.T) {
	plain := errors.New("plain")
	if got := httpx.Redact(plain); got != plain { //nolint:errorlint // the very same error
		t.Errorf("got %v", got)
	}
	in := &url.Error{Op: "Get", URL: "https://u:***@h.example/rest/search?jql=secret#f", Err: &httpx.HostError{}}
	got := httpx.Redact(fmt.Errorf("search: %w", in))
	if s := got.Error(); !strings.Contains(s, "/rest/search") || strings.Contains(s, "secret") || strings.Contains(s, "h.example") {
		t.Errorf("got %q", s)
	}
	if !errors.As(got, new(*httpx.HostError)) {
		t.Error("the cause is lost")
	}
}
