package jira

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// page is one page of a walk, decoded.
type page struct {
	issues   []wireIssue // those not handed over yet
	problems []model.Problem
	more     model.Batch // read besides
	end      int64       // the newest stamp, 0 for none
	last     bool
}

// next reads the page a walk stands before and moves the walk on.
func (p *pass) next(ctx context.Context, w *walk) (page, error) {
	got, problems, err := p.ask(ctx, *w)
	return p.take(ctx, w, got, problems, err)
}

// take reads the answer that a walk was given for its next page.
func (p *pass) take(ctx context.Context, w *walk, got wirePage, problems []model.Problem, err error) (page, error) {
	if refused(err) && w.Token != "" {
		*w = walk{From: max(w.From, w.End)} // tokens expire
		clear(p.tokens)
		return p.next(ctx, w)
	}
	if err != nil {
		return page{}, err
	}

	p.paged = p.paged || w.Token != ""
	pg := page{problems: problems, issues: got.Issues[:0]}
	for _, is := range got.Issues {
		stamp := is.updated()
		pg.end = max(pg.end, stamp)
		if p.low == 0 || stamp != 0 && stamp < p.low {
			p.low = stamp
		}
		before, again := p.seen[is.ID]
		if again && before == stamp {
			continue
		}
		p.moved = p.moved || again && p.paged
		p.seen[is.ID] = stamp
		p.note(&is)
		pg.issues = append(pg.issues, is)
	}
	skipped := w.Skip
	if p.s.cloud {
		err = p.moveCloud(w, got, &pg)
	} else {
		p.moveDC(w, got, &pg)
	}
	if p.barren++; pg.last || len(pg.issues) > 0 || len(problems) > 0 {
		p.barren = 0
	}
	if p.barren > mostBarren {
		err = errors.New("page after page brings nothing new")
	}
	if err != nil {
		return page{}, &connectors.AnswerError{Page: "search for changes", Err: err}
	}
	p.done += len(pg.issues)
	switch {
	case !p.s.cloud:
		p.total = p.done + max(0, got.Total-skipped-got.Raw)
	case p.total > 0:
		p.total = max(p.total, p.done)
	}
	return pg, nil
}

// mostBarren is how many pages in a row may bring nothing new. Some may: after
// a resumption, or where a site reads stamps to the minute.
const mostBarren = 3

// moveCloud follows the token. Field reports say that it may come with the
// last page, that pages may be empty, and that tokens may repeat.
func (p *pass) moveCloud(w *walk, got wirePage, pg *page) error {
	w.End = max(w.End, pg.end)
	if pg.last = got.IsLast || got.Token == "" || got.Raw == 0; pg.last {
		w.Token = ""
		return nil
	}
	if p.tokens[got.Token] {
		return errors.New("the page token repeats")
	}
	p.tokens[got.Token] = true
	w.Token = got.Token
	return nil
}

// moveDC goes on from the newest stamp: offsets shift while issues change. Only
// when all of a page has one stamp it counts on within that, a little less
// than the page for those that leave the stamp meanwhile.
func (p *pass) moveDC(w *walk, got wirePage, pg *page) {
	pg.last = w.Skip+got.Raw >= got.Total
	switch {
	case pg.last:
	case pg.end > w.From:
		*w = walk{From: pg.end}
	default:
		w.Skip += max(1, got.Raw-got.Raw/10)
	}
}

// pickUp looks, after Cloud's tokens were followed while issues changed, for
// ids that slipped over a page's edge, and reads those issues.
func (p *pass) pickUp(ctx context.Context, pg *page) error {
	if !p.moved {
		return nil
	}
	ids, err := p.c.ids(ctx, p.s, p.bounded(p.low))
	if err != nil {
		return err
	}
	var missed []string
	for _, id := range ids {
		if _, ok := p.seen[id]; !ok {
			missed = append(missed, id)
		}
	}
	return p.more(ctx, pg, missed)
}

// bounded is the query for what was updated since a stamp. Epoch milliseconds
// mean the same in every account's time zone; a quoted time does not.
func (p *pass) bounded(from int64) string {
	jql := p.jql
	if from > 0 {
		jql += fmt.Sprintf(" AND updated >= %d", from)
	}
	if p.until > 0 {
		jql += fmt.Sprintf(" AND updated < %d", p.until)
	}
	return jql + " ORDER BY updated ASC, key ASC"
}

// ask asks for the page a walk stands before.
func (p *pass) ask(ctx context.Context, w walk) (wirePage, []model.Problem, error) {
	q := query{JQL: p.bounded(w.From), Fields: p.c.wanted(p.s), Max: pageDC, Token: w.Token, Start: w.Skip}
	switch {
	case p.s.cloud:
		q.Max = pageCloud
	case !p.at.Whole:
		q.Max = cmp.Or(p.at.Page, pageFirst)
	}
	return p.c.search(ctx, p.s, q)
}
