package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

const (
	routeSearchCloud = "rest/api/2/search/jql" // the older one answers 410 there
	routeSearch      = "rest/api/2/search"
	routeBulkFetch   = "rest/api/2/issue/bulkfetch"

	// pageCloud is the most issues with fields that Cloud returns at once, and
	// the most that issue/bulkfetch takes.
	pageCloud = 100
	// pageIDs is the most issues without fields that Cloud returns at once.
	pageIDs = 5000
	// pageDC is the most Data Center returns unless its administrator set less.
	pageDC = 1000
	// pageFirst is the least issues of a page of the first walk on Data Center.
	// Several lanes read it, and what one page has is looked through while others
	// are on the way, so each lane should have a few pages.
	pageFirst, pagesFirst = 150, 4
)

// query is one page of a search. It is always posted: JQL can exceed what
// proxies allow in an address.
type query struct {
	JQL    string   `json:"jql"`
	Fields []string `json:"fields"`
	Max    int      `json:"maxResults"`
	// Token continues a search on Cloud.
	Token string `json:"nextPageToken,omitempty"`
	// Start continues one on Data Center, where 0 is also the default.
	Start int `json:"startAt,omitempty"`
	// Validate false makes Data Center leave out ids it does not know.
	Validate *bool `json:"validateQuery,omitempty"`
}

// search asks for one page and decodes its issues.
func (c *Connector) search(ctx context.Context, s *site, q query) (wirePage, []model.Problem, error) {
	route := routeSearch
	if s.cloud {
		route = routeSearchCloud
	}
	body, err := c.post(ctx, route, q)
	if err != nil {
		return wirePage{}, nil, err
	}
	p, problems, err := readPage(body)
	c.pages.Return(body) // decoding copies what it keeps
	if err != nil {
		return wirePage{}, nil, &connectors.AnswerError{Page: "POST /" + route, Err: err}
	}
	if !s.cloud && p.Raw == 0 && q.Start < p.Total {
		return wirePage{}, nil, &connectors.AnswerError{
			Page: "POST /" + route, Err: fmt.Errorf("no issues from %d on although there are %d", q.Start, p.Total),
		}
	}
	return p, problems, nil
}

// wanted are the fields asked for: those every issue has and the site's own.
func (c *Connector) wanted(s *site) []string {
	return slices.Concat(slices.DeleteFunc(slices.Clone(systemFields), func(f string) bool {
		switch f {
		case "description":
			return !c.cfg.Text.Description
		case "comment":
			return !c.comments()
		}
		return false
	}), s.fields.custom)
}

// comments reports whether comments are read.
func (c *Connector) comments() bool { return c.cfg.Text.Comments && c.cfg.Text.MaxComments > 0 }

// scope is the JQL of what is read: projects of the config, its query, or both.
func (c *Connector) scope(projects []string) string {
	var terms []string
	if len(projects) > 0 {
		quoted := make([]string, len(projects))
		for i, p := range projects {
			quoted[i] = strconv.Quote(p)
		}
		terms = append(terms, "project in ("+strings.Join(quoted, ", ")+")")
	}
	if jql := strings.TrimSpace(c.cfg.JQL); jql != "" {
		terms = append(terms, "("+jql+")")
	}
	return strings.Join(terms, " AND ")
}

// fetch reads issues by id, with the given fields; ids the account may not see
// are simply absent. It takes at most pageCloud ids.
func (c *Connector) fetch(ctx context.Context, s *site, ids, fields []string) ([]wireIssue, []model.Problem, error) {
	if !s.cloud {
		lenient := false
		p, problems, err := c.search(ctx, s, query{
			JQL: "id in (" + strings.Join(ids, ", ") + ") ORDER BY key ASC", Fields: fields, Max: pageDC, Validate: &lenient,
		})
		return p.Issues, problems, err
	}
	body, err := c.post(ctx, routeBulkFetch, struct {
		IDs    []string `json:"issueIdsOrKeys"`
		Fields []string `json:"fields"`
	}{ids, fields})
	if err != nil {
		return nil, nil, err
	}
	p, problems, err := readPage(body)
	if err != nil {
		return nil, nil, &connectors.AnswerError{Page: "POST /" + routeBulkFetch, Err: err}
	}
	return p.Issues, problems, nil
}

