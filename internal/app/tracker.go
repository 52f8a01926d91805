package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// The loops of a tracker.
const (
	changesLoop = "changes"
	sweepLoop   = "sweep"
	detailsLoop = "details"
	censusLoop  = "census"
)

// worker runs the loops of one tracker, one pass at a time.
type worker struct {
	app       *App
	tracker   config.Tracker
	connector connectors.Connector
	poll      config.Poll
	log       *slog.Logger
	loops     []*loop
	stop      context.CancelCauseFunc
	done      chan struct{}

	mu     sync.Mutex
	status model.TrackerStatus
	skips  map[string]bool // problems already logged
}

// loop is one kind of pass and when it is due.
type loop struct {
	name     string
	interval time.Duration
	run      func(context.Context) error
	follows  *loop // it runs after each pass of that one, as long as the tracker affords it, and is cut short when that one is due
	next     time.Time
	failures int
	failing  string // the reason of the last pass, "" when it went well
	last     costs  // what the last pass took of the tracker's budgets
	cost     costs  // what a pass takes
}

// maxBackoff bounds how long a failing loop waits before it tries again.
const maxBackoff = 10 * time.Minute

func (a *App) newWorker(t config.Tracker, poll config.Poll) (*worker, error) {
	w := &worker{app: a, tracker: t, poll: poll, log: a.log.With("tracker", t.Name), done: make(chan struct{}), skips: map[string]bool{}}
	w.status = model.TrackerStatus{Name: t.Name, Type: t.Type}
	c, err := t.Config.New(connectors.Options{
		Name: t.Name, Logger: w.log, UserAgent: a.o.UserAgent, Secret: a.o.Secret, Transport: a.o.Transport,
		Observe: func(r connectors.Request) { a.o.Sync.Request(t.Name, r.Route, r.Code, r.Took, r.Bytes) },
		Budget:  w.budget,
		Expires: w.expires,
		Keep:    func(ctx context.Context, data []byte) error { return a.o.Store.Keep(ctx, t.Name, data) },
		Kept:    func(ctx context.Context) ([]byte, error) { return a.o.Store.Kept(ctx, t.Name) },
	})
	if err != nil {
		return nil, fmt.Errorf("tracker %s: %w", t.Name, err)
	}
	w.connector = c
	changes := &loop{name: changesLoop, interval: poll.Interval, run: w.changes}
	w.loops = []*loop{changes}
	if s, ok := c.(connectors.Sweeper); ok {
		w.loops = append(w.loops, &loop{name: sweepLoop, interval: poll.Frontier, run: func(ctx context.Context) error { return w.sweep(ctx, s) }})
	}
	if s, ok := c.(connectors.Completer); ok {
		w.loops = append(w.loops, &loop{name: detailsLoop, interval: poll.Interval, follows: changes, run: func(ctx context.Context) error { return w.details(ctx, s) }})
	}
	if s, ok := c.(connectors.Censor); ok {
		w.loops = append(w.loops, &loop{name: censusLoop, interval: poll.Census, run: func(ctx context.Context) error { return w.census(ctx, s) }})
	}
	recorded := a.book.tracker(t.Name, t.Type)
	w.status.LastSync, w.status.Complete = recorded.LastSync, !recorded.FirstSync.IsZero()
	describe(&w.status, &recorded.Site)
	for _, l := range w.loops[1:] { // the slower loops go on where they were before a restart
		last := recorded.LastSweep
		if l.name == censusLoop {
			last = later(recorded.LastCensus, recorded.FirstSync)
		}
		l.next = last.Add(l.interval)
	}
	return w, nil
}

// run does passes as they fall due until the context ends. The slower loops
// wait for the first complete read.
func (w *worker) run(ctx context.Context) {
	defer close(w.done)
	for {
		now := time.Now()
		due := w.loops[0]
		if w.complete() {
			for _, l := range w.loops[1:] {
				if l.next.Before(due.next) {
					due = l
				}
			}
		}
		if wait := due.next.Sub(now); wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
		}
		if due != w.loops[0] {
			if at := w.affordable(due, time.Now()); at.After(time.Now()) {
				due.next = at
				w.loopStatus()
				continue
			}
		}
		err := w.pass(ctx, due)
		if ctx.Err() != nil {
			return
		}
		due.next = w.after(due, err, time.Now())
		if auth := (*connectors.AuthError)(nil); errors.As(err, &auth) {
			for _, l := range w.loops { // they have the same credentials
				l.next = later(l.next, due.next)
			}
		}
		w.loopStatus()
	}
}

func (w *worker) complete() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status.Complete
}

