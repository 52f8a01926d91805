package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/internal/history"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// TestLeastSeries holds that what check-config says a configuration needs is
// what it has when its trackers were read and are empty.
func TestLeastSeries(t *testing.T) {
	file, err := os.ReadFile("../../config/testdata/series-budget.bad.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range []string{"", "  - {name: legal, owns: [{label: legal}], capacity: {points_per_week: 1, items_per_week: 1, wip_per_person: 1}}\n"} {
		text := strings.Replace(string(file), "programs:\n", more+"programs:\n", 1)
		_, _, err = config.Parse("w.yml", []byte(text), builtin.Registry())
		m := regexp.MustCompile(`at least (\d+) series`).FindStringSubmatch(err.Error())
		if m == nil {
			t.Fatalf("error is %v", err)
		}
		c, warnings, err := config.Parse("w.yml", []byte(strings.Replace(text, "max_series: 100", "max_series: "+m[1], 1)), builtin.Registry())
		if err != nil || len(warnings) > 0 {
			t.Fatalf("with the number asked for there are warnings %v and error %v", warnings, err)
		}
		if got := emptySeries(c); strconv.Itoa(got) != m[1] {
			t.Errorf("there are %d series, the message says %s", got, m[1])
		}
	}
}

// emptySeries counts the series of a configuration whose trackers are empty.
func emptySeries(c *config.Config) int {
	now := time.Now()
	facts, status := &model.Facts{}, model.Status{Version: "1", Loaded: now, ConfigOK: true}
	for _, t := range c.Trackers {
		facts.Trackers = append(facts.Trackers, model.Tracker{Name: t.Name, Type: t.Type, FirstSync: now, LastSync: now})
		status.Trackers = append(status.Trackers, model.TrackerStatus{Name: t.Name, Type: t.Type, Fresh: true, LastSync: now, Scopes: []model.Scope{{Name: "all", Readable: true}}})
	}
	rules := c.Rules()
	g := reconcile.Reconcile(facts, &rules, now)
	past := history.New(&model.Chapter{})
	past.Step(g, nil)
	g.History = past.History()
	e := metrics.NewExporter(metrics.Options{
		Graph: func() *model.Graph { return g }, Status: func() model.Status { return status },
		Settings: func() metrics.Settings {
			return metrics.Settings{Top: c.Metrics.Top, MaxSeries: c.Metrics.MaxSeries, PerPerson: c.Metrics.PerPerson}
		},
		Others: prometheus.NewRegistry(), ExternalURL: "http://localhost", Now: time.Now,
	})
	used, _ := e.Series()
	return used
}
