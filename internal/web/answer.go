package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// The content types of answers.
const (
	typeJSON    = "application/json"
	typeCSV     = "text/csv; charset=utf-8"
	typeText    = "text/plain; charset=utf-8"
	typeHTML    = "text/html; charset=utf-8"
	typeProblem = "application/problem+json"

	typeMarkdown = "text/markdown; charset=utf-8"
)

// problem is an error as RFC 9457 has it.
type problem struct {
	Type   string    `json:"type" doc:"Always about:blank: the status says what kind of problem it is."`
	Title  string    `json:"title"`
	Status int       `json:"status"`
	Detail string    `json:"detail" doc:"What is wrong, in one sentence."`
	Errors []invalid `json:"errors,omitempty" doc:"Every parameter that is wrong."`
	Hints  []string  `json:"hints,omitempty" doc:"What may have been meant, the most likely first."`
}

// invalid is one wrong parameter.
type invalid struct {
	Parameter string   `json:"parameter"`
	Value     string   `json:"value"`
	Detail    string   `json:"detail"`
	Allowed   []string `json:"allowed,omitempty"`
	Hints     []string `json:"hints,omitempty"`
}

func (p *problem) Error() string { return p.Detail }

// fail answers with a problem.
func fail(w http.ResponseWriter, r *http.Request, p *problem) {
	q := *p
	q.Type, q.Title = "about:blank", http.StatusText(p.Status)
	body, err := json.Marshal(q)
	if err != nil { // of strings and numbers alone: cannot be
		panic(err)
	}
	finish(w, r, p.Status, typeProblem, append(body, '\n'))
}

// finish sends a whole answer: compressed if it is large and the client can,
// and only its headers if the client has it already.
func finish(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	send(w, r, status, contentType, prepare(body))
}

func send(w http.ResponseWriter, r *http.Request, status int, contentType string, p *prepared) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept, Accept-Encoding")
	if status == http.StatusOK {
		h.Set("ETag", p.tag())
		h.Set("Cache-Control", "no-cache")
		if matches(r.Header.Get("If-None-Match"), p.tag()) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	} else {
		h.Set("Cache-Control", "no-store")
	}
	const worth = 1400 // less fits one packet anyway
	body := p.body
	if len(body) > worth && gzips(r) {
		h.Set("Content-Encoding", "gzip")
		body = p.zipped()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away is no concern of ours
}

// matches compares entity tags weakly, as RFC 9110 asks for If-None-Match.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

func gzips(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q := weighted(part)
		if name == "gzip" {
			return q > 0
		}
	}
	return false
}

// accepts chooses the media type the client wants most of those offered, the
// first of equals; ok is false when it wants none of them.
func accepts(header string, offers ...string) (best string, ok bool) {
	if strings.TrimSpace(header) == "" {
		return offers[0], true
	}
	most := 0.0
	for _, offer := range offers {
		base, _, _ := strings.Cut(offer, ";")
		group, _, _ := strings.Cut(base, "/")
		// The most specific range that fits decides.
		weight, depth := 0.0, 0
		for part := range strings.SplitSeq(header, ",") {
			name, q := weighted(part)
			for d, fit := range []string{"*/*", group + "/*", base} {
				if name == fit && d+1 > depth {
					weight, depth = q, d+1
				}
			}
		}
		if weight > most {
			best, most = offer, weight
		}
	}
	return best, most > 0
}

// weighted parts one element of an Accept header into its value and weight.
func weighted(part string) (name string, q float64) {
	name, rest, _ := strings.Cut(part, ";")
	q = 1
	for p := range strings.SplitSeq(rest, ";") {
		if v, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil {
				q = 0
			}
		}
	}
	return strings.ToLower(strings.TrimSpace(name)), q
}
