package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// findSkills lists for each team the open items that need what none of its
// available members can do.
func (gs *gaps) findSkills() {
	if len(gs.rules.Skills) == 0 {
		return
	}
	today := gs.now.In(gs.loc)
	for ti := range gs.rules.Teams {
		members := gs.rules.Teams[ti].Members
		if len(members) == 0 {
			continue // nothing is known of its people
		}
		for _, skill := range gs.rules.Skills {
			has := slices.ContainsFunc(members, func(m model.Person) bool {
				return m.FTE > 0 && !onLeave(&m, today) && slices.Contains(m.Skills, skill.Name)
			})
			if !has {
				gs.of[ti].Skills = append(gs.of[ti].Skills, model.SkillGap{Skill: skill.Name})
			}
		}
	}
	for si := range gs.rules.Skills {
		name := gs.rules.Skills[si].Name
		for _, i := range gs.needing(si) {
			if row := &gs.rows[i]; row.state.Open() {
				missing := gs.of[gs.at[row.team]].Skills
				if at := slices.IndexFunc(missing, func(g model.SkillGap) bool { return g.Skill == name }); at >= 0 {
					missing[at].Items = append(missing[at].Items, i)
				}
			}
		}
	}
	for i := range gs.of {
		t := &gs.of[i]
		t.Skills = slices.DeleteFunc(t.Skills, func(g model.SkillGap) bool { return len(g.Items) == 0 })
		slices.SortFunc(t.Skills, func(a, b model.SkillGap) int { return cmp.Compare(a.Skill, b.Skill) })
	}
}
