package github_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what was observed with a recorded file.
func golden(t *testing.T, name string, batches []model.Batch) {
	t.Helper()
	var observed struct {
		Items    []model.Observation
		Problems []model.Problem
	}
	for _, b := range batches {
		observed.Items = append(observed.Items, b.Items...)
		observed.Problems = append(observed.Problems, b.Problems...)
	}
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(observed); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(name, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestConvert(t *testing.T) {
	page := testdata(t, "page.json")
	config := configure("https://api.github.com", "secret", "acme/api")
	config.Labels.Blocked = []string{"on hold"}
	c := build(t, config, "secret", transport(func(query string, _ object) string {
		if strings.Contains(query, "__type(") {
			return `{"data":{"issue":{"fields":[{"name":"blockedBy"},{"name":"blocking"}]}}}`
		}
		return page
	}))
	m := newMemory(t)
	m.must(m.changes(c))
	golden(t, "testdata/page.golden.json", m.batches)
}

// TestAnonymous reads by REST, and by nothing else.
func TestAnonymous(t *testing.T) {
	var asked []string
	files := map[string]string{
		"/repos/acme/api/issues":                           "rest-issues.json",
		"/repos/acme/api/pulls":                            "rest-pulls.json",
		"/repos/acme/api/issues/1/dependencies/blocked_by": "rest-blocked-by.json",
	}
	c := build(t, configure("https://api.github.com", "", "acme/api"), "", roundTripper(func(r *http.Request) (int, string) {
		asked = append(asked, r.URL.RequestURI())
		if r.Header.Get("Authorization") != "" {
			t.Error("credentials were sent")
		}
		if name, ok := files[r.URL.Path]; ok {
			return http.StatusOK, testdata(t, name)
		}
		return http.StatusNotFound, `{"message":"Not Found"}`
	}))
	m := newMemory(t)
	m.must(m.changes(c))
	golden(t, "testdata/rest.golden.json", m.batches)
	want := []string{
		"/repos/acme/api/issues?direction=asc&per_page=100&sort=updated&state=all",
		"/repos/acme/api/issues/1/dependencies/blocked_by?per_page=100",
		"/repos/acme/api/pulls?state=all&sort=updated&direction=desc&per_page=100",
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("requests: %s", diff)
	}
	if len(m.site.Notes) == 0 || m.site.Hosts[0] != "github.com" {
		t.Errorf("site: %+v", m.site)
	}
	b, err := c.(connectors.Asker).Ask(t.Context(), []string{"acme/api#99", "acme/other#1"})
	m.must(err)
	wantAnswers := []model.Answer{{Key: "acme/api#99", Reason: model.Gone}, {Key: "acme/other#1", Reason: model.Forbidden}}
	if diff := cmp.Diff(wantAnswers, b.Answers); diff != "" {
		t.Errorf("answers: %s", diff)
	}
}

// Without a credential a list is followed by the addresses the server gives,
// and when the limit comes, the next sync goes on there.
func TestAnonymousPages(t *testing.T) {
	const next = `<https://api.github.com/repositories/1/issues?cursor=abc>; rel="next", <https://api.github.com/x>; rel="last"`
	issue := func(n string) string {
		return `[{"node_id":"I_` + n + `","number":` + n + `,"title":"t","state":"open","html_url":"https://github.com/acme/api/issues/` + n + `",
			"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","repository_url":"https://api.github.com/repos/acme/api"}]`
	}
	var asked []string
	limited := true
	server := headers(func(r *http.Request) (int, string, http.Header) {
		if r.URL.Path != "/repos/acme/api/pulls" {
			asked = append(asked, strings.TrimPrefix(r.URL.Path, "/")+" "+r.URL.Query().Get("since"))
		}
		switch {
		case r.URL.Path == "/repos/acme/api/pulls":
			return http.StatusOK, "[]", nil
		case r.URL.Path == "/repos/acme/api/issues":
			return http.StatusOK, issue("1"), http.Header{"Link": {next}}
		case limited:
			return http.StatusForbidden, `{"message":"API rate limit exceeded"}`, http.Header{"X-Ratelimit-Remaining": {"0"}, "Retry-After": {"3600"}}
		case r.URL.Path == "/repositories/1/issues" && r.URL.Query().Get("cursor") == "abc":
			return http.StatusOK, issue("2"), nil
		}
		t.Errorf("asked for %s", r.URL)
		return http.StatusNotFound, "{}", nil
	})
	m := newMemory(t)
	err := m.changes(build(t, configure("https://api.github.com", "", "acme/api"), "", server))
	var limit *connectors.LimitError
	if !errors.As(err, &limit) || time.Until(limit.Until) < 50*time.Minute {
		t.Errorf("got %v, want a limit of an hour", err)
	}
	if n := len(m.items); n != 1 {
		t.Errorf("%d items before the limit, want 1", n)
	}
	limited = false
	m.must(m.changes(build(t, configure("https://api.github.com", "", "acme/api"), "", server)))
	if n := len(m.items); n != 2 {
		t.Errorf("%d items in the end, want 2", n)
	}
	want := []string{
		"repos/acme/api/issues ",
		"repos/acme/api/issues 2025-12-31T23:59:59Z", // the same stamp again: its list is followed
		"repositories/1/issues ",
		"repositories/1/issues ", // goes on, and then looks for what changed meanwhile
		"repos/acme/api/issues 2025-12-31T23:49:59Z",
		"repos/acme/api/issues 2025-12-31T23:59:59Z",
		"repositories/1/issues ",
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("requests: %s", diff)
	}
}

type roundTripper func(r *http.Request) (int, string)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	return headers(func(r *http.Request) (int, string, http.Header) {
		code, body := f(r)
		return code, body, nil
	}).RoundTrip(r)
}

type headers func(r *http.Request) (int, string, http.Header)

func (f headers) RoundTrip(r *http.Request) (*http.Response, error) {
	code, body, h := f(r)
	if h == nil {
		h = http.Header{}
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	return &http.Response{
		StatusCode: code, Header: h, Request: r, ContentLength: -1, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

// Without a credential globs, census and check follow REST's pages too.
func TestAnonymousWalks(t *testing.T) {
	issues := strings.TrimSpace(testdata(t, "rest-issues.json"))
	c := build(t, configure("https://api.github.com", "", "acme/*", "!acme/old", "ben/*", "nobody/*"), "", headers(func(r *http.Request) (int, string, http.Header) {
		more := http.Header{"Link": {`<https://api.github.com` + r.URL.Path + `?page=2>; rel="next"`}}
		second := r.URL.Query().Get("page") == "2"
		switch {
		case r.URL.Path == "/orgs/acme/repos" && !second:
			return http.StatusOK, `[{"full_name":"acme/old"}]`, more
		case r.URL.Path == "/orgs/acme/repos":
			return http.StatusOK, `[{"full_name":"acme/api"}]`, nil
		case r.URL.Path == "/users/ben/repos":
			return http.StatusOK, `[{"full_name":"ben/gone"}]`, nil
		case r.URL.Path == "/repos/acme/api/issues" && !second && r.URL.Query().Get("sort") == "created":
			return http.StatusOK, issues, more
		case r.URL.Path == "/repos/acme/api/issues" && second:
			return http.StatusOK, `[{"node_id":"I_7"}]`, nil
		case r.URL.Path == "/repos/acme/api/labels":
			return http.StatusOK, `[{"name":"Blocked!","url":"https://api.github.com/repos/acme/api/labels/Blocked!"}]`, nil
		}
		return http.StatusNotFound, `{"message":"Not Found"}`, nil
	}))
	lost := model.Record{Item: model.Item{ID: model.ID{Tracker: model.WordOf("gh"), Native: "I_9"}, Key: "acme/api#9", Project: model.WordOf("acme/api")}}
	site, unmapped, err := c.(connectors.Checker).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var scopes []string
	for _, s := range site.Scopes {
		scopes = append(scopes, fmt.Sprint(s.Name, " ", s.Readable))
	}
	if diff := cmp.Diff([]string{"acme/api true", "ben/gone false", "nobody/* false"}, scopes); diff != "" {
		t.Errorf("scopes: %s", diff)
	}
	if len(unmapped) != 1 || !strings.Contains(unmapped[0], "Blocked!") {
		t.Errorf("unmapped: %q", unmapped)
	}
	census, err := c.(connectors.Censor).Census(t.Context(), []*model.Record{&lost})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]string{"acme/api": {"I_1", "I_2", "I_3", "I_7", "PR_7"}}, census.Native); diff != "" {
		t.Errorf("ids: %s", diff)
	}
	if diff := cmp.Diff([]model.Absence{{ID: lost.Item.ID, Reason: model.Gone}}, census.Gone); diff != "" {
		t.Errorf("gone: %s", diff)
	}
}

// GitHub numbers no more than a hundred pages. Pull requests beyond are not to
// be had, which is said; ids beyond are counted from the other end.
func TestAnonymousDeepPages(t *testing.T) {
	item := func(kind string, n int) string {
		return fmt.Sprintf(`{"node_id":"%s_%d","number":%d,"title":"t","state":"open","html_url":"https://github.com/acme/api/issues/%d",
			"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-0%dT00:00:00Z","repository_url":"https://api.github.com/repos/acme/api",
			"base":{"repo":{"full_name":"acme/api"}}}`, kind, n, n, n, n)
	}
	ids := func(ns ...int) string {
		var all []string
		for _, n := range ns {
			all = append(all, fmt.Sprintf(`{"node_id":"I_%d"}`, n))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	c := build(t, configure("https://api.github.com", "", "acme/api"), "", headers(func(r *http.Request) (int, string, http.Header) {
		q := r.URL.Query()
		more := http.Header{"Link": {`<https://api.github.com` + r.URL.Path + `?direction=` + q.Get("direction") + `&page=2>; rel="next"`}}
		switch page, direction := q.Get("page"), q.Get("direction"); {
		case page != "" && direction == "desc" && strings.HasSuffix(r.URL.Path, "/issues"):
			return http.StatusOK, ids(3, 2), more
		case page != "":
			return http.StatusUnprocessableEntity, `{"message":"Pagination with the page parameter is not supported for large datasets"}`, nil
		case strings.HasSuffix(r.URL.Path, "/pulls"):
			return http.StatusOK, "[" + item("PR", 9) + "," + item("PR", 8) + "]", more
		case q.Get("sort") == "created" && direction == "asc":
			return http.StatusOK, ids(1, 2), more
		case q.Get("sort") == "created":
			return http.StatusOK, ids(5, 4), more
		}
		return http.StatusOK, "[]", nil
	}))
	m := newMemory(t)
	m.must(m.changes(c))
	if len(m.items) != 2 || len(m.site.Notes) != 3 || !strings.Contains(m.site.Notes[2], "newest pull requests of acme/api") {
		t.Errorf("%d items, notes %q", len(m.items), m.site.Notes)
	}
	census, err := c.(connectors.Censor).Census(t.Context(), nil)
	m.must(err)
	if diff := cmp.Diff(map[string][]string{"acme/api": {"I_1", "I_2", "I_3", "I_4", "I_5"}}, census.Native); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}
