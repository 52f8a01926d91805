package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// decoder fills values from nodes. It goes on after a problem, so that one
// reading finds them all, and never moves an element of a list, so that a place
// in the value is a place in the nodes. Scalars and types that decode
// themselves are left to the yaml library.
type decoder struct {
	name     string
	lines    []string
	problems Errors
	warnings []Warning
	files    []namedFile
	// noted are nodes that have a problem already: what else is wrong there follows from it.
	noted map[*yaml.Node]bool
	// strange are mappings with an unknown key: what they lack may be there under that name.
	strange map[*yaml.Node]bool
	// budget bounds the nodes visited, since aliases can make a small file endless.
	budget int
}

func newDecoder(name string, data []byte) *decoder {
	const nodes = 100_000 // some 2 MB of configuration
	lines := strings.Split(string(data), "\n")
	return &decoder{
		name: name, lines: lines, budget: nodes,
		noted: map[*yaml.Node]bool{}, strange: map[*yaml.Node]bool{},
	}
}

// problem notes what is wrong with a node, unless that has been done.
func (d *decoder) problem(n *yaml.Node, format string, args ...any) {
	if n == nil || d.noted[n] {
		return
	}
	d.noted[n] = true
	d.problemAt(n.Line, n.Column, format, args...)
}

// lack notes what is missing in a mapping, unless it may be there under a
// misspelt key.
func (d *decoder) lack(n *yaml.Node, format string, args ...any) {
	if n != nil && n.Kind == yaml.MappingNode && !d.strange[n] && !d.noted[n] {
		d.problemAt(n.Line, n.Column, format, args...)
	}
}

func (d *decoder) problemAt(line, column int, format string, args ...any) {
	line, column = within(d.lines, line, column)
	d.problems = append(d.problems, Problem{d.name, line, column, printable(fmt.Sprintf(format, args...))})
}

func (d *decoder) warn(at *yaml.Node, format string, args ...any) {
	line, column := within(d.lines, at.Line, at.Column)
	d.warnings = append(d.warnings, Warning{d.name, line, column, printable(fmt.Sprintf(format, args...))})
}

// strict is how the yaml library decodes what is left to it.
func strict() []yaml.Option {
	return []yaml.Option{yaml.WithKnownFields(), yaml.WithUniqueKeys()}
}

