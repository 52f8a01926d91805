package github

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// glancePage is how many repositories one query glances at: with two lists each
// it is paid for like one request.
const glancePage = 50

// glanced is what a glance sees of a repository.
type glanced struct {
	repository
	Issues newest `json:"issues"`
	Pulls  newest `json:"pullRequests"`
}

// newest is the head of a list of items, the newest change first.
type newest struct {
	Nodes []*stamped `json:"nodes"`
}

type stamped struct {
	UpdatedAt time.Time `json:"updatedAt"`
}

// within reports whether nothing changed after a stamp. An item that may not be
// seen may be one that did.
func (n *newest) within(seen time.Time) bool {
	return n.Nodes != nil && !slices.ContainsFunc(n.Nodes, func(it *stamped) bool { return it == nil || it.UpdatedAt.After(seen) })
}

// glance finds the repositories that need no reading: their latest changes are
// known, and so old that none can have been overlooked. Many are asked for at
// once. Whatever a glance does not tell is left to the reading.
func (p *pass) glance(ctx context.Context) (quiet map[string]bool, err error) {
	var names []string
	for _, name := range p.scope.names {
		pos := p.cursor.at(name)
		if _, failed := p.scope.failed[name]; !failed && pos.ID != "" && !pos.Issues.Begun && !pos.Pulls.Begun && p.settled(name) {
			names = append(names, name)
		}
	}
	if p.anonymous || len(names) < 2 {
		return nil, nil
	}
	quiet = map[string]bool{}
	for chunk := range slices.Chunk(names, glancePage) {
		variables := map[string]any{}
		var parameters, parts []string
		for i, name := range chunk {
			owner, repo, _ := strings.Cut(name, "/")
			variables[fmt.Sprintf("o%d", i)], variables[fmt.Sprintf("n%d", i)] = owner, repo
			parameters = append(parameters, fmt.Sprintf("$o%d: String!, $n%d: String!", i, i))
			parts = append(parts, fmt.Sprintf(glanceQuery, i, i, i))
		}
		text := "query (" + strings.Join(parameters, ", ") + ") {\n" + strings.Join(parts, "\n") + "\n}"
		var answer map[string]*glanced
		_, err := p.client.query(ctx, fmt.Sprintf("%d repositories", len(chunk)), text, variables, &answer)
		switch {
		case err != nil && fatal(err):
			return nil, err
		case err != nil:
			p.log.Debug("could not glance at repositories", "err", err)
			continue
		}
		for i, name := range chunk {
			r, pos := answer[fmt.Sprintf("r%d", i)], p.cursor.at(name)
			if r == nil || r.ID != pos.ID || r.NameWithOwner != pos.Name || p.walked[r.ID] != "" ||
				!r.Issues.within(pos.Issues.Seen) || !r.Pulls.within(pos.Pulls.Seen) {
				continue
			}
			p.walked[r.ID], quiet[name] = name, true
		}
	}
	return quiet, nil
}

const glanceQuery = `  r%d: repository(owner: $o%d, name: $n%d) {
    id nameWithOwner
    issues(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { updatedAt } }
    pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { updatedAt } }
  }`
