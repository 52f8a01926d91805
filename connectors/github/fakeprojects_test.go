package github_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/waitgraph/waitgraph/connectors/github"
)

// onProjects gives the items that are on projects what a query asks of them:
// "on" holds an item's values by project id and field name.
func (f *fake) onProjects(doc *ast.QueryDocument) {
	names := map[string]string{}
	asked := false
	for _, fragment := range doc.Fragments {
		for _, s := range fragment.SelectionSet {
			list, ok := s.(*ast.Field)
			if !ok || list.Name != "projectItems" {
				continue
			}
			asked = true
			nodes := list.SelectionSet[slices.IndexFunc(list.SelectionSet, func(s ast.Selection) bool { return s.(*ast.Field).Name == "nodes" })]
			for _, s := range nodes.(*ast.Field).SelectionSet {
				if value := s.(*ast.Field); value.Name == "fieldValueByName" {
					names[value.Alias] = value.Arguments[0].Value.Raw
				}
			}
		}
	}
	for _, r := range f.repos {
		for _, it := range slices.Concat(r.issues, r.pulls) {
			delete(it, "projectItems")
			on, _ := it["on"].(map[string]object)
			if !asked || on == nil {
				continue
			}
			var nodes []any
			for id, values := range on {
				node := object{"project": object{"id": id}}
				for alias, name := range names {
					node[alias] = values[name]
				}
				nodes = append(nodes, node)
			}
			it["projectItems"] = object{"pageInfo": object{"hasNextPage": len(nodes) > 2}, "nodes": append(nodes, nil)}
		}
	}
}

func (f *fake) answerProjects(op *ast.OperationDefinition, v object) (object, []any) {
	data, problems := object{}, []any(nil)
	for _, s := range op.SelectionSet {
		field := s.(*ast.Field)
		if field.Name == "__type" {
			data[field.Alias] = object{"name": "ProjectV2ItemIssueFieldValue"}
			continue
		}
		login, err := field.Arguments[0].Value.Value(v)
		if err != nil {
			f.t.Error(err)
		}
		number, err := field.SelectionSet[0].(*ast.Field).Arguments[0].Value.Value(v)
		if err != nil {
			f.t.Error(err)
		}
		p := f.projects[projectKey(login, number)]
		owner := object{"projectV2": nil}
		if p != nil {
			owner["projectV2"] = p
		} else {
			problems = append(problems, absent("NOT_FOUND", field.Alias, "projectV2"))
		}
		data[field.Alias] = owner
	}
	return data, problems
}

// measure is GitHub's own account of a query: how many nodes it may touch, and
// its price in points, a hundredth of the requests its connections stand for.
func measure(doc *ast.QueryDocument, variables object) (nodes, points int) {
	requests := 0
	var walk func(set ast.SelectionSet, times int)
	walk = func(set ast.SelectionSet, times int) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.FragmentSpread:
				walk(doc.Fragments.ForName(s.Name).SelectionSet, times)
			case *ast.InlineFragment:
				walk(s.SelectionSet, times)
			case *ast.Field:
				size := 0
				for _, a := range s.Arguments {
					if a.Name != "first" && a.Name != "last" {
						continue
					}
					v, err := a.Value.Value(variables)
					if err != nil {
						panic(err)
					}
					switch n := v.(type) {
					case int64:
						size = int(n)
					case float64:
						size = int(n)
					}
				}
				if ids, ok := variables["ids"].([]any); ok && s.Name == "nodes" && s.ObjectDefinition.Name == "Query" {
					walk(s.SelectionSet, times*len(ids))
					continue
				}
				if size == 0 {
					walk(s.SelectionSet, times)
					continue
				}
				requests += times
				nodes += times * size
				walk(s.SelectionSet, times*size)
			}
		}
	}
	walk(doc.Operations[0].SelectionSet, 1)
	return nodes, max(1, (requests+50)/100)
}

// projectConfig is a configuration with a project of acme's.
func projectConfig(f *fake, projects ...github.Project) *github.Config {
	config := configure(f.url, "secret", "acme/api")
	config.Projects = projects
	return config
}

// fields describes a project's fields, each by name, type and options.
func fields(id string, described ...string) object {
	var all []any
	for _, d := range described {
		part := strings.Split(d, ":")
		field := object{"name": part[0], "dataType": part[1]}
		if len(part) > 2 {
			var options []any
			for _, o := range strings.Split(part[2], ",") {
				options = append(options, object{"name": o})
			}
			field["options"] = options
		}
		all = append(all, field)
	}
	return object{"id": id, "fields": object{"nodes": all}}
}

// withProjects is a fake with a repository and two projects.
func withProjects(t *testing.T) (*fake, *fakeRepo) {
	t.Helper()
	f := newFake(t)
	r := f.add("acme/api", 3, 1)
	f.projects = map[string]object{
		"acme/7": fields("PVT_7", "Title:TITLE", "Status:SINGLE_SELECT:Todo,🏗 In progress,Blocked,Waiting,Done", "Estimate:NUMBER", "Iteration:ITERATION", "Target date:DATE", "Labels:LABELS"),
		"ana/3":  fields("PVT_3", "State:SINGLE_SELECT:Doing", "Size:NUMBER", `Note "of" \ ana:TEXT`),
	}
	r.issues[0]["blockedBy"] = object{"nodes": []any{item("acme/web", 1, stamp)}, "pageInfo": object{}}
	return f, r
}
