package app

import (
	"context"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// askAtOnce bounds the keys one pass asks for, so that a site full of dead
// references delays nothing.
const askAtOnce = 200

// ask looks up the keys that other items name, that lie in a scope that is read
// whole or would if the name they have it by were one it has now, and that no known item has. Each is asked for once per census.
func (w *worker) ask(ctx context.Context, asker connectors.Asker) error {
	t := w.app.book.tracker(w.tracker.Name, w.tracker.Type)
	keys := w.unresolved(&t, w.app.reconcileNow())
	if len(keys) == 0 {
		return nil
	}
	batch, err := asker.Ask(ctx, keys)
	if err != nil {
		return err
	}
	batch.Cursor = ""
	if err := w.app.write(ctx, w.tracker, &batch, nil); err != nil {
		return err
	}
	w.progress(&batch)
	return nil
}

func (w *worker) unresolved(t *model.Tracker, g *model.Graph) []string {
	scope := map[string]bool{}
	for _, s := range t.Site.Scopes {
		if s.Readable {
			scope[model.KeyFold(s.Name)] = true
		}
	}
	for _, p := range t.Site.Projects { // the config may know a project by a name it had
		names := append([]string{p.Key}, p.Former...)
		if slices.ContainsFunc(names, func(name string) bool { return scope[model.KeyFold(name)] }) {
			for _, name := range names {
				scope[model.KeyFold(name)] = true
			}
		}
	}
	included := func(string) bool { return false }
	if c, ok := w.tracker.Config.(connectors.Includer); ok {
		included = c.Includes
	}
	asked := map[string]bool{}
	for _, a := range t.Answers {
		if time.Since(a.At) < w.poll.Census {
			asked[model.KeyFold(a.Key)] = true
		}
	}
	var keys []string
	for _, d := range g.Dangling {
		if d.Reason == model.Ambiguous {
			continue
		}
		key := model.KeyFold(d.Target)
		project, _ := model.SplitKey(key)
		if asked[key] || !scope[model.KeyFold(project)] && !included(project) {
			continue
		}
		asked[key] = true
		if keys = append(keys, d.Target); len(keys) == askAtOnce {
			break
		}
	}
	return keys
}
