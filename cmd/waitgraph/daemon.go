package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/kingpin/v2"
	systemd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/internal/app"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/internal/store"
	"github.com/waitgraph/waitgraph/internal/web"
)

// drainTimeout bounds how long requests in flight may take after SIGTERM.
const drainTimeout = 10 * time.Second

// daemon is everything a running waitgraph is made of.
type daemon struct {
	config  *config.Config
	load    func() (*config.Config, error)
	store   store.Store
	log     *slog.Logger
	listen  *listener
	operate *operations
	file    string // the configuration, "" when there is none to read again
	env     env
}

// listener is where and how to serve.
type listener struct {
	toolkit.FlagConfig
	external *string
}

// listenFlags declares where and how to serve.
func listenFlags(c *kingpin.CmdClause) *listener {
	systemd := false
	return &listener{
		toolkit.FlagConfig{
			WebListenAddresses: c.Flag("web.listen-address", "Address to serve on; repeatable.").Default(":9797").Strings(),
			WebSystemdSocket:   &systemd,
			WebConfigFile:      c.Flag("web.config.file", "File that turns on TLS and authentication (Prometheus' web configuration).").Default("").String(),
		},
		c.Flag("web.external-url", "Where people find the pages, for links in alerts and dashboards; by default this host's name and port.").Default("").String(),
	}
}

// externalURL is where people find the pages, without a slash at the end.
func (l *listener) externalURL() (string, error) {
	if *l.external == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "localhost"
		}
		return "http://" + host + portOf((*l.WebListenAddresses)[0]), nil
	}
	u, err := url.Parse(*l.external)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", usageError{fmt.Sprintf("waitgraph: --web.external-url=%s: give an address such as https://waitgraph.example.com", *l.external)}
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func runCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("run", "Poll the configured trackers and serve what they say.")
	file := configFlag(c)
	storage := c.Flag("storage", "Where facts are kept: sqlite:///path/to/file.db or memory:.").Default("sqlite:///var/lib/waitgraph/waitgraph.db").String()
	listen := listenFlags(c)
	logger, level := logFlags(c, e, "info")
	operate := operateFlags(c, level)
	c.Flag("config.poll", "How often to look whether the configuration file has changed, and reload it then; 0s for never.").Default("0s").DurationVar(operate.watch)
	return c.FullCommand(), func(ctx context.Context) error {
		cfg, err := loadConfig(*file, e)
		if err != nil {
			return err
		}
		s, err := openStorage(ctx, *storage)
		if err != nil {
			return err
		}
		d := &daemon{
			config: cfg, store: s, log: logger(), listen: listen, operate: operate, file: *file, env: e,
			load: func() (*config.Config, error) { return loadConfig(*file, e) },
		}
		return errors.Join(d.run(ctx), s.Close())
	}
}

// run serves until the context ends or something fails for good.
func (d *daemon) run(ctx context.Context) error {
	external, err := d.listen.externalURL()
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	var exporter *metrics.Exporter
	a, err := app.New(ctx, app.Options{
		Config: d.config, Load: d.load, Store: d.store, Sync: metrics.NewSync(registry), Logger: d.log,
		Secret: secretReader(d.config, d.env), UserAgent: userAgent(), Version: release(), Published: func() { exporter.Prepare() },
	})
	if err != nil {
		return err
	}
	exporter = newExporter(a, registry, external)
	o := web.Options{
		Graph: a.Graph, Facts: a.Facts, Status: a.Status, Logger: d.log, Now: time.Now, Config: a.Configuration, Series: exporter.Series,
		Metrics: metricsHandler(exporter, registry, d.log),
	}
	if *d.operate.lifecycle {
		o.Reload = a.Reload
	}
	var listening sync.Once
	server := &http.Server{
		Handler: d.operate.handler(web.New(o), d.log), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { // called when requests are about to be accepted
			listening.Do(func() { notify(systemd.SdNotifyReady) })
			return context.WithoutCancel(ctx)
		},
	}
	limitMemory(d.env, d.log)

	ctx, cancel := context.WithCancelCause(ctx)
	var beside sync.WaitGroup
	if d.file != "" {
		reloads := d.operate.reloads(d.file, a.Reload)
		beside.Go(func() { reloads(ctx) })
	}
	beside.Go(func() { watchdog(ctx, func() { a.Status() }) })
	defer beside.Wait()
	defer cancel(nil)
	failed := make(chan error, 2)
	go func() { failed <- a.Run(ctx) }()
	go func() { failed <- toolkit.ListenAndServe(server, &d.listen.FlagConfig, d.log) }()
	waiting := 2
	select {
	case <-ctx.Done():
	case err = <-failed:
		waiting--
	}
	d.log.Info("shutting down")
	notify(systemd.SdNotifyStopping)
	cancel(errors.New("shutting down"))
	drain, stop := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer stop()
	if e := server.Shutdown(drain); e != nil {
		d.log.Warn("requests cut off", "err", e)
	}
	for range waiting {
		if e := <-failed; err == nil {
			err = e
		}
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// metricsHandler serves what is gathered. Requests at the same time share one
// gathering. Native histograms go out where a scraper asks for protocol buffers.
func metricsHandler(g prometheus.Gatherer, own prometheus.Registerer, log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{
		Registry: own, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError), EnableOpenMetrics: true, CoalesceGather: true,
	})
}

// newExporter publishes what an engine knows.
func newExporter(a *app.App, others prometheus.Gatherer, external string) *metrics.Exporter {
	return metrics.NewExporter(metrics.Options{
		Graph: a.Graph, Status: a.Status, Others: others, ExternalURL: external, Now: time.Now,
		Settings: func() metrics.Settings {
			m := a.Metrics()
			return metrics.Settings{Top: m.Top, MaxSeries: m.MaxSeries, PerPerson: m.PerPerson}
		},
	})
}
