// Package app is the engine: it owns every goroutine. A worker per tracker
// polls and records, one loop reconciles what was recorded and publishes the
// graph through an atomic pointer, and a reload swaps workers and rules.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/history"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/internal/store"
	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// Options is what the engine is given. All but Transport and Published are required.
type Options struct {
	Config *config.Config
	// Load reads the configuration again, for a reload.
	Load      func() (*config.Config, error)
	Store     store.Store
	Sync      *metrics.Sync
	Logger    *slog.Logger
	Secret    func(connectors.SecretRef) (connectors.Secret, error)
	UserAgent string
	Version   string
	// Published is called after each graph that Run or Reload publishes, by both
	// at once if it comes to that.
	Published func()
	// Transport carries the trackers' requests; nil means the default.
	Transport http.RoundTripper
}

// App is a running engine.
type App struct {
	o       Options
	log     *slog.Logger
	book    *book
	past    *history.Recorder // guarded by reconciling
	started time.Time
	graph   atomic.Pointer[model.Graph]
	dirty   chan struct{} // capacity one: a wake-up, not a queue
	failed  chan error    // what ends Run: the store

	reconciling sync.Mutex
	reconciler  reconcile.Reconciler // guarded by reconciling

	adopting sync.Mutex // one configuration at a time is taken over

	mu       sync.Mutex   // guards what a reload swaps
	rules    *model.Rules // never changed, but exchanged
	metrics  config.Metrics
	text     func() string
	workers  []*worker
	loaded   time.Time
	configOK bool
	start    func(*worker) // set while running
}

// New loads what is recorded, drops what the configuration no longer names, and
// publishes the first graph. It asks no tracker.
func New(ctx context.Context, o Options) (*App, error) {
	a := &App{o: o, log: o.Logger, started: time.Now(), dirty: make(chan struct{}, 1), failed: make(chan error, 1), loaded: time.Now(), configOK: true}
	f, err := o.Store.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load facts: %w", err)
	}
	a.book = newBook(f)
	c, err := o.Store.LoadHistory(ctx)
	if err != nil {
		return nil, err
	}
	a.past, a.book.flow = history.New(c), c.Flow
	if err := a.adopt(ctx, o.Config); err != nil {
		return nil, err
	}
	a.reconcileNow()
	return a, nil
}

// Graph is the published graph. It is never nil.
func (a *App) Graph() *model.Graph { return a.graph.Load() }

// Metrics tells what the running configuration wants published.
func (a *App) Metrics() config.Metrics {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.metrics
}

// Configuration is the running configuration as it was written, its secrets masked.
func (a *App) Configuration() string {
	a.mu.Lock()
	text := a.text
	a.mu.Unlock()
	return text()
}

// Facts are the recorded facts as they stand.
func (a *App) Facts() *model.Facts { return a.book.snapshot() }

// Run polls and publishes until the context ends or the store fails. It leaves
// no goroutine behind and is called once.
func (a *App) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	a.adopting.Lock()
	a.mu.Lock()
	a.start = func(w *worker) {
		wctx, stop := context.WithCancelCause(ctx)
		w.stop = stop
		running.Go(func() { w.run(wctx) })
	}
	for _, w := range a.workers {
		a.start(w)
	}
	a.mu.Unlock()
	a.adopting.Unlock()
	running.Go(func() { a.publish(ctx) })
	var err error
	select {
	case <-ctx.Done():
	case err = <-a.failed:
	}
	a.mu.Lock()
	a.start = nil
	a.mu.Unlock()
	cancel(errors.New("shutting down"))
	running.Wait()
	return err
}

