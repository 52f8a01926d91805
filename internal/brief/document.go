package brief

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/waitgraph/waitgraph/internal/hostile"
	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// Document is a brief as people read it: what Markdown and HTML are written from.
type Document struct {
	Title    string
	Intro    []Line
	Sections []Section
}

// Section is one part of it.
type Section struct {
	Heading string
	// Of is the side whose waits the section lists, nil where it lists something else.
	Of      *Side
	Intro   Line
	Entries []Entry
}

// Entry is one point on the agenda, with what is to know about it.
type Entry struct {
	Lead   Line
	Points []Line
	// Said is who says so: what comes last and can be left out for want of room.
	Said []Line
}

// Line is one line of text.
type Line []Span

// Span is a piece of text: plain, strong, or the name of an item, with its address if
// it has one. A number may tell of which item it is: how many wait on it, or more of
// what its page tells.
type Span struct {
	Text, URL      string
	Strong         bool
	Item           bool
	Behind, MoreOf string // refs
}

func plain(format string, args ...any) Span { return Span{Text: fmt.Sprintf(format, args...)} }

// Document is the brief as people read it. Its texts are hostile as the brief's are.
func (b *Brief) Document() Document {
	d := Document{Title: named(b.Team) + " and " + named(b.With)}
	d.Intro = append(d.Intro, Line{plain("As of %s. What ended is told since %s.", b.moment(b.AsOf), b.day(b.Since))})
	if b.Stale {
		d.Intro = append(d.Intro, Line{{Text: "Stale:", Strong: true}, plain(" a tracker was not read whole recently; this is what was known last.")})
	}
	for i := range b.Teams {
		d.Intro = append(d.Intro, b.Teams[i].line())
	}
	for i := range b.Sides {
		d.Sections = append(d.Sections, b.side(&b.Sides[i])...)
	}
	if len(b.Mirrors) > 0 {
		s := Section{Heading: "The same work in two states"}
		for i := range b.Mirrors {
			m := &b.Mirrors[i]
			s.Entries = append(s.Entries, Entry{Lead: Line{plain("%s (%s) is %s, its mirror %s (%s) is %s",
				m.Blocker.Ref, m.Blocker.Team, m.BlockerValue, m.Blocked.Ref, m.Blocked.Team, m.BlockedValue)}})
		}
		d.Sections = append(d.Sections, s)
	}
	return d
}

// named is what an empty team is called in the titles.
func named(team string) string {
	if team == "" {
		return "all others"
	}
	return team
}

func (t *Team) line() Line {
	var who []string
	for _, p := range []struct{ role, name string }{{"lead", t.Lead}, {"manager", t.Manager}, {"channel", t.Channel}} {
		if p.name != "" {
			who = append(who, p.role+" "+p.name)
		}
	}
	if len(who) == 0 {
		who = []string{"the configuration names nobody to talk to"}
	}
	return Line{{Text: t.Team, Strong: true}, plain(": %s", strings.Join(who, ", "))}
}

func (b *Brief) side(s *Side) []Section {
	team, on := named(s.Team), named(s.OnTeam)
	waits := Section{Of: s, Heading: fmt.Sprintf("%s waits on %s: %s", team, on, count(s.Items, "item"))}
	if s.Team == "" {
		waits.Heading = fmt.Sprintf("All others wait on %s: %s", on, count(s.Items, "item"))
	}
	switch {
	case s.WaitedSeconds > 0:
		waits.Intro = Line{plain("Waited since %s: %s in all.", b.day(b.Since), days(s.WaitedSeconds))}
	case len(s.Waits) == 0:
		waits.Intro = Line{plain("Nothing, and nothing did since %s.", b.day(b.Since))}
	}
	for i := range s.Waits {
		waits.Entries = append(waits.Entries, b.wait(&s.Waits[i]))
	}
	out := []Section{waits}
	if len(s.Abandoned) > 0 {
		o := Section{Heading: fmt.Sprintf("To be decided: what %s waited on was dropped by %s", team, on)}
		for i := range s.Abandoned {
			w := &s.Abandoned[i]
			lead := w.Blocked.line()
			lead = append(append(lead, plain(" waited on ")), w.Blocker.line()...)
			o.Entries = append(o.Entries, Entry{Lead: lead, Points: []Line{b.standing(&w.Blocked), b.standing(&w.Blocker)}})
		}
		out = append(out, o)
	}
	if len(s.Resolved) > 0 {
		o := Section{Heading: fmt.Sprintf("Resolved for %s by %s since %s", team, on, b.day(b.Since))}
		for i := range s.Resolved {
			o.Entries = append(o.Entries, b.ended(&s.Resolved[i]))
		}
		out = append(out, o)
	}
	return out
}

// titled is how much of a title is shown.
const titled = 100

// line is the item's name, leading to it, and its title.
func (it *Item) line() Line {
	l := Line{{Text: it.Ref, URL: it.URL, Item: true}}
	if title := hostile.Clip(it.Title, titled); title != "" {
		l = append(l, plain(" “%s”", title))
	}
	return l
}

