package demo

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed github.graphql
var githubSchema string

// The allowance of one client, per hour; generous, since it is asked every second.
const (
	perHour       = 100_000
	serverVersion = "3.20.0"
)

// github serves the organisation's GitHub Enterprise Server.
type github struct {
	graph
	token  string
	schema *ast.Schema

	mu   sync.Mutex
	used int
	hour time.Time // in which used was counted
}

// NewGitHub returns the HTTP API of the world's GitHub: that of an Enterprise
// Server, GraphQL at /api/graphql and REST below /api/v3, of which it answers
// what reading issues takes. It accepts one token. jiraURL and githubURL are the
// addresses of the two trackers, without a trailing slash, under which texts name
// each other.
func NewGitHub(w *World, jiraURL, githubURL, token string) http.Handler {
	g := &github{
		graph:  graph{w, addresses(jiraURL, githubURL)},
		token:  token,
		schema: gqlparser.MustLoadSchema(&ast.Source{Name: "github.graphql", Input: githubSchema}),
	}
	mux := http.NewServeMux()
	mux.Handle("POST /api/graphql", g.handle("graphql", g.query))
	mux.Handle("GET /api/v3/meta", g.handle("core", func(*http.Request) reply { return ok(doc{"installed_version": serverVersion}) }))
	mux.Handle("GET /api/v3/rate_limit", g.handle("core", func(*http.Request) reply { return ok(doc{"resources": doc{}}) }))
	mux.Handle("/api/", g.handle("core", func(*http.Request) reply { return reply{http.StatusNotFound, doc{"message": "Not Found"}} }))
	show := pageOf(w, g.address, func(r *http.Request) *item {
		return w.byKey[fmt.Sprintf("%s/%s#%s", owner, r.PathValue("repo"), r.PathValue("number"))]
	})
	mux.Handle("GET /"+owner+"/{repo}/issues/{number}", show)
	mux.Handle("GET /"+owner+"/{repo}/pull/{number}", show)
	return mux
}

// handle answers for those who may ask, under the world's lock.
func (g *github) handle(resource string, answer func(*http.Request) reply) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "bearer") && !strings.EqualFold(scheme, "token") || token != g.token {
			send(rw, reply{http.StatusUnauthorized, doc{"message": "Bad credentials"}})
			return
		}
		r.Body = http.MaxBytesReader(rw, r.Body, maxRequest)
		g.w.mu.RLock()
		l := g.spend(g.w.now)
		out := answer(r)
		body, err := json.Marshal(out.body)
		g.w.mu.RUnlock()
		if err != nil {
			send(rw, reply{http.StatusInternalServerError, doc{"message": err.Error()}})
			return
		}
		h := rw.Header()
		h.Set("X-GitHub-Enterprise-Version", serverVersion)
		h.Set("X-RateLimit-Resource", resource)
		h.Set("X-RateLimit-Limit", strconv.Itoa(perHour))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(perHour-l.used))
		h.Set("X-RateLimit-Used", strconv.Itoa(l.used))
		h.Set("X-RateLimit-Reset", strconv.FormatInt(l.reset.Unix(), 10))
		send(rw, reply{out.status, json.RawMessage(body)})
	})
}

// limit is what is left of an hour's allowance.
type limit struct {
	used  int
	reset time.Time
}

// spend counts a request.
func (g *github) spend(now time.Time) limit {
	g.mu.Lock()
	defer g.mu.Unlock()
	if hour := now.Truncate(time.Hour); !hour.Equal(g.hour) {
		g.hour, g.used = hour, 0
	}
	g.used = min(g.used+1, perHour)
	return limit{g.used, g.hour.Add(time.Hour)}
}

func (g *github) left() limit {
	g.mu.Lock()
	defer g.mu.Unlock()
	return limit{g.used, g.hour.Add(time.Hour)}
}

func (l limit) object() object {
	return object{"RateLimit", func(field string, _ args) any {
		switch field {
		case "cost":
			return 1
		case "limit":
			return perHour
		case "remaining":
			return perHour - l.used
		case "used":
			return l.used
		}
		return stamp(l.reset)
	}}
}

func (g *github) query(r *http.Request) reply {
	var q struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return reply{http.StatusBadRequest, doc{"message": "Problems parsing JSON"}}
	}
	return ok(execute(g.schema, g.root(g.left()), q.Query, q.Variables))
}
