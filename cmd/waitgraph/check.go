package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
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
	facts := c.Flag("facts", "Also tell what it makes of these facts, a file or an address such as http://127.0.0.1:9797/api/v1/facts: series, and what belongs to nobody.").String()
	storage := c.Flag("storage", "Also tell what it makes of the facts recorded here.").String()
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
		if *facts != "" || *storage != "" {
			recording, err := source{facts: facts, storage: storage}.read(ctx)
			if err != nil {
				return err
			}
			foretell(e.stdout, recording, cfg)
		} else {
			none := &model.Recording{AsOf: time.Now()}
			least := seriesOf(none, graphOf(none, cfg.Rules()), cfg)
			fmt.Fprintf(e.stdout, "series: at least %d, of at most %d; how many more depends on the items: give --facts or --storage\n", least, cfg.Metrics.MaxSeries)
		}
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

// foretell prints what a configuration makes of what was recorded: how many
// series, and what it leaves without a meaning or an owner.
func foretell(w io.Writer, r *model.Recording, cfg *config.Config) {
	g := graphOf(r, cfg.Rules())
	fmt.Fprintf(w, "facts as of %s: %s, %d of them blocked\n", r.AsOf.In(cfg.Timezone).Format("2006-01-02 15:04 MST"), count(len(g.Items), "item"), len(g.Blocked))
	fmt.Fprintf(w, "series: %d, of at most %d\n", seriesOf(r, g, cfg), cfg.Metrics.MaxSeries)
	for _, u := range g.Unmapped {
		fmt.Fprintf(w, "unmapped: link phrase %q of %s is read as relates in %s: map it under links\n", clip(u.Phrase), u.Tracker, count(u.Claims, "claim"))
	}
	priorities, owned := map[string]int{}, map[string]int{}
	for i := range g.Items {
		n := &g.Items[i]
		if !n.State.Open() {
			continue
		}
		if !n.Priority.IsZero() && n.Rank == 0 {
			priorities[n.Priority.String()]++
		}
		if n.Team.String() == model.Unowned {
			owned[n.ID.Tracker.String()+":"+n.Project.String()]++
		}
	}
	tally(w, priorities, func(word string, items string) {
		fmt.Fprintf(w, "unmapped: priority %q of %s has no rank: name it under priorities\n", clip(word), items)
	})
	tally(w, owned, func(project string, items string) {
		fmt.Fprintf(w, "unowned: %s of %s: no rule of a team selects them\n", items, clip(project))
	})
	for i := range g.Unmatched[:min(listed, len(g.Unmatched))] {
		u := &g.Unmatched[i]
		fmt.Fprintf(w, "unmatched: account %s of %s (%s) has %s and belongs to no member\n", clip(u.ID), u.Tracker, clip(u.Name), count(len(u.Items), "open item"))
	}
	if more := len(g.Unmatched) - listed; more > 0 {
		fmt.Fprintf(w, "unmatched: and %s more\n", count(more, "account"))
	}
}

// tally tells of numbers by name, the largest first, at most as many as reports list.
func tally(w io.Writer, items map[string]int, say func(name, items string)) {
	names := slices.SortedFunc(maps.Keys(items), func(a, b string) int { return cmp.Or(cmp.Compare(items[b], items[a]), cmp.Compare(a, b)) })
	for _, name := range names[:min(listed, len(names))] {
		say(name, count(items[name], "open item"))
	}
	if more := len(names) - listed; more > 0 {
		fmt.Fprintf(w, "and %d more of this kind\n", more)
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
			say("unmapped: priority %q has no rank of its own and takes one by the site's order: name it under priorities", word)
		}
	}
	return bad
}
