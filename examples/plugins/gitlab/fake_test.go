package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const secret = "glpat-test-token"

// fake is a GitLab with a few projects. Its clock is its own.
type fake struct {
	mu       sync.Mutex
	now      time.Time
	last     int64
	projects map[string]*fakeProject // by path
	wrong    []string                // what no client should ask
}

type fakeProject struct {
	path   string
	hidden bool
	next   int64
	issues map[int64]*fakeIssue // by iid
}

type fakeIssue struct {
	id, iid          int64
	project          *fakeProject
	title            string
	closed           time.Time
	created, updated time.Time
	labels           []string
	weight           int
	moved            int64
	links            []*fakeLink
}

type fakeLink struct {
	id       int64
	from, to *fakeIssue
	kind     string // blocks, relates_to
	at       time.Time
}

func newFake() *fake {
	return &fake{now: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), projects: map[string]*fakeProject{}}
}

func (f *fake) id() int64 { f.last++; return f.last }

// tick moves the clock, so that changes have stamps of their own.
func (f *fake) tick() time.Time { f.now = f.now.Add(1500 * time.Microsecond); return f.now }

func (f *fake) project(path string) *fakeProject {
	if f.projects[path] == nil {
		f.projects[path] = &fakeProject{path: path, issues: map[int64]*fakeIssue{}}
	}
	return f.projects[path]
}

func (f *fake) create(p *fakeProject, title string) *fakeIssue {
	p.next++
	at := f.tick()
	i := &fakeIssue{id: 1000 + f.id(), iid: p.next, project: p, title: title, created: at, updated: at}
	p.issues[i.iid] = i
	return i
}

// link joins two issues; it touches neither.
func (f *fake) link(from, to *fakeIssue, kind string) {
	l := &fakeLink{f.id(), from, to, kind, f.tick()}
	from.links, to.links = append(from.links, l), append(to.links, l)
}

func (f *fake) remove(i *fakeIssue) {
	for _, l := range i.links {
		for _, end := range []*fakeIssue{l.from, l.to} {
			end.links = slices.DeleteFunc(end.links, func(x *fakeLink) bool { return x == l })
		}
	}
	delete(i.project.issues, i.iid)
}

// move closes an issue and makes another of it, as GitLab does.
func (f *fake) move(i *fakeIssue, to *fakeProject) *fakeIssue {
	n := f.create(to, i.title)
	n.labels, n.weight = i.labels, i.weight
	for _, l := range i.links {
		if l.from == i {
			l.from = n
		} else {
			l.to = n
		}
	}
	n.links, i.links = i.links, nil
	i.closed, i.moved, i.updated = f.now, n.id, f.tick()
	return n
}

func (i *fakeIssue) key() string { return fmt.Sprintf("%s#%d", i.project.path, i.iid) }

func (f *fake) json(i *fakeIssue) map[string]any {
	state := "opened"
	var closed any
	if !i.closed.IsZero() {
		state, closed = "closed", i.closed.Format(time.RFC3339Nano)
	}
	var weight, moved any
	if i.weight > 0 {
		weight = i.weight
	}
	if i.moved != 0 {
		moved = i.moved
	}
	return map[string]any{
		"id": i.id, "iid": i.iid, "project_id": 1, "title": i.title, "description": "text", "state": state, "labels": append([]string{}, i.labels...),
		"created_at": i.created.Format("2006-01-02T15:04:05.000Z"), "updated_at": i.updated.Format("2006-01-02T15:04:05.000Z"), "closed_at": closed,
		"web_url":    "https://gitlab.example/" + i.project.path + "/-/issues/" + strconv.FormatInt(i.iid, 10),
		"references": map[string]any{"short": fmt.Sprintf("#%d", i.iid), "full": i.key()},
		"weight":     weight, "moved_to_id": moved, "issue_type": "issue", "due_date": "2026-04-01", "milestone": map[string]any{"title": "v2", "due_date": "2026-05-01"},
		"iteration": map[string]any{"title": nil, "start_date": "2026-03-02", "due_date": "2026-03-15"}, "author": map[string]any{"username": "ana", "name": "Ana"},
		"assignees": []any{map[string]any{"username": "ben", "name": "Ben Okoro"}}, "epic": map[string]any{"iid": 3, "group_id": 9},
	}
}

