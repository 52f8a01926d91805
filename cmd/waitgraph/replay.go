package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/internal/brief"
	"github.com/waitgraph/waitgraph/internal/web"
	"github.com/waitgraph/waitgraph/model"
)

func replayCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("replay", "Reconcile saved facts under a configuration, as of the moment they were saved, and print a report, an explanation or a brief.")
	facts := c.Arg("facts", "A file or an address of facts, as GET /api/v1/facts gives them.").Required().String()
	file := configFlag(c)
	format := c.Flag("format", "Form of the report: text, json, prometheus or markdown; of a brief: markdown, html or json.").String()
	ref := c.Flag("explain", "Explain this item instead: tracker:key, or the key alone if only one tracker has it.").String()
	team := c.Flag("brief", "Print the brief of this team instead.").String()
	with := c.Flag("with", "With --brief: the other team; all others unless given.").String()
	return c.FullCommand(), func(ctx context.Context) error {
		p, err := newReplay(*format, *ref, *team, *with)
		if err != nil {
			return err
		}
		cfg, err := loadConfig(*file, e)
		if err != nil {
			return err
		}
		none := ""
		recording, err := source{facts: facts, storage: &none}.read(ctx)
		if err != nil {
			return err
		}
		return p.print(e.stdout, recording, cfg)
	}
}

// replay is what is to be printed of saved facts.
type replay struct{ format, ref, team, with string }

func newReplay(format, ref, team, with string) (replay, error) {
	p := replay{format, ref, team, with}
	allowed := reportFormats()
	switch {
	case ref != "" && team != "":
		return p, usageError{"waitgraph: --explain and --brief exclude each other"}
	case with != "" && team == "":
		return p, usageError{"waitgraph: --with needs --brief"}
	case ref != "":
		allowed = []string{"text"}
	case team != "":
		allowed = brief.Formats()
	}
	if format == "" {
		p.format = allowed[0]
	}
	if !slices.Contains(allowed, p.format) {
		return p, usageError{fmt.Sprintf("waitgraph: --format=%s: here it is one of %s", format, strings.Join(allowed, ", "))}
	}
	return p, nil
}

func (p replay) print(w io.Writer, r *model.Recording, cfg *config.Config) error {
	g := graphOf(r, cfg.Rules())
	switch {
	case p.ref != "":
		return explain(w, g, cfg.Timezone, p.ref, -1)
	case p.team != "":
		return writeBrief(w, g, p.team, p.with, "", p.format)
	}
	status := statusOf(r, g)
	return printReport(w, p.format, reported{
		graph: g, status: status, loc: cfg.Timezone, gatherer: exporterOf(r, g, cfg, cfg.Metrics.MaxSeries),
		lists: web.Options{
			Graph: func() *model.Graph { return g }, Facts: func() *model.Facts { return &r.Facts },
			Status: func() model.Status { return status }, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return r.AsOf },
		},
	})
}
