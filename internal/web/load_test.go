package web_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/internal/web"
	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// crowd generates what many teams have recorded: most claims between items that
// are near in time, a few hubs that hundreds wait on.
func crowd(items, teams int, seed uint64) (*model.Facts, *model.Rules) {
	r := rand.New(rand.NewPCG(seed, uint64(items)))
	f := &model.Facts{Trackers: []model.Tracker{{Name: "jira", Type: "jira", LastSync: now, Site: model.Site{Hosts: []string{"jira.example"}}}}}
	rules := &model.Rules{StaleAfter: time.Hour, Trackers: []model.TrackerRules{{Name: "jira", Type: "jira"}}}
	for i := range teams {
		project := fmt.Sprintf("P%03d", i)
		rules.Trackers[0].Projects = append(rules.Trackers[0].Projects, project)
		rules.Teams = append(rules.Teams, model.Team{
			Name: fmt.Sprintf("team-%03d", i), Lead: fmt.Sprintf("Lead %d", i), Owns: []model.Matcher{{Project: project}},
			Members: []model.Person{{Name: fmt.Sprintf("Person %d", i), Jira: fmt.Sprintf("u%d", i), FTE: 1}},
		})
	}
	rules.Programs = []model.Program{{Name: "launch", Core: "team-001", Select: []model.Matcher{{Label: "launch"}}}}
	f.Records = make([]*model.Record, items)
	for i := range items {
		team := r.IntN(teams)
		it := model.Item{
			ID: model.ID{Tracker: model.WordOf("jira"), Native: fmt.Sprint(100000 + i)}, Project: model.WordOf(fmt.Sprintf("P%03d", team)), Type: model.WordOf("Story"), Priority: model.WordOf("High"), Status: model.WordOf("Open"),
			State: model.Todo, Title: fmt.Sprintf("Item %d of a backlog that is long, with a title as people write them", i), Created: model.At(now.AddDate(0, 0, -r.IntN(300))), Updated: model.At(now),
			Assignees: []model.Account{{ID: fmt.Sprintf("u%d", r.IntN(3*teams)), Name: "Somebody Surname"}},
		}
		it.Key = fmt.Sprintf("%s-%d", it.Project, i+1)
		it.URL = "https://jira.example/browse/" + it.Key
		if r.IntN(10) > 3 {
			it.State, it.Closed = model.Done, it.Created.Add(10*24*time.Hour)
		}
		if r.IntN(3) == 0 {
			it.Due = model.Date{Time: model.At(now.AddDate(0, 0, r.IntN(60)-10)), Day: true}
		}
		if r.IntN(200) == 0 {
			it.Labels = []string{"launch"}
		}
		f.Records[i] = &model.Record{Item: it, FirstSeen: it.Created, Confirmed: model.At(now)}
	}
	for range items + items/2 {
		from := r.IntN(items)
		to := max(0, from-1-r.IntN(400))
		if r.IntN(20) == 0 {
			to = to / 2000 * 2000 // a hub
		}
		a, b := f.Records[from], f.Records[to]
		a.Claims = append(a.Claims, model.Claim{
			Kind: model.Blocks, Reverse: true, FirstSeen: model.At(now.AddDate(0, 0, -r.IntN(60))), Origin: model.IssueLink, Where: "is blocked by",
			Target: model.Target{Tracker: model.WordOf("jira"), Native: b.Item.ID.Native, Key: b.Item.Key}, Seq: 1,
		})
	}
	model.SortRecords(f.Records)
	return f, rules
}

