package exec

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"syscall"
)

// Size is a number of bytes, written in binary units: 512MiB, 2GiB.
type Size int64

const (
	mebibyte Size = 1 << 20

	defaultMemory = 1024 * mebibyte
	leastMemory   = 64 * mebibyte
)

var (
	// So few digits that no product overflows.
	writtenSize = regexp.MustCompile(`^([0-9]{1,6})(MiB|GiB|TiB)$`)
	units       = map[string]Size{"MiB": mebibyte, "GiB": mebibyte << 10, "TiB": mebibyte << 20}
)

// UnmarshalText reads the written form.
func (s *Size) UnmarshalText(text []byte) error {
	part := writtenSize.FindStringSubmatch(string(text))
	if part == nil {
		return errors.New("want a size such as 512MiB or 2GiB")
	}
	n, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil {
		return fmt.Errorf("read a size: %w", err)
	}
	*s = Size(n) * units[part[2]]
	return nil
}

// MarshalText gives the written form, in the largest unit that needs no fraction.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Size) String() string {
	for _, unit := range []string{"TiB", "GiB"} {
		if s >= units[unit] && s%units[unit] == 0 {
			return fmt.Sprintf("%d%s", s/units[unit], unit)
		}
	}
	return fmt.Sprintf("%dMiB", s/mebibyte)
}

// shortage matches what programs say on stderr when memory is refused to them:
// Python and Ruby, Go and C, Java, C++, Rust.
var shortage = regexp.MustCompile(`(?i)memoryerror|out ?of ?memory|cannot allocate memory|bad_alloc|memory allocation of`)

// outOfMemory reports whether a line of stderr tells of too little memory.
func outOfMemory(line string) bool { return shortage.MatchString(line) }

// crashed reports whether a program ended as those do that do not expect memory
// to be refused. A kill is none of that: it comes from outside, often from here.
func crashed(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && (status.Signal() == syscall.SIGSEGV || status.Signal() == syscall.SIGABRT)
}

// memoryHint is what to add to how the program ended if too little memory may be why.
func (s *session) memoryHint() string {
	limit := s.process.limit
	if limit == 0 || !s.starved && !crashed(s.process.cmd.ProcessState) {
		return ""
	}
	return fmt.Sprintf("; its memory is limited to %s (memory_limit)", limit)
}
