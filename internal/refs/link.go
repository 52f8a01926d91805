package refs

import (
	"bytes"
	"sort"

	"github.com/waitgraph/waitgraph/model"
)

// pairBrackets finds which brackets of the line belong together, square and
// round ones apart.
func (s *scanner) pairBrackets() {
	var square, round []int
	for i := s.i; i < s.end; i++ {
		switch s.text[i] {
		case '\\':
			if i+1 < s.end && bytes.IndexByte([]byte("[]()\\"), s.text[i+1]) >= 0 {
				i++
			}
		case '[':
			square = append(square, len(s.brackets))
			s.brackets = append(s.brackets, bracket{i, -1})
		case '(':
			round = append(round, len(s.brackets))
			s.brackets = append(s.brackets, bracket{i, -1})
		case ']':
			square = s.pair(square, i)
		case ')':
			round = s.pair(round, i)
		}
	}
}

// pair closes the innermost open bracket at i.
func (s *scanner) pair(open []int, i int) []int {
	if len(open) == 0 {
		return open
	}
	last := len(open) - 1
	s.brackets[open[last]].closed = i
	return open[:last]
}

// closing is where the bracket at i is closed; -1 if it is not.
func (s *scanner) closing(i int) int {
	n := sort.Search(len(s.brackets), func(k int) bool { return s.brackets[k].open >= i })
	if n == len(s.brackets) || s.brackets[n].open != i {
		return -1
	}
	return s.brackets[n].closed
}

// bracket reads "[": of a Markdown link, of a Jira link, or of nothing. Both
// kinds of link are read in both markups, for people mix them up.
func (s *scanner) bracket() {
	closed := s.closing(s.i)
	if closed < 0 {
		s.add(token{kind: sign, sign: '['}, 1)
		return
	}
	if closed+1 < s.end && s.text[closed+1] == '(' {
		if end := s.closing(closed + 1); end > 0 {
			s.link(s.text[closed+2:end], closed, end+1)
			return
		}
	}
	inner := s.text[s.i+1 : min(closed, s.i+1+maxAddress)]
	if bar := bytes.IndexByte(inner, '|'); bar >= 0 {
		address, _, _ := bytes.Cut(inner[bar+1:], []byte("|"))
		if s.wiki || schemeLength(bytes.TrimSpace(address)) > 0 {
			s.link(address, s.i+1+bar, closed+1)
			return
		}
	} else if s.wiki {
		if target, ok := linkTarget(inner); ok {
			s.refer(target, closed+1-s.i)
			return
		}
	}
	s.add(token{kind: sign, sign: '['}, 1)
}

// link adds a link whose text ends at textEnd and which itself ends at behind:
// one reference if it leads to an item, else its text.
func (s *scanner) link(address []byte, textEnd, behind int) {
	if target, ok := linkTarget(address); ok {
		s.refer(target, behind-s.i)
		return
	}
	s.add(token{kind: sign, sign: '['}, 1)
	s.labels = append(s.labels, label{textEnd, behind})
}

// linkTarget is the target of a link's address.
func linkTarget(address []byte) (model.Target, bool) {
	address = bytes.TrimPrefix(bytes.TrimLeft(address, " \t"), []byte("<"))
	if len(address) > maxAddress || keyLength(address) == 0 && schemeLength(address) == 0 {
		return model.Target{}, false
	}
	if n := bytes.IndexAny(address, "> \t"); n >= 0 {
		address = address[:n] // a title may follow
	}
	if isKey(address) {
		return model.Target{Key: string(address)}, true
	}
	target, length, ok := urlTarget(address)
	return target, ok && length == len(address)
}

// image is where the Markdown image here ends, or 0.
func (s *scanner) image() int {
	closed := s.closing(s.i + 1)
	if closed < 0 || closed+1 >= s.end || s.text[closed+1] != '(' {
		return 0
	}
	return s.closing(closed+1) + 1
}

// angle reads "<": of an address in angle brackets, of an HTML link, or of nothing.
func (s *scanner) angle() {
	rest := s.text[s.i:s.end]
	if n := schemeLength(rest[1:]); n > 0 {
		if end := bytes.IndexAny(rest[1:], "<> \t"); end > 0 && rest[1+end] == '>' {
			target, length, ok := urlTarget(rest[1 : 1+end])
			if ok && length == end {
				s.refer(target, end+2)
			} else {
				s.add(token{kind: unread}, end+2)
			}
			return
		}
	}
	t, ok := readTag(rest)
	if s.wiki || !ok || t.role != tagLink {
		s.add(token{kind: sign, sign: '<'}, 1)
		return
	}
	s.anchor = noAnchor
	if t.closing {
		s.add(token{kind: space}, t.length)
		return
	}
	address := href(rest[:t.length])
	target, ok := linkTarget(address)
	switch {
	case ok:
		s.refer(target, t.length)
		s.anchor = anchorToItem
	default:
		s.add(token{kind: space}, t.length)
		if schemeLength(address) > 0 {
			s.anchor = anchorForeign
		}
	}
}

// plus reads "+": in Jira text also the mark of underlined text, which stands at
// one side of a word.
func (s *scanner) plus() {
	if s.wiki {
		before := s.i == 0 || !startsWord(s.text[s.i-1:s.i])
		after := s.i+1 == s.end || !startsWord(s.text[s.i+1:s.end])
		if before != after {
			s.i++
			return
		}
	}
	s.add(token{kind: sign, sign: '+'}, 1)
}

// ampersand reads "&": of a character written as an entity, or by itself.
func (s *scanner) ampersand() {
	rest := s.text[s.i:s.end]
	n := 1
	if n < len(rest) && rest[n] == '#' {
		n++
	}
	start := n
	for n < len(rest) && n < 10 && isAlnum(rest[n]) {
		n++
	}
	switch {
	case n == start || n == len(rest) || rest[n] != ';':
		s.add(token{kind: sign, sign: '&'}, 1)
	case string(rest[:n]) == "&amp":
		s.add(token{kind: sign, sign: '&'}, n+1)
	case string(rest[:n]) == "&nbsp":
		s.add(token{kind: space}, n+1)
	default:
		s.add(token{kind: sign, sign: anySign}, n+1)
	}
}
