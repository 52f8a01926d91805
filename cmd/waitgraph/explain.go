package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/waitgraph/waitgraph/model"
)

func explainCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("explain", "Tell why an item is blocked or not: the chain to the root blockers, every claim, owners, and what closing it would free.")
	ref := c.Arg("ref", "The item: tracker:key, or the key alone if only one tracker has it.").Required().String()
	slip := c.Flag("slip", "Also tell which dates break if the item finishes so many days later than planned.").Default("-1").Int()
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
		return explain(e.stdout, graphOf(recording, cfg.Rules()), cfg.Timezone, *ref, *slip)
	}
}

// explain writes why an item is blocked or not, and what breaks if it slips by
// so many days, unless they are less than 0.
func explain(w io.Writer, g *model.Graph, zone *time.Location, ref string, slip int) error {
	i, ok := g.Find(ref)
	if !ok {
		return fmt.Errorf("no item %q: give tracker:key, for example %s", ref, g.Ref(0))
	}
	x := explanation{g, zone}
	text := x.of(i)
	if slip >= 0 {
		text += x.slip(i, slip)
	}
	_, err := io.WriteString(w, text)
	return err
}

// explanation tells about items of one graph.
type explanation struct {
	g   *model.Graph
	loc *time.Location
}

func (x explanation) of(i int32) string {
	var b strings.Builder
	g := x.g
	n := &g.Items[i]
	fmt.Fprintf(&b, "%s  %s\n", n.Ref(), clip(n.Title))
	fmt.Fprintf(&b, "  %s (%s), team %s", n.State, n.Status, n.Team)
	if len(n.Assignees) > 0 {
		var names []string
		for _, a := range n.Assignees {
			names = append(names, clip(a.Label()))
		}
		fmt.Fprintf(&b, ", assigned to %s", strings.Join(names, ", "))
	} else if n.Stub {
		b.WriteString(", known only from links to it")
	} else {
		b.WriteString(", assigned to nobody")
	}
	if !n.Due.IsZero() {
		fmt.Fprintf(&b, ", due %s", n.Due)
	}
	b.WriteString("\n")
	if n.URL != "" {
		fmt.Fprintf(&b, "  %s\n", clip(n.URL))
	}
	if n.Stale {
		fmt.Fprintf(&b, "  STALE: %s was not read completely within its limit; this is the last known state\n", n.ID.Tracker)
	}
	x.blocked(&b, i)
	x.dates(&b, i)
	x.disagreements(&b, i)
	x.claims(&b, i)
	x.frees(&b, i)
	x.stakeholders(&b, i)
	return b.String()
}

func (x explanation) blocked(b *strings.Builder, i int32) {
	g := x.g
	n := &g.Items[i]
	if n.Blocked < 0 {
		why := "no active dependency and no signal of its own"
		if !n.State.Open() {
			why = "it is " + n.State.String()
		}
		fmt.Fprintf(b, "\nNot blocked: %s.\n", why)
	} else {
		bl := &g.Blocked[n.Blocked]
		fmt.Fprintf(b, "\nBlocked since %s, %s (%s), because\n", x.when(bl.Since.Time()), ago(g.AsOf.Sub(bl.Since.Time())), bl.SinceKnown)
		for _, c := range bl.Causes {
			if c.Dependency < 0 {
				fmt.Fprintf(b, "  - %s %q is set since %s", c.Signal.Kind, c.Signal.Value, x.when(c.Since.Time()))
				if c.Finding != 0 {
					fmt.Fprintf(b, " (%s)", strings.ReplaceAll(c.Finding.String(), "_", " "))
				}
				b.WriteString("\n")
				continue
			}
			blocker := &g.Items[g.Dependencies[c.Dependency].From.Item()]
			fmt.Fprintf(b, "  - %s (%s, team %s) is open, since %s: %s\n", blocker.Ref(), blocker.State, blocker.Team, x.when(c.Since.Time()), clip(blocker.Title))
			if x.unacknowledged(c.Dependency) {
				last := blocker.LastAttended()
				fmt.Fprintf(b, "    unacknowledged: nobody has it, it is not planned, and nothing was done about it since; last %s (%s)\n", x.when(last.At.Time()), cmp.Or(last.What.String(), "updated"))
			}
		}
		if chain := g.Chain(i); len(chain) > 1 {
			fmt.Fprintf(b, "Longest chain: %s\n", x.refs(chain, " <- "))
		}
		if roots, _ := g.Roots(i); len(roots) > 0 {
			fmt.Fprintf(b, "Root blockers: %s\n", x.refs(roots, ", "))
		}
	}
	for _, di := range g.DependenciesOf(i) {
		d := &g.Dependencies[di]
		if d.Kind == model.Blocks && d.To.Item() == i && d.State != model.Active && d.State != model.Moot {
			fmt.Fprintf(b, "Not counted: %s blocks it is %s\n", x.end(d.From), d.State)
		}
	}
}

func (x explanation) unacknowledged(dependency int32) bool {
	return slices.ContainsFunc(x.g.Findings, func(f model.Finding) bool {
		return f.Kind == model.FindingUnacknowledged && f.Dependency == dependency
	})
}

func (x explanation) claims(b *strings.Builder, i int32) {
	b.WriteString("\nClaims\n")
	none := true
	for _, di := range x.g.DependenciesOf(i) {
		d := &x.g.Dependencies[di]
		if d.Kind == model.Relates {
			continue
		}
		for _, ci := range x.g.EvidenceOf(d) {
			c := x.g.Claim(ci)
			none = false
			at, known := c.At, model.FromHistory
			if at.IsZero() {
				at, known = c.FirstSeen, model.Observed
			}
			fmt.Fprintf(b, "  - %s %s %s: says %s by %s", x.end(d.From), d.Kind, x.end(d.To), x.g.Ref(c.ClaimedBy), strings.ReplaceAll(c.Origin.String(), "_", " "))
			if c.Where != "" {
				fmt.Fprintf(b, ", %s", clip(c.Where))
			}
			if c.Author != "" {
				fmt.Fprintf(b, ", %s", clip(c.Author))
			}
			fmt.Fprintf(b, ", %s (%s)\n", x.when(at.Time()), known)
		}
	}
	if none {
		b.WriteString("  none\n")
	}
}

func (x explanation) frees(b *strings.Builder, i int32) {
	r := x.g.Radius(i)
	if r.Items == 0 {
		b.WriteString("\nNothing waits on it.\n")
		return
	}
	fmt.Fprintf(b, "\nWaiting on it, directly or not: %d items of %s", r.Items, strings.Join(r.Teams, ", "))
	if r.Points > 0 {
		fmt.Fprintf(b, ", %g points", r.Points)
	}
	if !r.EarliestDue.IsZero() {
		fmt.Fprintf(b, ", the earliest due %s", r.EarliestDue)
	}
	fmt.Fprintf(b, "\n  %s\n", x.refs(r.Waiting[:min(len(r.Waiting), listed)], ", "))
	if more := len(r.Waiting) - listed; more > 0 {
		fmt.Fprintf(b, "  and %d more\n", more)
	}
	x.closing(b, i)
}

func (x explanation) refs(items []int32, sep string) string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = x.g.Ref(item)
	}
	return strings.Join(names, sep)
}

func (x explanation) end(e model.End) string {
	if e.Resolved() {
		return x.g.Name(e)
	}
	return fmt.Sprintf("%s (%s)", x.g.Name(e), x.g.Reason(e))
}

func (x explanation) when(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.In(x.loc).Format("2006-01-02 15:04 MST")
}
