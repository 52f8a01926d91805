package jira

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// scanner walks over a JSON text. Most of what trackers answer is not read, and
// that is passed over many bytes at a time and without a value being made.
//
// Each method takes the value the scanner stands before. null is the zero value
// of what is wanted; anything else of another kind is an error, after which the
// scanner stands at an end.
type scanner struct {
	text  []byte
	at    int
	depth int
	err   error
	words map[string]string // for word
}

// syntaxError tells that a text is no JSON.
type syntaxError struct {
	at   int
	what string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("no JSON at byte %d: %s", e.at, e.what) }

// deepest is how deep values may be nested.
const deepest = 1000

func (s *scanner) fail(err error) {
	if s.err == nil {
		s.err = err
	}
	s.text, s.at = nil, 0
}

func (s *scanner) malformed(what string) { s.fail(&syntaxError{s.at, what}) }

// peek passes white space and returns the byte behind it, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		if c := s.text[s.at]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// kind tells whether a value of a kind begins here, which its first byte tells.
// If it is null that is passed; if it is another that is an error.
func (s *scanner) kind(first byte, name string) bool {
	switch s.peek() {
	case first:
		return true
	case 'n':
		s.literal("null")
	default:
		at := s.at
		if s.skip(); s.err == nil {
			s.fail(fmt.Errorf("%s expected at byte %d", name, at))
		}
	}
	return false
}

// object calls member before each value of an object, with its name; nil passes over them.
func (s *scanner) object(member func(name []byte)) {
	if s.kind('{', "an object") {
		s.elements('}', func() {
			if s.peek() != '"' {
				s.malformed("a name is missing")
				return
			}
			name, escaped := s.quoted()
			if s.peek() != ':' {
				s.malformed("a colon is missing")
				return
			}
			s.at++
			switch {
			case member == nil:
				s.skip()
			case escaped:
				member([]byte(s.unquote(name)))
			default:
				member(name)
			}
		})
	}
}

// list calls element before each value of a list; nil passes over them.
func (s *scanner) list(element func()) {
	if s.kind('[', "a list") {
		if element == nil {
			element = s.skip
		}
		s.elements(']', element)
	}
}

// elements calls each before each element of what the bracket at hand opens.
func (s *scanner) elements(end byte, each func()) {
	if s.depth++; s.depth > deepest {
		s.malformed("nested too deep")
		return
	}
	s.at++
	if s.peek() != end {
		for each(); s.peek() == ','; each() {
			s.at++
		}
	}
	if s.peek() != end {
		s.malformed("a comma or bracket is missing")
		return
	}
	s.at++
	s.depth--
}

// string takes a string.
func (s *scanner) string() string {
	if !s.kind('"', "a string") {
		return ""
	}
	return s.meaning(s.quoted())
}

// word takes a string of which a text has many alike, which share their memory.
func (s *scanner) word() string {
	if !s.kind('"', "a string") {
		return ""
	}
	content, escaped := s.quoted()
	if word, ok := s.words[string(content)]; ok {
		return word
	}
	written := string(content)
	word := written
	if escaped || !utf8.Valid(content) {
		word = s.unquote(content)
	}
	if s.words == nil {
		s.words = map[string]string{}
	}
	s.words[written] = word
	return word
}

// meaning is what a string means that was taken as it is written.
func (s *scanner) meaning(content []byte, escaped bool) string {
	if escaped || !utf8.Valid(content) {
		return s.unquote(content)
	}
	return string(content)
}

// quoted takes a string as it is written, without its quotes, and tells whether
// there are escapes in it.
func (s *scanner) quoted() (content []byte, escaped bool) {
	start := s.at + 1
	for i := start; ; {
		i += plain(s.text[i:])
		if i >= len(s.text) {
			s.malformed("a string does not end")
			return nil, false
		}
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return s.text[start:i], escaped
		case c == '\\':
			escaped = true
			n := escape(s.text[i:])
			if n == 0 {
				s.at = i
				s.malformed("no such escape")
				return nil, false
			}
			i += n
		case c < ' ':
			s.at = i
			s.malformed("a control character in a string")
			return nil, false
		default:
			i++
		}
	}
}

