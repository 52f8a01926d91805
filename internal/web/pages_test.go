package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/waitgraph/waitgraph/model"
)

// pageOf gets a page as a browser does and holds it to what every page is held to.
func pageOf(t testing.TB, s *site, target string, code int) string {
	t.Helper()
	w := s.do(t, http.MethodGet, target, "Accept", "text/html,*/*;q=0.8")
	if w.Code != code || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("GET %s: status %d, want %d, type %s", target, w.Code, code, w.Header().Get("Content-Type"))
	}
	body := w.Body.String()
	wellFormed(t, target, body)
	for _, m := range regexp.MustCompile(`<(style|iframe|object|base)\b|\s(on\w+|style)="|<script>|"javascript:`).FindAllString(body, -1) {
		t.Errorf("%s holds %q, which its policy forbids", target, m)
	}
	for _, landmark := range []string{"<header>", `<main id="main"`, "<footer>", `<html lang="en">`, `name="viewport"`, `href="#main"`, "<h1", "<nav"} {
		if !strings.Contains(body, landmark) {
			t.Errorf("%s lacks %s", target, landmark)
		}
	}
	return body
}

// wellFormed checks that every element that must be closed is, in order.
func wellFormed(t testing.TB, target, body string) {
	t.Helper()
	open := []string{}
	for _, m := range regexp.MustCompile(`<(/?)([a-zA-Z][a-z0-9]*)\b[^>]*?(/?)>`).FindAllStringSubmatch(body, -1) {
		switch {
		case m[3] == "/" || strings.Contains(" meta link img br input ", " "+m[2]+" "):
		case m[1] == "":
			open = append(open, m[2])
		case len(open) == 0 || open[len(open)-1] != m[2]:
			t.Fatalf("%s: </%s> closes %v", target, m[2], open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("%s: never closed: %v", target, open)
	}
}

// text is what a reader sees: tags gone, white space folded.
func text(body string) string {
	plain := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " ")), " ")
	return html.UnescapeString(strings.ReplaceAll(plain, " ,", ","))
}

func contains(t testing.TB, body string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text(body), want) {
			t.Errorf("the page lacks %q:\n%s", want, text(body))
		}
	}
}

// known lets pages link to the trackers of the organisation.
func known(s *site) *site {
	s.facts.Trackers = []model.Tracker{{Site: model.Site{Hosts: []string{"github.example", "jira.example"}}}}
	return s
}

