package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// boards are the configured projects as the server knows them.
type boards struct {
	list []*board // in the order of the config
	// names are the fields to read of an item, over all readable projects: sorted, each once.
	names []string
	// asked tells that the server said what there is of them.
	asked bool
	// issueFields tells that the server has fields of an organization's issues,
	// which projects show as their own.
	issueFields bool
	// trouble is why some items' projects could not be read of late.
	trouble string
}

// board is one configured project.
type board struct {
	*Project
	id     string // "" while it cannot be read
	lost   string // why it cannot
	fields []boardField
}

// boardField is one field of a project.
type boardField struct {
	Name    string `json:"name"`
	Type    string `json:"dataType"`
	Options []struct {
		Name string `json:"name"`
	} `json:"options"`
}

func newBoards(projects []Project) *boards {
	b := &boards{}
	for i := range projects {
		b.list = append(b.list, &board{Project: &projects[i]})
	}
	return b
}

// findProjects asks, once, for the configured projects and their fields. One
// that cannot be read is no error: its scope says so.
func (g *Connector) findProjects(ctx context.Context) error {
	b := g.boards
	if b.asked || len(b.list) == 0 || g.anonymous {
		return nil
	}
	if !g.features.projects {
		b.loseAll("the server's API has no projects")
		b.asked = true
		return nil
	}
	text, variables := b.query()
	var answer map[string]*boardAnswer
	errs, err := g.client.query(ctx, "the projects", text, variables, &answer)
	var refused *queryError
	switch {
	case errors.As(err, &refused):
		b.loseAll(refused.message)
		b.asked = true
	case err != nil && fatal(err):
		return fmt.Errorf("find the projects: %w", err)
	case err != nil: // is asked again; what was known stands
		for _, board := range b.list {
			if board.id == "" {
				board.lost = err.Error()
			}
		}
	default:
		for i, board := range b.list {
			board.meet(answer[boardAlias(i)], errs.below(boardAlias(i)))
		}
		b.issueFields = answer["issueFields"] != nil
		b.asked = true
	}
	b.name()
	g.queries = newQueries(g.features, g.comments(), b)
	return nil
}

// boardAnswer is what the query for the projects answers for the owner of one.
type boardAnswer struct {
	Project *struct {
		ID     string `json:"id"`
		Fields struct {
			Nodes []boardField `json:"nodes"`
		} `json:"fields"`
	} `json:"projectV2"`
}

func (b *board) meet(answer *boardAnswer, e *graphError) {
	switch {
	case answer != nil && answer.Project != nil && answer.Project.ID != "":
		b.id, b.lost, b.fields = answer.Project.ID, "", answer.Project.Fields.Nodes
	case e != nil:
		b.lose(clip(e.Message))
	default:
		b.lose("there is no such project")
	}
}

func (b *board) lose(why string) { b.id, b.lost, b.fields = "", why, nil }

func (b *boards) loseAll(why string) {
	for _, board := range b.list {
		board.lose(why)
	}
}

// scopes tells of each project whether it can be read, once that is known.
func (b *boards) scopes() []model.Scope {
	var scopes []model.Scope
	for _, board := range b.list {
		if board.id != "" || board.lost != "" {
			scopes = append(scopes, model.Scope{Name: board.name(), Readable: board.id != "", Error: board.lost})
		}
	}
	return scopes
}

// wantedType is the type a field with a meaning of its own must be of.
func wantedType(key string) string {
	switch key {
	case fieldPoints:
		return "NUMBER"
	case fieldStatus:
		return "SINGLE_SELECT"
	case fieldSprint:
		return "ITERATION"
	case fieldDue:
		return "DATE"
	}
	return ""
}

// readType reports whether fields of a type are read at all.
func readType(t string) bool {
	switch t {
	case "NUMBER", "SINGLE_SELECT", "ITERATION", "DATE", "TEXT", "TITLE":
		return true
	}
	return false
}

// notes tell people what of the configured fields is not to be had.
func (b *boards) notes() []string {
	var notes []string
	for _, board := range b.list {
		if board.id == "" {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(board.Fields)) {
			name := board.Fields[key]
			i := slices.IndexFunc(board.fields, func(f boardField) bool { return f.Name == name })
			switch want := wantedType(key); {
			case i < 0:
				notes = append(notes, fmt.Sprintf("%s has no field %q for %s", board.name(), name, key))
			case want != "" && board.fields[i].Type != want, !readType(board.fields[i].Type):
				notes = append(notes, fmt.Sprintf("field %q of %s cannot tell %s: it is of type %s", name, board.name(), key, typeWord(board.fields[i].Type)))
			}
		}
	}
	if b.trouble != "" {
		notes = append(notes, "the projects of some items could not be read: "+b.trouble)
	}
	return notes
}

