package refs

import (
	"bytes"
	"strings"
)

// tagRole is what a tag does to the text around it.
type tagRole int

const (
	tagUnknown tagRole = iota // not a tag: "<T>", "<#12>"
	tagInline                 // changes how text looks
	tagBlock                  // breaks the line
	tagCode
	tagQuote
	tagRaw // neither text nor code
	tagStrike
	tagLink
)

// roleOf is the role of a tag by its name.
func roleOf(name string) tagRole {
	switch strings.ToLower(name) {
	case "b", "strong", "i", "em", "u", "ins", "sub", "sup", "span", "font", "small", "big", "mark", "abbr", "cite", "img", "picture",
		"source", "input", "label", "g-emoji", "q", "var", "center":
		return tagInline
	case "p", "br", "hr", "div", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4",
		"h5", "h6", "details", "summary":
		return tagBlock
	case "code", "kbd", "samp", "tt", "pre":
		return tagCode
	case "blockquote":
		return tagQuote
	case "script", "style", "textarea":
		return tagRaw
	case "del", "s", "strike":
		return tagStrike
	case "a":
		return tagLink
	}
	return tagUnknown
}

// tag is one HTML tag.
type tag struct {
	name    string
	role    tagRole
	closing bool
	length  int // with its brackets
}

// readTag reads the tag at the start of s. A tag holds no "<", which bounds the search.
func readTag(s []byte) (tag, bool) {
	if len(s) < 3 || s[0] != '<' {
		return tag{}, false
	}
	t := tag{closing: s[1] == '/'}
	from := 1
	if t.closing {
		from = 2
	}
	to := from
	for to < len(s) && to-from < 16 && (isAlnum(s[to]) || s[to] == '-') {
		to++
	}
	if to == from || to == len(s) || s[to] != '>' && s[to] != ' ' && s[to] != '/' && s[to] != '\t' && s[to] != '\n' {
		return tag{}, false
	}
	t.name = string(s[from:to])
	t.role = roleOf(t.name)
	end := bytes.IndexAny(s[to:], "<>")
	if t.role == tagUnknown || end < 0 || s[to+end] == '<' {
		return tag{}, false
	}
	t.length = to + end + 1
	return t, true
}

// rawHTML finds a comment, or an element that is not read and may hold empty
// lines, at p where a block starts. It returns where it ends and what to mask it
// with; 0 if there is none. One that is never closed runs to the end.
func rawHTML(text []byte, p int) (stop int, with byte) {
	if text[p] != '<' {
		return 0, 0
	}
	if bytes.HasPrefix(text[p:], []byte("<!--")) {
		return commentEnd(text, p, len(text)), hidden
	}
	t, ok := readTag(text[p:])
	if !ok || t.closing || t.role != tagQuote && t.role != tagRaw && !strings.EqualFold(t.name, "pre") {
		return 0, 0
	}
	return elementEnd(text, p+t.length, t.name, len(text)), opaque
}

// commentEnd is where the comment at p ends, or otherwise when it does not.
func commentEnd(text []byte, p, otherwise int) int {
	if n := bytes.Index(text[p+4:], []byte("-->")); n >= 0 {
		return p + 4 + n + 3
	}
	return otherwise
}

// elementEnd is where an element ends whose opening tag ends at i, elements of
// its own name inside it counted; otherwise when it does not end.
func elementEnd(text []byte, i int, name string, otherwise int) int {
	for depth := 1; ; {
		n := bytes.IndexByte(text[i:], '<')
		if n < 0 {
			return otherwise
		}
		i += n
		t, ok := readTag(text[i:])
		if !ok {
			i++
			continue
		}
		i += t.length
		switch {
		case !strings.EqualFold(t.name, name):
		case !t.closing:
			depth++
		case depth == 1:
			return i
		default:
			depth--
		}
	}
}

// href is the address in a link's tag.
func href(s []byte) []byte {
	n := bytes.Index(bytes.ToLower(s), []byte("href="))
	if n < 0 {
		return nil
	}
	s = s[n+len("href="):]
	if len(s) > 0 && (s[0] == '"' || s[0] == '\'') {
		if end := bytes.IndexByte(s[1:], s[0]); end >= 0 {
			return s[1 : 1+end]
		}
		return nil
	}
	if end := bytes.IndexAny(s, " \t\n>"); end >= 0 {
		return s[:end]
	}
	return s
}

func isAlnum(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
