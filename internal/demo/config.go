package demo

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed config.yml.tmpl
var configText string

type configTeam struct {
	Name, Lead, Manager, Channel, Owns string
	Members                            []configPerson
}

type configPerson struct{ Name, Jira, GitHub, Email string }

// Config is the configuration that watches the demonstration: both trackers at
// their present addresses, the six teams, their programmes and priorities. Its
// secrets are in the environment that Getenv stands for.
func (d *Demo) Config() []byte {
	w := d.world
	w.mu.RLock()
	defer w.mu.RUnlock()
	values := struct {
		Jira, GitHub, Email, Env, Projects, Owner string
		Teams                                     []configTeam
	}{Jira: d.JiraURL(), GitHub: d.GitHubURL(), Email: accountEmail, Env: tokenEnv, Owner: owner}
	var projects []string
	for _, p := range w.projects {
		if !p.github {
			projects = append(projects, p.key)
		}
	}
	values.Projects = strings.Join(projects, ", ")
	for _, t := range w.teams {
		home := fmt.Sprintf("{tracker: jira, project: %s}", t.home.key)
		if t.home.github {
			home = fmt.Sprintf("{repository: %s}", t.home.key)
		}
		team := configTeam{
			Name: t.name, Lead: t.members[0].name, Manager: t.manager, Channel: t.channel,
			Owns: fmt.Sprintf("{label: %s}, %s", t.label, home),
		}
		for _, p := range t.members {
			team.Members = append(team.Members, configPerson{p.name, p.jira, p.login, p.email})
		}
		values.Teams = append(values.Teams, team)
	}
	var b bytes.Buffer
	// Text and values are this package's own: a failure is a mistake in them.
	if err := template.Must(template.New("config").Parse(configText)).Execute(&b, values); err != nil {
		panic(fmt.Sprintf("demo configuration: %v", err))
	}
	return b.Bytes()
}
