package jira

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// wireField is one field as the site lists it.
type wireField struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Clause []string `json:"clauseNames"`
	Schema struct {
		Type   string `json:"type"`
		Custom string `json:"custom"`
	} `json:"schema"`
}

// slots are the ids of the custom fields that can hold one value; the first that
// is not empty does. There are several when the site has several such fields.
type slots []string

// of is the value of an issue.
func (s slots) of(is *wireIssue) json.RawMessage {
	for _, id := range s {
		if raw := json.RawMessage(is.Fields.Custom[id]); !isNull(raw) {
			return raw
		}
	}
	return nil
}

// fieldMap tells where a site keeps what has no field of its own in every Jira.
type fieldMap struct {
	// custom are the ids asked for.
	custom []string

	flagged, sprint, points, epic, parent, neededBy, target slots
	named                                                   []namedField

	// notes tell what was not found or not clear.
	notes []string
}

// namedField is a field the config names.
type namedField struct {
	name   string
	slots  slots
	system string // set for a field every issue has; slots are then empty
}

// kinds of fields are known by their schema, never by their id, which differs
// from site to site, or their name, which may be translated.
var fieldKinds = map[string]func(f *wireField) bool{
	fieldSprint: func(f *wireField) bool { return strings.HasSuffix(f.Schema.Custom, ":gh-sprint") },
	fieldTeam: func(f *wireField) bool {
		return strings.HasSuffix(f.Schema.Custom, ":atlassian-team") ||
			strings.HasSuffix(f.Schema.Custom, ":rm-teams-custom-field-team") ||
			strings.HasPrefix(f.Schema.Custom, "com.atlassian.teams:")
	},
	// Jira Software has a type for estimates in projects a team manages
	// itself; elsewhere they are a plain number of a well-known name.
	fieldPoints: func(f *wireField) bool {
		return strings.HasSuffix(f.Schema.Custom, ":jsw-story-points") ||
			strings.HasSuffix(f.Schema.Custom, ":float") &&
				(strings.EqualFold(f.Name, "Story Points") || strings.EqualFold(f.Name, "Story point estimate"))
	},
	"epic":   func(f *wireField) bool { return strings.HasSuffix(f.Schema.Custom, ":gh-epic-link") },
	"parent": func(f *wireField) bool { return strings.HasSuffix(f.Schema.Custom, ":jpo-custom-field-parent") },
	// When planning ahead, people set a target rather than a due date.
	"target": func(f *wireField) bool { return strings.HasSuffix(f.Schema.Custom, ":jpo-custom-field-baseline-end") },
	"flagged": func(f *wireField) bool {
		return strings.HasSuffix(f.Schema.Custom, ":multicheckboxes") && strings.EqualFold(f.Name, "Flagged")
	},
}

// systemFields are read of every issue anyway.
var systemFields = []string{
	"summary", "description", "comment", "status", "resolution", "resolutiondate", "created", "updated",
	"duedate", "issuetype", "project", "priority", "labels", "components", "fixVersions", "assignee",
	"reporter", "creator", "issuelinks", "subtasks", "parent",
}

