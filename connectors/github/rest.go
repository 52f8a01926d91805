package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// restReader reads by REST, as far as the few requests go that GitHub answers
// without a credential.
type restReader Connector

const (
	routeIssues = "/repos/{owner}/{repo}/issues"
	routePulls  = "/repos/{owner}/{repo}/pulls"
)

// list reads a page of issues and one of pull requests: REST lists the latter
// among the issues too, but without their branches.
func (g *restReader) list(ctx context.Context, name string, issues, pulls *window) (*listing, error) {
	l := &listing{repository: repository{NameWithOwner: name}}
	if issues != nil {
		address := issues.after
		if address == "" {
			q := url.Values{"state": {"all"}, "sort": {"updated"}, "direction": {"asc"}, "per_page": {strconv.Itoa(issues.size)}}
			if issues.since.Unix() > 0 {
				// "Updated after" it says, and stamps are whole seconds.
				q.Set("since", issues.since.Add(-time.Second).UTC().Format(time.RFC3339))
			}
			address = "repos/" + name + "/issues?" + q.Encode()
		}
		list, err := g.page(ctx, name, routeIssues, address)
		if status(err) == http.StatusGone { // issues are disabled
			list, err = &connection{}, nil
		}
		if err != nil {
			return nil, err
		}
		l.Issues = list
		l.meet(list.Nodes)
		if err := g.onlyIssues(ctx, list.Nodes); err != nil {
			return nil, err
		}
	}
	if pulls != nil {
		address := pulls.after
		if address == "" {
			address = fmt.Sprintf("repos/%s/pulls?state=all&sort=updated&direction=desc&per_page=%d", name, pulls.size)
		}
		list, err := g.page(ctx, name, routePulls, address)
		if tooDeep(err) && pulls.after != "" {
			g.deep[name] = true
			list, err = &connection{}, nil
		}
		if err != nil {
			return nil, err
		}
		l.Pulls = list
		l.meet(list.Nodes)
	}
	l.ID = "name:" + strings.ToLower(l.NameWithOwner)
	return l, nil
}

// tooDeep reports GitHub's refusal to number more than a hundred pages.
func tooDeep(err error) bool { return status(err) == http.StatusUnprocessableEntity }

// meet learns the repository's present name from its items.
func (l *listing) meet(items []listed) {
	for i := range items {
		if n := &items[i]; n.err == nil {
			l.NameWithOwner, l.URL = n.Repository.NameWithOwner, n.URL
		}
	}
}

// onlyIssues marks pull requests, and reads the dependencies of issues that have some.
func (g *restReader) onlyIssues(ctx context.Context, items []listed) error {
	for i := range items {
		n := &items[i]
		switch {
		case n.err != nil:
		case n.pull():
			n.elsewhere = true
		case n.dependencies > 0:
			if err := g.dependencies(ctx, &n.node); err != nil {
				return err
			}
		}
	}
	return nil
}

// dependencies reads what an open issue is blocked by; those of closed ones
// hold nothing up.
func (g *restReader) dependencies(ctx context.Context, n *node) error {
	if n.State != "OPEN" {
		n.keeps = append(n.keeps, model.NativeDependency)
		return nil
	}
	// An issue has at most 50.
	address := fmt.Sprintf("repos/%s/issues/%d/dependencies/blocked_by?per_page=100", n.Repository.NameWithOwner, n.Number)
	list, err := g.page(ctx, n.Repository.NameWithOwner, routeIssues+"/{number}/dependencies/blocked_by", address)
	var lost *connectors.ScopeError
	switch {
	case errors.As(err, &lost):
		n.keeps = append(n.keeps, model.NativeDependency)
		return nil
	case err != nil:
		return err
	}
	n.BlockedBy.Nodes = list.Nodes
	return nil
}

// page reads one page of issues or pull requests. The next page's address is
// taken as the server gives it: GitHub's own numbers end at a hundred.
func (g *restReader) page(ctx context.Context, name, route, address string) (*connection, error) {
	var raw []json.RawMessage
	header, err := g.client.get(ctx, route, address, &raw)
	if err != nil {
		return nil, scoped(name, err)
	}
	list := &connection{Nodes: make([]listed, len(raw))}
	for i, b := range raw {
		list.Nodes[i] = readRest(b)
	}
	list.PageInfo.EndCursor = nextPage(header)
	list.PageInfo.HasNextPage = list.PageInfo.EndCursor != ""
	return list, nil
}

// scoped makes an error of a repository that is not there one of its scope.
func scoped(name string, err error) error {
	switch code := status(err); code {
	case http.StatusForbidden, http.StatusNotFound, http.StatusUnavailableForLegalReasons:
		return &connectors.ScopeError{Scope: name, Err: err}
	}
	return err
}