// ServeHTTP answers as the API does, and notes what it does not have.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer := func(code int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(body)
	}
	if r.Header.Get("Private-Token") != secret {
		answer(http.StatusUnauthorized, map[string]string{"message": "401 Unauthorized"})
		return
	}
	if !strings.HasPrefix(r.UserAgent(), "waitgraph") {
		f.wrong = append(f.wrong, "user agent "+r.UserAgent())
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/api/v4/"), "/")
	for n := range parts {
		parts[n], _ = url.PathUnescape(parts[n])
	}
	missing := func() { answer(http.StatusNotFound, map[string]string{"message": "404 Not found"}) }
	if len(parts) == 3 && parts[0] == "groups" && parts[2] == "projects" {
		var list []any
		for _, p := range f.sorted() {
			if strings.HasPrefix(p.path, parts[1]+"/") && !p.hidden {
				list = append(list, map[string]any{"id": 1, "path_with_namespace": p.path})
			}
		}
		if list == nil {
			missing()
			return
		}
		answer(http.StatusOK, slicePage(list, r.URL.Query()))
		return
	}
	if len(parts) < 3 || parts[0] != "projects" || parts[2] != "issues" {
		f.wrong = append(f.wrong, r.URL.Path)
		missing()
		return
	}
	p := f.projects[parts[1]]
	if p == nil || p.hidden {
		missing()
		return
	}
	if len(parts) == 3 {
		f.list(p, r.URL.Query(), answer)
		return
	}
	iid, _ := strconv.ParseInt(parts[3], 10, 64)
	i := p.issues[iid]
	switch {
	case i == nil:
		missing()
	case len(parts) == 4:
		answer(http.StatusOK, f.json(i))
	default:
		list := []any{}
		for _, l := range i.links {
			far, kind := l.to, l.kind
			if far == i {
				if far = l.from; kind == "blocks" {
					kind = "is_blocked_by"
				}
			}
			if far.project.hidden {
				continue
			}
			one := f.json(far)
			one["issue_link_id"], one["link_type"], one["link_created_at"] = l.id, kind, l.at.Format(time.RFC3339Nano)
			list = append(list, one)
		}
		answer(http.StatusOK, list)
	}
}

func (f *fake) sorted() []*fakeProject {
	var list []*fakeProject
	for _, p := range f.projects {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *fakeProject) int { return strings.Compare(a.path, b.path) })
	return list
}

func (f *fake) list(p *fakeProject, q url.Values, answer func(int, any)) {
	for name := range q {
		if !slices.Contains([]string{"page", "per_page", "order_by", "sort", "scope", "updated_after", "created_after"}, name) {
			f.wrong = append(f.wrong, "query parameter "+name)
		}
	}
	stamp := func(i *fakeIssue) time.Time {
		if q.Get("order_by") == "updated_at" {
			return i.updated
		}
		return i.created
	}
	var issues []*fakeIssue
	for _, i := range p.issues {
		updated, _ := time.Parse(time.RFC3339, q.Get("updated_after"))
		created, _ := time.Parse(time.RFC3339, q.Get("created_after"))
		if !i.updated.Before(updated) && !i.created.Before(created) {
			issues = append(issues, i)
		}
	}
	slices.SortFunc(issues, func(a, b *fakeIssue) int { return cmp.Or(stamp(a).Compare(stamp(b)), cmp.Compare(a.id, b.id)) })
	list := []any{}
	for _, i := range issues {
		list = append(list, f.json(i))
	}
	answer(http.StatusOK, append([]any{}, slicePage(list, q)...))
}

func slicePage(list []any, q url.Values) []any {
	size, number := 20, 1
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		number = n
	}
	return list[min(len(list), (number-1)*size):min(len(list), number*size)]
}
