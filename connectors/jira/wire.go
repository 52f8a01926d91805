package jira

import (
	"encoding/json"
	"strings"
)

// The wire structs hold what is read of an answer and nothing else. Times and
// dates are strings here: their forms differ by product and age. Those with tags
// are also read by package json, where answers are short.

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
	Name    string
	Subtask bool
	Level   int // Cloud: -1 sub-task, 0, 1 epic and up
}

type wireProject struct {
	Key string
}

type wireVersion struct {
	Name        string
	ReleaseDate string
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
	ID     string
	Key    string
	Fields struct {
		Summary    string
		Status     *wireStatus
		Resolution *wireNamed // not embedded, but had when the issue is asked for by itself
		Priority   *wireNamed
		Type       *wireType
	}
}

// wireLink has the far issue on the side whose phrase reads from this issue to it.
type wireLink struct {
	ID   string
	Type struct {
		Inward  string
		Outward string
	}
	Inward  *wireBrief
	Outward *wireBrief
}

type wireComment struct {
	ID      string    `json:"id"`
	Author  *wireUser `json:"author"`
	Body    string    `json:"body"`
	Created string    `json:"created"`
}

type wireComments struct {
	Total    int
	Comments []wireComment
}

// wireFields are the fields every site has.
type wireFields struct {
	Summary        string
	Description    string
	Status         *wireStatus
	Resolution     *wireNamed
	ResolutionDate string
	Created        string
	Updated        string
	Due            string
	Type           *wireType
	Project        *wireProject
	Priority       *wireNamed
	Labels         []string
	Components     []wireNamed
	FixVersions    []wireVersion
	Assignee       *wireUser
	Reporter       *wireUser
	Creator        *wireUser
	Links          []wireLink
	Subtasks       []wireBrief
	Parent         *wireBrief
	Comment        wireComments
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
