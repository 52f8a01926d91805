package refs

import (
	"sort"
	"unicode"
	"unicode/utf8"
)

// Bytes that stand for what is not text. Clean text has no control characters
// but tab and line feed, so these are free.
const (
	opaque    = 0x01 // something that is not read: code, a quote, an image
	hidden    = 0x02 // something no reader sees: a comment, a tag, a macro
	strikeOn  = 0x03 // what follows is struck through
	strikeOff = 0x04
	newClause = 0x05 // a tag or a mark that breaks the line
)

// cut tells that from offset at on, clean text is shift bytes behind its source.
type cut struct{ at, shift int }

// clean copies a text without format characters (Unicode Cf), with every kind of
// space a plain one and every line end a line feed.
func clean(s string) ([]byte, []cut) {
	text := make([]byte, 0, len(s))
	var cuts []cut
	shift := 0
	for i := 0; i < len(s); {
		from := i
		for i < len(s) && s[i] < utf8.RuneSelf && (s[i] >= ' ' && s[i] != 0x7f || s[i] == '\n' || s[i] == '\t') {
			i++
		}
		text = append(text, s[from:i]...)
		if i == len(s) {
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		before := len(text)
		switch {
		case r == '\r' && i+1 < len(s) && s[i+1] == '\n':
		case r == '\r':
			text = append(text, '\n')
		case r < utf8.RuneSelf, unicode.IsSpace(r):
			text = append(text, ' ')
		case unicode.Is(unicode.Cf, r):
		default:
			text = append(text, s[i:i+size]...)
		}
		i += size
		if lost := size - (len(text) - before); lost > 0 {
			shift += lost
			cuts = append(cuts, cut{at: len(text), shift: shift})
		}
	}
	return text, cuts
}

// origin is where an offset in clean text was in the source.
func origin(cuts []cut, at int) int {
	n := sort.Search(len(cuts), func(i int) bool { return cuts[i].at > at })
	if n == 0 {
		return at
	}
	return at + cuts[n-1].shift
}

// mask overwrites text with a stand-in, keeping its lines.
func mask(text []byte, with byte) {
	for i := range text {
		if text[i] != '\n' {
			text[i] = with
		}
	}
}
