package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// graph is the organisation as GitHub's GraphQL types. Whoever uses it holds the
// world's lock.
type graph struct {
	w *World
	// address fills the placeholders of texts and URLs.
	address *strings.Replacer
}

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// byNode finds an item by its node id, nil if there is none.
func (g graph) byNode(id string) *item {
	_, rest, _ := strings.Cut(id, nodePrefix)
	n, err := strconv.Atoi(rest)
	if err != nil {
		return nil
	}
	it := g.w.byID(n)
	if it == nil || !it.home.github || nodeID(it) != id {
		return nil
	}
	return it
}

func missing(what string) fault {
	return fault{"NOT_FOUND", "Could not resolve to " + what + "."}
}

// root is the type Query.
func (g graph) root(limit limit) object {
	return object{"Query", func(field string, a args) any {
		switch field {
		case "viewer":
			return g.user(g.w.people[0])
		case "repositoryOwner":
			if login, _ := a["login"].(string); !strings.EqualFold(login, owner) {
				return nil
			}
			return g.organization()
		case "repository":
			key := fmt.Sprintf("%v/%v", a["owner"], a["name"])
			if p := g.w.project(key); p != nil && p.github {
				return g.repository(p)
			}
			return missing(fmt.Sprintf("a Repository with the name '%s'", key))
		case "node":
			return g.node(a["id"])
		case "nodes":
			ids, _ := a["ids"].([]any)
			list := make([]any, len(ids))
			for i, id := range ids {
				list[i] = g.node(id)
			}
			return list
		case "rateLimit":
			return limit.object()
		}
		return nil
	}}
}

func (g graph) node(id any) any {
	text, _ := id.(string)
	if it := g.byNode(text); it != nil {
		return g.item(it)
	}
	return missing(fmt.Sprintf("a node with the global id of '%s'", text))
}

func (g graph) repository(p *project) object {
	return object{"Repository", func(field string, a args) any {
		switch field {
		case "id":
			return fmt.Sprintf("R_%s%08d", nodePrefix, p.id)
		case "databaseId":
			return p.id
		case "name":
			return p.short()
		case "nameWithOwner":
			return p.key
		case "url":
			return g.address.Replace("{github}/" + p.key)
		case "owner":
			return g.organization()
		case "createdAt", "updatedAt":
			return stamp(p.since)
		case "isArchived", "isPrivate":
			return false
		case "issues":
			return g.list(p, false, a)
		case "pullRequests":
			return g.list(p, true, a)
		case "issue", "pullRequest", "issueOrPullRequest":
			return g.numbered(p, field, a["number"])
		case "labels":
			var names []string
			for _, it := range g.w.items {
				for _, l := range it.labels {
					if it.home == p && !slices.Contains(names, l) {
						names = append(names, l)
					}
				}
			}
			slices.Sort(names)
			return g.labels(names, a)
		}
		return nil
	}}
}

func (g graph) numbered(p *project, field string, v any) any {
	n, _ := number(v)
	it := g.w.byKey[fmt.Sprintf("%s#%d", p.key, n)]
	if it == nil || field == "issue" && it.kind == pull || field == "pullRequest" && it.kind != pull {
		return missing(fmt.Sprintf("an issue or pull request with the number of %d", n))
	}
	return g.item(it)
}

// list is a repository's issues or pull requests, filtered and sorted as asked.
func (g graph) list(p *project, pulls bool, a args) any {
	order, _ := a["orderBy"].(map[string]any)
	key := func(it *item) string {
		t := it.created
		if order["field"] == "UPDATED_AT" {
			t = it.updated
		}
		return fmt.Sprintf("%s %08d", t.UTC().Format("2006-01-02T15:04:05"), it.id)
	}
	filter, _ := a["filterBy"].(map[string]any)
	var list []entry
	for _, it := range g.w.items {
		if it.home != p || (it.kind == pull) != pulls || !g.matches(it, a, filter) {
			continue
		}
		list = append(list, entry{key(it), g.item(it)})
	}
	descending := order["direction"] == "DESC"
	slices.SortFunc(list, func(x, y entry) int {
		if descending {
			x, y = y, x
		}
		return cmp.Compare(x.key, y.key)
	})
	if pulls {
		return connection("PullRequestConnection", list, descending, a)
	}
	return connection("IssueConnection", list, descending, a)
}

func (g graph) matches(it *item, a, filter args) bool {
	for _, from := range []args{a, filter} {
		if states, ok := from["states"].([]any); ok && !slices.Contains(states, g.item(it).get("state", nil)) {
			return false
		}
		if labels, ok := from["labels"].([]any); ok && !slices.ContainsFunc(labels, func(l any) bool { return slices.Contains(it.labels, fmt.Sprint(l)) }) {
			return false
		}
	}
	if who, ok := filter["assignee"].(string); ok && (it.assignee == nil || it.assignee.login != who) {
		return false
	}
	since, ok := filter["since"].(string)
	if !ok {
		return true
	}
	t, err := time.Parse(time.RFC3339, since)
	return err == nil && !it.updated.Truncate(time.Second).Before(t)
}

func (g graph) labels(names []string, a args) any {
	var list []object
	for _, n := range names {
		list = append(list, named("Label", n))
	}
	return connection("LabelConnection", listed(list), false, a)
}

// named is an object that is little more than its name.
func named(typ, name string) object {
	return object{typ, func(field string, _ args) any {
		switch field {
		case "id":
			return typ[:2] + "_" + name
		case "color":
			return "ededed"
		}
		return name
	}}
}

func (g graph) milestone(s *span) object {
	if s == nil {
		return object{}
	}
	return object{"Milestone", func(field string, _ args) any {
		switch field {
		case "id":
			return fmt.Sprintf("MI_%s%08d", nodePrefix, s.id)
		case "dueOn":
			return stamp(s.end)
		case "url":
			return g.address.Replace(fmt.Sprintf("{github}/%s/milestone/%d", owner, s.id))
		}
		return s.name
	}}
}

func (g graph) user(p *person) object {
	if p == nil {
		return object{}
	}
	return object{"User", func(field string, a args) any {
		switch field {
		case "id":
			return fmt.Sprintf("U_%s%08d", nodePrefix, p.id)
		case "databaseId":
			return p.id
		case "login":
			return p.login
		case "name":
			return p.name
		case "email":
			return p.email
		case "repositories":
			return connection("RepositoryConnection", nil, false, a)
		}
		return g.address.Replace("{github}/" + p.login)
	}}
}

func (g graph) organization() object {
	return object{"Organization", func(field string, a args) any {
		switch field {
		case "id":
			return "O_" + nodePrefix + "00000001"
		case "login":
			return owner
		case "name":
			return "Harbor"
		case "repositories":
			var list []object
			for _, p := range g.w.projects {
				if p.github {
					list = append(list, g.repository(p))
				}
			}
			return connection("RepositoryConnection", listed(list), false, a)
		}
		return g.address.Replace("{github}/" + owner)
	}}
}
