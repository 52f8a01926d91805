package jira_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/connectors/jira"
)

func decode(t *testing.T, text string) *jira.Config {
	t.Helper()
	cfg := jira.NewConfig().(*jira.Config)
	if err := yaml.Load([]byte(text), cfg, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestConfig(t *testing.T) {
	cfg := decode(t, `
url: https://acme.atlassian.net/
auth: {email: bot@acme.example, token_file: /run/secrets/jira}
projects: [PAY, PLAT]
fields: {points: Story Points, sprint: Sprint, team: Team, needed_by: Due date}
links: {"is gated by": blocked_by}
status: {Blocked: {state: doing, blocked: true}}
resolutions: {Hold: dropped}
text: {comments: false}
`)
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff([]string{"PAY", "PLAT"}, cfg.Names()); d != "" {
		t.Error(d)
	}
	if want := (jira.Text{Title: true, Description: true, MaxComments: 50}); cfg.Text != want {
		t.Errorf("text %+v", cfg.Text)
	}
	if cfg.Status["Blocked"].State != "doing" || !*cfg.Status["Blocked"].Blocked || cfg.Concurrency != 4 {
		t.Errorf("config %+v", cfg)
	}
}

func TestValidate(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"{}", "url: give the address of the site\nprojects: name at least one project, or give jql"},
		{"{url: acme.atlassian.net, projects: [A1]}", "url: not an address that starts with https:// or http://"},
		{"{url: 'https://u:swordfish@a.example', projects: [A1]}", "url: credentials belong under auth"},
		{"{url: 'https://u:sword fish@a.example', projects: [A1]}", "url: not an address"},
		{
			"{url: 'https://a.example', projects: [A1], auth: {oauth2: {client_secret_env: S, client_secret_file: s, cloud_id: ../x}}}",
			"auth.oauth2.client_id: give the app's client id\nauth.oauth2.client_secret_env: choose between client_secret_file and client_secret_env\n" +
				"auth.oauth2.refresh_token_file: needed, or refresh_token_env\nauth.oauth2.cloud_id: \"../x\" is not the id of a site",
		},
		{
			"{url: 'https://a.example', projects: [A1], auth: {bearer_token_env: B, oauth2: {client_id: c, client_secret_env: S, refresh_token_env: R}}}",
			"auth.oauth2: choose between oauth2 and tokens",
		},
		{"{url: 'https://a.example', projects: [A1], auth: {expires: 2027-01-31}}", "auth.expires: there is no credential that could end"},
		{"{url: 'https://a.example', projects: [A1], auth: {bearer_token_env: B, expires: 2027-01-31}}", ""},
		{"{url: 'https://a.example', projects: [A1], remote_links: -1}", "remote_links: -1 is not between 0 and 10000"},
		{"{url: 'https://a.example/?x=1', projects: [A1]}", "url: must end with the path"},
		{"{url: 'https://a.example', projects: [pay, PAY, PAY]}", "projects[0]: \"pay\" is not a project key such as PAY\nprojects[2]: PAY is named twice"},
		{"{url: 'https://a.example', jql: 'project = PAY'}", ""},
		{"{url: 'https://a.example', jql: 'project = PAY ORDER  by key'}", "jql: must not have ORDER BY"},
		{`{url: 'https://a.example', jql: 'summary ~ "order by \" )"'}`, ""},
		{"{url: 'https://a.example', jql: 'a = 1) OR (b = 2'}", "jql: a parenthesis closes before it opens"},
		{"{url: 'https://a.example', jql: '(a = 1'}", "jql: a parenthesis is not closed"},
		{"{url: 'https://a.example', jql: 'a = \"1'}", "jql: a quote is not closed"},
		{"{url: 'https://a.example', projects: [A1], auth: {email: x}}", "auth: email needs token_file or token_env"},
		{"{url: 'https://a.example', projects: [A1], auth: {token_env: x}}", "auth.email: a token needs its e-mail (on Data Center: user name); for a personal access token use bearer_token_file"},
		{"{url: 'https://a.example', projects: [A1], auth: {email: x, token_env: x, token_file: x}}", "auth.token_env: choose between token_file and token_env"},
		{"{url: 'https://a.example', projects: [A1], auth: {bearer_token_env: x, bearer_token_file: x}}", "auth.bearer_token_env: choose between bearer_token_file and bearer_token_env"},
		{"{url: 'https://a.example', projects: [A1], auth: {email: x, token_env: x, bearer_token_file: x}}", "auth: choose between email with token and bearer token"},
		{"{url: 'https://a.example', projects: [A1], fields: {Points: x, team: ''}}", "fields.Points: a name has lower case letters, digits and underscores\nfields.team: give the field's name or id"},
		{"{url: 'https://a.example', projects: [A1], links: {'100% needs': blocks_it}}", `links.100% needs: "blocks_it" is none of blocked_by, blocks, child_of, duplicated_by, duplicates, mirrors, parent_of, relates`},
		{"{url: 'https://a.example', projects: [A1], status: {Odd: {state: open}}}", `status.Odd.state: "open" is none of todo, doing, done, dropped`},
		{"{url: 'https://a.example', projects: [A1], resolutions: {Odd: todo}}", `resolutions.Odd: "todo" is neither done nor dropped`},
		{"{url: 'https://a.example', projects: [A1], text: {max_comments: -1}, concurrency: 11}", "text.max_comments: -1 is not between 0 and 1000\nconcurrency: 11 is not between 1 and 10"},
	} {
		got := ""
		if err := decode(t, test.text).Validate(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.text, got, test.want)
		}
		if strings.Contains(got, "sword") {
			t.Errorf("%s shows a secret: %s", test.text, got)
		}
	}
}
