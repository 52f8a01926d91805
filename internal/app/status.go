package app

import (
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// maxProblems bounds the problems of a pass that the status shows.
const maxProblems = 20

// progress takes a recorded batch into the status.
func (w *worker) progress(b *model.Batch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &w.status
	s.Pages++
	if b.Done > 0 {
		s.Done = b.Done
	}
	if b.Total > 0 {
		s.Total = b.Total
	}
	if b.Site != nil {
		describe(s, b.Site)
	}
	s.Skipped += len(b.Problems)
	for _, p := range b.Problems {
		if len(s.Problems) < maxProblems {
			s.Problems = append(s.Problems, p)
		}
		if key := p.Where + "\x00" + p.What; !w.skips[key] && len(w.skips) < 10_000 {
			w.skips[key] = true
			w.log.Warn("skipped", "where", p.Where, "what", p.What)
		}
	}
}

// describe takes over what a tracker says of itself.
func describe(s *model.TrackerStatus, site *model.Site) {
	s.Scopes, s.Product, s.Notes, s.Unmapped = site.Scopes, site.Product, site.Notes, site.Unmapped
}

// report takes a finished pass into the status and logs a change of state: one
// line when a loop begins to fail or fails for another reason, one when it works again.
func (w *worker) report(l *loop, start time.Time, took time.Duration, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := ""
	if err != nil {
		text = err.Error()
	}
	i := slices.IndexFunc(w.status.Loops, func(s model.LoopStatus) bool { return s.Name == l.name })
	if i < 0 {
		i = len(w.status.Loops)
		w.status.Loops = append(w.status.Loops, model.LoopStatus{Name: l.name})
	}
	s := &w.status.Loops[i]
	s.LastRun, s.Took, s.Error = start, took, text
	reason := ""
	if err != nil {
		reason = connectors.Reason(err)
	}
	switch {
	case reason == l.failing:
	case reason != "":
		w.log.Error("pass failed", "loop", l.name, "reason", reason, "err", err)
	default:
		w.log.Info("pass works again", "loop", l.name)
	}
	l.failing = reason
	w.scopeChanges()
	before := w.status.Error
	w.status.Error = ""
	for _, s := range w.status.Loops {
		if s.Error != "" {
			w.status.Error = s.Name + ": " + s.Error
			break
		}
	}
	switch {
	case w.status.Error == "":
		w.status.Since = time.Time{}
	case before == "":
		w.status.Since = start
	}
}

// scopeChanges logs each scope once when it stops or starts to be readable.
func (w *worker) scopeChanges() {
	for _, s := range w.status.Scopes {
		key := "scope\x00" + s.Name
		switch {
		case !s.Readable && !w.skips[key]:
			w.skips[key] = true
			w.log.Error("scope cannot be read", "scope", s.Name, "err", s.Error)
		case s.Readable && w.skips[key]:
			delete(w.skips, key)
			w.log.Info("scope can be read again", "scope", s.Name)
		}
	}
}

func (w *worker) loopStatus() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.loops {
		for i := range w.status.Loops {
			if w.status.Loops[i].Name == l.name {
				w.status.Loops[i].NextRun = l.next
			}
		}
	}
}

// budget takes over what the tracker says it still allows.
func (w *worker) budget(b model.Budget) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.status.Budget, func(x model.Budget) bool { return x.Resource == b.Resource })
	if i < 0 {
		w.status.Budget = append(w.status.Budget, b)
		slices.SortFunc(w.status.Budget, func(x, y model.Budget) int { return strings.Compare(x.Resource, y.Resource) })
		return
	}
	w.status.Budget[i] = b
}

// expires takes over when the credentials in use end.
func (w *worker) expires(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status.CredentialExpiry = at
}

// snapshot is the status with nothing shared.
func (w *worker) snapshot(now time.Time) model.TrackerStatus {
	w.mu.Lock()
	s := w.status
	s.Scopes, s.Notes, s.Unmapped, s.Problems = slices.Clone(s.Scopes), slices.Clone(s.Notes), slices.Clone(s.Unmapped), slices.Clone(s.Problems)
	s.Budget, s.Loops = slices.Clone(s.Budget), slices.Clone(s.Loops)
	w.mu.Unlock()
	s.Items = w.app.book.count(s.Name)
	s.Fresh = s.Complete && now.Sub(s.LastSync) <= w.poll.StaleAfter
	return s
}

// Status is how the daemon is doing now.
func (a *App) Status() model.Status {
	a.mu.Lock()
	workers, loaded, ok := slices.Clone(a.workers), a.loaded, a.configOK
	a.mu.Unlock()
	now := time.Now()
	s := model.Status{Version: a.o.Version, Started: a.started, Loaded: loaded, ConfigOK: ok}
	for _, w := range workers {
		s.Trackers = append(s.Trackers, w.snapshot(now))
	}
	return s
}