var fieldID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*$`)

// mapFields finds the fields of a site that hold what the config asks for.
func mapFields(listed []wireField, configured map[string]string) *fieldMap {
	m := &fieldMap{}
	// A stable order makes equal sites equal, whatever order they list in.
	listed = slices.SortedFunc(slices.Values(listed), func(a, b wireField) int { return cmp.Compare(a.ID, b.ID) })

	m.flagged = m.slots(ofKind(listed, "flagged"))
	m.epic = m.slots(ofKind(listed, "epic"))
	m.parent = m.slots(ofKind(listed, "parent"))
	if _, given := configured[fieldNeededBy]; !given {
		m.target = m.slots(ofKind(listed, "target"))
	}
	m.sprint = m.slots(m.find(listed, configured, fieldSprint))
	m.points = m.slots(m.find(listed, configured, fieldPoints))
	if found := m.find(listed, configured, fieldTeam); len(found) > 0 {
		m.name(fieldTeam, found)
	}
	for _, name := range sortedKeys(configured) {
		switch name {
		case fieldSprint, fieldPoints, fieldTeam:
			continue
		}
		switch found := m.find(listed, configured, name); {
		case len(found) == 0:
		case name != fieldNeededBy:
			m.name(name, found)
		case found[0].ID != "duedate":
			m.neededBy = m.slots(found)
		}
	}
	return m
}

// find is the field a name of the config stands for, or fields if that is not clear.
func (m *fieldMap) find(listed []wireField, configured map[string]string, name string) []wireField {
	want, given := configured[name]
	var found []wireField
	if given {
		found = called(listed, want)
	}
	if len(found) == 0 {
		found = ofKind(listed, name)
		switch {
		case given && len(found) == 0:
			m.note("fields.%s: the site has no field %q", name, want)
		case given:
			m.note("fields.%s: the site has no field %q; %s is read instead", name, want, list(found))
		}
	}
	if len(found) > 1 {
		m.note("fields.%s: several fields could hold it, the first with a value is read: %s", name, list(found))
	}
	return found
}

func (m *fieldMap) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// name keeps a field's value under a name.
func (m *fieldMap) name(name string, found []wireField) {
	if slices.Contains(systemFields, found[0].ID) {
		m.named = append(m.named, namedField{name: name, system: found[0].ID})
		return
	}
	m.named = append(m.named, namedField{name: name, slots: m.slots(found)})
}

// slots has the fields asked for.
func (m *fieldMap) slots(fields []wireField) slots {
	var s slots
	for _, f := range fields {
		if slices.Contains(systemFields, f.ID) || !fieldID.MatchString(f.ID) {
			continue // would hide the field of the same name, or spoil a request
		}
		if !slices.Contains(m.custom, f.ID) {
			m.custom = append(m.custom, f.ID)
		}
		s = append(s, f.ID)
	}
	return s
}

// called are the fields of an id, a name or a name in queries ("cf[10020]").
func called(listed []wireField, want string) []wireField {
	var byID, byName, byClause []wireField
	for _, f := range listed {
		switch {
		case f.ID == want:
			byID = append(byID, f)
		case fold(f.Name) == fold(want):
			byName = append(byName, f)
		case slices.ContainsFunc(f.Clause, func(c string) bool { return strings.EqualFold(c, want) }):
			byClause = append(byClause, f)
		}
	}
	switch {
	case len(byID) > 0:
		return byID
	case len(byName) > 0:
		return byName
	}
	return byClause
}

func ofKind(listed []wireField, kind string) []wireField {
	is, ok := fieldKinds[kind]
	if !ok {
		return nil
	}
	var found []wireField
	for _, f := range listed {
		if is(&f) {
			found = append(found, f)
		}
	}
	return found
}

func list(fields []wireField) string {
	var names []string
	for _, f := range fields {
		names = append(names, fmt.Sprintf("%q (%s)", short(f.Name, 60), short(f.ID, 40)))
	}
	return strings.Join(names, ", ")
}

// systemValue is a field every issue has, as people read it.
func systemValue(f *wireFields, id string) string {
	name := func(n *wireNamed) string {
		if n == nil {
			return ""
		}
		return n.Name
	}
	switch id {
	case "summary":
		return f.Summary
	case "resolution":
		return name(f.Resolution)
	case "priority":
		return name(f.Priority)
	case "status":
		return statusName(f.Status)
	case "issuetype":
		return typeName(f.Type)
	case "project":
		if f.Project != nil {
			return f.Project.Key
		}
	case "labels":
		return strings.Join(f.Labels, ", ")
	case "components":
		return strings.Join(names(f.Components), ", ")
	case "fixVersions":
		var all []string
		for _, v := range f.FixVersions {
			all = append(all, v.Name)
		}
		return strings.Join(all, ", ")
	case "assignee":
		return account(f.Assignee).Name
	case "reporter":
		return account(f.Reporter).Name
	case "creator":
		return account(f.Creator).Name
	case "duedate":
		return f.Due
	case "created":
		return f.Created
	case "updated":
		return f.Updated
	case "resolutiondate":
		return f.ResolutionDate
	}
	return ""
}

func names(all []wireNamed) []string {
	if len(all) == 0 {
		return nil
	}
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = n.Name
	}
	return out
}

func statusName(s *wireStatus) string {
	if s == nil {
		return ""
	}
	return s.Name
}

func typeName(t *wireType) string {
	if t == nil {
		return ""
	}
	return t.Name
}

// account is a user of either product; the zero account for none.
func account(u *wireUser) model.Account {
	if u == nil {
		return model.Account{}
	}
	return model.Account{
		ID:    cmp.Or(u.AccountID, u.Key, u.Name),
		Name:  cmp.Or(u.Display, u.Name),
		Email: u.Email,
	}
}
