package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/connectors"
)

// Load reads and checks a configuration file, and looks whether the files it
// names can be read. Relative names in it are relative to its folder.
//
// The error is of type Errors when the file was read; warnings come with or
// without an error.
func Load(name string, registry connectors.Registry) (*Config, []Warning, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	d := newDecoder(name, data)
	c := d.config(data, registry)
	if c != nil {
		c.Text = sync.OnceValue(func() string { return masked(data) })
	}
	d.checkFiles(filepath.Dir(name))
	return d.result(c)
}

// Parse checks a configuration without touching the file system: name is used
// in messages and as the place of relative file names. The error is of type Errors.
func Parse(name string, data []byte, registry connectors.Registry) (*Config, []Warning, error) {
	d := newDecoder(name, data)
	c := d.config(data, registry)
	if c != nil {
		c.Text = sync.OnceValue(func() string { return masked(data) })
	}
	return d.result(c)
}

func (d *decoder) result(c *Config) (*Config, []Warning, error) {
	slices.SortStableFunc(d.warnings, func(a, b Warning) int { return inOrder(Problem(a), Problem(b)) })
	d.warnings = slices.Compact(d.warnings)
	if len(d.problems) > 0 {
		slices.SortStableFunc(d.problems, inOrder)
		return nil, d.warnings, slices.Compact(d.problems)
	}
	return c, d.warnings, nil
}

func inOrder(a, b Problem) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// document reads the text as one document; nil if it cannot.
func (d *decoder) document(data []byte) *yaml.Node {
	if line, column, what := notText(data); what != "" {
		d.problemAt(line, column, "%s", what)
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), strict()...)
	if err != nil {
		d.problemAt(1, 1, "%v", err)
		return nil
	}
	var doc, next yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		d.problemAt(1, 1, "configuration is empty: it needs at least trackers")
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	switch err := loader.Load(&next); {
	case err == nil:
		d.problem(&next, "configuration is one document: remove this --- and what follows, or what precedes")
	case !errors.Is(err, io.EOF):
		d.syntax(err)
	}
	root := resolve(doc.Content[0])
	switch {
	case root.ShortTag() == "!!null":
		d.problem(root, "configuration is empty: it needs at least trackers")
	case root.Kind != yaml.MappingNode:
		d.problem(root, "configuration is a mapping of keys such as trackers and teams, found %s", found(root))
	default:
		return root
	}
	return nil
}

// syntax notes an error of the yaml library's parser.
func (d *decoder) syntax(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		d.problemAt(1, 1, "not valid YAML: %v", err)
		return
	}
	context := ""
	if e.ContextMsg != "" {
		context = " " + e.ContextMsg
		if e.ContextMark.Line > 0 && e.ContextMark.Line != e.Mark.Line {
			context += fmt.Sprintf(" begun in line %d", e.ContextMark.Line)
		}
	}
	d.problemAt(e.Mark.Line, e.Mark.Column, "not valid YAML: %s%s", e.Message, context)
}

// notText finds what the YAML library refuses without telling where: bytes that
// are no UTF-8, and control characters.
func notText(data []byte) (line, column int, what string) {
	line, column = 1, 1
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			return line, column, "not valid YAML: text is not UTF-8"
		case r == '\n':
			line, column = line+1, 0
		case r < ' ' && !strings.ContainsRune("\t\r", r), r >= 0x7f && r < 0xa0 && r != 0x85:
			return line, column, fmt.Sprintf("not valid YAML: control character %U", r)
		}
		column++
		rest = rest[size:]
	}
	return 0, 0, ""
}
