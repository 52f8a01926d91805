package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// Ask looks keys up one by one: the site follows keys that issues had before
// they were moved, and answers with the present one.
func (c *Connector) Ask(ctx context.Context, keys []string) (model.Batch, error) {
	s, err := c.open(ctx)
	if err != nil {
		return model.Batch{}, err
	}
	var asked []string
	for _, key := range keys {
		if validKey(key) {
			asked = append(asked, key)
		}
	}
	found, err := c.lookUp(ctx, s, asked)
	if err != nil {
		return model.Batch{}, err
	}

	var b model.Batch
	var whole []wireIssue
	for i, f := range found {
		answer := model.Answer{Key: asked[i], Reason: f.reason}
		if f.reason == 0 {
			answer.Found = model.ID{Tracker: model.WordOf(c.opts.Name), Native: f.issue.ID}
			whole = append(whole, f.issue)
		}
		b.Answers = append(b.Answers, answer)
	}
	items, err := c.sort(ctx, s, whole)
	b.Items, b.Problems = items.Items, items.Problems
	return b, err
}

// lookedUp is what a site answered for one id or key.
type lookedUp struct {
	issue  wireIssue
	reason model.Reason // Gone or Forbidden where there is no issue
}

// lookUp asks for issues by id or key, in that order. Only errors that concern
// more than the one issue are errors.
func (c *Connector) lookUp(ctx context.Context, s *site, names []string) ([]lookedUp, error) {
	const route = "rest/api/2/issue/{issueIdOrKey}"
	fields := url.QueryEscape(strings.Join(c.wanted(s), ","))
	out := make([]lookedUp, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.cfg.Concurrency)
	for i, name := range names {
		group.Go(func() error {
			body, err := c.do(ctx, http.MethodGet, route, "rest/api/2/issue/"+url.PathEscape(name)+"?fields="+fields, nil)
			var auth *connectors.AuthError
			switch code := statusOf(err); {
			case code == http.StatusNotFound || code == http.StatusGone:
				out[i].reason = c.absence(s, name)
				return nil
			case code == http.StatusForbidden, errors.As(err, &auth) && c.cfg.Auth.anonymous():
				out[i].reason = model.Forbidden
				return nil
			case err != nil:
				return err
			}
			out[i].issue, err = readIssue(body)
			if err != nil {
				return &connectors.AnswerError{Page: "GET /" + route, Err: err}
			}
			return nil
		})
	}
	return out, group.Wait()
}

// absence is what 404 means for a key: the site answers alike for issues that
// are gone and for those of projects the account may not browse. An id is
// asked for only where its project can be read.
func (c *Connector) absence(s *site, name string) model.Reason {
	project, _, isKey := cutKey(name)
	if _, listed := s.known[project]; isKey && !listed {
		return model.Forbidden
	}
	return model.Gone
}

// sort makes whole observations of issues in the scope and stubs of the others.
func (c *Connector) sort(ctx context.Context, s *site, issues []wireIssue) (model.Batch, error) {
	var (
		b     model.Batch
		ids   []string
		whole []wireIssue
	)
	held := map[string]bool{}
	for i := range issues {
		is := &issues[i]
		switch {
		case held[is.ID]: // asked for under two keys
		case !s.inScope(is.project()) && len(c.cfg.Projects) > 0:
			if o, ok := c.stub(s, is); ok {
				b.Items = append(b.Items, o)
			}
		case c.cfg.JQL != "":
			ids = append(ids, is.ID)
		default:
			whole = append(whole, *is)
		}
		held[is.ID] = true
	}
	if err := c.completeComments(ctx, whole, &b); err != nil {
		return b, err
	}
	c.collect(&b, s, whole)
	selected, err := c.within(ctx, s, ids)
	b.Items = append(b.Items, selected.Items...)
	b.Problems = append(b.Problems, selected.Problems...)
	return b, err
}
