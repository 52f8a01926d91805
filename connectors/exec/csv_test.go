//go:build unix

package exec_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/connectortest"
	"github.com/waitgraph/waitgraph/connectors/exec"
)

// sheet is a copy of the shipped file that a test may change.
type sheet struct {
	file string
	rows [][]string
}

func newSheet(t *testing.T, rows int) *sheet {
	t.Helper()
	f, err := os.Open("../../examples/plugins/csv/work.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := &sheet{file: filepath.Join(t.TempDir(), "work.csv")}
	if s.rows, err = csv.NewReader(f).ReadAll(); err != nil {
		t.Fatal(err)
	}
	if rows >= 0 {
		s.rows = s.rows[:1+rows]
	}
	if err := s.write(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *sheet) write() error {
	var text strings.Builder
	if err := csv.NewWriter(&text).WriteAll(s.rows); err != nil {
		return err
	}
	return os.WriteFile(s.file, []byte(text.String()), 0o600)
}

// change lets something happen to the rows.
func (s *sheet) change(_ context.Context, what connectortest.Happening, title string) (connectortest.Changed, error) {
	column := map[string]int{}
	for n, name := range s.rows[0] {
		column[name] = n
	}
	row, links := s.rows[3], 0
	switch what {
	case connectortest.Create:
		row = make([]string, len(s.rows[0]))
		number := fmt.Sprint(1000 + len(s.rows))
		row[column["id"]], row[column["key"]], row[column["project"]], row[column["title"]], row[column["state"]] = number, "OPS-"+number, "OPS", title, "todo"
		s.rows = append(s.rows, row)
	case connectortest.Update:
		row[column["title"]] = title
	case connectortest.Delete:
		s.rows = append(s.rows[:3:3], s.rows[4:]...)
	case connectortest.Move:
		row[column["key"]], row[column["project"]] = "LEGAL-77", "LEGAL"
	case connectortest.Tangle:
		keys := make([]string, 10_000)
		for n := range keys {
			keys[n] = fmt.Sprintf("FAR-%d", n+1)
		}
		row[column["blocked_by"]], links = strings.Join(keys, ";"), len(keys)
	default:
		return connectortest.Changed{}, fmt.Errorf("a file is read whole or not at all: %w", errors.ErrUnsupported)
	}
	return connectortest.Changed{Native: row[column["id"]], Links: links}, s.write()
}

// TestCSV holds the shipped plugin to what every connector must hold, in batches
// of a few rows. It speaks no HTTP that could be spoilt.
func TestCSV(t *testing.T) {
	if _, err := osexec.LookPath("python3"); err != nil {
		t.Skip("there is no python3")
	}
	dir, err := filepath.Abs("../../examples/plugins/csv")
	if err != nil {
		t.Fatal(err)
	}
	s := newSheet(t, -1)
	reads := func(s *sheet) func() (connectors.Connector, error) {
		return func() (connectors.Connector, error) {
			c := exec.NewConfig().(*exec.Config)
			c.Command, c.Dir = []string{"python3", "waitgraph_csv.py"}, dir
			c.Options = map[string]any{"file": s.file, "batch": 3}
			if err := c.Validate(); err != nil {
				return nil, err
			}
			return c.New(connectors.Options{Name: "sheet", Secret: connectors.SecretReader("", os.Getenv)})
		}
	}
	connectortest.Test(t, connectortest.Harness{Name: "sheet", Change: s.change, New: reads(s), Empty: reads(newSheet(t, 0))})
}
