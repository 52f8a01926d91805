package github

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// nodesPage is the most items GraphQL gives by id in one query.
const nodesPage = 100

// Sweep reads the open items anew, whole: dependencies and sub-issues do not
// touch an item's stamp, nor does what happens to it in a repository it was
// transferred to. Without a credential there is no way to afford that, and
// nothing is read. A sweep that ended early, for the budget, is gone on with.
func (g *Connector) Sweep(ctx context.Context, open []*model.Record) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		if g.anonymous || len(open) == 0 {
			return
		}
		g.client.meter.keeping(keepSlower)
		if err := g.start(ctx); err != nil {
			yield(model.Batch{}, err)
			return
		}
		err := g.rereadAll(ctx, open, func(b model.Batch) bool { return yield(b, nil) })
		switch {
		case errors.Is(err, errStop):
		case err != nil:
			g.forget(err)
			yield(model.Batch{}, err)
		case !g.features.dependencies:
			g.dependencies(ctx, open, yield)
		}
	}
}

// rereadAll reads known items, a hundred at once. A broken answer costs its
// hundred only, and is the error in the end.
func (g *Connector) rereadAll(ctx context.Context, open []*model.Record, yield func(model.Batch) bool) error {
	var first error
	done, size := 0, nodesPage
	for rest := g.sweepFrom(open); len(rest) > 0; {
		n := min(len(rest), size)
		b, err := g.reread(ctx, rest[:n])
		switch {
		case err == nil:
			done += n
			b.Done, b.Total = done, len(open)
			if !yield(b) {
				return errStop
			}
		case overloaded(ctx, err) && size > leastPage:
			size /= 2
			continue
		case fatal(err):
			g.unswept = rest[0].Item.ID.Native
			return err
		case first == nil:
			first = err
		}
		rest = rest[n:]
	}
	g.unswept = ""
	return first
}

// sweepFrom turns the open items so that those the last sweep did not come to are
// the first. They come in the order of their ids.
func (g *Connector) sweepFrom(open []*model.Record) []*model.Record {
	i := slices.IndexFunc(open, func(r *model.Record) bool { return r.Item.ID.Native >= g.unswept })
	if i < 0 {
		return open
	}
	return slices.Concat(open[i:], open[:i])
}

// reread reads known items by id. Those that are no longer to be had by it are
// looked for by name.
func (g *Connector) reread(ctx context.Context, records []*model.Record) (model.Batch, error) {
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.Item.ID.Native
	}
	items, err := (*graphReader)(g).nodes(ctx, ids)
	if err != nil {
		return model.Batch{}, err
	}
	b := g.convert.builder()
	var missing []*model.Record
	for i := range items {
		switch l := &items[i]; {
		case errors.Is(l.err, errNull):
			missing = append(missing, records[i])
		case l.err == nil && l.ID != ids[i]:
			// It has another id now, by which it is another item.
			b.answer(records[i].Item.Key, &l.node)
			b.batch.Gone = append(b.batch.Gone, model.Absence{ID: records[i].Item.ID, Reason: model.Gone})
		case l.err != nil:
			b.problem(records[i].Item.Key, l.err)
		default:
			b.add(&l.node)
		}
	}
	if err := g.settle(ctx, b, missing); err != nil {
		return model.Batch{}, err
	}
	return b.done(), nil
}

// settle finds out by name what became of items that are not to be had by id.
// One whose repository cannot be read stays as it is; else the item was
// transferred, and is read under its new id, or is gone.
func (g *Connector) settle(ctx context.Context, b *builder, missing []*model.Record) error {
	var keys []itemKey
	for _, r := range missing {
		if k, ok := parseKey(r.Item.Key); ok && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	found, err := g.reader().find(ctx, keys)
	if err != nil {
		return err
	}
	for _, r := range missing {
		k, ok := parseKey(r.Item.Key)
		if !ok {
			continue
		}
		l, readable := found[k]
		switch {
		case !readable || l.err != nil && !errors.Is(l.err, errNull):
			continue
		case errors.Is(l.err, errNull):
			b.batch.Gone = append(b.batch.Gone, model.Absence{ID: r.Item.ID, Reason: model.Gone})
		default:
			b.answer(r.Item.Key, &l.node)
			if l.ID != r.Item.ID.Native {
				b.batch.Gone = append(b.batch.Gone, model.Absence{ID: r.Item.ID, Reason: model.Gone})
			}
		}
	}
	return nil
}

// answer observes an item that was asked for by name.
func (b *builder) answer(key string, n *node) {
	var aliases []string
	if !strings.EqualFold(key, n.key()) {
		aliases = []string{key}
	}
	b.add(n, aliases...)
	b.batch.Answers = append(b.batch.Answers, model.Answer{Key: key, Found: model.ID{Tracker: model.WordOf(b.tracker), Native: n.ID}})
}

// Ask looks up owner/name#number keys; others get no answer.
func (g *Connector) Ask(ctx context.Context, keys []string) (model.Batch, error) {
	g.client.meter.keeping(keepChanges)
	if err := g.start(ctx); err != nil {
		return model.Batch{}, err
	}
	var asked []itemKey
	for _, key := range keys {
		if k, ok := parseKey(key); ok && !slices.Contains(asked, k) {
			asked = append(asked, k)
		}
	}
	found, err := g.reader().find(ctx, asked)
	if err != nil && len(found) == 0 {
		g.forget(err)
		return model.Batch{}, err
	}
	if err != nil {
		g.log.Warn("some keys could not be asked for", "error", err)
	}
	b := g.convert.builder()
	for _, key := range keys {
		k, ok := parseKey(key)
		if !ok {
			continue
		}
		l, readable := found[k]
		switch {
		case !readable && err != nil:
			// not asked any more
		case !readable:
			b.batch.Answers = append(b.batch.Answers, model.Answer{Key: key, Reason: model.Forbidden})
		case errors.Is(l.err, errNull):
			b.batch.Answers = append(b.batch.Answers, model.Answer{Key: key, Reason: model.Gone})
		case errors.Is(l.err, errForbidden):
			b.batch.Answers = append(b.batch.Answers, model.Answer{Key: key, Reason: model.Forbidden})
		case l.err != nil:
			b.problem(key, l.err)
		default:
			b.answer(key, &l.node)
		}
	}
	return b.done(), nil
}

// parseKey takes owner/name#number apart. A number that GitHub's type for it
// cannot hold is nobody's, and would spoil the question for others.
func parseKey(key string) (itemKey, bool) {
	repo, number, ok := strings.Cut(key, "#")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n <= 0 || n > math.MaxInt32 || !fullName.MatchString(repo) {
		return itemKey{}, false
	}
	return itemKey{repo, n}, true
}