// decode fills what v points to; what names it in messages.
func (d *decoder) decode(n *yaml.Node, v any, what string) {
	d.value(n, reflect.ValueOf(v).Elem(), what)
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, what string) {
	n = resolve(n)
	if d.budget--; d.budget <= 0 {
		return // whoever began will say so
	}
	if n.ShortTag() == "!!null" {
		if !composite(v.Type()) {
			d.empty(n, what)
		}
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch u := v.Addr().Interface().(type) {
	case *yaml.Node:
		*u = *n
		return
	case yaml.Unmarshaler, interface{ UnmarshalYAML(func(any) error) error }:
		d.load(n, v, what)
		return
	case encoding.TextUnmarshaler:
		if n.Kind != yaml.ScalarNode {
			d.mismatch(n, v, what)
		} else if err := u.UnmarshalText([]byte(n.Value)); err != nil {
			d.problem(n, "%s: %v", what, err)
		}
		return
	}
	switch {
	case v.Kind() == reflect.Struct:
		d.fields(n, v, what)
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		d.entries(n, v, what)
	case v.Kind() == reflect.Slice:
		d.list(n, v, what)
	default:
		d.load(n, v, what)
		if v.Kind() == reflect.String {
			d.text(n, v.String(), what)
		}
	}
}

// composite reports whether a value may be left empty in the file: a list or a
// mapping of which everything is commented out.
func composite(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if _, text := reflect.New(t).Interface().(encoding.TextUnmarshaler); text {
		return false
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice:
		return true
	}
	return false
}

func (d *decoder) empty(n *yaml.Node, what string) {
	line, column := within(d.lines, n.Line, n.Column)
	if line := []rune(d.lines[line-1]); strings.Contains(string(line[column-1:]), "#") {
		d.problem(n, "%s has no value: # starts a comment, quote a text that begins with it", what)
		return
	}
	d.problem(n, "%s has no value", what)
}

func (d *decoder) fields(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.MappingNode {
		d.mismatch(n, v, what)
		return
	}
	known := keysOf(v.Type())
	seen := map[string]bool{}
	for _, p := range d.pairs(n) {
		key := p.key.Value
		i := slices.IndexFunc(known, func(k field) bool { return k.name == key })
		switch {
		case i < 0:
			d.strange[n] = true
			d.problem(p.key, "%s", unknownKey(key, v.Type()))
		case seen[key]:
			d.problem(p.key, "key %s is already set in this mapping", quote(key))
		default:
			seen[key] = true
			before := len(d.problems)
			field := v.FieldByIndex(known[i].index)
			d.value(p.value, field, key)
			if file, ok := fileValue(key, field); ok && len(d.problems) == before {
				d.files = append(d.files, namedFile{resolve(p.value), key, file})
			}
		}
	}
}

func (d *decoder) entries(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.MappingNode {
		d.mismatch(n, v, what)
		return
	}
	t := v.Type()
	v.Set(reflect.MakeMap(t))
	for _, p := range d.pairs(n) {
		key := reflect.ValueOf(p.key.Value).Convert(t.Key())
		if v.MapIndex(key).IsValid() {
			d.problem(p.key, "key %s is already set in this mapping", quote(p.key.Value))
			continue
		}
		element := reflect.New(t.Elem()).Elem()
		d.value(p.value, element, quote(p.key.Value))
		v.SetMapIndex(key, element)
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.SequenceNode {
		d.mismatch(n, v, what)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, c := range n.Content {
		if resolve(c).ShortTag() == "!!null" {
			d.empty(c, "an element of "+what)
			continue
		}
		d.value(c, v.Index(i), "an element of "+what)
	}
}

// load leaves a node to the yaml library.
func (d *decoder) load(n *yaml.Node, v reflect.Value, what string) {
	err := n.Load(v.Addr().Interface(), strict()...)
	var several *yaml.LoadErrors
	switch {
	case err == nil:
	case describe(v.Type()) != "" || !errors.As(err, &several):
		d.mismatch(n, v, what)
	default:
		for _, e := range several.Errors {
			line, column := e.Mark.Line, e.Mark.Column
			if line == 0 {
				line, column = n.Line, n.Column
			}
			d.problemAt(line, column, "%s: %s", what, e.Message)
		}
	}
}

// mismatch says what was wanted and what was found. It never shows the value: it
// may be a secret in the wrong place.
func (d *decoder) mismatch(n *yaml.Node, v reflect.Value, what string) {
	want := describe(v.Type())
	if want == "" {
		want = "another kind of value"
	}
	hint := ""
	if v.Kind() == reflect.Slice {
		hint = ": put it in brackets, or a dash before each element"
	}
	d.problem(n, "%s: want %s, found %s%s", what, want, found(n), hint)
}

// text looks at a text that was read.
func (d *decoder) text(n *yaml.Node, value, what string) {
	if strings.Contains(value, "${") {
		d.warn(n, "%s contains ${, which is taken as it stands: variables are not expanded", what)
	}
}

// describe names a type for people, "" for one that decodes itself.
func describe(t reflect.Type) string {
	switch reflect.New(t).Interface().(type) {
	case yaml.Unmarshaler, interface{ UnmarshalYAML(func(any) error) error }:
		return ""
	case encoding.TextUnmarshaler:
		return "text"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.Struct, reflect.Map:
		return "a mapping"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return ""
}

func found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!timestamp":
		return "a date"
	case "!!null":
		return "nothing"
	}
	return "text"
}
