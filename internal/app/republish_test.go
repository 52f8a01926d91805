package app

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/internal/store/sqlite"
	"github.com/waitgraph/waitgraph/model"
)

// BenchmarkRepublish takes a batch with 100 changed items of 100,000 with 150,000
// links over, into a database too, and publishes the graph of it.
func BenchmarkRepublish(b *testing.B) {
	ctx := b.Context()
	s, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "waitgraph.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	const items, teams = 100_000, 50
	c := &config.Config{Timezone: time.UTC, Poll: config.Poll{StaleAfter: time.Hour}}
	for i := range teams {
		c.Teams = append(c.Teams, model.Team{Name: fmt.Sprintf("team-%02d", i), Owns: []model.Matcher{{Project: fmt.Sprintf("P%02d", i)}}})
	}
	a, err := New(ctx, Options{
		Config: c, Store: s, Sync: metrics.NewSync(prometheus.NewRegistry()), Version: "test", UserAgent: "test",
		Logger: slog.New(slog.DiscardHandler), Secret: connectors.SecretReader("", func(string) string { return "" }),
	})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]model.Observation, items)
	link := model.Claim{Kind: model.Blocks, Reverse: true, Origin: model.IssueLink}
	for i := range all {
		project := fmt.Sprintf("P%02d", r.IntN(teams))
		created := time.Now().AddDate(0, 0, -r.IntN(300))
		o := &all[i]
		o.Item = model.Item{
			ID: model.ID{Tracker: model.WordOf("jira"), Native: fmt.Sprint(i)}, Key: fmt.Sprintf("%s-%d", project, i+1), Project: model.WordOf(project), Title: "An item of a backlog",
			State: model.Todo, Created: model.At(created), Updated: model.At(created), Assignees: []model.Account{{ID: fmt.Sprint(r.IntN(500))}},
		}
		if r.IntN(10) >= 4 {
			o.Item.State, o.Item.Closed = model.Done, model.At(created.AddDate(0, 0, 9))
		}
		for range r.IntN(4) * min(i, 1) {
			to := &all[max(0, i-1-r.IntN(400))].Item
			link.Target, link.Where = model.Target{Tracker: model.WordOf("jira"), Native: to.ID.Native, Key: to.Key}, to.Key
			o.Claims = append(o.Claims, link)
		}
	}
	t := config.Tracker{Name: "jira", Type: "jira"}
	synced := func(t *model.Tracker) { t.FirstSync, t.LastSync = instant(), instant() }
	write := func(items []model.Observation) {
		if err := a.write(ctx, t, &model.Batch{Items: items}, synced); err != nil {
			b.Fatal(err)
		}
	}
	for i := 0; i < items; i += 1_000 {
		write(all[i : i+1_000])
	}
	a.reconcileNow()
	var stored, published time.Duration
	n := 0
	for ; b.Loop(); n++ {
		var batch []model.Observation
		for i := range 100 {
			o := all[(n*7919+i*997)%items]
			o.Item.State, o.Item.Updated = []model.State{model.Doing, model.Todo}[n%2], model.At(time.Now())
			batch = append(batch, o)
		}
		start := time.Now()
		write(batch)
		middle := time.Now()
		g := a.reconcileNow()
		stored, published = stored+middle.Sub(start), published+time.Since(middle)
		if len(g.Items) != items || len(g.Blocked) == 0 {
			b.Fatal(len(g.Items), len(g.Blocked))
		}
	}
	b.ReportMetric(float64(stored.Milliseconds())/float64(n), "store-ms/op")
	b.ReportMetric(float64(published.Milliseconds())/float64(n), "publish-ms/op")
}
