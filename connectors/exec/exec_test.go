//go:build unix

package exec_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/exec"
	"github.com/waitgraph/waitgraph/model"
)

// run is a plugin of plugin_test.go under a connector.
type run struct {
	connectors.Connector
	log bytes.Buffer
}

func start(t *testing.T, change func(*exec.Config), mode string, args ...string) *run {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.NewConfig().(*exec.Config)
	c.Command = append([]string{self, "plugin", mode}, args...)
	if change != nil {
		change(c)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	r := &run{}
	getenv := func(name string) string {
		return map[string]string{"PATH": os.Getenv("PATH"), "HOME": "/home/x", "OUR_TOKEN": "hunter22", "DAEMON": "private"}[name]
	}
	r.Connector, err = c.New(connectors.Options{
		Name: "fake", UserAgent: "waitgraph-test", Secret: connectors.SecretReader("", getenv), Logger: slog.New(slog.NewTextHandler(&r.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
			t.Errorf("a process was left: %d, %v", pid, err)
		}
	})
	return r
}

func short(c *exec.Config) { c.Timeout = exec.Duration(3 * time.Second) }

// read collects a pass.
func (r *run) read(ctx context.Context) (items []model.Observation, problems []model.Problem, err error) {
	for b, err := range r.Changes(ctx, "c0") {
		if err != nil {
			return items, problems, err
		}
		items, problems = append(items, b.Items...), append(problems, b.Problems...)
	}
	return items, problems, nil
}

// TestMisbehaviour: whatever a plugin does, the pass ends with an error that
// says so, what was read before stands, and no process is left.
func TestMisbehaviour(t *testing.T) {
	raw := func(lines ...string) []string { return append([]string{"raw"}, lines...) }
	say := func(lines ...string) []string { return append([]string{"say"}, lines...) }
	for _, c := range []struct {
		name   string
		plugin []string
		items  int
		reason string
		text   string
	}{
		{"hangs at hello", []string{"silent"}, 0, "timeout", "hello: nothing was sent or read in time"},
		{"hangs in between", []string{"hang"}, 1, "timeout", "changes: nothing was sent or read in time"},
		{"dies", []string{"die"}, 1, "answer", "exit status 3"},
		{"floods its output", []string{"endless line"}, 0, "answer", "longer than 16 MiB"},
		{"makes no progress", []string{"same cursor"}, 1, "answer", "cursor again"},
		{"stays at the cursor", say(`{"id":2,"batch":{"cursor":"c0"}}`, end), 0, "answer", "cursor again"},
		{"has no cursor", say(`{"id":2,"batch":{"items":[]}}`, end), 0, "answer", "without a cursor"},
		{"speaks another version", raw(`{"id":1,"result":{"protocol":2,"name":"x"}}`), 0, "answer", "speaks protocol 2, not 1"},
		{"has no name", raw(`{"id":1,"result":{"protocol":1}}`), 0, "answer", "does not say its name"},
		{"speaks no JSON", raw(`Welcome!`), 0, "answer", "broken JSON"},
		{"breaks its JSON", say(first, `{"id":2,"batch":{"cur`), 1, "answer", "broken JSON"},
		{"answers something else", say(`{"id":9,"end":true}`), 0, "answer", "request 9 instead of 2"},
		{"answers everything at once", say(`{"id":2,"end":true,"batch":{}}`), 0, "answer", "2 of result, batch, end and error"},
		{"answers nothing", say(`{"id":2,"result":null}`), 0, "answer", "0 of result, batch, end and error"},
		{"sends a result", say(`{"id":2,"result":{}}`), 0, "answer", "instead of batches"},
		{"sends the wrong types", say(`{"id":2,"batch":{"cursor":7}}`), 0, "answer", "cursor is a number"},
		{"sends too much", say(`{"id":2,"batch":{"cursor":"c","items":[` + strings.Repeat("0,", 1000) + `0]}}`), 0, "answer", "more than 1000 items"},
		{"refuses credentials", say(first, `{"id":2,"error":{"kind":"auth","message":"no"}}`), 1, "auth", "no"},
		{"reports a scope", say(`{"id":2,"error":{"kind":"scope","scope":"A","message":"hidden"}}`), 0, "scope", `scope "A": hidden`},
		{"asks for patience", say(`{"id":2,"error":{"kind":"rate_limit","retry_after_seconds":30}}`), 0, "rate_limit", "rate limited until"},
		{"got nonsense", say(`{"id":2,"error":{"kind":"answer","message":"html"}}`), 0, "answer", "html"},
		{"fails otherwise", say(`{"id":2,"error":{"kind":"whatever","message":"a\u001b[31m"}}`), 0, "other", "a [31m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			change := short
			if c.reason != "timeout" {
				change = nil
			}
			r := start(t, change, c.plugin[0], c.plugin[1:]...)
			items, _, err := r.read(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.text) || connectors.Reason(err) != c.reason {
				t.Errorf("error %v, reason %q; want %q, reason %q", err, connectors.Reason(err), c.text, c.reason)
			}
			if len(items) != c.items {
				t.Errorf("%d items stand, want %d", len(items), c.items)
			}
		})
	}
}

func TestNoProgram(t *testing.T) {
	r := start(t, func(c *exec.Config) { c.Command = []string{"/nonexistent/program"} }, "")
	if _, _, err := r.read(t.Context()); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v", err)
	}
}

