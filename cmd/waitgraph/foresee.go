package main

import (
	"fmt"
	"strings"
)

// dates tells by when an item is needed and when it can be done.
func (x explanation) dates(b *strings.Builder, i int32) {
	g := x.g
	if !g.Items[i].State.Open() {
		return
	}
	if w := g.WantedBy(i); w >= 0 {
		fmt.Fprintf(b, "\nNeeded by %s, the date of %s\n", g.Items[w].Date(), g.Ref(w))
	}
	chain := g.Critical(i)
	if end := g.LatestDate(chain); end >= 0 && len(chain) > 1 {
		fmt.Fprintf(b, "Chain that ends latest, on %s by %s: %s\n", g.Items[end].Date(), g.Ref(end), x.refs(chain, " <- "))
	}
}

// disagreements are the conflicts of the item's dependencies, and the levels
// of escalation they are at.
func (x explanation) disagreements(b *strings.Builder, i int32) {
	g := x.g
	first := true
	for _, di := range g.DependenciesOf(i) {
		for _, c := range g.ConflictsOf(di) {
			if first {
				b.WriteString("\nConflicts\n")
				first = false
			}
			blocker, blocked := g.ConflictValues(&c)
			team, onTeam := g.ConflictTeams(&c)
			fmt.Fprintf(b, "  - %s: %s (%s) says %s, ", strings.ReplaceAll(c.Kind.String(), "_", " "), g.Ref(c.Blocker), onTeam, said(blocker))
			if c.NeededByFrom >= 0 && c.NeededByFrom != c.Blocked {
				fmt.Fprintf(b, "%s (%s) is needed by %s for %s", g.Ref(c.Blocked), team, blocked, g.Ref(c.NeededByFrom))
			} else {
				fmt.Fprintf(b, "%s (%s) says %s", g.Ref(c.Blocked), team, said(blocked))
			}
			if c.SlackDays != 0 {
				fmt.Fprintf(b, ": %d days too late", -c.SlackDays)
			}
			b.WriteString("\n")
		}
	}
	first = true
	for _, di := range g.DependenciesOf(i) {
		e := g.EscalationOf(di)
		if e == nil {
			continue
		}
		if first {
			b.WriteString("\nEscalated\n")
			first = false
		}
		d := &g.Dependencies[di]
		fmt.Fprintf(b, "  - %s blocks %s: %s since %s\n", x.end(d.From), x.end(d.To), g.LevelName(e), x.when(e.Reached[e.Level].Time()))
	}
}

func said(value string) string {
	if value == "" {
		return "nothing"
	}
	return clip(value)
}

// closing tells what closing the item frees at once.
func (x explanation) closing(b *strings.Builder, i int32) {
	c := x.g.Close(i)
	if len(c.Freed) == 0 {
		b.WriteString("Closing it frees none of them at once: each waits on something else too.\n")
		return
	}
	fmt.Fprintf(b, "Closing it frees at once, of %s: %s\n", strings.Join(x.g.TeamsOf(c.Freed), ", "), x.refs(c.Freed[:min(len(c.Freed), listed)], ", "))
	if more := len(c.Freed) - listed; more > 0 {
		fmt.Fprintf(b, "  and %d more\n", more)
	}
}

// stakeholders are whom it concerns, team by team.
func (x explanation) stakeholders(b *strings.Builder, i int32) {
	team := ""
	for n, s := range x.g.StakeholdersAround(i) {
		switch {
		case n == 0:
			b.WriteString("\nTalk to")
			fallthrough
		case s.Team != team:
			team = s.Team
			fmt.Fprintf(b, "\n  %s: ", clip(team))
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%s %s", s.Role, clip(s.Name))
	}
	if team != "" {
		b.WriteString("\n")
	}
}

// slip tells which dates break if an item finishes later than planned.
func (x explanation) slip(i int32, days int) string {
	var b strings.Builder
	g := x.g
	s := g.Slip(i, days)
	if s.To.IsZero() {
		fmt.Fprintf(&b, "\nIt cannot slip: it is %s.\n", g.Items[i].State)
		return b.String()
	}
	planned := "as planned"
	if s.Assumed {
		planned = "as of now, for it has no date to come"
	}
	fmt.Fprintf(&b, "\nIf it finishes %s later than %s (%s), on %s", count(days, "day"), x.when(s.From), planned, x.when(s.To))
	if len(s.Breaks) == 0 {
		b.WriteString(", no date breaks\n")
		return b.String()
	}
	b.WriteString(", these dates break\n")
	for _, k := range s.Breaks {
		already := ""
		if k.Already {
			already = ", without any slip too"
		}
		fmt.Fprintf(&b, "  - %s of %s (%s), by %s%s\n", k.Date, g.Ref(k.Item), g.Items[k.Item].Team, count(k.Days, "day"), already)
	}
	return b.String()
}
