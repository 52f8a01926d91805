package config

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/model"
)

// What follows looks for what is written well and can have no effect, for what
// else is written.

// lacking names the keys of matchers of which the items of a type of tracker
// have nothing, and what to use instead. Of other types nothing is known.
func lacking(kind string) map[string]string {
	switch kind {
	case "jira":
		return map[string]string{"repository": "project", "milestone": "fix_version"}
	case "github":
		return map[string]string{"project": "repository", "component": "label", "epic": "label", "fix_version": "milestone"}
	}
	return nil
}

// nothing notes keys of a matcher that nothing in reach has.
func (o *org) nothing(n *yaml.Node, m *fileMatcher) {
	kind, one := "", true
	for _, t := range o.trackers {
		if m.Tracker == "" || m.Tracker == t.Name {
			one = one && (kind == "" || kind == t.Type)
			kind = t.Type
		}
	}
	if one { // the two types known lack no key both
		for key, instead := range lacking(kind) {
			if v := at(n, key); v != nil {
				o.problem(v, "%s: items of a tracker of type %s have none, so this matches nothing: use %s", key, kind, instead)
			}
		}
	}
	if v := at(n, "assignee_team"); v != nil && slices.Contains(o.memberless, m.AssigneeTeam) {
		o.problem(v, "assignee_team: team %s has no members, so this matches nothing", quote(m.AssigneeTeam))
	}
}

// ownership is a rule by which a team owns items.
type ownership struct {
	node *yaml.Node
	team string
	keys []string // in order
	of   map[string]pattern
}

// ownerships lists the rules of all teams in the order in which they are tried.
func (o *org) ownerships(teams []model.Team) []ownership {
	var rules []ownership
	for i := range teams {
		for j := range teams[i].Owns {
			m := &teams[i].Owns[j]
			r := ownership{node: at(o.root, "teams", i, "owns", j), team: teams[i].Name, of: map[string]pattern{}}
			put := func(key, glob string) {
				if glob != "" {
					r.keys, r.of[key] = append(r.keys, key), newPattern(glob)
				}
			}
			if len(o.trackers) > 1 {
				put("tracker", m.Tracker)
			}
			put("project", m.Project)
			put("component", m.Component)
			put("label", m.Label)
			put("repository", m.Repository)
			put("type", m.Type)
			put("epic", m.Epic)
			put("fix_version", m.FixVersion)
			put("milestone", m.Milestone)
			put("assignee_team", m.AssigneeTeam)
			for name, glob := range m.Field {
				put("field "+name, glob)
			}
			if r.node != nil && len(r.keys) > 0 {
				slices.Sort(r.keys)
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// covers tells whether r matches whatever q matches.
func (r *ownership) covers(q *ownership) bool {
	for _, key := range r.keys {
		if p, ok := q.of[key]; !ok || !r.of[key].covers(p) {
			return false
		}
	}
	return true
}

// meets tells of two rules with the same keys what both select, if there is
// such a thing: the key whose globs differ, and a value.
func (r *ownership) meets(q *ownership) (key, text string, ok bool) {
	if !slices.Equal(r.keys, q.keys) {
		return "", "", false
	}
	for _, k := range r.keys {
		common, ok := r.of[k].meet(q.of[k])
		if !ok {
			return "", "", false
		}
		if key == "" && !slices.Equal(r.of[k], q.of[k]) {
			key, text = k, common
		}
	}
	return key, text, true
}

// overlaps notes the rules of ownership that never apply, for the first rule
// that matches decides, and warns of those where only the order of the teams
// tells whose an item is. Rules that except from a later, wider one are neither.
func (o *org) overlaps(teams []model.Team) {
	rules := o.ownerships(teams)
	for j := range rules {
		r := &rules[j]
		other := func(q ownership) bool { return q.team != r.team && q.covers(r) }
		if i := slices.IndexFunc(rules[:j], other); i >= 0 {
			q := &rules[i]
			if r.covers(q) {
				o.problem(r.node, "this rule never applies: team %s owns the same by line %d", quote(q.team), q.node.Line)
			} else {
				o.problem(r.node, "this rule never applies: team %s owns all of it by line %d: put the narrower rule first, with its team", quote(q.team), q.node.Line)
			}
			continue
		}
		for i := range rules[:j] {
			q := &rules[i]
			if key, text, ok := q.meets(r); ok && q.team != r.team && !r.covers(q) {
				o.warn(r.node, "this rule and that of team %s in line %d both match %s %s: the first in the file has it", quote(q.team), q.node.Line, key, quote(text))
				break
			}
		}
	}
}

// unreached notes levels of escalation nothing is ever at: whatever is at one of
// them is at a later one, which counts.
func (o *org) unreached(levels []model.EscalationLevel) {
	sound := func(i int) bool { // without a problem of its own
		l, n := &levels[i], at(o.root, "escalation", i)
		return n != nil && l.Name != "" && !o.strange[n] && (l.After > 0 || l.Priority != "" || len(l.Conflicts) > 0) && (l.Priority == "" || slices.Contains(o.ranks, l.Priority))
	}
	for i := range levels {
		for j := i + 1; j < len(levels); j++ {
			if sound(i) && sound(j) && o.implies(&levels[i], &levels[j]) {
				o.problem(at(o.root, "escalation", i), "nothing is ever at level %s: whatever meets its conditions meets those of level %s in line %d, and the last level counts: put the stricter one last",
					quote(levels[i].Name), quote(levels[j].Name), at(o.root, "escalation", j).Line)
				break
			}
		}
	}
}

// implies tells whether the conditions of a hold only where those of b do.
func (o *org) implies(a, b *model.EscalationLevel) bool {
	rank := func(l *model.EscalationLevel) int { return slices.Index(o.ranks, l.Priority) }
	return b.After <= a.After &&
		(b.Priority == "" || a.Priority != "" && rank(a) <= rank(b)) &&
		(len(b.Conflicts) == 0 || len(a.Conflicts) > 0 && !slices.ContainsFunc(a.Conflicts, func(kind string) bool { return !slices.Contains(b.Conflicts, kind) }))
}
