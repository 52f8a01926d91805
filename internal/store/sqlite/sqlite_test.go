package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/internal/store"
	"github.com/waitgraph/waitgraph/internal/store/sqlite"
	"github.com/waitgraph/waitgraph/internal/store/storetest"
)

func open(t testing.TB, path string) *sqlite.DB {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	t.Run("file", func(t *testing.T) {
		storetest.RunDurable(t, func(t testing.TB) storetest.Open {
			// A name that means something in a URI.
			path := filepath.Join(t.TempDir(), "wait graph?#%41.db")
			return func(t testing.TB) store.Store { return open(t, path) }
		})
	})
	t.Run("memory", func(t *testing.T) {
		storetest.Run(t, func(testing.TB) storetest.Open {
			return func(t testing.TB) store.Store { return open(t, "") }
		})
	})
}

// TestOpenErrors: whoever reads the error knows what to do.
func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newer := filepath.Join(dir, "newer.db")
	exec1(t, newer, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	held := filepath.Join(dir, "held.db")
	s := open(t, held)
	defer func() { _ = s.Close() }()

	for path, want := range map[string]string{
		filepath.Join(dir, "missing", "x.db"):    "directory " + filepath.Join(dir, "missing") + " does not exist",
		filepath.Join(write("file", ""), "x.db"): "not a directory",
		dir:                                      "is a directory",
		write("text.db", strings.Repeat("no db\n", 99)): "file is not a database",
		newer: "schema version 99 is newer",
		held:  "in use by another process",
	} {
		s, err := sqlite.Open(t.Context(), path)
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: no error, want %q", path, want)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// exec1 changes a store's file behind its back.
func exec1(t *testing.T, path, statement string) {
	t.Helper()
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestCorrupt: a row that cannot be read is named, never left out.
func TestCorrupt(t *testing.T) {
	for statement, want := range map[string]string{
		`UPDATE trackers SET data = '{"name":'`:                                                           `tracker "a"`,
		`UPDATE trackers SET data = '{"name":"b"}'`:                                                       `tracker "a" holds "b"`,
		`UPDATE records SET data = 'x' WHERE native = '7'`:                                                `record "7" of tracker "a"`,
		`UPDATE records SET data = '' WHERE native = '7'`:                                                 `record "7" of tracker "a"`,
		`UPDATE records SET native = '9999' WHERE native = '7'`:                                           `record "9999" of tracker "a" holds "7"`,
		`UPDATE records SET data = replace(data, '"first_seen":"', '"first_seen":"x') WHERE native = '7'`: `record "7" of tracker "a"`,
	} {
		path := filepath.Join(t.TempDir(), "s.db")
		s := open(t, path)
		if err := s.Record(t.Context(), batch(1, 2000)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		exec1(t, path, statement)
		s = open(t, path)
		if _, err := s.Load(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", statement, err, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPrivate: titles of a private tracker are not for every user of the machine.
func TestPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	s := open(t, path)
	defer func() { _ = s.Close() }()
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

// TestKeepRefuses: a secret is not kept where it is lost or laid open.
func TestKeepRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts.db")
	s := open(t, path)
	defer func() { _ = s.Close() }()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(t.Context(), "a", []byte("swordfish")); err == nil || !strings.Contains(err.Error(), "mode 0640") || strings.Contains(err.Error(), "swordfish") {
		t.Errorf("error %v", err)
	}
	m := open(t, "")
	defer func() { _ = m.Close() }()
	if err := m.Keep(t.Context(), "a", []byte("swordfish")); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("error %v", err)
	}
}
