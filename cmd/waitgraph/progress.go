package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

const barWidth = 30

// terminal tells whether w is one, where a line can be drawn again.
func terminal(w io.Writer) (*os.File, bool) {
	f, ok := w.(*os.File)
	if !ok {
		return nil, false
	}
	info, err := f.Stat()
	return f, err == nil && info.Mode()&os.ModeCharDevice != 0
}

func eraseLines(w io.Writer, n int) {
	for range n {
		_, _ = fmt.Fprint(w, "\x1b[1A\x1b[2K")
	}
}

// drawBars draws a line per tracker and returns how many.
func drawBars(w io.Writer, s model.Status) int {
	for _, t := range s.Trackers {
		_, _ = fmt.Fprintln(w, bar(t))
	}
	return len(s.Trackers)
}

func bar(t model.TrackerStatus) string {
	filled, share := 0, "  ?%"
	switch {
	case t.Complete:
		filled, share = barWidth, "100%"
	case t.Total > 0:
		part := min(1, float64(t.Done)/float64(t.Total))
		filled, share = int(part*barWidth), fmt.Sprintf("%3.0f%%", 100*part)
	}
	line := fmt.Sprintf("%-16s [%s%s] %s %d items, %d pages", t.Name, strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), share, max(t.Done, t.Items), t.Pages)
	if t.Error != "" {
		line += ": " + t.Error
	}
	return line
}
