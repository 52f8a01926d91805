package reconcile_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// What somebody without waitgraph would write: the same facts in tables, and the
// same questions as recursive SQL. Teams, states and pieces of work are given to
// it as they are in the graph.

const schema = `
CREATE TABLE item(id INTEGER PRIMARY KEY, key TEXT, team TEXT, open INTEGER, signals INTEGER, work INTEGER);
CREATE TABLE claim(item INTEGER, kind TEXT, reverse INTEGER, key TEXT, ended INTEGER);
CREATE INDEX item_key ON item(key);`

// The steps towards the answers, each a table.
var sqlSteps = []string{
	`CREATE TEMP TABLE waits AS
		SELECT DISTINCT iif(c.reverse, b.id, a.id) AS blocker, iif(c.reverse, a.id, b.id) AS blocked
		FROM claim c JOIN item a ON a.id = c.item JOIN item b ON b.key = c.key
		WHERE c.kind = 'blocks' AND NOT c.ended AND a.open AND b.open AND a.id <> b.id`,
	`CREATE INDEX temp.waits_blocker ON waits(blocker, blocked)`,
	`CREATE INDEX temp.waits_blocked ON waits(blocked, blocker)`,
	`CREATE TEMP TABLE behind AS
		WITH RECURSIVE behind(blocker, waiting) AS (
			SELECT blocker, blocked FROM waits
			UNION SELECT b.blocker, w.blocked FROM behind b JOIN waits w ON w.blocker = b.waiting)
		SELECT blocker, waiting FROM behind WHERE blocker <> waiting`,
	`CREATE INDEX temp.behind_blocker ON behind(blocker, waiting)`,
	`CREATE INDEX temp.behind_waiting ON behind(waiting, blocker)`,
	`CREATE TEMP TABLE root AS
		SELECT DISTINCT blocker AS id FROM waits w WHERE NOT EXISTS (
			SELECT 1 FROM behind a WHERE a.waiting = w.blocker AND NOT EXISTS (
				SELECT 1 FROM behind d WHERE d.blocker = w.blocker AND d.waiting = a.blocker))`,
}

// The questions, each answered by rows of text and numbers.
var sqlQuestions = map[string]string{
	"blocked": `SELECT id, '', 0, 0 FROM item WHERE open AND (signals OR id IN (SELECT blocked FROM waits)) ORDER BY id`,
	"matrix": `SELECT 0, a.team || ' on ' || b.team, count(DISTINCT a.work), 0 FROM waits w JOIN item a ON a.id = w.blocked JOIN item b ON b.id = w.blocker
		WHERE a.team <> b.team GROUP BY a.team, b.team ORDER BY a.team, b.team`,
	"roots": `SELECT r.id, '', count(DISTINCT i.work), count(DISTINCT i.team) FROM root r JOIN behind b ON b.blocker = r.id JOIN item i ON i.id = b.waiting
		GROUP BY r.id ORDER BY 3 DESC, r.id`,
}

type sqlRow struct {
	Item          int32
	Teams         string
	Count, Count2 int
}

// sqlTables puts facts into a database in memory.
func sqlTables(tb testing.TB, f *model.Facts, g *model.Graph) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(tb.Context(), schema); err != nil {
		tb.Fatal(err)
	}
	tx, err := db.BeginTx(tb.Context(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	insert := func(into string) func(args ...any) {
		s, err := tx.PrepareContext(tb.Context(), into)
		if err != nil {
			tb.Fatal(err)
		}
		return func(args ...any) {
			if _, err := s.ExecContext(tb.Context(), args...); err != nil {
				tb.Fatal(err)
			}
		}
	}
	item, claim := insert(`INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)`), insert(`INSERT INTO claim VALUES (?, ?, ?, ?, ?)`)
	for i, r := range f.Records {
		n := &g.Items[i] // every record is an item
		item(i, n.Key, n.Team.String(), n.State.Open(), len(n.Signals), n.Twin)
		for _, c := range r.Claims {
			claim(i, c.Kind.String(), c.Reverse, c.Target.Key, !c.Ended.IsZero())
		}
	}
	if err := tx.Commit(); err != nil {
		tb.Fatal(err)
	}
	return db
}

// askSQL answers the questions and leaves the tables as they were.
func askSQL(ctx context.Context, db *sql.DB) (map[string][]sqlRow, error) {
	defer func() {
		for _, t := range []string{"waits", "behind", "root"} {
			_, _ = db.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+t)
		}
	}()
	for _, step := range sqlSteps {
		if _, err := db.ExecContext(ctx, step); err != nil {
			return nil, fmt.Errorf("%s: %w", step, err)
		}
	}
	answers := map[string][]sqlRow{}
	for name, question := range sqlQuestions {
		rows, err := db.QueryContext(ctx, question)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for rows.Next() {
			var r sqlRow
			if err := rows.Scan(&r.Item, &r.Teams, &r.Count, &r.Count2); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			answers[name] = append(answers[name], r)
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return answers, nil
}

// TestSQLAgrees asks recursive SQL and the graph the same.
func TestSQLAgrees(t *testing.T) {
	for _, o := range []organisation{{items: 2_000, claims: 4_000, teams: 10}, {items: 300, claims: 900, teams: 3, dense: true}} {
		f, rules := o.facts()
		g := reconcile.Reconcile(f, rules, noon)
		want := map[string][]sqlRow{}
		for _, b := range g.Blocked {
			want["blocked"] = append(want["blocked"], sqlRow{Item: b.Item})
		}
		for _, c := range g.Matrix {
			want["matrix"] = append(want["matrix"], sqlRow{Teams: c.Team + " on " + c.OnTeam, Count: c.Items})
		}
		for _, r := range g.Blockers {
			want["roots"] = append(want["roots"], sqlRow{Item: r.Item, Count: r.Items, Count2: len(r.Teams)})
		}
		got, err := askSQL(t.Context(), sqlTables(t, f, g))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("SQL and the graph differ: %s", diff)
		}
		if !o.dense && (len(g.Blocked) == 0 || len(g.Matrix) == 0 || !slices.ContainsFunc(g.Cycles, func(c model.Cycle) bool { return len(c.Members) > 1 })) {
			t.Error("nothing to compare")
		}
	}
}

// BenchmarkSQL is the comparison with BenchmarkReconcile, which answers these
// questions and all others. SQL that has no answer after a minute is given up.
func BenchmarkSQL(b *testing.B) {
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			f, rules := size.facts()
			db := sqlTables(b, f, reconcile.Reconcile(f, rules, noon))
			for b.Loop() {
				ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
				_, err := askSQL(ctx, db)
				unfinished := ctx.Err() != nil
				cancel()
				switch {
				case unfinished:
					b.ReportMetric(1, "unfinished")
				case err != nil:
					b.Fatal(err)
				}
			}
		})
	}
}
