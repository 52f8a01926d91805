package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/model"
)

// org checks what the file says of the organisation against itself.
type org struct {
	*decoder
	root     *yaml.Node
	trackers []Tracker
	// The names that are defined.
	trackerNames, teamNames, programNames, ranks []string
	memberless                                   []string // teams
}

func (d *decoder) org(root *yaml.Node, f *file, c *Config) *org {
	o := &org{decoder: d, root: root, trackers: c.Trackers}
	add := func(names *[]string, name string) {
		if name != "" {
			*names = append(*names, name)
		}
	}
	for _, t := range c.Trackers {
		add(&o.trackerNames, t.Name)
	}
	for _, t := range f.Teams {
		add(&o.teamNames, t.Name)
		if len(t.Members) == 0 {
			add(&o.memberless, t.Name)
		}
	}
	for _, p := range f.Programs {
		add(&o.programNames, p.Name)
	}
	for _, p := range c.Priorities {
		add(&o.ranks, p.Name)
	}
	return o
}

func (o *org) teams(list []fileTeam) []model.Team {
	teams := make([]model.Team, 0, len(list))
	names := unique{d: o.decoder, what: "team"}
	for i, t := range list {
		n := at(o.root, "teams", i)
		o.required(n, "name")
		o.name(at(n, "name"), &names, "name", t.Name)
		if strings.EqualFold(t.Name, model.Unowned) {
			o.problem(at(n, "name"), "team name %s is taken: it stands for items no team owns", quote(t.Name))
		}
		if part := func(key string) bool { return o.noted[at(n, key)] }; len(t.Owns)+len(t.Members) == 0 && t.Name != "" && !part("name") && !part("owns") && !part("members") {
			o.lack(n, "team %s is empty: give it owns, or members whose items are then found by assignee_team", quote(t.Name))
		}
		teams = append(teams, model.Team{
			Name:     t.Name,
			Lead:     t.Lead,
			Manager:  t.Manager,
			Channel:  t.Channel,
			Owns:     o.matchers(at(n, "owns"), t.Owns),
			Members:  o.members(at(n, "members"), t.Members),
			Capacity: o.capacity(at(n, "capacity"), t.Capacity),
		})
	}
	return teams
}

func (o *org) members(n *yaml.Node, list []filePerson) []model.Person {
	var people []model.Person
	for i, p := range list {
		n := at(n, i)
		at := func(key string) *yaml.Node { return at(n, key) }
		o.required(n, "name")
		o.name(at("name"), nil, "name", p.Name)
		if p.Email != "" && !strings.Contains(p.Email, "@") {
			o.problem(at("email"), "email: want an address such as ana@acme.example")
		}
		fte := 1.0
		if p.FTE != nil {
			fte = *p.FTE
		}
		if !(fte >= 0 && fte <= 1) { // not a number is neither
			o.problem(at("fte"), "fte: want a share of a full week from 0 to 1")
		}
		o.words(at("skills"), "skills", p.Skills)
		person := model.Person{Name: p.Name, Email: p.Email, Jira: p.Jira, GitHub: p.GitHub, FTE: fte, Skills: p.Skills}
		for _, l := range p.Leave {
			person.Leave = append(person.Leave, model.Leave(l))
		}
		people = append(people, person)
	}
	return people
}

func (o *org) capacity(n *yaml.Node, c fileCapacity) model.Capacity {
	const most = 1e6 // what is beyond is a mistake, infinity too
	for key, v := range map[string]float64{
		"points_per_week": c.PointsPerWeek, "items_per_week": c.ItemsPerWeek, "wip_per_person": float64(c.WIPPerPerson),
	} {
		if !(v > 0 && v <= most) {
			o.problem(at(n, key), "%s: want a number above 0", key)
		}
	}
	return model.Capacity(c)
}

func (o *org) programs(list []fileProgram) []model.Program {
	var programs []model.Program
	names := unique{d: o.decoder, what: "program"}
	for i, p := range list {
		n := at(o.root, "programs", i)
		o.required(n, "name", "select")
		o.name(at(n, "name"), &names, "name", p.Name)
		o.some(at(n, "select"), "select", len(p.Select))
		o.oneOf(at(n, "core"), "team", p.Core, o.teamNames)
		for j, team := range p.Partners {
			o.oneOf(at(n, "partners", j), "team", team, o.teamNames)
		}
		o.words(at(n, "external"), "external", p.External)
		programs = append(programs, model.Program{
			Name: p.Name, Select: o.matchers(at(n, "select"), p.Select), Core: p.Core, Partners: p.Partners, External: p.External,
		})
	}
	return programs
}

