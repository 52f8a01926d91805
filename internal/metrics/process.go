package metrics

import (
	"github.com/waitgraph/waitgraph/model"
)

// process is how teams keep to what they agreed, and how programs stand, as series.
type process struct {
	conflicts, escalations, findings, adoption               *family
	programItems, programBlocked, programWaiting, programEnd *family
	memberDoing, memberBlocking                              *family
}

func newProcess(start func(string, func(labels) labels) *family, team func(labels) labels) *process {
	pair := func(l labels) labels { return labels{l[0], other, other} }
	program := func(l labels) labels { l[0] = other; return l }
	return &process{
		conflicts: start(conflicts, pair), escalations: start(escalations, pair), findings: start(findings, team), adoption: start(adoption, nil),
		programItems: start(programItems, program), programBlocked: start(programBlocked, program),
		programWaiting: start(programWaiting, func(l labels) labels { l[1] = other; return l }), programEnd: start(programEnd, nil),
		memberDoing: start(memberDoing, nil), memberBlocking: start(memberBlocking, nil),
	}
}

func (s *process) families() []*family {
	return []*family{
		s.escalations, s.conflicts, s.findings, s.adoption, s.programBlocked, s.programWaiting, s.programEnd, s.programItems,
		s.memberBlocking, s.memberDoing,
	}
}

func (s *process) count(g *model.Graph, perPerson bool) {
	for _, c := range g.Matrix {
		for _, kind := range model.ConflictKinds() {
			s.conflicts.set(0, kind.String(), c.Team, c.OnTeam)
		}
		for i := range g.Levels {
			s.escalations.set(0, g.Levels[i].Name, c.Team, c.OnTeam)
		}
	}
	for i := range g.Conflicts {
		team, on := g.ConflictTeams(&g.Conflicts[i])
		s.conflicts.add(1, g.Conflicts[i].Kind.String(), team, on)
	}
	for i := range g.Escalations {
		e := &g.Escalations[i]
		d := &g.Dependencies[e.Dependency]
		s.escalations.add(1, g.LevelName(e), g.Items[d.To].Team.String(), g.Items[d.From].Team.String())
	}
	for _, team := range teamNames(g) {
		for _, kind := range model.FindingKinds() {
			s.findings.set(0, team, kind.String())
		}
	}
	for i := range g.Findings {
		s.findings.add(1, g.FindingTeam(&g.Findings[i]), g.Findings[i].Kind.String())
	}
	for _, a := range g.Adoption {
		if ratio, ok := a.Ratio(); ok {
			s.adoption.set(ratio, a.Team)
		}
	}
	for i := range g.Programs {
		s.countProgram(g, &g.Programs[i])
	}
	if perPerson {
		for i := range g.People {
			p := &g.People[i]
			for _, team := range p.Teams {
				s.memberDoing.set(float64(len(p.Doing)), team, p.Name)
				s.memberBlocking.set(float64(len(p.Blocking)), team, p.Name)
			}
		}
	}
}

func (s *process) countProgram(g *model.Graph, p *model.ProgramState) {
	for _, state := range []model.State{model.Todo, model.Doing, model.Done, model.Dropped} {
		s.programItems.set(0, p.Name, state.String())
	}
	for _, i := range p.Items {
		s.programItems.add(1, p.Name, g.Items[i].State.String())
	}
	s.programBlocked.set(float64(len(p.Blocked)), p.Name)
	for _, i := range p.Waits {
		s.programWaiting.add(1, p.Name, g.Items[i].Team.String())
	}
	if p.EndFrom >= 0 {
		s.programEnd.set(seconds(g.Items[p.EndFrom].Date().End(g.Location)), p.Name)
	}
}
