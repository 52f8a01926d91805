package config_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// registry has two types of tracker that are configured much as real ones are.
func registry() connectors.Registry {
	return connectors.Registry{
		"jira":   func() connectors.Config { return &site{PageSize: 50} },
		"github": func() connectors.Config { return &forge{URL: "https://api.github.com"} },
	}
}

type site struct {
	URL      string            `yaml:"url" jsonschema:"required"`
	Auth     siteAuth          `yaml:"auth"`
	Projects []string          `yaml:"projects"`
	Fields   map[string]string `yaml:"fields"`
	Links    map[string]string `yaml:"links"`
	Status   map[string]status `yaml:"status"`
	PageSize int               `yaml:"page_size"`
	Remote   bool              `yaml:"remote_links"`
}

type siteAuth struct {
	Email     string `yaml:"email"`
	TokenFile string `yaml:"token_file"`
	TokenEnv  string `yaml:"token_env"`
}

type status struct {
	State   string `yaml:"state"`
	Blocked bool   `yaml:"blocked"`
}

func (s *site) Names() []string { return s.Projects }

func (s *site) Validate() error {
	var errs []error
	if u, err := url.Parse(s.URL); err != nil || u.Host == "" {
		errs = append(errs, errors.New("url: want an address such as https://acme.atlassian.net"))
	}
	if len(s.Projects) == 0 {
		errs = append(errs, errors.New("projects: at least one is needed"))
	}
	if s.Auth.TokenFile != "" && s.Auth.TokenEnv != "" {
		errs = append(errs, errors.New("auth.token_env: there is a token_file already"))
	}
	for phrase, kind := range s.Links {
		if kind != "blocks" && kind != "blocked_by" {
			errs = append(errs, fmt.Errorf("links[%q]: unknown kind %q", phrase, kind))
		}
	}
	return errors.Join(errs...)
}

func (s *site) New(connectors.Options) (connectors.Connector, error) { return idle{}, nil }

type forge struct {
	URL          string    `yaml:"url"`
	Auth         forgeAuth `yaml:"auth"`
	Repositories []string  `yaml:"repositories"`
	Projects     []board   `yaml:"projects"`
}

type forgeAuth struct {
	App       *app   `yaml:"app"`
	TokenFile string `yaml:"token_file"`
}

type app struct {
	ID             int64  `yaml:"id"`
	PrivateKeyFile string `yaml:"private_key_file"`
}

type board struct {
	Org    string `yaml:"org"`
	Number int    `yaml:"number"`
}

func (f *forge) Names() []string { return f.Repositories }

func (f *forge) Validate() error {
	for i, b := range f.Projects {
		if b.Number < 1 {
			return fmt.Errorf("projects[%d].number: want a number above 0", i)
		}
	}
	return nil
}

func (f *forge) New(connectors.Options) (connectors.Connector, error) { return idle{}, nil }

type idle struct{}

func (idle) Changes(context.Context, string) iter.Seq2[model.Batch, error] {
	return func(func(model.Batch, error) bool) {}
}
