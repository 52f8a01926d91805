package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// graphAnswer is what Grafana's node graph panel takes: flat objects, every key present.
type graphAnswer struct {
	stamp
	Nodes  []graphNode `json:"nodes" doc:"Items, or teams when neither an item, a team nor a program is asked for."`
	Edges  []graphEdge `json:"edges" doc:"From what must finish first to what waits."`
	Hidden int         `json:"hidden" doc:"Items that belong into the view and are beyond its limit."`
}

type graphNode struct {
	ID            string  `json:"id"`
	Title         string  `json:"title"`
	Subtitle      string  `json:"subtitle"`
	MainStat      string  `json:"mainstat" doc:"How much waits on it."`
	SecondaryStat string  `json:"secondarystat" doc:"How long it has waited."`
	ArcRoot       float64 `json:"arc__root" doc:"1 for a root blocker; of a team the share of its items that are."`
	ArcBlocked    float64 `json:"arc__blocked" doc:"1 for a blocked item; of a team the share of its open items that are."`
	ArcOpen       float64 `json:"arc__open"`
	ArcClosed     float64 `json:"arc__closed"`
	Color         string  `json:"color"`
	Icon          string  `json:"icon"`
	Team          string  `json:"detail__team"`
	State         string  `json:"detail__state"`
	URL           string  `json:"detail__url" doc:"The item in its tracker."`
	Page          string  `json:"detail__page" doc:"Its page here, relative to the root."`
}

type graphEdge struct {
	ID            string  `json:"id"`
	Source        string  `json:"source"`
	Target        string  `json:"target"`
	MainStat      string  `json:"mainstat"`
	SecondaryStat string  `json:"secondarystat"`
	Thickness     float64 `json:"thickness"`
	Color         string  `json:"color"`
	State         string  `json:"detail__state"`
}

// The colours of the graph, as Grafana names them.
const (
	colourRoot    = "orange"
	colourBlocked = "red"
	colourOpen    = "blue"
	colourClosed  = "green"
	colourMore    = "gray"
)

const (
	maxDepth       = 10
	defaultDepth   = 2
	defaultNodes   = 150
	maxNodes       = 1500
	settledEdges   = "settled"
	graphItemParam = "item"
)

// graphParams are those of the graph, for programs and people.
func graphParams(most int) []param {
	return []param{
		{name: graphItemParam, kind: free, max: maxRef, doc: "Around this item, by its ref."},
		{name: "team", kind: choice, names: teamsOf, doc: "Around what this team waits on and holds up."},
		{name: "program", kind: choice, names: programsOf, doc: "Around the items of this program."},
		{name: "depth", kind: number, min: 1, max: maxDepth, doc: fmt.Sprintf("Dependencies from the focus, %d unless told.", defaultDepth)},
		{name: "limit", kind: number, min: 2, max: most, doc: fmt.Sprintf("Most nodes, %d unless told.", defaultNodes)},
		{name: settledEdges, kind: flag, doc: "Whether to show dependencies that hold nothing up any more too."},
	}
}

// focus reads what the graph is to be around; items is false for the graph of teams.
func (c *call) focus() (f focus, items bool, err error) {
	f = focus{depth: c.query.number("depth", defaultDepth), limit: c.query.number("limit", defaultNodes), settled: c.query.text(settledEdges) == "true"}
	switch ref, team, program := c.query.text(graphItemParam), c.query["team"], c.query["program"]; {
	case ref != "":
		i, ok := c.Find(ref)
		if !ok {
			return f, true, c.unknownRef(ref)
		}
		f.seeds = []int32{i}
	case len(team) > 0:
		for _, t := range team {
			f.seeds = append(f.seeds, c.teamSeeds(t)...)
		}
	case len(program) > 0:
		for _, name := range program {
			f.seeds = append(f.seeds, c.rankedSeeds(c.programItems(name))...)
		}
	default:
		return f, false, nil
	}
	return f, true, nil
}

func oneGraph(c *call) (any, error) {
	f, items, err := c.focus()
	if err != nil {
		return nil, err
	}
	a := graphAnswer{stamp: c.stamp, Nodes: []graphNode{}, Edges: []graphEdge{}}
	if !items {
		c.teamGraph(&a, f.limit)
		return a, nil
	}
	p := c.pickAround(f)
	a.Hidden = p.more
	ids := make([]string, len(p.nodes))
	for i := range p.nodes {
		n := c.graphNode(p, i)
		ids[i] = n.ID
		a.Nodes = append(a.Nodes, n)
	}
	for _, e := range p.edges {
		row := graphEdge{ID: ids[e.from] + " > " + ids[e.to], Source: ids[e.from], Target: ids[e.to], Thickness: 1, Color: colourMore}
		if e.dep >= 0 {
			d := &c.Dependencies[e.dep]
			row.MainStat, row.State = ageText(d.Since.Time(), c.now()), d.State.String()
			if row.Color = colourBlocked; d.State != model.Active {
				row.Color = colourClosed
			}
			if d.CrossTeam {
				row.Thickness = 2
			}
		}
		a.Edges = append(a.Edges, row)
	}
	return a, nil
}

