//go:build unix

package exec

import (
	"os/exec"
	"syscall"
)

// ownGroup puts a program and all it starts into a process group of its own.
func ownGroup(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return nil
}

// askToEnd and makeEnd signal the group of a program that was not waited for yet,
// so that its number cannot belong to another one.
func askToEnd(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

func makeEnd(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
