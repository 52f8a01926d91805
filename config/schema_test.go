package config_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/config"
)

// TestSchema holds that the schema accepts what Parse accepts, and refuses keys,
// types and forms Parse refuses.
func TestSchema(t *testing.T) {
	data, err := config.Schema(registry())
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{} // file to whether it is valid
	for _, name := range []string{"full", "merged", "minimal", "windows-line-ends"} {
		tests[name+".good.yml"] = true
	}
	for _, name := range []string{
		"unknown-keys", "wrong-types", "wrong-units", "no-trackers", "no-trackers-list", "tracker-names", "tracker-types",
		"inline-secrets", "matchers-keys", "members", "leave", "capacity", "escalation", "hygiene", "gaps", "gaps-far", "metrics", "not-a-mapping", "programs",
	} {
		tests[name+".bad.yml"] = false
	}
	for name, valid := range tests {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := yaml.Load(text, &value); err != nil {
			t.Fatal(err)
		}
		problem := check(root, root, value)
		if valid != (problem == "") {
			t.Errorf("%s: valid should be %v, the schema says %q", name, valid, problem)
		}
	}
}

// check is as much of a JSON Schema validator as this schema needs; it says what
// is wrong, "" if nothing is.
func check(root, schema map[string]any, value any) string {
	if ref, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/$defs/")
		schema = root["$defs"].(map[string]any)[name].(map[string]any)
	}
	if options, ok := schema["oneOf"].([]any); ok {
		problems := []string{}
		for _, o := range options {
			if p := check(root, o.(map[string]any), value); p != "" {
				problems = append(problems, p)
			}
		}
		if len(problems) != len(options)-1 {
			return fmt.Sprintf("%d of %d alternatives hold: %v", len(options)-len(problems), len(options), problems)
		}
	}
	if c, ok := schema["const"]; ok && c != value {
		return fmt.Sprintf("%v is not %v", value, c)
	}
	if e, ok := schema["enum"].([]any); ok && !slices.Contains(e, value) {
		return fmt.Sprintf("%v is none of %v", value, e)
	}
	limit := func(key string, wrong func(v, limit float64) bool) string {
		l, ok := schema[key].(float64)
		if v := number(value); ok && wrong(v, l) {
			return fmt.Sprintf("%v against %s %v", v, key, l)
		}
		return ""
	}
	switch schema["type"] {
	case "string":
		s := fmt.Sprint(value) // what YAML takes for a number or a day is text where text is wanted
		if day, ok := value.(time.Time); ok {
			s = day.Format(time.DateOnly)
		}
		if _, ok := value.([]any); ok || value == nil {
			return fmt.Sprintf("%v is no text", value)
		}
		if p, ok := schema["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(s) {
			return fmt.Sprintf("%q does not match %s", s, p)
		}
		if m, ok := schema["minLength"].(float64); ok && float64(len(s)) < m {
			return fmt.Sprintf("%q is too short", s)
		}
	case "boolean":
		if _, ok := value.(bool); !ok {
			return fmt.Sprintf("%v is no boolean", value)
		}
	case "integer", "number":
		if v := number(value); v != v {
			return fmt.Sprintf("%v is no number", value)
		}
		return limit("minimum", func(v, l float64) bool { return v < l }) +
			limit("exclusiveMinimum", func(v, l float64) bool { return v <= l }) +
			limit("maximum", func(v, l float64) bool { return v > l })
	case "array":
		list, ok := value.([]any)
		if m, some := schema["minItems"].(float64); !ok || some && float64(len(list)) < m {
			return fmt.Sprintf("%v is no list, or too short", value)
		}
		for _, e := range list {
			if p := check(root, schema["items"].(map[string]any), e); p != "" {
				return p
			}
		}
	case "object":
		return checkObject(root, schema, value)
	}
	return ""
}

func checkObject(root, schema map[string]any, value any) string {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Sprintf("%v is no object", value)
	}
	if required, ok := schema["required"].([]any); ok {
		for _, key := range required {
			if _, ok := object[key.(string)]; !ok {
				return fmt.Sprintf("%v is missing", key)
			}
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for key, v := range object {
		part, known := properties[key].(map[string]any)
		if !known {
			part, known = schema["additionalProperties"].(map[string]any)
		}
		if !known {
			return fmt.Sprintf("%s is not known", key)
		}
		if p := check(root, part, v); p != "" {
			return key + ": " + p
		}
	}
	return ""
}

// number is not a number for what is none.
func number(value any) float64 {
	var f float64
	if err := json.Unmarshal(fmt.Append(nil, value), &f); err != nil {
		return math.NaN()
	}
	return f
}