// nextPage is the address a Link header gives for the next page.
func nextPage(h http.Header) string {
	for _, link := range strings.Split(h.Get("Link"), ",") {
		address, rel, ok := strings.Cut(strings.TrimSpace(link), ">")
		if ok && strings.Contains(rel, `rel="next"`) {
			return strings.TrimPrefix(address, "<")
		}
	}
	return ""
}

func (g *restReader) find(ctx context.Context, keys []itemKey) (map[itemKey]*listed, error) {
	found := map[itemKey]*listed{}
	for _, k := range keys {
		address := fmt.Sprintf("repos/%s/issues/%d", k.repository, k.number)
		l, err := g.one(ctx, routeIssues+"/{number}", address)
		if err == nil && l.err == nil && l.pull() {
			// Where redirects led to, with the branch.
			address = fmt.Sprintf("repos/%s/pulls/%d", l.Repository.NameWithOwner, l.Number)
			l, err = g.one(ctx, routePulls+"/{number}", address)
		}
		switch code := status(err); {
		case err == nil:
			found[k] = l
		case code == http.StatusGone, code == http.StatusNotFound && g.scope.isReadable(k.repository):
			found[k] = &listed{err: errNull}
		case absentStatus(code):
			// The repository itself is not to be had.
		default:
			return found, err
		}
	}
	return found, nil
}

func (g *restReader) one(ctx context.Context, route, address string) (*listed, error) {
	var raw json.RawMessage
	if _, err := g.client.get(ctx, route, address, &raw); err != nil {
		return nil, err
	}
	l := readRest(raw)
	return &l, nil
}

func (g *restReader) owned(ctx context.Context, owner string) ([]string, error) {
	for _, kind := range []string{"orgs", "users"} {
		var names []string
		err := g.walk(ctx, "/"+kind+"/{owner}/repos", kind+"/"+owner+"/repos?per_page=100", func(b []byte) error {
			var repos []struct {
				FullName string `json:"full_name"`
			}
			err := json.Unmarshal(b, &repos)
			for _, r := range repos {
				names = append(names, r.FullName)
			}
			return err
		})
		if !absentStatus(status(err)) {
			return names, err
		}
	}
	return nil, &connectors.ScopeError{Scope: owner, Err: errors.New("there is no such user or organization")}
}

func (g *restReader) ids(ctx context.Context, name string) (ids []string, present string, err error) {
	present = name
	met := map[string]bool{}
	walk := func(direction string) error {
		address := "repos/" + name + "/issues?state=all&sort=created&direction=" + direction + "&per_page=100"
		return g.walk(ctx, routeIssues, address, func(b []byte) error {
			var items []struct {
				NodeID        string `json:"node_id"`
				RepositoryURL string `json:"repository_url"`
			}
			err := json.Unmarshal(b, &items)
			for _, it := range items {
				if met[it.NodeID] && direction == "desc" {
					return errStop // all there is between the two ends
				}
				met[it.NodeID] = true
				ids = append(ids, it.NodeID)
				if r := repositoryOf(it.RepositoryURL); r != "" {
					present = r
				}
			}
			return err
		})
	}
	if err = walk("asc"); tooDeep(err) && len(ids) > 0 {
		err = walk("desc") // the pages beyond are counted from the other end
	}
	if errors.Is(err, errStop) {
		err = nil
	}
	return ids, present, scoped(name, err)
}

func (g *restReader) labels(ctx context.Context, name string) (names []string, present string, err error) {
	present = name
	err = g.walk(ctx, "/repos/{owner}/{repo}/labels", "repos/"+name+"/labels?per_page=100", func(b []byte) error {
		var labels []struct {
			Name string `json:"name"`
			URL  string `json:"url"`
		}
		err := json.Unmarshal(b, &labels)
		for _, l := range labels {
			names = append(names, l.Name)
			repo, _, _ := strings.Cut(l.URL, "/labels/")
			if r := repositoryOf(repo); r != "" {
				present = r
			}
		}
		return err
	})
	return names, present, scoped(name, err)
}

// walk reads all pages of a list.
func (g *restReader) walk(ctx context.Context, route, address string, read func([]byte) error) error {
	seen := map[string]bool{}
	for address != "" {
		if seen[address] {
			return &connectors.AnswerError{Page: address, Err: errors.New("the next page is one that was read")}
		}
		seen[address] = true
		var raw json.RawMessage
		header, err := g.client.get(ctx, route, address, &raw)
		if err != nil {
			return err
		}
		if err := read(raw); err != nil {
			return &connectors.AnswerError{Page: address, Err: err}
		}
		address = nextPage(header)
	}
	return nil
}
