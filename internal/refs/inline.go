package refs

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maskInline masks code spans, comments and tags in one paragraph of Markdown,
// and marks what is struck through.
func maskInline(p []byte) {
	if bytes.IndexByte(p, '`') < 0 && bytes.IndexByte(p, '<') < 0 && bytes.IndexByte(p, '~') < 0 {
		return
	}
	m := inline{text: p, tilde: [3]int{-1, -1, -1}}
	for i := 0; i < len(p); {
		switch p[i] {
		case '\\':
			i += 2
			if i < len(p) && p[i-1] == '`' {
				i += run(p[i:], '`') // the rest of an escaped run opens nothing
			}
		case '`':
			i = m.code(i)
		case '<':
			i = m.angle(i)
		case '~':
			i = m.strike(i)
		default:
			i++
		}
	}
}

// inline is a walk over one paragraph.
type inline struct {
	text []byte
	// backticks are all runs of backticks, found at the first one; ahead counts those passed.
	backticks []backticks
	ahead     int
	// tilde holds, by length, where an unclosed run of tildes is; -1 for none.
	tilde [3]int
	// unclosed names what is known not to be closed any more in this paragraph.
	unclosed map[string]bool
}

// backticks is a run of backticks and the next one as long as it.
type backticks struct{ at, length, next int }

// code masks the code span that opens at i, if it is closed.
func (m *inline) code(i int) int {
	if m.backticks == nil {
		m.backticks = findBackticks(m.text, i)
	}
	for m.backticks[m.ahead].at < i {
		m.ahead++
	}
	open := m.backticks[m.ahead]
	if open.next < 0 {
		return i + open.length
	}
	end := m.backticks[open.next].at + open.length
	mask(m.text[i:end], opaque)
	return end
}

func findBackticks(p []byte, i int) []backticks {
	var all []backticks
	for i < len(p) {
		n := bytes.IndexByte(p[i:], '`')
		if n < 0 {
			break
		}
		i += n
		all = append(all, backticks{at: i, length: run(p[i:], '`'), next: -1})
		i += all[len(all)-1].length
	}
	last := map[int]int{}
	for k := len(all) - 1; k >= 0; k-- {
		if next, ok := last[all[k].length]; ok {
			all[k].next = next
		}
		last[all[k].length] = k
	}
	return all
}

// angle masks the comment or the tag at i.
func (m *inline) angle(i int) int {
	if bytes.HasPrefix(m.text[i:], []byte("<!--")) {
		return m.maskTo(i, hidden, "-->", func() int { return commentEnd(m.text, i, -1) }, i+4)
	}
	t, ok := readTag(m.text[i:])
	if !ok {
		return i + 1
	}
	end := i + t.length
	switch {
	case t.role == tagLink:
		return end // read with the words
	case t.role == tagStrike && t.closing:
		mask(m.text[i:end], strikeOff)
	case t.role == tagStrike:
		mask(m.text[i:end], strikeOn)
	case t.role == tagBlock:
		mask(m.text[i:end], newClause)
	case t.role != tagInline && !t.closing:
		return m.maskTo(i, opaque, t.name, func() int { return elementEnd(m.text, end, t.name, -1) }, end)
	default:
		mask(m.text[i:end], hidden)
	}
	return end
}

// maskTo masks from i to where close finds an end, or nothing if it finds none;
// then it is not asked again, for the same name, in this paragraph.
func (m *inline) maskTo(i int, with byte, name string, closing func() int, otherwise int) int {
	if m.unclosed[name] {
		return otherwise
	}
	end := closing()
	if end < 0 {
		if m.unclosed == nil {
			m.unclosed = map[string]bool{}
		}
		m.unclosed[name] = true
		return otherwise
	}
	mask(m.text[i:end], with)
	return end
}

// strike reads the run of tildes at i: one or two of them strike through what is
// between them and the next run as long (https://github.github.com/gfm/#strikethrough-extension-).
func (m *inline) strike(i int) int {
	n := run(m.text[i:], '~')
	end := i + n
	if n > 2 {
		return end
	}
	before, _ := utf8.DecodeLastRune(m.text[:i])
	after, _ := utf8.DecodeRune(m.text[end:])
	opens, closes := flanks(before, after), flanks(after, before)
	switch open := m.tilde[n]; {
	case closes && open >= 0:
		mask(m.text[open:open+n], strikeOn)
		mask(m.text[i:end], strikeOff)
		m.tilde = [3]int{-1, -1, -1}
	case opens:
		m.tilde[n] = i
	}
	return end
}

// flanks tells whether a mark with the character outside on one side can embrace
// text that begins with inside on the other.
func flanks(outside, inside rune) bool {
	return !blank(inside) && (!punctuation(inside) || blank(outside) || punctuation(outside))
}

// blank also holds for the ends of a text, where decoding gives utf8.RuneError,
// and for masked text.
func blank(r rune) bool { return r == utf8.RuneError || unicode.IsSpace(r) || r == hidden }

func punctuation(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) || r == opaque }
