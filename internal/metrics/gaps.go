package metrics

import (
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// gaps is what teams lack, and what was recorded of their past, as series.
type gaps struct {
	unassigned, overloaded, skills, concentration, bottleneck                *family
	capacityPoints, demandPoints, capacityItems, demandItems, coverage, bugs *family
	blockedSeconds, arrived, completed, reopened                             *family
}

func newGaps(start func(string, func(labels) labels) *family, team func(labels) labels) *gaps {
	return &gaps{
		unassigned: start(unassigned, team), overloaded: start(overloaded, team), skills: start(skillGaps, team),
		concentration: start(concentration, nil), bottleneck: start(bottleneck, nil),
		capacityPoints: start(capacityPoints, team), demandPoints: start(demandPoints, team),
		capacityItems: start(capacityItems, team), demandItems: start(demandItems, team),
		coverage: start(coverage, nil), bugs: start(openBugs, team),
		blockedSeconds: start(blockedSeconds, nil), arrived: start(arrived, nil), completed: start(completed, nil), reopened: start(reopened, nil),
	}
}

func (s *gaps) families() []*family {
	return []*family{
		s.blockedSeconds, s.unassigned, s.bottleneck, s.capacityPoints, s.demandPoints, s.capacityItems, s.demandItems, s.coverage,
		s.concentration, s.overloaded, s.skills, s.completed, s.arrived, s.reopened, s.bugs,
	}
}

func (s *gaps) count(g *model.Graph) {
	for i := range g.Gaps {
		s.countTeam(g, &g.Gaps[i])
	}
	if h := g.History; h != nil && !h.Began.IsZero() {
		for _, team := range teamNames(g) {
			t := h.TotalsOf(team)
			s.blockedSeconds.set(t.BlockedSeconds, team)
			s.arrived.set(float64(t.Arrived), team)
			s.completed.set(float64(t.Completed), team)
			s.reopened.set(float64(t.Reopened), team)
		}
	}
}

func (s *gaps) countTeam(g *model.Graph, t *model.TeamGaps) {
	s.unassigned.set(float64(len(t.Unassigned.Blocking)), t.Team, "blocking")
	s.unassigned.set(float64(len(t.Unassigned.Doing)), t.Team, "doing")
	s.unassigned.set(float64(len(t.Unassigned.Due)), t.Team, "due")
	if slices.ContainsFunc(g.Teams, func(c model.Team) bool { return c.Name == t.Team && c.Capacity.WIPPerPerson > 0 }) {
		s.overloaded.set(float64(len(t.Overloaded)), t.Team)
	}
	for _, skill := range t.Skills {
		s.skills.set(float64(len(skill.Items)), t.Team, skill.Skill)
	}
	if ratio, ok := t.Concentrated(); ok {
		s.concentration.set(ratio, t.Team)
	}
	s.bottleneck.set(float64(t.Bottleneck.Items), t.Team)
	if p := t.Capacity.Points; p != nil {
		s.capacityPoints.set(*p, t.Team)
	}
	if n := t.Capacity.Items; n != nil {
		s.capacityItems.set(*n, t.Team)
	}
	s.demandPoints.set(t.Capacity.DemandPoints, t.Team)
	s.demandItems.set(float64(len(t.Capacity.Due)), t.Team)
	if ratio, ok := t.Coverage(); ok {
		s.coverage.set(ratio, t.Team)
	}
	for _, rank := range g.Ranks {
		s.bugs.set(0, t.Team, rank)
	}
	s.bugs.set(0, t.Team, noPriority)
	for _, i := range t.Flow.OpenBugs {
		rank := noPriority
		if r := int(g.Items[i].Rank); r > 0 && r <= len(g.Ranks) {
			rank = g.Ranks[r-1]
		}
		s.bugs.add(1, t.Team, rank)
	}
}

// noPriority is the value for items without one.
const noPriority = "none"

// teamNames are the configured teams and the unowned.
func teamNames(g *model.Graph) []string {
	names := []string{model.Unowned}
	for i := range g.Teams {
		names = append(names, g.Teams[i].Name)
	}
	return names
}