func (c *call) graphNode(p *pick, i int) graphNode {
	n := p.nodes[i]
	if n.item < 0 {
		ref := c.Ref(p.nodes[n.of].item)
		node := graphNode{
			ID: "more blockers of " + ref, Title: "and " + group(n.more) + " more", Subtitle: "that hold up " + ref,
			Color: colourMore, ArcClosed: 1, Page: graphLink(graphItemParam, ref),
		}
		if n.down {
			node.ID, node.Subtitle = "more waiting on "+ref, "that wait on "+ref
		}
		return node
	}
	item := &c.Items[n.item]
	ref := item.Ref()
	node := graphNode{
		ID: ref, Title: ref, Subtitle: clip(item.Title, shownName), Team: item.Team.String(), State: item.State.String(),
		URL: link(item.URL), Page: itemLink(ref),
	}
	root, isRoot := c.digest().roots()[n.item]
	switch {
	case isRoot:
		node.ArcRoot, node.Color, node.Icon, node.MainStat = 1, colourRoot, "exclamation-triangle", count(c.Blockers[root].Items, "item")+" waiting"
	case item.Blocked >= 0:
		node.ArcBlocked, node.Color, node.Icon = 1, colourBlocked, "pause"
	case item.State.Open():
		node.ArcOpen, node.Color = 1, colourOpen
	default:
		node.ArcClosed, node.Color, node.Icon = 1, colourClosed, "check"
	}
	if item.Blocked >= 0 {
		node.SecondaryStat = ageText(c.Blocked[item.Blocked].Since.Time(), c.now())
	}
	return node
}

// ageText says how long something has been, "" when unknown.
func ageText(since, now time.Time) string {
	if since.IsZero() {
		return ""
	}
	return span(now.Sub(since))
}

// teamGraph is who waits on whom, the pairs with the most items first.
func (c *call) teamGraph(a *graphAnswer, limit int) {
	teams, cells := c.busyTeams(limit)
	a.Hidden = len(c.Matrix) - len(cells)
	t := c.digest().totals()
	for _, name := range teams {
		n := graphNode{ID: name, Title: name, Color: colourOpen, Team: name, Page: pageLink("team", "name", name), ArcOpen: 1}
		if s := t.teams[name]; s != nil {
			n.MainStat, n.SecondaryStat, n.Subtitle = count(s.blocked, "item")+" blocked", group(s.waitedOn)+" waits on it", count(s.open, "open item")
			if s.open > 0 {
				n.ArcBlocked = float64(s.blocked) / float64(s.open)
				n.ArcOpen = 1 - n.ArcBlocked
			}
		}
		a.Nodes = append(a.Nodes, n)
	}
	for _, m := range cells {
		a.Edges = append(a.Edges, graphEdge{
			ID: m.OnTeam + " > " + m.Team, Source: m.OnTeam, Target: m.Team, MainStat: count(m.Items, "item"), SecondaryStat: ageText(m.Oldest.Time(), c.now()),
			Thickness: thickness(m.Items), Color: colourBlocked, State: model.Active.String(),
		})
	}
}

// busyTeams are the teams of the waiting matrix and its pairs, those with the
// most items first while there is room.
func (c *call) busyTeams(limit int) (teams []string, cells []model.Cell) {
	all := slices.Clone(c.Matrix)
	slices.SortStableFunc(all, func(a, b model.Cell) int { return cmp.Compare(b.Items, a.Items) })
	seen := map[string]bool{}
	for _, m := range all {
		more := 0
		for _, t := range []string{m.Team, m.OnTeam} {
			if !seen[t] {
				more++
			}
		}
		if len(teams)+more > limit || len(cells) >= max(60, limit*4/5) {
			continue
		}
		for _, t := range []string{m.OnTeam, m.Team} {
			if !seen[t] {
				seen[t] = true
				teams = append(teams, t)
			}
		}
		cells = append(cells, m)
	}
	return teams, cells
}

// thickness of an edge grows slowly with what it stands for.
func thickness(items int) float64 {
	w := 1.0
	for n := items; n > 1 && w < 8; n /= 2 {
		w++
	}
	return w
}