func (b *Brief) wait(w *Wait) Entry {
	lead := append(append(w.Blocked.line(), plain(" waits on ")), w.Blocker.line()...)
	e := Entry{Lead: lead}
	point := func(spans ...Span) { e.Points = append(e.Points, spans) }
	age := ""
	if w.AgeDays != nil {
		age = ", " + count(*w.AgeDays, "day")
	}
	known := "from the tracker's history"
	if w.SinceKnown == model.Observed.String() {
		known = "at least: first observed then"
	}
	point(plain("Since %s%s (%s)", b.day(w.Since), age, known))
	if w.Escalation != "" {
		point(Span{Text: "Escalated to " + w.Escalation, Strong: true}, plain(" since %s", b.day(w.Escalated)))
	}
	if !w.NeededBy.IsZero() {
		e.Points = append(e.Points, b.needed(w))
	}
	for _, c := range w.Conflicts {
		if text := c.text(); text != "" {
			point(Span{Text: "Disagreement:", Strong: true}, plain(" %s", text))
		}
	}
	e.Points = append(e.Points, b.standing(&w.Blocker), b.standing(&w.Blocked))
	if len(w.Behind) > 0 {
		point(append(Line{plain("%s itself waits on ", w.Blocker.Ref)}, ends(w.Behind, w.Blocker.Ref)...)...)
	}
	frees := "frees it"
	if !w.Frees {
		frees = "does not free it: something else holds it up too"
	}
	point(plain("Closing %s %s. In all ", w.Blocker.Ref, frees), Span{Text: count(w.Waiting, "item"), Behind: w.Blocker.Ref}, plain(" %s on it, directly or not", verb(w.Waiting)))
	for i := range w.Claims {
		c := &w.Claims[i]
		at, how := c.At, ""
		if at.IsZero() {
			at, how = c.FirstSeen, " or before"
		}
		by := ""
		if c.Author != "" {
			by = " by " + hostile.Clip(c.Author, titled)
		}
		e.Said = append(e.Said, Line{plain("Said in %s, %s%s, %s%s", c.ClaimedBy, strings.ReplaceAll(c.Origin, "_", " "), by, b.day(at), how)})
	}
	return e
}

// needed tells by when a blocker is needed and whether that can be kept.
func (b *Brief) needed(w *Wait) Line {
	l := Line{plain("Needed by %s, the date of %s; ", w.NeededBy, w.NeededByFrom)}
	switch {
	case w.SlackDays == nil:
		return append(l, plain("%s has no date", w.Blocker.Ref))
	case *w.SlackDays < 0:
		return append(l, plain("planned for %s: ", w.Blocker.Date), Span{Text: count(-*w.SlackDays, "day") + " too late", Strong: true})
	}
	return append(l, plain("planned for %s: %s of slack", w.Blocker.Date, count(*w.SlackDays, "day")))
}

// standing is how an item stands.
func (b *Brief) standing(it *Item) Line {
	what := it.State
	if status := hostile.Clip(it.Status, titled); status != "" {
		what += " (" + status + ")"
	}
	who := "assigned to nobody"
	if it.Stub {
		who = "known only from links to it"
	}
	if len(it.Assignees) > 0 {
		names := make([]string, len(it.Assignees))
		for i, name := range it.Assignees {
			names[i] = hostile.Clip(name, titled)
		}
		who = "assigned to " + strings.Join(names, ", ")
	}
	text := fmt.Sprintf("%s (%s): %s, %s", it.Ref, it.Team, what, who)
	if p := hostile.Clip(it.Priority, titled); p != "" {
		text += ", priority " + p
	}
	if !it.Attended.IsZero() {
		text += ", last changed " + b.day(it.Attended)
		if it.What != "" && it.What != model.AttendedOther.String() {
			text += " (" + it.What + ")"
		}
	}
	l := Line{plain("%s", text)}
	if it.Stale {
		l = append(l, Span{Text: ", stale", Strong: true})
	}
	return l
}

// text tells what is not told otherwise: dates are told by when it is needed.
func (c *Conflict) text() string {
	blocker, blocked := hostile.Clip(c.BlockerValue, titled), hostile.Clip(c.BlockedValue, titled)
	switch c.Kind {
	case model.ConflictPriority.String():
		return fmt.Sprintf("priority %s waits on priority %s", blocked, blocker)
	case model.ConflictRelease.String():
		return fmt.Sprintf("%s is planned into %s, %s into %s", c.Blocked.Ref, blocked, c.Blocker.Ref, blocker)
	case model.ConflictDirection.String():
		return "each says it blocks the other"
	}
	return ""
}

var outcomes = map[string]string{
	model.Satisfied.String(): "done", model.Abandoned.String(): "dropped: somebody must decide", model.Moot.String(): "the waiting item was closed",
	model.Active.String(): "but it waits again", Withdrawn: "withdrawn", Gone: "one of them is gone",
}

func (b *Brief) ended(r *Resolved) Entry {
	lead := append(append(r.Blocked.line(), plain(" waited on ")), r.Blocker.line()...)
	return Entry{Lead: append(lead, plain(": ended on %s after %s, %s", b.day(r.To), days(r.To.Sub(r.From.Time).Seconds()), outcomes[r.Outcome]))}
}

// ends names the first of what an item waits on.
func ends(list []End, of string) Line {
	const most = 5
	var names []string
	for _, e := range list[:min(most, len(list))] {
		names = append(names, fmt.Sprintf("%s (%s)", e.Ref, e.Team))
	}
	l := Line{plain("%s", strings.Join(names, ", "))}
	if more := len(list) - most; more > 0 {
		l = append(l, plain(", "), Span{Text: fmt.Sprintf("%d more", more), MoreOf: of})
	}
	return l
}

func count(n int, what string) string {
	return fmt.Sprintf("%d %s", n, english.PluralWord(n, what, ""))
}

func verb(n int) string {
	if n == 1 {
		return "waits"
	}
	return "wait"
}

func days(seconds float64) string {
	if hours := int(seconds / 3600); hours < 48 {
		return count(hours, "hour")
	}
	return count(int(seconds/(24*3600)), "day")
}

func (b *Brief) moment(t wire.Time) string { return t.In(b.zone).Format("2006-01-02 15:04 MST") }

func (b *Brief) day(t wire.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.In(b.zone).Format(time.DateOnly)
}
