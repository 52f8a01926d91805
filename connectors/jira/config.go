package jira

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// Config is the part of the configuration file that describes one Jira site.
type Config struct {
	// URL is the address of the site with its context path, if it has one.
	URL  string `yaml:"url"`
	Auth Auth   `yaml:"auth"`
	// HTTP is how the site is reached, and Atlassian where OAuth 2.0 needs it.
	HTTP connectors.HTTP `yaml:"http"`
	// Projects are the keys of the projects to read. With JQL too, only their
	// issues that it selects are read.
	Projects []string `yaml:"projects"`
	// JQL selects issues; it has no ORDER BY.
	JQL string `yaml:"jql"`
	// Fields maps points, sprint, team, needed_by, and any name matchers use,
	// to a field's name or id on the site. The first three are found by
	// themselves when not given, needed_by is the due date.
	Fields map[string]string `yaml:"fields"`
	// Links maps link phrases, as people read them on an issue, to roles.
	Links map[string]Role `yaml:"links"`
	// Status maps status names to what they mean.
	Status map[string]Status `yaml:"status"`
	// Resolutions maps resolution names to done or dropped.
	Resolutions map[string]model.State `yaml:"resolutions"`
	Text        Text                   `yaml:"text"`
	// RemoteLinks is the most issues whose remote links are read in one pass,
	// each by a request of its own; 0 reads none.
	RemoteLinks int `yaml:"remote_links"`
	// Concurrency is the most requests in flight.
	Concurrency int `yaml:"concurrency"`
}

// Auth tells how requests are authorised: e-mail (on Data Center the user name)
// and token, or a bearer token such as a personal access token. Empty means
// anonymously.
type Auth struct {
	Email           string `yaml:"email"`
	TokenFile       string `yaml:"token_file"`
	TokenEnv        string `yaml:"token_env"`
	BearerTokenFile string `yaml:"bearer_token_file"`
	BearerTokenEnv  string `yaml:"bearer_token_env"`
	OAuth2          *OAuth `yaml:"oauth2"`
	// Expires is the day on which the credential ends, which no Jira tells.
	Expires connectors.Day `yaml:"expires" jsonschema:"type=string,format=date"`
}

// OAuth is a grant to an OAuth 2.0 app of Atlassian's (3LO) for a Cloud site,
// which is then read through api.atlassian.com.
type OAuth struct {
	ClientID         string `yaml:"client_id"`
	ClientSecretFile string `yaml:"client_secret_file"`
	ClientSecretEnv  string `yaml:"client_secret_env"`
	// The refresh token the grant began with. Each is used once; its successors
	// are kept in the storage.
	RefreshTokenFile string `yaml:"refresh_token_file"`
	RefreshTokenEnv  string `yaml:"refresh_token_env"`
	// CloudID is the site's; it is looked up by the site's address when empty.
	CloudID string `yaml:"cloud_id"`
}

func (o *OAuth) client() connectors.SecretRef {
	return connectors.SecretRef{File: o.ClientSecretFile, Env: o.ClientSecretEnv}
}

func (o *OAuth) refresh() connectors.SecretRef {
	return connectors.SecretRef{File: o.RefreshTokenFile, Env: o.RefreshTokenEnv}
}

var cloudID = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

func (o *OAuth) validate(bad func(key, format string, args ...any)) {
	if o.ClientID == "" {
		bad("auth.oauth2.client_id", "give the app's client id")
	}
	for _, secret := range []struct {
		name string
		ref  connectors.SecretRef
	}{{"client_secret", o.client()}, {"refresh_token", o.refresh()}} {
		switch {
		case secret.ref.IsZero():
			bad("auth.oauth2."+secret.name+"_file", "needed, or %s_env", secret.name)
		case secret.ref.File != "" && secret.ref.Env != "":
			bad("auth.oauth2."+secret.name+"_env", "choose between %[1]s_file and %[1]s_env", secret.name)
		}
	}
	if o.CloudID != "" && !cloudID.MatchString(o.CloudID) {
		bad("auth.oauth2.cloud_id", "%q is not the id of a site", o.CloudID)
	}
}

// Status says what a status means where its category does not.
type Status struct {
	// State replaces what category and resolution say; empty leaves it.
	State model.State `yaml:"state"`
	// Blocked makes the status a signal that the issue is blocked, or none.
	// Without it a status called "blocked" is one.
	Blocked *bool `yaml:"blocked"`
}

// Text says which texts of an issue are read for references.
type Text struct {
	Title       bool `yaml:"title"`
	Description bool `yaml:"description"`
	Comments    bool `yaml:"comments"`
	// MaxComments is how many comments are read, the newest ones.
	MaxComments int `yaml:"max_comments"`
}

// The keys of Config.Fields with a meaning of their own.
const (
	fieldPoints   = "points"
	fieldSprint   = "sprint"
	fieldTeam     = "team"
	fieldNeededBy = "needed_by"
)

// NewConfig returns a Config with its defaults.
func NewConfig() connectors.Config {
	return &Config{
		Text:        Text{Title: true, Description: true, Comments: true, MaxComments: 50},
		RemoteLinks: 200,
		Concurrency: 4,
	}
}

// Names lists the configured project keys.
func (c *Config) Names() []string { return slices.Clone(c.Projects) }

