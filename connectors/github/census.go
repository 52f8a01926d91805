package github

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// Census walks the ids of all items in scope. Known items that are missing from
// a repository read to its end are asked for by name; items nobody knew are read.
func (g *Connector) Census(ctx context.Context, known []*model.Record) (model.Census, error) {
	g.client.meter.keeping(keepSlower)
	g.started = false // a server may have been upgraded since
	g.scope.listed = time.Time{}
	if err := g.start(ctx); err != nil {
		return model.Census{}, err
	}
	if err := g.resolve(ctx, nil); err != nil {
		return model.Census{}, err
	}
	census := model.Census{Native: map[string][]string{}}
	exist := map[string]map[string]bool{} // ids by the repository's present name, lower case
	for _, name := range g.scope.names {
		ids, present, err := g.reader().ids(ctx, name)
		var lost *connectors.ScopeError
		switch {
		case errors.As(err, &lost):
			census.Scopes = append(census.Scopes, model.Scope{Name: name, Error: lost.Err.Error()})
			continue
		case err != nil:
			g.forget(err)
			return model.Census{}, err
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
		census.Scopes = append(census.Scopes, model.Scope{Name: name, Readable: true})
		census.Native[name] = ids
		set := make(map[string]bool, len(ids))
		for _, id := range ids {
			set[id] = true
		}
		// An item that went while its repository had another name is known by that name.
		for _, n := range append(g.scope.found[name].Former, name, present) {
			exist[strings.ToLower(n)] = set
		}
	}

	b := g.convert.builder()
	if err := g.missing(ctx, b, known, exist); err != nil {
		return model.Census{}, err
	}
	if err := g.unknown(ctx, b, known, census.Native); err != nil {
		return model.Census{}, err
	}
	census.Batch = b.done()
	census.Gone, census.Batch.Gone = census.Batch.Gone, nil
	return census, nil
}

// missing asks for the known items that their repository no longer lists.
func (g *Connector) missing(ctx context.Context, b *builder, known []*model.Record, exist map[string]map[string]bool) error {
	var missing []*model.Record
	for _, r := range known {
		if ids, read := exist[strings.ToLower(r.Item.Project.String())]; read && !ids[r.Item.ID.Native] {
			missing = append(missing, r)
		}
	}
	return g.settle(ctx, b, missing)
}

// unknown reads the items that no change ever announced: they could not be read
// when they changed, or came with a transfer.
func (g *Connector) unknown(ctx context.Context, b *builder, known []*model.Record, native map[string][]string) error {
	if g.anonymous {
		return nil
	}
	whole := make(map[string]bool, len(known))
	for _, r := range known {
		whole[r.Item.ID.Native] = !r.Item.Stub
	}
	var ids []string
	for _, name := range g.scope.names {
		for _, id := range native[name] {
			if !whole[id] {
				ids = append(ids, id)
			}
		}
	}
	for chunk := range slices.Chunk(ids, nodesPage) {
		items, err := (*graphReader)(g).nodes(ctx, chunk)
		if err != nil {
			return err
		}
		for i := range items {
			if l := &items[i]; l.err != nil {
				b.problem(l.name("census", i), l.err)
			} else {
				b.add(&l.node)
			}
		}
	}
	return nil
}
