// Package refs reads references to other work out of the texts of issues and
// pull requests: which items a text names, and what it says they are to the
// item it belongs to ("blocked by #3", "part of PAY-12").
//
// A text is read in four steps, each linear in its length:
//
//	clean    format characters out, no-break spaces and line ends made plain
//	blocks   lines, list items and headings; code, quotes and comments masked
//	tokens   words, references and signs of one line
//	clauses  keyword, what stands before it, and the references after it
//
// The grammar is deliberately narrow. A keyword counts only where a clause
// starts, after words like "this is"; any other subject, and any question, leaves
// the reference a plain relation, so that a sentence about something else never
// makes work look blocked.
package refs

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/waitgraph/waitgraph/model"
)

// Markup is the language a text is written in.
type Markup int

// The two markups read.
const (
	Markdown Markup = iota // GitHub
	Wiki                   // Jira, as its version 2 API serves texts
)

// Place is the part of an item a text is from.
type Place int

// The places of texts. Titles and branch names are read as plain text.
const (
	Title Place = iota
	Body
	Comment
	Branch
)

// Text is one piece of an item's text to read.
type Text struct {
	Markup Markup
	Place  Place
	Text   string
	// Pull tells that the text is of a pull request: closing verbs implement, and
	// so do Jira keys in its title and branch.
	Pull bool
	// Repository is the owner/name that completes "#12" and "GH-12"; "" in Jira,
	// where "#12" is no reference and GH-12 is a key like any other.
	Repository string
	// Self is the item's own key (PAY-12 or owner/name#12), which is never a
	// reference. A URL with that key is returned all the same: only who knows the
	// trackers' hosts can tell whether it is this item or its namesake.
	Self string
}

// Finding is one reference.
type Finding struct {
	Kind model.Kind
	// Reverse is as in model.Claim: "blocked by X" is of kind Blocks with X the blocker.
	Reverse bool
	// Target has Host and Key when the reference is a URL (Host with any path
	// before /browse/, lower case), else Key alone. A Jira key is in upper case,
	// owner/name as written.
	Target model.Target
	// Withdraws is set on negated and struck references: such a finding claims
	// nothing and takes back what earlier text of the item says of the target. Its
	// Kind is Relates.
	Withdraws bool
	// Offset is where the reference starts, in bytes of Text.Text.
	Offset int
}

// Read returns the references of one text in reading order, a target as often
// as it is named. Everything shaped like a key is returned (UTF-8 too), and
// every URL with the path of an issue, a pull request or a Jira issue whatever
// its host: which projects and hosts exist is not known here. Read never fails.
func Read(t Text) []Finding {
	if t.Place != Branch && !May(t.Text) {
		return nil
	}
	text, cuts := clean(t.Text)
	var found []Finding
	if t.Place == Branch {
		found = readBranch(text, t.Pull)
	} else {
		r := reader{source: t, scanner: scanner{text: text, wiki: t.Markup == Wiki, repository: t.Repository}}
		r.revert = t.Place == Title && strings.HasPrefix(t.Text, `Revert "`)
		for _, l := range layOut(text, t) {
			r.line(l)
		}
		found = r.found
	}
	kept := found[:0]
	for _, f := range found {
		if f.Target.Host == "" && strings.EqualFold(f.Target.Key, t.Self) {
			continue
		}
		f.Offset = origin(cuts, f.Offset)
		kept = append(kept, f)
	}
	return kept
}

// May tells whether a text has something of the shape of a reference, or a
// character where a format character may hide that. Read finds nothing in a text
// but a branch name, and in a line of it seldom anything to read, where it does not.
func May[T string | []byte](text T) bool {
	for i := 1; i < len(text); i++ {
		c := text[i]
		if c > '9' || c < '1' {
			continue
		}
		switch before := text[i-1]; {
		case before == '#', before >= utf8.RuneSelf:
			return true
		case before == '/': // of "/issues/12" or "/pull/12"
			if i > 1 && (text[i-2] == 's' || text[i-2] == 'l' || text[i-2] >= utf8.RuneSelf) {
				return true
			}
		case before == '-':
			if mayEndKey(text[:i-1]) {
				return true
			}
		}
	}
	return false
}

// mayEndKey tells whether a text ends with what may be the project of a key: in
// capitals but after a slash, where an address may have it in either case.
func mayEndKey[T string | []byte](text T) bool {
	start, small := len(text), false
	for start > 0 && (isAlnum(text[start-1]) || text[start-1] == '_') {
		start--
		small = small || text[start] >= 'a'
	}
	if start > 0 && (text[start-1] >= utf8.RuneSelf || text[start-1] == '/') {
		return true
	}
	for start < len(text) && text[start] == '_' { // emphasis
		start++
	}
	word := text[start:]
	if len(word) == 2 && word[0]|0x20 == 'g' && word[1]|0x20 == 'h' { // GH-12, as GitHub reads it
		return true
	}
	return !small && len(word) > 1 && word[0] >= 'A'
}

// line is one line of a text as the grammar sees it.
type line struct {
	// start is behind the marks of list items, checkboxes and headings.
	start, end int
	// depth of the list item that starts here, 1 the outermost; 0 when none does.
	depth int
	// first tells that a paragraph starts here: nothing inline runs into it.
	first bool
}

// layOut finds the lines of a text and masks what is not to be read.
func layOut(text []byte, t Text) []line {
	switch {
	case t.Place == Title:
		if t.Markup == Markdown {
			maskInline(text)
		}
		return plainLines(text)
	case t.Markup == Wiki:
		maskWiki(text)
		return wikiLines(text)
	}
	lines := markdownLines(text)
	for from := 0; from < len(lines); {
		to := from + 1
		for to < len(lines) && !lines[to].first {
			to++
		}
		maskInline(text[lines[from].start:lines[to-1].end])
		from = to
	}
	return lines
}

// plainLines are the lines of a text without structure.
func plainLines(text []byte) []line {
	lines := make([]line, 0, bytes.Count(text, []byte{'\n'})+1)
	for start := 0; start <= len(text); {
		end := lineEnd(text, start)
		lines = append(lines, line{start: start, end: end, first: true})
		start = end + 1
	}
	return lines
}

// lineEnd is the offset of the line feed that ends the line at i, or of the end.
func lineEnd(text []byte, i int) int {
	if n := bytes.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(text)
}
