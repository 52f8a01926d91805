package refs

import "bytes"

// markdownLines finds the block structure of a Markdown text as CommonMark has
// it (https://spec.commonmark.org/0.31.2/), as far as it decides what is code or
// quoted and what is a list item. Code blocks, quotes and raw HTML blocks are
// masked.
func markdownLines(text []byte) []line {
	b := blocks{text: text}
	for i := 0; i <= len(text); {
		i = b.read(i)
	}
	return b.lines
}

// blocks is the state between two lines.
type blocks struct {
	text  []byte
	lines []line
	// items are the columns at which the contents of the open list items begin.
	items []int
	fence fence
	// paragraph: the line before is text that this one may go on.
	paragraph bool
	// quoted: the line before is text in a quote, which a plain line goes on too.
	quoted bool
	// quotedFence: the quote is inside a fenced code block of its own.
	quotedFence bool
}

// fence is an open fenced code block; its mark is 0 when there is none.
type fence struct {
	mark   byte
	length int
	column int // of the contents of the list item it stands in
}

// read reads the line that starts at i and returns where the next one does.
func (b *blocks) read(i int) int {
	end := lineEnd(b.text, i)
	p, column := indentation(b.text[:end], i)
	if p == end {
		b.blank(i)
		return end + 1
	}
	if b.fence.mark != 0 {
		if column >= b.fence.column {
			if column-b.fence.column < 4 && closesFence(b.text[p:end], b.fence) {
				b.fence = fence{}
			}
			b.masked(p, end)
			return end + 1
		}
		b.fence = fence{} // the list item it stood in ends here
	}
	for len(b.items) > 0 && column < b.items[len(b.items)-1] {
		b.items = b.items[:len(b.items)-1]
	}
	if b.text[p] != '>' {
		b.quotedFence = false
	}
	if column-b.content() >= 4 && !b.paragraph {
		quoted := b.quoted
		b.masked(p, end)
		b.quoted = quoted
		return end + 1
	}
	return b.block(p, end, column)
}

// block reads what begins at p: any list marks, then one kind of block.
func (b *blocks) block(p, end, column int) int {
	l := line{}
	for {
		rest := b.text[p:end]
		if len(rest) == 0 {
			b.add(line{start: p, end: end, depth: l.depth, first: true}, false)
			return end + 1
		}
		if rest[0] == '>' {
			inText := b.quotesText(rest)
			b.masked(p, end)
			b.quoted = inText
			return end + 1
		}
		if stop, with := rawHTML(b.text, p); stop > end || stop > 0 && with == opaque {
			return b.raw(p, stop, with)
		} else if stop > 0 { // a comment: what follows it stands where it stood
			mask(b.text[p:stop], hidden)
			if p, _ = indentation(b.text[:end], stop); p == end {
				b.add(line{start: p, end: end, first: true}, false)
				return end + 1
			}
			continue
		}
		if f, ok := opensFence(rest); ok {
			f.column = b.content()
			b.masked(p, end)
			b.fence = f
			return end + 1
		}
		if underlines(rest) && b.paragraph && l.depth == 0 {
			b.blank(p)
			return end + 1
		}
		if breaks(rest) {
			b.masked(p, end)
			return end + 1
		}
		if n := headingMark(rest); n > 0 {
			l.start, l.end, l.first = p+n, p+headingEnd(rest), true
			l.start = min(l.start, l.end)
			b.add(l, false)
			return end + 1
		}
		width, columns := listMark(rest)
		if width == 0 {
			break
		}
		p += width
		var gap int
		p, gap = indentation(b.text[:end], p)
		if p == end || gap > 4 {
			gap = 1
		}
		column += columns + gap
		b.items = append(b.items, column)
		l.depth = len(b.items)
	}
	if n := checkbox(b.text[p:end]); n > 0 {
		p += n
		if l.depth == 0 {
			l.depth = len(b.items) + 1
		}
	}
	if b.quoted && l.depth == 0 {
		b.masked(p, end)
		b.quoted = true
		return end + 1
	}
	// The rows of a table are paragraphs of their own.
	l.start, l.end, l.first = p, end, !b.paragraph || l.depth > 0 || b.text[p] == '|'
	b.add(l, true)
	return end + 1
}

// content is the column at which the contents of the innermost list item begin.
func (b *blocks) content() int {
	if len(b.items) == 0 {
		return 0
	}
	return b.items[len(b.items)-1]
}

func (b *blocks) add(l line, paragraph bool) {
	b.lines = append(b.lines, l)
	b.paragraph, b.quoted = paragraph, false
}

func (b *blocks) blank(at int) { b.add(line{start: at, end: at, first: true}, false) }

