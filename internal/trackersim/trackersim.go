// Package trackersim runs a tracker simulator for tests: a process of its own
// that serves Jira and GitHub and holds every request against the vendors'
// descriptions. Tests find its folder in the environment variable Folder.
package trackersim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Folder is the environment variable that names the simulator's folder.
const Folder = "WAITGRAPH_TRACKERSIM"

// Sim is a running simulator. It ends with its test.
type Sim struct {
	t testing.TB
	// Jira are the addresses of the sites by name, GitHub that of GitHub.
	Jira   map[string]string
	GitHub string
	// Control is the address of the simulator itself.
	Control string
}

// Start runs the simulator in a folder with further arguments. It skips the
// test if the folder is "" or the simulator in it not installed.
func Start(t testing.TB, dir string, args ...string) *Sim {
	t.Helper()
	if dir == "" {
		t.Skip("SKIPPED: set " + Folder + " to a tracker simulator's folder to hold connectors to what needs a tracker that changes")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Skip("SKIPPED: the tracker simulator is not installed: run npm ci in its folder, or in a copy if that cannot be written to")
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"trackersim.mjs", "--control-port", "0"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the simulator says %q: %v", line, err)
	}
	type address struct{ URL string }
	var ready struct {
		Jira    map[string]address
		GitHub  address
		Control string
	}
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err)
	}
	s := &Sim{t: t, Jira: map[string]string{}, GitHub: ready.GitHub.URL, Control: ready.Control}
	for name, site := range ready.Jira {
		s.Jira[name] = site.URL
	}
	return s
}

// Data is the path of one of the archives beside the simulator's folder.
func Data(dir, name string) string { return filepath.Join(dir, "..", "realdata", name) }

// Post sends the simulator a command and returns its answer.
func (s *Sim) Post(path string, body any) []byte {
	s.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.Post(s.Control+path, "application/json", bytes.NewReader(b))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %s %v", path, resp.Status, answer, err)
	}
	return answer
}

// Journal is what one tracker was asked.
type Journal struct {
	Requests, Bytes int
	Violations      []struct{ Request, Why string }
	Routes          map[string]struct{ Count, Bytes int }
}

// Step is what a tracker ("jira" or "github") was asked since the last step of
// any; a violation of its description fails the test.
func (s *Sim) Step(tracker, name string) Journal {
	s.t.Helper()
	resp, err := http.Get(s.Control + "/_sim/journal")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var all map[string]Journal
	if err := json.NewDecoder(resp.Body).Decode(&all); err != nil {
		s.t.Fatal(err)
	}
	j := all[tracker]
	for _, v := range j.Violations {
		s.t.Errorf("%s: violation: %s: %s", name, v.Request, v.Why)
	}
	s.t.Logf("%-28s %3d requests %9d bytes %v", name, j.Requests, j.Bytes, j.Routes)
	s.Post("/_sim/journal/reset", struct{}{})
	return j
}
