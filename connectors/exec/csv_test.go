//go:build unix

package exec_test

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/connectortest"
	"github.com/waitgraph/waitgraph/connectors/exec"
)

// TestCSV holds the shipped plugin to what every connector must hold, in batches
// of a few rows.
func TestCSV(t *testing.T) {
	if _, err := osexec.LookPath("python3"); err != nil {
		t.Skip("there is no python3")
	}
	dir, err := filepath.Abs("../../examples/plugins/csv")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.NewConfig().(*exec.Config)
	c.Command, c.Dir = []string{"python3", "waitgraph_csv.py"}, dir
	c.Options = map[string]any{"file": "work.csv", "batch": 3}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	connectortest.Test(t, connectortest.Harness{Name: "sheet", New: func() (connectors.Connector, error) {
		return c.New(connectors.Options{Name: "sheet", Secret: connectors.SecretReader("", os.Getenv)})
	}})
}
