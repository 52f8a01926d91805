package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/waitgraph/waitgraph/internal/hostile"
	"github.com/waitgraph/waitgraph/model"
)

// summary is the report for people: what is stuck, who waits on whom, and what
// to close first. It is text, or Markdown.
type summary struct {
	g        *model.Graph
	status   model.Status
	markdown bool
	loc      *time.Location
}

// listed bounds the longer tables of the report.
const listed = 20

func (s summary) write(w io.Writer) error {
	var b strings.Builder
	g := s.g
	open, cross := 0, 0
	for i := range g.Items {
		if g.Items[i].State.Open() {
			open++
		}
	}
	for i := range g.Dependencies {
		if d := &g.Dependencies[i]; d.State == model.Active && d.CrossTeam {
			cross++
		}
	}
	s.heading(&b, 1, "Who waits for whom")
	fmt.Fprintf(&b, "As of %s: %s, %d open, %d blocked, %s between teams, %s, %s.\n",
		g.AsOf.In(s.loc).Format("2006-01-02 15:04 MST"), count(len(g.Items), "item"), open, len(g.Blocked), count(cross, "active dependency"),
		count(len(g.Cycles), "cycle"), count(len(g.Dangling), "dangling reference"))

	s.heading(&b, 2, "Trackers")
	rows := [][]string{}
	for _, t := range s.status.Trackers {
		state := "fresh"
		if !t.Fresh {
			state = "stale"
		}
		for _, scope := range t.Scopes {
			if !scope.Readable {
				state += fmt.Sprintf(", %s cannot be read: %s", scope.Name, scope.Error)
			}
		}
		rows = append(rows, []string{t.Name, t.Product, fmt.Sprint(t.Items), state})
	}
	s.table(&b, []string{"tracker", "product", "items", "state"}, rows)

	s.heading(&b, 2, "Waiting matrix")
	rows = rows[:0]
	for _, c := range g.Matrix {
		rows = append(rows, []string{c.Team, c.OnTeam, fmt.Sprint(c.Items), s.age(c.Oldest.Time(), c.OldestKnown)})
	}
	s.table(&b, []string{"team", "waits on", "items", "longest"}, rows)

	s.heading(&b, 2, "Root blockers")
	rows = rows[:0]
	for _, r := range g.Blockers[:min(listed, len(g.Blockers))] {
		n := &g.Items[r.Item]
		rows = append(rows, []string{n.Ref(), n.Team.String(), fmt.Sprint(r.Items), strings.Join(r.Teams, ", "), clip(n.Title)})
	}
	s.table(&b, []string{"close this", "of team", "frees", "of teams", "title"}, rows)

	s.heading(&b, 2, "Blocked longest")
	blocked := slices.Clone(g.Blocked)
	slices.SortStableFunc(blocked, func(a, b model.Blocked) int { return cmp.Compare(a.Since, b.Since) })
	rows = rows[:0]
	for _, x := range blocked[:min(listed, len(blocked))] {
		n := &g.Items[x.Item]
		rows = append(rows, []string{n.Ref(), n.Team.String(), s.age(x.Since.Time(), x.SinceKnown), strings.Join(s.causes(x), ", "), clip(n.Title)})
	}
	s.table(&b, []string{"item", "team", "since", "by", "title"}, rows)

	if len(g.Cycles) > 0 {
		s.heading(&b, 2, "Cycles")
		rows = rows[:0]
		for _, c := range g.Cycles {
			cut := ""
			if c.Cut >= 0 {
				d := g.Dependencies[c.Cut]
				cut = g.Name(d.From) + " -> " + g.Name(d.To)
			}
			var members []string
			for _, m := range c.Members {
				members = append(members, g.Ref(m))
			}
			rows = append(rows, []string{strings.Join(members, ", "), cut, c.Why})
		}
		s.table(&b, []string{"members", "cut", "because"}, rows)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// causes names what blocks an item directly.
func (s summary) causes(x model.Blocked) []string {
	var by []string
	for _, c := range x.Causes {
		switch {
		case c.Dependency >= 0:
			by = append(by, s.g.Ref(s.g.Dependencies[c.Dependency].From.Item()))
		case c.Finding != 0:
			by = append(by, fmt.Sprintf("%s %q (%s)", c.Signal.Kind, c.Signal.Value, strings.ReplaceAll(c.Finding.String(), "_", " ")))
		default:
			by = append(by, fmt.Sprintf("%s %q", c.Signal.Kind, c.Signal.Value))
		}
	}
	return by
}

func (s summary) heading(b *strings.Builder, level int, text string) {
	if s.markdown {
		fmt.Fprintf(b, "\n%s %s\n\n", strings.Repeat("#", level), text)
		return
	}
	fmt.Fprintf(b, "\n%s\n%s\n", text, strings.Repeat("-", len(text)))
}

func (s summary) table(b *strings.Builder, head []string, rows [][]string) {
	if len(rows) == 0 {
		b.WriteString("none\n")
		return
	}
	if s.markdown {
		line := func(cells []string) {
			for _, c := range cells {
				b.WriteString("| " + markdownCell(c) + " ")
			}
			b.WriteString("|\n")
		}
		line(head)
		b.WriteString(strings.Repeat("|---", len(head)) + "|\n")
		for _, r := range rows {
			line(r)
		}
		return
	}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, r := range append([][]string{head}, rows...) {
		_, _ = fmt.Fprintln(w, strings.Join(r, "\t"))
	}
	_ = w.Flush()
}

// age is a time in ISO form and how long ago it was. What was only observed may
// have been so for longer.
func (s summary) age(t time.Time, known model.Known) string {
	switch {
	case t.IsZero():
		return "unknown"
	case known == model.Observed:
		return fmt.Sprintf("%s (seen, at least %s)", t.In(s.loc).Format(time.DateOnly), ago(s.g.AsOf.Sub(t)))
	}
	return fmt.Sprintf("%s (%s)", t.In(s.loc).Format(time.DateOnly), ago(s.g.AsOf.Sub(t)))
}

// count is a number of things in words.
func count(n int, thing string) string {
	return fmt.Sprintf("%d %s", n, english.PluralWord(n, thing, ""))
}

func ago(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// clip keeps a tracker's text on one line, short and harmless.
func clip(text string) string { return hostile.Clip(text, 80) }

var markdownEscapes = strings.NewReplacer("|", "\\|", "<", "&lt;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[")

func markdownCell(s string) string { return markdownEscapes.Replace(s) }
