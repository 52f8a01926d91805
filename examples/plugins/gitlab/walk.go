package main

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/url"
	"time"

	"gitlab.com/gitlab-org/api/client-go/v2"
)

// pageSize is the most GitLab gives at once.
const pageSize = 100

// page is one answer of a walk: its issues, the oldest stamp first, and what
// of it could not be read.
type page struct {
	issues   []*gitlab.Issue
	problems []problem
}

// by names the stamp a walk goes by.
type by string

const (
	byUpdated by = "updated_at"
	byCreated by = "created_at"
)

func (b by) of(i *gitlab.Issue) time.Time {
	if b == byCreated {
		return *i.CreatedAt
	}
	return *i.UpdatedAt
}

// walk reads a project's issues from a time on, in the order of a stamp. Pages
// are not counted, as one would slip over an edge when the list changes: each
// request asks from the stamp the one before it came to. Only issues of the same
// millisecond, more than a page of them, are paged through; forth and then back,
// so that none can slip over the edge that passes it. So every step either
// raises the time or counts pages of one, and a walk ends.
func (p *plugin) walk(ctx context.Context, path string, stamp by, from time.Time) iter.Seq2[page, error] {
	return func(yield func(page, error) bool) {
		for {
			pg, full, err := p.list(ctx, path, stamp, from, 1)
			if err != nil || !yield(pg, nil) {
				if err != nil {
					yield(page{}, err)
				}
				return
			}
			if !full {
				return
			}
			last := from
			for _, i := range pg.issues {
				if t := stamp.of(i).Truncate(time.Millisecond); t.After(last) {
					last = t
				}
			}
			if last.After(from) {
				from = last
				continue
			}
			n := int64(2)
			for ; full; n++ {
				if pg, full, err = p.list(ctx, path, stamp, from, n); err != nil || !yield(pg, nil) {
					if err != nil {
						yield(page{}, err)
					}
					return
				}
			}
			for n -= 2; n > 1; n-- {
				if pg, _, err = p.list(ctx, path, stamp, from, n); err != nil || !yield(pg, nil) {
					if err != nil {
						yield(page{}, err)
					}
					return
				}
			}
			return
		}
	}
}

// list reads one page of a project's issues with a stamp at or after a time.
func (p *plugin) list(ctx context.Context, path string, stamp by, from time.Time, n int64) (pg page, full bool, err error) {
	opt := &gitlab.ListProjectIssuesOptions{
		ListOptions: gitlab.ListOptions{PerPage: pageSize, Page: n},
		OrderBy:     gitlab.Ptr(string(stamp)), Sort: gitlab.Ptr("asc"), Scope: gitlab.Ptr("all"),
	}
	if !from.IsZero() && stamp == byUpdated {
		opt.UpdatedAfter = &from
	} else if !from.IsZero() {
		opt.CreatedAfter = &from
	}
	var raws []json.RawMessage
	if err := p.client.get(ctx, "projects/"+url.PathEscape(path)+"/issues", opt, &raws); err != nil {
		return page{}, false, err
	}
	for _, raw := range raws {
		i, err := p.issue(raw)
		if err != nil {
			pg.problems = append(pg.problems, problem{path, err.Error()})
			continue
		}
		pg.issues = append(pg.issues, i)
	}
	if len(raws) > 0 && len(pg.issues) == 0 {
		return page{}, false, fail("answer", "%s: no issue of a page can be read", path)
	}
	return pg, len(raws) >= pageSize, nil
}

// projects are the paths of a group's projects, those of its subgroups included.
func (p *plugin) projects(ctx context.Context, group string) ([]string, error) {
	var paths []string
	seen := map[string]bool{}
	for n := int64(1); ; n++ {
		opt := &gitlab.ListGroupProjectsOptions{
			ListOptions: gitlab.ListOptions{PerPage: pageSize, Page: n}, OrderBy: gitlab.Ptr("id"), Sort: gitlab.Ptr("asc"),
			IncludeSubGroups: gitlab.Ptr(true), WithShared: gitlab.Ptr(false), Simple: gitlab.Ptr(true), Archived: gitlab.Ptr(false),
		}
		var list []struct {
			Path string `json:"path_with_namespace"`
		}
		err := p.client.get(ctx, "groups/"+url.PathEscape(group)+"/projects", opt, &list)
		if err != nil {
			return nil, err
		}
		before := len(paths)
		for _, one := range list {
			if one.Path != "" && !seen[one.Path] {
				seen[one.Path] = true
				paths = append(paths, one.Path)
			}
		}
		if len(list) < pageSize || len(paths) == before { // a page that brings nothing new is no page
			return paths, nil
		}
	}
}

// links reads an issue's links: all of them come at once.
func (p *plugin) links(ctx context.Context, key string) ([]*gitlab.IssueRelation, error) {
	path, number, err := p.split(key)
	if err != nil {
		return nil, err
	}
	var list []*gitlab.IssueRelation
	err = p.client.get(ctx, "projects/"+url.PathEscape(path)+"/issues/"+number+"/links", nil, &list)
	return list, err
}

// one reads a single issue.
func (p *plugin) one(ctx context.Context, key string) (*gitlab.Issue, error) {
	path, number, err := p.split(key)
	if err != nil {
		return nil, err
	}
	var raw json.RawMessage
	if err := p.client.get(ctx, "projects/"+url.PathEscape(path)+"/issues/"+number, nil, &raw); err != nil {
		return nil, err
	}
	i, err := p.issue(raw)
	if err != nil {
		return nil, fail("answer", "%s: %s", key, err)
	}
	return i, nil
}

// there reports whether a project can be read.
func (p *plugin) there(ctx context.Context, path string) (bool, error) {
	var some []json.RawMessage
	err := p.client.get(ctx, "projects/"+url.PathEscape(path)+"/issues", &gitlab.ListProjectIssuesOptions{ListOptions: gitlab.ListOptions{PerPage: 1}}, &some)
	if unreadable(err) {
		return false, nil
	}
	return err == nil, err
}

func (p *plugin) split(key string) (path, number string, err error) {
	path = keyProject(key)
	if path == "" {
		return "", "", errors.New("no key of a GitLab issue")
	}
	return path, key[len(path)+1:], nil
}
