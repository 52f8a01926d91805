package jira_test

import (
	"fmt"
	"testing"

	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// TestAttended holds which changes of a changelog attend to the issue itself.
func TestAttended(t *testing.T) {
	link := change("Link", "", "", "PAY-2", "This issue blocks PAY-2")
	sprint := map[string]any{"field": "Sprint", "fieldtype": "custom", "fieldId": "customfield_10020", "from": "1", "to": "2"}
	for name, test := range map[string]struct {
		log       [][]any // entries, an hour apart, the last an hour before the start
		comment   int     // hours before the start, 0 for none
		unread    bool    // comments are
		want      string
		commented string // the comment beside the log counts
	}{
		"nothing":             {want: "created 1000"},
		"linked only":         {log: [][]any{{link}}, want: "created 1000"},
		"linked remotely":     {log: [][]any{{change("RemoteIssueLink", "", "", "9", "a page")}}, want: "created 1000"},
		"assigned, linked":    {log: [][]any{{change("assignee", "", "", "a1", "Ana")}, {link}}, want: "assignee 2"},
		"unassigned":          {log: [][]any{{change("assignee", "a1", "Ana", "", "")}}, want: "assignee 1"},
		"planned and renamed": {log: [][]any{{change("summary", "", "a", "", "b"), sprint}}, want: "sprint 1"},
		"dated":               {log: [][]any{{change("duedate", "", "", "2026-04-01", "2026-04-01")}}, want: "date 1"},
		"started":             {log: [][]any{{moved("1", "3")}, {moved("3", "1")}}, want: "status 1"},
		"a custom Link":       {log: [][]any{{map[string]any{"field": "Link", "fieldtype": "custom", "fieldId": "customfield_1"}}}, want: "other 1"},
		"commented":           {log: [][]any{{link}}, comment: 3, want: "created 1000", commented: "comment 3"},
		"commented before":    {log: [][]any{{change("assignee", "", "", "a1", "Ana")}}, comment: 3, want: "assignee 1", commented: "assignee 1"},
		"comments unread":     {log: [][]any{{link}}, comment: 3, unread: true, want: " "},
	} {
		for _, cloud := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/%t", name, cloud), func(t *testing.T) {
				f := newFake(t, cloud)
				f.fields = append(f.fields, map[string]any{"id": "customfield_10020", "name": "Sprint", "schema": map[string]any{"custom": "com.pyxis.greenhopper.jira:gh-sprint"}})
				var fields map[string]any
				if test.comment > 0 {
					at := jiraTime(ago(test.comment).UnixMilli())
					fields = map[string]any{"comment": map[string]any{"total": 1, "comments": []any{map[string]any{"id": "7", "body": "seen", "created": at}}}}
				}
				i := f.add("1", "PAY-1", hours(1), fields)
				for n, entry := range test.log {
					i.logged(hours(len(test.log)-n), entry...)
				}
				c := f.connect(func(c *jira.Config) { credentials(c); c.Text.Comments = !test.unread })
				r := newRecord()
				r.poll(t, c)
				sweep(t, c, r)
				it := r.item(t, "PAY-1").Item
				show := func(a model.Attention) string {
					if a.At.IsZero() {
						return a.What.String() + " "
					}
					return fmt.Sprintf("%s %v", a.What, start.Sub(a.At.Time()).Hours())
				}
				if got := show(it.Attended); got != test.want {
					t.Errorf("attended: %s, want %s", got, test.want)
				}
				if got := show(it.LastAttended()); test.commented != "" && got != test.commented {
					t.Errorf("last attended: %s, want %s", got, test.commented)
				}
			})
		}
	}
}
