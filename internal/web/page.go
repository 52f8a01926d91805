package web

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// rows are the candidates of a list, in the order of their keys, which are unique.
type rows struct {
	n int
	// match tells whether a candidate was asked for; nil means all were.
	match func(i int) bool
	// key is a candidate's place in the order, compared byte by byte.
	key func(i int) string
	row func(i int) any
}

// cursor is the place in a list after which a page starts. It names the place
// by what stands there, so that it holds while the graph changes; where that
// stood is kept too, and is enough as long as it still stands there.
type cursor struct {
	list string
	key  string // "" for the start
	at   int
}

func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s\n%d\n%s", c.list, c.at, c.key))
}

func parseCursor(s, list string) (c cursor, ok bool) {
	if s == "" {
		return cursor{list: list}, true
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return c, false
	}
	parts := strings.SplitN(string(b), "\n", 3)
	if len(parts) != 3 || parts[0] != list {
		return c, false
	}
	at, err := strconv.Atoi(parts[1])
	return cursor{list, parts[2], at}, err == nil && at >= 0 && parts[2] != ""
}

// page is a piece of a list.
type page struct {
	picked []int
	total  int    // of all pages
	next   string // cursor, "" on the last page
}

func (rs *rows) page(c cursor, limit int) (p page) {
	start := 0
	switch {
	case c.key == "":
	case c.at < rs.n && rs.key(c.at) == c.key:
		start = c.at + 1
	default:
		start = sort.Search(rs.n, func(i int) bool { return rs.key(i) > c.key })
	}
	more := false
	for i := range rs.n {
		switch {
		case rs.match != nil && !rs.match(i):
			continue
		case i < start:
		case len(p.picked) < limit:
			p.picked = append(p.picked, i)
		default:
			more = true
		}
		p.total++
	}
	if more {
		last := p.picked[len(p.picked)-1]
		p.next = cursor{c.list, rs.key(last), last}.String()
	}
	return p
}

// serveList answers with one page of a list, as JSON or CSV; a file to keep, which
// format asks for, is all of it unless a page is asked for.
func (e *endpoint) serveList(w http.ResponseWriter, c *call) error {
	contentType, ok := accepts(c.Header.Get("Accept"), typeJSON, typeCSV)
	switch c.query.text("format") {
	case "csv":
		contentType, ok = typeCSV, true
		w.Header().Set("Content-Disposition", `attachment; filename="waitgraph-`+e.array+`.csv"`)
	case "json":
		contentType, ok = typeJSON, true
	}
	if !ok {
		return &problem{Status: http.StatusNotAcceptable, Detail: "a list is served as application/json or text/csv"}
	}
	cur, ok := parseCursor(c.query.text("cursor"), e.array)
	if !ok {
		return refuse(invalid{Parameter: "cursor", Value: clip(c.query.text("cursor"), 200), Detail: "no cursor of this list: take next_cursor of an answer"})
	}
	rs, err := e.list(c)
	if err != nil {
		return err
	}
	if !c.filtered(e) {
		rs.match = nil
	}
	whole := c.query.text("format") != "" && c.query.text("limit") == "" && c.query.text("cursor") == ""
	sorted := c.query.text("sort")
	var p page
	switch {
	case sorted != "" && !whole: // a cursor names a place in the list's own order
		return refuse(invalid{Parameter: "sort", Value: sorted, Detail: "only a file is sorted: it takes format, and neither limit nor cursor"})
	case sorted != "":
		p.picked, p.total = e.table.window(c, &rs, sorted, 0, rs.n)
	case whole:
		p = rs.page(cur, rs.n)
	default:
		p = rs.page(cur, c.query.number("limit", defaultLimit))
	}
	w.Header().Set("Waitgraph-As-Of", c.AsOf.String())
	w.Header().Set("Waitgraph-Stale", strconv.FormatBool(c.Stale))
	if p.next != "" {
		q := url.Values{}
		for name, values := range c.query {
			q[name] = values
		}
		q.Set("cursor", p.next)
		w.Header().Set("Link", "<?"+q.Encode()+`>; rel="next"`)
	}
	write := func(out io.Writer) error {
		if contentType == typeCSV {
			return writeCSV(out, e.sample, &rs, p.picked)
		}
		return e.writeJSON(out, c, &rs, p)
	}
	if whole {
		c.stream(w, contentType, write)
		return nil
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("encode %s: %w", e.array, err)
	}
	finish(w, c.Request, http.StatusOK, contentType, b.Bytes())
	return nil
}

// writeJSON writes one row a line, so that answers can be compared by eye.
func (e *endpoint) writeJSON(out io.Writer, c *call, rs *rows, p page) error {
	asOf, err := json.Marshal(c.AsOf)
	if err != nil {
		return err
	}
	b := &bytes.Buffer{} // what is not yet written: never more than a row
	fmt.Fprintf(b, `{"as_of":%s,"stale":%t,"total":%d,`, asOf, c.Stale, p.total)
	if p.next != "" {
		fmt.Fprintf(b, `"next_cursor":%q,`, p.next)
	}
	enc := json.NewEncoder(b)
	if e.beside != nil {
		fmt.Fprintf(b, `%q:`, e.beside.array)
		if err := enc.Encode(e.beside.list(c)); err != nil {
			return err
		}
		b.WriteByte(',')
	}
	fmt.Fprintf(b, `%q:[`, e.array)
	for n, i := range p.picked {
		if n > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(rs.row(i)); err != nil {
			return err
		}
		if _, err := b.WriteTo(out); err != nil {
			return err
		}
	}
	b.WriteString("]}\n")
	_, err = b.WriteTo(out)
	return err
}

// writeCSV writes the rows under the names of their fields. Lists of texts are
// joined by semicolons, what has more structure is JSON.
func writeCSV(out io.Writer, sample any, rs *rows, picked []int) error {
	w := csv.NewWriter(out)
	fields := reflect.VisibleFields(reflect.TypeOf(sample))
	var header []string
	for _, f := range fields {
		if !f.Anonymous {
			header = append(header, jsonName(f))
		}
	}
	if err := w.Write(header); err != nil {
		return err
	}
	for _, i := range picked {
		v := reflect.ValueOf(rs.row(i))
		record := make([]string, 0, len(header))
		for _, f := range fields {
			if f.Anonymous {
				continue
			}
			s, err := csvCell(v.FieldByIndex(f.Index).Interface())
			if err != nil {
				return err
			}
			record = append(record, s)
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func csvCell(v any) (string, error) {
	if list, ok := v.([]string); ok {
		return harmless(strings.Join(list, ";")), nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if string(raw) == "null" {
		return "", nil
	}
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		return harmless(s), err
	}
	return string(raw), nil
}

// harmless keeps a spreadsheet from running what a tracker says: a text that
// begins like a formula gets an apostrophe.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
