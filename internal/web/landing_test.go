package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/waitgraph/waitgraph/model"
)

func page(t *testing.T, s *site) string {
	t.Helper()
	w := s.do(t, http.MethodGet, "/")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("status %d, type %s", w.Code, w.Header().Get("Content-Type"))
	}
	html := w.Body.String()
	wellFormed(t, html)
	return html
}

// wellFormed checks that every element that must be closed is, in order.
func wellFormed(t *testing.T, html string) {
	t.Helper()
	open := []string{}
	for _, m := range regexp.MustCompile(`<(/?)([a-z][a-z0-9]*)\b[^>]*>`).FindAllStringSubmatch(html, -1) {
		switch {
		case strings.Contains(" meta link img br ", " "+m[2]+" "):
		case m[1] == "":
			open = append(open, m[2])
		case len(open) == 0 || open[len(open)-1] != m[2]:
			t.Fatalf("</%s> closes %v", m[2], open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("never closed: %v", open)
	}
}

// text is what a reader sees: tags gone, white space folded.
func text(html string) string {
	plain := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(html, " ")), " ")
	return strings.ReplaceAll(plain, " ,", ",")
}

func TestLanding(t *testing.T) {
	s := newSite(organisation().graph())
	html := page(t, s)
	for _, want := range []string{
		"github fresh synced 1 minute ago, 2 items", "jira fresh synced 2 minutes ago, 4 items",
		"5 open items", "3 blocked now", "2 cross-team waits", "40 days oldest wait jira:PAY-10", "2 cycles", "2 dangling",
		"team plat unowned pay 1 plat 1",
		"github:acme/api#45 why =Payments &lt;script&gt;alert(1)&lt;/script&gt; unowned 2 pay, plat 3.5 2026-03-20",
		"jira:PAY-10 why Title of PAY-10 pay 2026-01-29 40 days ago jira:PLAT-2",
		"jira:PAY-9 why Title of PAY-9 pay 2026-03-10 at least 2 hours ago flag: Impediment",
		"As of 2026-03-10T11:59:50Z", "waitgraph 1.2.3",
	} {
		if !strings.Contains(text(html), want) {
			t.Errorf("the page lacks %q:\n%s", want, text(html))
			return
		}
	}
	if strings.Contains(html, "http-equiv") || strings.Contains(html, `class="alarm"`) {
		t.Error("a page without first sync reloads, or one without a stale tracker has an alarm")
	}
	if strings.Contains(html, "user:pw") {
		t.Error("credentials of an address are shown")
	}

	// Every link of the page that stays here leads somewhere, and the numbers are those of the lists.
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		href := strings.ReplaceAll(m[1], "&amp;", "&")
		if strings.HasPrefix(href, "http") || strings.HasPrefix(href, "#") {
			continue
		}
		if w := s.do(t, http.MethodGet, "/"+href); w.Code != 200 {
			t.Errorf("%s answers %d: %s", href, w.Code, w.Body)
		}
	}
	for _, m := range regexp.MustCompile(`<a href="(api/v1/[^"]*)"><b>(\d+)</b>`).FindAllStringSubmatch(html, -1) {
		if total := s.get(t, "/"+strings.ReplaceAll(m[1], "&amp;", "&"), 200)["total"]; fmt.Sprint(total) != m[2] {
			t.Errorf("%s has %v rows, the page says %s", m[1], total, m[2])
		}
	}
	for _, m := range regexp.MustCompile(`<(script|style|iframe|form|object)|\s(on\w+|style)=`).FindAllString(html, -1) {
		t.Errorf("the page holds %q, which its policy forbids", m)
	}
	for _, landmark := range []string{"<header>", `<main id="main">`, "<footer>", `<html lang="en">`, `name="viewport"`, `href="#main"`} {
		if !strings.Contains(html, landmark) {
			t.Errorf("the page lacks %s", landmark)
		}
	}
}

