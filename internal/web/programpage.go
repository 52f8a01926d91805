package web

import (
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// programData is one program.
type programData struct {
	frame
	Name            string
	Core            cell
	Partners, Other []linkText // as configured; derived ones besides those
	External        []string
	Numbers         []keyNumber
	Chain           []chainStep
	End             cell
	EndBy           *linkText
	Outside         []linkText // open items outside it waits on
	MoreOutside     int
	AllOutside      string
	Blocked         []waitLine
	MoreBlocked     int
	BlockedTo       string
	Graph           string
}

func programPage() uiPage {
	return uiPage{path: "program", title: "Program", file: "program.html", data: programOf, params: []param{
		{name: "name", kind: choice, names: programsOf, doc: "The program."},
	}}
}

func programsOf(g *model.Graph) (names []string) {
	for i := range g.Programs {
		names = append(names, g.Programs[i].Name)
	}
	return names
}

// programItems are the items a program selects.
func (c *call) programItems(name string) []int32 {
	if p := c.Program(name); p != nil {
		return p.Items
	}
	return nil
}

func programOf(c *call, f frame) (any, error) {
	names := c.query["name"]
	if len(names) != 1 {
		return nil, refuse(invalid{Parameter: "name", Detail: "a program's page needs the name of one program", Allowed: programsOf(c.Graph)})
	}
	p := c.Program(names[0])
	d := &programData{frame: f, Name: clip(p.Name, shownName), Graph: graphLink("program", p.Name), BlockedTo: pageLink("blocked", "program", p.Name)}
	d.Title = d.Name
	if p.Core != "" {
		d.Core = teamCell(p.Core)
	}
	link := func(t string) linkText { return linkText{Href: pageLink("team", "name", t), Text: clip(t, shownName)} }
	for _, t := range p.Partners {
		d.Partners = append(d.Partners, link(t))
	}
	for _, t := range p.WaitsOn {
		if !slices.Contains(p.Partners, t) {
			d.Other = append(d.Other, link(t))
		}
	}
	for _, e := range p.External {
		d.External = append(d.External, clip(e, shownName))
	}
	awaited := pageLink("items", "awaited_by", p.Name)
	d.AllOutside = awaited
	d.Numbers = []keyNumber{
		{Label: "blocked now", Value: group(len(p.Blocked)), Href: d.BlockedTo, Alert: len(p.Blocked) > 0},
		{Label: "open items", Value: group(len(p.Open)), Href: openItems("program", p.Name)},
		{Label: "items in all", Value: group(len(p.Items)), Href: pageLink("items", "program", p.Name)},
		{Label: "waited on outside it", Value: group(len(p.Waits)), Href: awaited, Alert: len(p.Waits) > 0},
	}
	if len(p.Critical) > 1 || p.EndFrom >= 0 {
		for k, i := range p.Critical {
			n := &c.Items[i]
			d.Chain = append(d.Chain, chainStep{c.itemCell(i), c.due(n.Date()), assignees(n, shownAssignees), k > 0 && k == len(p.Critical)-1})
		}
	}
	if p.EndFrom >= 0 {
		d.End = c.due(c.Items[p.EndFrom].Date())
		by := c.shortItem(p.EndFrom)
		d.EndBy = &by
	}
	for _, i := range p.Waits[:min(shownWaiting, len(p.Waits))] {
		d.Outside = append(d.Outside, c.shortItem(i))
	}
	d.MoreOutside = max(0, len(p.Waits)-shownWaiting)
	blocked := c.rankedSeeds(p.Blocked)
	for _, i := range blocked[:min(homeWaiting, len(blocked))] {
		d.Blocked = append(d.Blocked, c.waitLine(&c.Blocked[c.Items[i].Blocked]))
	}
	d.MoreBlocked = max(0, len(p.Blocked)-homeWaiting)
	return d, nil
}
