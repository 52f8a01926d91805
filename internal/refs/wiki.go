package refs

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maskWiki masks code, quotes, comments, images and macros in Jira's wiki text
// and marks what is struck through
// (https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all).
func maskWiki(text []byte) {
	w := wiki{text: text, end: -1}
	for i := 0; i < len(text); {
		if i > w.end { // another line
			w.end, w.strike, w.noMono = lineEnd(text, i), -1, false
			if text[max(i-1, 0)] == '\n' || i == 0 {
				i = w.quote(i)
				continue
			}
		}
		switch text[i] {
		case '\\':
			i = w.escape(i)
		case '{':
			i = w.brace(i)
		case '[':
			i = w.bracket(i)
		case '!':
			i = w.image(i)
		case '-':
			i = w.dash(i)
		case '<':
			i = w.angle(i)
		case 'h':
			i = w.address(i)
		default:
			i++
		}
	}
}

// wiki is a walk over a text.
type wiki struct {
	text []byte
	end  int // of the line
	// strike is where in this line a hyphen stands that may strike through what follows; -1 for none.
	strike int
	// noMono: no monospaced text ends in this line any more; noComment: no comment in the text.
	noMono, noComment bool
}

// quote masks a line that is quoted as a whole: "bq. " is Jira's mark, ">" that
// of mail that was made a comment. It returns the first character left to read.
func (w *wiki) quote(i int) int {
	p, _ := indentation(w.text[:w.end], i)
	if rest := w.text[p:w.end]; len(rest) > 0 && rest[0] == '>' || bytes.HasPrefix(rest, []byte("bq. ")) {
		mask(rest, opaque)
		return w.end
	}
	return p
}

// escape passes a backslash and the mark it makes a plain character; two of them
// break the line.
func (w *wiki) escape(i int) int {
	if i+1 == len(w.text) || w.text[i+1] == '\n' {
		return i + 1
	}
	if w.text[i+1] != '\\' {
		return i + 2
	}
	switch {
	case i+2 == len(w.text) || w.text[i+2] == '\n':
		mask(w.text[i:i+2], hidden)
	case w.text[i+2] == ' ':
		mask(w.text[i:i+2], newClause)
	}
	return i + 2
}

// brace masks the macro at i. Code and quotes go with all they hold, to the end
// when they are not closed; of other macros only the mark itself goes.
func (w *wiki) brace(i int) int {
	end := w.end
	if i+1 < end && w.text[i+1] == '{' {
		if w.noMono {
			return i + 1
		}
		n := bytes.Index(w.text[i+2:end], []byte("}}"))
		if n < 0 {
			w.noMono = true
			return i + 1
		}
		mask(w.text[i:i+n+4], opaque)
		return i + n + 4
	}
	to := i + 1
	for to < end && to-i < 16 && w.text[to] >= 'a' && w.text[to] <= 'z' {
		to++
	}
	name := string(w.text[i+1 : to])
	if to < end && w.text[to] == ':' {
		n := bytes.IndexAny(w.text[to:end], "{}")
		if n < 0 || w.text[to+n] == '{' {
			return to
		}
		to += n
	}
	if to == end || w.text[to] != '}' {
		return to
	}
	to++
	switch name {
	case "code", "noformat", "quote":
		end = len(w.text)
		if n := bytes.Index(w.text[to:], []byte("{"+name+"}")); n >= 0 {
			end = to + n + len(name) + 2
		}
		mask(w.text[i:end], opaque)
		return end
	case "color", "panel", "section", "column", "anchor", "info", "tip", "note", "warning", "expand", "align":
		mask(w.text[i:to], hidden)
	}
	return to
}

// bracket masks the mention of a person or an attachment at i.
func (w *wiki) bracket(i int) int {
	if i+1 == len(w.text) || w.text[i+1] != '~' && w.text[i+1] != '^' {
		return i + 1
	}
	n := bytes.IndexAny(w.text[i+1:], "[]\n")
	if n < 0 || w.text[i+1+n] != ']' {
		return i + 2
	}
	mask(w.text[i:i+n+2], opaque)
	return i + n + 2
}

