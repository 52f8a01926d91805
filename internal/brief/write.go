package brief

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

// Formats are the forms a brief can be written in.
func Formats() []string { return []string{"markdown", "html", "json"} }

// Write writes the brief in one of Formats.
func (b *Brief) Write(w io.Writer, format string) error {
	switch format {
	case "markdown":
		return b.markdown(w)
	case "html":
		if err := page.Execute(w, b.Document()); err != nil {
			return fmt.Errorf("write brief: %w", err)
		}
		return nil
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		if err := enc.Encode(b); err != nil {
			return fmt.Errorf("write brief: %w", err)
		}
		return nil
	}
	return fmt.Errorf("no form %q of a brief: there are %s", format, strings.Join(Formats(), ", "))
}

// markdown needs no tables, which chats do not show.
func (b *Brief) markdown(w io.Writer) error {
	d := b.Document()
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\n", escape(d.Title))
	for _, l := range d.Intro {
		fmt.Fprintf(&out, "%s  \n", l.markdown())
	}
	for _, s := range d.Sections {
		fmt.Fprintf(&out, "\n## %s\n\n", escape(s.Heading))
		if len(s.Intro) > 0 {
			fmt.Fprintf(&out, "%s\n", s.Intro.markdown())
			if len(s.Entries) > 0 {
				out.WriteString("\n")
			}
		}
		for i, e := range s.Entries {
			fmt.Fprintf(&out, "%d. %s\n", i+1, e.Lead.markdown())
			for _, p := range slices.Concat(e.Points, e.Said) {
				fmt.Fprintf(&out, "    - %s\n", p.markdown())
			}
		}
	}
	_, err := io.WriteString(w, out.String())
	if err != nil {
		return fmt.Errorf("write brief: %w", err)
	}
	return nil
}

func (l Line) markdown() string {
	var out strings.Builder
	for _, s := range l {
		text := escape(s.Text)
		switch {
		case s.URL != "":
			text = "[" + text + "](<" + addresses.Replace(s.URL) + ">)"
		case s.Strong:
			text = "**" + text + "**"
		}
		out.WriteString(text)
	}
	return out.String()
}

// escape keeps a text from being read as Markdown; a leading # or - cannot be:
// no text of a tracker begins a line.
func escape(s string) string { return marks.Replace(s) }

var marks = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "&", `\&`, "|", `\|`, "~", `\~`, "\n", " ")

// addresses are written between angle brackets.
var addresses = strings.NewReplacer("<", "%3C", ">", "%3E", `\`, "%5C", "\n", "", "\r", "")

// page is a document of its own, to save or to paste from a browser.
var page = template.Must(template.New("brief").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body>
<h1>{{.Title}}</h1>
{{define "line"}}{{range .}}{{if .URL}}<a href="{{.URL}}" rel="noreferrer">{{.Text}}</a>{{else if .Strong}}<strong>{{.Text}}</strong>{{else}}{{.Text}}{{end}}{{end}}{{end -}}
{{range .Intro}}<p>{{template "line" .}}</p>
{{end}}{{range .Sections}}<h2>{{.Heading}}</h2>
{{if .Intro}}<p>{{template "line" .Intro}}</p>
{{end}}{{if .Entries}}<ol>
{{range .Entries}}<li>{{template "line" .Lead}}{{if .Points}}<ul>
{{range .Points}}<li>{{template "line" .}}</li>
{{end}}{{range .Said}}<li>{{template "line" .}}</li>
{{end}}</ul>{{end}}</li>
{{end}}</ol>
{{end}}{{end}}</body>
</html>
`))