// unmapped tells what the projects have and the config does not name, or the
// other way round.
func (b *boards) unmapped() []string {
	var unmapped []string
	say := func(format string, args ...any) { unmapped = append(unmapped, fmt.Sprintf(format, args...)) }
	for _, board := range b.list {
		named := map[string]bool{}
		for _, name := range board.Fields {
			named[name] = true
		}
		options := map[string]bool{}
		for _, f := range board.fields {
			switch {
			case f.Name == board.Fields[fieldStatus]:
				for _, o := range f.Options {
					options[strings.ToLower(strings.TrimSpace(o.Name))] = true
					if board.unsaid(o.Name) {
						say("status %q of %s says nothing of an item's state: name it in the project's status if it should", clip(o.Name), board.name())
					}
				}
			case !named[f.Name] && f.Type != "TITLE" && readType(f.Type):
				say("field %q of %s, of type %s, is not read: name it in the project's fields if it should be", clip(f.Name), board.name(), typeWord(f.Type))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(board.Status)) {
			if len(options) > 0 && !options[strings.ToLower(strings.TrimSpace(name))] {
				say("status names %q, which %s does not have", name, board.name())
			}
		}
	}
	return unmapped
}

// unsaid reports whether neither the config nor its name says what a status means.
func (p *Project) unsaid(status string) bool {
	for configured := range p.Status {
		if strings.EqualFold(strings.TrimSpace(configured), strings.TrimSpace(status)) {
			return false
		}
	}
	_, blocked := p.status(status)
	return !blocked && usualStatus(status) == 0
}

func typeWord(t string) string { return strings.ReplaceAll(strings.ToLower(t), "_", " ") }

// boardAlias names a project's owner in the query for the projects.
func boardAlias(i int) string { return fmt.Sprintf("p%d", i) }

// query asks for every project by its owner and number. A project has 50 fields at most.
func (b *boards) query() (text string, variables map[string]any) {
	var parameters, parts []string
	variables = map[string]any{}
	for i, board := range b.list {
		owner, login := "organization", board.Org
		if board.User != "" {
			owner, login = "user", board.User
		}
		variables[fmt.Sprintf("l%d", i)], variables[fmt.Sprintf("n%d", i)] = login, board.Number
		parameters = append(parameters, fmt.Sprintf("$l%d: String!, $n%d: Int!", i, i))
		parts = append(parts, fmt.Sprintf("  %s: %s(login: $l%d) { projectV2(number: $n%d) { ...project } }", boardAlias(i), owner, i, i))
	}
	return "query (" + strings.Join(parameters, ", ") + ") {\n" + strings.Join(parts, "\n") + `
  issueFields: __type(name: "ProjectV2ItemIssueFieldValue") { name }
}
fragment project on ProjectV2 {
  id
  fields(first: 100) { nodes { ... on ProjectV2FieldCommon { name dataType } ... on ProjectV2SingleSelectField { options { name } } } }
}`, variables
}

// name gathers the names of the fields to read.
func (b *boards) name() {
	b.names = nil
	for _, board := range b.list {
		if board.id != "" {
			b.names = append(b.names, slices.Collect(maps.Values(board.Fields))...)
		}
	}
	slices.Sort(b.names)
	b.names = slices.Compact(b.names)
}

const (
	// An item's fields are asked for one by one: a list of them would be paid for
	// once for each project the item may be on, while fields by name are free. An
	// item is on a handful of projects.
	projectItemFields = `
  projectItems(first: 50) { pageInfo { hasNextPage } nodes { project { id }%s } }`
	projectValueFields = `
fragment projectValue on ProjectV2ItemFieldValue {
  ... on ProjectV2ItemFieldNumberValue { number }
  ... on ProjectV2ItemFieldSingleSelectValue { name }
  ... on ProjectV2ItemFieldIterationValue { title startDate duration }
  ... on ProjectV2ItemFieldDateValue { date }
  ... on ProjectV2ItemFieldTextValue { text }%s
}`
	issueFieldFields = `
  ... on ProjectV2ItemIssueFieldValue {
    issueFieldValue {
      ... on IssueFieldNumberValue { number: value }
      ... on IssueFieldSingleSelectValue { name }
      ... on IssueFieldDateValue { date: value }
      ... on IssueFieldTextValue { text: value }
    }
  }`
)

// itemFields are what an item is asked for, and the fragment that uses; nothing
// where no project can be read. The fields' aliases are their places in names.
func (b *boards) itemFields() (fields, fragment string) {
	if b == nil || len(b.names) == 0 {
		return "", ""
	}
	var values strings.Builder
	for i, name := range b.names {
		// A JSON text is a GraphQL text.
		quoted, err := json.Marshal(name)
		if err != nil {
			panic("quote field name: " + err.Error()) // plain text: cannot happen
		}
		fmt.Fprintf(&values, " %s: fieldValueByName(name: %s) { ...projectValue }", fieldAlias(i), quoted)
	}
	extra := ""
	if b.issueFields {
		extra = issueFieldFields
	}
	return fmt.Sprintf(projectItemFields, values.String()), fmt.Sprintf(projectValueFields, extra)
}

func fieldAlias(i int) string { return fmt.Sprintf("f%d", i) }