func TestLandingBeforeFirstGraph(t *testing.T) {
	s := newSite(nil)
	s.status.Trackers = []model.TrackerStatus{
		{Name: "jira", Done: 120, Total: 300, Pages: 2},
		{Name: "github", Done: 7, Pages: 1, Error: "credentials refused"},
	}
	html := page(t, s)
	for _, want := range []string{
		`<meta http-equiv="refresh" content="5">`, `value="120" max="300"`, "120 of 300 items, 2 pages", "7 items, 1 page<",
		"credentials refused", "has not been read whole yet", "The first sync is under way",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestLandingStale(t *testing.T) {
	b := organisation()
	b.Trackers[1].Fresh = false
	s := newSite(b.graph())
	s.status.Trackers[1].Fresh = false
	s.status.Trackers[1].LastSync = ago(3 * time.Hour)
	s.status.Trackers[1].Error = "status 503 for search"
	got := text(page(t, s))
	if want := "jira is stale since 2026-03-10T09:00:00Z (3 hours ago): what is shown of it was true then. status 503 for search"; !strings.Contains(got, want) {
		t.Errorf("the page lacks %q:\n%s", want, got)
	}
}

func TestLandingCountsMirroredItemsOnce(t *testing.T) {
	b := organisation()
	b.Items[5].Twin = 4
	if got := text(page(t, newSite(b.graph()))); !strings.Contains(got, "4 open items 5 items, mirrored ones counted once") {
		t.Errorf("%s", got)
	}
}

func TestLandingEmpty(t *testing.T) {
	s := newSite(newBuilder("jira").graph())
	got := text(page(t, s))
	for _, want := range []string{"No team waits on another.", "Nothing holds anything up.", "Nothing is blocked.", "none oldest wait"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
}

// Whatever the trackers say, the page stays small, well-formed and inert.
func TestLandingHostile(t *testing.T) {
	hostile := []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "a\u202eb\u2066c\u200dd\ufeff", "\x00\x1b[31m\x07\u0085\u2028x", strings.Repeat("long ", 2000),
		strings.Repeat("\u0301", 10000), "{{.}}", "javascript:alert(1)", "\xff\xfe",
	}
	b := newBuilder("jira")
	n := 0
	next := func() string { n++; return hostile[n%len(hostile)] }
	var roots []int32
	for i := range 40 {
		item := b.item("jira", fmt.Sprintf("P-%d", i)+next(), next(), model.Todo, func(it *model.Item) {
			it.Title, it.URL, it.Due = next(), next(), model.Date{Time: now}
		})
		roots = append(roots, item)
		b.Blockers = append(b.Blockers, model.Root{Item: item, Radius: model.Radius{Items: 40 - i, Teams: []string{next(), next()}}})
		b.Matrix = append(b.Matrix, model.Cell{Team: fmt.Sprint(i, next()), OnTeam: fmt.Sprint(i/2, next()), Items: i, Oldest: ago(day)})
		if i > 0 {
			d := b.depend(model.Blocks, end(roots[i-1]), end(item), model.Active, model.Claim{Origin: model.Text, Where: next()})
			b.block(item, ago(time.Hour), model.Observed, model.Cause{Dependency: d})
		}
	}
	s := newSite(b.graph())
	for i := range s.status.Trackers {
		s.status.Trackers[i].Fresh, s.status.Trackers[i].Error = false, next()+next()
	}
	html := page(t, s)
	if len(html) > 100_000 {
		t.Errorf("the page has %d bytes", len(html))
	}
	for _, bad := range []string{"<script", "<img src=x", "onerror=alert(1)>", `"javascript:`} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, r := range html {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("the page holds %U", r)
		}
	}
	for _, word := range strings.Split(text(html), " ") {
		if len(word) > 1000 {
			t.Errorf("a word of %d bytes", len(word))
		}
	}
	// The API gives every text whole, as JSON that stays JSON.
	if rows := s.get(t, "/api/v1/items", 200)["items"].([]any); len(rows) != 40 {
		t.Errorf("%d items", len(rows))
	}
}
