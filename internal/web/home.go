package web

import (
	"fmt"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

const (
	homeRoots   = 10
	homeWaiting = 8
)

// homeData is the overview.
type homeData struct {
	frame
	Numbers  []keyNumber
	Matrix   *heatMap
	Blockers [][]cell
	Roots    int
	Waiting  []waitLine
	Trend    *trendChart
}

// keyNumber is a figure with the list it counts.
type keyNumber struct {
	Label, Value, Note, Href string
	Alert                    bool
}

type waitLine struct {
	Item cell
	Team cell
	When cell
	On   cell
}

func (s *server) homePage() uiPage {
	return uiPage{
		path: "", title: "Overview", file: "home.html", data: homeOf,
		params: []param{
			{name: "matrix", kind: choice, values: []string{"names"}, doc: "Arrange the matrix by name."},
			{name: "by_column", kind: free, max: 200, doc: "Arrange the matrix's rows by this column."},
			{name: "by_row", kind: free, max: 200, doc: "Arrange the matrix's columns by this row."},
		},
	}
}

func homeOf(c *call, f frame) (any, error) {
	h := &homeData{frame: f, Numbers: c.numbers(), Roots: len(c.Blockers)}
	if f.Syncing {
		for i := range h.Numbers {
			h.Numbers[i].Note = strings.TrimPrefix(h.Numbers[i].Note+"; so far", "; ")
		}
	}
	h.Matrix = heat(c.Matrix, arrangement{c.query.text("matrix") != "", c.query.text("by_column"), c.query.text("by_row")}, c.now())
	for i := range c.Blockers[:min(homeRoots, len(c.Blockers))] {
		h.Blockers = append(h.Blockers, c.blockerCells(&c.Blockers[i]))
	}
	longest := c.digest().longest()
	for _, i := range longest[:min(homeWaiting, len(longest))] {
		h.Waiting = append(h.Waiting, c.waitLine(&c.Blocked[i]))
	}
	h.Trend = chart(c.digest().trend())
	return h, nil
}

// numbers are the key figures.
func (c *call) numbers() []keyNumber {
	t := c.digest().totals()
	oldest := keyNumber{Label: "oldest wait", Value: "none", Href: "blocked"}
	if longest := c.digest().longest(); len(longest) > 0 && !c.Blocked[longest[0]].Since.IsZero() {
		b := &c.Blocked[longest[0]]
		ref := c.Ref(b.Item)
		oldest.Value, oldest.Note, oldest.Href = span(c.now().Sub(b.Since.Time())), clip(ref, shownName), itemLink(ref)
	}
	late := 0
	for i := range c.Conflicts {
		if c.Conflicts[i].Kind == model.ConflictDueDate {
			late++
		}
	}
	risk := keyNumber{Label: "at risk by date", Value: group(late), Alert: late > 0}
	if c.server.has("conflicts") {
		risk.Href = pageLink("conflicts", "kind", model.ConflictDueDate.String())
	}
	return []keyNumber{
		{Label: "blocked now", Value: group(t.blocked.works), Note: t.blocked.note(), Href: "blocked", Alert: len(c.Blocked) > 0},
		{Label: "waits between teams", Value: group(t.waits), Href: pageLink("dependencies", "kind", "blocks", "state", "active", "cross_team", "true")},
		oldest,
		risk,
		{Label: "cycles", Value: group(len(c.Cycles)), Href: "cycles", Alert: len(c.Cycles) > 0},
		{Label: "dangling references", Value: group(len(c.Dangling)), Href: "dangling"},
		{Label: "open items", Value: group(t.open.works), Note: t.open.note(), Href: openItems()},
	}
}

// trendChart is a line over time as SVG.
type trendChart struct {
	Points        []trendMark
	Waiting, Over string // the points of the lines, as SVG has them
	Top           int
	First, Last   trendMark
}

type trendMark struct {
	X, Y, Y2        string
	Day             string
	Waiting, Across int
}

// The extent of the chart, in its own units.
const (
	chartWidth  = 560
	chartHeight = 120
)

func chart(points []trendPoint) *trendChart {
	if len(points) == 0 {
		return nil
	}
	t := &trendChart{Top: 1}
	for _, p := range points {
		t.Top = max(t.Top, p.Waiting)
	}
	first, last := points[0].At, points[len(points)-1].At
	var waiting, across []string
	for _, p := range points {
		x := 0.0
		if last.After(first) {
			x = chartWidth * p.At.Sub(first).Seconds() / last.Sub(first).Seconds()
		}
		y := func(n int) string { return fmt.Sprintf("%.1f", chartHeight*(1-float64(n)/float64(t.Top))) }
		m := trendMark{fmt.Sprintf("%.1f", x), y(p.Waiting), y(p.Across), p.At.UTC().Format("2006-01-02"), p.Waiting, p.Across}
		t.Points = append(t.Points, m)
		waiting, across = append(waiting, m.X+","+m.Y), append(across, m.X+","+m.Y2)
	}
	t.Waiting, t.Over = strings.Join(waiting, " "), strings.Join(across, " ")
	t.First, t.Last = t.Points[0], t.Points[len(t.Points)-1]
	return t
}
