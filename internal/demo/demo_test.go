package demo_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/internal/demo"
)

func TestMain(m *testing.M) {
	// A world takes a thousand steps to make: fewer of them do. A flag given still counts.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// atRest is a demonstration that serves but changes only when told to, until
// the test ends.
func atRest(t *testing.T) *demo.Demo {
	t.Helper()
	d, err := demo.New(demo.Options{Interval: 1 << 50})
	if err != nil {
		t.Fatal(err)
	}
	run(t, d)
	return d
}

func run(t *testing.T, d *demo.Demo) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		for _, address := range []string{d.JiraURL(), d.GitHubURL()} {
			if l, err := net.Listen("tcp", strings.TrimPrefix(address, "http://")); err != nil {
				t.Errorf("the port is still in use: %v", err)
			} else if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// notice is a writer that tells of its first line.
type notice struct{ lines chan string }

func (n notice) Write(b []byte) (int, error) {
	select {
	case n.lines <- string(b):
	default:
	}
	return len(b), nil
}

func TestRunKeepsChanging(t *testing.T) {
	n := notice{make(chan string, 3)}
	d, err := demo.New(demo.Options{Interval: time.Millisecond, Logger: slog.New(slog.NewTextHandler(n, nil))})
	if err != nil {
		t.Fatal(err)
	}
	run(t, d)
	// A kind that does not apply at the moment is passed over.
	left := demo.Kinds()
	for range 3 {
		line := <-n.lines
		i := slices.IndexFunc(left, func(kind string) bool { return strings.Contains(line, "kind=\""+kind+"\"") })
		if i < 0 {
			t.Fatalf("logged %q, want a change of one of the kinds %q", line, left)
		}
		left = left[i+1:]
	}
}

func TestRunServes(t *testing.T) {
	d := atRest(t)
	for _, tt := range []struct{ url, has string }{
		{d.JiraURL() + "/browse/PAY-1", "Instant payouts"},
		{d.GitHubURL() + "/harbor/web/issues/1", "Blocked by PLAT-2."},
	} {
		// A connection of its own, so that none outlives the test.
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Get(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if cerr := resp.Body.Close(); err != nil || cerr != nil {
			t.Fatal(err, cerr)
		}
		if resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(tt.has)) {
			t.Errorf("%s answers %d %.200s", tt.url, resp.StatusCode, body)
		}
	}
}

func TestConfig(t *testing.T) {
	d, err := demo.New(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	c, warnings, err := config.Parse("demo.yml", d.Config(), builtin.Registry())
	if err != nil || len(warnings) > 0 {
		t.Fatalf("warnings %v, error %v", warnings, err)
	}
	if len(c.Teams) != 6 || len(c.Trackers) != 2 || len(c.Programs) != 3 {
		t.Errorf("%d teams, %d trackers, %d programs", len(c.Teams), len(c.Trackers), len(c.Programs))
	}
	for _, team := range c.Teams {
		if team.Lead == "" || team.Manager == "" || team.Channel == "" || len(team.Members) != 5 {
			t.Errorf("team %+v is not whole", team)
		}
	}
	if d.Getenv("HOME") != "" {
		t.Error("the demonstration's environment holds more than its token")
	}
}
