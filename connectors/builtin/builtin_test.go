package builtin_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors/builtin"
)

var update = flag.Bool("update", false, "rewrite the committed JSON schema")

func TestRegistryIsAValue(t *testing.T) {
	r := builtin.Registry()
	delete(r, "jira")
	if _, ok := builtin.Registry()["jira"]; !ok {
		t.Error("changing one registry changes the next")
	}
	for name, construct := range builtin.Registry() {
		if construct() == construct() {
			t.Errorf("%s: two trackers share one configuration", name)
		}
	}
}

// TestExamples loads every example; none has a problem or a warning.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 {
		t.Fatalf("only %d examples found", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, warnings, err := config.Load(file, builtin.Registry())
			if err != nil || len(warnings) > 0 {
				t.Fatalf("loading gives warnings %v and error:\n%v", warnings, err)
			}
			if len(c.Teams) < 2 {
				t.Errorf("an example has %d teams: nobody could wait for another", len(c.Teams))
			}
		})
	}
}

// TestSchemaIsCurrent holds the committed schema to what the code makes.
func TestSchemaIsCurrent(t *testing.T) {
	const file = "../../config/schema.json"
	got, err := config.Schema(builtin.Registry())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("schema differs, run go test ./connectors/builtin -update (-want +got):\n%s", diff)
	}
}

// TestReferenceIsComplete holds docs/configuration.md to the schema: each of its
// sections has a row for every key of its part of the schema, and no other.
func TestReferenceIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	want := schemaKeys(t)
	if len(want) < 5 {
		t.Fatalf("the schema has only the sections %v", want)
	}
	if diff := cmp.Diff(want, documented(string(page))); diff != "" {
		t.Errorf("keys by section (-schema +docs/configuration.md):\n%s", diff)
	}
}

// TestReferenceExamples parses every YAML block of the reference that is a whole
// configuration.
func TestReferenceExamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		text := m[1]
		if !strings.Contains(text, "trackers:\n") {
			text = "trackers:\n  - {name: jira, type: jira, url: https://acme.atlassian.net, projects: [PAY]}\n" +
				"  - {name: github, type: github, repositories: [acme/*]}\n" + text
		} else {
			whole++
		}
		if _, warnings, err := config.Parse("docs.yml", []byte(text), builtin.Registry()); err != nil || len(warnings) > 0 {
			t.Errorf("warnings %v, error:\n%v\nin\n%s", warnings, err, text)
		}
	}
	if whole == 0 {
		t.Error("the reference has no block with trackers")
	}
}

// TestInlineSecrets holds that no built-in type takes a secret by its value.
func TestInlineSecrets(t *testing.T) {
	for name := range builtin.Registry() {
		places := []string{"auth: {token: hunter2}", "auth: {password: hunter2}", "auth: {private_key: hunter2}"}
		if name == "exec" { // knows no credentials but its program's environment
			places = []string{"env: {TOKEN: {value: hunter2}}"}
		}
		for _, place := range places {
			text := "trackers:\n  - name: a\n    type: " + name + "\n    " + place + "\n"
			_, _, err := config.Parse("w.yml", []byte(text), builtin.Registry())
			var problems config.Errors
			if !errors.As(err, &problems) {
				t.Errorf("%s: %s is accepted", name, place)
				continue
			}
			if s := problems.Error(); strings.Contains(s, "hunter2") || !strings.Contains(s, "_file") {
				t.Errorf("%s: %s gives no help, or shows the secret:\n%s", name, place, s)
			}
		}
	}
}

// documented lists, by section, the keys that begin a table row: a section is a
// heading that ends in a code span.
func documented(page string) map[string][]string {
	heading := regexp.MustCompile("^#+ .*`([^`]+)`$")
	row := regexp.MustCompile("^\\| `([^`]+)` \\|")
	keys := map[string][]string{}
	section, code := "", false
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if strings.HasPrefix(line, "#") && !code {
			section = ""
			if m := heading.FindStringSubmatch(line); m != nil {
				section = m[1]
			}
		}
		if m := row.FindStringSubmatch(line); m != nil && section != "" {
			keys[section] = append(keys[section], m[1])
		}
	}
	for _, k := range keys {
		slices.Sort(k)
	}
	return keys
}

// schema is the part of JSON Schema that the configuration's is made of.
type schema struct {
	Ref        string            `json:"$ref"`
	Defs       map[string]schema `json:"$defs"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	OneOf      []schema          `json:"oneOf"`
	Const      string            `json:"const"`
	// Additional is false, or the schema of a mapping's values.
	Additional json.RawMessage `json:"additionalProperties"`
}

// schemaKeys lists the paths of keys below each top-level key and tracker type.
func schemaKeys(t *testing.T) map[string][]string {
	t.Helper()
	data, err := config.Schema(builtin.Registry())
	if err != nil {
		t.Fatal(err)
	}
	var root schema
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	const matcher = "#/$defs/config.Matcher"
	keys := map[string][]string{}
	var walk func(section, path string, s schema)
	walk = func(section, path string, s schema) {
		if s.Ref == matcher && path != "" {
			return // described once for all
		}
		if s.Ref != "" {
			s = root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
		}
		if s.Items != nil {
			walk(section, path+"[]", *s.Items)
		}
		if len(s.Additional) > 0 && s.Additional[0] == '{' {
			var values schema
			if err := json.Unmarshal(s.Additional, &values); err != nil {
				t.Fatal(err)
			}
			walk(section, path+".*", values)
		}
		for name, p := range s.Properties {
			next := strings.TrimPrefix(path+"."+name, ".")
			keys[section] = append(keys[section], next)
			walk(section, next, p)
		}
	}
	for name, p := range root.Properties {
		keys["waitgraph.yml"] = append(keys["waitgraph.yml"], name)
		if name == "trackers" {
			for _, kind := range p.Items.OneOf {
				walk("type: "+kind.Properties["type"].Const, "", kind)
			}
			continue
		}
		if p.Items != nil {
			p = *p.Items
		}
		walk(name, "", p)
	}
	walk("matchers", "", schema{Ref: matcher})
	for _, k := range keys {
		slices.Sort(k)
	}
	return keys
}
