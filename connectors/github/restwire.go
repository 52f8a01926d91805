package github

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// restItem is an issue or a pull request as REST tells it.
type restItem struct {
	NodeID        string    `json:"node_id"`
	Number        int       `json:"number"`
	Title         string    `json:"title"`
	HTMLURL       string    `json:"html_url"`
	RepositoryURL string    `json:"repository_url"`
	State         string    `json:"state"`
	StateReason   string    `json:"state_reason"`
	Draft         bool      `json:"draft"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
	ClosedAt      time.Time `json:"closed_at"`
	MergedAt      time.Time `json:"merged_at"`
	Body          string    `json:"body"`
	User          user      `json:"user"`
	Assignees     []user    `json:"assignees"`
	Labels        []label   `json:"labels"`
	Type          label     `json:"type"`
	Milestone     struct {
		Title string    `json:"title"`
		DueOn time.Time `json:"due_on"`
	} `json:"milestone"`
	ParentIssueURL string `json:"parent_issue_url"`
	// Dependencies is missing where the server has none.
	Dependencies *struct {
		TotalBlockedBy int `json:"total_blocked_by"`
	} `json:"issue_dependencies_summary"`
	// PullRequest is in the issue of a pull request.
	PullRequest *struct {
		MergedAt time.Time `json:"merged_at"`
	} `json:"pull_request"`
	// Head and Base are in pull requests themselves.
	Head struct {
		Ref string `json:"ref"`
	} `json:"head"`
	Base *struct {
		Repo struct {
			FullName string `json:"full_name"`
		} `json:"repo"`
	} `json:"base"`
}

// readRest puts a REST item into the shape of GraphQL's.
func readRest(raw []byte) listed {
	var r restItem
	if err := json.Unmarshal(raw, &r); err != nil {
		return listed{node: node{ID: r.NodeID}, err: err}
	}
	n := node{
		ID: r.NodeID, Number: r.Number, Title: r.Title, URL: r.HTMLURL, Body: r.Body, HeadRefName: r.Head.Ref,
		State: strings.ToUpper(r.State), StateReason: strings.ToUpper(r.StateReason), IsDraft: r.Draft,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, ClosedAt: r.ClosedAt,
		Author: r.User, Assignees: all[user]{r.Assignees}, Labels: all[label]{r.Labels},
		parentKey: keyOf(r.ParentIssueURL), uncounted: r.Dependencies == nil,
	}
	if r.Dependencies != nil {
		n.dependencies = r.Dependencies.TotalBlockedBy
	}
	n.IssueType.Name = r.Type.Name
	n.Milestone.Title, n.Milestone.DueOn = r.Milestone.Title, r.Milestone.DueOn
	n.Repository.NameWithOwner = repositoryOf(r.RepositoryURL)
	merged := r.MergedAt
	if r.PullRequest != nil {
		merged = r.PullRequest.MergedAt
	}
	if r.Base != nil {
		n.Repository.NameWithOwner = r.Base.Repo.FullName
	}
	if r.Base != nil || r.PullRequest != nil {
		n.PullState = n.State
		if !merged.IsZero() {
			n.PullState = "MERGED"
		}
	}
	return listed{node: n, err: n.check()}
}

// repositoryOf is the owner/name at the end of a repository's API address.
func repositoryOf(address string) string {
	_, name, ok := strings.Cut(address, "/repos/")
	if !ok || !fullName.MatchString(name) {
		return ""
	}
	return name
}

// keyOf is the owner/name#number at the end of an issue's API address.
func keyOf(address string) string {
	repo, number, ok := strings.Cut(address, "/issues/")
	if _, err := strconv.Atoi(number); !ok || err != nil || repositoryOf(repo) == "" {
		return ""
	}
	return repositoryOf(repo) + "#" + number
}
