package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/config"
)

var update = flag.Bool("update", false, "rewrite the expected messages in testdata")

// TestBad loads each testdata/NAME.bad.yml: its messages are those of NAME.bad.txt.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 30 {
		t.Fatalf("only %d bad files found", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".bad.yml"), func(t *testing.T) {
			_, warnings, err := config.Load(file, registry())
			var problems config.Errors
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("loading gives %v, want config.Errors", err)
			}
			got := strings.ReplaceAll(problems.Error(), "testdata/", "") + "\n"
			for _, w := range warnings {
				got += strings.ReplaceAll(w.String(), "testdata/", "") + "\n"
			}
			golden := strings.TrimSuffix(file, ".yml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGood loads each testdata/*.good.yml: it has neither problems nor warnings.
func TestGood(t *testing.T) {
	files, err := filepath.Glob("testdata/*.good.yml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no good files found")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, warnings, err := config.Parse(file, data, registry())
			if err != nil || len(warnings) > 0 {
				t.Errorf("parsing gives warnings %v and error:\n%v", warnings, err)
			}
		})
	}
}

func TestLoadMissingFile(t *testing.T) {
	_, _, err := config.Load(filepath.Join(t.TempDir(), "none.yml"), registry())
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("loading gives %v, want %v", err, os.ErrNotExist)
	}
}

func TestSecretFiles(t *testing.T) {
	const before, after = "trackers:\n  - name: a\n    type: jira\n    url: https://a.example\n    projects: [A]\n    auth: {token_file: ", "}\n"
	tests := []struct {
		name    string
		value   string
		mode    os.FileMode // of the file secret beside the configuration
		content string
		problem string
		warning string
	}{
		{name: "kept from others", value: "secret", mode: 0o600, content: "x"},
		{name: "in a folder", value: "./secret", mode: 0o640, content: "x"},
		{name: "open to all", value: "secret", mode: 0o644, content: "x", warning: `token_file: file "DIR/secret" can be read by every user of this machine (mode 0644): chmod o-r it`},
		{name: "empty", value: "secret", mode: 0o600, problem: `token_file: file "DIR/secret" is empty`},
		{name: "missing", value: "other", mode: 0o600, content: "x", problem: `token_file: there is no file "DIR/other"`},
		{name: "folder", value: ".", mode: 0o600, content: "x", problem: `token_file: "DIR" is a folder, not a file`},
		{name: "token itself", value: "ghp_0123456789", mode: 0o600, content: "x", problem: "token_file: this looks like a secret itself: write it to a file and name the file here"},
		{name: "long word", value: "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3", mode: 0o600, content: "x", problem: "token_file: this looks like a secret itself: write it to a file and name the file here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "w.yml")
			secret := filepath.Join(dir, "secret")
			if err := errors.Join(
				os.WriteFile(file, []byte(before+tt.value+after), 0o600),
				os.WriteFile(secret, []byte(tt.content), 0o600),
				os.Chmod(secret, tt.mode),
			); err != nil {
				t.Fatal(err)
			}
			c, warnings, err := config.Load(file, registry())
			shown := func(message string) string {
				return strings.ReplaceAll(message, strings.Trim(dir, `"`), "DIR")
			}
			var got, gotWarning string
			var problems config.Errors
			if errors.As(err, &problems) {
				got = shown(problems[0].Message)
			} else if c.Dir != dir {
				t.Errorf("Dir is %s, want %s", c.Dir, dir)
			}
			if len(warnings) > 0 {
				gotWarning = shown(warnings[0].Message)
			}
			if len(problems) > 1 || got != tt.problem {
				t.Errorf("problem is %q, want %q (of %d)", got, tt.problem, len(problems))
			}
			if len(warnings) > 1 || gotWarning != tt.warning {
				t.Errorf("warning is %q, want %q (of %d)", gotWarning, tt.warning, len(warnings))
			}
		})
	}
}

// FuzzParse holds that reading never fails otherwise than by problems, each with
// a place in the file.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, warnings, err := config.Parse("fuzz.yml", data, registry())
		var problems config.Errors
		switch {
		case err == nil && c == nil:
			t.Fatal("neither configuration nor error")
		case err == nil:
			c.Rules()
		case !errors.As(err, &problems) || len(problems) == 0:
			t.Fatalf("error is %T, want config.Errors", err)
		}
		for _, w := range warnings {
			problems = append(problems, config.Problem(w))
		}
		lines := strings.Split(string(data), "\n")
		for _, p := range problems {
			if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > utf8.RuneCountInString(lines[p.Line-1])+1 {
				t.Errorf("%v is outside the file of %d lines", p, len(lines))
			}
			if p.Message == "" || strings.ContainsAny(p.Message, "\n\r\x1b") {
				t.Errorf("message %q is not one line of text", p.Message)
			}
		}
	})
}
