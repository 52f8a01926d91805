//go:build !unix

package exec

import (
	"errors"
	"fmt"
	"os/exec"
)

// Without process groups a program could leave others behind.
func ownGroup(*exec.Cmd) error {
	return fmt.Errorf("run a program in a process group: %w", errors.ErrUnsupported)
}

func firstToGo(*exec.Cmd) {}

func askToEnd(*exec.Cmd) {}

func makeEnd(*exec.Cmd) {}