func TestPatience(t *testing.T) {
	for seconds, want := range map[string]time.Duration{"30": 30 * time.Second, "1e300": 24 * time.Hour, "-5": 0} {
		r := start(t, nil, "say", `{"id":2,"error":{"kind":"rate_limit","retry_after_seconds":`+seconds+`}}`)
		_, _, err := r.read(t.Context())
		var limit *connectors.LimitError
		if !errors.As(err, &limit) {
			t.Fatalf("error %v", err)
		}
		if got := time.Until(limit.Until); got > want || got < want-time.Minute {
			t.Errorf("retry_after_seconds %s: %s to wait, want %s", seconds, got, want)
		}
	}
}

// TestFamily: what a plugin has started ends with it, even if it will not.
func TestFamily(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	alive := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, err = c.Read(make([]byte, 1))
		}
		if err != nil {
			t.Error(err)
		}
		alive <- c
		cancel(stopped)
	}()
	r := start(t, nil, "family", l.Addr().String())
	items, _, err := r.read(ctx)
	if !errors.Is(err, stopped) || len(items) != 1 {
		t.Errorf("%d items, error %v; want one and %v", len(items), err, stopped)
	}
	child := <-alive
	defer child.Close()
	if err := child.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, child); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the plugin's child outlives it")
	}
}

// TestDeaf: a plugin that does not read a long request costs the time-out and no more.
func TestDeaf(t *testing.T) {
	r := start(t, short, "deaf")
	if _, _, err := r.read(t.Context()); err == nil {
		t.Fatal("a plugin that says nothing was read")
	}
	var open []*model.Record
	for n := range 20_000 {
		open = append(open, &model.Record{Item: model.Item{ID: model.ID{Tracker: model.WordOf("fake"), Native: strconv.Itoa(n)}, Key: "A-" + strconv.Itoa(n)}})
	}
	var err error
	for _, err = range r.Connector.(connectors.Sweeper).Sweep(t.Context(), open) {
	}
	if err == nil || connectors.Reason(err) != "timeout" || !strings.Contains(err.Error(), "sweep: nothing was sent or read in time") {
		t.Errorf("error %v", err)
	}
}

// TestStubbornEnd: a plugin that said everything and does not go costs no facts.
func TestStubbornEnd(t *testing.T) {
	r := start(t, nil, "ignore")
	if items, _, err := r.read(t.Context()); err != nil || len(items) != 1 {
		t.Errorf("%d items, error %v", len(items), err)
	}
}

func TestEnvironment(t *testing.T) {
	r := start(t, func(c *exec.Config) { c.Env = map[string]exec.Variable{"TOKEN": {ValueEnv: "OUR_TOKEN"}} }, "environment")
	items, _, err := r.read(t.Context())
	if err != nil || len(items) != 1 {
		t.Fatalf("%d items, error %v", len(items), err)
	}
	got := map[string]string{}
	for line := range strings.SplitSeq(items[0].Item.Title, "\n") {
		name, value, _ := strings.Cut(line, "=")
		got[name] = value
	}
	want := map[string]string{"PATH": strings.TrimSpace(os.Getenv("PATH")), "HOME": "/home/x", "TOKEN": "hunter22"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// TestSecrets: what a plugin was given does not come back in logs and errors.
func TestSecrets(t *testing.T) {
	r := start(t, func(c *exec.Config) { c.Env = map[string]exec.Variable{"TOKEN": {ValueEnv: "OUR_TOKEN"}} }, "leak")
	_, _, err := r.read(t.Context())
	if connectors.Reason(err) != "auth" || !strings.Contains(err.Error(), "refused <secret>") {
		t.Errorf("error %v", err)
	}
	if log := r.log.String(); strings.Contains(log, "hunter22") || !strings.Contains(log, "the token is <secret>") || strings.Contains(log, "\x1b") {
		t.Errorf("log %s", log)
	}
}

func TestLogFlood(t *testing.T) {
	r := start(t, nil, "logs")
	if items, _, err := r.read(t.Context()); err != nil || len(items) != 1 {
		t.Fatalf("%d items, error %v", len(items), err)
	}
	if lines := strings.Count(r.log.String(), "plugin says"); lines == 0 || lines > 2000 {
		t.Errorf("%d lines logged of 20000", lines)
	}
	if !strings.Contains(r.log.String(), "lines were dropped") {
		t.Error("nothing tells that lines were dropped")
	}
}

func TestRequests(t *testing.T) {
	r := start(t, func(c *exec.Config) {
		c.Projects, c.Options = []string{"A"}, map[string]any{"n": 1, "deep": map[string]any{"x": []any{"y"}}}
	}, "echo")
	items, _, err := r.read(t.Context())
	if err != nil || len(items) != 1 {
		t.Fatalf("%d items, error %v", len(items), err)
	}
	want := `{"id":1,"method":"hello","params":{"protocol":1,"tracker":"fake","user_agent":"waitgraph-test","projects":["A"],"options":{"deep":{"x":["y"]},"n":1}}}
{"id":2,"method":"changes","params":{"cursor":"c0"}}
`
	if diff := cmp.Diff(want, items[0].Item.Title); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}
