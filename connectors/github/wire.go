package github

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// node is an issue or a pull request as GraphQL tells it; what REST tells is
// put into the same shape. A pull request is one that has a pull state.
type node struct {
	ID             string    `json:"id"`
	Number         int       `json:"number"`
	Title          string    `json:"title"`
	URL            string    `json:"url"`
	State          string    `json:"state"`
	StateReason    string    `json:"stateReason"`
	PullState      string    `json:"pullState"`
	IsDraft        bool      `json:"isDraft"`
	ReviewDecision string    `json:"reviewDecision"`
	CreatedAt      time.Time `json:"createdAt"`
	UpdatedAt      time.Time `json:"updatedAt"`
	ClosedAt       time.Time `json:"closedAt"`
	LastEditedAt   time.Time `json:"lastEditedAt"`
	IssueType      struct {
		Name string `json:"name"`
	} `json:"issueType"`
	Milestone struct {
		Title string    `json:"title"`
		DueOn time.Time `json:"dueOn"`
	} `json:"milestone"`
	Repository struct {
		NameWithOwner string `json:"nameWithOwner"`
	} `json:"repository"`

	Body        string     `json:"body"`
	HeadRefName string     `json:"headRefName"`
	Author      user       `json:"author"`
	Assignees   all[user]  `json:"assignees"`
	Labels      all[label] `json:"labels"`
	Comments    struct {
		Nodes []comment `json:"nodes"`
	} `json:"comments"`
	Timeline timeline `json:"timelineItems"`

	BlockedBy   connection `json:"blockedBy"`
	Blocking    connection `json:"blocking"`
	Parent      *node      `json:"parent"`
	SubIssues   connection `json:"subIssues"`
	DuplicateOf *node      `json:"duplicateOf"`
	ClosedBy    connection `json:"closedByPullRequestsReferences"`
	Closing     connection `json:"closingIssuesReferences"`

	ProjectItems projectItems `json:"projectItems"`

	// What only REST tells in this way.
	parentKey    string
	dependencies int            // how many issues block it
	uncounted    bool           // the server did not say how many
	keeps        []model.Origin // what was not read
}

type user struct {
	Login string `json:"login"`
	Name  string `json:"name"`
}

type label struct {
	Name string `json:"name"`
}

type comment struct {
	DatabaseID int64     `json:"databaseId"`
	CreatedAt  time.Time `json:"createdAt"`
	Author     user      `json:"author"`
	Body       string    `json:"body"`
}

// all is a connection that is always asked for whole.
type all[T any] struct {
	Nodes []T `json:"nodes"`
}

// connection is one page of a list of items.
type connection struct {
	TotalCount int      `json:"totalCount"`
	PageInfo   pageInfo `json:"pageInfo"`
	Nodes      []listed `json:"nodes"`
}

type pageInfo struct {
	HasNextPage bool   `json:"hasNextPage"`
	EndCursor   string `json:"endCursor"`
}

// listed is one element of a list of items. A broken one is kept as its error,
// so that it does not take its page with it.
type listed struct {
	node
	Wrong string `json:"wrong"` // see mended
	// err says why the node is unusable; errNull for null.
	err error
	// elsewhere marks an item that another list has too: it only shows how far this one got.
	elsewhere bool
}

// errNull marks an element the server left out: the account may not see it.
var errNull = errors.New("is null")

// errUntold marks an item that did not come, without a word why.
var errUntold = errors.New("did not come, and no error says why")

// errForbidden marks an item that is there but not for this account.
var errForbidden = errors.New("is forbidden")

// check judges what was decoded: each item of the list, and of its own lists.
func (c *connection) check() {
	if c == nil {
		return
	}
	for i := range c.Nodes {
		c.Nodes[i].judge()
	}
}

func (l *listed) judge() {
	switch {
	case l.Wrong != "":
		l.err = errors.New(l.Wrong)
	case l.ID == "" && l.Number == 0 && l.URL == "" && l.Repository.NameWithOwner == "":
		l.err = errNull
	default:
		l.err = l.check()
	}
	if l.err == nil {
		for _, list := range []*connection{&l.BlockedBy, &l.Blocking, &l.SubIssues, &l.ClosedBy, &l.Closing} {
			list.check()
		}
	}
}

// check reports what an item cannot do without.
func (n *node) check() error {
	owner, repo, ok := strings.Cut(n.Repository.NameWithOwner, "/")
	switch {
	case n.ID == "":
		return errors.New("has no id")
	case n.Number <= 0:
		return fmt.Errorf("number is %d", n.Number)
	case !ok || owner == "" || repo == "":
		return fmt.Errorf("repository is %q", clip(n.Repository.NameWithOwner))
	case n.PullState == "" && n.State != "OPEN" && n.State != "CLOSED":
		return fmt.Errorf("state is %q", clip(n.State))
	case n.PullState != "" && n.PullState != "OPEN" && n.PullState != "CLOSED" && n.PullState != "MERGED":
		return fmt.Errorf("state is %q", clip(n.PullState))
	case n.CreatedAt.IsZero() || n.UpdatedAt.IsZero():
		return errors.New("has no times")
	}
	return nil
}

func (n *node) pull() bool { return n.PullState != "" }

// key is the item's name: owner/name#number.
func (n *node) key() string { return keyIn(n.Repository.NameWithOwner, n.Number) }

func keyIn(repository string, number int) string { return repository + "#" + strconv.Itoa(number) }

// name is the best there is to call a list's element by, for messages.
func (l *listed) name(place string, i int) string {
	switch {
	case l.Repository.NameWithOwner != "" && l.Number > 0:
		return l.key()
	case l.ID != "":
		return clip(l.ID)
	}
	return fmt.Sprintf("%s[%d]", place, i)
}

// repository heads the answers about one repository.
type repository struct {
	ID            string `json:"id"`
	NameWithOwner string `json:"nameWithOwner"`
	URL           string `json:"url"`
}
