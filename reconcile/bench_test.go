package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// organisation generates facts of the given size: half the items in Jira, half
// on GitHub, 40% open, most claims between neighbours in time, a third of them
// read from text, teams by project and repository.
func organisation(items, claims, teams int) (*model.Facts, *model.Rules) {
	r := rand.New(rand.NewPCG(7, uint64(items)))
	now := noon
	f := &model.Facts{Trackers: []model.Tracker{
		{Name: "github", Type: "github", LastSync: now, Site: model.Site{Hosts: []string{"github.com"}}},
		{Name: "jira", Type: "jira", LastSync: now, Site: model.Site{Hosts: []string{"jira.example"}}},
	}}
	rules := &model.Rules{StaleAfter: time.Hour, Trackers: []model.TrackerRules{{Name: "github", Type: "github"}, {Name: "jira", Type: "jira"}}}
	for i := range teams {
		project, repository := fmt.Sprintf("P%03d", i), fmt.Sprintf("acme/r%03d", i)
		rules.Trackers[0].Projects = append(rules.Trackers[0].Projects, repository)
		rules.Trackers[1].Projects = append(rules.Trackers[1].Projects, project)
		rules.Teams = append(rules.Teams, model.Team{Name: fmt.Sprintf("team-%03d", i), Owns: []model.Matcher{
			{Tracker: "jira", Project: project}, {Label: fmt.Sprintf("team/%03d", i)}, {Repository: repository},
		}})
	}
	f.Records = make([]*model.Record, items)
	for i := range items {
		it := model.Item{State: model.Done, Title: fmt.Sprintf("Item %d", i), Created: now.AddDate(0, 0, -r.IntN(300))}
		team := r.IntN(teams)
		if i%2 == 0 {
			it.ID, it.Project = model.ID{Tracker: "jira", Native: fmt.Sprint(100000 + i)}, fmt.Sprintf("P%03d", team)
			it.Key = fmt.Sprintf("%s-%d", it.Project, i+1)
		} else {
			it.ID, it.Project = model.ID{Tracker: "github", Native: fmt.Sprintf("I_%08d", i)}, fmt.Sprintf("acme/r%03d", team)
			it.Key = fmt.Sprintf("%s#%d", it.Project, i+1)
		}
		switch r.IntN(10) {
		case 0, 1:
			it.State = model.Doing
		case 2, 3:
			it.State = model.Todo
		case 4:
			it.State = model.Dropped
		}
		if !it.State.Open() {
			it.Closed = it.Created.AddDate(0, 0, 10)
		}
		if r.IntN(2) == 0 {
			p := float64(1 + r.IntN(8))
			it.Points = &p
		}
		f.Records[i] = &model.Record{Item: it, FirstSeen: it.Created, Confirmed: now}
	}
	for range claims {
		from := r.IntN(items)
		to := max(0, min(items-1, from-1-r.IntN(400)))
		a, b := f.Records[from], f.Records[to]
		c := model.Claim{Kind: model.Blocks, Reverse: true, FirstSeen: now.AddDate(0, 0, -r.IntN(60)), Target: model.Target{Key: b.Item.Key}, Origin: model.Text, Where: "body", Seq: 1}
		if r.IntN(3) > 0 && a.Item.ID.Tracker == b.Item.ID.Tracker {
			c.Origin, c.Target.Tracker, c.Target.Native = model.IssueLink, b.Item.ID.Tracker, b.Item.ID.Native
		}
		if r.IntN(3) == 0 {
			c.Kind = model.Relates
		}
		a.Claims = append(a.Claims, c)
	}
	model.SortRecords(f.Records)
	for i, r := range f.Records { // laid out as records read from a store are
		c := *r
		c.Claims = slices.Clone(r.Claims)
		f.Records[i] = &c
	}
	return f, rules
}

func BenchmarkReconcile(b *testing.B) {
	for _, size := range []struct{ items, claims, teams int }{{1_000, 1_500, 10}, {100_000, 150_000, 50}} {
		b.Run(fmt.Sprintf("items=%d", size.items), func(b *testing.B) {
			f, rules := organisation(size.items, size.claims, size.teams)
			b.ReportAllocs()
			var g *model.Graph
			for b.Loop() {
				g = reconcile.Reconcile(f, rules, noon)
			}
			b.ReportMetric(float64(len(g.Blocked)), "blocked")
			b.ReportMetric(float64(len(g.Blockers)), "roots")
		})
	}
}