// image masks "!name.png!" and "!name.png|width=300!".
func (w *wiki) image(i int) int {
	n := bytes.IndexAny(w.text[i+1:], "!\n")
	if n < 1 || w.text[i+1+n] != '!' {
		return i + 1
	}
	name, _, _ := bytes.Cut(w.text[i+1:i+1+n], []byte("|"))
	dot := bytes.LastIndexByte(name, '.')
	if dot < 1 || name[0] == ' ' || len(name)-dot < 3 || len(name)-dot > 5 || bytes.IndexByte(name[dot:], ' ') >= 0 {
		return i + 1
	}
	mask(w.text[i:i+n+2], opaque)
	return i + n + 2
}

// dash reads a hyphen: "-text-" is struck through when the hyphens embrace it.
func (w *wiki) dash(i int) int {
	n := run(w.text[i:], '-')
	if n > 1 {
		return i + n
	}
	before, _ := utf8.DecodeLastRune(w.text[:i])
	after, _ := utf8.DecodeRune(w.text[i+1:])
	switch {
	case w.strike >= 0 && !blank(before) && !isWordRune(after):
		w.text[w.strike], w.text[i] = strikeOn, strikeOff
		w.strike = -1
	case w.strike < 0 && !blank(after) && mayPrecedeStrike(before):
		w.strike = i
	}
	return i + 1
}

func mayPrecedeStrike(r rune) bool {
	switch r {
	case '(', '[', '{', '*', '_', '+', '"', '\'', '|', '>', ',', ':', ';', hidden, opaque:
		return true
	}
	return blank(r)
}

// angle masks an HTML comment, which Jira would show.
func (w *wiki) angle(i int) int {
	if w.noComment || !bytes.HasPrefix(w.text[i:], []byte("<!--")) {
		return i + 1
	}
	end := commentEnd(w.text, i, -1)
	if end < 0 {
		w.noComment = true
		return i + 1
	}
	mask(w.text[i:end], hidden)
	return end
}

// address passes a URL, whose signs are no marks, but for a hyphen at its end.
func (w *wiki) address(i int) int {
	if schemeLength(w.text[i:]) == 0 {
		return i + 1
	}
	end := i + addressLength(w.text[i:])
	if w.strike >= 0 && w.text[end-1] == '-' {
		end--
	}
	return end
}

// wikiLines are the lines of wiki text.
func wikiLines(text []byte) []line {
	lines := plainLines(text)
	for i := range lines {
		l := &lines[i]
		p := l.start
		for p < l.end && (text[p] == ' ' || text[p] == '\t' || text[p] == hidden) {
			p++
		}
		if width, depth := wikiMark(text[p:l.end]); width > 0 {
			p, l.depth = p+width, depth
			p, _ = indentation(text[:l.end], p)
		} else if rest := text[p:l.end]; len(rest) > 2 && rest[0] == 'h' && rest[1] >= '1' && rest[1] <= '6' && rest[2] == '.' {
			p += 3
		}
		if n := checkbox(text[p:l.end]); n > 0 {
			p += n
			l.depth = max(l.depth, 1)
		}
		l.start = p
	}
	return lines
}

// wikiMark is the length and depth of the list mark at the start of s, or 0.
// Numbers and bullets as in Markdown are no marks to Jira, but people write them.
func wikiMark(s []byte) (width, depth int) {
	for width < len(s) && (s[width] == '*' || s[width] == '#' || s[width] == '-') {
		width++
	}
	if width > 0 {
		if width < len(s) && s[width] != ' ' && s[width] != '\t' || width > 1 && run(s, '-') == width {
			return 0, 0
		}
		return width, width
	}
	if len(s) == 0 {
		return 0, 0
	}
	width, _ = listMark(s)
	return width, min(width, 1)
}

// isWordRune tells whether a character is part of a word. Scripts that are
// written without spaces, or hang their endings on foreign words, do not count:
// a key between them is a word of its own.
func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}
