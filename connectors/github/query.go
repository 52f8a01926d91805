package github

import (
	"fmt"
	"strings"
)

// features are what a server's GraphQL schema offers beyond what every
// supported one has. Enterprise Servers lag behind github.com.
type features struct {
	dependencies     bool // Issue.blockedBy and blocking
	dependencyEvents bool // who made them, and when
	subIssues        bool
	types            bool
	closedBy         bool // Issue.closedByPullRequestsReferences
	duplicates       bool // Issue.duplicateOf
	duplicateReason  bool // stateReason tells DUPLICATE when asked to
	projects         bool // Issue.projectItems
}

// missing says in words what the server cannot tell.
func (f features) missing() []string {
	var notes []string
	for _, part := range []struct {
		there bool
		note  string
	}{
		{f.dependencies, "the server's GraphQL has no issue dependencies: they are read by REST with each sweep, if it has them"},
		{!f.dependencies || f.dependencyEvents, "the server's API does not tell when issue dependencies were made"},
		{f.subIssues, "the server's API has no sub-issues"},
		{f.types, "the server's API has no issue types"},
		{f.closedBy, "the server's API does not list on an issue the pull requests that close it"},
		{f.duplicates, "the server's API does not tell which issue another duplicates"},
	} {
		if !part.there {
			notes = append(notes, part.note)
		}
	}
	return notes
}

// probeQuery asks the schema itself, which costs no error to find out.
const probeQuery = `query {
  issue: __type(name: "Issue") { fields(includeDeprecated: true) { name args { name } } }
  event: __type(name: "BlockedByAddedEvent") { name }
  removal: __type(name: "BlockedByRemovedEvent") { name }
}`

// schemaAnswer is the answer to probeQuery.
type schemaAnswer struct {
	Issue *struct {
		Fields []struct {
			Name string `json:"name"`
			Args []struct {
				Name string `json:"name"`
			} `json:"args"`
		} `json:"fields"`
	} `json:"issue"`
	Event   *struct{} `json:"event"`
	Removal *struct{} `json:"removal"`
}

func (a *schemaAnswer) features() features {
	has := map[string]bool{}
	for _, f := range a.Issue.Fields {
		has[f.Name] = true
		for _, arg := range f.Args {
			has[f.Name+"("+arg.Name] = true
		}
	}
	return features{
		dependencies:     has["blockedBy"] && has["blocking"],
		dependencyEvents: has["blockedBy"] && has["blocking"] && a.Event != nil && a.Removal != nil,
		subIssues:        has["subIssues"] && has["parent"],
		types:            has["issueType"],
		closedBy:         has["closedByPullRequestsReferences(includeClosedPrs"],
		duplicates:       has["duplicateOf"],
		duplicateReason:  has["stateReason(enableDuplicate"],
		projects:         has["projectItems"],
	}
}

// Fields that every server has. An issue's and a pull request's state are of
// different types, so the latter needs a name of its own.
const (
	farFields = `
fragment far on Issue {
  id number title url state %s createdAt updatedAt closedAt
  %s milestone { title dueOn } repository { nameWithOwner }
}`
	farPullFields = `
fragment farPull on PullRequest {
  id number title url pullState: state isDraft reviewDecision createdAt updatedAt closedAt
  milestone { title dueOn } repository { nameWithOwner }
}`
	sharedFields = `
  body lastEditedAt
  author { login }
  assignees(first: 10) { nodes { login name } }
  labels(first: 100) { nodes { name } }`
	commentFields = `
  comments(last: %d) { nodes { databaseId createdAt author { login } body } }`
	pullFields = `
  headRefName
  closingIssuesReferences(first: 25) { ...farPage }`
	pageFields = `
fragment farPage on IssueConnection { pageInfo { hasNextPage endCursor } nodes { ...far } }`
)

// Fields of issues that depend on the server.
const (
	// An issue has at most 50 dependencies of each kind and 100 sub-issues.
	dependencyFields = `
  blockedBy(first: 50) { ...farPage }
  blocking(first: 50) { ...farPage }`
	subIssueFields = `
  parent { ...far }
  subIssues(first: 100) { ...farPage }`
	closedByFields = `
  closedByPullRequestsReferences(first: 25, includeClosedPrs: true) { pageInfo { hasNextPage endCursor } nodes { ...farPull } }`
	duplicateFields = `
  duplicateOf { ...far }`
)

// The queries around those fields.
const (
	// Issues are read oldest change first, by a window that moves with what was
	// read; pull requests, which have no such filter, newest change first.
	listIssues = `
    issues(first: $issues, after: $issuesAfter, filterBy: {since: $since}, orderBy: {field: UPDATED_AT, direction: ASC}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { ...issue }
    }`
	listPulls = `
    pullRequests(first: $pulls, after: $pullsAfter, orderBy: {field: UPDATED_AT, direction: DESC}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { ...pull }
    }`
	nodesQuery = `query ($ids: [ID!]!) { nodes(ids: $ids) { ...issue ...pull } }`
	// moreQuery continues one connection of one issue or pull request.
	moreQuery = `query ($id: ID!, $after: String!) {
  node(id: $id) { ... on %s { more: %s(first: 100, after: $after%s) { pageInfo { hasNextPage endCursor } nodes { ...%s } } } }
}`
	idsQuery = `query ($owner: String!, $name: String!, $issuesAfter: String, $pullsAfter: String) {
  repository(owner: $owner, name: $name) {
    id nameWithOwner url
    issues(first: 100, after: $issuesAfter, orderBy: {field: CREATED_AT, direction: ASC}) { pageInfo { hasNextPage endCursor } nodes { id } }
    pullRequests(first: 100, after: $pullsAfter, orderBy: {field: CREATED_AT, direction: ASC}) { pageInfo { hasNextPage endCursor } nodes { id } }
  }
}`
	ownerQuery = `query ($login: String!, $after: String) {
  repositoryOwner(login: $login) {
    repositories(first: 100, after: $after, ownerAffiliations: [OWNER]) { pageInfo { hasNextPage endCursor } nodes { nameWithOwner } }
  }
}`
	viewerQuery = `query { viewer { login } }`
	labelsQuery = `query ($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    id nameWithOwner url
    labels(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { name } }
  }
}`
)

