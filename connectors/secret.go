package connectors

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

const hidden = "<secret>"

// Secret is a value that never shows itself: it prints, logs and marshals as
// <secret>. Reveal gives the value.
type Secret struct{ value string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal is the value itself, to be put into a request and nowhere else.
func (s Secret) Reveal() string { return s.value }

// String hides the value.
func (s Secret) String() string { return hidden }

// GoString hides the value.
func (s Secret) GoString() string { return hidden }

// Format hides the value from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue hides the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value from JSON, YAML and whatever else asks.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// SecretRef says where a secret is: in a file or in an environment variable.
// Both empty means there is none.
type SecretRef struct{ File, Env string }

// IsZero reports whether no secret is configured.
func (r SecretRef) IsZero() bool { return r == SecretRef{} }

// SecretReader returns a function that reads secrets: files relative to dir,
// variables through getenv. It reads anew on every call, so that a rotated
// secret is used at once; surrounding white space is dropped.
func SecretReader(dir string, getenv func(string) string) func(SecretRef) (Secret, error) {
	return func(r SecretRef) (Secret, error) {
		switch {
		case r.File != "" && r.Env != "":
			return Secret{}, fmt.Errorf("secret from both file %s and variable %s: choose one", r.File, r.Env)
		case r.File != "":
			name := r.File
			if !filepath.IsAbs(name) {
				name = filepath.Join(dir, name)
			}
			b, err := os.ReadFile(name)
			if err != nil {
				return Secret{}, fmt.Errorf("read secret: %w", err)
			}
			v := strings.TrimSpace(string(b))
			if v == "" {
				return Secret{}, fmt.Errorf("secret file %s is empty", name)
			}
			return Secret{v}, nil
		case r.Env != "":
			v := strings.TrimSpace(getenv(r.Env))
			if v == "" {
				return Secret{}, fmt.Errorf("secret variable %s is empty or not set", r.Env)
			}
			return Secret{v}, nil
		}
		return Secret{}, nil
	}
}
