package web_test

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/internal/web"
	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// strained is what many teams have recorded, under rules that leave every gap open.
func strained() *site {
	facts, rules := crowd(1500, 3, 1)
	for i := range facts.Records {
		it := &facts.Records[i].Item
		it.Title = "As people write them"
		if i%5 == 0 && it.State.Open() {
			it.State = model.Doing
		}
		if i%7 == 0 {
			it.Components = []string{"mainframe"}
		}
		if i%3 == 0 {
			it.Points = new(float64(i % 8))
		}
		if it.Type = model.WordOf("Story"); i%11 == 0 {
			it.Type = model.WordOf("Bug")
		}
	}
	odd := &facts.Records[700].Claims
	*odd = append(*odd, model.Claim{
		Kind: model.Relates, Unmapped: model.WordOf("is gated by"), Origin: model.IssueLink, FirstSeen: model.At(now), Target: model.Target{Key: facts.Records[3].Item.Key}, Seq: 9,
	})
	rules.Skills = []model.Skill{{Name: "cobol", Match: []model.Matcher{{Component: "mainframe"}}}}
	for i := range rules.Teams {
		rules.Teams[i].Lead, rules.Teams[i].Members[0].Name = "Kim", "Robin"
		rules.Teams[i].Capacity = model.Capacity{PointsPerWeek: 10, WIPPerPerson: 2}
	}
	rules.Gaps = model.GapRules{Horizon: 28 * 24 * time.Hour, Window: 28 * 24 * time.Hour}
	return known(newSite(reconcile.Reconcile(facts, rules, now), func(o *web.Options) {
		o.Status = func() model.Status {
			st := status()
			st.Trackers = slices.DeleteFunc(st.Trackers, func(t model.TrackerStatus) bool { return t.Name != "jira" })
			st.Trackers[0].Items = len(facts.Records)
			return st
		}
	}))
}

// What a page may say in digits that counts nothing there is a list of: times, points,
// shares, ranks, what a list shows of itself, what a tracker allows.
var noCounts = regexp.MustCompile(strings.Join([]string{
	`\d{4}-\d\d-\d\d(T[\d:]+Z| \d\d:\d\d UTC)?`, `(in |at least )?[\d.,]+ (minute|hour|day|week|month|year)s?( ago| late)?`, `-?[\d.,]+ points`, `\d+%`, `[Rr]ank \d+( of \d+)?`, `page \d+ of \d+`,
	`limit (is )?\d+`, `\d+ people carry half`, `Points \d+`, `Robin \(\d\)`, `Surname \(\d\)`, `slack -?\d+ days`, `[\d,]+ of [\d,]+ renewed`,
}, "|"))

// unlinked drops from a page what is linked, and what is no text of its own.
var unlinked = regexp.MustCompile(`(?s)^.*<main[^>]*>|</main>.*$|<a\b.*?</a>|<time.*?</time>|<(option|textarea|pre|title|code|label)\b.*?</(option|textarea|pre|title|code|label)>|<bdi class="title">.*?</bdi>|<p class="sum">.*?</p>|<td class="n[^"]*" data-label="(Points|Points due / capacity|Slack, days|Depth|Took)">.*?</td>|<bdi>(points due|weeks to clear[^<]*)</bdi>.*?</td><td[^>]*>.*?</td>`)

// Every count is a link, and leads to as many rows as it says.
func TestEveryCount(t *testing.T) {
	s := strained()
	item := refs(s.get(t, "/api/v1/blockers?limit=1", 200), "blockers", "ref")[0]
	waiting := refs(s.get(t, "/api/v1/blocked?limit=1&team=team-001", 200), "blocked", "ref")[0]
	counts := 0
	for _, target := range []string{
		"/", "/blocked", "/blockers", "/dependencies", "/conflicts", "/hygiene", "/teams", "/programs", "/gaps", "/items", "/matrix", "/cycles", "/dangling", "/status", "/brief",
		"/team?name=team-001", "/gaps?team=team-001", "/program?name=launch", "/brief?team=team-001&with=team-002", "/brief?team=team-001", "/item?ref=" + item, "/item?ref=" + waiting, "/graph", "/graph?item=" + item,
	} {
		body := pageOf(t, s, target, 200)
		for _, m := range regexp.MustCompile(`<a href="((?:blocked|items|dependencies|conflicts|hygiene|cycles|dangling|blockers|matrix)(?:\?[^"]*)?)">(?:<b>|<bdi>)?(?:[^<]*: )?([\d,]+)(?: items?)?<`).FindAllStringSubmatch(body, -1) {
			list := pageOf(t, s, "/"+html.UnescapeString(m[1]), 200)
			total := regexp.MustCompile(`id="total">([^<]*)<`).FindStringSubmatch(list)
			if total == nil || total[1] != m[2] {
				t.Errorf("%s says %s, %s has %v", target, m[2], m[1], total)
			}
			counts++
		}
		plain := text(unlinked.ReplaceAllString(body, " "))
		words := strings.Fields(noCounts.ReplaceAllString(plain, ""))
		for i, word := range words {
			if n, err := strconv.ParseFloat(strings.Trim(strings.ReplaceAll(word, ",", ""), ".;:()·×"), 64); err == nil && n > 0 {
				t.Errorf("%s says %v without a link: … %s …", target, n, strings.Join(words[max(0, i-6):min(len(words), i+6)], " "))
			}
		}
	}
	if counts < 150 {
		t.Errorf("only %d counts checked", counts)
	}
}

// Between many teams every arrow has its number where it covers nothing, or is said to
// have no room for it.
func TestNumbersOfArrows(t *testing.T) {
	b := newBuilder("jira")
	for i := range 9 {
		name := string(rune('a'+i)) + " team"
		b.Teams = append(b.Teams, model.Team{Name: name})
		for j := range 9 {
			if i != j {
				b.Matrix = append(b.Matrix, model.Cell{Team: name, OnTeam: string(rune('a'+j)) + " team", Items: 1 + i*j, Oldest: model.At(ago(time.Duration(100*i+j) * time.Hour))})
			}
		}
	}
	body := pageOf(t, newSite(b.graph()), "/graph", 200)
	type box struct{ left, top, right, bottom float64 }
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	var boxes []box
	for _, m := range regexp.MustCompile(`translate\((\d+) (\d+)\)"><title>[^<]*</title><rect width="(\d+)" height="(\d+)"`).FindAllStringSubmatch(body, -1) {
		x, y := number(m[1]), number(m[2])
		boxes = append(boxes, box{x, y, x + number(m[3]), y + number(m[4])})
	}
	labels := regexp.MustCompile(`href="blocked\?on_team=[^"]*"><title>[^<]*</title><text x="(\d+)" y="(\d+)">([^<]*)<`).FindAllStringSubmatch(body, -1)
	for _, m := range labels {
		x, y, half := number(m[1]), number(m[2]), 3.2*float64(len([]rune(m[3])))
		boxes = append(boxes, box{x - half, y - 7, x + half, y + 7})
	}
	for i, a := range boxes {
		for _, b := range boxes[:i] {
			if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
				t.Errorf("%v is on %v", a, b)
			}
		}
	}
	missing := 0
	if m := regexp.MustCompile(`(\d+) arrows? without room`).FindStringSubmatch(body); m != nil {
		missing = int(number(m[1]))
	}
	if arrows := strings.Count(body, `<g class="edge active"><path`); len(boxes) != 9+len(labels) || arrows < 50 || len(labels) < arrows*9/10 || len(labels)+missing != arrows {
		t.Errorf("%d boxes, %d labels and %d missing of %d arrows", len(boxes), len(labels), missing, arrows)
	}
}