const ones = 0x0101010101010101

// plain is how many bytes at least stand before the first quote, backslash or
// control character. It looks at eight at once: (x-ones*n) &^ x has the high bit
// of the lowest byte below n set (Warren, Hacker's Delight, 6-1).
func plain(text []byte) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		x := binary.LittleEndian.Uint64(text[i:])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		if found := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x) & (ones * 0x80); found != 0 {
			break
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// escape is the length of the escape at the start of a text, 0 if it is none.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(text) < 6 {
			return 0
		}
		if _, err := strconv.ParseUint(string(text[2:6]), 16, 16); err == nil {
			return 6
		}
	}
	return 0
}

// unescaped are the bytes that short escapes stand for.
var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unquote is what a string means. Bytes that are not UTF-8 are replaced.
func (s *scanner) unquote(content []byte) string {
	text := make([]byte, 0, len(content))
	for rest := content; ; {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 {
			text = append(text, rest...)
			break
		}
		c := unescaped[rest[i+1]]
		if c == 0 { // the escape of a character by its number
			return s.unquoteAll(content)
		}
		text = append(append(text, rest[:i]...), c)
		rest = rest[i+2:]
	}
	if !utf8.Valid(text) {
		return s.unquoteAll(content)
	}
	return string(text)
}

// unquoteAll does what unquote does, and takes its time.
func (s *scanner) unquoteAll(content []byte) string {
	var text string
	if err := json.Unmarshal(slices.Concat([]byte{'"'}, content, []byte{'"'}), &text); err != nil {
		s.fail(err)
	}
	return text
}

// int takes a whole number.
func (s *scanner) int() int {
	if c := s.peek(); c != '-' && (c < '0' || c > '9') {
		s.kind('0', "a number")
		return 0
	}
	at := s.at
	n, err := strconv.Atoi(string(s.raw()))
	if err != nil && s.err == nil {
		s.fail(fmt.Errorf("a whole number expected at byte %d", at))
	}
	return n
}

// bool takes true or false.
func (s *scanner) bool() bool {
	if s.peek() == 't' {
		s.literal("true")
		return s.err == nil
	}
	if s.kind('f', "true or false") {
		s.literal("false")
	}
	return false
}

// raw takes any value as it is written.
func (s *scanner) raw() []byte {
	s.peek()
	text, start := s.text, s.at
	if s.skip(); s.err != nil {
		return nil
	}
	return text[start:s.at]
}

// skip passes over any value.
func (s *scanner) skip() {
	switch c := s.peek(); c {
	case '{':
		s.object(nil)
	case '[':
		s.list(nil)
	case '"':
		s.quoted()
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.number()
	}
}

func (s *scanner) literal(word string) {
	if !bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		s.malformed("no value")
		return
	}
	s.at += len(word)
}

// number passes over a number.
func (s *scanner) number() {
	digits := func() bool {
		start := s.at
		for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
			s.at++
		}
		return s.at > start
	}
	sign := func(signs string) bool {
		if s.at < len(s.text) && bytes.IndexByte([]byte(signs), s.text[s.at]) >= 0 {
			s.at++
			return true
		}
		return false
	}
	sign("-")
	if zero := s.at; !digits() || s.text[zero] == '0' && s.at > zero+1 {
		s.malformed("no value")
		return
	}
	if sign(".") && !digits() {
		s.malformed("a number without its fraction")
		return
	}
	if sign("eE") {
		if sign("+-"); !digits() {
			s.malformed("a number without its exponent")
		}
	}
}

// end tells that nothing may follow, and the error if there was one.
func (s *scanner) end() error {
	if s.peek(); s.at < len(s.text) {
		s.malformed("something follows")
	}
	return s.err
}
