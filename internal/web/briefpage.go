package web

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/internal/brief"
	"github.com/waitgraph/waitgraph/internal/hostile"
	"github.com/waitgraph/waitgraph/model"
)

// briefData is the brief of two teams, or without one the pairs there are.
type briefData struct {
	frame
	Heading    string
	Filters    []filterField
	Since      string // as the form has it
	Team, With linkText
	Intro      [][]briefSpan
	Sections   []briefSection
	Markdown   string
	JSON, Text string
	Pairs      []briefPair
	MorePairs  int
}

type briefSection struct {
	Heading string
	Href    string // the list of the items it counts
	Intro   []briefSpan
	Entries []briefEntry
}

type briefEntry struct {
	Lead         []briefSpan
	Points, Said [][]briefSpan
}

// briefSpan is a piece of text; that of an item leads to its page and its tracker.
type briefSpan struct {
	Text, Href, URL string
	Strong          bool
}

// briefPair is two teams of which one waits on the other.
type briefPair struct {
	Brief, Names    string
	There, Back     int // items of the first that wait on the second, and the other way round
	ThereTo, BackTo string
	ThereBy, BackBy string
	oldest          time.Time
	Oldest          cell
}

func briefPage() uiPage {
	return uiPage{path: "brief", title: "Brief", file: "brief.html", data: briefOf, params: []param{
		{name: "team", kind: single, names: teamsOf, doc: "The team."},
		{name: "with", kind: single, names: teamsOf, doc: "The other team; all others unless given."},
		{name: "since", kind: free, max: 64, doc: "Since when to tell what was resolved."},
	}}
}

func briefOf(c *call, f frame) (any, error) {
	d := &briefData{frame: f, Heading: "Brief for two teams", Since: clip(c.query.text("since"), shownName)}
	for _, p := range briefPage().params[:2] {
		field := filterField{Name: p.name, Label: p.name, Options: []option{{"", "all others", c.query.text(p.name) == ""}}}
		if p.name == "team" {
			field.Options[0].Label = "choose"
		}
		for _, name := range teamsOf(c.Graph) {
			field.Options = append(field.Options, option{name, clip(name, shownName), name == c.query.text(p.name)})
		}
		d.Filters = append(d.Filters, field)
	}
	team, with := c.query.text("team"), c.query.text("with")
	if team == "" {
		if with != "" {
			return nil, refuse(invalid{Parameter: "team", Detail: "a brief needs the team it is of", Allowed: teamsOf(c.Graph)})
		}
		d.pairs(c)
		return d, nil
	}
	b, err := c.brief()
	if err != nil {
		return nil, err
	}
	doc := b.Document()
	d.Heading = "Brief: " + clip(doc.Title, shownTitle)
	d.Title = d.Heading
	d.Team = linkText{Href: pageLink("team", "name", team), Text: clip(team, shownName)}
	if with != "" {
		d.With = linkText{Href: pageLink("team", "name", with), Text: clip(with, shownName)}
	}
	asked := []string{"team", team}
	for _, name := range []string{"with", "since"} {
		if v := c.query.text(name); v != "" {
			asked = append(asked, name, v)
		}
	}
	d.JSON, d.Text = apiLink("brief", asked...), apiLink("brief", append(asked, "format", "markdown")...)
	hosts := c.digest().hosts()
	d.Intro = briefLines(doc.Intro, hosts)
	for _, s := range doc.Sections {
		section := briefSection{Heading: hostile.Clip(s.Heading, shownTitle), Intro: briefLine(s.Intro, hosts)}
		if s.Of != nil && s.Of.Items > 0 {
			section.Href = waitsLink(s.Of.Team, s.Of.OnTeam)
		}
		for _, e := range s.Entries {
			section.Entries = append(section.Entries, briefEntry{briefLine(e.Lead, hosts), briefLines(e.Points, hosts), briefLines(e.Said, hosts)})
		}
		d.Sections = append(d.Sections, section)
	}
	var text bytes.Buffer
	if err := b.Write(&text, "markdown"); err != nil {
		return nil, fmt.Errorf("brief: %w", err)
	}
	d.Markdown = text.String()
	return d, nil
}

// waitsLink lists the items of a team that wait directly on another; "" is any other team.
func waitsLink(team, on string) string {
	asked := []string{"cross_team", "true"}
	if team != "" {
		asked = append(asked, "team", team)
	}
	if on != "" {
		asked = append(asked, "on_team", on)
	}
	return pageLink("blocked", asked...)
}

func briefLines(lines []brief.Line, hosts []string) (out [][]briefSpan) {
	for _, l := range lines {
		out = append(out, briefLine(l, hosts))
	}
	return out
}

func briefLine(l brief.Line, hosts []string) (out []briefSpan) {
	for _, s := range l {
		shown := briefSpan{Text: s.Text, Strong: s.Strong}
		switch {
		case s.Behind != "":
			shown.Href = pageLink("blocked", "behind", s.Behind)
		case s.MoreOf != "":
			shown.Href = itemLink(s.MoreOf)
		case s.Item:
			shown = briefSpan{Text: clip(s.Text, shownName), Href: itemLink(s.Text), URL: tracked(s.URL, hosts)}
		}
		out = append(out, shown)
	}
	return out
}

// pairs are the teams that wait on each other, those with the most items first.
func (d *briefData) pairs(c *call) {
	const most = 40
	at := map[[2]string]int{}
	for i := range c.Matrix {
		m := &c.Matrix[i]
		key := [2]string{min(m.Team, m.OnTeam), max(m.Team, m.OnTeam)}
		k, known := at[key]
		if !known {
			k = len(d.Pairs)
			at[key] = k
			a, b := clip(key[0], shownName), clip(key[1], shownName)
			d.Pairs = append(d.Pairs, briefPair{
				Brief: pageLink("brief", "team", key[0], "with", key[1]), Names: a + " and " + b, ThereBy: a + " on " + b, BackBy: b + " on " + a,
			})
		}
		p := &d.Pairs[k]
		if to := pageLink("blocked", "team", m.Team, "on_team", m.OnTeam); m.Team == key[0] {
			p.There, p.ThereTo = m.Items, to
		} else {
			p.Back, p.BackTo = m.Items, to
		}
		if p.oldest.IsZero() || m.Oldest != 0 && m.Oldest.Time().Before(p.oldest) {
			p.oldest, p.Oldest = m.Oldest.Time(), cell{When: momentOf(m.Oldest.Time(), c.now()), AtBest: m.OldestKnown == model.Observed}
		}
	}
	slices.SortStableFunc(d.Pairs, func(a, b briefPair) int { return cmp.Compare(b.There+b.Back, a.There+a.Back) })
	d.MorePairs = max(0, len(d.Pairs)-most)
	d.Pairs = d.Pairs[:min(most, len(d.Pairs))]
}