// fetchWhole reads issues by id, any number, into batches of whole observations.
func (c *Connector) fetchWhole(ctx context.Context, s *site, ids []string) (model.Batch, error) {
	var b model.Batch
	for some := range slices.Chunk(ids, pageCloud) {
		issues, problems, err := c.fetch(ctx, s, some, c.wanted(s))
		if err != nil {
			return b, err
		}
		b.Problems = append(b.Problems, problems...)
		if err := c.completeComments(ctx, issues, &b); err != nil {
			return b, err
		}
		c.collect(&b, s, issues)
	}
	return b, nil
}

// convert reads the issues that were not read and that keep holds for, side by side.
func (c *Connector) convert(s *site, issues []wireIssue, keep func(*wireIssue) bool) {
	var due []*wireIssue
	for i := range issues {
		if is := &issues[i]; is.outcome == nil && keep(is) {
			due = append(due, is)
		}
	}
	v := c.view(s)
	inParallel(len(due), func(i int) {
		r, err := c.reader.read(due[i], v)
		due[i].outcome = &outcome{r, err}
	})
}

// collect adds whole issues to a batch, and the stubs they embed.
func (c *Connector) collect(b *model.Batch, s *site, issues []wireIssue) {
	held := make(map[string]bool, len(issues))
	for _, o := range b.Items {
		held[o.Item.ID.Native] = true
	}
	c.convert(s, issues, func(*wireIssue) bool { return true })
	b.Items = slices.Grow(b.Items, len(issues))
	var stubs []*model.Observation
	for i := range issues {
		r, err := &issues[i].outcome.reading, issues[i].outcome.err
		if err != nil {
			b.Problems = append(b.Problems, model.Problem{Where: issues[i].Key, What: err.Error()})
			continue
		}
		if c.alreadyCommented(&issues[i]) {
			r.withoutText()
		}
		if c.cfg.RemoteLinks > 0 {
			r.Keeps = append(r.Keeps, model.RemoteLink)
		}
		c.remember(&issues[i])
		held[r.Item.ID.Native] = true
		b.Items = append(b.Items, r.Observation)
		b.Problems = append(b.Problems, r.problems...)
		for i := range r.stubs {
			stubs = append(stubs, &r.stubs[i])
		}
	}
	stubs = slices.DeleteFunc(stubs, func(stub *model.Observation) bool {
		known := held[stub.Item.ID.Native]
		held[stub.Item.ID.Native] = true
		return known
	})
	b.Items = slices.Grow(b.Items, len(stubs))
	for _, stub := range stubs {
		b.Items = append(b.Items, *stub)
	}
}

// ids walks a search and returns nothing but ids.
func (c *Connector) ids(ctx context.Context, s *site, jql string) ([]string, error) {
	var (
		all    []string
		q      = query{JQL: jql, Fields: []string{"id"}, Max: pageDC}
		tokens = map[string]bool{}
	)
	if s.cloud {
		q.Max = pageIDs
	}
	for {
		p, err := c.searchIDs(ctx, s, q)
		if err != nil {
			return nil, err
		}
		for _, is := range p.Issues {
			if validID(is.ID) {
				all = append(all, is.ID)
			}
		}
		if !s.cloud {
			if q.Start += len(p.Issues); len(p.Issues) == 0 || q.Start >= p.Total {
				return all, nil
			}
			continue
		}
		if p.IsLast || p.Token == "" || len(p.Issues) == 0 {
			return all, nil
		}
		if tokens[p.Token] {
			return nil, &connectors.AnswerError{Page: "POST /" + routeSearchCloud, Err: errors.New("the page token repeats")}
		}
		tokens[p.Token] = true
		q.Token = p.Token
	}
}

type wireIDs struct {
	wireHead
	Issues []struct {
		ID string `json:"id"`
	} `json:"issues"`
}

func (c *Connector) searchIDs(ctx context.Context, s *site, q query) (wireIDs, error) {
	route := routeSearch
	if s.cloud {
		route = routeSearchCloud
	}
	var p wireIDs
	body, err := c.post(ctx, route, q)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return p, &connectors.AnswerError{Page: "POST /" + route, Err: err}
	}
	switch {
	case p.Issues == nil:
		err = errNoIssues
	case !s.cloud && len(p.Issues) == 0 && q.Start < p.Total:
		err = fmt.Errorf("no issues from %d on although there are %d", q.Start, p.Total)
	}
	if err != nil {
		return p, &connectors.AnswerError{Page: "POST /" + route, Err: err}
	}
	return p, nil
}
