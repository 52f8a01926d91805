package refs

import (
	"bytes"
	"unicode/utf8"

	"github.com/waitgraph/waitgraph/model"
)

// tokenKind tells what a token is.
type tokenKind uint8

const (
	space tokenKind = iota
	text            // a word
	ref
	sign
	unread // something that is there but not read
)

// Signs that are not what they are written as.
const (
	anySign  = 0
	dashSign = '-' // any dash, or hyphens in a row
	stopSign = '.' // also an ellipsis
)

// token is one piece of a line. It is small because a line may be long.
type token struct {
	kind   tokenKind
	word   word
	sign   byte // anySign, newClause, or an ASCII character
	struck bool
	target int32 // of a ref, in scanner.targets
	start  int
}

// scanner cuts lines into tokens. Emphasis marks give none.
type scanner struct {
	text       []byte
	wiki       bool
	repository string

	tokens  []token
	targets []model.Target
	i, end  int // the rest of the line
	struck  bool
	// brackets are those of the line in the order they open.
	brackets []bracket
	// labels are the open texts of links that lead to no item, the innermost last.
	labels []label
	anchor anchor
}

// bracket is a bracket and the one that closes it, -1 if none does.
type bracket struct{ open, closed int }

// label is the text of a link: at its end the address is passed over.
type label struct{ end, behind int }

// anchor tells whether the text is in an HTML link.
type anchor uint8

const (
	noAnchor      anchor = iota
	anchorToItem         // its text is part of the reference
	anchorForeign        // "#12" in its text means something over there
)

// scan returns the tokens of a line, valid until the next call.
func (s *scanner) scan(l line) []token {
	s.i, s.end = l.start, l.end
	s.tokens, s.targets = s.tokens[:0], s.targets[:0]
	s.brackets, s.labels, s.anchor = s.brackets[:0], s.labels[:0], noAnchor
	if bytes.IndexByte(s.text[s.i:s.end], '[') >= 0 {
		s.pairBrackets()
	}
	for s.i < s.end {
		s.next()
	}
	return s.tokens
}

// next reads one token or mark.
func (s *scanner) next() {
	for n := len(s.labels); n > 0 && s.labels[n-1].end < s.i; n-- {
		s.labels = s.labels[:n-1]
	}
	rest := s.text[s.i:s.end]
	switch c := rest[0]; c {
	case ' ', '\t', '\n', hidden:
		s.add(token{kind: space}, 1)
	case opaque:
		s.add(token{kind: unread}, run(rest, opaque))
	case strikeOn:
		s.struck = true
		s.i++
	case strikeOff:
		s.struck = false
		s.i++
	case '*', '_':
		s.i += run(rest, c)
	case '+':
		s.plus()
	case '&':
		s.ampersand()
	case '<':
		s.angle()
	case '[':
		s.bracket()
	case ']', '|':
		if n := len(s.labels); n > 0 && s.i == s.labels[n-1].end {
			s.add(token{kind: sign, sign: ']'}, s.labels[n-1].behind-s.i)
			return
		}
		s.add(token{kind: sign, sign: c}, 1)
	case '!':
		if !s.wiki && len(rest) > 1 && rest[1] == '[' {
			if end := s.image(); end > 0 {
				s.add(token{kind: unread}, end-s.i)
				return
			}
		}
		s.add(token{kind: sign, sign: c}, 1)
	case '-':
		s.add(token{kind: sign, sign: dashSign}, run(rest, '-'))
	default:
		s.wordOrSign(rest)
	}
}

// add appends a token of n bytes. Spaces run together, and what is in an HTML
// link to an item is part of that one reference.
func (s *scanner) add(t token, n int) {
	t.start, t.struck = s.i, s.struck
	s.i += n
	if s.anchor == anchorToItem {
		return
	}
	if last := len(s.tokens) - 1; t.kind == space && last >= 0 && s.tokens[last].kind == space {
		return
	}
	s.tokens = append(s.tokens, t)
}

// refer appends a reference of n bytes.
func (s *scanner) refer(target model.Target, n int) {
	t := token{kind: ref, target: int32(len(s.targets))}
	s.targets = append(s.targets, target)
	s.add(t, n)
}

