package exec

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
)

// Config is the part of the configuration file under a tracker of type exec.
type Config struct {
	Command  []string            `yaml:"command" jsonschema_description:"The program and its arguments; no shell reads them. A program without a slash is looked for in \"PATH\"." jsonschema:"required"`
	Dir      string              `yaml:"dir" jsonschema_description:"Absolute path of the folder the program runs in." jsonschema_extras:"x-absent=the daemon's"`
	Projects []string            `yaml:"projects" jsonschema_description:"Keys of the projects the program serves, as its items name them; it is told of them."`
	Options  map[string]any      `yaml:"options" jsonschema_description:"Handed to the program as they are. Everybody who reads this file reads them: secrets go under \"env\"."`
	Env      map[string]Variable `yaml:"env" jsonschema_description:"Variables of the program's environment, by name. Besides them it gets \"PATH\", \"HOME\", \"LANG\" and \"TZ\", and nothing else of the daemon's."`
	Timeout  Duration            `yaml:"timeout" jsonschema_description:"Longest time the program may be silent within a pass, in \"h\", \"m\", \"s\" and \"ms\"." jsonschema:"type=string" jsonschema_extras:"x-type=duration"`
	Memory   Size                `yaml:"memory_limit" jsonschema_description:"Most memory of its own that the program may have, and each one it starts, in \"MiB\", \"GiB\" or \"TiB\"; at least \"64MiB\". Only Linux bounds it." jsonschema:"type=string" jsonschema_extras:"x-type=size"`
}

// Variable says where the value of an environment variable is: in a file, or in
// a variable of the daemon's own environment.
type Variable struct {
	ValueFile string `yaml:"value_file" jsonschema_description:"File with the value." jsonschema_extras:"x-absent=this or the next"`
	ValueEnv  string `yaml:"value_env" jsonschema_description:"Variable of the daemon's environment with the value." jsonschema_extras:"x-absent=this or the one before"`
}

func (v Variable) ref() connectors.SecretRef {
	return connectors.SecretRef{File: v.ValueFile, Env: v.ValueEnv}
}

// Duration is a length of time with units: 90s, 5m.
type Duration time.Duration

// UnmarshalText reads the written form.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return errors.New("want a duration such as 90s or 5m")
	}
	*d = Duration(v)
	return nil
}

// MarshalText gives the written form.
func (d Duration) MarshalText() ([]byte, error) {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return []byte(text), nil
}

const (
	defaultTimeout  = time.Minute
	longestTimeout  = time.Hour
	shortestTimeout = 100 * time.Millisecond
)

// NewConfig returns a configuration filled with defaults.
func NewConfig() connectors.Config {
	return &Config{Timeout: Duration(defaultTimeout), Memory: defaultMemory}
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Validate reports every problem, each as an error that names its key.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(c.Command) == 0 || c.Command[0] == "" {
		bad("command: name the program to run")
	}
	for i, word := range c.Command {
		if strings.ContainsRune(word, 0) {
			bad("command[%d]: contains a zero byte", i)
		}
	}
	if c.Dir != "" && !filepath.IsAbs(c.Dir) {
		bad("dir: %q is not an absolute path", c.Dir)
	}
	for i, p := range c.Projects {
		if strings.TrimSpace(p) == "" {
			bad("projects[%d]: is empty", i)
		}
	}
	if _, err := json.Marshal(c.Options); err != nil {
		bad("options: cannot be written as JSON")
	}
	for name, v := range c.Env {
		switch {
		case !variableName.MatchString(name):
			bad("env[%q]: is not the name of a variable", name)
		case (v.ValueFile == "") == (v.ValueEnv == ""):
			bad("env[%q]: give one of value_file and value_env", name)
		}
	}
	if t := time.Duration(c.Timeout); t < shortestTimeout || t > longestTimeout {
		bad("timeout: %s is not between %s and %s", t, shortestTimeout, longestTimeout)
	}
	if c.Memory < leastMemory {
		bad("memory_limit: %s is less than %s", c.Memory, leastMemory)
	}
	return errors.Join(errs...)
}

// Names lists the projects.
func (c *Config) Names() []string { return c.Projects }

// environment is what the program sees: what any program needs to find its
// files, and what the configuration names. values are those that must never be shown.
func (c *Config) environment(secret func(connectors.SecretRef) (connectors.Secret, error)) (env, values []string, err error) {
	env = []string{} // nil would be the daemon's whole environment
	if secret == nil {
		return env, nil, nil
	}
	for _, name := range []string{"PATH", "HOME", "LANG", "TZ"} {
		if _, own := c.Env[name]; own {
			continue
		}
		if v, err := secret(connectors.SecretRef{Env: name}); err == nil {
			env = append(env, name+"="+v.Reveal())
		}
	}
	for name, ref := range c.Env {
		v, err := secret(ref.ref())
		if err != nil {
			return nil, nil, fmt.Errorf("variable %s: %w", name, err)
		}
		if strings.ContainsRune(v.Reveal(), 0) {
			return nil, nil, fmt.Errorf("variable %s: its value contains a zero byte", name)
		}
		env = append(env, name+"="+v.Reveal())
		values = append(values, v.Reveal())
	}
	return env, values, nil
}
