package brief

import (
	"cmp"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/internal/hostile"
	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// gatherer fills a brief from a graph, one side at a time.
type gatherer struct {
	g *model.Graph
	b *Brief
	// between tells whether a wait of a team on another belongs to the side.
	between func(team, onTeam string) bool
	// waits are those of both sides, of all time.
	waits []model.Wait
}

func (a *gatherer) side(team, onTeam string) Side {
	s := Side{Team: team, OnTeam: onTeam, Waits: []Wait{}, Abandoned: []Wait{}, Resolved: []Resolved{}}
	pieces := map[int32]bool{}
	for bi := range a.g.Blocked {
		blocked := &a.g.Blocked[bi]
		for _, c := range blocked.Causes {
			if c.Dependency < 0 || !a.owned(c.Dependency) {
				continue
			}
			w := a.wait(c.Dependency)
			w.Since, w.SinceKnown = wire.At(c.Since.Time()), c.SinceKnown.String()
			if !c.Since.IsZero() {
				days := int(a.g.AsOf.Sub(c.Since.Time()) / (24 * time.Hour))
				w.AgeDays = &days
			}
			w.Frees = len(blocked.Causes) == 1
			s.Waits = append(s.Waits, w)
			pieces[a.g.Items[blocked.Item].Twin] = true
			if c.Since != 0 && (s.Oldest.IsZero() || c.Since.Time().Before(s.Oldest.Time)) {
				s.Oldest = wire.At(c.Since.Time())
			}
		}
	}
	s.Items = len(pieces)
	a.sort(s.Waits)
	for i := range a.g.Dependencies {
		if a.g.Dependencies[i].State == model.Abandoned && a.owned(int32(i)) {
			d := &a.g.Dependencies[i]
			w := a.wait(int32(i))
			w.Since, w.SinceKnown = wire.At(d.Since.Time()), d.SinceKnown.String()
			s.Abandoned = append(s.Abandoned, w)
		}
	}
	a.resolved(&s)
	return s
}

// owned tells whether the teams at the ends of a dependency are those of the side.
func (a *gatherer) owned(dependency int32) bool {
	d := &a.g.Dependencies[dependency]
	return d.CrossTeam && d.Kind == model.Blocks && a.between(a.g.Items[d.To.Item()].Team.String(), a.g.Items[d.From.Item()].Team.String())
}

// sort puts the most escalated first, then the oldest.
func (a *gatherer) sort(waits []Wait) {
	level := func(w *Wait) int {
		return slices.IndexFunc(a.g.Levels, func(l model.EscalationLevel) bool { return w.Escalation != "" && l.Name == w.Escalation })
	}
	slices.SortStableFunc(waits, func(v, w Wait) int { return cmp.Or(cmp.Compare(level(&w), level(&v)), v.Since.Compare(w.Since.Time)) })
}

// wait tells of a dependency all but since when.
func (a *gatherer) wait(dependency int32) Wait {
	g := a.g
	d := &g.Dependencies[dependency]
	blocker, blocked := d.From.Item(), d.To.Item()
	w := Wait{
		Blocked: a.item(blocked), Blocker: a.item(blocker), BothSides: d.BothSides, Conflicts: []Conflict{}, Claims: []Claim{}, Behind: []End{},
		Waiting: g.Radius(blocker).Items,
	}
	if from := a.neededBy(blocked); from >= 0 {
		needed := g.Items[from].Date()
		w.NeededBy, w.NeededByFrom = wire.On(needed), g.Ref(from)
		if date := g.Items[blocker].Date(); !date.IsZero() {
			days := a.slack(date.End(g.Location), needed.End(g.Location))
			w.SlackDays = &days
		}
	}
	if e := g.EscalationOf(dependency); e != nil {
		w.Escalation, w.Escalated = g.LevelName(e), wire.At(e.Reached[e.Level].Time())
	}
	for _, c := range g.ConflictsOf(dependency) {
		w.Conflicts = append(w.Conflicts, a.conflict(&c))
	}
	for _, i := range g.EvidenceOf(d) {
		c := g.Claim(i)
		w.Claims = append(w.Claims, Claim{g.Ref(c.ClaimedBy), c.Origin.String(), c.Where, c.Author, wire.At(c.At.Time()), wire.At(c.FirstSeen.Time())})
	}
	roots, _ := g.Roots(blocker)
	for _, r := range roots {
		w.Behind = append(w.Behind, a.end(r))
	}
	return w
}

// neededBy is the item whose date a blocker of the item is needed by: itself or
// what waits on it with an earlier date. -1 if none has one.
func (a *gatherer) neededBy(item int32) int32 {
	own, other := a.g.Items[item].Date(), a.g.WantedBy(item)
	switch {
	case own.IsZero():
		return other
	case other >= 0 && a.g.Items[other].Date().End(a.g.Location).Before(own.End(a.g.Location)):
		return other
	}
	return item
}

// slack is how many days one moment is before another, less than 0 if it is after.
func (a *gatherer) slack(at, needed time.Time) int {
	switch at.Compare(needed) {
	case 0:
		return 0
	case 1:
		return -model.DaysBetween(needed, at, a.g.Location)
	}
	return model.DaysBetween(at, needed, a.g.Location)
}

func (a *gatherer) end(item int32) End { return End{a.g.Ref(item), a.g.Items[item].Team.String()} }

func (a *gatherer) item(i int32) Item {
	n := &a.g.Items[i]
	assignees := make([]string, len(n.Assignees))
	for i := range n.Assignees {
		assignees[i] = n.Assignees[i].Label()
	}
	last := n.LastAttended()
	return Item{
		Ref: n.Ref(), Title: n.Title, URL: hostile.Link(n.URL), Type: n.Type.String(), Team: n.Team.String(), State: n.State.String(), Status: n.Status.String(),
		Priority: n.Priority.String(), Assignees: assignees, Date: wire.On(n.Date()), Attended: wire.At(last.At.Time()), What: last.What.String(), Stub: n.Stub, Stale: n.Stale,
	}
}

func (a *gatherer) conflict(c *model.Conflict) Conflict {
	out := Conflict{Kind: c.Kind.String(), Blocker: a.end(c.Blocker), Blocked: a.end(c.Blocked)}
	out.BlockerValue, out.BlockedValue = a.g.ConflictValues(c)
	return out
}

// mirrors lists the mirrored items of both sides whose states differ.
func (a *gatherer) mirrors(other func(team string) bool) {
	for i := range a.g.Conflicts {
		c := &a.g.Conflicts[i]
		if c.Kind != model.ConflictState {
			continue
		}
		if x, y := a.g.ConflictTeams(c); x == a.b.Team && other(y) || y == a.b.Team && other(x) {
			a.b.Mirrors = append(a.b.Mirrors, a.conflict(c))
		}
	}
}

// resolved tells of the waits that ended since.
func (a *gatherer) resolved(s *Side) {
	since := a.b.Since.Time
	for k := range a.waits {
		w := &a.waits[k]
		if !a.between(w.Team, w.OnTeam) {
			continue
		}
		s.WaitedSeconds += a.waited(w).Seconds()
		for i := range w.Intervals {
			v := &w.Intervals[i]
			if v.To.IsZero() || v.To.Before(since) {
				continue
			}
			blocked, blocker := a.find(v.Ref, v.Item), a.find(v.BlockerRef, v.Blocker)
			s.Resolved = append(s.Resolved, Resolved{
				Blocked: a.asNow(blocked, v.Ref, v.Team), Blocker: a.asNow(blocker, v.BlockerRef, v.OnTeam), Outcome: a.outcome(blocked, blocker),
				From: wire.At(v.From), FromKnown: v.FromKnown.String(), To: wire.At(v.To), ToKnown: v.ToKnown.String(),
			})
		}
	}
	slices.SortStableFunc(s.Resolved, func(x, y Resolved) int { return y.To.Compare(x.To.Time) })
}

// waited is the time waited since the brief tells of what ended: of each piece of
// work without overlap.
func (a *gatherer) waited(w *model.Wait) (sum time.Duration) {
	pieces := map[model.ID][]model.Interval{}
	for _, v := range w.Intervals {
		id := v.Item
		if item := a.find(v.Ref, id); item >= 0 {
			id = a.g.Items[a.g.Items[item].Twin].ID
		}
		pieces[id] = append(pieces[id], v)
	}
	for _, intervals := range pieces {
		sum += model.Covered(intervals, a.b.Since.Time, a.g.AsOf, a.g.AsOf)
	}
	return sum
}

// find is the item of a ref as it was recorded, -1 if it is gone.
func (a *gatherer) find(ref string, id model.ID) int32 {
	if i, ok := a.g.Find(ref); ok && a.g.Items[i].ID == id {
		return i
	}
	return -1
}

func (a *gatherer) asNow(item int32, ref, team string) Item {
	if item < 0 {
		return Item{Ref: ref, Team: team, Assignees: []string{}}
	}
	return a.item(item)
}

// outcome is why a wait ended, by what its ends are now. If both are closed it
// ended with the one that was closed first.
func (a *gatherer) outcome(blocked, blocker int32) string {
	if blocked < 0 || blocker < 0 {
		return Gone
	}
	item, by := &a.g.Items[blocked], &a.g.Items[blocker]
	closed := func(state model.State) string {
		if state == model.Dropped {
			return model.Abandoned.String()
		}
		return model.Satisfied.String()
	}
	switch {
	case !by.State.Open() && (item.State.Open() || item.Closed >= by.Closed):
		return closed(by.State)
	case !item.State.Open():
		return model.Moot.String()
	}
	for _, di := range a.g.DependenciesOf(blocked) {
		if d := &a.g.Dependencies[di]; d.State == model.Active && d.From.Item() == blocker && d.To.Item() == blocked {
			return model.Active.String()
		}
	}
	return Withdrawn
}

// teams lists the teams that occur: the one the brief is of first.
func (a *gatherer) teams() {
	names := []string{a.b.With}
	note := func(waits []Wait) {
		for i := range waits {
			names = append(names, waits[i].Blocked.Team, waits[i].Blocker.Team)
		}
	}
	for i := range a.b.Sides {
		note(a.b.Sides[i].Waits)
		note(a.b.Sides[i].Abandoned)
	}
	for _, m := range a.b.Mirrors {
		names = append(names, m.Blocker.Team, m.Blocked.Team)
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" || name == a.b.Team })
	for _, name := range slices.Insert(names, 0, a.b.Team) {
		t := Team{Team: name}
		for i := range a.g.Teams {
			if team := &a.g.Teams[i]; team.Name == name {
				t.Lead, t.Manager, t.Channel = team.Lead, team.Manager, team.Channel
			}
		}
		a.b.Teams = append(a.b.Teams, t)
	}
}
