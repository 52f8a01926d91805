package github

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/waitgraph/waitgraph/connectors"
)

// DefaultURL is the API of github.com.
const DefaultURL = "https://api.github.com"

// Config is the part of the configuration file under a tracker of type github.
type Config struct {
	URL          string          `yaml:"url" jsonschema_description:"Address of the API; for an Enterprise Server \"https://HOST\" or \"https://HOST/api/v3\"."`
	Auth         Auth            `yaml:"auth" jsonschema_description:"One of a token and an App." jsonschema_extras:"x-absent=anonymous"`
	HTTP         connectors.HTTP `yaml:"http" jsonschema_description:"How the API is reached, where the system's authorities and proxy do not do." jsonschema_extras:"x-absent=the system's"`
	Repositories []string        `yaml:"repositories" jsonschema_description:"\"owner/name\", a glob within one owner (\"acme/*\"), or with a leading \"!\" what to leave out again." jsonschema:"required"`
	Projects     []Project       `yaml:"projects" jsonschema_description:"Projects (not classic ones) whose fields tell more of the issues and pull requests on them. They need \"auth\" that may read projects. Of a field that several tell, the first one's value counts."`
	Labels       Labels          `yaml:"labels" jsonschema_description:"What labels mean."`
	Text         Text            `yaml:"text" jsonschema_description:"Which texts are read for references." jsonschema_extras:"x-absent=all"`
}

// Auth names one credential: a token, or a GitHub App's installation.
type Auth struct {
	TokenFile string         `yaml:"token_file" jsonschema_description:"File with a token that may read issues and pull requests."`
	TokenEnv  string         `yaml:"token_env" jsonschema_description:"Environment variable with the same."`
	App       *App           `yaml:"app" jsonschema_description:"The installation of a GitHub App to act as."`
	Expires   connectors.Day `yaml:"expires" jsonschema_description:"Day on which the token ends, where GitHub does not tell (it tells of tokens made to expire). Taken as the beginning of that day, UTC." jsonschema:"type=string,format=date" jsonschema_extras:"x-absent=as GitHub tells"`
}

// App is the installation of a GitHub App to act as.
type App struct {
	ID             int64  `yaml:"id" jsonschema_description:"The App's id." jsonschema:"required" jsonschema_extras:"x-unit=none"`
	InstallationID int64  `yaml:"installation_id" jsonschema_description:"The installation's id." jsonschema:"required" jsonschema_extras:"x-unit=none"`
	PrivateKeyFile string `yaml:"private_key_file" jsonschema_description:"File with the App's private key in PEM form." jsonschema:"required"`
}

// Labels gives labels a meaning.
type Labels struct {
	Blocked []string `yaml:"blocked" jsonschema_description:"Labels that say that the item is blocked, besides \"blocked\"."`
}

// Text says which texts of an item are read for references.
type Text struct {
	Title       bool `yaml:"title" jsonschema_description:"Read titles."`
	Body        bool `yaml:"body" jsonschema_description:"Read bodies."`
	Branch      bool `yaml:"branch" jsonschema_description:"Read the names of pull requests' branches."`
	Comments    bool `yaml:"comments" jsonschema_description:"Read comments."`
	MaxComments int  `yaml:"max_comments" jsonschema_description:"How many comments are read, the newest ones." jsonschema:"minimum=0,maximum=100" jsonschema_extras:"x-unit=comments"`
}

// NewConfig returns a configuration filled with defaults.
func NewConfig() connectors.Config {
	return &Config{
		URL:  DefaultURL,
		Text: Text{Title: true, Body: true, Branch: true, Comments: true, MaxComments: 50},
	}
}

