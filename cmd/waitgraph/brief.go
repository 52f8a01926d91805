package main

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kingpin/v2"

	"github.com/waitgraph/waitgraph/internal/brief"
	"github.com/waitgraph/waitgraph/model"
)

func briefCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("brief", "Print the facts two teams need at the table: what each waits on from the other, since when, what disagrees, how far it is escalated, and what was resolved.")
	team := c.Arg("team", "The team.").Required().String()
	with := c.Arg("with", "The other team; all others unless given.").String()
	since := c.Flag("since", "Since when to tell what was resolved: a day such as 2026-03-31, or a time; 30 days back unless given.").String()
	format := c.Flag("format", "Form of the brief.").Default("markdown").Enum(brief.Formats()...)
	file := configFlag(c)
	from := sourceFlags(c)
	return c.FullCommand(), func(ctx context.Context) error {
		cfg, err := loadConfig(*file, e)
		if err != nil {
			return err
		}
		recording, err := from.read(ctx)
		if err != nil {
			return err
		}
		return writeBrief(e.stdout, graphOf(recording, cfg.Rules()), *team, *with, *since, *format)
	}
}

// writeBrief writes the brief of a team and another, or all others. The mistakes
// are the user's.
func writeBrief(w io.Writer, g *model.Graph, team, with, since, format string) error {
	at, err := brief.Since(since, g.AsOf, g.Location)
	if err != nil {
		return usageError{fmt.Sprintf("waitgraph: --since=%s: %v", since, err)}
	}
	b, err := brief.New(g, team, with, at)
	if err != nil {
		return usageError{fmt.Sprintf("waitgraph: %v", err)}
	}
	return b.Write(w, format)
}