var (
	// Atlassian, "Changing the project key format": upper case letters, digits, underscores.
	projectKey = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)
	fieldKey   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// Validate reports every problem, joined, each naming its key.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", key, fmt.Errorf(format, args...)))
	}

	if _, err := c.base(); err != nil {
		bad("url", "%w", err)
	}
	c.Auth.validate(bad)
	errs = append(errs, c.HTTP.Validate())
	if len(c.Projects) == 0 && strings.TrimSpace(c.JQL) == "" {
		bad("projects", "name at least one project, or give jql")
	}
	for i, p := range c.Projects {
		switch {
		case !projectKey.MatchString(p):
			bad(fmt.Sprintf("projects[%d]", i), "%q is not a project key such as PAY", p)
		case slices.Contains(c.Projects[:i], p):
			bad(fmt.Sprintf("projects[%d]", i), "%s is named twice", p)
		}
	}
	if err := checkJQL(c.JQL); err != nil {
		bad("jql", "%w", err)
	}
	for _, name := range sortedKeys(c.Fields) {
		if !fieldKey.MatchString(name) {
			bad("fields."+name, "a name has lower case letters, digits and underscores")
		}
		if strings.TrimSpace(c.Fields[name]) == "" {
			bad("fields."+name, "give the field's name or id")
		}
	}
	for _, phrase := range sortedKeys(c.Links) {
		if _, ok := roles[c.Links[phrase]]; !ok {
			bad("links."+phrase, "%q is none of %s", c.Links[phrase], strings.Join(sortedKeys(roles), ", "))
		}
	}
	for _, name := range sortedKeys(c.Status) {
		switch c.Status[name].State {
		case "", model.Todo, model.Doing, model.Done, model.Dropped:
		default:
			bad("status."+name+".state", "%q is none of todo, doing, done, dropped", c.Status[name].State)
		}
	}
	for _, name := range sortedKeys(c.Resolutions) {
		if s := c.Resolutions[name]; s != model.Done && s != model.Dropped {
			bad("resolutions."+name, "%q is neither done nor dropped", s)
		}
	}
	if c.Text.MaxComments < 0 || c.Text.MaxComments > 1000 {
		bad("text.max_comments", "%d is not between 0 and 1000", c.Text.MaxComments)
	}
	if c.RemoteLinks < 0 || c.RemoteLinks > 10_000 {
		bad("remote_links", "%d is not between 0 and 10000", c.RemoteLinks)
	}
	if c.Concurrency < 1 || c.Concurrency > 10 {
		bad("concurrency", "%d is not between 1 and 10", c.Concurrency)
	}
	return errors.Join(errs...)
}

// base is the parsed URL, without a slash at its end.
func (c *Config) base() (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(c.URL, "/"))
	switch {
	case c.URL == "":
		return nil, errors.New("give the address of the site")
	case err != nil:
		return nil, errors.New("not an address") // the parser's own words would quote credentials in it
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, errors.New("not an address that starts with https:// or http://")
	case u.User != nil:
		return nil, errors.New("credentials belong under auth")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("must end with the path")
	}
	return u, nil
}

func (a Auth) token() connectors.SecretRef {
	return connectors.SecretRef{File: a.TokenFile, Env: a.TokenEnv}
}

func (a Auth) bearer() connectors.SecretRef {
	return connectors.SecretRef{File: a.BearerTokenFile, Env: a.BearerTokenEnv}
}

func (a Auth) anonymous() bool { return a == Auth{Expires: a.Expires} }

func (a Auth) validate(bad func(key, format string, args ...any)) {
	if a.Expires != (connectors.Day{}) && a.anonymous() {
		bad("auth.expires", "there is no credential that could end")
	}
	switch basic := a.Email != "" || !a.token().IsZero(); {
	case a.OAuth2 != nil && (basic || !a.bearer().IsZero()):
		bad("auth.oauth2", "choose between oauth2 and tokens")
	case basic && !a.bearer().IsZero():
		bad("auth", "choose between email with token and bearer token")
	case basic && a.Email == "":
		bad("auth.email", "a token needs its e-mail (on Data Center: user name); for a personal access token use bearer_token_file")
	case basic && a.token().IsZero():
		bad("auth", "email needs token_file or token_env")
	}
	if a.OAuth2 != nil {
		a.OAuth2.validate(bad)
	}
	if a.TokenFile != "" && a.TokenEnv != "" {
		bad("auth.token_env", "choose between token_file and token_env")
	}
	if a.BearerTokenFile != "" && a.BearerTokenEnv != "" {
		bad("auth.bearer_token_env", "choose between bearer_token_file and bearer_token_env")
	}
}

var orderBy = regexp.MustCompile(`(?i)\border\s+by\b`)

// checkJQL makes sure that the query can stand in parentheses. What it means
// only the site can tell.
func checkJQL(jql string) error {
	var plain strings.Builder // outside quotes
	var quote rune
	depth, escaped := 0, false
	for _, r := range jql {
		switch {
		case escaped:
			escaped = false
		case quote != 0 && r == '\\':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
			plain.WriteByte(' ')
		default:
			switch r {
			case '(':
				depth++
			case ')':
				if depth--; depth < 0 {
					return errors.New("a parenthesis closes before it opens")
				}
			}
			plain.WriteRune(r)
		}
	}
	switch {
	case quote != 0:
		return errors.New("a quote is not closed")
	case depth != 0:
		return errors.New("a parenthesis is not closed")
	case orderBy.MatchString(plain.String()):
		return errors.New("must not have ORDER BY")
	}
	return nil
}

func sortedKeys[K ~string, V any](m map[K]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, string(k))
	}
	slices.Sort(keys)
	return keys
}
