package demo

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// object is a GraphQL object: its type, and its fields by name. A field's value
// is a scalar, an object, a list of either, nil, or a fault.
type object struct {
	typ string
	get func(field string, a args) any
}

type args map[string]any

// fault is a value that could not be had: null in the answer, with an error
// beside it in GitHub's form.
type fault struct{ kind, message string }

// answer is a GraphQL response.
type answer struct {
	Data   any            `json:"data,omitempty"`
	Errors []graphqlFault `json:"errors,omitempty"`
}

type graphqlFault struct {
	Type       string              `json:"type,omitempty"`
	Path       []any               `json:"path,omitempty"`
	Extensions map[string]any      `json:"extensions,omitempty"`
	Locations  []gqlerror.Location `json:"locations,omitempty"`
	Message    string              `json:"message"`
}

// execute answers one query over root, which is of the type Query.
func execute(schema *ast.Schema, root object, query string, variables map[string]any) answer {
	doc, invalid := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
	if len(invalid) > 0 {
		return refuse(invalid)
	}
	if len(doc.Operations) != 1 || doc.Operations[0].Operation != ast.Query {
		return refuse(gqlerror.List{gqlerror.Errorf("exactly one query is expected")})
	}
	op := doc.Operations[0]
	values, err := validator.VariableValues(schema, op, variables)
	if err != nil {
		return refuse(gqlerror.List{gqlerror.Wrap(err)})
	}
	e := &execution{schema: schema, variables: values}
	data := e.object(root, op.SelectionSet, nil)
	return answer{Data: data, Errors: e.faults}
}

// refuse is the answer to a query that does not fit the schema.
func refuse(list gqlerror.List) answer {
	var a answer
	for _, err := range list {
		f := graphqlFault{Message: err.Message, Locations: err.Locations}
		if strings.HasPrefix(err.Message, "Cannot query field") {
			f.Extensions = map[string]any{"code": "undefinedField"}
		}
		a.Errors = append(a.Errors, f)
	}
	return a
}

type execution struct {
	schema    *ast.Schema
	variables map[string]any
	faults    []graphqlFault
}

// selected is one response key with all the selections that ask for it.
type selected struct {
	key    string
	fields []*ast.Field
}

func (e *execution) object(o object, set ast.SelectionSet, path []any) map[string]any {
	out := map[string]any{}
	for _, s := range e.collect(o.typ, set, nil) {
		field := s.fields[0]
		var below ast.SelectionSet
		for _, f := range s.fields {
			below = append(below, f.SelectionSet...)
		}
		at := append(path[:len(path):len(path)], s.key)
		switch field.Name {
		case "__typename":
			out[s.key] = o.typ
		case "__type":
			out[s.key] = e.value(e.typeNamed(field.ArgumentMap(e.variables)["name"]), below, at)
		default:
			out[s.key] = e.value(o.get(field.Name, field.ArgumentMap(e.variables)), below, at)
		}
	}
	return out
}

// collect flattens fragments into the fields that apply to a type.
func (e *execution) collect(typ string, set ast.SelectionSet, into []selected) []selected {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if !e.included(s.Directives) {
				continue
			}
			known := false
			for i := range into {
				if into[i].key == s.Alias {
					into[i].fields, known = append(into[i].fields, s), true
				}
			}
			if !known {
				into = append(into, selected{s.Alias, []*ast.Field{s}})
			}
		case *ast.InlineFragment:
			if e.included(s.Directives) && e.applies(s.TypeCondition, typ) {
				into = e.collect(typ, s.SelectionSet, into)
			}
		case *ast.FragmentSpread:
			if e.included(s.Directives) && e.applies(s.Definition.TypeCondition, typ) {
				into = e.collect(typ, s.Definition.SelectionSet, into)
			}
		}
	}
	return into
}

func (e *execution) included(list ast.DirectiveList) bool {
	for _, d := range list {
		switch on := d.ArgumentMap(e.variables)["if"]; {
		case d.Name == "skip" && on == true, d.Name == "include" && on == false:
			return false
		}
	}
	return true
}

func (e *execution) applies(condition, typ string) bool {
	if condition == "" || condition == typ {
		return true
	}
	for _, t := range e.schema.PossibleTypes[condition] {
		if t.Name == typ {
			return true
		}
	}
	return false
}

