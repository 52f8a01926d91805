package github

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// mended is an answer whose types are not all what they should be, which is
// rare, made fit to be decoded: of items that cannot be decoded is left what
// they are called, and in wrong why. It is nil if that is no help.
func mended(body []byte) []byte {
	tree, err := parse(body)
	if err != nil {
		return nil
	}
	if answer, ok := tree.(map[string]any); ok {
		if data, ok := answer["data"].(map[string]any); ok && data["nodes"] != nil {
			data["nodes"] = mend(data["nodes"], true)
		}
	}
	b, err := json.Marshal(mend(tree, false))
	if err != nil {
		return nil
	}
	return b
}

// parse keeps numbers as they are written.
func parse(body []byte) (tree any, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	err = d.Decode(&tree)
	return tree, err
}

// mend replaces broken items, the innermost first; item tells that the value is
// where an item, or a list of them, is expected.
func mend(value any, item bool) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = mend(value[i], item)
		}
	case map[string]any:
		for name, part := range value {
			value[name] = mend(part, holdsItems(name) || item && name == "nodes")
		}
		if _, list := value["nodes"]; item && !list {
			return mendItem(value)
		}
	}
	return value
}

// holdsItems tells by a field's name or alias whether it is an item or a list
// of items.
func holdsItems(name string) bool {
	switch name {
	case "issues", "pullRequests", "blockedBy", "blocking", "subIssues", "closedByPullRequestsReferences", "closingIssuesReferences", "more":
		return true
	}
	_, err := strconv.Atoi(strings.TrimPrefix(name, "n"))
	return err == nil
}

// mendItem leaves of an item that cannot be read its names and why.
func mendItem(fields map[string]any) any {
	b, err := json.Marshal(fields)
	if err != nil {
		return fields
	}
	if err = json.Unmarshal(b, &listed{}); err == nil {
		return fields
	}
	left := map[string]any{"wrong": err.Error()}
	for _, name := range []string{"id", "number", "repository"} {
		one, err := json.Marshal(map[string]any{name: fields[name]})
		if err == nil && json.Unmarshal(one, &listed{}) == nil {
			left[name] = fields[name]
		}
	}
	return left
}