// Every link of every page leads to a page or an answer, and what a count links
// to has as many rows.
func TestEveryLink(t *testing.T) {
	s := known(newSite(organisation().graph()))
	seen := map[string]bool{}
	queue := []string{"/"}
	counts := 0
	for len(queue) > 0 && len(seen) < 1500 {
		target := queue[0]
		queue = queue[1:]
		if seen[target] {
			continue
		}
		seen[target] = true
		if strings.HasPrefix(target, "/api/") || strings.HasPrefix(target, "/static/") || target == "/metrics" {
			if w := s.do(t, http.MethodGet, target); w.Code != 200 {
				t.Errorf("%s answers %d: %s", target, w.Code, w.Body)
			}
			continue
		}
		body := pageOf(t, s, target, 200)
		for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			href, err := url.Parse(html.UnescapeString(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			if href.Host == "" && href.Scheme == "" {
				queue = append(queue, (&url.URL{Path: "/"}).ResolveReference(&url.URL{Path: href.Path, RawPath: href.RawPath, RawQuery: href.RawQuery}).RequestURI())
			} else if !slices.Contains([]string{"github.example", "jira.example", "github.com"}, href.Host) {
				t.Errorf("%s links to %s", target, href)
			}
		}
		for _, m := range regexp.MustCompile(`<a href="((?:blocked|items|dependencies|conflicts|hygiene|cycles|dangling|blockers|matrix)(?:\?[^"]*)?)">(?:<b>|<bdi>)?(\d+)<`).FindAllStringSubmatch(body, -1) {
			list := pageOf(t, s, "/"+html.UnescapeString(m[1]), 200)
			total := regexp.MustCompile(`id="total">([^<]*)<`).FindStringSubmatch(list)
			if total == nil || total[1] != m[2] {
				t.Errorf("%s says %s, %s has %v", target, m[2], m[1], total)
			}
			counts++
		}
	}
	if len(seen) < 60 || counts < 30 {
		t.Errorf("followed %d links and checked %d counts", len(seen), counts)
	}
}

func TestHome(t *testing.T) {
	s := known(newSite(organisation().graph()))
	body := pageOf(t, s, "/", 200)
	contains(t, body,
		"2 trackers fresh as of less than a minute ago", "3 blocked now", "2 waits between teams", "39 days oldest wait jira:PAY-10", "2 cycles", "2 dangling references", "5 open items",
		"github:acme/api#45 ↗ =Payments <script>alert(1)</script> unowned nobody 2 pay plat 3.5 2026-03-20 in 10 days",
		"jira:PAY-10 ↗ Title of PAY-10 pay 2026-01-29 39 days ago jira:PLAT-2 plat",
		"jira:PAY-9 Title of PAY-9 pay 2026-03-10 at least 1 hour ago flag: Impediment (unexplained)",
		"github ✓ fresh synced 1 minute ago, 2 items", "As of 2026-03-10T11:59:50Z", "waitgraph 1.2.3",
	)
	if strings.Contains(body, "http-equiv") || strings.Contains(body, `class="alarm"`) {
		t.Error("a page without first sync reloads, or one without a stale tracker has an alarm")
	}
	if strings.Contains(body, "user:pw") {
		t.Error("credentials of an address are shown")
	}
}

// What waits over time begins when all had been read for the first time.
func TestTrend(t *testing.T) {
	b := organisation()
	g := b.graph()
	g.History = &model.History{Began: now.Add(-3 * time.Hour)}
	contains(t, pageOf(t, known(newSite(g)), "/", 200), "2026-03-10: 2, across teams 2 2026-03-10: 3, across teams 2")
	s := known(newSite(g))
	s.facts.Trackers[0].FirstSync = now.Add(-time.Hour)
	contains(t, pageOf(t, s, "/", 200), "2026-03-10: 3, across teams 2 2026-03-10: 3, across teams 2")
	g.History = nil
	contains(t, pageOf(t, known(newSite(g)), "/", 200), "Not enough history is recorded yet.")
}

func TestPagesBeforeFirstGraph(t *testing.T) {
	s := newSite(nil)
	s.status.Trackers = []model.TrackerStatus{
		{Name: "jira", Done: 120, Total: 300, Pages: 2, Unmapped: []string{`status "<b>Parked" has no category`}},
		{Name: "github", Done: 7, Pages: 1, Error: "credentials refused"},
	}
	body := pageOf(t, s, "/", 200)
	for _, want := range []string{
		`<body data-syncing>`, `value="120" max="300"`, "120 of 300 items, 2 pages", "7 items, 1 page<",
		"credentials refused", "has not been read whole yet", "The first sync is under way",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	pageOf(t, s, "/blocked", 503)
	contains(t, pageOf(t, s, "/status", 200), "120 of 300 items, 2 pages, about 36 hours left", "Check the token", `Fields and statuses to map status "<b>Parked" has no category`)
}

func TestStaleBanner(t *testing.T) {
	b := organisation()
	b.Trackers[1].Fresh = false
	s := newSite(b.graph())
	s.status.Trackers[1].Fresh = false
	s.status.Trackers[1].LastSync = ago(3 * time.Hour)
	s.status.Trackers[1].Error = "status 503 for search"
	for _, target := range []string{"/", "/blocked", "/item?ref=PAY-10", "/graph", "/team?name=pay", "/status", "/blocked?nope=1"} {
		w := s.do(t, http.MethodGet, target)
		contains(t, w.Body.String(), "jira is stale since 2026-03-10T09:00:00Z (3 hours ago): what is shown of it was true then. status 503 for search", "1 of 2 trackers not fresh")
	}
}

func TestMirroredItemsAreCountedOnce(t *testing.T) {
	b := organisation()
	b.Items[5].Twin = 4
	contains(t, pageOf(t, newSite(b.graph()), "/", 200), "4 open items 5 items, mirrored ones counted once")
}

func TestEmptyPages(t *testing.T) {
	s := newSite(newBuilder("jira").graph())
	contains(t, pageOf(t, s, "/", 200), "No team waits on another.", "Nothing holds anything up.", "Nothing is blocked.", "none oldest wait")
	contains(t, pageOf(t, s, "/blocked", 200), "Nothing is blocked.")
	contains(t, pageOf(t, s, "/graph", 200), "No team waits on another.")
}

func TestTable(t *testing.T) {
	s := known(newSite(organisation().graph()))
	refs := func(target string) []string {
		var refs []string
		for _, m := range regexp.MustCompile(`<td class="item" data-label="Item"><a class="ref"[^>]*><bdi>([^<]*)</bdi>`).FindAllStringSubmatch(pageOf(t, s, target, 200), -1) {
			refs = append(refs, m[1])
		}
		return refs
	}
	for target, want := range map[string]string{
		"/blocked":                                        "jira:PAY-10 jira:PLAT-2 jira:PAY-9",
		"/blocked?sort=-since":                            "jira:PAY-9 jira:PLAT-2 jira:PAY-10",
		"/blocked?sort=item":                              "jira:PAY-9 jira:PAY-10 jira:PLAT-2",
		"/blocked?sort=due":                               "jira:PAY-10 jira:PAY-9 jira:PLAT-2", // those without a date last
		"/blocked?sort=-due":                              "jira:PAY-10 jira:PAY-9 jira:PLAT-2",
		"/blocked?team=plat":                              "jira:PLAT-2",
		"/blocked?q=pay-1":                                "jira:PAY-10",
		"/blocked?rows=1&page=2":                          "jira:PLAT-2",
		"/blocked?root=acme/api%2345&on_team=plat":        "jira:PAY-10",
		"/blocked?behind=PLAT-2":                          "jira:PAY-10",
		"/items?state=todo&team=plat&sort=-item":          "jira:PLAT-2 jira:LOOP-1",
		"/items?q=script":                                 "github:acme/api#45",
		"/blockers":                                       "github:acme/api#45",
		"/blockers?team=pay":                              "",
		"/dependencies?item=PAY-9&kind=blocks&state=moot": "",
	} {
		if got := strings.Join(refs(target), " "); got != want {
			t.Errorf("%s lists %q, want %q", target, got, want)
		}
	}
	body := pageOf(t, s, "/blocked?team=pay&sort=-since&rows=1", 200)
	for _, want := range []string{
		`aria-sort="descending"`, `href="blocked?rows=1&amp;sort=since&amp;team=pay"`, `rel="next" href="blocked?page=2&amp;rows=1&amp;sort=-since&amp;team=pay"`,
		`href="api/v1/blocked?format=csv&amp;sort=-since&amp;team=pay"`, `<option value="pay" selected>`, `href="blocked?rows=1&amp;sort=-since"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// Filters are told in plain words.
func TestFiltersInWords(t *testing.T) {
	s := newSite(recorded())
	contains(t, pageOf(t, s, "/blocked?cross_team=true", 200), "cross team: yes")
	contains(t, pageOf(t, s, "/items?gap=unassigned_blocking&gap_of=plat", 200), "gap: unassigned blocking × remove gap of: plat × remove")
}

func TestItemPage(t *testing.T) {
	b := organisation()
	s := known(newSite(b.graph()))
	body := pageOf(t, s, "/item?ref=jira:PAY-10", 200)
	contains(t, body, "Blocked since 2026-01-29 39 days ago, from the tracker's history", "The longest chain", "root blocker", "pay lead Ana", "plat lead Kim",
		"waits on jira:PLAT-2", "waits on EXT-1 unseen", "relates to acme/gone#30 gone", "issue link, 1 blocks", "In Progress")
	contains(t, pageOf(t, s, "/item?ref=acme%2Fold%237&days=14", 200), "2 items", "Frees jira:PLAT-2", "github:acme/api#45", "Nothing blocks it")
	contains(t, pageOf(t, s, "/item?ref=PAY-9", 200), "Assignee not known", "only from what links to it")
	contains(t, pageOf(t, s, "/item?ref=jira:PLAT-22", 404), "Did you mean", "jira:PLAT-2")
	contains(t, pageOf(t, s, "/item", 400), "an item's page needs its ref")
}

func TestBadPages(t *testing.T) {
	s := newSite(organisation().graph())
	for target, want := range map[string]string{
		"/blocked?team=plta":                     "Did you mean plat",
		"/blocked?taem=plat":                     "unknown parameter. Did you mean team",
		"/blocked?rows=100000":                   "not a whole number from 1 to 200",
		"/blocked?page=x":                        "not a whole number",
		"/blocked?sort=sinc":                     "Did you mean since",
		"/blocked?sort=since&sort=team":          "given more than once",
		"/blocked?root=jira:PAY-11":              "no item of this name is known",
		"/blocked?q=" + strings.Repeat("x", 300): "longer than 200 bytes",
		"/graph?depth=99":                        "not a whole number from 1 to 10",
		"/graph?limit=100000":                    "not a whole number from 2 to 150",
		"/team":                                  "a team's page needs the name of one team",
		"/team?name=ghosts":                      "not one of the allowed values",
		"/program?name=x":                        "not one of the allowed values",
		"/item?ref=" + strings.Repeat("y", 600):  "longer than 500 bytes",
	} {
		contains(t, pageOf(t, s, target, 400), want)
	}
	contains(t, pageOf(t, s, "/graph?item=jira:PAY-100", 404), "Did you mean", "jira:PAY-10")
	contains(t, pageOf(t, s, "/blokced", 404), "/blocked")
	contains(t, pageOf(t, s, "/blocked?page=9", 404), "There is no page 9")
	if w := s.do(t, http.MethodGet, "/api/v1/nope", "Accept", "text/html"); w.Code != 404 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("the API answers %d, %s", w.Code, w.Header().Get("Content-Type"))
	}
}

// Whatever the trackers say, the pages stay small, well-formed and inert.
func TestHostilePages(t *testing.T) {
	hostile := []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "a\u202eb\u2066c\u200dd\ufeff", "\x00\x1b[31m\x07\u0085\u2028x", strings.Repeat("long ", 2000),
		strings.Repeat("\u0301", 10000), "{{.}}", "javascript:alert(1)", "\xff\xfe", "👩‍🚀🧨" + strings.Repeat("🏳️‍🌈", 500),
	}
	b := newBuilder("jira")
	n := 0
	next := func() string { n++; return hostile[n%len(hostile)] }
	var roots []int32
	var teams []string
	for i := range 60 {
		team := fmt.Sprint(i%20, hostile[i%2]) // of the config: never long, nor with control characters
		teams = append(teams, team)
		b.Teams = append(b.Teams, model.Team{Name: team, Lead: next(), Channel: next()})
		item := b.item("jira", fmt.Sprintf("P-%d", i)+next(), team, model.Todo, func(it *model.Item) {
			it.Title, it.URL, it.Due, it.Status, it.Priority = next(), next(), model.Date{Time: model.At(now)}, model.WordOf(next()), model.WordOf(next())
			it.Labels, it.Assignees = []string{next(), next()}, []model.Account{{Name: next()}}
		})
		roots = append(roots, item)
		b.Blockers = append(b.Blockers, model.Root{Item: item, Radius: model.Radius{Items: 40 - i/2, Teams: []string{next(), next()}}})
		b.Matrix = append(b.Matrix, model.Cell{Team: team, OnTeam: teams[i/2], Items: i, Oldest: model.At(ago(day))})
		if i > 0 {
			d := b.depend(model.Blocks, end(roots[i-1]), end(item), model.Active, model.Claim{Origin: model.Text, Where: next(), Author: next()})
			b.block(item, ago(time.Hour), model.Observed, model.Cause{Dependency: d})
		}
		b.Unmapped = append(b.Unmapped, model.Unmapped{Tracker: "jira", Phrase: next(), Claims: 1})
	}
	s := known(newSite(b.graph()))
	for i := range s.status.Trackers {
		s.status.Trackers[i].Fresh, s.status.Trackers[i].Error = false, next()+next()
		s.status.Trackers[i].Problems = []model.Problem{{Where: next(), What: next()}}
	}
	targets := []string{"/", "/blocked", "/blockers", "/dependencies", "/matrix", "/items", "/status", "/graph", "/dangling"}
	for i := range 12 {
		targets = append(targets, "/item?ref="+url.QueryEscape(b.Items[i].Ref()), "/graph?depth=9&item="+url.QueryEscape(b.Items[i].Ref()), "/team?name="+url.QueryEscape(teams[i]))
	}
	for _, target := range targets {
		if len(target) > 1500 {
			continue // such a ref has no page
		}
		body := pageOf(t, s, target, 200)
		if len(body) > 300_000 {
			t.Errorf("%.60s has %d bytes", target, len(body))
		}
		for _, bad := range []string{"<script>", "<img src=x", "onerror=alert(1)>", `"javascript:`} {
			if strings.Contains(body, bad) {
				t.Errorf("%.60s holds %q", target, bad)
			}
		}
		for _, r := range body {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("%.60s holds %U", target, r)
			}
		}
	}
	// The API gives every text whole, as JSON that stays JSON.
	if rows := s.get(t, "/api/v1/items", 200)["items"].([]any); len(rows) != 60 {
		t.Errorf("%d items", len(rows))
	}
}

