// Package builtin is the list of the tracker types compiled into waitgraph. A new
// connector is its own folder plus one line here.
package builtin

import (
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/exec"
	"github.com/waitgraph/waitgraph/connectors/github"
	"github.com/waitgraph/waitgraph/connectors/jira"
)

// Registry returns a new map of the compiled-in tracker types.
func Registry() connectors.Registry {
	return connectors.Registry{
		"exec":   exec.NewConfig,
		"github": github.NewConfig,
		"jira":   jira.NewConfig,
	}
}