func (o *org) skills(list []fileSkill) []model.Skill {
	var skills []model.Skill
	names := unique{d: o.decoder, what: "skill"}
	for i, s := range list {
		n := at(o.root, "skills", i)
		o.required(n, "skill", "match")
		o.name(at(n, "skill"), &names, "skill", s.Skill)
		o.some(at(n, "match"), "match", len(s.Match))
		skills = append(skills, model.Skill{Name: s.Skill, Match: o.matchers(at(n, "match"), s.Match)})
	}
	return skills
}

func (o *org) escalation(list []fileLevel) []model.EscalationLevel {
	var kinds []string
	for _, k := range model.ConflictKinds() {
		kinds = append(kinds, k.String())
	}
	var levels []model.EscalationLevel
	names := unique{d: o.decoder, what: "level"}
	for i, l := range list {
		n := at(o.root, "escalation", i)
		o.required(n, "level")
		o.name(at(n, "level"), &names, "level", l.Level)
		if at(n, "after") == nil && at(n, "priority") == nil && len(l.Conflict) == 0 {
			o.lack(n, "escalation level %s has no condition: give it after, priority or conflict", quote(l.Level))
		}
		o.positive(at(n, "after"), "after", l.After)
		o.oneOf(at(n, "priority"), "priority", l.Priority, o.ranks)
		for j, kind := range l.Conflict {
			o.oneOf(at(n, "conflict", j), "kind of conflict", kind, kinds)
		}
		levels = append(levels, model.EscalationLevel{
			Name: l.Level, After: time.Duration(l.After), Priority: l.Priority, Conflicts: l.Conflict,
		})
	}
	return levels
}

// required notes the keys a mapping must have and has not.
func (d *decoder) required(n *yaml.Node, keys ...string) {
	for _, key := range keys {
		if at(n, key) == nil {
			d.lack(n, "%s is missing", key)
		}
	}
}

// name checks a name people see: readable, and unique if names is not nil.
func (o *org) name(n *yaml.Node, names *unique, key, name string) {
	invisible := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case n == nil:
	case strings.TrimSpace(name) == "":
		o.problem(n, "%s is empty", key)
	case strings.TrimSpace(name) != name || strings.ContainsFunc(name, invisible):
		o.problem(n, "%s %s: spaces at an end and invisible characters are not allowed", key, quote(name))
	case names != nil:
		names.add(n, name)
	}
}

// some checks that a list has elements.
func (o *org) some(n *yaml.Node, key string, length int) {
	if length == 0 {
		o.problem(n, "%s: at least one matcher is needed", key)
	}
}

// words checks that no word of a list is empty.
func (o *org) words(n *yaml.Node, key string, words []string) {
	for i, w := range words {
		if strings.TrimSpace(w) == "" {
			o.problem(at(n, i), "%s: an empty text", key)
		}
	}
}

// oneOf checks that a word, if there is one, is known.
func (o *org) oneOf(n *yaml.Node, what, word string, known []string) {
	if n != nil && !slices.Contains(known, word) {
		o.problem(n, "%s", unknown(what, word, known))
	}
}

// unique notes names that were there before, compared without case.
type unique struct {
	d     *decoder
	what  string
	lines map[string]int
}

func (u *unique) add(n *yaml.Node, name string) {
	if u.lines == nil {
		u.lines = map[string]int{}
	}
	fold := strings.ToLower(name)
	if line, ok := u.lines[fold]; ok {
		u.d.problem(n, "%s %s is already defined in line %d", u.what, quote(name), line)
		return
	}
	u.lines[fold] = n.Line
}

// leave is a day, or the first and the last of several, as the file writes them.
type leave model.Leave

// UnmarshalText reads 2026-12-24 and 2026-12-21..2027-01-02.
func (l *leave) UnmarshalText(text []byte) error {
	first, last, several := strings.Cut(string(text), "..")
	if !several {
		last = first
	}
	from, err1 := time.Parse(time.DateOnly, first)
	to, err2 := time.Parse(time.DateOnly, last)
	if errors.Join(err1, err2) != nil {
		return errors.New("want a day such as 2026-12-24, or the first and the last as 2026-12-21..2027-01-02")
	}
	if to.Before(from) {
		return fmt.Errorf("it ends on %s before it starts on %s", last, first)
	}
	*l = leave{model.Date{Time: model.At(from), Day: true}, model.Date{Time: model.At(to), Day: true}}
	return nil
}

// JSONSchema describes the written form.
func (leave) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:        "string",
		Pattern:     `^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.\.[0-9]{4}-[0-9]{2}-[0-9]{2})?$`,
		Description: "A day away, or the first and the last of several.",
		Examples:    []any{"2026-12-24", "2026-12-21..2027-01-02"},
	}
}
