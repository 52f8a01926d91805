package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/connectors"
)

// Schema is the JSON Schema (2020-12) of the configuration file with the tracker
// types of the registry: indented, ending in a line feed, the same for the same
// registry. It knows keys and types; what depends on more than one value only
// Parse checks.
func Schema(registry connectors.Registry) ([]byte, error) {
	tracker := &jsonschema.Schema{}
	r := jsonschema.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Namer:                      schemaName,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if t == reflect.TypeFor[yaml.Node]() {
				return tracker
			}
			return nil
		},
	}
	s := r.Reflect(&file{})
	s.Title = "waitgraph configuration"
	setDefaults(s, reflect.ValueOf(defaults()), s.Definitions)
	for _, name := range slices.Sorted(maps.Keys(registry)) {
		c := registry[name]()
		part, own := r.Reflect(c), r.Reflect(&fileTracker{})
		if part.Properties == nil {
			return nil, fmt.Errorf("schema of tracker type %s: its configuration has no keys", name)
		}
		setDefaults(part, reflect.ValueOf(c).Elem(), part.Definitions)
		kind, _ := own.Properties.Get("type")
		kind.Const = name
		for p := own.Properties.Newest(); p != nil; p = p.Prev() {
			part.Properties.Set(p.Key, p.Value)
			if err := part.Properties.MoveToFront(p.Key); err != nil {
				return nil, fmt.Errorf("schema of tracker type %s: key %s: %w", name, p.Key, err)
			}
		}
		part.Required = append(own.Required, part.Required...)
		maps.Copy(s.Definitions, part.Definitions)
		part.Version, part.Definitions, part.Title = "", nil, "tracker of type "+name
		tracker.OneOf = append(tracker.OneOf, part)
	}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode configuration schema: %w", err)
	}
	return append(out, '\n'), nil
}

// setDefaults gives the keys of a schema the values v has for them.
func setDefaults(s *jsonschema.Schema, v reflect.Value, defs jsonschema.Definitions) {
	for _, k := range keysOf(v.Type()) {
		p, ok := s.Properties.Get(k.name)
		f := v.FieldByIndex(k.index)
		switch is := f.Interface().(type) {
		case Duration:
			if is != 0 {
				p.Default = is.String()
			}
			continue
		case yaml.Node, []yaml.Node:
			continue
		}
		switch {
		case !ok:
		case f.Kind() == reflect.Struct && p.Ref != "":
			setDefaults(defs[path.Base(p.Ref)], f, defs)
		case f.Kind() == reflect.Bool || !f.IsZero() && f.Kind() != reflect.Pointer:
			p.Default = f.Interface()
		}
	}
}

// schemaName keeps types of the same name in different packages apart.
func schemaName(t reflect.Type) string {
	if t.Name() == "" {
		return ""
	}
	return path.Base(t.PkgPath()) + "." + strings.TrimPrefix(t.Name(), "file")
}
