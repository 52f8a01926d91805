package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// skills finds items that need what no available member of their team can do.
type skills struct {
	*reconciler
	former  []map[string][]string
	missing [][]int // by team: the skills none of its available members has
}

func newSkills(rec *reconciler) *skills {
	s := &skills{reconciler: rec, missing: make([][]int, len(rec.rules.Teams)+1)}
	if len(rec.rules.Skills) == 0 {
		return s
	}
	s.former = rec.projectNames()
	today := rec.now.In(rec.loc)
	for ti := range rec.rules.Teams {
		members := rec.rules.Teams[ti].Members
		if len(members) == 0 {
			continue // nothing is known of its people
		}
		for si := range rec.rules.Skills {
			has := slices.ContainsFunc(members, func(m model.Person) bool {
				return m.FTE > 0 && !onLeave(&m, today) && slices.Contains(m.Skills, rec.rules.Skills[si].Name)
			})
			if !has {
				s.missing[ti] = append(s.missing[ti], si)
			}
		}
	}
	return s
}

// read notes what an open item of a team needs and lacks.
func (s *skills) read(t *model.TeamGaps, team, i int32) {
	for _, si := range s.missing[team] {
		skill := &s.rules.Skills[si]
		if !slices.ContainsFunc(skill.Match, func(m model.Matcher) bool { return s.selects(&m, i) }) {
			continue
		}
		at, found := slices.BinarySearchFunc(t.Skills, skill.Name, func(g model.SkillGap, name string) int { return cmp.Compare(g.Skill, name) })
		if !found {
			t.Skills = slices.Insert(t.Skills, at, model.SkillGap{Skill: skill.Name})
		}
		t.Skills[at].Items = append(t.Skills[at].Items, i)
	}
}

func (s *skills) selects(m *model.Matcher, i int32) bool {
	n := &s.g.Items[i]
	return inContainer(m, n.ID.Tracker, s.former[s.rows[i].home], n.Project) && matches(m, n.Item, s.persons)
}
