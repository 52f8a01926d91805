package exec

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"
)

const (
	longestLog    = 2 << 10 // bytes of one line that are kept
	logsPerSecond = 20
)

// forward writes what a program says on stderr to the log, line by line, as
// data, and shows each to look. A flood is counted, not logged; the program is
// never held up.
func forward(log *slog.Logger, conceal func(string) string, look func(string)) func(io.Reader) {
	return func(r io.Reader) {
		ctx := context.Background()
		lines := bufio.NewReaderSize(r, longestLog)
		window, logged, dropped := time.Time{}, 0, 0
		tell := func() {
			if dropped > 0 {
				log.WarnContext(ctx, "plugin logs too much, lines were dropped", "lines", dropped)
			}
			logged, dropped = 0, 0
		}
		defer tell()
		for {
			line, err := lines.ReadSlice('\n')
			text := printable(conceal(strings.TrimSpace(string(line))))
			look(text)
			for errors.Is(err, bufio.ErrBufferFull) { // the rest of a long line
				_, err = lines.ReadSlice('\n')
			}
			if now := time.Now(); now.Sub(window) >= time.Second {
				tell()
				window = now
			}
			switch {
			case text == "":
			case logged == logsPerSecond:
				dropped++
			default:
				logged++
				log.InfoContext(ctx, "plugin says", "line", text)
			}
			if err != nil {
				return
			}
		}
	}
}
