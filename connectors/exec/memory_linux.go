package exec

import (
	"fmt"
	"os/exec"

	"golang.org/x/sys/unix"
)

// limitMemory bounds the private memory a running program may have, and each one
// it starts from now on. It gives the bound, which is lower than most where the
// daemon itself may have no more.
//
// RLIMIT_DATA and not RLIMIT_AS: runtimes such as Go's and Java's reserve far more
// addresses than they use.
func limitMemory(cmd *exec.Cmd, most Size) (Size, error) {
	var now unix.Rlimit
	if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_DATA, nil, &now); err != nil {
		return 0, fmt.Errorf("read the memory limit: %w", err)
	}
	bytes := min(uint64(most), now.Max)
	if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: bytes, Max: bytes}, nil); err != nil {
		return 0, fmt.Errorf("set the memory limit: %w", err)
	}
	return Size(bytes), nil
}
