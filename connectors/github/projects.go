package github

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/waitgraph/waitgraph/model"
)

// Project is a project (GitHub's Projects, not the older classic ones) whose
// fields tell more of the items on it.
type Project struct {
	Org    string            `yaml:"org" jsonschema_description:"The organization that owns the project." jsonschema_extras:"x-absent=this or \"user\""`
	User   string            `yaml:"user" jsonschema_description:"The user who owns it." jsonschema_extras:"x-absent=this or \"org\""`
	Number int               `yaml:"number" jsonschema_description:"Its number, as in its address: \"orgs/acme/projects/7\"." jsonschema:"required,minimum=1" jsonschema_extras:"x-unit=none"`
	Fields map[string]string `yaml:"fields" jsonschema_description:"Names of the project's fields: \"points\" (a number), \"status\" (a single select), \"sprint\" (an iteration; it ends with its last day), \"due\" (a date), and any other name for use in a matcher's \"field\"." jsonschema:"required"`
	Status map[string]Status `yaml:"status" jsonschema_description:"Statuses that mean something else than their name says. By name, an open issue is \"doing\" when it is \"In progress\", \"In review\", \"Doing\" or the like; any other status leaves it \"todo\". A closed one stays closed." jsonschema_extras:"x-absent=by name"`
}

// Status says what a project's status means where its name does not.
type Status struct {
	State   string `yaml:"state" jsonschema_description:"State of an open item with the status." jsonschema:"enum=todo,enum=doing,enum=done,enum=dropped" jsonschema_extras:"x-absent=by name"`
	Blocked *bool  `yaml:"blocked" jsonschema_description:"Whether the status says that the item is blocked." jsonschema_extras:"x-absent=false\\, but true for a status called \"Blocked\""`
}

// The keys of Project.Fields with a meaning of their own.
const (
	fieldPoints = "points"
	fieldStatus = "status"
	fieldSprint = "sprint"
	fieldDue    = "due"
)

var (
	loginName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	fieldKey  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// name is the path of the project's address.
func (p *Project) name() string {
	if p.User != "" {
		return fmt.Sprintf("users/%s/projects/%d", p.User, p.Number)
	}
	return fmt.Sprintf("orgs/%s/projects/%d", p.Org, p.Number)
}

func (p *Project) validate(key string, bad func(key, format string, args ...any)) {
	switch {
	case p.Org == "" && p.User == "":
		bad(key, "give the owner as org or user")
	case p.Org != "" && p.User != "":
		bad(key, "org and user exclude each other")
	}
	if p.Org != "" && !loginName.MatchString(p.Org) {
		bad(key+".org", "%q is not a login", p.Org)
	}
	if p.User != "" && !loginName.MatchString(p.User) {
		bad(key+".user", "%q is not a login", p.User)
	}
	if p.Number <= 0 {
		bad(key+".number", "%d is not a project's number", p.Number)
	}
	if len(p.Fields) == 0 {
		bad(key+".fields", "name at least one")
	}
	for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
		if !fieldKey.MatchString(name) {
			bad(key+".fields."+name, "a name has lower case letters, digits and underscores")
		}
		if strings.TrimSpace(p.Fields[name]) == "" {
			bad(key+".fields."+name, "give the field's name in the project")
		}
	}
	if len(p.Status) > 0 && p.Fields[fieldStatus] == "" {
		bad(key+".status", "name the field that has them in fields.status")
	}
	for _, name := range slices.Sorted(maps.Keys(p.Status)) {
		if s := p.Status[name].State; s != "" && model.StateOf(s) == 0 {
			bad(key+".status."+name+".state", "%q is none of todo, doing, done, dropped", s)
		}
	}
}

// status is what one of the project's statuses means.
func (p *Project) status(name string) (state model.State, blocked bool) {
	folded := strings.ToLower(strings.TrimSpace(name))
	blocked = folded == "blocked"
	if usualStatus(name) == model.Doing {
		state = model.Doing
	}
	for configured, s := range p.Status {
		if strings.ToLower(strings.TrimSpace(configured)) != folded {
			continue
		}
		state = cmp.Or(model.StateOf(s.State), state)
		if s.Blocked != nil {
			blocked = *s.Blocked
		}
	}
	return state, blocked
}

// usualStatus is what a status of a usual name means, zero for any other. Signs
// around and between the words, as in "🏗 In-Progress", do not matter.
func usualStatus(name string) model.State {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch strings.Join(words, " ") {
	case "doing", "in progress", "in review", "in development", "in testing", "under review", "wip", "work in progress", "review", "reviewing", "testing":
		return model.Doing
	case "todo", "to do", "backlog", "new", "ready", "triage", "inbox", "no status", "up next", "next", "planned":
		return model.Todo
	case "done", "closed", "complete", "completed", "finished", "shipped", "released":
		return model.Done
	}
	return 0
}
