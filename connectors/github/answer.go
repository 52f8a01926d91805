package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
)

// graphError is one error of a GraphQL answer, which has status 200 all the same.
type graphError struct {
	Type       string `json:"type"`
	Message    string `json:"message"`
	Path       []any  `json:"path"` // names and indices
	Extensions struct {
		Code string `json:"code"`
	} `json:"extensions"`
}

type graphErrors []graphError

// queryError is a query the server refuses for what it asks.
type queryError struct{ kind, message string }

func (e *queryError) Error() string { return e.kind + ": " + e.message }

// Kinds of a queryError that are about projects: the credential lacks the scope
// to read them, or an item could not be told because of its projects.
const (
	kindScopes   = "INSUFFICIENT_SCOPES"
	kindProjects = "projectItems"
)

// projects reports whether the query could do without projects.
func (e *queryError) projects() bool { return e.kind == kindScopes || e.kind == kindProjects }

type graphAnswer struct {
	Data   any         `json:"data"`
	Errors graphErrors `json:"errors"`
}

// readAnswer reads the data of a GraphQL answer into v. Errors beside data mean
// an incomplete answer, which is never taken for a complete one: only elements
// the account may not see, null in a place made for it, are tolerated and
// returned.
func readAnswer(page string, body []byte, v any) (graphErrors, error) {
	answer := graphAnswer{Data: v}
	if err := json.Unmarshal(body, &answer); err != nil {
		reflect.ValueOf(v).Elem().SetZero() // of what was read before the error
		answer = graphAnswer{Data: v}
		if json.Unmarshal(mended(body), &answer) != nil {
			return nil, &connectors.AnswerError{Page: page, Err: err}
		}
	}
	if answer.Data == nil {
		return nil, answer.Errors.fail(page)
	}
	if len(answer.Errors) == 0 {
		return nil, nil
	}
	var tree struct {
		Data any `json:"data"`
	}
	if err := decode(page, body, &tree); err != nil {
		return nil, err
	}
	marked := false
	for i := range answer.Errors {
		e := &answer.Errors[i]
		if at := e.ofProjects(); at >= 0 {
			if _, _, above := nullOn(tree.Data, e.Path[:at]); above {
				return nil, answer.Errors[i:].fail(page)
			}
			continue // what a project tells of an item is all that is missing
		}
		if e.Type != "NOT_FOUND" && e.Type != "FORBIDDEN" {
			return nil, answer.Errors[i:].fail(page)
		}
		parent, last, ok := nullOn(tree.Data, e.Path)
		if !ok || !mayBeNull(last) {
			return nil, answer.Errors[i:].fail(page)
		}
		// A parent that may not be seen is not the same as none: an empty one tells.
		if name := step(last); name == "parent" || name == "duplicateOf" {
			parent.(map[string]any)[name] = map[string]any{}
			marked = true
		}
	}
	if marked {
		b, err := json.Marshal(tree.Data)
		if err != nil {
			return nil, &connectors.AnswerError{Page: page, Err: err}
		}
		if err := decode(page, b, v); err != nil {
			return nil, err
		}
	}
	return answer.Errors, nil
}

// nullOn walks an error's path to the first null and returns what holds it and
// its name or index. An error in a field that must not be null takes what is
// around it along, so the null may be before the path's end.
func nullOn(data any, path []any) (parent, last any, ok bool) {
	for _, last := range path {
		parent := data
		switch at := parent.(type) {
		case map[string]any:
			data = at[step(last)]
		case []any:
			i, isIndex := last.(float64)
			if !isIndex || i < 0 || i >= float64(len(at)) {
				return nil, nil, false
			}
			data = at[int(i)]
		default:
			return nil, nil, false
		}
		if data == nil {
			return parent, last, true
		}
	}
	return nil, nil, false
}

// mayBeNull tells the places in which our queries can do with a null: elements
// of lists, and single things looked up.
func mayBeNull(last any) bool {
	name, ok := last.(string)
	if !ok {
		return true
	}
	switch name {
	case "repository", "repositoryOwner", "projectV2", "node", "parent", "duplicateOf", "blockingIssue", "blockedIssue":
		return true
	}
	// the aliases of a find query, and of the one for the projects
	_, err := strconv.Atoi(strings.TrimLeft(name, "rnp"))
	return err == nil
}

func step(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.Itoa(int(f))
	}
	s, _ := v.(string)
	return s
}

// at returns the error at a path, nil if there is none.
func (es graphErrors) at(path ...string) *graphError {
	for i := range es {
		if slices.EqualFunc(es[i].Path, path, func(a any, b string) bool { return step(a) == b }) {
			return &es[i]
		}
	}
	return nil
}

// below returns the first error at or below a name at the top, nil if there is none.
func (es graphErrors) below(name string) *graphError {
	for i := range es {
		if len(es[i].Path) > 0 && step(es[i].Path[0]) == name {
			return &es[i]
		}
	}
	return nil
}

// limits reports whether the error is about how much was asked for.
func (e *graphError) limits() bool {
	return e.Type == "RATE_LIMITED" || strings.HasSuffix(e.Type, "_LIMIT_EXCEEDED") || strings.HasSuffix(e.Type, "_LIMITS_EXCEEDED")
}

// ofProjects is the place in the error's path where an item's projects begin, -1
// if it is not about them.
func (e *graphError) ofProjects() int {
	if e.limits() {
		return -1
	}
	return slices.Index(e.Path, any("projectItems"))
}

// unreadProject is an error that hides what a project tells, nil if there is
// none. A project on which an item is and that the account may not see is none:
// it is not ours.
func (es graphErrors) unreadProject() *graphError {
	for i := range es {
		e := &es[i]
		at := e.ofProjects()
		if at >= 0 && (at == len(e.Path)-1 || e.Type != "NOT_FOUND" && e.Type != "FORBIDDEN") {
			return e
		}
	}
	return nil
}

// fail is the one error behind an answer that cannot be used.
func (es graphErrors) fail(page string) error {
	if len(es) == 0 {
		return &connectors.AnswerError{Page: page, Err: errors.New("data is missing")}
	}
	for i := range es {
		switch e := &es[i]; {
		case e.Type == "RATE_LIMITED":
			return &connectors.LimitError{Until: time.Now().Add(time.Minute), Err: errors.New(clip(e.Message))}
		case e.Type == kindScopes:
			return &connectors.AnswerError{Page: page, Err: &queryError{kindScopes, clip(e.Message)}}
		case e.ofProjects() >= 0:
			return &connectors.AnswerError{Page: page, Err: &queryError{kindProjects, clip(e.Message)}}
		case e.Extensions.Code != "":
			return &connectors.AnswerError{Page: page, Err: &queryError{clip(e.Extensions.Code), clip(e.Message)}}
		case e.limits():
			return &connectors.AnswerError{Page: page, Err: &queryError{clip(e.Type), clip(e.Message)}}
		}
	}
	first := &es[0]
	path := make([]string, len(first.Path))
	for i := range first.Path {
		path[i] = step(first.Path[i])
	}
	return &connectors.AnswerError{Page: page, Err: fmt.Errorf("%d errors, the first at %q of type %q: %s",
		len(es), strings.Join(path, "."), first.Type, clip(first.Message))}
}
