package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/waitgraph/waitgraph/model"
)

// chunk is how many rows are handed to a decoder at once.
const chunk = 512

// Load gives everything recorded. See store.Store.
func (s *DB) Load(ctx context.Context) (*model.Facts, error) {
	// An interrupted statement would cost the connection, and with it the lock.
	tx, err := s.db.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("load facts: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written

	facts := &model.Facts{}
	if facts.Trackers, err = loadTrackers(ctx, tx); err != nil {
		return nil, fmt.Errorf("load facts: %w", err)
	}
	if facts.Records, err = loadRecords(ctx, tx); err != nil {
		return nil, fmt.Errorf("load facts: %w", err)
	}
	return facts, nil
}

func loadTrackers(ctx context.Context, tx *sql.Tx) ([]model.Tracker, error) {
	var out []model.Tracker
	err := each(ctx, tx, `SELECT name, data FROM trackers`, func(rows *sql.Rows) error {
		var name string
		var data sql.RawBytes
		if err := rows.Scan(&name, &data); err != nil {
			return err
		}
		var t model.Tracker
		if err := json.Unmarshal(data, &t); err != nil {
			return fmt.Errorf("row of tracker %q: %w", name, err)
		}
		if t.Name != name {
			return fmt.Errorf("row of tracker %q holds %q", name, t.Name)
		}
		out = append(out, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b model.Tracker) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// row is one record as stored.
type row struct {
	id   model.ID
	data []byte
}

// loadRecords reads rows in this goroutine and decodes them in others, which is
// where most of the time goes.
func loadRecords(ctx context.Context, tx *sql.Tx) ([]*model.Record, error) {
	var n int
	if err := tx.QueryRowContext(context.WithoutCancel(ctx), `SELECT count(*) FROM records`).Scan(&n); err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, nil
	}
	out := make([]*model.Record, n)

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, runtime.GOMAXPROCS(0)))
	at, rows := 0, make([]row, 0, chunk)
	flush := func() {
		lo, full := at-len(rows), rows
		group.Go(func() error { return decode(full, out[lo:]) })
		rows = make([]row, 0, chunk)
	}
	err := each(ctx, tx, `SELECT tracker, native, data FROM records`, func(r *sql.Rows) error {
		var w row
		if err := r.Scan(asWord{&w.id.Tracker}, &w.id.Native, &w.data); err != nil {
			return err
		}
		at++
		if rows = append(rows, w); len(rows) == chunk {
			flush()
		}
		return nil
	})
	if len(rows) > 0 {
		flush()
	}
	if derr := group.Wait(); derr != nil { // it tells more than the end of ctx it caused
		return nil, derr
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b *model.Record) int { return a.Item.ID.Compare(b.Item.ID) })
	return out, nil
}

func decode(rows []row, out []*model.Record) error {
	for i, w := range rows {
		r := new(model.Record)
		if err := json.Unmarshal(w.data, r); err != nil {
			return fmt.Errorf("row of record %q of tracker %q: %w", w.id.Native, w.id.Tracker, err)
		}
		if r.Item.ID != w.id {
			return fmt.Errorf("row of record %q of tracker %q holds %q of %q", w.id.Native, w.id.Tracker, r.Item.ID.Native, r.Item.ID.Tracker)
		}
		out[i] = r
	}
	return nil
}

// each calls f for every row until it fails or ctx ends.
func each(ctx context.Context, tx *sql.Tx, query string, f func(*sql.Rows) error) (err error) {
	rows, err := tx.QueryContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	for rows.Next() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// asWord scans a text column into a word.
type asWord struct{ to *model.Word }

// Scan takes text.
func (w asWord) Scan(column any) error {
	s, ok := column.(string)
	if !ok {
		return fmt.Errorf("%T is no text", column)
	}
	*w.to = model.WordOf(s)
	return nil
}
