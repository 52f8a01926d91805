package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/internal/preview"
)

func diffCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("diff", "Tell what a change of the configuration does to the recorded facts: teams, items that change team or become blocked or free, dependencies, findings, series.")
	was := c.Arg("old", "The configuration file as it was.").Required().String()
	is := c.Arg("new", "The configuration file as it is to be.").Required().String()
	format := c.Flag("format", "Form of the answer.").Default("text").Enum("text", "json")
	all := c.Flag("all", "List everything, not only the first of each.").Bool()
	from := sourceFlags(c)
	return c.FullCommand(), func(ctx context.Context) error {
		before, err := loadConfig(*was, e)
		if err != nil {
			return err
		}
		after, err := loadConfig(*is, e)
		if err != nil {
			return err
		}
		recording, err := from.read(ctx)
		if err != nil {
			return err
		}
		old, now := graphOf(recording, before.Rules()), graphOf(recording, after.Rules())
		d := difference{
			Diff:   preview.Compare(old, now),
			Series: seriesChange{seriesOf(recording, old, before), seriesOf(recording, now, after), after.Metrics.MaxSeries},
			Unread: append([]string{}, config.ReadOtherwise(before, after)...),
		}
		if *format == "json" {
			enc := json.NewEncoder(e.stdout)
			enc.SetIndent("", "  ")
			return enc.Encode(d)
		}
		most := listed
		if *all {
			most = int(^uint(0) >> 1)
		}
		return d.write(e.stdout, after.Timezone, most)
	}
}

// difference is what changes, and what facts cannot tell.
type difference struct {
	*preview.Diff
	Series seriesChange `json:"series"`
	// Unread are changes that make trackers be read otherwise.
	Unread []string `json:"unread"`
}

type seriesChange struct {
	Was  int `json:"was"`
	Is   int `json:"is"`
	Most int `json:"most"`
}

func (d difference) write(w io.Writer, zone *time.Location, most int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Facts as of %s.\n", d.AsOf.In(zone).Format("2006-01-02 15:04 MST"))
	same := true
	list := func(heading string, lines []string) {
		if len(lines) == 0 {
			return
		}
		same = false
		fmt.Fprintf(&b, "\n%s: %d\n", heading, len(lines))
		for _, l := range lines[:min(most, len(lines))] {
			fmt.Fprintf(&b, "  %s\n", clip(l))
		}
		if more := len(lines) - most; more > 0 {
			fmt.Fprintf(&b, "  and %d more\n", more)
		}
	}
	list("Teams gained", d.Teams.Gained)
	list("Teams lost", d.Teams.Lost)
	list("Trackers gained, nothing of them is recorded", d.Trackers.Gained)
	list("Trackers lost", d.Trackers.Lost)
	list("Items gained", d.Items.Gained)
	list("Items lost", d.Items.Lost)
	list("Items that change team", changed(d.Moved))
	list("Items that become blocked", d.Blocked.Gained)
	list("Items that are no longer blocked", d.Blocked.Lost)
	list("Dependencies that change", changed(d.Dependencies))
	list("Cells of the waiting matrix that change", counted(d.Matrix))
	list("Escalations that change", changed(d.Escalations))
	list("Conflicts gained", d.Conflicts.Gained)
	list("Conflicts lost", d.Conflicts.Lost)
	list("Findings gained", d.Findings.Gained)
	list("Findings lost", d.Findings.Lost)
	list("Programs whose items change", counted(d.Programs))
	if same {
		b.WriteString("\nNothing of what is recorded changes.\n")
	}
	fmt.Fprintf(&b, "\nSeries: %d, were %d; at most %d are published\n", d.Series.Is, d.Series.Was, d.Series.Most)
	if len(d.Unread) > 0 {
		b.WriteString("\nNot shown, since it changes what is read from the trackers and not what recorded facts mean:\n")
		for _, key := range d.Unread {
			fmt.Fprintf(&b, "  %s\n", key)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func changed(list []preview.Change) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = fmt.Sprintf("%s: %s -> %s", c.Name, orNone(c.Was), orNone(c.Is))
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func counted(list []preview.Count) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = fmt.Sprintf("%s: %d -> %d", c.Name, c.Was, c.Is)
	}
	return out
}
