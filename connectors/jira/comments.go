package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// A search may embed only some of an issue's comments. The newest are then
// asked for by themselves, once for each update of the issue: the overlap
// brings the same issues again and again.

// completeComments fills in the newest comments of issues that lack some.
func (c *Connector) completeComments(ctx context.Context, issues []wireIssue, b *model.Batch) error {
	if !c.comments() {
		return nil
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(c.cfg.Concurrency)
	refusals := make([]error, len(issues))
	for i := range issues {
		is := &issues[i]
		if !is.lacksComments() || c.alreadyCommented(is) {
			continue
		}
		group.Go(func() error {
			newest, err := c.newestComments(gctx, is.ID)
			if code := statusOf(err); code == http.StatusForbidden || code == http.StatusNotFound {
				refusals[i] = err
				return nil
			}
			if err == nil {
				is.Fields.Comment.Comments = newest
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i := range issues {
		is := &issues[i]
		if !is.lacksComments() || c.alreadyCommented(is) {
			continue
		}
		if refusals[i] != nil {
			b.Problems = append(b.Problems, model.Problem{Where: is.Key, What: "comments: " + refusals[i].Error()})
		}
		is.Fields.Comment.Total = len(is.Fields.Comment.Comments) // as many as will be read
		c.pending[is.ID] = is.updated()
	}
	return nil
}

func (c *Connector) newestComments(ctx context.Context, id string) ([]wireComment, error) {
	const route = "rest/api/2/issue/{issueIdOrKey}/comment"
	var page struct {
		Comments []wireComment `json:"comments"`
	}
	path := fmt.Sprintf("rest/api/2/issue/%s/comment?orderBy=-created&maxResults=%d", id, c.cfg.Text.MaxComments)
	if err := c.get(ctx, route, path, &page); err != nil {
		return nil, err
	}
	if page.Comments == nil {
		return nil, &connectors.AnswerError{Page: "GET /" + route, Err: errors.New("no list of comments")}
	}
	return page.Comments, nil
}

func (is *wireIssue) lacksComments() bool {
	return is.Fields.Comment.Total > len(is.Fields.Comment.Comments)
}

// alreadyCommented reports whether the comments this answer lacks were read,
// and recorded, for the same update of the issue.
func (c *Connector) alreadyCommented(is *wireIssue) bool {
	at, ok := c.commented[is.ID]
	return ok && is.lacksComments() && at == is.updated()
}

// withoutText makes a reading say nothing of texts: what is recorded stands.
func (r *reading) withoutText() {
	kept := r.Claims[:0]
	for _, claim := range r.Claims {
		if claim.Origin != model.Text {
			kept = append(kept, claim)
		}
	}
	r.Claims = kept
	r.Keeps = append(r.Keeps, model.Text)
	r.Item.Commented = 0
}

// updated is the last update in milliseconds, 0 if it cannot be read.
func (is *wireIssue) updated() int64 {
	t, err := parseTime(is.Fields.Updated)
	if err != nil || t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
