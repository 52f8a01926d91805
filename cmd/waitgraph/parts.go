package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/common/version"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/internal/store"
	"github.com/waitgraph/waitgraph/internal/store/sqlite"
)

// logFlags declares the flags of logging and returns what makes the logger, and
// its level, which may be changed later.
func logFlags(c *kingpin.CmdClause, e env, level string) (func() *slog.Logger, *promslog.Level) {
	cfg := &promslog.Config{Level: promslog.NewLevel(), Format: promslog.NewFormat(), Writer: e.stderr}
	c.Flag("log.level", "Least severe messages to log: debug, info, warn or error.").Default(level).SetValue(cfg.Level)
	c.Flag("log.format", "Form of the log: logfmt or json.").Default("logfmt").SetValue(cfg.Format)
	return func() *slog.Logger { return promslog.New(cfg) }, cfg.Level
}

func configFlag(c *kingpin.CmdClause) *string {
	return c.Flag("config.file", "The configuration file.").Default("waitgraph.yml").String()
}

// loadConfig reads a configuration file; its problems are the user's to mend.
func loadConfig(file string, e env) (*config.Config, error) {
	c, warnings, err := config.Load(file, builtin.Registry())
	for _, w := range warnings {
		fmt.Fprintf(e.stderr, "%s\n", w)
	}
	if problems := config.Errors(nil); errors.As(err, &problems) {
		return nil, usageError{problems.Error()}
	}
	if err != nil {
		return nil, usageError{fmt.Sprintf("waitgraph: %v", err)}
	}
	return c, nil
}

// memory is the storage that ends with the process.
const memory = "memory:"

// openStorage opens sqlite:///absolute/path, sqlite://relative/path, a plain
// path, or memory:.
func openStorage(ctx context.Context, storage string) (store.Store, error) {
	path := storage
	switch scheme, rest, ok := strings.Cut(storage, "://"); {
	case storage == memory:
		path = ""
	case !ok && storage == "":
		return nil, usageError{"waitgraph: --storage is empty: give sqlite:///path/to/file.db or memory:"}
	case ok && scheme == "sqlite":
		p, err := url.PathUnescape(rest)
		if err != nil || p == "" {
			return nil, usageError{fmt.Sprintf("waitgraph: --storage=%s: give sqlite:///path/to/file.db", storage)}
		}
		path = filepath.FromSlash(p)
	case ok:
		return nil, usageError{fmt.Sprintf("waitgraph: --storage: unknown kind %q: give sqlite:///path/to/file.db or memory:", scheme)}
	}
	return sqlite.Open(ctx, path)
}

func secretReader(c *config.Config, e env) func(connectors.SecretRef) (connectors.Secret, error) {
	return connectors.SecretReader(c.Dir, e.getenv)
}

func userAgent() string { return "waitgraph/" + release() }

// release is the version this binary was built as.
func release() string {
	if version.Version == "" {
		return "devel"
	}
	return version.Version
}
