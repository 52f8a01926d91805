package jira

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// errStopped ends a pass whose consumer wants no more.
var errStopped = errors.New("stopped")

// Changes reads the issues updated since the cursor, see [connectors.Connector].
//
// A poll without changes costs one request, or two while more issues than one
// page holds were updated within the overlap; more if a page of them has one
// stamp. The first poll of a process asks for the site, its fields and projects
// besides.
func (c *Connector) Changes(ctx context.Context, cursor string) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		err := c.changes(ctx, cursor, func(b model.Batch) bool { return yield(b, nil) })
		if err == nil || errors.Is(err, errStopped) {
			return
		}
		var limit *connectors.LimitError
		if ctx.Err() == nil && !errors.As(err, &limit) {
			c.site = nil // it may not be what it was
		}
		yield(model.Batch{}, err)
	}
}

func (c *Connector) changes(ctx context.Context, cursor string, yield func(model.Batch) bool) error {
	asked := c.site == nil
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	p := c.newPass(s, cursor, yield)
	p.told = asked
	if err = p.run(ctx); !refused(err) {
		return err
	}
	// A search that names a project the account lost is refused as a whole.
	c.site = nil
	again, openErr := c.open(ctx)
	switch {
	case openErr != nil:
		return openErr
	case !slices.Equal(again.readable, s.readable):
		return c.newPass(again, p.cursor, yield).run(ctx)
	case c.cfg.JQL != "":
		return &connectors.ScopeError{Scope: c.cfg.JQL, Err: err}
	}
	return err
}
