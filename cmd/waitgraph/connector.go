package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/connectortest"
	"github.com/waitgraph/waitgraph/connectors/exec"
)

// pluginName is what a plugin under test is told that its tracker is called.
const pluginName = "test"

func connectorCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("connector", "Work on connectors.").
		Command("test", "Hold a plugin to what every connector must hold: waitgraph connector test -- python3 plugin.py. Its tracker must be at rest meanwhile.")
	command := c.Arg("command", "The plugin and its arguments, after --.").Required().Strings()
	dir := c.Flag("dir", "Absolute path of the folder the plugin runs in.").String()
	options := c.Flag("options", "The plugin's options, a JSON object.").Default("{}").String()
	projects := c.Flag("project", "Key of a project the plugin serves; may be repeated.").Strings()
	variables := c.Flag("env", "Name of an environment variable to hand to the plugin; may be repeated.").Strings()
	timeout := c.Flag("timeout", "The longest the plugin may be silent.").Default("1m").Duration()
	boundaries := c.Flag("boundaries", "The most places at which the read is resumed; 0 for all.").Default("50").Int()
	logger, _ := logFlags(c, e, "warn")
	return c.FullCommand(), func(ctx context.Context) error {
		cfg := exec.NewConfig().(*exec.Config)
		cfg.Command, cfg.Dir, cfg.Projects, cfg.Timeout = *command, *dir, *projects, exec.Duration(*timeout)
		cfg.Env = map[string]exec.Variable{}
		for _, name := range *variables {
			cfg.Env[name] = exec.Variable{ValueEnv: name}
		}
		if err := json.Unmarshal([]byte(*options), &cfg.Options); err != nil {
			return usageError{"waitgraph: --options is no JSON object"}
		}
		if err := cfg.Validate(); err != nil {
			return usageError{fmt.Sprintf("waitgraph: %v", err)}
		}
		o := connectors.Options{
			Name: pluginName, Logger: logger(), UserAgent: userAgent(), Secret: connectors.SecretReader("", e.getenv),
		}
		return testConnector(ctx, connectortest.Harness{
			Name: pluginName, New: func() (connectors.Connector, error) { return cfg.New(o) }, Boundaries: *boundaries,
		}, e)
	}
}

// testConnector prints a line for each check, and below it what is wrong.
func testConnector(ctx context.Context, h connectortest.Harness, e env) error {
	checks, failed, skipped, begun := 0, 0, 0, time.Now()
	for r := range connectortest.Run(ctx, h) {
		checks++
		switch {
		case len(r.Problems) > 0:
			failed++
			fmt.Fprintf(e.stdout, "FAIL  %s\n", r.Name)
		case r.Skipped != "":
			skipped++
			fmt.Fprintf(e.stdout, "skip  %s: %s\n", r.Name, r.Skipped)
		default:
			fmt.Fprintf(e.stdout, "ok    %s\n", r.Name)
		}
		for _, p := range r.Problems {
			fmt.Fprintf(e.stdout, "      %s\n", p)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, checks-skipped)
	}
	_, err := fmt.Fprintf(e.stdout, "%d checks passed, %d skipped, in %s\n", checks-skipped, skipped, time.Since(begun).Round(time.Millisecond))
	return err
}
