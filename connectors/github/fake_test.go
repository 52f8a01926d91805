package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// object is a JSON object.
type object = map[string]any

// fake is a GitHub of a few items. It validates every GraphQL query against
// the published schema, less the fields it is told to lack.
type fake struct {
	t      *testing.T
	url    string
	schema *ast.Schema

	mu       sync.Mutex
	requests []string
	repos    map[string]*fakeRepo
	renamed  map[string]string
	owners   map[string][]string
	projects map[string]object // by owner and number: acme/7
	// meddle may answer in the server's place; it says whether it did.
	meddle func(w http.ResponseWriter, r *http.Request, query string, variables object) bool
	// rest answers requests other than GraphQL.
	rest func(w http.ResponseWriter, r *http.Request)
}

type fakeRepo struct {
	id, name      string
	issues, pulls []object
	labels        []string
}

// newFake starts a server whose Issue type lacks the given fields.
func newFake(t *testing.T, lacks ...string) *fake {
	t.Helper()
	text, err := os.ReadFile("testdata/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	issue := schema.Types["Issue"]
	issue.Fields = slices.DeleteFunc(issue.Fields, func(f *ast.FieldDefinition) bool { return slices.Contains(lacks, f.Name) })
	if slices.Contains(lacks, "enableDuplicate") {
		issue.Fields.ForName("stateReason").Arguments = nil
	}
	if slices.Contains(lacks, "BlockedByAddedEvent") {
		delete(schema.Types, "BlockedByAddedEvent")
	}
	f := &fake{t: t, schema: schema, repos: map[string]*fakeRepo{}, renamed: map[string]string{}, owners: map[string][]string{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL + "/api/v3"
	return f
}

// add puts a repository with n issues and m pull requests, an hour apart, on the server.
func (f *fake) add(name string, n, m int) *fakeRepo {
	r := &fakeRepo{id: "R_" + name, name: name}
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n + m {
		at = at.Add(time.Hour)
		it := item(name, i+1, at)
		if i < n {
			r.issues = append(r.issues, it)
		} else {
			r.pulls = append(r.pulls, asPull(it))
		}
	}
	f.repos[strings.ToLower(name)] = r
	return r
}

// item is an open issue.
func item(repo string, number int, at time.Time) object {
	stamp := at.Format(time.RFC3339)
	return object{
		"id": fmt.Sprintf("I_%s_%d", repo, number), "number": number, "title": fmt.Sprintf("Item %d", number),
		"url":   fmt.Sprintf("https://github.example/%s/issues/%d", repo, number),
		"state": "OPEN", "createdAt": stamp, "updatedAt": stamp, "repository": object{"nameWithOwner": repo},
		"body": "", "author": object{"login": "ana"},
	}
}

func asPull(it object) object {
	it["pullState"] = it["state"]
	delete(it, "state")
	it["headRefName"] = "topic"
	return it
}

// asked forgets and returns what was asked: the kind of query, or method and address.
func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.requests
	f.requests = nil
	return r
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.URL.Path != "/api/graphql" {
		f.requests = append(f.requests, r.Method+" "+r.URL.RequestURI())
		if f.rest == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		f.rest(w, r)
		return
	}
	var body struct {
		Query     string
		Variables object
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		f.t.Errorf("body: %v", err)
	}
	doc, errs := gqlparser.LoadQueryWithRules(f.schema, body.Query, rules.NewDefaultRules())
	for _, err := range errs {
		f.t.Errorf("query does not validate: %v\n%s", err, body.Query)
	}
	if errs != nil {
		return
	}
	// Every variable of the query must be given, and none but those.
	op := doc.Operations[0]
	for _, v := range op.VariableDefinitions {
		if _, ok := body.Variables[v.Variable]; !ok && v.Type.NonNull {
			f.t.Errorf("variable %s is missing in\n%s", v.Variable, body.Query)
		}
	}
	for name := range body.Variables {
		if op.VariableDefinitions.ForName(name) == nil {
			f.t.Errorf("variable %s is not declared in\n%s", name, body.Query)
		}
	}
	first := op.SelectionSet[0].(*ast.Field)
	kind := first.Name
	if kind == "repository" && first.Alias != "repository" {
		kind = "find"
		if strings.Contains(body.Query, "issues(first: 1,") {
			kind = "glance"
		}
	}
	f.requests = append(f.requests, kind)
	f.onProjects(doc)
	if f.meddle != nil && f.meddle(w, r, body.Query, body.Variables) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	data, problems := f.answer(kind, op, body.Variables)
	answer := object{"data": data}
	if problems != nil {
		answer["errors"] = problems
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		f.t.Error(err)
	}
}

func absent(kind string, path ...any) object {
	return object{"type": kind, "path": path, "message": "Could not resolve it."}
}

// repo finds a repository, also by a former name.
func (f *fake) repo(owner, name any) *fakeRepo {
	key := strings.ToLower(fmt.Sprintf("%s/%s", owner, name))
	if now, ok := f.renamed[key]; ok {
		key = now
	}
	return f.repos[key]
}

func (f *fake) answer(kind string, op *ast.OperationDefinition, v object) (object, []any) {
	switch kind {
	case "__type":
		var fields []any
		for _, d := range f.schema.Types["Issue"].Fields {
			args := []any{}
			for _, a := range d.Arguments {
				args = append(args, object{"name": a.Name})
			}
			fields = append(fields, object{"name": d.Name, "args": args})
		}
		data := object{"issue": object{"fields": fields}, "event": nil}
		if f.schema.Types["BlockedByAddedEvent"] != nil {
			data["event"] = object{"name": "BlockedByAddedEvent"}
			data["removal"] = object{"name": "BlockedByRemovedEvent"}
		}
		return data, nil
	case "organization", "user":
		return f.answerProjects(op, v)
	case "viewer":
		return object{"viewer": object{"login": "bot"}}, nil
	case "repositoryOwner":
		names, ok := f.owners[v["login"].(string)]
		if !ok {
			return object{"repositoryOwner": nil}, nil
		}
		var all []object
		for _, n := range names {
			all = append(all, object{"nameWithOwner": n})
		}
		return object{"repositoryOwner": object{"repositories": window(all, 2, v["after"])}}, nil
	case "nodes":
		var nodes, problems []any
		for i, id := range v["ids"].([]any) {
			n := f.node(id)
			if nodes = append(nodes, n); n == nil {
				problems = append(problems, absent("NOT_FOUND", "nodes", i))
			}
		}
		return object{"nodes": nodes}, problems
	case "find", "glance":
		data, problems := object{}, []any(nil)
		for i, s := range op.SelectionSet {
			field := s.(*ast.Field)
			r := f.repo(v[fmt.Sprintf("o%d", i)], v[fmt.Sprintf("n%d", i)])
			if r == nil {
				data[field.Alias] = nil
				problems = append(problems, absent("NOT_FOUND", field.Alias))
				continue
			}
			found := r.head()
			for list, items := range map[string][]object{"issues": r.issues, "pullRequests": r.pulls} {
				items = slices.SortedStableFunc(slices.Values(items), func(a, b object) int { return byStamp(b, a) })
				if kind == "glance" {
					found[list] = window(items, 1, nil)
				}
			}
			for _, s := range field.SelectionSet {
				if it := s.(*ast.Field); it.Name == "issueOrPullRequest" {
					n, _ := strconv.Atoi(it.Alias[1:])
					found[it.Alias] = nil
					for _, x := range append(slices.Clone(r.issues), r.pulls...) {
						if x["number"] == n {
							found[it.Alias] = x
						}
					}
					if found[it.Alias] == nil {
						problems = append(problems, absent("NOT_FOUND", field.Alias, it.Alias))
					}
				}
			}
			data[field.Alias] = found
		}
		return data, problems
	}
	r := f.repo(v["owner"], v["name"])
	if r == nil {
		return object{"repository": nil}, []any{absent("NOT_FOUND", "repository")}
	}
	data := r.head()
	for _, s := range op.SelectionSet[0].(*ast.Field).SelectionSet {
		switch field := s.(*ast.Field); {
		case field.Name == "labels":
			var all []object
			for _, l := range r.labels {
				all = append(all, object{"name": l})
			}
			data["labels"] = window(all, 100, v["after"])
		case field.Name == "issues" && v["since"] != nil:
			since := v["since"].(string)
			var all []object
			for _, it := range r.issues {
				if it["updatedAt"].(string) >= since {
					all = append(all, it)
				}
			}
			slices.SortStableFunc(all, byStamp)
			data["issues"] = window(all, int(v["issues"].(float64)), v["issuesAfter"])
		case field.Name == "issues":
			data["issues"] = window(r.issues, 100, v["issuesAfter"])
		case field.Name == "pullRequests":
			all := slices.Clone(r.pulls)
			size := 100
			if n, ok := v["pulls"].(float64); ok {
				size = int(n)
				slices.SortStableFunc(all, func(a, b object) int { return byStamp(b, a) })
			}
			data["pullRequests"] = window(all, size, v["pullsAfter"])
		}
	}
	return object{"repository": data}, nil
}

func byStamp(a, b object) int {
	return strings.Compare(a["updatedAt"].(string), b["updatedAt"].(string))
}

func (r *fakeRepo) head() object {
	return object{"id": r.id, "nameWithOwner": r.name, "url": "https://github.example/" + r.name}
}

func (f *fake) node(id any) any {
	for _, r := range f.repos {
		for _, x := range append(slices.Clone(r.issues), r.pulls...) {
			if x["id"] == id {
				return x
			}
		}
	}
	return nil
}

// window is one page of a list, with offsets for cursors.
func window(all []object, size int, after any) object {
	from := 0
	if s, ok := after.(string); ok {
		from, _ = strconv.Atoi(s)
	}
	to := min(from+size, len(all))
	nodes := []any{}
	for _, x := range all[min(from, to):to] {
		nodes = append(nodes, x)
	}
	return object{
		"totalCount": len(all), "nodes": nodes,
		"pageInfo": object{"hasNextPage": to < len(all), "endCursor": strconv.Itoa(to)},
	}
}
