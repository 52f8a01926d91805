package github

import (
	"context"
	"time"
)

// reader is one API of GitHub's: GraphQL or REST.
type reader interface {
	// list reads a page of a repository's issues, pull requests or both; nil
	// means not this kind. A repository that cannot be read is a *ScopeError.
	list(ctx context.Context, name string, issues, pulls *window) (*listing, error)
	// find looks items up by name. A missing entry means that the repository
	// cannot be read, an entry without node that it has no such item.
	find(ctx context.Context, keys []itemKey) (map[itemKey]*listed, error)
	// owned lists the repositories of an owner. One who is not there is a *ScopeError.
	owned(ctx context.Context, owner string) ([]string, error)
	// ids lists the node ids of all items of a repository, and its present name.
	ids(ctx context.Context, name string) (ids []string, present string, err error)
	// labels lists the label names of a repository, and its present name.
	labels(ctx context.Context, name string) (names []string, present string, err error)
}

// window is the part of a stream to read next.
type window struct {
	size  int
	since time.Time
	after string
}

// listing is one page of a repository.
type listing struct {
	repository
	Issues *connection `json:"issues"`
	Pulls  *connection `json:"pullRequests"`
}

// itemKey is a name taken apart: owner/name and number.
type itemKey struct {
	repository string
	number     int
}
