package reconcile

import (
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// ownerRules are all ownership rules, in the order of the config.
type ownerRules struct {
	rules   []rule
	unowned int32
	persons *persons
	former  []map[string][]string // by tracker: the former names of its projects
	globs   *labelGlobs           // of these rules, and of programs and skills
}

// owners gives items their team: that of the first ownership rule that
// matches. Most rules are about containers, so the list is cut once for each
// container, as items come by container, and there once for each set of asks
// that items can answer.
type owners struct {
	*ownerRules
	labels *labels
	at     container
	todo   []rule
	able   [1 << kindsOfAsks]ableTo // by asks
}

// ableTo are the rules of a container that an item which can answer some asks may match.
type ableTo struct {
	rules []rule
	known bool
}

type rule struct {
	*model.Matcher
	label int32 // the number of its label glob, -1 for none
	team  int32
	asks  asks
}

type container struct {
	tracker int32
	project model.Word
}

// asks are what a rule asks of an item beyond its container. An item that has
// nothing of one of them cannot match.
type asks uint8

const (
	kindsOfAsks      = 8
	asksLabel   asks = 1 << 1 // as newAsks has it
)

func newAsks(component, label, kind, epic, fixVersion, milestone, assignee, field bool) asks {
	a := asks(0)
	for i, on := range [kindsOfAsks]bool{component, label, kind, epic, fixVersion, milestone, assignee, field} {
		if on {
			a |= 1 << i
		}
	}
	return a
}

func asksOf(m *model.Matcher) asks {
	return newAsks(m.Component != "", m.Label != "", m.Type != "", m.Epic != "", m.FixVersion != "", m.Milestone != "", m.AssigneeTeam != "", len(m.Field) > 0)
}

// canAnswer are the asks that an item has anything of.
func canAnswer(it *model.Item) asks {
	return newAsks(len(it.Components) > 0, len(it.Labels) > 0, !it.Type.IsZero(), it.Epic != "",
		len(it.FixVersions) > 0, it.Milestone != nil, len(it.Assignees) > 0, len(it.Fields) > 0)
}

func newOwnerRules(rec *reconciler) *ownerRules {
	o := &ownerRules{persons: rec.persons, former: rec.projectNames(), unowned: rec.teamAt(model.Unowned), globs: newLabelGlobs(rec.rules)}
	for ti := range rec.rules.Teams {
		team := &rec.rules.Teams[ti]
		for mi := range team.Owns {
			m := &team.Owns[mi]
			o.rules = append(o.rules, rule{m, o.globs.number(m), rec.teamAt(team.Name), asksOf(m)})
		}
	}
	return o
}

func (o *owners) team(tracker int32, it *model.Item, has asks) int32 {
	if c := (container{tracker, it.Project}); c != o.at {
		o.at, o.todo = c, o.todo[:0]
		for i := range o.able {
			o.able[i].known = false
		}
		for _, r := range o.rules {
			if !inContainer(r.Matcher, it.ID.Tracker.String(), o.former[tracker], it.Project.String()) {
				continue
			}
			o.todo = append(o.todo, r)
			if r.asks == 0 {
				break
			}
		}
	}
	if len(o.todo) > 0 && o.todo[0].asks == 0 {
		return o.todo[0].team
	}
	able := &o.able[has]
	if !able.known {
		able.known, able.rules = true, able.rules[:0]
		for _, r := range o.todo {
			if r.asks&^has == 0 {
				able.rules = append(able.rules, r)
			}
		}
	}
	for i := range able.rules {
		if r := &able.rules[i]; r.asks == 0 || o.labels.match(r.label) && matchesBesides(r.Matcher, it, o.persons) {
			return r.team
		}
	}
	return o.unowned
}

// projectNames lists, per tracker, the former names of each project.
func (rec *reconciler) projectNames() []map[string][]string {
	names := make([]map[string][]string, len(rec.trackers))
	for i := range rec.trackers {
		names[i] = map[string][]string{}
		for _, p := range rec.trackers[i].Site.Projects {
			if len(p.Former) > 0 {
				names[i][p.Key] = p.Former
			}
		}
	}
	return names
}

func inContainer(m *model.Matcher, tracker string, former map[string][]string, project string) bool {
	if m.Tracker != "" && m.Tracker != tracker {
		return false
	}
	for _, glob := range []string{m.Project, m.Repository} {
		if glob == "" || model.Glob(glob, project) {
			continue
		}
		if !slices.ContainsFunc(former[project], func(name string) bool { return model.Glob(glob, name) }) {
			return false
		}
	}
	return true
}

func matchesAny(glob string, values []string) bool {
	return glob == "" || slices.ContainsFunc(values, func(v string) bool { return model.Glob(glob, v) })
}

// matchesBesides tries the keys of a matcher that differ between items of one
// container, but for the label.
func matchesBesides(m *model.Matcher, it *model.Item, p *persons) bool {
	one := func(glob, value string) bool { return glob == "" || value != "" && model.Glob(glob, value) }
	if !matchesAny(m.Component, it.Components) || !one(m.Type, it.Type.String()) || !one(m.Epic, it.Epic) ||
		!one(m.Milestone, it.Milestone.Value().Name) {
		return false
	}
	if m.FixVersion != "" && !slices.ContainsFunc(it.FixVersions, func(v model.Span) bool { return model.Glob(m.FixVersion, v.Name) }) {
		return false
	}
	for name, glob := range m.Field {
		if v, ok := it.Fields[name]; !ok || !model.Glob(glob, v) {
			return false
		}
	}
	return m.AssigneeTeam == "" || slices.ContainsFunc(it.Assignees, func(a model.Account) bool {
		return p.inTeam(it.ID.Tracker.String(), &a, m.AssigneeTeam)
	})
}
