package jira

import (
	"context"
	"fmt"

	"github.com/waitgraph/waitgraph/model"
)

// Census walks the ids of every scope. Deletions, moves and lost permissions
// never show in a stream of changes. Open issues are read again, a hundred in
// one request: that every change of a link moves an issue's stamp is not
// documented. What the site says of itself is asked anew.
func (c *Connector) Census(ctx context.Context, known []*model.Record) (model.Census, error) {
	c.site = nil
	clear(c.unreadable)
	clear(c.untold)
	clear(c.unlisted)
	s, err := c.open(ctx)
	if err != nil {
		return model.Census{}, err
	}

	census := model.Census{Native: map[string][]string{}}
	exists := map[string]bool{}
	for _, scope := range s.told.Scopes {
		if scope.Readable {
			ids, err := c.census(ctx, s, &scope, known)
			if err != nil {
				return model.Census{}, err
			}
			if scope.Readable {
				census.Native[scope.Name] = ids
			}
			for _, id := range ids {
				exists[id] = true
			}
		}
		census.Scopes = append(census.Scopes, scope)
	}

	missing, again := c.compare(s, &census, exists, known)
	census.Batch, err = c.fetchWhole(ctx, s, again)
	if err != nil {
		return model.Census{}, err
	}
	census.Batch.Site = c.news(s)
	found, err := c.lookUp(ctx, s, missing)
	if err != nil {
		return model.Census{}, err
	}
	// Those that exist after all were moved out of the scope, or back into it
	// since the walk: either way that is how they are now.
	var moved []wireIssue
	for i, f := range found {
		if f.reason != 0 {
			census.Gone = append(census.Gone, model.Absence{
				ID: model.ID{Tracker: model.WordOf(c.opts.Name), Native: missing[i]}, Reason: f.reason,
			})
			continue
		}
		moved = append(moved, f.issue)
	}
	if err := c.completeComments(ctx, moved, &census.Batch); err != nil {
		return model.Census{}, err
	}
	c.collect(&census.Batch, s, moved)
	return census, nil
}

// census walks one scope. A scope that lost everything it had has lost the
// permission to read it, not its issues.
func (c *Connector) census(ctx context.Context, s *site, scope *model.Scope, known []*model.Record) ([]string, error) {
	var project []string
	if len(c.cfg.Projects) > 0 {
		project = []string{scope.Name}
	}
	ids, err := c.ids(ctx, s, c.scope(project)+" ORDER BY key ASC")
	if refused(err) {
		scope.Readable, scope.Error = false, err.Error()
		return nil, nil
	}
	if err != nil || len(ids) > 0 {
		return ids, err
	}
	had := 0
	for _, r := range known {
		if !r.Item.Stub && (project == nil || s.current(scope.Name) == r.Item.Project.String()) {
			had++
		}
	}
	if had > 0 {
		scope.Readable, scope.Error = false, fmt.Sprintf("it shows no issue although %d are known", had)
	}
	return nil, nil
}

// compare finds known issues that no scope read to its end has, and those to be
// read again: issues that are not known, or only from links, and open ones.
func (c *Connector) compare(s *site, census *model.Census, exists map[string]bool, known []*model.Record) (missing, again []string) {
	whole := make(map[string]bool, len(known))
	for _, r := range known {
		id := r.Item.ID.Native
		if r.Item.Stub || r.Item.ID.Tracker.String() != c.opts.Name {
			continue
		}
		whole[id] = true
		switch {
		case exists[id] && r.Item.State.Open():
			again = append(again, id)
		case !exists[id] && judged(s, census, r.Item.Project.String()):
			missing = append(missing, id)
		}
	}
	for _, scope := range census.Scopes {
		for _, id := range census.Native[scope.Name] {
			if !whole[id] {
				whole[id] = true
				again = append(again, id)
			}
		}
	}
	return missing, again
}

// judged reports whether a project's issues were all seen.
func judged(s *site, census *model.Census, project string) bool {
	for _, scope := range census.Scopes {
		if !scope.Readable {
			continue
		}
		if _, isProject := s.known[scope.Name]; !isProject || s.current(scope.Name) == project {
			return true
		}
	}
	return false
}

// current is the present key of a project.
func (s *site) current(key string) string {
	if now, ok := s.known[key]; ok {
		return now
	}
	return key
}
