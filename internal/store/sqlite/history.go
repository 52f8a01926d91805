package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

const (
	putMoment = `INSERT INTO moments (name, at) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET at = excluded.at`
	putInterval = `INSERT INTO intervals
		(seq, tracker, native, ref, team, on_tracker, on_native, on_ref, on_team, signal, since, since_known, until, until_known, first_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (seq) DO UPDATE SET ref = excluded.ref, team = excluded.team, on_ref = excluded.on_ref, on_team = excluded.on_team,
			since = excluded.since, since_known = excluded.since_known, until = excluded.until, until_known = excluded.until_known`
	putTotals = `INSERT INTO totals (team, blocked_seconds, arrived, completed, reopened) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (team) DO UPDATE SET blocked_seconds = excluded.blocked_seconds, arrived = excluded.arrived,
			completed = excluded.completed, reopened = excluded.reopened`
	addFlow  = `INSERT INTO flow (tracker, native, key, kind, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	dropFlow = `DELETE FROM flow WHERE tracker = ? AND native = ? AND kind = ? AND at = ?`
)

// The moments of a chapter.
const (
	momentBegan = "began"
	momentSeen  = "seen"
	momentAt    = "at"
)

// stamp writes a time so that text orders as time does.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
}

func unstamp(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}

// LoadHistory gives everything recorded of the past. See store.Store.
func (s *DB) LoadHistory(ctx context.Context) (*model.Chapter, error) {
	tx, err := s.db.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("load history: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	c := &model.Chapter{}
	for _, load := range []func(context.Context, *sql.Tx, *model.Chapter) error{loadMoments, loadIntervals, loadTotals, loadFlow} {
		if err := load(ctx, tx, c); err != nil {
			return nil, fmt.Errorf("load history: %w", err)
		}
	}
	return c, nil
}

func loadMoments(ctx context.Context, tx *sql.Tx, c *model.Chapter) error {
	return each(ctx, tx, `SELECT name, at FROM moments`, func(rows *sql.Rows) error {
		var name, at string
		if err := rows.Scan(&name, &at); err != nil {
			return err
		}
		t, err := unstamp(at)
		if err != nil {
			return fmt.Errorf("moment %q: %w", name, err)
		}
		switch name {
		case momentBegan:
			c.Began = t
		case momentSeen:
			c.Seen = t
		case momentAt:
			c.At = t
		}
		return nil
	})
}

func loadIntervals(ctx context.Context, tx *sql.Tx, c *model.Chapter) error {
	return each(ctx, tx, `SELECT seq, tracker, native, ref, team, on_tracker, on_native, on_ref, on_team, signal, since, since_known, until, until_known, first_seen
		FROM intervals ORDER BY seq`, func(rows *sql.Rows) error {
		var i model.Interval
		var from, to, seen string
		err := rows.Scan(&i.Seq, asWord{&i.Item.Tracker}, &i.Item.Native, &i.Ref, &i.Team, asWord{&i.Blocker.Tracker}, &i.Blocker.Native, &i.BlockerRef, &i.OnTeam,
			&i.Signal, &from, &i.FromKnown, &to, &i.ToKnown, &seen)
		if err != nil {
			return err
		}
		for _, t := range []struct {
			to   *time.Time
			text string
		}{{&i.From, from}, {&i.To, to}, {&i.FirstSeen, seen}} {
			if *t.to, err = unstamp(t.text); err != nil {
				return fmt.Errorf("interval %d: %w", i.Seq, err)
			}
		}
		if i.FromKnown > model.Observed || i.ToKnown > model.Observed {
			return fmt.Errorf("interval %d: unknown mark", i.Seq)
		}
		c.Intervals = append(c.Intervals, i)
		return nil
	})
}

func loadTotals(ctx context.Context, tx *sql.Tx, c *model.Chapter) error {
	return each(ctx, tx, `SELECT team, blocked_seconds, arrived, completed, reopened FROM totals ORDER BY team`, func(rows *sql.Rows) error {
		var t model.Totals
		if err := rows.Scan(&t.Team, &t.BlockedSeconds, &t.Arrived, &t.Completed, &t.Reopened); err != nil {
			return err
		}
		c.Totals = append(c.Totals, t)
		return nil
	})
}

func loadFlow(ctx context.Context, tx *sql.Tx, c *model.Chapter) error {
	return each(ctx, tx, `SELECT tracker, native, key, kind, at FROM flow ORDER BY at, tracker, native, kind`, func(rows *sql.Rows) error {
		var e model.FlowEvent
		var at string
		err := rows.Scan(asWord{&e.Item.Tracker}, &e.Item.Native, &e.Key, &e.Kind, &at)
		if err != nil {
			return err
		}
		if e.At, err = unstamp(at); err != nil {
			return fmt.Errorf("flow of %q: %w", e.Key, err)
		}
		c.Flow = append(c.Flow, e)
		return nil
	})
}

// RecordHistory writes one chapter in one transaction. See store.Store.
func (s *DB) RecordHistory(ctx context.Context, c model.Chapter) error {
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("record history: %w", err)
	}
	err := s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, m := range []struct {
			name string
			at   time.Time
		}{{momentBegan, c.Began}, {momentSeen, c.Seen}, {momentAt, c.At}} {
			if _, err := tx.ExecContext(ctx, putMoment, m.name, stamp(m.at)); err != nil {
				return fmt.Errorf("put moment: %w", err)
			}
		}
		if err := putIntervals(ctx, tx, c.Intervals); err != nil {
			return err
		}
		for _, t := range c.Totals {
			if _, err := tx.ExecContext(ctx, putTotals, t.Team, t.BlockedSeconds, t.Arrived, t.Completed, t.Reopened); err != nil {
				return fmt.Errorf("put totals of %s: %w", t.Team, err)
			}
		}
		for _, e := range c.Flow {
			if _, err := tx.ExecContext(ctx, dropFlow, e.Item.Tracker.String(), e.Item.Native, string(e.Kind), stamp(e.At)); err != nil {
				return fmt.Errorf("drop counted flow: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record history: %w", err)
	}
	return nil
}

func putIntervals(ctx context.Context, tx *sql.Tx, intervals []model.Interval) error {
	if len(intervals) == 0 {
		return nil
	}
	put, err := tx.PrepareContext(ctx, putInterval)
	if err != nil {
		return fmt.Errorf("put intervals: %w", err)
	}
	for i := range intervals {
		v := &intervals[i]
		_, err := put.ExecContext(ctx, v.Seq, v.Item.Tracker.String(), v.Item.Native, v.Ref, v.Team, v.Blocker.Tracker.String(), v.Blocker.Native, v.BlockerRef, v.OnTeam,
			v.Signal, stamp(v.From), uint8(v.FromKnown), stamp(v.To), uint8(v.ToKnown), stamp(v.FirstSeen))
		if err != nil {
			return fmt.Errorf("put interval %d of %s: %w", v.Seq, v.Ref, err)
		}
	}
	return nil
}

func putFlow(ctx context.Context, tx *sql.Tx, events []model.FlowEvent) error {
	for _, e := range events {
		if _, err := tx.ExecContext(ctx, addFlow, e.Item.Tracker.String(), e.Item.Native, e.Key, string(e.Kind), stamp(e.At)); err != nil {
			return fmt.Errorf("put flow of %s: %w", e.Key, err)
		}
	}
	return nil
}
