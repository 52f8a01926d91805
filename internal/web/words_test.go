package web_test

import (
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/internal/web"
	"github.com/waitgraph/waitgraph/model"
)

// A day is told by the calendar of the configured zone, not by hours.
func TestDueDays(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	for _, zone := range []*time.Location{time.UTC, madrid} {
		for days, want := range map[int]string{
			-2: "2026-03-08 2 days ago late", -1: "2026-03-09 yesterday late", 0: "2026-03-10 today 2", 1: "2026-03-11 tomorrow 2", 2: "2026-03-12 in 2 days 2", 10: "2026-03-20 in 10 days 2",
		} {
			b := newBuilder("jira")
			b.Location = zone
			b.item("jira", "PAY-1", "pay", model.Todo, func(it *model.Item) {
				it.Due, it.Updated = model.Date{Time: model.At(time.Date(2026, 3, 10+days, 0, 0, 0, 0, time.UTC)), Day: true}, model.At(ago(time.Hour))
			})
			contains(t, pageOf(t, newSite(b.graph()), "/items", 200), want)
		}
	}
	// Late in the evening of a zone that is ahead, the day is another than in UTC.
	b := newBuilder("jira")
	b.Location = time.FixedZone("ahead", 13*3600)
	b.item("jira", "PAY-1", "pay", model.Todo, func(it *model.Item) {
		it.Due = model.Date{Time: model.At(time.Date(2026, 3, 11, 0, 0, 0, 0, time.UTC)), Day: true}
	})
	contains(t, pageOf(t, newSite(b.graph()), "/items", 200), "2026-03-11 today")
}

func TestSeenJustNow(t *testing.T) {
	for since, want := range map[time.Duration]string{5 * time.Second: "first seen just now", 3 * time.Hour: "at least 3 hours ago"} {
		b := newBuilder("jira")
		b.AsOf = now
		item := b.item("jira", "PAY-1", "pay", model.Todo)
		b.block(item, ago(since), model.Observed, model.Cause{Dependency: -1, Signal: &model.Signal{Kind: "flag", Value: "x"}, Since: model.At(ago(since))})
		contains(t, pageOf(t, newSite(b.graph()), "/blocked", 200), want)
	}
}

func TestStatusShowsConfigAndBudget(t *testing.T) {
	s := newSite(organisation().graph(), func(o *web.Options) {
		o.Config = func() string { return "trackers:\n  - name: <jira>\n    token: <masked>\n" }
		o.Series = func() (int, int) { return 1234, 20000 }
	})
	contains(t, pageOf(t, s, "/status", 200), "1,234 of at most 20,000", "Configuration as loaded Secrets are masked.", "name: <jira> token: <masked>")
}

// Ages are told by the moment the graph is true for, however long ago that is.
func TestAgesOfAnOldGraph(t *testing.T) {
	b := newBuilder("jira")
	b.AsOf = now.AddDate(-3, 0, 0)
	item := b.item("jira", "PAY-1", "pay", model.Todo, func(it *model.Item) { it.Due = model.Date{Time: model.At(b.AsOf.AddDate(0, 0, 2)), Day: true} })
	b.block(item, b.AsOf.Add(-72*time.Hour), model.FromHistory, model.Cause{Dependency: -1, Signal: &model.Signal{Kind: "flag", Value: "x"}, Since: model.At(b.AsOf)})
	contains(t, pageOf(t, newSite(b.graph()), "/blocked", 200), "3 days ago", "in 2 days", "as of 3 years ago")
}
