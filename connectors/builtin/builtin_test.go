package builtin_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
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
