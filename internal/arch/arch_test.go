// Package arch_test holds the layout of the module: who may import whom, and
// the habits that no compiler or linter checks.
package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/waitgraph/waitgraph/"

// mayImport lists, for each package, the packages of this module its code may
// import. Every package has a row; tests are free but for cmd.
var mayImport = map[string][]string{
	"model":     {},
	"reconcile": {"model"},

	"connectors":               {"model"},
	"connectors/jira":          {"connectors", "model", "internal/httpx", "internal/refs"},
	"connectors/github":        {"connectors", "model", "internal/httpx", "internal/refs"},
	"connectors/exec":          {"connectors", "model"},
	"connectors/connectortest": {"connectors", "model"},
	"connectors/builtin":       {"connectors", "connectors/jira", "connectors/github", "connectors/exec"},

	"config": {"model", "connectors"},

	"internal/httpx":           {},
	"internal/refs":            {"model"},
	"internal/store":           {"model"},
	"internal/store/sqlite":    {"model", "internal/store"},
	"internal/store/postgres":  {"model", "internal/store"},
	"internal/store/storetest": {"model", "internal/store"},
	"internal/metrics":         {"model"},
	"internal/layout":          {},
	"internal/nearest":         {},
	"internal/hostile":         {},
	"internal/wire":            {"model"},
	"internal/brief":           {"model", "internal/nearest", "internal/hostile", "internal/wire"},
	"internal/preview":         {"model"},
	"internal/web":             {"model", "internal/layout", "internal/brief", "internal/nearest", "internal/hostile", "internal/wire"},
	"internal/demo":            {"model"},
	"internal/history":         {"model"},
	"internal/app":             {"model", "reconcile", "connectors", "config", "internal/store", "internal/history", "internal/metrics", "internal/web"},
	"internal/trackersim":      {},
	"internal/arch":            {},

	"cmd/waitgraph": {
		"model", "reconcile", "connectors", "connectors/builtin", "connectors/exec", "connectors/connectortest", "config", "internal/store", "internal/store/sqlite", "internal/store/postgres",
		"internal/metrics", "internal/web", "internal/history", "internal/brief", "internal/hostile", "internal/preview", "internal/demo", "internal/app",
	},
}

// pure packages compute: facts in, graph out. They have no clock, log or I/O.
var pure = []string{"model", "reconcile", "internal/refs", "internal/layout", "internal/wire", "internal/brief", "internal/history", "internal/preview"}

// impure are the standard packages a pure one may not import.
var impure = []string{"os", "net", "log", "io/fs", "math/rand", "syscall", "database", "runtime", "embed"}

type goPackage struct {
	ImportPath   string
	Dir          string
	Imports      []string
	TestImports  []string
	XTestImports []string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
}

// name is the package's path inside the module.
func (p goPackage) name() string { return strings.TrimPrefix(p.ImportPath, module) }

func (p goPackage) testImports() []string { return slices.Concat(p.TestImports, p.XTestImports) }

func list(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list packages: %v\n%s", err, stderr.String())
	}
	var all []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("decode packages: %v", err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("listed %d packages, too few to be this module", len(all))
	}
	return all
}

func TestImports(t *testing.T) {
	for _, p := range list(t) {
		allowed, known := mayImport[p.name()]
		if !known {
			t.Errorf("%s has no row in the table of imports: decide what it may import and add one", p.name())
			continue
		}
		for _, i := range p.Imports {
			ours, inside := strings.CutPrefix(i, module)
			switch {
			case inside && !slices.Contains(allowed, ours):
				t.Errorf("%s imports %s, but may import only %v", p.name(), ours, allowed)
			case p.name() == "model" && !inside && !standard(i):
				t.Errorf("model imports %s, but may import only the standard library", i)
			case slices.Contains(pure, p.name()) && slices.ContainsFunc(impure, func(s string) bool { return i == s || strings.HasPrefix(i, s+"/") }):
				t.Errorf("%s imports %s, but is pure: no clock, log or I/O", p.name(), i)
			}
		}
		for _, i := range slices.Concat(p.Imports, p.testImports()) {
			if ours, inside := strings.CutPrefix(i, module); inside && path.Dir(ours) == "cmd" {
				t.Errorf("%s imports %s: nothing imports a command", p.name(), ours)
			}
		}
	}
}

// standard reports whether an import path is of the standard library: its
// first element has no dot.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}