// loadedPages are the pages as a visitor asks for them, the large ones too.
func loadedPages(g *model.Graph) map[string]string {
	root, hub := g.Blockers[0], g.Blockers[0].Item
	most := g.Matrix[0]
	for _, m := range g.Matrix {
		if m.Items > most.Items {
			most = m
		}
	}
	deepest := slices.MaxFunc(g.Blocked, func(a, b model.Blocked) int { return a.Depth - b.Depth })
	ref := func(i int32) string { return url.QueryEscape(g.Ref(i)) }
	return map[string]string{
		"overview": "/", "blocked": "/blocked", "blocked-of-team": "/blocked?team=" + most.Team + "&sort=-depth", "blocked-search": "/blocked?q=item+77",
		"blocked-behind": "/blocked?root=" + ref(hub), "blockers": "/blockers?sort=-points", "dependencies": "/dependencies?kind=blocks&state=active&cross_team=true&sort=since",
		"matrix": "/matrix", "items": "/items?sort=-updated", "items-search": "/items?q=item+4242", "items-last-page": "/items?page=2000&sort=team",
		"graph-teams": "/graph", "graph-hub": "/graph?depth=3&item=" + ref(root.Item), "graph-team": "/graph?team=" + most.Team,
		"item-hub": "/item?ref=" + ref(hub), "item-deep": "/item?ref=" + ref(deepest.Item), "team": "/team?name=" + most.Team, "program": "/program?name=launch", "brief": "/brief?team=" + most.Team + "&with=" + most.OnTeam,
		"status": "/status", "api-graph": "/api/v1/graph?team=" + most.Team,
	}
}

// BenchmarkPages loads every page with 20 readers at once, each of whom asks
// twenty times a second, at 100,000 items, while polling goes on and always tells
// something: all is reconciled anew and published as often as the engine does. It
// reports what 99 of 100 requests took at most.
func BenchmarkPages(b *testing.B) {
	facts, rules := crowd(100_000, 50, 1)
	pages := loadedPages(reconcile.Reconcile(facts, rules, now))
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		b.Run(name, func(b *testing.B) { loadPages(b, facts, rules, []string{pages[name]}) })
	}
	b.Run("all", func(b *testing.B) { loadPages(b, facts, rules, slices.Sorted(maps.Values(pages))) })
}

// BenchmarkFirstViews makes every page of a graph of 100,000 items that was just
// published: what those wait for who ask first.
func BenchmarkFirstViews(b *testing.B) {
	facts, rules := crowd(100_000, 50, 1)
	g := reconcile.Reconcile(facts, rules, now)
	pages := loadedPages(g)
	var published atomic.Pointer[model.Graph]
	handler := pagesOf(&published)
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				anew := *g
				published.Store(&anew)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, pages[name], nil))
				if w.Code != 200 {
					b.Fatalf("%s answers %d", pages[name], w.Code)
				}
			}
		})
	}
}

func pagesOf(published *atomic.Pointer[model.Graph]) http.Handler {
	st := status()
	return web.New(web.Options{
		Graph: published.Load, Status: func() model.Status { return st }, Now: func() time.Time { return now },
		Facts: func() *model.Facts {
			return &model.Facts{Trackers: []model.Tracker{{Site: model.Site{Hosts: []string{"jira.example"}}}}}
		},
	})
}

func loadPages(b *testing.B, facts *model.Facts, rules *model.Rules, targets []string) {
	const readers, pause = 20, 50 * time.Millisecond
	var published atomic.Pointer[model.Graph]
	published.Store(reconcile.Reconcile(facts, rules, now))
	handler := pagesOf(&published)
	ask := func(target string) int {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, target, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Accept", "text/html, */*;q=0.8")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Errorf("%s answers %d", target, w.Code)
		}
		return w.Body.Len()
	}
	size := 0
	for _, t := range targets {
		size = max(size, ask(t))
	}
	ctx, stop := context.WithCancel(b.Context())
	var publishing, reading sync.WaitGroup
	publishing.Go(func() {
		for {
			start := time.Now()
			published.Store(reconcile.Reconcile(facts, rules, now))
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(40*time.Since(start), 5*time.Second)): // the engine's rest
			}
		}
	})
	var next atomic.Int64
	took := make([][]time.Duration, readers)
	b.ResetTimer()
	for i := range readers {
		reading.Go(func() {
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for {
				n := int(next.Add(1))
				if n > b.N {
					return
				}
				<-tick.C
				start := time.Now()
				ask(targets[n%len(targets)])
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	reading.Wait()
	b.StopTimer()
	stop()
	publishing.Wait()
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	at := func(share float64) float64 {
		return all[min(len(all)-1, int(share*float64(len(all))))].Seconds() * 1000
	}
	b.ReportMetric(at(.5), "p50-ms")
	b.ReportMetric(at(.99), "p99-ms")
	b.ReportMetric(float64(size)/1000, "kB")
}
