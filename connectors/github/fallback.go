package github

import (
	"context"
	"errors"
	"slices"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// dependencies reads by REST what the server's GraphQL lacks: what open issues
// are blocked by. The list of a repository's open issues counts the blockers of
// each, so that only those that have some are asked for.
func (g *Connector) dependencies(ctx context.Context, open []*model.Record, yield func(model.Batch, error) bool) {
	known := map[string]bool{}
	var repositories []string
	for _, r := range open {
		if r.Item.Stub {
			continue
		}
		known[r.Item.ID.Native] = true
		if name := r.Item.Project.String(); !slices.Contains(repositories, name) {
			repositories = append(repositories, name)
		}
	}
	slices.Sort(repositories)
	for _, name := range repositories {
		if g.independent {
			return
		}
		err := g.blockers(ctx, name, known, func(b model.Batch) bool { return yield(b, nil) })
		var lost *connectors.ScopeError
		switch {
		case err == nil, errors.As(err, &lost): // the changes tell of a lost scope
		case errors.Is(err, errStop):
			return
		default:
			yield(model.Batch{}, err)
			return
		}
	}
}

// blockers yields the dependencies of one repository's known open issues, a batch per page.
func (g *Connector) blockers(ctx context.Context, name string, known map[string]bool, yield func(model.Batch) bool) error {
	rest := (*restReader)(g)
	seen := map[string]bool{}
	for address := "repos/" + name + "/issues?state=open&sort=created&direction=asc&per_page=100"; address != ""; {
		if seen[address] {
			return &connectors.AnswerError{Page: address, Err: errors.New("the next page is one that was read")}
		}
		seen[address] = true
		list, err := rest.page(ctx, name, routeIssues, address)
		if err != nil {
			return err
		}
		if err := rest.onlyIssues(ctx, list.Nodes); err != nil {
			return err
		}
		b := g.convert.builder()
		for i := range list.Nodes {
			l := &list.Nodes[i]
			if l.err != nil || l.elsewhere || len(l.keeps) > 0 || !known[l.ID] {
				continue
			}
			if l.uncounted {
				g.independent = true
				return nil
			}
			o := model.Observation{Item: b.stub(&l.node)}
			b.native(&o, &l.node)
			set := model.ClaimSet{Item: o.Item.ID, Origin: model.NativeDependency}
			for _, c := range o.Claims {
				if c.Origin == model.NativeDependency {
					set.Claims = append(set.Claims, c)
				}
			}
			b.batch.Claims = append(b.batch.Claims, set)
		}
		if !yield(b.done()) {
			return errStop
		}
		address = list.PageInfo.EndCursor
	}
	return nil
}
