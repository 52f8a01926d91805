package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
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
	reload  bool // POST /-/reload is allowed
	hangups bool // SIGHUP reloads
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
	lifecycle := c.Flag("web.enable-lifecycle", "Allow POST /-/reload.").Bool()
	logger := logFlags(c, e, "info")
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
			config: cfg, store: s, log: logger(), listen: listen, reload: *lifecycle, hangups: true, env: e,
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
		Graph: a.Graph, Facts: a.Facts, Status: a.Status, Logger: d.log, Now: time.Now,
		Metrics: promhttp.HandlerFor(exporter, promhttp.HandlerOpts{
			Registry: registry, ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelError), EnableOpenMetrics: true, CoalesceGather: true,
		}),
	}
	if d.reload {
		o.Reload = a.Reload
	}
	server := &http.Server{Handler: web.New(o), ReadHeaderTimeout: 10 * time.Second}

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if d.hangups {
		defer d.reloadOnHangup(ctx, a)()
	}
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

// newExporter publishes what an engine knows.
func newExporter(a *app.App, others prometheus.Gatherer, external string) *metrics.Exporter {
	return metrics.NewExporter(metrics.Options{
		Graph: a.Graph, Status: a.Status, Others: others, ExternalURL: external, Now: time.Now,
		Settings: func() metrics.Settings {
			m := a.Metrics()
			return metrics.Settings{Top: m.Top, MaxSeries: m.MaxSeries}
		},
	})
}

// reloadOnHangup reloads on SIGHUP until the returned function is called.
func (d *daemon) reloadOnHangup(ctx context.Context, a *app.App) func() {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case _, ok := <-hangup:
				if !ok {
					return
				}
				_ = a.Reload(ctx) // logged and shown there
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(hangup)
		<-done
	}
}
