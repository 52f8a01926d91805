package web

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/waitgraph/waitgraph/internal/brief"
	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// object is a piece of an OpenAPI document.
type object = map[string]any

// openapi describes the endpoints, and all else that is served, as OpenAPI 3.0.
func openapi(endpoints []endpoint) []byte {
	s := &schemas{object{}}
	paths := object{}
	for i := range endpoints {
		e := &endpoints[i]
		paths[e.path] = object{"get": s.operation(e)}
	}
	plain := func(summary string, statuses ...int) object {
		responses := object{}
		for _, code := range statuses {
			content := object{"text/plain": object{"schema": object{"type": "string"}}}
			if code >= 400 && code != http.StatusServiceUnavailable {
				content = s.problem()
			}
			responses[strconv.Itoa(code)] = object{"description": http.StatusText(code), "content": content}
		}
		return object{"summary": summary, "responses": responses}
	}
	paths["/-/healthy"] = object{"get": plain("Whether the process answers", http.StatusOK)}
	paths["/-/ready"] = object{"get": plain("Whether there is a graph", http.StatusOK, http.StatusServiceUnavailable)}
	paths["/-/reload"] = object{"post": plain("Load the configuration anew", http.StatusOK, http.StatusForbidden, http.StatusInternalServerError)}
	paths["/metrics"] = object{"get": plain("Metrics for Prometheus", http.StatusOK)}
	paths[apiRoot+"/openapi.json"] = object{"get": object{"summary": "This document", "responses": object{
		"200": object{"description": "OK", "content": object{typeJSON: object{"schema": object{"type": "object"}}}},
	}}}
	body, err := json.MarshalIndent(object{
		"openapi": "3.0.3",
		"info": object{
			"title": "waitgraph", "version": "1",
			"description": "Who waits for whom, over all trackers. Every answer says as of when it is true and whether a tracker behind it is stale. " +
				"Times are RFC 3339 in UTC. Unknown times, dates and numbers are null, unknown texts empty.",
		},
		"servers": []any{object{"url": "/"}},
		"paths":   paths, "components": object{"schemas": s.named},
	}, "", " ")
	if err != nil { // of maps, texts and numbers alone: cannot be
		panic(err)
	}
	return append(body, '\n')
}

// schemas collects the schemas of Go types by name.
type schemas struct{ named object }

func (s *schemas) operation(e *endpoint) object {
	schema := s.of(reflect.TypeOf(e.sample))
	content := object{}
	params := []any{}
	all := e.accepted()
	if e.list != nil {
		row := schema
		stamped := s.fields(reflect.TypeFor[stamp]())
		properties := stamped["properties"].(object)
		properties["total"] = object{"type": "integer", "description": "Rows of all pages."}
		properties["next_cursor"] = object{"type": "string", "description": "There while there is more: the cursor of the next page."}
		properties[e.array] = object{"type": "array", "items": row}
		stamped["required"] = append(stamped["required"].([]string), "total", e.array)
		if e.beside != nil {
			properties[e.beside.array] = s.of(reflect.TypeOf(e.beside.sample))
			stamped["required"] = append(stamped["required"].([]string), e.beside.array)
		}
		schema = stamped
		content["text/csv"] = object{"schema": object{"type": "string"}}
	}
	content[typeJSON] = object{"schema": schema}
	for _, also := range e.also {
		base, _, _ := strings.Cut(also, ";")
		content[base] = object{"schema": object{"type": "string"}}
	}
	if strings.Contains(e.path, "{ref}") {
		params = append(params, object{
			"name": "ref", "in": "path", "required": true, "schema": object{"type": "string"},
			"description": "tracker:key, URL-escaped (github:acme%2Fapi%2345); also a former key, or a key alone that only one tracker has.",
		})
	}
	for i := range all {
		params = append(params, all[i].document())
	}
	responses := object{"200": object{"description": "OK", "content": content}}
	for _, code := range e.failures() {
		responses[strconv.Itoa(code)] = object{"description": http.StatusText(code), "content": s.problem()}
	}
	return object{"summary": e.summary, "parameters": params, "responses": responses}
}

func (e *endpoint) failures() []int {
	codes := []int{http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if strings.Contains(e.path, "{ref}") {
		codes = append(codes, http.StatusNotFound)
	}
	return codes
}

func (s *schemas) problem() object {
	return object{typeProblem: object{"schema": s.of(reflect.TypeFor[problem]())}}
}

func (p *param) document() object {
	doc := object{"name": p.name, "in": "query", "description": p.doc}
	if p.required {
		doc["required"] = true
	}
	switch p.kind {
	case flag:
		doc["schema"] = object{"type": "boolean"}
	case number:
		doc["schema"] = object{"type": "integer", "minimum": p.min, "maximum": p.max}
	case single:
		doc["schema"] = object{"type": "string"}
		if p.values != nil {
			doc["schema"] = object{"type": "string", "enum": p.values}
		}
	case choice:
		value := object{"type": "string"}
		if p.values != nil {
			value["enum"] = p.values
		}
		doc["schema"] = object{"type": "array", "items": value}
		doc["description"] = p.doc + " May be given more than once: any of them."
	default:
		doc["schema"] = object{"type": "string", "maxLength": p.max}
	}
	return doc
}

func (s *schemas) of(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[wire.Time]():
		return object{"type": "string", "format": "date-time", "nullable": true}
	case reflect.TypeFor[wire.Date]():
		return object{"type": "string", "nullable": true, "description": "An ISO day, or an RFC 3339 time."}
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		schema := s.of(t.Elem())
		if _, ref := schema["$ref"]; ref {
			return object{"allOf": []any{schema}, "nullable": true}
		}
		schema["nullable"] = true
		return schema
	case reflect.Slice:
		return object{"type": "array", "items": s.element(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		name := schemaName(t)
		if _, done := s.named[name]; !done {
			s.named[name] = object{} // a type that holds itself ends here
			s.named[name] = s.fields(t)
		}
		return object{"$ref": "#/components/schemas/" + name}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	}
	return object{"type": "string"}
}

// element is the schema of a list's elements, which are never null.
func (s *schemas) element(t reflect.Type) object {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return s.of(t)
}

// fields describes a struct as encoding/json writes it: of two fields of one
// name the less deeply embedded.
func (s *schemas) fields(t reflect.Type) object {
	properties, required, depth := object{}, []string{}, map[string]int{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		name := jsonName(f)
		if d, seen := depth[name]; seen && d <= len(f.Index) {
			continue
		} else if !seen && !strings.Contains(f.Tag.Get("json"), ",omit") {
			required = append(required, name)
		}
		depth[name] = len(f.Index)
		schema := s.of(f.Type)
		if doc := f.Tag.Get("doc"); doc != "" || f.Tag.Get("enum") != "" {
			if _, ref := schema["$ref"]; ref {
				schema = object{"allOf": []any{schema}}
			}
			if doc != "" {
				schema["description"] = doc
			}
			if enum, ok := f.Tag.Lookup("enum"); ok {
				schema["enum"] = strings.Split(enum, ",")
			}
		}
		properties[name] = schema
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// schemaName is the type's name without what it is to the code: an itemRow is an Item.
func schemaName(t reflect.Type) string {
	name := t.Name()
	switch t.PkgPath() {
	case reflect.TypeFor[model.Item]().PkgPath():
		return "Recorded" + name
	case reflect.TypeFor[brief.Brief]().PkgPath():
		return "Brief" + strings.TrimPrefix(name, "Brief")
	}
	name = strings.TrimSuffix(name, "Row")
	return string(unicode.ToUpper(rune(name[0]))) + name[1:]
}
