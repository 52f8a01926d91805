package httpx_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/internal/httpx"
)

// serve asks a server with the handler once.
func serve(t *testing.T, h http.HandlerFunc, change func(*httpx.Options)) (int, string, error) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	o := httpx.Options{Base: parse(t, srv.URL), MaxBody: 1 << 20, Patience: time.Nanosecond} // no retries: they are tested apart
	if change != nil {
		change(&o)
	}
	c := httpx.NewClient(o)
	t.Cleanup(c.CloseIdleConnections)
	return get(t.Context(), c, srv.URL)
}

func write(w http.ResponseWriter, s string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, s)
}

func TestBodies(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := z.Write(make([]byte, 4<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	fits := strings.Repeat("x", 1<<20)
	tooLong := func(err error) bool { var e *httpx.BodyError; return errors.As(err, &e) && e.Max == 1<<20 }
	tests := map[string]struct {
		serve http.HandlerFunc
		body  string
		fails func(error) bool
	}{
		"as long as allowed": {func(w http.ResponseWriter, _ *http.Request) { write(w, fits) }, fits, nil},
		"gzip": {func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				http.Error(w, "no gzip", http.StatusNotAcceptable)
			}
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, `{"a":1}`)
			_ = z.Close()
		}, `{"a":1}`, nil},
		"one too long": {func(w http.ResponseWriter, _ *http.Request) { write(w, fits+"x") }, "", tooLong},
		"said too long": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9999999999")
			write(w, "{}")
		}, "", tooLong},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1<<16)); err != nil {
					return
				}
			}
		}, "", tooLong},
		"compressed bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(bomb.Bytes())
		}, "", tooLong},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			write(w, `{"a":`)
		}, "", func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"cut chunks": {func(w http.ResponseWriter, _ *http.Request) {
			write(w, `{"a":`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "", func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "", func(err error) bool { return errors.Is(err, io.EOF) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, body, err := serve(t, tt.serve, nil)
			switch {
			case tt.fails == nil && (err != nil || body != tt.body):
				t.Errorf("%d bytes, %v", len(body), err)
			case tt.fails != nil && (err == nil || !tt.fails(err)):
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestDrip: an answer that comes too slowly is a time-out, however alive it looks.
func TestDrip(t *testing.T) {
	_, _, err := serve(t, func(w http.ResponseWriter, r *http.Request) {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			write(w, " ")
			if http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			}
		}
	}, func(o *httpx.Options) { o.Timeout = 50 * time.Millisecond })
	var timeout interface{ Timeout() bool }
	if !errors.As(err, &timeout) || !timeout.Timeout() || !strings.Contains(err.Error(), "no whole answer within 50ms") {
		t.Errorf("got %v", err)
	}
}

// TestTypes: success speaks JSON.
func TestTypes(t *testing.T) {
	tests := []struct {
		code int
		kind string
		ok   bool
	}{
		{200, "application/json", true},
		{200, "application/json;charset=UTF-8", true},
		{200, "Application/JSON; charset=utf-8", true},
		{200, "application/vnd.github.v3+json; charset=utf-8", true},
		{203, "application/problem+json", true},
		{200, "text/html; charset=utf-8", false},
		{200, "text/plain", false},
		{200, "", false},
		{200, "json", false},
		{201, "application/jsonp", false},
		{204, "", true},
		{304, "", true},
		{302, "text/html", true},
		{404, "text/html", true},
	}
	for _, tt := range tests {
		s := &script{replies: []reply{{code: tt.code, header: map[string]string{"Content-Type": tt.kind}}}}
		code, _, err := get(t.Context(), client(t, s), address)
		var wrong *httpx.TypeError
		switch {
		case tt.ok && (err != nil || code != tt.code):
			t.Errorf("%d %q: %d, %v", tt.code, tt.kind, code, err)
		case !tt.ok && (!errors.As(err, &wrong) || wrong.Code != tt.code || wrong.Type != tt.kind):
			t.Errorf("%d %q: %v, want a *TypeError", tt.code, tt.kind, err)
		case len(s.sent) != 1:
			t.Errorf("%d %q: asked %d times", tt.code, tt.kind, len(s.sent))
		}
	}
}
