package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/waitgraph/waitgraph/internal/store/sqlite"
	"github.com/waitgraph/waitgraph/internal/store/storetest"
	"github.com/waitgraph/waitgraph/model"
)

// writerEnv names the store of a process that writes until it is killed.
const writerEnv = "STORE_TEST_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		_, _ = fmt.Fprintln(os.Stderr, write(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// write goes on where the store ends and tells each step once it is acknowledged.
func write(path string) error {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	facts, err := s.Load(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, t := range facts.Trackers {
		if n, err = strconv.Atoi(t.Cursor); err != nil {
			return err
		}
	}
	for {
		n++
		if err := s.Record(ctx, batch(n, 40)); err != nil {
			return err
		}
		if _, err := fmt.Println(n); err != nil {
			return err
		}
	}
}

// batch is a writer's step n: half of its records replace those of the step
// before, half are new.
func batch(n, size int) model.Delta {
	d := model.Delta{Tracker: model.Tracker{Name: "a", Cursor: strconv.Itoa(n)}}
	for i := range size {
		id := strconv.Itoa((n-1)*size/2 + i)
		d.Records = append(d.Records, &model.Record{Item: model.Item{
			ID: model.ID{Tracker: model.WordOf("a"), Native: id}, Key: "K-" + id, Title: strings.Repeat("x", 300), Status: model.WordOf(strconv.Itoa(n)),
		}})
	}
	return d
}

// start runs a writer and gives its acknowledgements.
func start(t *testing.T, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), writerEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// TestKill: whenever its process is killed, the store holds exactly the steps
// that were acknowledged, or one more, whole, that was about to be.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	var want storetest.Fold
	done := 0
	for _, steps := range []int{1, 7, 20, 33, 60} {
		cmd, lines := start(t, path)
		acked := done
		for lines.Scan() {
			var err error
			if acked, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
			if acked == done+steps {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed, as intended
		if acked < done+steps {
			t.Fatalf("the writer ended by itself after step %d", acked)
		}

		s := open(t, path)
		got, err := s.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		last, err := strconv.Atoi(got.Trackers[0].Cursor)
		if err != nil {
			t.Fatal(err)
		}
		if last != acked && last != acked+1 {
			t.Errorf("step %d was acknowledged, the store ends with %d", acked, last)
		}
		for n := done + 1; n <= last; n++ {
			want.Apply(batch(n, 40))
		}
		if d := cmp.Diff(want.Facts(), got, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("after step %d (-want +got):\n%s", last, d)
		}
		done = last
	}
}

// TestOneProcess: another process keeps the store to itself until it dies.
func TestOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	cmd, lines := start(t, path)
	if !lines.Scan() {
		t.Fatal("the writer does not write")
	}
	s, err := sqlite.Open(t.Context(), path)
	if err == nil {
		_ = s.Close()
		t.Error("two processes have the store open")
	} else if !strings.Contains(err.Error(), "in use by another process") {
		t.Error(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as intended
	if err := open(t, path).Close(); err != nil {
		t.Error(err)
	}
}
