package exec_test

import (
	osexec "os/exec"
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/exec"
)

// greedy takes far more memory than its limit, but not all of a machine that has none.
const greedy = `hoard = [bytearray(1 << 20) for n in range(1024)]`

// TestMemory: a plugin that takes too much memory ends, the error names the
// limit where that may be why, and what was read before stands.
func TestMemory(t *testing.T) {
	python, err := osexec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	const hint = "; its memory is limited to 64MiB (memory_limit)"
	for _, c := range []struct{ name, does, ends string }{
		{"allocates", greedy, "exit status 1" + hint},
		{"has a child that does", `subprocess.run([sys.executable, "-c", "` + greedy + `"], check=True)`, "exit status 1" + hint},
		{"aborts", `os.kill(os.getpid(), signal.SIGABRT)`, "signal: aborted" + hint},
		{"ends for another reason", `sys.exit("no such file")`, "exit status 1"},
		{"is killed from outside", `os.kill(os.getpid(), signal.SIGKILL)`, "signal: killed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := strings.Join([]string{
				"import os, resource, signal, subprocess, sys",
				"resource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
				"sys.stdin.readline(); print('" + welcome + "', flush=True)",
				"sys.stdin.readline(); print('" + first + "', flush=True)",
				c.does,
				"print('" + end + "', flush=True)",
			}, "\n")
			r := start(t, func(cfg *exec.Config) {
				cfg.Command = []string{python, "-c", program}
				if err := cfg.Memory.UnmarshalText([]byte("64MiB")); err != nil {
					t.Fatal(err)
				}
			}, "")
			items, _, err := r.read(t.Context())
			if err == nil || !strings.HasSuffix(err.Error(), "ended before its answer did: "+c.ends) || connectors.Reason(err) != "answer" {
				t.Errorf("error %v, reason %q; want %q", err, connectors.Reason(err), c.ends)
			}
			if len(items) != 1 {
				t.Errorf("%d items stand, want 1", len(items))
			}
		})
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]string{
		"64MiB": "64MiB", "1024MiB": "1GiB", "1536MiB": "1536MiB", "2048GiB": "2TiB", "999999TiB": "999999TiB",
		"": "", "64": "", "64MB": "", "64 MiB": "", "-1GiB": "", "1.5GiB": "", "1000000TiB": "", "1GiBs": "",
	} {
		var s exec.Size
		err := s.UnmarshalText([]byte(text))
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is read as %s", text, s)
		case want != "" && (err != nil || s.String() != want):
			t.Errorf("%q is read as %s, error %v; want %s", text, s, err, want)
		}
	}
}
