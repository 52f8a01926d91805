package demo

import (
	"bytes"
	"html/template"
	"net/http"
	"strings"
)

// pageText is the one page people see when they follow a link to an item.
const pageText = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Key}} {{.Title}}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
small,dt{color:#57606a}dl{display:grid;grid-template-columns:9rem 1fr;gap:.2rem}dd{margin:0}pre{white-space:pre-wrap;font:inherit;margin:0}
article{border-top:1px solid #d0d7de;padding:.6rem 0}</style></head>
<body><small>Simulated tracker of waitgraph demo: {{.Where}}</small>
<h1>{{.Title}} <small>{{.Key}}</small></h1>
<dl>{{range .Facts}}<dt>{{index . 0}}</dt><dd>{{index . 1}}</dd>{{end}}</dl>
<article><pre>{{.Body}}</pre></article>
{{range .Comments}}<article><small>{{index . 0}}</small><pre>{{index . 1}}</pre></article>{{end}}
</body></html>
`

type page struct {
	Key, Title, Where, Body string
	Facts, Comments         [][2]string
}

// pageOf shows the item that find names for a request.
func pageOf(w *World, address *strings.Replacer, find func(*http.Request) *item) http.Handler {
	tmpl := template.Must(template.New("item").Parse(pageText))
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.RLock()
		it := find(r)
		var p page
		if it != nil {
			p = w.page(it, address)
		}
		w.mu.RUnlock()
		if it == nil {
			http.NotFound(rw, r)
			return
		}
		var b bytes.Buffer
		if err := tmpl.Execute(&b, p); err != nil {
			http.Error(rw, "the page cannot be shown", http.StatusInternalServerError)
			return
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		rw.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = rw.Write(b.Bytes())
	})
}

func (w *World) page(it *item, address *strings.Replacer) page {
	p := page{Key: it.key(), Title: it.title, Where: it.home.name, Body: address.Replace(it.body)}
	fact := func(name, value string) {
		if value != "" {
			p.Facts = append(p.Facts, [2]string{name, value})
		}
	}
	fact("Type", it.kind.String())
	status := it.stage.String()
	switch {
	case it.stage == dropped:
		status += " (" + resolution(it.stage) + ")"
	case it.flagged:
		status += ", flagged"
	}
	fact("Status", status)
	if it.assignee != nil {
		fact("Assignee", it.assignee.name)
	}
	fact("Priority", priorities()[it.priority])
	fact("Due", date(it.due))
	fact("Labels", strings.Join(it.labels, ", "))
	for _, l := range w.links {
		switch {
		case !l.typ.orders():
		case l.to == it:
			fact("Waits for", l.from.key()+" "+l.from.title)
		case l.from == it:
			fact("Holds up", l.to.key()+" "+l.to.title)
		}
	}
	for _, c := range it.comments {
		p.Comments = append(p.Comments, [2]string{c.by.name + ", " + c.at.Format("2 Jan 15:04"), address.Replace(c.text)})
	}
	return p
}
