package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/waitgraph/waitgraph/model"
)

const (
	dropTracker = `DELETE FROM trackers WHERE name = ?` // its records go with it
	putTracker  = `INSERT INTO trackers (name, data) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET data = excluded.data`
	putRecord = `INSERT INTO records (tracker, native, key, gone, data) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (tracker, native) DO UPDATE SET key = excluded.key, gone = excluded.gone, data = excluded.data`
)

// Record writes one step in one transaction. See store.Store.
func (s *DB) Record(ctx context.Context, d model.Delta) error {
	if err := s.record(ctx, d); err != nil {
		return fmt.Errorf("record step of tracker %q: %w", d.Tracker.Name, err)
	}
	return nil
}

func (s *DB) record(ctx context.Context, d model.Delta) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	tracker, records, err := encode(d)
	if err != nil {
		return err
	}
	return s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := putFlow(ctx, tx, d.Flow); err != nil {
			return err
		}
		if d.Drop {
			if _, err := tx.ExecContext(ctx, dropTracker, d.Tracker.Name); err != nil {
				return fmt.Errorf("drop tracker: %w", err)
			}
			if len(records) == 0 {
				if _, err := tx.ExecContext(ctx, dropKept, d.Tracker.Name); err != nil {
					return fmt.Errorf("drop what it keeps: %w", err)
				}
				return nil
			}
		}
		if _, err := tx.StmtContext(ctx, s.putTracker).ExecContext(ctx, d.Tracker.Name, tracker); err != nil {
			return fmt.Errorf("put tracker: %w", err)
		}
		put := tx.StmtContext(ctx, s.putRecord)
		for i, r := range d.Records {
			if _, err := put.ExecContext(ctx, d.Tracker.Name, r.Item.ID.Native, r.Item.Key, r.Gone.String(), records[i]); err != nil {
				return fmt.Errorf("put record %s: %w", r.Item.ID.Native, err)
			}
		}
		return nil
	})
}

// update runs f in a transaction that nothing but f's error or the death of the
// process keeps from being committed.
func (s *DB) update(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(ctx, tx); err != nil {
		_ = tx.Rollback() // the first error is the one that tells
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// encode checks the step and makes its JSON, before the file is locked for it.
func encode(d model.Delta) (tracker string, records []string, err error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	text := func(v any) (string, error) {
		buf.Reset()
		if err := enc.Encode(v); err != nil {
			return "", err
		}
		return string(bytes.TrimSuffix(buf.Bytes(), []byte("\n"))), nil
	}

	if d.Tracker.Name == "" || !utf8.ValidString(d.Tracker.Name) {
		return "", nil, fmt.Errorf("tracker name %q is empty or not UTF-8", d.Tracker.Name)
	}
	if tracker, err = text(d.Tracker); err != nil {
		return "", nil, fmt.Errorf("encode tracker: %w", err)
	}
	records = make([]string, len(d.Records))
	for i, r := range d.Records {
		switch id := r.Item.ID; {
		case id.Tracker.String() != d.Tracker.Name:
			return "", nil, fmt.Errorf("record %q is of tracker %q", id.Native, id.Tracker)
		case id.Native == "" || !utf8.ValidString(id.Native):
			return "", nil, fmt.Errorf("native id %q of %q is empty or not UTF-8", id.Native, r.Item.Key)
		}
		if records[i], err = text(r); err != nil {
			return "", nil, fmt.Errorf("encode record %q: %w", r.Item.ID.Native, err)
		}
	}
	return tracker, records, nil
}
