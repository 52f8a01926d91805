package metrics

import (
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// other is the team under which series beyond the budget are summed up.
const other = "other"

// work is what the graph says of the work, as series.
type work struct {
	items, blocked, waiting, oldest, blocking, roots, deps, cycles, age *family
	gaps                                                                *gaps
	process                                                             *process
}

// families are those that need every tracker, the ones alerts are made of first.
func (w *work) families() []*family {
	first := []*family{w.cycles, w.deps, w.blocked, w.blocking, w.waiting, w.oldest}
	return slices.Concat(first, w.process.families(), w.gaps.families(), []*family{w.roots, w.age})
}

func newWork(about map[string]Metric) *work {
	start := func(name string, fold func(labels) labels) *family {
		f := newFamily(about, name)
		f.fold = fold
		return f
	}
	team := func(l labels) labels { l[0] = other; return l }
	pair := func(l labels) labels { return labels{other, other, l[2]} }
	w := &work{
		items:    start(items, func(l labels) labels { l[1] = other; return l }),
		blocked:  start(blockedItems, team),
		waiting:  start(waitingItems, pair),
		oldest:   start(waitingOldest, nil),
		blocking: start(blockingItems, team),
		roots:    start(rootWaiting, nil),
		deps:     start(dependencies, nil),
		cycles:   start(cycles, nil),
		age:      start(blockedAge, team),
	}
	w.gaps, w.process = newGaps(start, team), newProcess(start, team)
	w.age.lines = len(ageBuckets()) + 3 // +Inf, sum and count
	return w
}

// The causes an item can be blocked by.
const (
	causeDependency = "dependency"
	causeSignal     = "signal"
)

// count makes the series of a graph. Every configured team, and the unowned,
// has its series even when they are zero.
func (w *work) count(g *model.Graph, set Settings) {
	w.zero(g)
	w.gaps.count(g)
	w.process.count(g, set.PerPerson)
	for i := range g.Items {
		if n := &g.Items[i]; n.Twin == int32(i) {
			w.items.add(1, n.ID.Tracker.String(), n.Team.String(), n.State.String())
		}
	}
	w.countBlocked(g)
	w.countDependencies(g)
	for _, c := range g.Matrix {
		w.waiting.set(float64(c.Items), c.Team, c.OnTeam)
		w.oldest.set(seconds(c.Oldest.Time()), c.Team, c.OnTeam)
	}
	for _, r := range g.Blockers[:min(set.Top, len(g.Blockers))] {
		n := &g.Items[r.Item]
		w.roots.set(float64(r.Items), n.Ref(), n.Team.String())
	}
	w.cycles.set(float64(len(g.Cycles)))
}

func (w *work) zero(g *model.Graph) {
	for _, team := range teamNames(g) {
		for _, t := range g.Trackers {
			for _, s := range []model.State{model.Todo, model.Doing, model.Done, model.Dropped} {
				w.items.add(0, t.Name, team, s.String())
			}
		}
		w.blocked.add(0, team, causeDependency)
		w.blocked.add(0, team, causeSignal)
		w.blocking.add(0, team)
		w.age.merge(legible([]string{team}), point{})
	}
	for _, s := range []model.DependencyState{model.Moot, model.Unknown, model.Satisfied, model.Abandoned, model.Active} {
		for _, origin := range []model.Origin{model.NativeDependency, model.IssueLink, model.RemoteLink, model.ConfigRule, model.Text} {
			w.deps.add(0, s.String(), origin.String())
		}
	}
}

// countBlocked counts each piece of work once: mirrored items that are all
// blocked are one, under the first of them.
func (w *work) countBlocked(g *model.Graph) {
	type piece struct {
		team  string
		cause string
		since int // index into g.Blocked of the one blocked longest
	}
	pieces := make(map[int32]piece, len(g.Blocked))
	for i := range g.Blocked {
		b := &g.Blocked[i]
		n := &g.Items[b.Item]
		p, seen := pieces[n.Twin]
		if !seen {
			p = piece{n.Team.String(), causeSignal, i}
		}
		if slices.ContainsFunc(b.Causes, func(c model.Cause) bool { return c.Dependency >= 0 }) {
			p.cause = causeDependency
		}
		if b.Since < g.Blocked[p.since].Since {
			p.since = i
		}
		pieces[n.Twin] = p
	}
	for _, p := range pieces {
		w.blocked.add(1, p.team, p.cause)
		w.age.merge(legible([]string{p.team}), point{since: []time.Time{g.Blocked[p.since].Since.Time()}})
	}
}

// countDependencies counts the dependencies that can block, and the work that does.
func (w *work) countDependencies(g *model.Graph) {
	blocking := map[int32]bool{}
	for i := range g.Dependencies {
		d := &g.Dependencies[i]
		if d.Kind != model.Blocks {
			continue
		}
		w.deps.add(1, d.State.String(), strongest(g, d).String())
		if !d.From.Resolved() || !d.To.Resolved() {
			continue
		}
		from, to := &g.Items[d.From.Item()], &g.Items[d.To.Item()]
		if d.State == model.Active && !blocking[from.Twin] {
			blocking[from.Twin] = true
			w.blocking.add(1, from.Team.String())
		}
		if d.CrossTeam {
			w.waiting.add(0, to.Team.String(), from.Team.String())
		}
	}
}

// strongest is the origin that says most: what a tracker keeps as a relation
// before what somebody wrote.
func strongest(g *model.Graph, d *model.Dependency) model.Origin {
	order := [...]model.Origin{
		model.NativeDependency, model.IssueLink, model.SubIssue, model.ParentField, model.RemoteLink,
		model.ClosingReference, model.ConfigRule, model.Text,
	}
	best := len(order) - 1
	for _, i := range g.EvidenceOf(d) {
		if rank := slices.Index(order[:], g.Claim(i).Origin); rank >= 0 {
			best = min(best, rank)
		}
	}
	return order[best]
}
