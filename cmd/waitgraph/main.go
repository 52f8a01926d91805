// Command waitgraph tells an organisation who is waiting for whom. It polls
// trackers such as Jira and GitHub, reconciles the dependencies teams leave in
// them into one graph, and publishes it as metrics, a JSON API and web pages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a static image has no zone files

	"github.com/alecthomas/kingpin/v2"
)

// Exit codes: a failure while working, and words or a configuration that cannot be used.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	// SIGINT and SIGTERM drain and end; a second one ends at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx, os.Args[1:], env{os.Stdout, os.Stderr, os.Getenv}))
}

// env is what a command may know of its surroundings.
type env struct {
	stdout, stderr io.Writer
	getenv         func(string) string
}

// usageError is a command line or configuration that cannot be used; its text
// is for the user as it is.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// command is one subcommand: it declares its flags and returns what runs it.
type command func(*kingpin.Application, env) (name string, run func(context.Context) error)

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, e env) int {
	k := kingpin.New("waitgraph", "Tells who is waiting for whom, across trackers.")
	k.HelpFlag.Short('h')
	k.UsageWriter(e.stdout)
	k.ErrorWriter(e.stderr)
	code, exited := 0, false
	k.Terminate(func(c int) { code, exited = c, true })
	runs := map[string]func(context.Context) error{}
	for _, c := range []command{runCommand, demoCommand, onceCommand, explainCommand, briefCommand, replayCommand, diffCommand, checkCommand, connectorCommand, healthCommand, bundleCommand, versionCommand, completionCommand} {
		name, run := c(k, e)
		runs[name] = run
	}
	name, err := k.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		fmt.Fprintf(e.stderr, "waitgraph: %v, try --help\n", err)
		return exitUsage
	}
	err = runs[name](ctx)
	usage := usageError{}
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintln(e.stderr, usage.text)
		return exitUsage
	}
	fmt.Fprintf(e.stderr, "waitgraph: %v\n", err)
	return exitFailure
}