// Pages link to trackers only, and only over http.
func TestLinksToTrackers(t *testing.T) {
	for address, linked := range map[string]bool{
		"https://jira.example/browse/P-1": true, "http://JIRA.example/x": true, "https://jira.example.evil.com/": false, "https://jira.example@evil.com/": false,
		"javascript:alert(1)": false, "data:text/html,x": false, "//jira.example/": false, "ftp://jira.example/": false, "https://evil.com/jira.example/": false, "": false,
	} {
		b := newBuilder("jira")
		b.item("jira", "P-1", "x", model.Todo, func(it *model.Item) { it.URL = address })
		if got := strings.Contains(pageOf(t, known(newSite(b.graph())), "/item?ref=P-1", 200), "open in its tracker"); got != linked {
			t.Errorf("%q linked: %v", address, got)
		}
	}
}

// A hub with more neighbours than fit says how many are left out, and leads to them.
func TestGraphLeavesOutHonestly(t *testing.T) {
	b := newBuilder("jira")
	b.Teams = []model.Team{{Name: "pay"}, {Name: "plat"}}
	hub := b.item("jira", "HUB-1", "plat", model.Todo)
	for i := range 312 {
		item := b.item("jira", fmt.Sprintf("PAY-%d", i+1), "pay", model.Todo)
		d := b.depend(model.Blocks, end(hub), end(item), model.Active, model.Claim{Origin: model.IssueLink})
		b.block(item, ago(day), model.FromHistory, model.Cause{Dependency: d})
	}
	b.Blockers = []model.Root{{Item: hub, Radius: model.Radius{Items: 312, Teams: []string{"pay"}}}}
	s := newSite(b.graph())
	body := pageOf(t, s, "/graph?item=HUB-1", 200)
	if nodes := strings.Count(body, `<a class="node`); nodes != 101 {
		t.Errorf("%d nodes", nodes)
	}
	contains(t, body, "and 213 more")
	if !strings.Contains(body, `href="blocked?behind=jira%3AHUB-1"`) {
		t.Error("what is left out cannot be reached")
	}
	for _, target := range []string{"/graph?team=pay", "/graph?team=pay&limit=20", "/graph?item=PAY-3&depth=10"} {
		if nodes := strings.Count(pageOf(t, s, target, 200), `<a class="node`); nodes > 150 {
			t.Errorf("%s draws %d nodes", target, nodes)
		}
	}
	answer := s.get(t, "/api/v1/graph?item=HUB-1&limit=30", 200)
	if nodes := answer["nodes"].([]any); len(nodes) != 21 {
		t.Errorf("%d nodes", len(nodes))
	}
}

// The brief says on its page what it says as Markdown, and leads to the items.
func TestBriefPage(t *testing.T) {
	s := known(newSite(process().graph()))
	body := pageOf(t, s, "/brief?team=pay&with=plat", 200)
	contains(t, body, "Brief: pay and plat", "pay waits on plat: 1 item", "lead Ana", "jira:PAY-10", "Since 2026-01-29, 39 days (from the tracker's history)")
	for _, want := range []string{`<a href="item?ref=jira%3APAY-10">`, `href="api/v1/brief?team=pay&amp;with=plat`, `data-copy="markdown"`, "# pay and plat\n"} {
		if !strings.Contains(body, want) {
			t.Errorf("the brief lacks %s", want)
		}
	}
	contains(t, pageOf(t, s, "/brief", 200), "pay and plat 1 pay on plat")
	for _, wrong := range []string{"/brief?team=pya", "/brief?with=pay", "/brief?team=pay&with=pay", "/brief?team=pay&since=soon", "/items?assignee=nobody"} {
		pageOf(t, s, wrong, 400)
	}
}
