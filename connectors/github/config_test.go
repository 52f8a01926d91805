package github_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	yaml "go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/connectors/github"
)

func TestConfig(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string // the keys of the errors
	}{
		{"minimal", `repositories: [acme/api]`, nil},
		{"whole", `
url: https://github.acme.example/api/v3
auth: {token_file: /run/secrets/github}
repositories: ["acme/*", "!acme/archive-*", other/thing]
labels: {blocked: ["status: blocked"]}
text: {branch: false, max_comments: 10}`, nil},
		{"server without path", `{url: "https://github.acme.example", repositories: [acme/api]}`, nil},
		{"app", `{auth: {app: {id: 1, installation_id: 2, private_key_file: k.pem}}, repositories: [acme/api]}`, nil},
		{"nothing", `{}`, []string{"repositories"}},
		{"only exclusions", `repositories: ["!acme/api"]`, []string{"repositories"}},
		{"bad names", `repositories: [acme, "*/api", "acme/api/x", "https://github.com/acme/api", "acme/api"]`, []string{"repositories[0]", "repositories[1]", "repositories[2]", "repositories[3]"}},
		{"bad address", `{url: "github.com", repositories: [acme/api]}`, []string{"url"}},
		{"web address", `{url: "https://github.com/acme", repositories: [acme/api]}`, []string{"url"}},
		{"credentials in the address", `{url: "https://bot:pass@github.example", repositories: [acme/api]}`, []string{"url"}},
		{"query in the address", `{url: "https://github.example/?token=1", repositories: [acme/api]}`, []string{"url"}},
		{"two credentials", `{auth: {token_file: a, token_env: B}, repositories: [acme/api]}`, []string{"auth"}},
		{"half an app", `{auth: {app: {}}, repositories: [acme/api]}`, []string{"auth.app.id", "auth.app.installation_id", "auth.app.private_key_file"}},
		{"empty label", `{labels: {blocked: [" "]}, repositories: [acme/api]}`, []string{"labels.blocked[0]"}},
		{"too many comments", `{text: {max_comments: 101}, repositories: [acme/api]}`, []string{"text.max_comments"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := github.NewConfig()
			if err := yaml.Load([]byte(test.text), config, yaml.WithKnownFields()); err != nil {
				t.Fatal(err)
			}
			var got []string
			if err := config.Validate(); err != nil {
				if strings.Contains(err.Error(), "pass") {
					t.Errorf("the error shows a password: %v", err)
				}
				for _, line := range strings.Split(err.Error(), "\n") {
					key, _, _ := strings.Cut(line, ": ")
					got = append(got, key)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNames(t *testing.T) {
	config := github.NewConfig().(*github.Config)
	config.Repositories = []string{"acme/*", "!acme/old", "acme/api", "other/.github"}
	if diff := cmp.Diff([]string{"acme/api", "other/.github"}, config.Names()); diff != "" {
		t.Error(diff)
	}
}

// What is wrong with projects is told in these words.
func TestProjectErrors(t *testing.T) {
	for _, test := range []struct{ name, projects, want string }{
		{"org", `[{org: acme, number: 7, fields: {points: Estimate, status: Status, sprint: Iteration, due: Target date, area: Area}}]`, ""},
		{"user with statuses", `[{user: ana, number: 7, fields: {status: Status}, status: {Waiting: {state: doing, blocked: true}}}]`, ""},
		{"nothing", `[{}]`, `projects[0]: give the owner as org or user
projects[0].number: 0 is not a project's number
projects[0].fields: name at least one`},
		{"two owners", `[{org: acme, user: ana, number: 7, fields: {points: Size}}]`, `projects[0]: org and user exclude each other`},
		{"bad owner", `[{org: "acme/api", number: 7, fields: {points: Size}}]`, `projects[0].org: "acme/api" is not a login`},
		{"bad fields", `[{org: acme, number: 7, fields: {Points: Size, due: " "}}]`, `projects[0].fields.Points: a name has lower case letters, digits and underscores
projects[0].fields.due: give the field's name in the project`},
		{"statuses of no field", `[{org: acme, number: 7, fields: {points: Size}, status: {Waiting: {blocked: true}}}]`, `projects[0].status: name the field that has them in fields.status`},
		{"bad state", `[{org: acme, number: 7, fields: {status: Status}, status: {"100%d": {state: blocked}}}]`, `projects[0].status.100%d.state: "blocked" is none of todo, doing, done, dropped`},
		{"twice", `[{org: acme, number: 7, fields: {points: Size}}, {org: Acme, number: 7, fields: {points: Size}}]`, `projects[1]: orgs/Acme/projects/7 is named twice`},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := github.NewConfig()
			text := "{auth: {token_file: t}, repositories: [acme/api], projects: " + test.projects + "}"
			if err := yaml.Load([]byte(text), config, yaml.WithKnownFields()); err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := config.Validate(); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	config := configure(github.DefaultURL, "", "acme/api")
	config.Projects = []github.Project{{Org: "acme", Number: 7, Fields: map[string]string{"points": "Size"}}}
	if err := config.Validate(); err == nil || err.Error() != "projects: GitHub shows them to accounts only: give auth" {
		t.Errorf("without auth: %v", err)
	}
}
