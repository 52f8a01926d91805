package exec

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	// largestMessage bounds one line of the program's output.
	largestMessage = 16 << 20
	// grace is how long a program has to end by itself, and again after SIGTERM.
	grace = 2 * time.Second
)

var errTooLarge = fmt.Errorf("a message is longer than %d MiB", largestMessage>>20)

// process is a running program: a pipe of lines to it and one from it.
type process struct {
	cmd     *exec.Cmd
	in, out *os.File
	lines   *bufio.Reader
	long    bytes.Buffer // a line longer than the reader's buffer
	release func() bool
	logging sync.WaitGroup
	closed  bool

	limit     Size  // of its memory; 0 is none
	unlimited error // why there is none

	mu        sync.Mutex // guards cancelled against deadlines set at the same time
	cancelled error
}

// start runs a program until close. When ctx ends, whoever reads or writes gets its cause.
func start(ctx context.Context, c *Config, env []string, log func(io.Reader)) (*process, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(c.Command[0], c.Command[1:]...)}
	p.cmd.Dir, p.cmd.Env = c.Dir, env
	if err := ownGroup(p.cmd); err != nil {
		return nil, err
	}
	var theirs, ours []*os.File
	pipe := func() (r, w *os.File, err error) {
		if r, w, err = os.Pipe(); err != nil {
			return nil, nil, fmt.Errorf("make a pipe: %w", err)
		}
		return r, w, nil
	}
	shut := func(files []*os.File) {
		for _, f := range files {
			_ = f.Close()
		}
	}
	fail := func(err error) (*process, error) {
		shut(theirs)
		shut(ours)
		return nil, err
	}
	stdin, in, err := pipe()
	if err != nil {
		return fail(err)
	}
	theirs, ours = append(theirs, stdin), append(ours, in)
	out, stdout, err := pipe()
	if err != nil {
		return fail(err)
	}
	theirs, ours = append(theirs, stdout), append(ours, out)
	errs, stderr, err := pipe()
	if err != nil {
		return fail(err)
	}
	theirs, ours = append(theirs, stderr), append(ours, errs)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, stdout, stderr
	if err := p.cmd.Start(); err != nil {
		return fail(fmt.Errorf("start the program: %w", err))
	}
	firstToGo(p.cmd)
	p.limit, p.unlimited = limitMemory(p.cmd, c.Memory)
	shut(theirs)
	p.in, p.out = in, out
	p.lines = bufio.NewReaderSize(out, 64<<10)
	p.logging.Go(func() {
		defer errs.Close()
		log(errs)
	})
	unwatch := context.AfterFunc(ctx, func() { p.cancel(context.Cause(ctx)) })
	p.release = func() bool {
		// A program's stray descendant may hold the pipe open for ever.
		_ = errs.SetReadDeadline(time.Now().Add(grace))
		return unwatch()
	}
	return p, nil
}

// cancel ends present and future reads and writes.
func (p *process) cancel(cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cancelled = cause
	past := time.Unix(1, 0)
	_, _ = p.in.SetWriteDeadline(past), p.out.SetReadDeadline(past)
}

// within sets the time for the next read or write.
func (p *process) within(set func(time.Time) error, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cancelled != nil {
		return p.cancelled
	}
	return set(time.Now().Add(d))
}

// cause tells a cancelled context from what it does to the pipes.
func (p *process) cause(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cancelled != nil {
		return p.cancelled
	}
	return err
}

// send writes one line.
func (p *process) send(line []byte, timeout time.Duration) error {
	if err := p.within(p.in.SetWriteDeadline, timeout); err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return p.cause(err)
	}
	return nil
}

// receive reads one line; it is valid until the next call. io.EOF is a program
// that closed its output.
func (p *process) receive(timeout time.Duration) ([]byte, error) {
	if err := p.within(p.out.SetReadDeadline, timeout); err != nil {
		return nil, err
	}
	p.long.Reset()
	for {
		part, err := p.lines.ReadSlice('\n')
		if err == nil && p.long.Len() == 0 {
			return part, nil
		}
		if p.long.Len()+len(part) > largestMessage {
			return nil, errTooLarge
		}
		p.long.Write(part)
		switch {
		case err == nil:
			return p.long.Bytes(), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && p.long.Len() > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, p.cause(err)
		}
	}
}

// close ends the program and everything in its group, and says how it ended.
// After a pass that went well it may end by itself first.
func (p *process) close(well bool) string {
	if p.closed {
		return ""
	}
	p.closed = true
	_ = p.in.Close()
	if !well || !p.drained(grace) {
		askToEnd(p.cmd)
		p.drained(grace)
	}
	// The program was not waited for yet, so the group's number is still its own.
	makeEnd(p.cmd)
	err := p.cmd.Wait()
	p.release()
	p.logging.Wait()
	_ = p.out.Close()
	if err != nil {
		return strings.TrimSpace(err.Error())
	}
	return "exit status 0"
}

// drained waits for the program to close its output, which it does at the
// latest when it ends. What it still says is not read.
func (p *process) drained(wait time.Duration) bool {
	_ = p.out.SetReadDeadline(time.Now().Add(wait))
	_, err := io.Copy(io.Discard, p.out)
	return err == nil
}
