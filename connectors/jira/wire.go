package jira

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waitgraph/waitgraph/internal/refs"
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
	Body    prose     `json:"body"`
	Created string    `json:"created"`
}

type wireComments struct {
	Total    int           `json:"total"`
	Comments []wireComment `json:"comments"`
}

// wireFields are the fields every site has, and those asked for beside.
type wireFields struct {
	Summary        string        `json:"summary"`
	Description    prose         `json:"description"`
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

	Custom map[string]jsontext.Value `json:",embed"` // by id
}

type wireIssue struct {
	ID     string      `json:"id"`
	Key    string      `json:"key"`
	Fields *wireFields `json:"fields"`

	outcome *outcome // nil until it is converted
}

// check tells what an issue lacks that every issue has.
func (is *wireIssue) check() error {
	switch {
	case !validID(is.ID):
		return fmt.Errorf("id %q is not a number", short(is.ID, 40))
	case !validKey(is.Key):
		return fmt.Errorf("key %q is not one", short(is.Key, 40))
	case is.Fields == nil:
		return errors.New("no fields")
	}
	return nil
}

// prose is a text that is read for references, "" if there can be none.
type prose string

// UnmarshalJSONFrom makes no string of a text without references.
func (p *prose) UnmarshalJSONFrom(in *jsontext.Decoder) error {
	raw, err := in.ReadValue()
	if err != nil {
		return err
	}
	*p = ""
	switch raw.Kind() {
	case 'n':
		return nil
	case '"':
	default:
		return errors.New("a string is expected")
	}
	escaped := bytes.IndexByte(raw, '\\') >= 0
	if !escaped && !refs.May([]byte(raw)) {
		return nil
	}
	// What an escape stands for may part a reference from what is before it. Bytes
	// that are not UTF-8 are replaced; what was read has no other errors.
	if text, _ := jsontext.AppendUnquote(nil, raw); !escaped || refs.May(text) {
		*p = prose(text)
	}
	return nil
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
