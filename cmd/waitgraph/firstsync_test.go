package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/internal/app"
	"github.com/waitgraph/waitgraph/internal/metrics"
	"github.com/waitgraph/waitgraph/internal/store/sqlite"
	"github.com/waitgraph/waitgraph/internal/trackersim"
)

// concurrency is the most requests in flight, the connector's default.
const concurrency = 4

// BenchmarkFirstSync compares, in turns, the daemon from opening a new file to
// closing it behind the first sync of an archive of real issues with a bare
// client that sends the very same requests, as many at once, and throws the
// answers away. x-bare is the quotient of the shortest times, x-median that of
// the medians; processor time is this process's, and the simulator needs some too.
//
// Both are fresh clients with four connections, which they keep; both would take
// gzip, which the simulator does not give.
func BenchmarkFirstSync(b *testing.B) {
	dir := os.Getenv(trackersim.Folder)
	data, err := filepath.Abs(trackersim.Data(dir, "jira-issues.jsonl.gz"))
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range []string{"cloud", "dc"} {
		b.Run(kind, func(b *testing.B) {
			sim := trackersim.Start(b, dir, "--jira", kind, "--jira-data", data, "--as-of", "2022-01-01T00:00:00Z")
			var sync, bare spent
			for b.Loop() {
				tape := &tape{next: newTransport()}
				// The simulator remembers what it found for a query until its clock is moved.
				sim.Post("/_sim/clock", map[string]string{"advance": "1m"})
				sync.measure(func() { firstSync(b, sim.Jira["jira"], tape) })
				tape.next.CloseIdleConnections()
				sim.Post("/_sim/clock", map[string]string{"advance": "1m"})
				bare.measure(func() { tape.replay(b) })
			}
			b.ReportMetric(0, "ns/op") // of no use: of both, and of what is between them
			sync.report(b, "sync")
			bare.report(b, "bare")
			b.ReportMetric(least(sync.wall)/least(bare.wall), "x-bare")
			b.ReportMetric(median(sync.wall)/median(bare.wall), "x-median")
			sim.Step("jira", "all")
		})
	}
}

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = concurrency
	return t
}

// firstSync is the daemon without its listener.
func firstSync(b *testing.B, url string, transport http.RoundTripper) {
	text := fmt.Sprintf("trackers:\n  - {name: jira, type: jira, url: %q, projects: [AC, ALOY, DAEMON, MOD]}\n", url)
	cfg, _, err := config.Parse("bench.yml", []byte(text), builtin.Registry())
	if err != nil {
		b.Fatal(err)
	}
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "facts.db"))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	complete := false
	a, err := app.New(ctx, app.Options{
		Config: cfg, Store: s, Sync: metrics.NewSync(prometheus.NewRegistry()),
		Logger: slog.New(audience{slog.DiscardHandler, func(message string) {
			if message == "first sync complete" {
				complete = true
				cancel()
			}
		}}),
		Secret: connectors.SecretReader("", os.Getenv), UserAgent: "waitgraph/bench", Transport: transport,
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := a.Run(ctx); err != nil {
		b.Fatal(err)
	}
	if n := len(a.Facts().Records); !complete || n < 6686 {
		b.Fatalf("complete: %v, %d items", complete, n)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// audience hears the messages that are logged.
type audience struct {
	slog.Handler
	hear func(message string)
}

func (l audience) Enabled(context.Context, slog.Level) bool { return true }
func (l audience) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l audience) Handle(_ context.Context, r slog.Record) error {
	l.hear(r.Message)
	return nil
}

// tape records the requests that pass through it and can send them again.
type tape struct {
	next     *http.Transport
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
	return t.next.RoundTrip(r)
}

// walks are the requests that can only follow each other: with the token of
// Cloud's answer to the one before. All others could be sent at once.
func (t *tape) walks(b *testing.B) [][]taped {
	var walks [][]taped
	last := map[string]int{} // by query
	for _, r := range t.requests {
		var q struct {
			JQL   string `json:"jql"`
			Token string `json:"nextPageToken"`
		}
		if len(r.body) > 0 {
			if err := json.Unmarshal(r.body, &q); err != nil {
				b.Fatal(err)
			}
		}
		if i, ok := last[q.JQL]; ok && q.Token != "" {
			walks[i] = append(walks[i], r)
			continue
		}
		last[q.JQL] = len(walks)
		walks = append(walks, []taped{r})
	}
	return walks
}

func (t *tape) replay(b *testing.B) {
	client := &http.Client{Transport: newTransport()}
	defer client.CloseIdleConnections()
	slots := make(chan struct{}, concurrency)
	group, ctx := errgroup.WithContext(b.Context())
	for _, walk := range t.walks(b) {
		group.Go(func() error {
			for _, r := range walk {
				slots <- struct{}{}
				err := r.send(ctx, client)
				<-slots
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

func (t *taped) send(ctx context.Context, client *http.Client) error {
	r, err := http.NewRequestWithContext(ctx, t.method, t.url, bytes.NewReader(t.body))
	if err != nil {
		return err
	}
	r.Header = t.header
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err = io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s %w", t.method, t.url, resp.Status, err)
	}
	return nil
}

// spent are the times of several runs, in milliseconds.
type spent struct{ wall, processor []float64 }

func (s *spent) measure(run func()) {
	runtime.GC()
	start, before := time.Now(), processor()
	run()
	s.wall = append(s.wall, float64(time.Since(start))/1e6)
	s.processor = append(s.processor, float64(processor()-before)/1e6)
}

func (s *spent) report(b *testing.B, name string) {
	b.ReportMetric(least(s.wall), name+"-ms")
	b.ReportMetric(least(s.processor), name+"-cpu-ms")
}

// processor is the processor time this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // there is no other error than a wrong argument
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func least(all []float64) float64 { return slices.Min(all) }

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}
