package jira

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner walks over a JSON text. Most of what trackers answer is not read, and
// no value is made of that.
//
// Each method takes the value the scanner stands before. null is the zero value
// of what is wanted; anything else of another kind is an error, after which
// nothing is taken any more.
type scanner struct {
	text  []byte
	json  *jsontext.Decoder
	err   error
	words map[string]string // for word
}

func newScanner(text []byte) *scanner {
	// What a tracker says twice, or not in UTF-8, is no reason to lose a page.
	return &scanner{text: text, json: jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
}

// errNoJSON tells that no more can be read of a text.
var errNoJSON = errors.New("no JSON")

func (s *scanner) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// must takes the decoder's error.
func (s *scanner) must(err error) {
	if err != nil {
		s.fail(fmt.Errorf("%w: %w", errNoJSON, err))
	}
}

// kind tells whether a value of a kind begins here. If it is null that is passed;
// if it is another that is an error.
func (s *scanner) kind(want jsontext.Kind, name string) bool {
	if s.err != nil {
		return false
	}
	switch s.json.PeekKind() {
	case want:
		return true
	case 'n':
		s.skip()
	default:
		if s.skip(); s.err == nil {
			s.fail(fmt.Errorf("%s expected before byte %d", name, s.json.InputOffset()))
		}
	}
	return false
}

// object calls member before each value of an object, with its name.
func (s *scanner) object(member func(name []byte)) {
	if s.kind('{', "an object") {
		s.elements(func() {
			name, escaped := s.quoted()
			if escaped {
				name = []byte(s.unquote(name))
			}
			member(name)
		})
	}
}

// list calls element before each value of a list.
func (s *scanner) list(element func()) {
	if s.kind('[', "a list") {
		s.elements(element)
	}
}

// elements calls each before each element of what the bracket at hand opens.
func (s *scanner) elements(each func()) {
	s.token()
	for s.err == nil {
		switch s.json.PeekKind() {
		case '}', ']', 0:
			s.token()
			return
		}
		each()
	}
}

func (s *scanner) token() {
	_, err := s.json.ReadToken()
	s.must(err)
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
	word := s.meaning(content, escaped)
	if s.words == nil {
		s.words = map[string]string{}
	}
	s.words[string(content)] = word
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
	raw := s.raw()
	if len(raw) < 2 || raw[0] != '"' {
		return nil, false
	}
	content = raw[1 : len(raw)-1]
	return content, bytes.IndexByte(content, '\\') >= 0
}

// unquote is what a string means. Bytes that are not UTF-8 are replaced.
func (s *scanner) unquote(content []byte) string {
	quoted := make([]byte, 0, len(content)+2)
	quoted = append(append(append(quoted, '"'), content...), '"')
	text, _ := jsontext.AppendUnquote(nil, quoted) // what was read has no other errors
	return string(text)
}

// int takes a whole number.
func (s *scanner) int() int {
	if !s.kind('0', "a number") {
		return 0
	}
	n, err := strconv.Atoi(string(s.raw()))
	if err != nil {
		s.fail(fmt.Errorf("a whole number expected before byte %d", s.json.InputOffset()))
	}
	return n
}

// bool takes true or false.
func (s *scanner) bool() bool {
	if s.err == nil && s.json.PeekKind() == 't' {
		s.skip()
		return true
	}
	if s.kind('f', "true or false") {
		s.skip()
	}
	return false
}

// raw takes any value as it is written: a part of the text.
func (s *scanner) raw() []byte {
	if s.err != nil {
		return nil
	}
	value, err := s.json.ReadValue()
	if err != nil {
		s.must(err)
		return nil
	}
	end := int(s.json.InputOffset())
	return s.text[end-len(value) : end]
}

// skip passes over any value.
func (s *scanner) skip() {
	if s.err == nil {
		s.must(s.json.SkipValue())
	}
}

// leave forgets an error that is not of the text, and passes over the rest of
// what is open deeper than a depth.
func (s *scanner) leave(depth int) {
	s.err = nil
	for s.err == nil && s.json.StackDepth() > depth {
		if kind := s.json.PeekKind(); kind == '}' || kind == ']' {
			s.token()
		} else {
			s.skip()
		}
	}
}

// end is the error if there was one; nothing may follow.
func (s *scanner) end() error {
	if s.err == nil {
		if _, err := s.json.ReadToken(); !errors.Is(err, io.EOF) {
			s.must(cmp.Or(err, errors.New("something follows")))
		}
	}
	return s.err
}
