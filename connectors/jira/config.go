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
	URL         string            `yaml:"url" jsonschema_description:"Address of the site, with its context path: \"https://acme.atlassian.net\", \"https://example.org/jira\"." jsonschema:"required"`
	Auth        Auth              `yaml:"auth" jsonschema_description:"How to log in: an e-mail and token, a bearer token, or OAuth 2.0." jsonschema_extras:"x-absent=anonymous"`
	HTTP        connectors.HTTP   `yaml:"http" jsonschema_description:"How the site is reached, where the system's authorities and proxy do not do." jsonschema_extras:"x-absent=the system's"`
	Projects    []string          `yaml:"projects" jsonschema_description:"Keys of the projects to read." jsonschema_extras:"x-absent=none; required without \"jql\""`
	JQL         string            `yaml:"jql" jsonschema_description:"Which issues to read, without \"ORDER BY\"; with \"projects\", only those of theirs."`
	Fields      map[string]string `yaml:"fields" jsonschema_description:"Names or ids of fields on the site: \"points\" (story points), \"sprint\", \"team\", \"needed_by\" (a date; by default the due date, else the target end of advanced roadmaps), and any other name for use in a matcher's \"field\"." jsonschema_extras:"x-absent=found by themselves"`
	Links       map[string]Role   `yaml:"links" jsonschema_description:"Link phrases, as people read them on an issue, and what they say of that issue: \"blocks\", \"blocked_by\", \"parent_of\", \"child_of\", \"duplicates\", \"duplicated_by\", \"mirrors\" or \"relates\". A phrase that is neither usual nor listed is \"relates\", and is counted as unmapped." jsonschema_extras:"x-absent=the usual phrases"`
	Status      map[string]Status `yaml:"status" jsonschema_description:"Statuses that mean something else than their category says." jsonschema_extras:"x-absent=by status category"`
	Resolutions map[string]string `yaml:"resolutions" jsonschema_description:"Resolutions and what they mean: \"done\" or \"dropped\" (closed without being delivered)." jsonschema_extras:"x-absent=the usual ones"`
	Text        Text              `yaml:"text" jsonschema_description:"Which texts are read for references." jsonschema_extras:"x-absent=all"`
	RemoteLinks int               `yaml:"remote_links" jsonschema_description:"Most issues whose links to other sites are read in one go, each by a request of its own; 0 reads none." jsonschema:"minimum=0,maximum=10000" jsonschema_extras:"x-unit=issues"`
	Concurrency int               `yaml:"concurrency" jsonschema_description:"Most requests in flight." jsonschema:"minimum=1,maximum=10" jsonschema_extras:"x-unit=requests"`
}

// Auth tells how requests are authorised: e-mail (on Data Center the user name)
// and token, or a bearer token such as a personal access token. Empty means
// anonymously.
type Auth struct {
	Email           string         `yaml:"email" jsonschema_description:"E-mail of the account (Cloud) or its user name (Data Center) that the token belongs to."`
	TokenFile       string         `yaml:"token_file" jsonschema_description:"File with the API token (Cloud) or password (Data Center)."`
	TokenEnv        string         `yaml:"token_env" jsonschema_description:"Environment variable with the same."`
	BearerTokenFile string         `yaml:"bearer_token_file" jsonschema_description:"File with a personal access token (Data Center) or another bearer token."`
	BearerTokenEnv  string         `yaml:"bearer_token_env" jsonschema_description:"Environment variable with the same."`
	OAuth2          *OAuth         `yaml:"oauth2" jsonschema_description:"A grant to an OAuth 2.0 app of Atlassian's (Cloud); docs/trackers.md tells how to get one."`
	Expires         connectors.Day `yaml:"expires" jsonschema_description:"Day on which the credential ends, for the metric, the status and the alert before it: no Jira tells. Taken as the beginning of that day, UTC." jsonschema:"type=string,format=date" jsonschema_extras:"x-absent=not known"`
}

// OAuth is a grant to an OAuth 2.0 app of Atlassian's (3LO) for a Cloud site,
// which is then read through api.atlassian.com.
type OAuth struct {
	ClientID         string `yaml:"client_id" jsonschema_description:"The app's client id." jsonschema:"required"`
	ClientSecretFile string `yaml:"client_secret_file" jsonschema_description:"File with the app's client secret." jsonschema_extras:"x-absent=this or the next"`
	ClientSecretEnv  string `yaml:"client_secret_env" jsonschema_description:"Environment variable with the same." jsonschema_extras:"x-absent=this or the one before"`
	RefreshTokenFile string `yaml:"refresh_token_file" jsonschema_description:"File with the refresh token the grant began with. It is used once; its successors are kept in the storage. Another token here begins a new grant." jsonschema_extras:"x-absent=this or the next"`
	RefreshTokenEnv  string `yaml:"refresh_token_env" jsonschema_description:"Environment variable with the same." jsonschema_extras:"x-absent=this or the one before"`
	CloudID          string `yaml:"cloud_id" jsonschema_description:"The site's id at Atlassian; looked up by \"url\" when absent." jsonschema_extras:"x-absent=looked up"`
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
	State   string `yaml:"state" jsonschema_description:"State of an issue with the status." jsonschema:"enum=todo,enum=doing,enum=done,enum=dropped" jsonschema_extras:"x-absent=by category"`
	Blocked *bool  `yaml:"blocked" jsonschema_description:"Whether the status says that the issue is blocked." jsonschema_extras:"x-absent=false\\, but true for a status called \"Blocked\""`
}

// Text says which texts of an issue are read for references.
type Text struct {
	Title       bool `yaml:"title" jsonschema_description:"Read summaries."`
	Description bool `yaml:"description" jsonschema_description:"Read descriptions."`
	Comments    bool `yaml:"comments" jsonschema_description:"Read comments."`
	MaxComments int  `yaml:"max_comments" jsonschema_description:"How many comments of an issue are read, the newest ones." jsonschema:"minimum=0,maximum=1000" jsonschema_extras:"x-unit=comments"`
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
		if s := c.Status[name].State; s != "" && model.StateOf(s) == 0 {
			bad("status."+name+".state", "%q is none of todo, doing, done, dropped", s)
		}
	}
	for _, name := range sortedKeys(c.Resolutions) {
		if s := model.StateOf(c.Resolutions[name]); s != model.Done && s != model.Dropped {
			bad("resolutions."+name, "%q is neither done nor dropped", c.Resolutions[name])
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
