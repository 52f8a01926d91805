//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// hungry notes when it starts and who it is, and then takes more memory than it may.
const hungry = `
import os, sys, time
with open(sys.argv[1], "a") as f:
    f.write(f"{os.getpid()} {time.monotonic()}\n")
sys.stdin.readline()
print('{"id":1,"result":{"protocol":1,"name":"hungry"}}', flush=True)
sys.stdin.readline()
hoard = [bytearray(1 << 20) for n in range(1024)]
print('{"id":2,"end":true}', flush=True)
`

// A plugin that takes too much memory fails and is started again later and
// later, while another tracker's changes are read; nothing of it is left.
func TestHungryPlugin(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 for the plugins")
	}
	plugin, err := filepath.Abs("../../examples/plugins/csv/waitgraph_csv.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sheet, file, program, starts := filepath.Join(dir, "work.csv"), filepath.Join(dir, "waitgraph.yml"), filepath.Join(dir, "hungry.py"), filepath.Join(dir, "starts")
	writeFile(t, sheet, sheetBefore)
	writeFile(t, program, hungry)
	writeFile(t, file, `
poll: {interval: 200ms, frontier: 1h, stale_after: 1h}
trackers:
  - {name: hungry, type: exec, command: [`+python+`, `+program+`, `+starts+`], memory_limit: 64MiB}
  - {name: sheet, type: exec, command: [`+python+`, `+plugin+`], options: {file: `+sheet+`}, projects: [PAY, PLAT]}
`)
	address, _, end := startDaemon(t, "--config.file="+file)
	get := func(path string) (text string) {
		_, text = ask(t, http.DefaultClient, http.MethodGet, "http://"+address+"/api/v1/"+path)
		return text
	}
	type run struct {
		pid int
		at  float64
	}
	runs := func() (list []run) {
		text, err := os.ReadFile(starts)
		if err != nil {
			return nil
		}
		for line := range strings.Lines(string(text)) {
			var r run
			if _, err := fmt.Sscan(line, &r.pid, &r.at); err != nil {
				t.Fatal(err)
			}
			list = append(list, r)
		}
		return list
	}
	eventually(t, "three starts of the hungry plugin", func() bool { return len(runs()) >= 3 })
	writeFile(t, sheet, sheetBefore+"9,PAY-9,PAY,Told later,todo,,,,\n")
	eventually(t, "change of the other tracker", func() bool { return strings.Contains(get("items"), "Told later") })
	var status struct {
		Trackers []struct{ Name, Error string }
	}
	if text := get("status"); json.Unmarshal([]byte(text), &status) != nil || len(status.Trackers) != 2 {
		t.Fatalf("status %s", text)
	}
	for _, tr := range status.Trackers {
		if failed := strings.Contains(tr.Error, "its memory is limited to 64MiB (memory_limit)"); failed != (tr.Name == "hungry") {
			t.Errorf("tracker %s: error %q", tr.Name, tr.Error)
		}
	}
	if code := end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for n, r := range runs() {
		if n > 0 {
			if gap, least := r.at-runs()[n-1].at, 0.2*float64(int(1)<<(n-1)); gap < least {
				t.Errorf("start %d comes %.2f s after the one before, want at least %.2f s", n, gap, least)
			}
		}
		if err := syscall.Kill(r.pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d is left: %v", r.pid, err)
		}
	}
}
