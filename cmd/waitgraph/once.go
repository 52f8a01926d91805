package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/waitgraph/waitgraph/internal/app"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/internal/web"
	"github.com/waitgraph/waitgraph/model"
)

func onceCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("once", "Read every tracker once, print a report and exit.")
	file := configFlag(c)
	storage := c.Flag("storage", "Where facts are kept between runs; memory: keeps none.").Default(memory).String()
	format := c.Flag("format", "Form of the report.").Default("text").Enum(reportFormats()...)
	logger, _ := logFlags(c, e, "warn")
	return c.FullCommand(), func(ctx context.Context) error {
		cfg, err := loadConfig(*file, e)
		if err != nil {
			return err
		}
		s, err := openStorage(ctx, *storage)
		if err != nil {
			return err
		}
		registry := prometheus.NewRegistry()
		a, err := app.New(ctx, app.Options{
			Config: cfg, Store: s, Sync: metrics.NewSync(registry), Logger: logger(),
			Secret: secretReader(cfg, e), UserAgent: userAgent(), Version: release(),
		})
		if err != nil {
			return errors.Join(err, s.Close())
		}
		stop := showProgress(ctx, e.stderr, a.Status)
		err = a.Once(ctx)
		stop()
		if err == nil {
			err = printReport(e.stdout, *format, reported{
				graph: a.Graph(), status: a.Status(), gatherer: newExporter(a, registry, ""), loc: cfg.Timezone,
				lists: web.Options{Graph: a.Graph, Facts: a.Facts, Status: a.Status, Logger: slog.New(slog.DiscardHandler), Now: time.Now},
			})
		}
		return errors.Join(err, s.Close())
	}
}

// reported is what a report is made of.
type reported struct {
	graph    *model.Graph
	status   model.Status
	gatherer prometheus.Gatherer
	lists    web.Options
	loc      *time.Location
}

// reportFormats are the forms of a report.
func reportFormats() []string { return []string{"text", "json", "prometheus", "markdown"} }

// printReport prints a graph in the form asked for.
func printReport(w io.Writer, format string, r reported) error {
	switch format {
	case "json":
		return web.WriteReport(w, r.lists)
	case "prometheus":
		families, err := r.gatherer.Gather()
		if err != nil {
			return fmt.Errorf("gather metrics: %w", err)
		}
		enc := expfmt.NewEncoder(w, expfmt.NewFormat(expfmt.TypeTextPlain))
		for _, f := range families {
			if err := enc.Encode(f); err != nil {
				return fmt.Errorf("write metrics: %w", err)
			}
		}
		return nil
	}
	return summary{g: r.graph, status: r.status, markdown: format == "markdown", loc: r.loc}.write(w)
}

// showProgress draws a bar per tracker while a long read goes on, if the writer
// is a terminal. The returned function ends it.
func showProgress(ctx context.Context, w io.Writer, status func() model.Status) func() {
	t, ok := terminal(w)
	if !ok {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		drawn := 0
		for {
			select {
			case <-ctx.Done():
				eraseLines(t, drawn)
				return
			case <-tick.C:
				eraseLines(t, drawn)
				drawn = drawBars(t, status())
			}
		}
	}()
	return func() { cancel(); <-done }
}
