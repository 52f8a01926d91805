package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/model"
)

// liveTimeout bounds how long check-config --live waits for one tracker.
const liveTimeout = time.Minute

func checkCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("check-config", "Check a configuration file; every problem is printed as file:line:column: message.")
	file := c.Arg("file", "The configuration file.").Default("waitgraph.yml").String()
	live := c.Flag("live", "Also ask the trackers: address, credentials, scopes, and what the configuration leaves unmapped.").Bool()
	schema := c.Flag("schema", "Print the JSON Schema of the configuration file and exit.").Bool()
	return c.FullCommand(), func(ctx context.Context) error {
		if *schema {
			b, err := config.Schema(builtin.Registry())
			if err != nil {
				return err
			}
			_, err = e.stdout.Write(b)
			return err
		}
		cfg, err := loadConfig(*file, e)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "%s: %s, %s, %s: ok\n", *file, count(len(cfg.Trackers), "tracker"), count(len(cfg.Teams), "team"), count(len(cfg.Programs), "program"))
		if !*live {
			return nil
		}
		bad := 0
		for _, t := range cfg.Trackers {
			ctx, cancel := context.WithTimeout(ctx, liveTimeout)
			bad += checkLive(ctx, t, cfg.Rules().Priorities, secretReader(cfg, e), e)
			cancel()
		}
		if bad > 0 {
			return fmt.Errorf("%s found live", count(bad, "problem"))
		}
		return nil
	}
}

// checkLive asks one tracker and prints what it says. It returns how many
// things are wrong.
func checkLive(ctx context.Context, t config.Tracker, ranks []model.PriorityRank, secret func(connectors.SecretRef) (connectors.Secret, error), e env) int {
	say := func(format string, args ...any) { fmt.Fprintf(e.stdout, "tracker "+t.Name+": "+format+"\n", args...) }
	var ends time.Time
	conn, err := t.Config.New(connectors.Options{
		Name: t.Name, Logger: slog.New(slog.DiscardHandler), UserAgent: userAgent(), Secret: secret,
		Expires: func(at time.Time) { ends = at },
	})
	if err != nil {
		say("%v", err)
		return 1
	}
	checker, ok := conn.(connectors.Checker)
	if !ok {
		say("cannot be checked live")
		return 0
	}
	site, unmapped, err := checker.Check(ctx)
	if site.Product != "" {
		say("%s", site.Product)
	}
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %s: %w", liveTimeout, err)
		}
		say("%v", err)
		return 1
	}
	if !ends.IsZero() {
		say("the credential ends on %s", ends.UTC().Format("2006-01-02 15:04 UTC"))
	}
	bad := 0
	for _, s := range site.Scopes {
		if s.Readable {
			say("%s can be read", s.Name)
			continue
		}
		say("%s cannot be read: %s", s.Name, s.Error)
		bad++
	}
	for _, n := range site.Notes {
		say("note: %s", n)
	}
	for _, u := range unmapped {
		say("unmapped: %s", u)
	}
	for _, word := range site.Priorities {
		known := func(w string) bool { return strings.EqualFold(w, word) }
		if !slices.ContainsFunc(ranks, func(r model.PriorityRank) bool { return known(r.Name) || slices.ContainsFunc(r.Words, known) }) {
			say("unmapped: priority %q has no rank: name it under priorities", word)
		}
	}
	return bad
}
