package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
)

const (
	getKept = `SELECT data FROM keepsakes WHERE tracker = ?`
	putKept = `INSERT INTO keepsakes (tracker, data) VALUES (?, ?)
		ON CONFLICT (tracker) DO UPDATE SET data = excluded.data`
	dropKept = `DELETE FROM keepsakes WHERE tracker = ?`
)

// Kept gives what a tracker's connector keeps. See store.Store.
func (s *DB) Kept(ctx context.Context, tracker string) ([]byte, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	var data []byte
	err := s.db.QueryRowContext(context.WithoutCancel(ctx), getKept, tracker).Scan(&data)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read what tracker %q keeps: %w", tracker, err)
	}
	return data, nil
}

// Keep replaces what a tracker's connector keeps. See store.Store.
func (s *DB) Keep(ctx context.Context, tracker string, data []byte) error {
	if err := s.keep(ctx, tracker, data); err != nil {
		return fmt.Errorf("keep for tracker %q: %w", tracker, err)
	}
	return nil
}

func (s *DB) keep(ctx context.Context, tracker string, data []byte) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if s.path == "" {
		return errors.New("the storage is in memory and ends with the process")
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("others may read %s (mode %04o): make it 0600", s.path, mode)
	}
	// What was spent to get it cannot be read again: it must outlive a power cut, too.
	ctx = context.WithoutCancel(ctx)
	if _, err := s.db.ExecContext(ctx, `PRAGMA synchronous = FULL`); err != nil {
		return err
	}
	defer func() { _, _ = s.db.ExecContext(ctx, `PRAGMA synchronous = NORMAL`) }() // else only slower
	return s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, putKept, tracker, data)
		return err
	})
}
