package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"text/template"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"
)

func versionCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("version", "Print the version.")
	return c.FullCommand(), func(context.Context) error {
		_, err := fmt.Fprintln(e.stdout, version.Print("waitgraph"))
		return err
	}
}

func completionCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("completion", "Print the script that completes waitgraph's commands and flags in a shell.")
	shell := c.Arg("shell", "bash or zsh").Required().Enum("bash", "zsh")
	return c.FullCommand(), func(context.Context) error {
		text := kingpin.BashCompletionTemplate
		if *shell == "zsh" {
			text = kingpin.ZshCompletionTemplate
		}
		script, err := template.New(*shell).Parse(text)
		if err != nil {
			return fmt.Errorf("completion script: %w", err)
		}
		return script.Execute(e.stdout, struct{ App struct{ Name string } }{struct{ Name string }{"waitgraph"}})
	}
}

func healthCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("health", "Ask a running daemon whether it is healthy; for container health checks.")
	url := c.Flag("web.url", "Address of the daemon.").Default("http://127.0.0.1:9797").String()
	return c.FullCommand(), func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, *url+"/-/healthy", nil)
		if err != nil {
			return usageError{fmt.Sprintf("waitgraph health: %v", err)}
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return fmt.Errorf("not healthy: %w", err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("not healthy: %s", resp.Status)
		}
		_, err = fmt.Fprintln(e.stdout, "healthy")
		return err
	}
}
