package config

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/model"
)

// matchers checks a list of matchers and takes it over.
func (o *org) matchers(n *yaml.Node, list []fileMatcher) []model.Matcher {
	var matchers []model.Matcher
	for i := range list {
		m := &list[i]
		o.matcher(at(n, i), m)
		matchers = append(matchers, model.Matcher{
			Tracker:      m.Tracker,
			Project:      m.Project,
			Component:    m.Component,
			Label:        m.Label,
			Repository:   m.Repository,
			Type:         m.Type,
			Epic:         m.Epic,
			FixVersion:   m.FixVersion,
			Milestone:    m.Milestone,
			AssigneeTeam: m.AssigneeTeam,
			Field:        m.Field,
		})
	}
	return matchers
}

func (o *org) matcher(n *yaml.Node, m *fileMatcher) {
	if n == nil || n.Kind != yaml.MappingNode {
		return // noted as what it is
	}
	if keys := o.pairs(n); len(keys) == 0 || len(keys) == 1 && keys[0].key.Value == "field" && len(m.Field) == 0 {
		o.problem(n, "an empty matcher would match everything: give it at least one key")
		return
	}
	o.oneOf(at(n, "tracker"), "tracker", m.Tracker, o.trackerNames)
	o.oneOf(at(n, "assignee_team"), "team", m.AssigneeTeam, o.teamNames)
	for _, g := range []struct{ key, glob string }{
		{"project", m.Project},
		{"component", m.Component},
		{"label", m.Label},
		{"repository", m.Repository},
		{"type", m.Type},
		{"epic", m.Epic},
		{"fix_version", m.FixVersion},
		{"milestone", m.Milestone},
	} {
		if v := at(n, g.key); v != nil {
			o.glob(v, g.key, g.glob)
		}
	}
	if v := at(n, "repository"); v != nil && at(n, "project") != nil {
		o.problem(v, "repository beside project: no item has both, so this matches nothing")
	}
	o.nothing(n, m)
	for name, glob := range m.Field {
		o.glob(at(n, "field", name), "field "+quote(name), glob)
	}
}

// glob notes a glob that can never match what it is meant for. In a glob *
// stands for any characters but "/" and ? for one; every other character,
// brackets too, is itself.
func (o *org) glob(n *yaml.Node, key, glob string) {
	bad := func(why string) { o.problem(n, "%s: bad glob %s: %s", key, quote(glob), why) }
	slashes := strings.Count(glob, "/")
	switch {
	case glob == "":
		o.problem(n, "%s: an empty text matches nothing", key)
	case strings.TrimSpace(glob) != glob:
		bad("it begins or ends with a space")
	case strings.HasPrefix(glob, "!"):
		bad("a matcher cannot exclude; rules are tried in order, so put the exception first")
	case strings.Contains(glob, "**"):
		bad("* stands for any characters but /, ** for nothing more")
	case key == "repository" && slashes == 0:
		bad("want owner/name, such as " + quote("*/"+glob))
	case key == "repository" && (slashes > 1 || strings.Trim(glob, "/") != glob):
		bad("want owner/name, without an address")
	case key == "project" && slashes > 0:
		bad("a project is a key such as PAY; for a repository use repository")
	}
}
