package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

//go:embed templates static
var files embed.FS

// asset is a file that is served as it is.
func asset(name string) []byte {
	b, err := files.ReadFile("static/" + name)
	if err != nil { // embedded: cannot be
		panic(err)
	}
	return b
}

// The bounds of what one page shows of a text.
const (
	shownTitle = 120
	shownName  = 60
	shownError = 300
)

// uiPage is one page for people. Its address is flat and everything else is in
// the query, so that links between pages hold under any path of a proxy.
type uiPage struct {
	path   string // without its slash
	title  string
	file   string // of the template
	params []param
	data   func(*call, frame) (any, error)
	// early pages are served before there is a graph.
	early bool
}

// frame is what every page has around its own content.
type frame struct {
	Title, Path string
	Nav         []navLink
	Trackers    []trackerChip
	Alarms      []alarm
	AsOf        moment
	Version     string
	Ready       bool // there is a graph
	Syncing     bool // a first sync is under way
	Fresh       int  // trackers
	Search      string
}

type navLink struct {
	Href, Text string
	Active     bool
}

// moment is a time as people read it, empty when unknown.
type moment struct{ ISO, Day, Ago string }

func momentOf(t, now time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	u := t.UTC()
	m := moment{ISO: u.Format(time.RFC3339), Day: u.Format(time.DateOnly)}
	if d := now.Sub(t); d >= 0 {
		m.Ago = span(d) + " ago"
	} else {
		m.Ago = "in " + span(-d)
	}
	return m
}

// AtLeast is how long ago something was at the latest, when it is only known
// from when it was first seen.
func (m moment) AtLeast() string {
	switch {
	case strings.HasPrefix(m.Ago, "less"):
		return "first seen just now"
	case strings.HasPrefix(m.Ago, "in "):
		return m.Ago
	}
	return "at least " + m.Ago
}

// trackerChip is a tracker's freshness in a few words.
type trackerChip struct {
	Name, Class, State string
	Sync               moment
	Items, All         string // how many there are, and the list of them
	// of a first sync under way
	Syncing     bool
	Progress    string
	Done, Total int
}

type alarm struct {
	Tracker, Error string
	Since          moment
}

// pages is the user interface, in the order of its navigation.
func (s *server) pages() []uiPage {
	pages := []uiPage{s.homePage()}
	pages = append(pages, tablePages(s.endpoints)...)
	return append(pages, graphPage(), briefPage(), itemPage(), teamPage(), programPage(), statusPage(), apiPage(s.endpoints))
}

// navigation is what every page links to; pages about one thing are reached from lists.
var navigation = [...]struct{ path, text string }{
	{"", "Overview"},
	{"blocked", "Blocked"},
	{"blockers", "Blockers"},
	{"dependencies", "Dependencies"},
	{"conflicts", "Conflicts"},
	{"graph", "Graph"},
	{"teams", "Teams"},
	{"programs", "Programs"},
	{"brief", "Brief"},
	{"gaps", "Gaps"},
	{"hygiene", "Hygiene"},
	{"items", "Items"},
	{"status", "Status"},
}

func parseTemplates(pages []uiPage) map[string]*template.Template {
	base := template.Must(template.New("").Funcs(template.FuncMap{
		"page": pageLink, "group": group, "count": count, "plus": func(a, b int) int { return a + b }, "mark": mark,
		"dict": func(pairs ...any) map[string]any {
			m := map[string]any{}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[pairs[i].(string)] = pairs[i+1]
			}
			return m
		},
	}).ParseFS(files, "templates/frame.html", "templates/cells.html", "templates/list.html"))
	parsed := map[string]*template.Template{}
	for _, name := range []string{"error.html", "wait.html"} {
		parsed[name] = template.Must(template.Must(base.Clone()).ParseFS(files, "templates/"+name))
	}
	for _, p := range pages {
		if parsed[p.file] == nil {
			parsed[p.file] = template.Must(template.Must(base.Clone()).ParseFS(files, "templates/"+p.file))
		}
	}
	return parsed
}

