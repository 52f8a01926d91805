package web

import (
	"net/url"
	"strconv"
)

// maxDrawn is the most nodes a page draws: more is not legible.
const maxDrawn = 150

// graphData is the graph as a page.
type graphData struct {
	frame
	Heading  string
	Drawing  *drawing
	Level    string // items or teams
	Filters  []filterField
	Item     string
	Depth    int
	Settled  bool
	Nodes    int
	More     int // items of the focus that are not shown
	MoreTo   string
	Cut      int
	JSON     string
	Deeper   string
	Shallow  string
	Toggle   string
	Whole    bool // nothing is left out
	NothingA string
}

func graphPage() uiPage {
	return uiPage{path: "graph", title: "Graph", file: "graph.html", params: graphParams(maxDrawn), data: graphOf}
}

func graphOf(c *call, f frame) (any, error) {
	fo, items, err := c.focus()
	if err != nil {
		return nil, err
	}
	d := &graphData{
		frame: f, Item: clip(c.query.text(graphItemParam), shownTitle), Depth: fo.depth, Settled: fo.settled, Level: "items",
		Heading: "Who waits on whom", JSON: apiLink("graph"),
	}
	query := url.Values{}
	for name, values := range c.query {
		if len(values) > 0 {
			query[name] = values
		}
	}
	if len(query) > 0 {
		d.JSON += "?" + query.Encode()
	}
	with := func(name, value string) string {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		q.Set(name, value)
		return "graph?" + q.Encode()
	}
	for _, p := range graphParams(maxDrawn) {
		if p.kind != choice {
			continue
		}
		field := filterField{Name: p.name, Label: label(p.name), Value: c.query.text(p.name), Options: []option{{"", "any", c.query.text(p.name) == ""}}}
		for _, v := range p.allowed(c.Graph) {
			field.Options = append(field.Options, option{v, clip(v, shownName), v == field.Value})
		}
		d.Filters = append(d.Filters, field)
	}
	if !items {
		d.Level = "teams"
		teams, cells := c.busyTeams(fo.limit)
		d.Drawing, d.Nodes, d.More, d.MoreTo = c.drawTeams(teams, cells), len(teams), len(c.Matrix)-len(cells), "matrix"
		return d, nil
	}
	around := func(ref string) string {
		q := url.Values{}
		q.Set(graphItemParam, ref)
		if fo.settled {
			q.Set(settledEdges, "true")
		}
		if len(ref) > maxRef {
			return ""
		}
		return "graph?" + q.Encode()
	}
	p := c.pickAround(fo)
	d.Drawing, d.Nodes, d.More, d.Cut = c.drawItems(p, func(ref string) string { return around(ref) }), len(p.nodes), p.more, p.cut
	switch {
	case d.Item != "":
		d.Heading = "Around " + d.Item
		d.MoreTo = itemLink(c.query.text(graphItemParam))
	case c.query.text("team") != "":
		d.Heading = "What team " + clip(c.query.text("team"), shownName) + " waits on and holds up"
		d.MoreTo = pageLink("blocked", "team", c.query.text("team"))
	default:
		d.Heading = "Program " + clip(c.query.text("program"), shownName)
		d.MoreTo = pageLink("program", "name", c.query.text("program"))
	}
	if fo.depth < maxDepth {
		d.Deeper = with("depth", strconv.Itoa(fo.depth+1))
	}
	if fo.depth > 1 {
		d.Shallow = with("depth", strconv.Itoa(fo.depth-1))
	}
	d.Toggle = with(settledEdges, strconv.FormatBool(!fo.settled))
	return d, nil
}