// Once makes one complete read of every tracker, all at the same time, and
// publishes the graph. The error joins those of the trackers that failed.
func (a *App) Once(ctx context.Context) error {
	a.mu.Lock()
	workers := slices.Clone(a.workers)
	a.mu.Unlock()
	errs := make([]error, len(workers))
	var running sync.WaitGroup
	for i, w := range workers {
		running.Go(func() {
			for _, l := range w.loops {
				if l.name == censusLoop {
					continue // a slow walk, for a daemon that lives to see things go
				}
				if err := w.pass(ctx, l); err != nil {
					errs[i] = fmt.Errorf("tracker %s: %w", w.tracker.Name, err)
					return
				}
			}
		})
	}
	running.Wait()
	// What one tracker's items name in another is known only when all are read.
	for i, w := range workers {
		if asker, ok := w.connector.(connectors.Asker); ok && errs[i] == nil {
			if err := w.ask(ctx, asker); err != nil {
				errs[i] = fmt.Errorf("tracker %s: %w", w.tracker.Name, err)
			}
		}
	}
	a.reconcileNow()
	return errors.Join(errs...)
}

// Reload reads the configuration again, swaps it in, and publishes what the
// facts mean by it: when it returns, a scrape shows it. Trackers whose part did
// not change keep their loops and cursors; the items of a tracker that left
// go. A bad configuration changes nothing but the status.
func (a *App) Reload(ctx context.Context) error {
	c, err := a.o.Load()
	if err == nil {
		err = a.adopt(ctx, c)
	}
	a.mu.Lock()
	a.configOK = err == nil
	if err == nil {
		a.loaded = time.Now()
	}
	a.mu.Unlock()
	if err != nil {
		a.log.Error("reload failed", "err", err)
		return err
	}
	a.log.Info("configuration reloaded")
	// Not by touch: the publisher may be resting from the last graph.
	a.republish()
	return nil
}

// adopt builds what a configuration needs first and swaps it in second. It
// waits for workers that leave without holding what their last pass may need.
func (a *App) adopt(ctx context.Context, c *config.Config) error {
	a.adopting.Lock()
	defer a.adopting.Unlock()
	a.mu.Lock()
	present := slices.Clone(a.workers)
	a.mu.Unlock()
	var workers, fresh []*worker
	for _, t := range c.Trackers {
		i := slices.IndexFunc(present, func(w *worker) bool {
			return w.poll == c.Poll && reflect.DeepEqual(w.tracker, t)
		})
		if i >= 0 {
			workers = append(workers, present[i])
			continue
		}
		w, err := a.newWorker(t, c.Poll)
		if err != nil {
			return err
		}
		workers, fresh = append(workers, w), append(fresh, w)
	}
	for _, w := range present {
		if w.stop != nil && !slices.Contains(workers, w) {
			w.stop(errors.New("tracker reconfigured"))
			<-w.done
		}
	}
	for _, name := range a.book.names() {
		if slices.ContainsFunc(c.Trackers, func(t config.Tracker) bool { return t.Name == name }) {
			continue
		}
		gone := model.Delta{Tracker: model.Tracker{Name: name}, Drop: true}
		if err := a.o.Store.Record(ctx, gone); err != nil {
			return fmt.Errorf("drop tracker %s: %w", name, err)
		}
		a.book.commit(gone)
		a.o.Sync.Forget(name)
	}
	for _, w := range workers {
		a.o.Sync.Track(w.tracker.Name, connectors.Reasons()...)
	}
	rules := c.Rules()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rules, a.metrics, a.text, a.workers = &rules, c.Metrics, c.Text, workers
	if a.start != nil {
		for _, w := range fresh {
			a.start(w)
		}
	}
	return nil
}

// write records one step of a tracker: the store first, then memory.
func (a *App) write(ctx context.Context, t config.Tracker, b *model.Batch, change func(*model.Tracker)) error {
	state := a.book.tracker(t.Name, t.Type)
	state.Type = t.Type
	if change != nil {
		change(&state)
	}
	if b == nil {
		b = &model.Batch{}
	}
	d := a.book.delta(state, b, instant())
	// A batch is stored whole even when the daemon is told to stop meanwhile.
	if err := a.o.Store.Record(context.WithoutCancel(ctx), d); err != nil {
		err = fmt.Errorf("record %s: %w", t.Name, err)
		a.fail(err)
		return err
	}
	a.book.commit(d)
	return nil
}

// fail ends Run: of several errors the first counts.
func (a *App) fail(err error) {
	select {
	case a.failed <- err:
	default:
	}
}

// instant is now as it can be recorded: in UTC and without the monotonic clock.
func instant() time.Time { return time.Now().UTC().Round(0) }
