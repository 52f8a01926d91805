// Package web serves what waitgraph knows: a JSON API over the published graph,
// a page for people and the endpoints of a well-behaved daemon.
//
// Every answer is made from one graph, taken once per request, and says as of
// when it is true and whether a tracker behind it is stale. Everything that came
// from a tracker is hostile text: it is escaped, clipped where people read it,
// and linked to only as http or https.
//
// One table of endpoints drives the routes, the checks of parameters and the
// served OpenAPI document, so that they cannot disagree.
package web

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/internal/nearest"
	"github.com/waitgraph/waitgraph/model"
)

// Options are what the handler reads. The functions are called from many
// goroutines at once and must return at once; what they return is never changed.
type Options struct {
	// Graph is the published graph, nil until the first is made.
	Graph func() *model.Graph
	// Facts are the recorded facts, nil until they are loaded.
	Facts func() *model.Facts
	// Status is how the daemon is doing.
	Status func() model.Status
	// Metrics serves /metrics; nil leaves it out.
	Metrics http.Handler
	// Reload loads the configuration anew and returns when it is done; nil when
	// the endpoint is not enabled.
	Reload func(context.Context) error
	// Config is the configuration as loaded, its secrets masked; nil leaves it out.
	Config func() string
	// Series is how many series are published and how many may be; nil leaves it out.
	Series func() (used, most int)
	// Logger is told what went wrong while answering; nil discards.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

type server struct {
	Options
	endpoints []endpoint
	ui        []uiPage
	templates map[string]*template.Template
	digests   digests
	shelf     shelf
}

// New returns the handler of the whole web interface. It expects to be mounted
// at the root; links within the page are relative, so that a proxy may serve it
// under a path of its own.
func New(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &server{Options: o, endpoints: endpoints()}
	s.ui = s.pages()
	s.templates = parseTemplates(s.ui)
	mux := http.NewServeMux()
	get := func(path string, h http.HandlerFunc) { mux.Handle(path, only("GET, HEAD", h)) }

	for _, e := range s.endpoints {
		get(e.pattern(), s.serve(e))
	}
	document := openapi(s.endpoints)
	get(apiRoot+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		finish(w, r, http.StatusOK, typeJSON, document)
	})
	get("/-/healthy", text("waitgraph is healthy\n"))
	get("/-/ready", s.ready)
	mux.Handle("/-/reload", sameOrigin(only("POST", http.HandlerFunc(s.reload))))
	if o.Metrics != nil {
		mux.Handle("/metrics", only("GET, HEAD", o.Metrics))
	}
	for _, p := range s.ui {
		path := "/" + p.path
		if p.path == "" {
			path = "/{$}"
		}
		get(path, s.page(p))
	}
	for name, contentType := range map[string]string{
		"waitgraph.css": "text/css; charset=utf-8", "waitgraph.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		body := asset(name)
		get("/static/"+name, func(w http.ResponseWriter, r *http.Request) { finish(w, r, http.StatusOK, contentType, body) })
	}
	mux.HandleFunc("/", s.notFound)
	return secured(mux)
}

// only answers 405 to every other method than those allowed.
func only(methods string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for m := range strings.SplitSeq(methods, ", ") {
			if r.Method == m {
				next.ServeHTTP(w, r)
				return
			}
		}
		w.Header().Set("Allow", methods)
		fail(w, r, &problem{Status: http.StatusMethodNotAllowed, Detail: "method " + clip(r.Method, 20) + " is not allowed here, only " + methods})
	})
}

// sameOrigin refuses what another site makes a browser send.
func sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, &problem{Status: http.StatusForbidden, Detail: "a request from another site is not accepted here"})
	}))
	return guard.Handler(next)
}

// secured sets the headers every answer has.
func secured(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		finish(w, r, http.StatusOK, typeText, []byte(s))
	}
}

func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	if s.Graph() == nil {
		w.Header().Set("Retry-After", "5")
		finish(w, r, http.StatusServiceUnavailable, typeText, []byte("waitgraph is not ready: no graph yet\n"))
		return
	}
	text("waitgraph is ready\n")(w, r)
}

func (s *server) reload(w http.ResponseWriter, r *http.Request) {
	if s.Reload == nil {
		fail(w, r, &problem{Status: http.StatusForbidden, Detail: "reloading over HTTP is not enabled: start waitgraph with --web.enable-lifecycle"})
		return
	}
	if err := s.Reload(r.Context()); err != nil {
		fail(w, r, &problem{Status: http.StatusInternalServerError, Detail: "reload failed, the running configuration stays: " + err.Error()})
		return
	}
	text("waitgraph reloaded its configuration\n")(w, r)
}

func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	paths := []string{"/", "/metrics", "/-/healthy", "/-/ready", "/-/reload", apiRoot + "/openapi.json"}
	for _, e := range s.endpoints {
		paths = append(paths, e.path)
	}
	for _, p := range s.ui {
		paths = append(paths, "/"+p.path)
	}
	missing := &problem{
		Status: http.StatusNotFound, Detail: "there is nothing at " + clip(r.URL.Path, 100),
		Hints: nearest.Names(r.URL.Path, slices.Values(paths), 3),
	}
	// A browser below the root would look for the page's own files in the wrong place.
	wanted, _ := accepts(r.Header.Get("Accept"), typeProblem, typeHTML)
	if wanted == typeHTML && strings.Count(r.URL.EscapedPath(), "/") == 1 {
		st := s.Status()
		s.failPage(w, r, s.frame("", "Not found", s.Graph(), &st), missing)
		return
	}
	fail(w, r, missing)
}

// stale tells whether any tracker is not to be believed. The graph was made
// earlier than the status, so both must say that all is well.
func stale(g *model.Graph, st *model.Status) bool {
	for _, t := range st.Trackers {
		if !t.Fresh {
			return true
		}
	}
	return g != nil && g.Stale()
}

// problemOf makes any error something to answer.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	return &problem{Status: http.StatusInternalServerError, Detail: "the answer could not be made"}
}