// after is when a loop is due again: at its interval, with the loop it follows
// or when the tracker's budget allows, after a failure later and later, and
// never before a tracker's limit ends.
func (w *worker) after(l *loop, err error, now time.Time) time.Time {
	if err == nil {
		l.failures = 0
		pause := w.pause(l, now)
		if l.follows != nil && pause <= l.interval {
			return l.follows.next
		}
		return now.Add(pause)
	}
	wait := min(l.interval, maxBackoff)
	for range min(l.failures, 10) {
		wait = min(2*wait, max(maxBackoff, l.interval))
	}
	l.failures++
	next := now.Add(wait)
	if limit := (*connectors.LimitError)(nil); errors.As(err, &limit) && limit.Until.After(next) {
		next = limit.Until
	}
	return next
}

// pass runs one loop once and reports on it.
func (w *worker) pass(ctx context.Context, l *loop) error {
	start, allowed := time.Now(), w.budgets()
	err := l.run(ctx)
	took := time.Since(start)
	l.spend(allowed, w.budgets())
	if ctx.Err() != nil {
		return err
	}
	w.app.o.Sync.Pass(w.tracker.Name, l.name, took)
	if err != nil {
		w.app.o.Sync.Failed(w.tracker.Name, connectors.Reason(err))
	}
	w.report(l, start, took, err)
	w.app.touch()
	return err
}

// changes reads what changed since the recorded cursor.
func (w *worker) changes(ctx context.Context) error {
	w.mu.Lock()
	w.status.Done, w.status.Total, w.status.Pages, w.status.Problems, w.status.Skipped = 0, 0, 0, nil, 0
	w.mu.Unlock()
	cursor := w.app.book.tracker(w.tracker.Name, w.tracker.Type).Cursor
	if err := w.record(ctx, w.connector.Changes(ctx, cursor)); err != nil {
		return err
	}
	now := instant()
	first := false
	err := w.app.write(ctx, w.tracker, nil, func(t *model.Tracker) {
		t.LastSync = now
		if first = t.FirstSync.IsZero(); first {
			t.FirstSync = now
		}
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.status.LastSync, w.status.Complete = now, true
	w.mu.Unlock()
	if first {
		for _, l := range w.loops {
			if l.name == censusLoop { // the first read was one
				l.next = now.Add(l.interval)
			}
		}
		w.log.Info("first sync complete", "items", w.app.book.count(w.tracker.Name))
	}
	if asker, ok := w.connector.(connectors.Asker); ok {
		return w.ask(ctx, asker)
	}
	return nil
}

// record stores each batch of a sequence as it comes.
func (w *worker) record(ctx context.Context, batches iter.Seq2[model.Batch, error]) error {
	lastLog := time.Now()
	for batch, err := range batches {
		if err != nil {
			return err
		}
		if err := w.app.write(ctx, w.tracker, &batch, nil); err != nil {
			return err
		}
		w.progress(&batch)
		if time.Since(lastLog) > 10*time.Second {
			lastLog = time.Now()
			w.log.Info("reading", "items", batch.Done, "of", batch.Total)
		}
		w.app.touch()
	}
	return nil
}

// sweep re-reads what changes unnoticed.
func (w *worker) sweep(ctx context.Context, s connectors.Sweeper) error {
	open := w.app.book.records(w.tracker.Name, func(r *model.Record) bool { return r.Gone == 0 && r.Item.State.Open() })
	if len(open) > 0 {
		if err := w.record(ctx, s.Sweep(ctx, open)); err != nil {
			return err
		}
	}
	return w.app.write(ctx, w.tracker, nil, func(t *model.Tracker) { t.LastSweep = instant() })
}

// details reads more of single items until the stream of changes is due again.
func (w *worker) details(ctx context.Context, c connectors.Completer) error {
	known := w.app.book.records(w.tracker.Name, func(r *model.Record) bool { return r.Gone == 0 && !r.Item.Stub })
	due := w.loops[0].next
	return w.record(ctx, func(yield func(model.Batch, error) bool) {
		for b, err := range c.Complete(ctx, known) {
			if !yield(b, err) || !due.IsZero() && !time.Now().Before(due) {
				return
			}
		}
	})
}

// census finds out what is gone. What a scope that was not read to its end
// holds is not judged.
func (w *worker) census(ctx context.Context, c connectors.Censor) error {
	known := w.app.book.records(w.tracker.Name, func(r *model.Record) bool { return r.Gone != model.Gone && !r.Item.Stub })
	census, err := c.Census(ctx, known)
	if err != nil {
		return err
	}
	batch := census.Batch
	batch.Cursor = "" // a census does not move the stream of changes
	batch.Gone = append(batch.Gone, census.Gone...)
	if err := w.app.write(ctx, w.tracker, &batch, func(t *model.Tracker) { t.LastCensus = instant() }); err != nil {
		return err
	}
	w.progress(&batch)
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