func (e *execution) value(v any, below ast.SelectionSet, path []any) any {
	switch v := v.(type) {
	case fault:
		e.faults = append(e.faults, graphqlFault{Type: v.kind, Path: path, Message: v.message})
		return nil
	case object:
		if v.get == nil {
			return nil
		}
		return e.object(v, below, path)
	case []object:
		list := make([]any, len(v))
		for i, o := range v {
			list[i] = e.value(o, below, append(path[:len(path):len(path)], i))
		}
		return list
	case []any:
		list := make([]any, len(v))
		for i, o := range v {
			list[i] = e.value(o, below, append(path[:len(path):len(path)], i))
		}
		return list
	}
	return v
}

// typeNamed answers what clients ask of the schema itself: which fields and
// arguments a type has.
func (e *execution) typeNamed(name any) any {
	text, _ := name.(string)
	d := e.schema.Types[text]
	if d == nil {
		return nil
	}
	return object{"__Type", func(field string, _ args) any {
		switch field {
		case "name":
			return d.Name
		case "kind":
			return string(d.Kind)
		case "fields":
			var list []object
			for _, f := range d.Fields {
				list = append(list, described(f.Name, f.Arguments))
			}
			return list
		case "enumValues":
			var list []object
			for _, v := range d.EnumValues {
				list = append(list, described(v.Name, nil))
			}
			return list
		}
		return nil
	}}
}

func described(name string, arguments ast.ArgumentDefinitionList) object {
	return object{"__Field", func(field string, _ args) any {
		switch field {
		case "name":
			return name
		case "isDeprecated":
			return false
		case "args":
			list := []object{}
			for _, a := range arguments {
				list = append(list, described(a.Name, nil))
			}
			return list
		}
		return nil
	}}
}

// entry is one element of a connection, with the key the connection is sorted by.
type entry struct {
	key  string
	node object
}

// listed gives entries in a fixed order their keys.
func listed(nodes []object) []entry {
	list := make([]entry, len(nodes))
	for i, n := range nodes {
		list[i] = entry{fmt.Sprintf("%06d", i), n}
	}
	return list
}

// connection is one page of a list, ascending by key or descending. Cursors hold
// keys, so that a page goes on behind the last one whatever has moved since.
func connection(typ string, list []entry, descending bool, a args) any {
	first, last := a["first"], a["last"]
	size, bounded := number(first)
	if first == nil {
		size, bounded = number(last)
	}
	field := strings.TrimSuffix(typ, "Connection")
	switch {
	case !bounded:
		return fault{"MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value to properly paginate the `" + field + "` connection."}
	case size < 0 || size > 100:
		return fault{"EXCESSIVE_PAGINATION", fmt.Sprintf("Requesting %d records on the `%s` connection exceeds the `first` limit of 100 records.", size, field)}
	}
	lo, hi := 0, len(list)
	behind := func(key, cursor string) bool { return key != cursor && (key > cursor) != descending }
	if after, ok := a["after"].(string); ok {
		key, err := base64.StdEncoding.DecodeString(after)
		if err != nil {
			return fault{"INVALID_CURSOR_ARGUMENTS", "`" + after + "` does not appear to be a valid cursor."}
		}
		for lo < hi && !behind(list[lo].key, string(key)) {
			lo++
		}
	}
	if before, ok := a["before"].(string); ok {
		key, err := base64.StdEncoding.DecodeString(before)
		if err != nil {
			return fault{"INVALID_CURSOR_ARGUMENTS", "`" + before + "` does not appear to be a valid cursor."}
		}
		for hi > lo && !behind(string(key), list[hi-1].key) {
			hi--
		}
	}
	start, end := lo, hi
	if first != nil {
		end = min(hi, lo+size)
	} else {
		start = max(lo, hi-size)
	}
	page := list[start:end]
	return object{typ, func(field string, _ args) any {
		switch field {
		case "totalCount":
			return len(list)
		case "nodes":
			nodes := make([]object, len(page))
			for i := range page {
				nodes[i] = page[i].node
			}
			return nodes
		}
		return pageInfo(page, start > 0, end < len(list)) // the only other field
	}}
}

func pageInfo(page []entry, previous, next bool) object {
	return object{"PageInfo", func(field string, _ args) any {
		switch {
		case field == "hasPreviousPage":
			return previous
		case field == "hasNextPage":
			return next
		case len(page) == 0:
			return nil
		case field == "startCursor":
			return base64.StdEncoding.EncodeToString([]byte(page[0].key))
		}
		return base64.StdEncoding.EncodeToString([]byte(page[len(page)-1].key))
	}}
}

// number reads an integer argument, which is of one type as a literal and of
// another as a variable.
func number(v any) (int, bool) {
	switch v := v.(type) {
	case int64:
		return int(v), true
	case int:
		return v, true
	case float64:
		return int(v), true
	}
	return 0, false
}
