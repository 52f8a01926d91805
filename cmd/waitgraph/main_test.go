package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/waitgraph/waitgraph/internal/demo"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"waitgraph": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			os.Exit(execute(ctx, os.Args[1:], env{os.Stdout, os.Stderr, os.Getenv}))
		},
	})
}

// TestScript runs the command line as a user would, against the simulated
// organisation at rest: harbor.yml in each script's folder is its configuration.
func TestScript(t *testing.T) {
	d, err := demo.New(demo.Options{Interval: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	plugins, err := filepath.Abs("../../examples/plugins")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("WAITGRAPH_DEMO_TOKEN", d.Getenv("WAITGRAPH_DEMO_TOKEN"))
			e.Setenv("JIRA", d.JiraURL())
			e.Setenv("PLUGINS", plugins)
			e.Setenv("PLUGIN", filepath.Join(plugins, "csv", "waitgraph_csv.py"))
			return os.WriteFile(filepath.Join(e.WorkDir, "harbor.yml"), d.Config(), 0o644)
		},
	})
}