var (
	fullName   = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	nameOrGlob = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.*?-]+$`)
)

// Validate reports every problem, each as an error that names its key.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", key, fmt.Errorf(format, args...)))
	}
	if _, _, err := apiBase(c.URL); err != nil {
		bad("url", "%w", err)
	}
	c.Auth.validate(bad)
	errs = append(errs, c.HTTP.Validate())
	included := false
	for i, r := range c.Repositories {
		pattern, exclusion := strings.CutPrefix(r, "!")
		included = included || !exclusion
		if !nameOrGlob.MatchString(pattern) {
			bad(fmt.Sprintf("repositories[%d]", i), "%q is not owner/name, owner/glob or an exclusion of one", r)
		}
	}
	if !included {
		bad("repositories", "name at least one")
	}
	if len(c.Projects) > 0 && c.Auth.anonymous() {
		bad("projects", "GitHub shows them to accounts only: give auth")
	}
	named := map[string]bool{}
	for i := range c.Projects {
		p, key := &c.Projects[i], fmt.Sprintf("projects[%d]", i)
		p.validate(key, bad)
		if name := strings.ToLower(p.name()); named[name] {
			bad(key, "%s is named twice", p.name())
		} else {
			named[name] = true
		}
	}
	for i, l := range c.Labels.Blocked {
		if strings.TrimSpace(l) == "" {
			bad(fmt.Sprintf("labels.blocked[%d]", i), "is empty")
		}
	}
	if c.Text.MaxComments < 0 || c.Text.MaxComments > 100 {
		bad("text.max_comments", "%d is not between 0 and 100", c.Text.MaxComments)
	}
	return errors.Join(errs...)
}

func (a *Auth) validate(bad func(key, format string, args ...any)) {
	given := 0
	for _, set := range []bool{a.TokenFile != "", a.TokenEnv != "", a.App != nil} {
		if set {
			given++
		}
	}
	if given > 1 {
		bad("auth", "token_file, token_env and app exclude each other")
	}
	if a.Expires != (connectors.Day{}) && (a.anonymous() || a.App != nil) {
		bad("auth.expires", "there is no token that could end")
	}
	if a.App == nil {
		return
	}
	if a.App.ID <= 0 {
		bad("auth.app.id", "%d is not an App's id", a.App.ID)
	}
	if a.App.InstallationID <= 0 {
		bad("auth.app.installation_id", "%d is not an installation's id", a.App.InstallationID)
	}
	if a.App.PrivateKeyFile == "" {
		bad("auth.app.private_key_file", "is missing")
	}
}

func (a *Auth) anonymous() bool { return *a == Auth{Expires: a.Expires} }

// Names lists the repositories named without a glob.
func (c *Config) Names() []string {
	var names []string
	for _, r := range c.Repositories {
		if fullName.MatchString(r) {
			names = append(names, r)
		}
	}
	return names
}

// Includes reports whether the patterns include a repository of that name.
func (c *Config) Includes(repository string) bool {
	s := scope{patterns: c.Repositories}
	return fullName.MatchString(repository) && s.matches(repository)
}

// serverPath is where a GitHub Enterprise Server has its REST API.
const serverPath = "/api/v3/"

// apiBase is the REST API's root for a configured address, with the trailing
// slash go-github wants. sure is false where the address alone does not tell
// whether the API is at the root or, as on an Enterprise Server, below serverPath.
func apiBase(address string) (base *url.URL, sure bool, err error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, false, errors.New("is not an address")
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, false, errors.New("is not an http or https address")
	case u.User != nil:
		return nil, false, errors.New("must not carry credentials: use auth")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, false, errors.New("must not have a query or fragment")
	}
	path := strings.TrimRight(u.Path, "/") + "/"
	if path != "/" && path != serverPath {
		return nil, false, fmt.Errorf("path %q is not the root of an API: use https://HOST or https://HOST/api/v3", u.Path)
	}
	u.Path = path
	// api.github.com and api.SUBDOMAIN.ghe.com serve at their root.
	return u, path == serverPath || strings.HasPrefix(strings.ToLower(u.Hostname()), "api."), nil
}
