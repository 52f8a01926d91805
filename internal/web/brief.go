package web

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/waitgraph/waitgraph/internal/brief"
)

// brief is the brief that the parameters team, with and since ask for.
func (c *call) brief() (*brief.Brief, error) {
	since, err := brief.Since(c.query.text("since"), c.Graph.AsOf, c.Location)
	if err != nil {
		return nil, refuse(invalid{Parameter: "since", Value: clip(c.query.text("since"), 200), Detail: err.Error()})
	}
	b, err := brief.New(c.Graph, c.query.text("team"), c.query.text("with"), since)
	if err != nil {
		return nil, refuse(invalid{Parameter: "with", Value: c.query.text("with"), Detail: err.Error()})
	}
	b.Stale = c.Stale
	return b, nil
}

func writeBrief(c *call, w http.ResponseWriter) error {
	chosen, ok := accepts(c.Header.Get("Accept"), typeJSON, typeMarkdown)
	switch format := c.query.text("format"); {
	case format == "json":
		chosen = typeJSON
	case format == "markdown":
		chosen = typeMarkdown
	case !ok:
		return &problem{Status: http.StatusNotAcceptable, Detail: "this is served as application/json or text/markdown"}
	}
	b, err := c.brief()
	if err != nil {
		return err
	}
	format := "json"
	if chosen == typeMarkdown {
		format = "markdown"
	}
	var body bytes.Buffer
	if err := b.Write(&body, format); err != nil {
		return fmt.Errorf("brief: %w", err)
	}
	finish(w, c.Request, http.StatusOK, chosen, body.Bytes())
	return nil
}
