package config_test

import (
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors/builtin"
)

// What is shown of a configuration is all of it but comments and secrets.
func TestMaskedText(t *testing.T) {
	text := `# sekrit-comment
trackers:
  - name: jira
    type: jira
    url: https://jira.example.com # sekrit-remark
    auth: {email: bot@example.com, token_env: JIRA_TOKEN}
    projects: [PAY]
  - name: other
    type: exec
    command: [/bin/plugin, --token=sekrit-argument]
    options:
      endpoint: https://api.example.com/x?key=sekrit-query
      nested: {deep: [sekrit-option]}
teams:
  - name: pay
    lead: Ana
    owns: [{tracker: jira, project: PAY}]
    channel: sekrit-option
`
	c, _, err := config.Parse("waitgraph.yml", []byte(text), builtin.Registry())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(c.Text(), "sekrit") {
		t.Errorf("a secret is shown:\n%s", c.Text())
	}
	for _, want := range []string{"https://jira.example.com\n", "JIRA_TOKEN", "projects: [PAY]", "lead: Ana", "<masked>"} {
		if !strings.Contains(c.Text(), want) {
			t.Errorf("no %q in\n%s", want, c.Text())
		}
	}
}
