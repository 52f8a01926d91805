package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/waitgraph/waitgraph/connectors"
)

// graphReader reads by GraphQL.
type graphReader Connector

// queryItems asks for whole items. What is wrong with their projects costs no
// more than what the projects tell: the items are then asked for without.
func queryItems[T any](ctx context.Context, g *graphReader, page string, text func(*queries) string, variables map[string]any) (T, graphErrors, error) {
	var answer T
	errs, err := g.client.query(ctx, page, text(g.queries), variables, &answer)
	if e := errs.unreadProject(); e != nil {
		g.boards.trouble = clip(e.Message)
	}
	var refused *queryError
	if !errors.As(err, &refused) || !refused.projects() || g.queries == g.plain {
		return answer, errs, err
	}
	g.boards.trouble = refused.message
	if refused.kind == kindScopes {
		g.queries, g.boards.asked = g.plain, false // the next pass finds out which
	}
	var anew T
	errs, err = g.client.query(ctx, page, text(g.plain), variables, &anew)
	return anew, errs, err
}

func (g *graphReader) list(ctx context.Context, name string, issues, pulls *window) (*listing, error) {
	variables := about(name)
	if issues != nil {
		variables["issues"], variables["issuesAfter"] = issues.size, cursorArg(issues.after)
		variables["since"] = issues.since.UTC()
	}
	if pulls != nil {
		variables["pulls"], variables["pullsAfter"] = pulls.size, cursorArg(pulls.after)
	}
	type page struct {
		Repository *listing `json:"repository"`
	}
	text := func(q *queries) string { return q.list(issues != nil, pulls != nil) }
	answer, errs, err := queryItems[page](ctx, g, name, text, variables)
	if err != nil {
		return nil, err
	}
	l := answer.Repository
	if l == nil {
		return nil, lost(name, errs)
	}
	if l.NameWithOwner == "" || (issues != nil && l.Issues == nil) || (pulls != nil && l.Pulls == nil) {
		return nil, errs.fail(name)
	}
	for _, list := range []*connection{l.Issues, l.Pulls} {
		list.check()
		if list != nil {
			if err := g.completeAll(ctx, list.Nodes); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// about are the variables that name a repository.
func about(name string) map[string]any {
	owner, repo, _ := strings.Cut(name, "/")
	return map[string]any{"owner": owner, "name": repo}
}

// lost is the error for a repository that did not come.
func lost(name string, errs graphErrors) error {
	if e := errs.at("repository"); e != nil {
		return &connectors.ScopeError{Scope: name, Err: errors.New(clip(e.Message))}
	}
	return errs.fail(name)
}

// cursorArg is null for the start of a list.
func cursorArg(after string) any {
	if after == "" {
		return nil
	}
	return after
}

// nodes reads up to 100 items by id, in the order of the ids; a null one is not
// to be had.
func (g *graphReader) nodes(ctx context.Context, ids []string) ([]listed, error) {
	where := fmt.Sprintf("%d items", len(ids))
	type page struct {
		Nodes []listed `json:"nodes"`
	}
	answer, _, err := queryItems[page](ctx, g, where, (*queries).nodes, map[string]any{"ids": ids})
	if err != nil {
		return nil, err
	}
	if len(answer.Nodes) != len(ids) {
		return nil, &connectors.AnswerError{Page: where, Err: fmt.Errorf("%d came", len(answer.Nodes))}
	}
	for i := range answer.Nodes {
		answer.Nodes[i].judge()
	}
	return answer.Nodes, g.completeAll(ctx, answer.Nodes)
}

func (g *graphReader) completeAll(ctx context.Context, items []listed) error {
	for i := range items {
		if items[i].err == nil {
			if err := g.complete(ctx, &items[i].node); err != nil {
				return err
			}
		}
	}
	return nil
}

// complete reads the rest of what did not fit into one page of an item's own lists.
func (g *graphReader) complete(ctx context.Context, n *node) error {
	for _, c := range []struct {
		name string
		list *connection
	}{
		{"blockedBy", &n.BlockedBy},
		{"blocking", &n.Blocking},
		{"subIssues", &n.SubIssues},
		{"closedByPullRequestsReferences", &n.ClosedBy},
		{"closingIssuesReferences", &n.Closing},
	} {
		if err := g.rest(ctx, n, c.name, c.list); err != nil {
			return err
		}
	}
	return g.earlier(ctx, n)
}

// rest reads one list to its end.
func (g *graphReader) rest(ctx context.Context, n *node, name string, list *connection) error {
	where := n.key() + " " + name
	seen := map[string]bool{}
	for list.PageInfo.HasNextPage {
		after := list.PageInfo.EndCursor
		if after == "" || seen[after] {
			return &connectors.AnswerError{Page: where, Err: errors.New("the next page is one that was read")}
		}
		seen[after] = true
		var answer struct {
			Node *struct {
				More *connection `json:"more"`
			} `json:"node"`
		}
		errs, err := g.client.query(ctx, where, g.queries.more(name), map[string]any{"id": n.ID, "after": after}, &answer)
		if err != nil {
			return err
		}
		if answer.Node == nil || answer.Node.More == nil {
			return errs.fail(where)
		}
		answer.Node.More.check()
		list.Nodes, list.PageInfo = append(list.Nodes, answer.Node.More.Nodes...), answer.Node.More.PageInfo
	}
	return nil
}

// findPage is how many items are looked up by name in one query.
const findPage = 50

func (g *graphReader) find(ctx context.Context, keys []itemKey) (map[itemKey]*listed, error) {
	found := map[itemKey]*listed{}
	for len(keys) > 0 {
		n := min(len(keys), findPage)
		if err := g.findSome(ctx, keys[:n], found); err != nil {
			return found, err
		}
		keys = keys[n:]
	}
	return found, nil
}

func (g *graphReader) findSome(ctx context.Context, keys []itemKey, found map[itemKey]*listed) error {
	index := map[string]int{}
	variables := map[string]any{}
	var numbers [][]int
	for _, k := range keys {
		i, ok := index[k.repository]
		if !ok {
			i = len(numbers)
			index[k.repository] = i
			numbers = append(numbers, nil)
			owner, repo, _ := strings.Cut(k.repository, "/")
			variables[fmt.Sprintf("o%d", i)], variables[fmt.Sprintf("n%d", i)] = owner, repo
		}
		numbers[i] = append(numbers[i], k.number)
	}
	text := func(q *queries) string { return q.find(numbers) }
	answer, errs, err := queryItems[map[string]*foundIn](ctx, g, fmt.Sprintf("%d keys", len(keys)), text, variables)
	if err != nil {
		return err
	}
	for _, k := range keys {
		alias := fmt.Sprintf("r%d", index[k.repository])
		r := answer[alias]
		if r == nil {
			continue
		}
		l := r.items[k.number]
		if l == nil {
			l = &listed{err: errUntold}
			switch e := errs.at(alias, fmt.Sprintf("n%d", k.number)); {
			case e == nil:
			case e.Type == "NOT_FOUND":
				l.err = errNull
			case e.Type == "FORBIDDEN":
				l.err = errForbidden
			}
		}
		if l.err == nil {
			if err := g.complete(ctx, &l.node); err != nil {
				return err
			}
		}
		found[k] = l
	}
	return nil
}

// foundIn is what a find query answers for one repository.
type foundIn struct{ items map[int]*listed }

// UnmarshalJSON sorts the aliases n<number> from the repository's own fields.
func (f *foundIn) UnmarshalJSON(b []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	f.items = map[int]*listed{}
	for alias, raw := range fields {
		number, err := strconv.Atoi(strings.TrimPrefix(alias, "n"))
		if err != nil {
			continue
		}
		l := &listed{}
		if err := json.Unmarshal(raw, l); err != nil {
			return err
		}
		if l.judge(); string(raw) != "null" {
			f.items[number] = l
		}
	}
	return nil
}

func (g *graphReader) owned(ctx context.Context, owner string) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	for after := ""; ; {
		var answer struct {
			Owner *struct {
				Repositories struct {
					PageInfo pageInfo      `json:"pageInfo"`
					Nodes    []*repository `json:"nodes"`
				} `json:"repositories"`
			} `json:"repositoryOwner"`
		}
		where := "repositories of " + owner
		errs, err := g.client.query(ctx, where, ownerQuery, map[string]any{"login": owner, "after": cursorArg(after)}, &answer)
		if err != nil {
			return nil, err
		}
		if answer.Owner == nil {
			why := "there is no such user or organization"
			if e := errs.at("repositoryOwner"); e != nil {
				why = clip(e.Message)
			}
			return nil, &connectors.ScopeError{Scope: owner, Err: errors.New(why)}
		}
		for _, r := range answer.Owner.Repositories.Nodes {
			if r != nil && r.NameWithOwner != "" {
				names = append(names, r.NameWithOwner)
			}
		}
		next := answer.Owner.Repositories.PageInfo
		if !next.HasNextPage {
			return names, nil
		}
		if after = next.EndCursor; after == "" || seen[after] {
			return nil, &connectors.AnswerError{Page: where, Err: errors.New("the next page is one that was read")}
		}
		seen[after] = true
	}
}

func (g *graphReader) ids(ctx context.Context, name string) (ids []string, present string, err error) {
	variables := about(name)
	variables["issuesAfter"], variables["pullsAfter"] = nil, nil
	seen := map[string]bool{}
	for {
		var answer struct {
			Repository *struct {
				repository
				Issues idList `json:"issues"`
				Pulls  idList `json:"pullRequests"`
			} `json:"repository"`
		}
		errs, err := g.client.query(ctx, "ids of "+name, idsQuery, variables, &answer)
		if err != nil {
			return nil, "", err
		}
		r := answer.Repository
		if r == nil {
			return nil, "", lost(name, errs)
		}
		ids = append(append(ids, r.Issues.ids()...), r.Pulls.ids()...)
		if !r.Issues.PageInfo.HasNextPage && !r.Pulls.PageInfo.HasNextPage {
			return ids, r.NameWithOwner, nil
		}
		// A list at its end is asked on from there, and is then empty.
		for variable, next := range map[string]pageInfo{"issuesAfter": r.Issues.PageInfo, "pullsAfter": r.Pulls.PageInfo} {
			if next.EndCursor != "" {
				variables[variable] = next.EndCursor
			}
		}
		state := fmt.Sprint(variables["issuesAfter"], " ", variables["pullsAfter"])
		if seen[state] {
			return nil, "", &connectors.AnswerError{Page: "ids of " + name, Err: errors.New("the next page is one that was read")}
		}
		seen[state] = true
	}
}

// idList is one page of ids.
type idList struct {
	PageInfo pageInfo `json:"pageInfo"`
	Nodes    []*struct {
		ID string `json:"id"`
	} `json:"nodes"`
}

func (l *idList) ids() []string {
	ids := make([]string, 0, len(l.Nodes))
	for _, n := range l.Nodes {
		if n != nil {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

func (g *graphReader) labels(ctx context.Context, name string) (names []string, present string, err error) {
	seen := map[string]bool{}
	for variables := about(name); ; {
		var answer struct {
			Repository *struct {
				repository
				Labels struct {
					PageInfo pageInfo `json:"pageInfo"`
					Nodes    []label  `json:"nodes"`
				} `json:"labels"`
			} `json:"repository"`
		}
		errs, err := g.client.query(ctx, "labels of "+name, labelsQuery, variables, &answer)
		if err != nil {
			return nil, "", err
		}
		r := answer.Repository
		if r == nil {
			return nil, "", lost(name, errs)
		}
		for _, l := range r.Labels.Nodes {
			names = append(names, l.Name)
		}
		after := r.Labels.PageInfo.EndCursor
		if !r.Labels.PageInfo.HasNextPage || seen[after] {
			return names, r.NameWithOwner, nil
		}
		seen[after] = true
		variables["after"] = after
	}
}
