package app

import (
	"context"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// touch marks the published graph out of date.
func (a *App) touch() {
	select {
	case a.dirty <- struct{}{}:
	default:
	}
}

// publish reconciles when something was recorded, and when a tracker becomes
// stale by nothing being recorded. While a long read goes on it spends at most
// a fortieth of the time on reconciling, and who reads meanwhile seldom waits for the
// first view of a new graph.
func (a *App) publish(ctx context.Context) {
	for {
		stale := time.NewTimer(a.untilStale(time.Now()))
		select {
		case <-ctx.Done():
			stale.Stop()
			return
		case <-stale.C:
		case <-a.dirty:
		}
		stale.Stop()
		start := time.Now()
		a.republish()
		rest := time.NewTimer(min(40*time.Since(start), 5*time.Second))
		select {
		case <-ctx.Done():
			rest.Stop()
			return
		case <-rest.C:
		}
	}
}

// republish publishes a graph and tells who wants to know.
func (a *App) republish() {
	a.reconcileNow()
	if a.o.Published != nil {
		a.o.Published()
	}
}

// untilStale is how long until the next fresh tracker becomes stale.
func (a *App) untilStale(now time.Time) time.Duration {
	a.mu.Lock()
	limit := a.rules.StaleAfter
	a.mu.Unlock()
	wait := time.Hour
	for _, t := range a.Graph().Trackers {
		if t.Fresh && limit > 0 {
			wait = min(wait, t.LastSync.Add(limit).Sub(now)+time.Millisecond)
		}
	}
	return max(wait, 0)
}

// reconcileNow publishes what the facts mean at this moment.
func (a *App) reconcileNow() *model.Graph {
	a.reconciling.Lock()
	defer a.reconciling.Unlock()
	a.mu.Lock()
	rules := a.rules
	a.mu.Unlock()
	start := time.Now()
	events := a.book.uncounted() // before the facts: the graph has what they are about
	g := a.reconciler.Reconcile(a.book.snapshot(), rules, start)
	chapter := a.past.Step(g, events)
	g.History = a.past.History()
	a.graph.Store(g)
	a.o.Sync.Reconciled(time.Since(start))
	a.remember(chapter)
	return g
}

// remember stores a step of the history. What is not stored when the process
// dies is worked out again from the facts, which are.
func (a *App) remember(c model.Chapter) {
	if err := a.o.Store.RecordHistory(context.Background(), c); err != nil {
		a.fail(err)
	}
}
