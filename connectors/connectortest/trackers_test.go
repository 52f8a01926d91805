package connectortest_test

import (
	"context"
	"testing"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/connectors/connectortest"
	"github.com/waitgraph/waitgraph/internal/demo"
)

// TestTrackers holds the built-in connectors to the suite, against the simulated
// organisation at rest.
func TestTrackers(t *testing.T) {
	d, err := demo.New(demo.Options{Interval: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	c, _, err := config.Parse("demo.yml", d.Config(), builtin.Registry())
	if err != nil {
		t.Fatal(err)
	}
	for _, tracker := range c.Trackers {
		t.Run(tracker.Name, func(t *testing.T) {
			connectortest.Test(t, connectortest.Harness{Name: tracker.Name, Boundaries: 6, New: func() (connectors.Connector, error) {
				return tracker.Config.New(connectors.Options{
					Name: tracker.Name, UserAgent: "waitgraph-test", Secret: connectors.SecretReader("", d.Getenv),
				})
			}})
		})
	}
}
