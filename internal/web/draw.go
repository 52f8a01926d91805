package web

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/waitgraph/waitgraph/internal/layout"
	"github.com/waitgraph/waitgraph/model"
)

// drawing is a graph as the template writes it into SVG.
type drawing struct {
	W, H  int
	Nodes []svgNode
	Edges []svgEdge
	// Unlabelled is how many edges have no room for what stands on them: their hint says it.
	Unlabelled int
}

// sheets are what drawings are printed on: how wide and high one may be, in its own
// units, for its texts to be no smaller than small print.
var sheets = [...]struct {
	name          string
	width, height int
}{{"a4", 1000, 1200}, {"a4-wide", 1500, 760}, {"a3-wide", 2100, 1200}, {"a2-wide", 3000, 1850}, {"a1-wide", 4300, 2750}}

// Sheet is the smallest sheet that holds the drawing, of those an office prints on;
// a drawing that is too high for its width goes on over several.
func (g *drawing) Sheet() string {
	for _, s := range sheets[:3] {
		if g.W <= s.width && g.H <= s.height {
			return s.name
		}
	}
	for _, s := range sheets {
		switch {
		case g.W <= s.width && g.H <= s.height:
			return s.name
		case g.W <= s.width:
			return s.name + " tall"
		}
	}
	return sheets[len(sheets)-1].name
}

type svgNode struct {
	X, Y, W, H       int
	Class, Href, Tip string
	Mark             string // says what the class says
	Lines            [3]string
}

type svgEdge struct {
	Path, Class, Tip, Width string
	Label, Href             string
	X, Y                    int // of the label
}

// The extent of nodes and the distances between them, in pixels.
const (
	nodeWidth  = 196
	nodeHeight = 54
	moreWidth  = 104
	moreHeight = 26
	margin     = 12

	// of what stands on an edge: its letters are bold and 12 high
	labelPadding = 8
	labelLetter  = 6.4
	labelHeight  = 15
)

func distances() layout.Options {
	return layout.Options{LayerGap: 72, NodeGap: 14, PartGap: 34, Width: 1300}
}

// place lays out nodes with their sizes and edges with their ends.
func (g *drawing) place(ends []layout.Edge, o layout.Options) {
	sizes := make([]layout.Size, len(g.Nodes))
	for i, n := range g.Nodes {
		sizes[i] = layout.Size{W: float64(n.W), H: float64(n.H)}
	}
	l := layout.Layered(sizes, ends, o)
	labels := make([]layout.Size, len(g.Edges))
	for i := range g.Edges {
		if n := utf8.RuneCountInString(g.Edges[i].Label); n > 0 {
			labels[i] = layout.Size{W: labelPadding + labelLetter*float64(n), H: labelHeight}
		}
	}
	at, placed := l.Labels(sizes, labels)
	g.W, g.H = int(l.W)+2*margin, int(l.H)+2*margin
	for i := range g.Nodes {
		g.Nodes[i].X, g.Nodes[i].Y = int(l.Nodes[i].X)+margin, int(l.Nodes[i].Y)+margin
	}
	for i := range g.Edges {
		e := &g.Edges[i]
		if len(l.Routes[i]) == 0 { // to itself: a bow over the upper right corner
			n := &g.Nodes[ends[i].From]
			x, y := n.X+n.W-24, n.Y
			e.Path = fmt.Sprintf("M%d %dc0 -16 34 -16 24 14", x, y)
			continue
		}
		e.Path = path(l.Routes[i])
		e.X, e.Y = int(at[i].X)+margin, int(at[i].Y)+margin
		if e.Label != "" && !placed[i] {
			e.Label = ""
			g.Unlabelled++
		}
	}
}

// path draws a route: curves over the gaps between layers, straight through them.
func path(route []layout.Point) string {
	var b strings.Builder
	at := func(p layout.Point) (x, y int) { return int(p.X) + margin, int(p.Y) + margin }
	x, y := at(route[0])
	fmt.Fprintf(&b, "M%d %d", x, y)
	for i := 1; i < len(route); i++ {
		nx, ny := at(route[i])
		if i%2 == 0 || ny == y {
			fmt.Fprintf(&b, "L%d %d", nx, ny)
		} else {
			middle := (x + nx) / 2
			fmt.Fprintf(&b, "C%d %d %d %d %d %d", middle, y, middle, ny, nx, ny)
		}
		x, y = nx, ny
	}
	return b.String()
}

// drawItems draws a part of the graph of waiting.
func (c *call) drawItems(p *pick, link func(ref string) string) *drawing {
	g := &drawing{}
	for i := range p.nodes {
		g.Nodes = append(g.Nodes, c.svgNode(p, i, link))
	}
	var ends []layout.Edge
	cycles := c.digest().cycles()
	for _, e := range p.edges {
		ends = append(ends, layout.Edge{From: e.from, To: e.to})
		edge := svgEdge{Width: "1.5", Class: "rest"}
		if e.dep >= 0 {
			d := &c.Dependencies[e.dep]
			from, to := d.From.Item(), d.To.Item()
			edge.Class = d.State.String()
			edge.Tip = clip(c.Ref(to), shownName) + " waits on " + clip(c.Ref(from), shownName)
			if age := ageText(d.Since.Time(), c.now()); age != "" {
				edge.Tip += ", for " + age
			}
			if d.CrossTeam {
				edge.Width = "2.5"
			}
			if y, in := cycles[from]; in && d.State == model.Active {
				if z, too := cycles[to]; too && y == z {
					edge.Class += " cycle"
					edge.Tip += "; in a cycle"
				}
			}
			if conflicts := c.ConflictsOf(e.dep); len(conflicts) > 0 {
				edge.Class += " conflict"
				edge.Label = "!"
				edge.Tip += "; conflict: " + conflictNames(conflicts)
			}
		}
		g.Edges = append(g.Edges, edge)
	}
	g.place(ends, distances())
	return g
}

