// Package sqlite keeps facts in one SQLite file.
//
// The file is in WAL mode with synchronous=NORMAL: an acknowledged step
// survives the death of the process; a power cut may take the last steps but
// never part of one, and as a tracker's cursor is in the same step as its items,
// what was taken is read again.
//
// One process at a time has the file open. SQLite's own exclusive locking mode
// says so: unlike a lock table it is released by the operating system whatever
// kills the process, unlike flock on a second file it is the same on every
// platform, and it spares WAL its shared memory. So that there is never a
// moment without the lock, one connection is used and none of its statements is
// ever interrupted.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/waitgraph/waitgraph/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is an open store.
type DB struct {
	db   *sql.DB
	path string // "" in memory
	// putTracker and putRecord are what each step does, prepared for the one connection.
	putTracker, putRecord *sql.Stmt
}

var _ store.Store = (*DB)(nil)

// busy is how long Open waits for another process to let go of the file, so
// that a restart may overlap a little.
const busy = 3 * time.Second

const (
	// pageSize is of new files: a record takes one or two kilobytes, and SQLite's
	// own 4096 make more pages to write of the same records.
	pageSize = 8192
	// checkpoint is after how many pages of the log they are moved into the file,
	// which waits for the disk: 16 MB, four times what SQLite does by itself, as
	// the steps of a long read change some pages again and again.
	checkpoint = 16 << 20 / pageSize
)

// Open opens the store in the file at path, makes it if there is none, and
// brings its schema up to date. The directory must exist. An empty path or
// ":memory:" is a private store that ends with Close.
//
// It fails when another process has the file open, and when a newer version of
// waitgraph wrote it.
func Open(ctx context.Context, path string) (*DB, error) {
	s, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, explain(err))
	}
	return s, nil
}

func open(ctx context.Context, path string) (_ *DB, err error) {
	name := "file::memory:"
	if path == ":memory:" {
		path = ""
	}
	if path != "" {
		if name, err = prepare(path); err != nil {
			return nil, err
		}
	}
	db, err := sql.Open("sqlite", name+"?"+url.Values{
		"_txlock": {"immediate"},
		// The driver runs these before journal_mode, which must find the locking mode set.
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "locking_mode(EXCLUSIVE)",
			fmt.Sprintf("page_size(%d)", pageSize), fmt.Sprintf("wal_autocheckpoint(%d)", checkpoint),
		},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"NORMAL"},
		"_foreign_keys": {"1"},
	}.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &DB{db: db, path: path}
	if s.putTracker, err = db.PrepareContext(ctx, putTracker); err == nil {
		s.putRecord, err = db.PrepareContext(ctx, putRecord)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// prepare makes the file, readable by its owner only, and gives its URI. SQLite
// gives the files it puts beside it the same mode.
func prepare(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("directory %s does not exist", dir)
	} else if err != nil {
		return "", err
	} else if !info.IsDir() {
		return "", fmt.Errorf("%s is not a directory", dir)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	slashed := filepath.ToSlash(path)
	if slashed[0] != '/' { // a Windows drive
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String(), nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	found, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if found > known {
		return fmt.Errorf("schema version %d is newer than this program knows (%d): a later waitgraph wrote it", found, known)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema: %w", err)
	}
	return nil
}

// explain says in the user's words what SQLite says in its own.
func explain(err error) error {
	var e *driver.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY {
		return fmt.Errorf("in use by another process: %w", err)
	}
	return err
}

// Close lets go of the file.
func (s *DB) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}
