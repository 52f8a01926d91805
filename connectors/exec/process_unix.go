//go:build unix

package exec

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup puts a program and all it starts into a process group of its own.
func ownGroup(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return nil
}

// firstToGo makes a program, and what it starts, the first to be ended where memory
// runs out. Only Linux knows such a thing.
func firstToGo(cmd *exec.Cmd) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", cmd.Process.Pid), []byte("1000"), 0)
}

// askToEnd and makeEnd signal the group of a program that was not waited for yet,
// so that its number cannot belong to another one.
func askToEnd(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

func makeEnd(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
