package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one thing that is wrong in a configuration file.
type Problem struct {
	File    string
	Line    int // from 1
	Column  int // from 1, in characters
	Message string
}

// String is the form file:line:column: message.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Warning is something in a configuration file that is allowed and probably not meant.
type Warning Problem

// String is the form file:line:column: warning: message.
func (w Warning) String() string {
	return fmt.Sprintf("%s:%d:%d: warning: %s", w.File, w.Line, w.Column, w.Message)
}

// Errors is everything that is wrong in a configuration file, in the order of
// the file; never empty where it is returned as an error.
type Errors []Problem

// Error lists the problems, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// within moves a place into the text, for what the parser places nowhere or
// counts by other line ends than an editor does.
func within(lines []string, line, column int) (int, int) {
	line = min(max(line, 1), len(lines))
	return line, min(max(column, 1), utf8.RuneCountInString(lines[line-1])+1)
}

// quote shows a word of the file: escaped, and cut if it is long.
func quote(word string) string {
	const most = 60
	if r := []rune(word); len(r) > most {
		word = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", word)
}

// printable makes one line of a message, whatever of the file a connector put in it.
func printable(message string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, message)
}
