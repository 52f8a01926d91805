package web

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// factsAnswer is the recorded facts and history, a model.Recording; as_of is the
// time of the request, under which they can be replayed.
type factsAnswer struct {
	stamp
	model.Facts
	History *model.History `json:"history,omitempty" doc:"The recorded past; absent before the first graph."`
}

// streamFacts writes one record a line, each encoded when it is written: the
// facts of a large organisation are never held twice.
func streamFacts(c *call, w http.ResponseWriter) error {
	if _, ok := accepts(c.Header.Get("Accept"), typeJSON); !ok {
		return &problem{Status: http.StatusNotAcceptable, Detail: "facts are served as application/json"}
	}
	facts := c.server.Facts()
	if facts == nil {
		w.Header().Set("Retry-After", "5")
		return &problem{Status: http.StatusServiceUnavailable, Detail: "the facts are not loaded yet"}
	}
	w.Header().Set("Content-Disposition", `attachment; filename="waitgraph-facts.json"`)
	c.stream(w, typeJSON, func(out io.Writer) error {
		return writeFacts(bufio.NewWriter(out), stamp{wire.At(c.server.Now()), c.Stale}, facts, c.recorded())
	})
	return nil
}

// stream sends an answer of any size while it is written. One that cannot be
// written to its end is cut where the client sees it.
func (c *call) stream(w http.ResponseWriter, contentType string, write func(io.Writer) error) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept, Accept-Encoding")
	zip := gzips(c.Request)
	if zip {
		h.Set("Content-Encoding", "gzip")
	}
	if c.Method == http.MethodHead {
		return
	}
	out := bufio.NewWriterSize(w, 64<<10)
	err := error(nil)
	if zip {
		z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed) // the level is a valid one
		err = errors.Join(write(z), z.Close())
	} else {
		err = write(out)
	}
	if err = errors.Join(err, out.Flush()); err == nil {
		return
	}
	if c.Context().Err() == nil {
		c.server.Logger.ErrorContext(c.Context(), "could not write an answer", "path", c.URL.Path, "err", err)
	}
	panic(http.ErrAbortHandler)
}

// recorded is the history of the graph, nil while there is none.
func (c *call) recorded() *model.History {
	if c.Graph == nil {
		return nil
	}
	return c.History
}

func writeFacts(b *bufio.Writer, s stamp, f *model.Facts, h *model.History) error {
	asOf, err := json.Marshal(s.AsOf)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(b, `{"as_of":%s,"stale":%t,`, asOf, s.Stale); err != nil {
		return err
	}
	if err := writeArray(b, "trackers", f.Trackers); err != nil {
		return err
	}
	if err := b.WriteByte(','); err != nil {
		return err
	}
	if err := writeArray(b, "records", f.Records); err != nil {
		return err
	}
	if h != nil {
		if err := writeHistory(b, h); err != nil {
			return err
		}
	}
	if _, err := b.WriteString("}\n"); err != nil {
		return err
	}
	return b.Flush()
}

func writeHistory(b *bufio.Writer, h *model.History) error {
	if _, err := b.WriteString(`,"history":{`); err != nil {
		return err
	}
	for _, m := range []struct {
		name string
		at   time.Time
	}{{"began", h.Began}, {"at", h.At}} {
		if m.at.IsZero() {
			continue
		}
		if _, err := fmt.Fprintf(b, `"%s":"%s",`, m.name, wire.At(m.at)); err != nil {
			return err
		}
	}
	if err := writeArray(b, "totals", h.Totals); err != nil {
		return err
	}
	if err := b.WriteByte(','); err != nil {
		return err
	}
	if err := writeArray(b, "closed", h.Closed); err != nil {
		return err
	}
	return b.WriteByte('}')
}

func writeArray[T any](b *bufio.Writer, name string, elements []T) error {
	if _, err := fmt.Fprintf(b, "%q:[\n", name); err != nil {
		return err
	}
	enc := json.NewEncoder(b)
	for i, e := range elements {
		if i > 0 {
			if err := b.WriteByte(','); err != nil {
				return err
			}
		}
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return b.WriteByte(']')
}