// wordOrSign reads a URL, a word or a sign.
func (s *scanner) wordOrSign(rest []byte) {
	if schemeLength(rest) > 0 {
		s.address(rest)
		return
	}
	if n := wordLength(rest); n > 0 {
		if n > 4 && string(rest[:4]) == "www." {
			s.add(token{kind: unread}, addressLength(rest))
			return
		}
		s.wholeWord(rest[:n])
		return
	}
	r, size := utf8.DecodeRune(rest)
	switch {
	case r == '–' || r == '—' || r == '―' || r == '‒':
		s.add(token{kind: sign, sign: dashSign}, size)
	case r == '…':
		s.add(token{kind: sign, sign: stopSign}, size)
	case r < utf8.RuneSelf:
		s.add(token{kind: sign, sign: byte(r)}, size)
	default:
		s.add(token{kind: sign, sign: anySign}, size)
	}
}

// address adds the URL that begins here, as a reference if it is one. Only the
// head of a URL is looked at before it is clear that all of it is passed.
func (s *scanner) address(rest []byte) {
	head := rest[:min(len(rest), maxAddress)]
	n := addressLength(head)
	target, length, ok := urlTarget(rest[:n])
	if ok && length < n {
		s.refer(target, length)
		return
	}
	if len(head) < len(rest) {
		n = addressLength(rest)
	}
	if ok {
		s.refer(target, n)
		return
	}
	s.add(token{kind: unread}, n)
}

// wholeWord adds a word, as a reference if the whole of it is one, or as several
// with slashes between them. A possessive ending is no part of it.
func (s *scanner) wholeWord(w []byte) {
	end := s.i + len(w)
	name := w
	for _, ending := range [...]string{"'s", "’s"} {
		name = bytes.TrimSuffix(name, []byte(ending))
	}
	if target, ok := s.bare(name); ok {
		s.refer(target, len(w))
		return
	}
	if bytes.IndexByte(name, '/') > 0 && s.allBare(name) {
		for {
			part, _, more := bytes.Cut(s.text[s.i:end], []byte("/"))
			target, _ := s.bare(bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("'s")), []byte("’s")))
			s.refer(target, len(part))
			if !more {
				return
			}
			s.add(token{kind: sign, sign: '/'}, 1)
		}
	}
	s.add(token{kind: text, word: wordOf(w)}, len(w))
}

func (s *scanner) bare(w []byte) (model.Target, bool) {
	repository := s.repository
	if s.anchor == anchorForeign || len(s.labels) > 0 {
		repository = ""
	}
	return bareTarget(w, repository)
}

func (s *scanner) allBare(w []byte) bool {
	for part := range bytes.SplitSeq(w, []byte("/")) {
		if _, ok := s.bare(part); !ok {
			return false
		}
	}
	return true
}

// wordLength is the length of the word s begins with, or 0. A word is as long as
// it can be, so that a key in a path, a file name, an assignment, a mail address
// or a longer name is no word of its own: signs between letters or digits belong
// to it, and so do those in front.
func wordLength(s []byte) int {
	n := 0
	if joins(s[0]) && s[0] != '-' && s[0] != '\'' {
		if n = joint(s); n == 0 {
			return 0
		}
	}
	for n < len(s) {
		r, size := rune(s[n]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(s[n:])
		}
		switch {
		case r == '_':
			size = run(s[n:], '_')
			if n == 0 || n+size == len(s) || !startsWord(s[n+size:]) {
				return n
			}
		case isWordRune(r):
		case r == '’' && n > 0 && startsWord(s[n+size:]):
		case r < utf8.RuneSelf && n > 0 && joins(s[n]):
			if size = joint(s[n:]); size == 0 || size == 2 && s[0] == '#' && s[n] == '-' { // "#10-#12" is two
				return n
			}
		default:
			return n
		}
		n += size
	}
	return n
}

// joins tells whether a sign can be within a word.
func joins(c byte) bool {
	switch c {
	case '\'', '-', '.', '/', '\\', '@', '$', '%', '=', '#':
		return true
	}
	return false
}

// joint is how many bytes of joining signs s begins with, if a word or a number
// sign with a number goes on behind them and no URL begins there; else 0.
func joint(s []byte) int {
	switch {
	case len(s) < 2 || schemeLength(s[1:]) > 0:
		return 0
	case startsWord(s[1:]):
		return 1
	case s[1] == '#' && len(s) > 2 && isDigit(s[2]) && s[0] != '\'' && s[0] != '$' && s[0] != '%':
		return 2
	}
	return 0
}

// startsWord tells whether s begins with a character of a word, other than one
// that may be an emphasis mark.
func startsWord(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	if s[0] < utf8.RuneSelf {
		return s[0] != '_' && isWordRune(rune(s[0]))
	}
	r, _ := utf8.DecodeRune(s)
	return isWordRune(r)
}
