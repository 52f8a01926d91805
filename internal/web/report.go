package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/waitgraph/waitgraph/internal/wire"
)

// WriteReport writes every list of the API whole, named as its path is, as one
// JSON object: what a reader who pages through all of it would get.
func WriteReport(w io.Writer, o Options) error {
	s := &server{Options: o}
	g := o.Graph()
	c := &call{
		Request: &http.Request{Method: http.MethodGet, URL: &url.URL{}, Header: http.Header{}},
		view:    view{g}, server: s, status: o.Status(), query: query{},
	}
	c.Stale, c.AsOf = stale(g, &c.status), wire.At(g.AsOf)
	out := &reportWriter{w: bufio.NewWriterSize(w, 1<<16)}
	out.text("{")
	out.value("as_of", c.AsOf)
	out.text(",\n")
	out.value("stale", c.Stale)
	for _, e := range endpoints() {
		if e.list == nil {
			continue
		}
		rs, err := e.list(c)
		if err != nil {
			return fmt.Errorf("report %s: %w", e.array, err)
		}
		out.text(fmt.Sprintf(",\n%q:[", strings.TrimPrefix(e.path, apiRoot+"/")))
		first := true
		for i := range rs.n {
			if rs.match != nil && !rs.match(i) {
				continue
			}
			if !first {
				out.text(",")
			}
			first = false
			out.text("\n")
			out.json(rs.row(i))
		}
		out.text("]")
	}
	out.text("}\n")
	if out.err == nil {
		out.err = out.w.Flush()
	}
	if out.err != nil {
		return fmt.Errorf("write report: %w", out.err)
	}
	return nil
}

// reportWriter remembers the first error.
type reportWriter struct {
	w   *bufio.Writer
	err error
}

func (o *reportWriter) text(s string) {
	if o.err == nil {
		_, o.err = o.w.WriteString(s)
	}
}

func (o *reportWriter) json(v any) {
	if o.err != nil {
		return
	}
	b, err := json.Marshal(v)
	if err != nil {
		o.err = err
		return
	}
	_, o.err = o.w.Write(b)
}

func (o *reportWriter) value(name string, v any) {
	o.text(fmt.Sprintf("%q:", name))
	o.json(v)
}
