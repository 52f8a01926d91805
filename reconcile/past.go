package reconcile

import "github.com/waitgraph/waitgraph/model"

// engine answers what a graph is asked about single items.
type engine struct {
	*plan
	*past
}

var _ model.Engine = engine{}

// past tells of the stretches of time that are over. It keeps of a run only what
// that needs.
type past struct{ rec *reconciler }

// keepPast makes the past. It needs the ended claims by item.
func (rec *reconciler) keepPast(p *past) {
	p.rec = &reconciler{g: rec.g, rows: rec.rows, records: rec.records, past: rec.past}
}

// Waited implements model.Engine.
func (p *past) Waited(item int32) bool { return len(p.rec.pastOf(item)) > 0 }

// Past implements model.Engine.
func (p *past) Past(item int32) []model.Interval {
	var out []model.Interval
	for _, di := range p.rec.g.DependenciesOf(item) {
		d := &p.rec.g.Dependencies[di]
		if d.Kind == model.Blocks && d.To.Item() == item && d.From.Resolved() && d.From != d.To {
			out = p.stretches(out, d.From.Item(), item, momentOf(d.Since, d.SinceKnown), model.Forever)
		}
	}
	for _, c := range p.rec.pastOf(item) {
		if c.blocker >= 0 && c.blocker != item {
			out = p.stretches(out, c.blocker, item, established(c.claim), c.claim.Ended)
		}
	}
	return out
}

// stretches appends the times in which the claim stood and both items were
// open, as far as they are over and their beginning is from history.
func (p *past) stretches(out []model.Interval, blocker, blocked int32, since moment, until model.Time) []model.Interval {
	b, n := &p.rec.g.Items[blocker], &p.rec.g.Items[blocked]
	own := p.rec.openSpans(nil, blocked)
	for _, x := range p.rec.openSpans(nil, blocker) {
		for _, y := range own {
			from, to := x.from.latest(y.from).latest(since), min(x.to, y.to, until)
			if !from.fromHistory() || to == model.Forever || to <= from.at {
				continue
			}
			i := model.Interval{
				Item: n.ID, Ref: n.Ref(), Team: n.Team.String(), Blocker: b.ID, BlockerRef: b.Ref(), OnTeam: b.Team.String(),
				From: from.at.Time(), FromKnown: model.FromHistory, To: to.Time(), ToKnown: model.FromHistory,
			}
			if to == until { // nobody but the recorder may have seen the claim end
				i.ToKnown = model.Observed
			}
			if !i.To.After(p.rec.g.AsOf) {
				out = append(out, i)
			}
		}
	}
	return out
}