// mark is the sign shown before a word, so that colour is never the only one.
func mark(word string) string {
	switch word {
	case "todo":
		return "○"
	case "doing":
		return "◐"
	case "done", "satisfied", "fresh", "readable":
		return "✓"
	case "dropped", "abandoned", "moot":
		return "⊘"
	case "active", "blocked":
		return "■"
	case "unknown", "first sync":
		return "?"
	case "stale", "unreadable":
		return "!"
	}
	return "•"
}

// page serves one page of the user interface.
func (s *server) page(p uiPage) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g, st := s.Graph(), s.Status()
		f := s.frame(p.path, p.title, g, &st)
		if g == nil && !p.early {
			code := http.StatusServiceUnavailable
			if p.path == "" {
				code = http.StatusOK // there is something to look at: the progress
			} else {
				w.Header().Set("Retry-After", "5")
			}
			s.render(w, r, code, "wait.html", f)
			return
		}
		fill := func() ([]byte, error) {
			q, err := parse(r.URL.RawQuery, p.params, g)
			if err != nil {
				return nil, err
			}
			c := &call{Request: r, view: view{g}, server: s, status: st, query: q}
			if c.Stale = stale(g, &st); g != nil {
				c.AsOf = wire.At(g.AsOf)
			}
			f.Search = clip(c.query.text("q"), shownTitle)
			data, err := p.data(c, f)
			if err != nil {
				return nil, err
			}
			return s.execute(p.file, data)
		}
		var made *prepared
		var err error
		if p.early { // it shows more than the graph and how fresh it is
			var body []byte
			body, err = fill()
			made = prepare(body)
		} else {
			made, err = s.shared(g, &st, p.path+"?"+r.URL.RawQuery, fill)
		}
		if err != nil {
			s.failPage(w, r, f, err)
			return
		}
		send(w, r, http.StatusOK, typeHTML, made)
	}
}

func (s *server) execute(file string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := s.templates[file].ExecuteTemplate(&b, "frame", data); err != nil {
		return nil, fmt.Errorf("render %s: %w", file, err)
	}
	return b.Bytes(), nil
}

func (s *server) render(w http.ResponseWriter, r *http.Request, code int, file string, data any) {
	body, err := s.execute(file, data)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "could not render page", "page", file, "err", err)
		fail(w, r, &problem{Status: http.StatusInternalServerError, Detail: "the page could not be made"})
		return
	}
	finish(w, r, code, typeHTML, body)
}

// errorPage says what is wrong and what may have been meant.
type errorPage struct {
	frame
	Status int
	Phrase string
	Detail string
	Errors []invalid
	Hints  []hint
	Wrong  []wrongParam
}

type hint struct{ Href, Text string }

type wrongParam struct {
	Name, Value, Detail string
	Hints               []hint
	Allowed             []hint
	More                int
}

// failPage answers with a page that helps.
func (s *server) failPage(w http.ResponseWriter, r *http.Request, f frame, err error) {
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		s.Logger.ErrorContext(r.Context(), "could not answer", "path", r.URL.Path, "err", err)
	}
	e := errorPage{frame: f, Status: p.Status, Phrase: http.StatusText(p.Status), Detail: clip(p.Detail, 2*shownError)}
	e.Title = e.Phrase
	var refs *unknownRef
	known := errors.As(err, &refs)
	for _, h := range p.Hints {
		if known {
			e.Hints = append(e.Hints, hint{pageLink("item", "ref", h), clip(h, shownName)})
		} else {
			e.Hints = append(e.Hints, hint{"." + h, h})
		}
	}
	const most = 40
	query := r.URL.Query()
	with := func(name, value string) hint {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		q.Set(name, value)
		return hint{f.Path + "?" + q.Encode(), clip(value, shownName)}
	}
	for _, bad := range p.Errors {
		line := wrongParam{Name: clip(bad.Parameter, shownName), Value: clip(bad.Value, shownTitle), Detail: bad.Detail}
		for _, h := range bad.Hints {
			if bad.Detail == unknownParameter {
				line.Hints = append(line.Hints, hint{"", h})
			} else {
				line.Hints = append(line.Hints, with(bad.Parameter, h))
			}
		}
		for _, a := range bad.Allowed[:min(most, len(bad.Allowed))] {
			if bad.Detail == unknownParameter {
				line.Allowed = append(line.Allowed, hint{"", clip(a, shownName)})
			} else {
				line.Allowed = append(line.Allowed, with(bad.Parameter, a))
			}
		}
		line.More = max(0, len(bad.Allowed)-most)
		e.Wrong = append(e.Wrong, line)
	}
	s.render(w, r, p.Status, "error.html", e)
}