// queries are the texts fit for one server and configuration.
type queries struct {
	fragments string // issue, pull and what they use
	far       string // far, farPull
	// dependencyEvents tells that timelines have those of dependencies.
	dependencyEvents bool
}

// newQueries puts the texts together; comments is how many to read per item, 0
// for none, and b the projects to read, nil for none.
func newQueries(f features, comments int, b *boards) *queries {
	reason, kind := "stateReason", ""
	if f.duplicateReason {
		reason = "stateReason(enableDuplicate: true)"
	}
	if f.types {
		kind = "issueType { name }"
	}
	shared := sharedFields
	if comments > 0 {
		shared += fmt.Sprintf(commentFields, comments)
	}
	onProjects, values := b.itemFields()
	shared += onProjects
	issue := shared + "\n  " + timelineField(false, f.dependencyEvents, "")
	for _, part := range []struct {
		there  bool
		fields string
	}{
		{f.dependencies, dependencyFields},
		{f.subIssues, subIssueFields},
		{f.closedBy, closedByFields},
		{f.duplicates, duplicateFields},
	} {
		if part.there {
			issue += part.fields
		}
	}
	far := fmt.Sprintf(farFields, reason, kind)
	return &queries{
		far: far + farPullFields,
		fragments: far + farPullFields + pageFields + values +
			"\nfragment issue on Issue { ...far" + issue + "\n}" +
			"\nfragment pull on PullRequest { ...farPull" + shared + "\n  " + timelineField(true, false, "") + pullFields + "\n}",
		dependencyEvents: f.dependencyEvents,
	}
}

// list reads one page of a repository's issues, pull requests or both.
func (q *queries) list(issues, pulls bool) string {
	variables, parts := "$owner: String!, $name: String!", "id nameWithOwner url"
	if issues {
		variables += ", $issues: Int!, $issuesAfter: String, $since: DateTime!"
		parts += listIssues
	}
	if pulls {
		variables += ", $pulls: Int!, $pullsAfter: String"
		parts += listPulls
	}
	return fmt.Sprintf("query (%s) {\n  repository(owner: $owner, name: $name) {\n    %s\n  }\n}%s",
		variables, parts, q.used(issues, pulls))
}

// used leaves out the fragments a query would not use, which is an error in GraphQL.
func (q *queries) used(issues, pulls bool) string {
	text := q.fragments
	if !issues {
		text = cutFragment(text, "issue")
	}
	if !pulls {
		text = cutFragment(text, "pull")
	}
	for _, name := range []string{"farPage", "farPull", "far"} {
		if !strings.Contains(text, "..."+name+" ") && !strings.Contains(text, "..."+name+"\n") {
			text = cutFragment(text, name)
		}
	}
	return text
}

// cutFragment drops the definition of a fragment: it ends with a line of "}" alone, or its own line.
func cutFragment(text, name string) string {
	start := strings.Index(text, "\nfragment "+name+" on ")
	if start < 0 {
		return text
	}
	if end := strings.Index(text[start+1:], "\nfragment "); end >= 0 {
		return text[:start] + text[start+1+end:]
	}
	return text[:start]
}

// nodes reads up to 100 items by id.
func (q *queries) nodes() string { return nodesQuery + q.fragments }

// more continues a connection by its GraphQL name.
func (q *queries) more(connection string) string {
	on, args, fragment := "Issue", "", "far"
	switch connection {
	case "closingIssuesReferences":
		on = "PullRequest"
	case "closedByPullRequestsReferences":
		args, fragment = ", includeClosedPrs: true", "farPull"
	}
	text := fmt.Sprintf(moreQuery, on, connection, args, fragment)
	if fragment == "far" {
		return text + cutFragment(q.far, "farPull")
	}
	return text + cutFragment(q.far, "far")
}

// find reads items by their names: numbers by repository, in order. Their
// aliases are r<i> and, within, n<number>.
func (q *queries) find(numbers [][]int) string {
	var variables, parts []string
	for i, ns := range numbers {
		variables = append(variables, fmt.Sprintf("$o%d: String!, $n%d: String!", i, i))
		var items strings.Builder
		for _, n := range ns {
			fmt.Fprintf(&items, " n%d: issueOrPullRequest(number: %d) { ...issue ...pull }", n, n)
		}
		parts = append(parts, fmt.Sprintf("  r%d: repository(owner: $o%d, name: $n%d) { id nameWithOwner url%s }", i, i, i, items.String()))
	}
	return "query (" + strings.Join(variables, ", ") + ") {\n" + strings.Join(parts, "\n") + "\n}" + q.fragments
}
