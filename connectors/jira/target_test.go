package jira_test

import (
	"testing"

	"github.com/waitgraph/waitgraph/connectors/jira"
)

// The target end of advanced roadmaps stands for a due date that is not set,
// unless the config names what does.
func TestTargetEnd(t *testing.T) {
	custom := []map[string]any{
		{"id": "customfield_1", "name": "Target end", "schema": map[string]any{"custom": "com.atlassian.jpo:jpo-custom-field-baseline-end"}},
		{"id": "customfield_2", "name": "Wanted", "schema": map[string]any{"type": "date"}},
	}
	for name, test := range map[string]struct {
		due, target, neededBy string
		want                  string
	}{
		"target only":          {target: "2026-05-01", want: "2026-05-01"},
		"both":                 {due: "2026-04-01", target: "2026-05-01", want: "2026-04-01"},
		"neither":              {},
		"another field chosen": {target: "2026-05-01", neededBy: "Wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			fields := map[string]any{"duedate": test.due, "customfield_1": test.target}
			got, problems, _ := read(t, fields, custom, func(c *jira.Config) {
				if test.neededBy != "" {
					c.Fields = map[string]string{"needed_by": test.neededBy}
				}
			})
			if got.Item.Due.String() != test.want || len(problems) > 0 {
				t.Errorf("due %s, want %s; problems %v", got.Item.Due, test.want, problems)
			}
		})
	}
}