// unknownRef is a problem whose hints are refs of items.
type unknownRef struct{ problem }

func (c *call) unknownRef(ref string) error {
	u := &unknownRef{problem{
		Status: http.StatusNotFound, Detail: fmt.Sprintf("No item, or more than one, is known as %q.", clip(ref, 100)), Hints: c.nearRefs(ref),
	}}
	return u
}

// As makes an unknown ref the problem it is.
func (u *unknownRef) As(target any) bool {
	if p, ok := target.(**problem); ok {
		*p = &u.problem
		return true
	}
	return false
}

// has tells whether there is a page.
func (s *server) has(path string) bool {
	return slices.ContainsFunc(s.ui, func(p uiPage) bool { return p.path == path })
}

func (s *server) frame(path, title string, g *model.Graph, st *model.Status) frame {
	now := s.Now()
	f := frame{Title: title, Path: path, Version: st.Version, Ready: g != nil, Syncing: g == nil}
	if path == "" {
		f.Path = "."
	}
	for _, n := range navigation {
		if s.has(n.path) {
			href := n.path
			if href == "" {
				href = "."
			}
			f.Nav = append(f.Nav, navLink{href, n.text, n.path == path})
		}
	}
	for i := range st.Trackers {
		f.addTracker(&st.Trackers[i], now)
	}
	if g != nil {
		f.AsOf = momentOf(g.AsOf, now)
	}
	return f
}

func (f *frame) addTracker(t *model.TrackerStatus, now time.Time) {
	name := clip(t.Name, shownName)
	c := trackerChip{
		Name: name, Class: "fresh", State: "fresh", Sync: momentOf(t.LastSync, now), Syncing: !t.Complete,
		Done: t.Done, Total: t.Total, Items: count(t.Items, "item"), All: pageLink("items", "tracker", t.Name),
	}
	c.Progress = count(t.Done, "item")
	if t.Total > 0 {
		c.Progress = group(t.Done) + " of " + count(t.Total, "item")
	}
	c.Progress += ", " + count(t.Pages, "page")
	switch {
	case t.Complete && !t.Fresh:
		c.Class, c.State = "stale", "stale"
	case !t.Complete:
		c.Class, c.State = "new", "first sync"
	default:
		f.Fresh++
	}
	if !t.Fresh && (f.Ready || t.Error != "") { // before there is anything to doubt, the progress says enough
		f.Alarms = append(f.Alarms, alarm{name, clip(t.Error, shownError), c.Sync})
	}
	f.Syncing = f.Syncing || c.Syncing
	f.Trackers = append(f.Trackers, c)
}

// encode is a relative link with a query of names and values.
func encode(path string, nameValues []string) string {
	if len(nameValues) == 0 {
		return path
	}
	q := url.Values{}
	for i := 0; i+1 < len(nameValues); i += 2 {
		q.Add(nameValues[i], nameValues[i+1])
	}
	return path + "?" + q.Encode()
}

// pageLink is a relative link to a page; none with a value too long to be meant.
func pageLink(path string, nameValues ...string) string {
	for _, s := range nameValues {
		if len(s) > maxRef {
			return ""
		}
	}
	return encode(path, nameValues)
}

// apiLink is a relative link into the API.
func apiLink(list string, nameValues ...string) string {
	return encode(apiRoot[1:]+"/"+list, nameValues)
}

// itemLink is the page of an item; none for a ref too long to be meant.
func itemLink(ref string) string {
	if strings.ContainsFunc(ref, func(r rune) bool { return r < ' ' }) {
		return ""
	}
	return pageLink("item", "ref", ref)
}

// maxRef is the longest ref a page takes.
const maxRef = 500
