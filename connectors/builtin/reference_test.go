package builtin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors/builtin"
)

// TestReference holds the tables of docs/configuration.md to the schema: a
// heading that ends in a code span has the table of that part of the file.
func TestReference(t *testing.T) {
	const file = "../../docs/configuration.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sections := reference(t)
	if len(sections) < 5 {
		t.Fatalf("the schema has only the sections %v", sections)
	}
	want := withTables(string(page), sections)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		page = []byte(want)
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("docs/configuration.md differs, run go test ./connectors/builtin -update (-schema +page):\n%s", diff)
	}
	for name := range sections {
		if !strings.Contains(want, "`"+name+"`\n") {
			t.Errorf("the page has no section `%s`", name)
		}
	}
}

// withTables puts the tables of the sections where the page has some.
func withTables(page string, sections map[string]string) string {
	heading := regexp.MustCompile("^#+ .*`([^`]+)`\n$")
	var b strings.Builder
	table, code, inside := "", false, false
	for line := range strings.Lines(page) {
		code = code != strings.HasPrefix(line, "```")
		if strings.HasPrefix(line, "#") && !code {
			table = ""
			if m := heading.FindStringSubmatch(line); m != nil {
				table = sections[m[1]]
			}
		}
		row := strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "|-")
		switch {
		case row && inside:
			continue
		case row && table != "":
			b.WriteString(table)
			inside = true
			continue
		}
		inside = false
		b.WriteString(line)
	}
	return b.String()
}

// reference makes the table of each part of the file.
func reference(t *testing.T) map[string]string {
	t.Helper()
	data, err := config.Schema(builtin.Registry())
	if err != nil {
		t.Fatal(err)
	}
	var root schema
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	r := referrer{t: t, root: &root, rows: map[string]string{}}
	for _, p := range root.Properties {
		r.row("waitgraph.yml", p.name, p.schema, slices.Contains(root.Required, p.name))
		part := p.schema
		if part.Items != nil {
			part = part.Items
		}
		for _, kind := range part.OneOf {
			for _, k := range kind.Properties {
				if k.name == "type" {
					r.walk("type: "+k.schema.Const, "", kind)
				}
			}
		}
		r.walk(p.name, "", part)
	}
	r.walk("matchers", "", &schema{Ref: "#/$defs/config.Matcher"})
	for name := range r.rows {
		r.rows[name] = "| key | type and unit | default | meaning |\n|---|---|---|---|\n" + r.rows[name]
	}
	return r.rows
}

type referrer struct {
	t    *testing.T
	root *schema
	rows map[string]string // by section
}

// walk adds the rows of everything below a path. Matchers have a section of their own.
func (r *referrer) walk(section, path string, s *schema) {
	if s.named() == "Matcher" && path != "" {
		return
	}
	if s.Ref != "" {
		s = r.root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
	}
	if s.Items != nil {
		r.walk(section, path+"[]", s.Items)
	}
	if s.Values.schema != nil {
		r.walk(section, path+".*", s.Values.schema)
	}
	for _, p := range s.Properties {
		key := strings.TrimPrefix(path+"."+p.name, ".")
		r.row(section, key, p.schema, slices.Contains(s.Required, p.name))
		r.walk(section, key, p.schema)
	}
}

func (r *referrer) row(section, key string, s *schema, required bool) {
	if s.Description == "" && s.Const == "" {
		r.t.Errorf("%s: %s has no description", section, key)
	}
	kind, unit := s.kind(), s.Unit
	if (kind == "number" || kind == "whole number") && unit == "" {
		r.t.Errorf("%s: %s has no x-unit: what does the number count?", section, key)
	}
	if unit != "" && unit != "none" {
		kind += " of " + unit
	}
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		kind += fmt.Sprintf(", %v to %v", *s.Minimum, *s.Maximum)
	case s.Minimum != nil:
		kind += fmt.Sprintf(", %v or more", *s.Minimum)
	case s.Above != nil:
		kind += fmt.Sprintf(", above %v", *s.Above)
	}
	standing := "none"
	switch {
	case required:
		standing = "required"
		if at := strings.LastIndex(key, "."); at > 0 && !strings.HasSuffix(key[:at], "[]") {
			standing += " in `" + key[:at] + "`" // which may be left out
		}
	case s.Default != nil:
		standing = "`" + r.written(s.Default) + "`"
	case s.Absent != "":
		standing = spans(s.Absent)
	}
	r.rows[section] += fmt.Sprintf("| `%s` | %s | %s | %s |\n", key, kind, standing, spans(s.Description))
}

// written is a value as the file writes it.
func (r *referrer) written(v any) string {
	out, err := yaml.Dump(v, yaml.WithFlowSimpleCollections(true))
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// spans makes code of the words in quotes.
func spans(text string) string {
	return strings.ReplaceAll(regexp.MustCompile(`"([^"]+)"`).ReplaceAllString(text, "`$1`"), "|", `\|`)
}

// schema is the part of JSON Schema that the configuration's is made of.
type schema struct {
	Ref         string             `json:"$ref"`
	Defs        map[string]*schema `json:"$defs"`
	Type        string             `json:"type"`
	Format      string             `json:"format"`
	Description string             `json:"description"`
	Properties  properties         `json:"properties"`
	Required    []string           `json:"required"`
	Items       *schema            `json:"items"`
	OneOf       []*schema          `json:"oneOf"`
	Const       string             `json:"const"`
	Enum        []string           `json:"enum"`
	Default     any                `json:"default"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	Above       *float64           `json:"exclusiveMinimum"`
	Values      values             `json:"additionalProperties"`
	Unit        string             `json:"x-unit"`
	Absent      string             `json:"x-absent"`
	As          string             `json:"x-type"`
}

func (s *schema) named() string { return s.Ref[strings.LastIndex(s.Ref, ".")+1:] }

// kind says for people what is written.
func (s *schema) kind() string {
	as := s.As
	if as == "" {
		switch s.named() {
		case "Duration":
			as = "duration"
		case "leave":
			as = "days"
		case "Matcher":
			as = "matcher"
		case "":
			as = map[string]string{"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}[s.Type]
		default:
			as = "mapping"
		}
	}
	of := func(whole string, part *schema) string {
		kind := s.As
		if part != nil && kind == "" {
			kind = part.kind()
		}
		switch {
		case kind == "":
			return whole
		case strings.HasPrefix(kind, "list of "):
			return whole + " of lists" + strings.TrimPrefix(kind, "list")
		case kind == "text" || kind == "days" || strings.Contains(kind, "`"):
			return whole + " of " + kind
		}
		return whole + " of " + kind + "s"
	}
	switch {
	case s.Const != "":
		return "`" + s.Const + "`"
	case len(s.Enum) > 0:
		last := len(s.Enum) - 1
		return "`" + strings.Join(s.Enum[:last], "`, `") + "` or `" + s.Enum[last] + "`"
	case s.Type == "array":
		return of("list", s.Items)
	case s.Type == "object":
		return of("mapping", s.Values.schema)
	case s.Format == "date":
		return "day"
	case len(s.OneOf) > 0:
		return "mapping"
	}
	return as
}

// properties keep the order of the file.
type properties []property

type property struct {
	name   string
	schema *schema
}

func (p *properties) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		s := &schema{}
		if err := d.Decode(s); err != nil {
			return err
		}
		*p = append(*p, property{name.(string), s})
	}
	return nil
}

// values is false, or the schema of a mapping's values.
type values struct{ *schema }

func (v *values) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '{' {
		return nil
	}
	return json.Unmarshal(data, &v.schema)
}
