package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/internal/app"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/internal/store/sqlite"
)

// concurrency is the most requests in flight, the connector's default.
const concurrency = 4

// BenchmarkFirstSync compares a first read of an archive of real issues, facts
// stored in a file and all, with a bare client that sends the same requests, as
// many at once as the connector does, and throws the answers away.
func BenchmarkFirstSync(b *testing.B) {
	dir := os.Getenv("WAITGRAPH_TRACKERSIM")
	if dir == "" {
		b.Skip("WAITGRAPH_TRACKERSIM names no simulator")
	}
	for _, kind := range []string{"cloud", "dc"} {
		url := startJira(b, dir, kind)
		tape := &tape{}
		firstSync(b, url, tape)
		b.Run(kind+"/waitgraph", func(b *testing.B) {
			for b.Loop() {
				firstSync(b, url, http.DefaultTransport)
			}
		})
		b.Run(kind+"/bare", func(b *testing.B) {
			for b.Loop() {
				b.SetBytes(tape.replay(b))
			}
			b.ReportMetric(float64(len(tape.requests)), "requests")
		})
	}
}

func startJira(b *testing.B, dir, kind string) string {
	data, err := filepath.Abs(filepath.Join(dir, "../realdata/jira-issues.jsonl.gz"))
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), "node", "trackersim.mjs", "--jira", kind, "--jira-data", data, "--as-of", "2014-06-01T00:00:00Z")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var ready struct {
		Jira map[string]struct{ URL string }
	}
	if err := json.Unmarshal(line, &ready); err != nil {
		b.Fatal(err)
	}
	return ready.Jira["jira"].URL
}

func firstSync(b *testing.B, url string, transport http.RoundTripper) {
	text := fmt.Sprintf("trackers:\n  - {name: jira, type: jira, url: %q, projects: [AC, ALOY, DAEMON, MOD], remote_links: 0}\n", url)
	cfg, _, err := config.Parse("bench.yml", []byte(text), builtin.Registry())
	if err != nil {
		b.Fatal(err)
	}
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "facts.db"))
	if err != nil {
		b.Fatal(err)
	}
	a, err := app.New(b.Context(), app.Options{
		Config: cfg, Store: s, Sync: metrics.NewSync(prometheus.NewRegistry()), Logger: slog.New(slog.DiscardHandler),
		Secret: connectors.SecretReader("", os.Getenv), UserAgent: "waitgraph/bench", Transport: transport,
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := a.Once(b.Context()); err != nil {
		b.Fatal(err)
	}
	if n := len(a.Graph().Items); n < 3000 {
		b.Fatalf("%d items read", n)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// tape records the requests that pass through it and can send them again.
type tape struct {
	mu       sync.Mutex
	requests []taped
}

type taped struct {
	method, url string
	header      http.Header
	body        []byte
}

func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	t.mu.Lock()
	t.requests = append(t.requests, taped{r.Method, r.URL.String(), r.Header.Clone(), body})
	t.mu.Unlock()
	return http.DefaultTransport.RoundTrip(r)
}

func (t *tape) replay(b *testing.B) int64 {
	var n atomic.Int64
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(concurrency)
	for _, q := range t.requests {
		group.Go(func() error {
			r, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(q.body))
			if err != nil {
				return err
			}
			r.Header = q.header
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				return err
			}
			defer func() { _ = resp.Body.Close() }()
			got, err := io.Copy(io.Discard, resp.Body)
			if err != nil || resp.StatusCode != http.StatusOK {
				return fmt.Errorf("%s %s: %s %w", q.method, q.url, resp.Status, err)
			}
			n.Add(got)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	return n.Load()
}
