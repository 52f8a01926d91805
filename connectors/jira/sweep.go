package jira

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// briefFields are what stubs have, and the project to see whether one has
// moved into the scope.
var briefFields = []string{"summary", "status", "resolution", "priority", "issuetype", "project", "updated"}

// Sweep reads the issues known only from links again: their changes do not
// touch the issues that link to them. It costs one request for each hundred
// open ones that can be read. Closed ones that open issues wait on are read
// once, as links do not tell whether they were dropped.
//
// Then it reads the changelogs of open issues updated since that was last done:
// a thousand of them in one request from Cloud, a hundred from Data Center. To
// anonymous visitors Cloud gives them one by one only: they are left out.
//
// While a configured project cannot be read, the site is asked again what there
// is, for three requests or so.
func (c *Connector) Sweep(ctx context.Context, open []*model.Record) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		if c.site != nil && len(c.site.readable) < len(c.cfg.Projects) {
			c.site = nil // a project that could not be read may have become readable
		}
		s, err := c.open(ctx)
		if err != nil {
			yield(model.Batch{}, err)
			return
		}
		for ids := range slices.Chunk(c.stubsOf(s, open), pageCloud) {
			b, err := c.sweep(ctx, s, ids)
			if err != nil {
				c.site = nil
				yield(model.Batch{}, err)
				return
			}
			if !yield(b, nil) {
				return
			}
		}
		for b, err := range c.histories(ctx, s, open) {
			if err != nil {
				c.site = nil
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// stubsOf are the ids to sweep, sorted.
func (c *Connector) stubsOf(s *site, open []*model.Record) []string {
	ids, whole := map[string]bool{}, map[string]bool{}
	for _, r := range open {
		switch {
		case r.Item.ID.Tracker.String() != c.opts.Name:
		case r.Item.Stub:
			ids[r.Item.ID.Native] = true
		default:
			whole[r.Item.ID.Native] = true
		}
	}
	for _, r := range open {
		for i := range r.Claims {
			claim := &r.Claims[i]
			project, _, _ := cutKey(claim.Target.Key)
			if claim.Kind != model.Blocks || !claim.Reverse || claim.Target.Tracker.String() != c.opts.Name || s.inScope(project) {
				continue
			}
			if _, told := c.closed[claim.Target.Native]; !told && !whole[claim.Target.Native] {
				ids[claim.Target.Native] = true
			}
		}
	}
	maps.DeleteFunc(ids, func(id string, _ bool) bool { return c.unreadable[id] || !validID(id) })
	return slices.Sorted(maps.Keys(ids))
}

// sweep reads at most pageCloud issues by id.
func (c *Connector) sweep(ctx context.Context, s *site, ids []string) (model.Batch, error) {
	issues, problems, err := c.fetch(ctx, s, ids, briefFields)
	if err != nil {
		return model.Batch{}, err
	}
	var moved []string
	stubs := make([]model.Observation, 0, len(issues))
	missing := make(map[string]bool, len(ids))
	for _, id := range ids {
		missing[id] = true
	}
	for i := range issues {
		is := &issues[i]
		delete(missing, is.ID)
		if s.inScope(is.project()) {
			moved = append(moved, is.ID)
			continue
		}
		if o, ok := c.stub(s, is); ok {
			stubs = append(stubs, o)
		}
	}
	for id := range missing {
		c.unreadable[id] = true
	}
	b, err := c.within(ctx, s, moved)
	for i := range b.Items {
		if it := &b.Items[i].Item; !it.State.Open() && !it.Stub {
			c.closed[it.ID.Native] = it.State
		}
	}
	b.Items = append(stubs, b.Items...)
	b.Problems = append(problems, b.Problems...)
	return b, err
}

// stub makes a stub of an issue read by itself and remembers how it was closed.
func (c *Connector) stub(s *site, is *wireIssue) (model.Observation, bool) {
	o, ok := c.reader.stub(is.brief(), c.view(s))
	if ok && !o.Item.State.Open() {
		c.closed[is.ID] = o.Item.State
	} else {
		delete(c.closed, is.ID)
	}
	return o, ok
}

// within reads those of some issues whole that belong to the scope, and makes
// stubs of the others.
func (c *Connector) within(ctx context.Context, s *site, ids []string) (model.Batch, error) {
	if len(ids) == 0 {
		return model.Batch{}, nil
	}
	whole, err := c.fetchWhole(ctx, s, ids)
	if err != nil || c.cfg.JQL == "" {
		return whole, err
	}
	// Only the site can tell what its query selects.
	selected := map[string]bool{}
	for some := range slices.Chunk(ids, pageCloud) {
		in, err := c.ids(ctx, s, c.scope(s.readable)+" AND id in ("+strings.Join(some, ", ")+") ORDER BY key ASC")
		if err != nil {
			return model.Batch{}, err
		}
		for _, id := range in {
			selected[id] = true
		}
	}
	for i := range whole.Items {
		o := &whole.Items[i]
		if !selected[o.Item.ID.Native] {
			o.Item.Stub, o.Claims, o.Keeps = true, nil, nil
		}
	}
	return whole, nil
}

// project is the key of the issue's project.
func (is *wireIssue) project() string {
	if is.Fields.Project != nil && is.Fields.Project.Key != "" {
		return is.Fields.Project.Key
	}
	project, _, _ := cutKey(is.Key)
	return project
}
