package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The wire structs hold what is read of an answer and nothing else. Times and
// dates are strings here: their forms differ by product and age.

type wireNamed struct {
	Name string `json:"name"`
}

type wireStatus struct {
	Name     string `json:"name"`
	Category struct {
		Key string `json:"key"`
	} `json:"statusCategory"`
}

type wireType struct {
	Name    string `json:"name"`
	Subtask bool   `json:"subtask"`
	Level   int    `json:"hierarchyLevel"` // Cloud: -1 sub-task, 0, 1 epic and up
}

type wireProject struct {
	Key string `json:"key"`
}

type wireVersion struct {
	Name        string `json:"name"`
	ReleaseDate string `json:"releaseDate"`
}

// wireUser is an account of Cloud (accountId) or Data Center (key, name).
type wireUser struct {
	AccountID string `json:"accountId"`
	Key       string `json:"key"`
	Name      string `json:"name"`
	Display   string `json:"displayName"`
	Email     string `json:"emailAddress"`
}

// wireBrief is an issue as other issues embed it.
type wireBrief struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Fields struct {
		Summary    string      `json:"summary"`
		Status     *wireStatus `json:"status"`
		Resolution *wireNamed  `json:"resolution"` // not embedded, but had when the issue is asked for by itself
		Priority   *wireNamed  `json:"priority"`
		Type       *wireType   `json:"issuetype"`
	} `json:"fields"`
}

// wireLink has the far issue on the side whose phrase reads from this issue to it.
type wireLink struct {
	ID   string `json:"id"`
	Type struct {
		Inward  string `json:"inward"`
		Outward string `json:"outward"`
	} `json:"type"`
	Inward  *wireBrief `json:"inwardIssue"`
	Outward *wireBrief `json:"outwardIssue"`
}

type wireComment struct {
	ID      string    `json:"id"`
	Author  *wireUser `json:"author"`
	Body    string    `json:"body"`
	Created string    `json:"created"`
}

type wireComments struct {
	Total    int           `json:"total"`
	Comments []wireComment `json:"comments"`
}

// wireFields are the fields every site has.
type wireFields struct {
	Summary        string        `json:"summary"`
	Description    string        `json:"description"`
	Status         *wireStatus   `json:"status"`
	Resolution     *wireNamed    `json:"resolution"`
	ResolutionDate string        `json:"resolutiondate"`
	Created        string        `json:"created"`
	Updated        string        `json:"updated"`
	Due            string        `json:"duedate"`
	Type           *wireType     `json:"issuetype"`
	Project        *wireProject  `json:"project"`
	Priority       *wireNamed    `json:"priority"`
	Labels         []string      `json:"labels"`
	Components     []wireNamed   `json:"components"`
	FixVersions    []wireVersion `json:"fixVersions"`
	Assignee       *wireUser     `json:"assignee"`
	Reporter       *wireUser     `json:"reporter"`
	Creator        *wireUser     `json:"creator"`
	Links          []wireLink    `json:"issuelinks"`
	Subtasks       []wireBrief   `json:"subtasks"`
	Parent         *wireBrief    `json:"parent"`
	Comment        wireComments  `json:"comment"`
}

// wireIssue is one issue with the values of the custom fields asked for, in
// the order of the layout.
type wireIssue struct {
	ID, Key string
	Fields  *wireFields
	Custom  []json.RawMessage

	outcome *outcome // nil until it is converted
}

// wirePage is one page of a search, of either product.
type wirePage struct {
	wireHead
	Issues []wireIssue
	// Raw is how many issues the page had, unreadable ones included.
	Raw int
}

type wireHead struct {
	Total  int    `json:"total"`         // Data Center
	IsLast bool   `json:"isLast"`        // Cloud
	Token  string `json:"nextPageToken"` // Cloud
}

// layout decodes issues with the custom fields of one site. Those have names
// known at run time only, so the types are made then: a second pass over each
// issue, or a map of all its fields, would take longer than all the rest.
type layout struct {
	custom int
	issue  reflect.Type // struct {ID, Key; Fields *struct {wireFields; custom...}}
}

func newLayout(custom []string) *layout {
	text, raw := reflect.TypeFor[string](), reflect.TypeFor[json.RawMessage]()
	fields := []reflect.StructField{{Name: "Fields", Anonymous: true, Type: reflect.TypeFor[wireFields]()}}
	for i, id := range custom {
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("C%d", i), Type: raw, Tag: tag(id)})
	}
	issue := reflect.StructOf([]reflect.StructField{
		{Name: "ID", Type: text, Tag: tag("id")},
		{Name: "Key", Type: text, Tag: tag("key")},
		{Name: "Fields", Type: reflect.PointerTo(reflect.StructOf(fields)), Tag: tag("fields")},
	})
	return &layout{custom: len(custom), issue: issue}
}

func tag(name string) reflect.StructTag { return reflect.StructTag(fmt.Sprintf("json:%q", name)) }

// readIssue decodes one issue.
func (l *layout) readIssue(body []byte) (wireIssue, error) {
	v := reflect.New(l.issue)
	// Most of an issue is not read. The second version of the package passes
	// over it twice as fast as the first; the options are the first one's ways.
	if err := jsonv2.Unmarshal(body, v.Interface(), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return wireIssue{}, err
	}
	return l.take(v.Elem())
}

// take copies an issue out of its made-up type.
func (l *layout) take(v reflect.Value) (wireIssue, error) {
	is := wireIssue{ID: v.Field(0).String(), Key: v.Field(1).String()}
	fields := v.Field(2)
	switch {
	case !validID(is.ID):
		return is, fmt.Errorf("id %q is not a number", short(is.ID, 40))
	case !validKey(is.Key):
		return is, fmt.Errorf("key %q is not one", short(is.Key, 40))
	case fields.IsNil():
		return is, errors.New("no fields")
	}
	fields = fields.Elem()
	is.Fields = fields.Field(0).Addr().Interface().(*wireFields)
	is.Custom = make([]json.RawMessage, l.custom)
	for i := range is.Custom {
		is.Custom[i] = fields.Field(i + 1).Bytes()
	}
	return is, nil
}

// nameOf is the key, or else the id, of an issue that cannot be read.
func nameOf(raw json.RawMessage) string {
	var name struct{ Key, ID any }
	_ = json.Unmarshal(raw, &name)
	if key, ok := name.Key.(string); ok && validKey(key) {
		return key
	}
	if id, ok := name.ID.(string); ok && validID(id) {
		return id
	}
	return ""
}

// validID holds for native ids; they are put into queries.
func validID(s string) bool {
	return s != "" && len(s) <= 20 && strings.Trim(s, "0123456789") == ""
}

// validKey holds for PAY-12: a project key, which Data Center lets
// administrators shape, a dash and a number.
func validKey(s string) bool {
	project, number, ok := cutKey(s)
	if !ok || len(s) > 255 || !validID(number) {
		return false
	}
	for _, r := range project {
		if r <= ' ' || r == '"' || r == '\\' || r == '/' || r == ':' || r == '#' {
			return false
		}
	}
	return true
}

// cutKey divides PAY-12 into project and number.
func cutKey(key string) (project, number string, ok bool) {
	i := strings.LastIndexByte(key, '-')
	if i <= 0 {
		return "", "", false
	}
	return key[:i], key[i+1:], true
}