func (b *blocks) masked(start, end int) {
	mask(b.text[start:end], opaque)
	b.add(line{start: start, end: end, first: true}, false)
}

// raw masks an HTML block that ends at stop, and tells where to read on. A comment
// leaves an empty line, anything else one that holds something.
func (b *blocks) raw(start, stop int, with byte) int {
	mask(b.text[start:stop], with)
	b.add(line{start: start, end: lineEnd(b.text[:stop], start), first: true}, false)
	if p, _ := indentation(b.text, stop); p < len(b.text) && b.text[p] == '\n' {
		return p + 1
	}
	if stop == len(b.text) {
		return stop + 1
	}
	return stop
}

// quotesText tells whether a line that starts with ">" leaves a paragraph open
// in the quote, which the next line goes on even without the sign.
func (b *blocks) quotesText(s []byte) bool {
	s = bytes.TrimLeft(s, "> \t")
	if _, ok := opensFence(s); ok {
		b.quotedFence = !b.quotedFence
		return false
	}
	return len(s) > 0 && !b.quotedFence && headingMark(s) == 0 && !breaks(s)
}

// indentation skips spaces and tabs from i and tells how many columns they take.
func indentation(text []byte, i int) (next, column int) {
	for ; i < len(text); i++ {
		switch text[i] {
		case ' ':
			column++
		case '\t':
			column += 4 - column%4
		default:
			return i, column
		}
	}
	return i, column
}

// opensFence reads ``` or ~~~ and what follows at the start of s.
func opensFence(s []byte) (fence, bool) {
	if len(s) == 0 || s[0] != '`' && s[0] != '~' {
		return fence{}, false
	}
	n := run(s, s[0])
	if n < 3 || s[0] == '`' && bytes.IndexByte(s[n:], '`') >= 0 {
		return fence{}, false
	}
	return fence{mark: s[0], length: n}, true
}

func closesFence(s []byte, f fence) bool {
	n := run(s, f.mark)
	return n >= f.length && len(bytes.TrimRight(s[n:], " \t")) == 0
}

// run is how often s begins with c.
func run(s []byte, c byte) int {
	n := 0
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}

// underlines tells whether s makes a heading of the line above it.
func underlines(s []byte) bool {
	s = bytes.TrimRight(s, " \t")
	return len(s) > 0 && (s[0] == '=' || s[0] == '-') && run(s, s[0]) == len(s)
}

// breaks tells whether s is a thematic break: "---", "* * *".
func breaks(s []byte) bool {
	if len(s) == 0 || s[0] != '-' && s[0] != '*' && s[0] != '_' {
		return false
	}
	n := 0
	for _, c := range s {
		switch c {
		case s[0]:
			n++
		case ' ', '\t':
		default:
			return false
		}
	}
	return n >= 3
}

// headingMark is the length of "# " to "###### " at the start of s, or 0.
func headingMark(s []byte) int {
	n := run(s, '#')
	if n == 0 || n > 6 {
		return 0
	}
	if n == len(s) {
		return n
	}
	if s[n] != ' ' && s[n] != '\t' {
		return 0
	}
	return n + 1
}

// headingEnd is where the text of a heading ends: before closing signs, if any.
func headingEnd(s []byte) int {
	s = bytes.TrimRight(s, " \t")
	if t := bytes.TrimRight(s, "#"); len(t) == 0 || t[len(t)-1] == ' ' || t[len(t)-1] == '\t' {
		return len(t)
	}
	return len(s)
}

// listMark is the length in bytes and columns of "-", "1." or the like at the
// start of s, if space or nothing follows it.
func listMark(s []byte) (width, columns int) {
	switch {
	case s[0] == '-' || s[0] == '*' || s[0] == '+':
		width, columns = 1, 1
	case s[0] >= '0' && s[0] <= '9':
		for width < len(s) && width < 9 && s[width] >= '0' && s[width] <= '9' {
			width++
		}
		if width == len(s) || s[width] != '.' && s[width] != ')' {
			return 0, 0
		}
		width++
		columns = width
	default:
		for _, bullet := range [...]string{"•", "◦", "‣", "▪"} {
			if bytes.HasPrefix(s, []byte(bullet)) {
				width, columns = len(bullet), 1
			}
		}
	}
	if width < len(s) && s[width] != ' ' && s[width] != '\t' {
		return 0, 0
	}
	return width, columns
}

// checkbox is the length of "[ ] " or "[x] " at the start of s, or 0.
func checkbox(s []byte) int {
	if len(s) < 3 || s[0] != '[' || s[1] != ' ' && s[1] != 'x' && s[1] != 'X' || s[2] != ']' {
		return 0
	}
	if len(s) == 3 {
		return 3
	}
	if s[3] != ' ' && s[3] != '\t' {
		return 0
	}
	return 4
}
