package main

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/model"
)

// statusOf is the status of trackers of which no loop runs.
func statusOf(r *model.Recording, g *model.Graph) model.Status {
	s := model.Status{Version: release(), Loaded: r.AsOf, ConfigOK: true}
	for _, t := range g.Trackers {
		st := model.TrackerStatus{Name: t.Name, Type: t.Type, Fresh: t.Fresh, LastSync: t.LastSync, Items: t.Items, Complete: !t.LastSync.IsZero()}
		for i := range r.Trackers {
			if site := &r.Trackers[i].Site; r.Trackers[i].Name == t.Name {
				st.Product, st.Scopes, st.Notes = site.Product, site.Scopes, site.Notes
			}
		}
		s.Trackers = append(s.Trackers, st)
	}
	return s
}

// exporterOf publishes a recording under a configuration, with at most so many series.
func exporterOf(r *model.Recording, g *model.Graph, cfg *config.Config, most int) *metrics.Exporter {
	return metrics.NewExporter(metrics.Options{
		Graph:  func() *model.Graph { return g },
		Status: func() model.Status { return statusOf(r, g) },
		Settings: func() metrics.Settings {
			return metrics.Settings{Top: cfg.Metrics.Top, MaxSeries: most, PerPerson: cfg.Metrics.PerPerson}
		},
		Others: prometheus.NewRegistry(),
		Now:    func() time.Time { return r.AsOf },
	})
}

// seriesOf counts the series of a recording under a configuration, whatever its budget.
func seriesOf(r *model.Recording, g *model.Graph, cfg *config.Config) int {
	used, _ := exporterOf(r, g, cfg, math.MaxInt32).Series()
	return used
}