func conflictNames(conflicts []model.Conflict) string {
	names := make([]string, len(conflicts))
	for i := range conflicts {
		names[i] = strings.ReplaceAll(conflicts[i].Kind.String(), "_", " ")
	}
	return strings.Join(names, ", ")
}

func (c *call) svgNode(p *pick, i int, link func(ref string) string) svgNode {
	n := p.nodes[i]
	if n.item < 0 {
		beside := p.nodes[n.of]
		ref := c.Ref(beside.item)
		href := link(ref)
		if beside.focus { // it is in the middle already: the whole list
			if href = pageLink("dependencies", "item", ref, "state", "active"); n.down {
				href = pageLink("blocked", "behind", ref)
			}
		}
		what := "hold it up"
		if n.down {
			what = "wait on it"
		}
		return svgNode{
			W: moreWidth, H: moreHeight, Class: "more", Href: href, Lines: [3]string{"and " + group(n.more) + " more"},
			Tip: group(n.more) + " more " + what + ": " + clip(ref, shownName),
		}
	}
	item := &c.Items[n.item]
	ref := item.Ref()
	node := svgNode{
		W: nodeWidth, H: nodeHeight, Href: link(ref), Class: "open",
		Lines: [3]string{clip(item.Key, 24), clip(item.Title, 26), clip(item.Team.String(), 16)},
		Tip:   clip(ref, shownName) + ": " + clip(item.Title, shownTitle) + "\n" + item.State.String() + ", team " + clip(item.Team.String(), shownName),
	}
	root, isRoot := c.digest().roots()[n.item]
	_, inCycle := c.digest().cycles()[n.item]
	switch {
	case isRoot:
		node.Class, node.Mark = "root", "root"
		node.Lines[2] += " · " + group(c.Blockers[root].Items) + " wait"
		node.Tip += "\nroot blocker: " + count(c.Blockers[root].Items, "item") + " waiting"
	case item.Blocked >= 0:
		node.Class, node.Mark = "blocked", "■"
	case !item.State.Open():
		node.Class, node.Mark = "closed", mark(item.State.String())
	}
	if item.Blocked >= 0 {
		if age := ageText(c.Blocked[item.Blocked].Since.Time(), c.now()); age != "" {
			if !isRoot {
				node.Lines[2] += " · " + age
			}
			node.Tip += "\nblocked for " + age
		}
	}
	if inCycle {
		node.Class += " incycle"
		node.Mark = "⟳"
		node.Tip += "\nin a cycle"
	}
	if n.focus && len(p.nodes) > 1 {
		node.Class += " focus"
	}
	return node
}

// shortAge is an age where there is little room.
func shortAge(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		return group(int(d/(24*time.Hour))) + " d"
	case d >= time.Hour:
		return group(int(d/time.Hour)) + " h"
	}
	return "new"
}

// drawTeams draws who waits on whom.
func (c *call) drawTeams(teams []string, cells []model.Cell) *drawing {
	g := &drawing{}
	at := map[string]int{}
	totals := c.digest().totals()
	for i, name := range teams {
		at[name] = i
		n := svgNode{W: nodeWidth, H: nodeHeight, Class: "team", Href: pageLink("team", "name", name), Lines: [3]string{clip(name, 24)}, Tip: clip(name, shownName)}
		if t := totals.teams[name]; t != nil {
			n.Lines[1] = group(t.blocked) + " blocked of " + group(t.open) + " open"
			n.Lines[2] = count(t.waitedOn, "wait") + " on it"
		}
		g.Nodes = append(g.Nodes, n)
	}
	ends := make([]layout.Edge, 0, len(cells))
	for _, m := range cells {
		ends = append(ends, layout.Edge{From: at[m.OnTeam], To: at[m.Team]})
		age := ageText(m.Oldest.Time(), c.now())
		e := svgEdge{Class: "active", Width: decimal(thickness(m.Items)), Label: group(m.Items), Href: pageLink("blocked", "team", m.Team, "on_team", m.OnTeam), Tip: count(m.Items, "item") + " of " + clip(m.Team, shownName) + " waiting on " + clip(m.OnTeam, shownName)}
		if age != "" {
			e.Tip += ", the oldest for " + age
			e.Label += " · " + shortAge(c.now().Sub(m.Oldest.Time()))
		}
		g.Edges = append(g.Edges, e)
	}
	o := distances()
	o.NodeGap, o.LayerGap = 36, 140
	g.place(ends, o)
	return g
}
