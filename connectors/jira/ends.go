package jira

import (
	"context"
	"slices"
)

// Jira is known to touch both issues when a link between them changes, but it
// need not when one becomes visible, or when a sub-task appears. An issue that
// shows a relation which the reading of its far end did not have makes that far
// end worth reading again: the two phrases of a link need not mean the same.

// end is a relation as seen from one of its two issues.
type end struct{ relation, issue string }

// ends lists the relations an issue shows, with the far issue of each.
func (is *wireIssue) ends(visit func(relation string, far *wireBrief)) {
	for i := range is.Fields.Links {
		l := &is.Fields.Links[i]
		for _, far := range []*wireBrief{l.Outward, l.Inward} {
			if far != nil {
				visit("link "+l.ID, far)
			}
		}
	}
	for i := range is.Fields.Subtasks {
		far := &is.Fields.Subtasks[i]
		visit("sub-task "+far.ID, far)
	}
	if t := is.Fields.Type; is.Fields.Parent != nil && t != nil && t.Subtask {
		visit("sub-task "+is.ID, is.Fields.Parent)
	}
}

// remember notes which relations a reading of an issue has.
func (c *Connector) remember(is *wireIssue) {
	is.ends(func(relation string, _ *wireBrief) { c.shown[end{relation, is.ID}] = true })
}

// farEnds reads the far ends in the scope that have not shown a relation yet.
func (p *pass) farEnds(ctx context.Context, pg *page) error {
	var ids []string
	for _, e := range p.far {
		if _, read := p.seen[e.issue]; read || p.c.shown[e] {
			continue
		}
		p.c.shown[e] = true // ask once, whatever comes of it
		if !slices.Contains(ids, e.issue) {
			ids = append(ids, e.issue)
		}
	}
	return p.more(ctx, pg, ids)
}

// more reads issues by id into a page.
func (p *pass) more(ctx context.Context, pg *page, ids []string) error {
	b, err := p.c.fetchWhole(ctx, p.s, ids)
	pg.more.Items = append(pg.more.Items, b.Items...)
	pg.more.Problems = append(pg.more.Problems, b.Problems...)
	return err
}

// note keeps the far ends of an issue for the end of the pass. The first walk
// over the stream reads both ends anyway, and what a query selects only the
// site can tell.
func (p *pass) note(is *wireIssue) {
	if !p.at.Whole || p.c.cfg.JQL != "" {
		return
	}
	is.ends(func(relation string, far *wireBrief) {
		if project, _, ok := cutKey(far.Key); ok && validID(far.ID) && p.s.inScope(project) {
			p.far = append(p.far, end{relation, far.ID})
		}
	})
}
