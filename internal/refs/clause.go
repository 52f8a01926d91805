package refs

import (
	"bytes"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// reader reads the clauses of a text line by line.
type reader struct {
	scanner
	source Text
	revert bool // a title that takes something back
	below  below
	found  []Finding
	tokens []token // of the line
	asks   []bool  // whether the clause that goes on at a token ends as a question; nil if none does
}

// below is the statement that the list items below a line take.
type below struct {
	statement
	open  bool
	depth int // of its items, 0 before the first
}

// clause is what is known of the clause read so far.
type clause struct {
	// open: only words of the closed list stood in it, so that a keyword counts.
	open bool
	// negated: "not" or "no longer" stands before what comes.
	negated bool
	// inverted: it began with "is this", which is a question even without its mark.
	inverted bool
	// ended: a sentence ends here if a space follows.
	ended bool
	// last is the word just read, wordOther after a sign.
	last word
	// comma: the last sign was a comma.
	comma bool
}

// line reads one line.
func (r *reader) line(l line) {
	if l.first {
		r.struck = false
	}
	if r.idle(l) {
		return
	}
	r.tokens = r.scan(l)
	r.findQuestions()
	c := clause{open: true}
	i := r.item(l)
	if i > 0 {
		c.open = false
	}
	for i < len(r.tokens) {
		if next := r.statement(i, &c); next > i {
			i = next
			continue
		}
		i = r.token(i, &c)
	}
}

// idle tells whether nothing can come of reading a line: it names nothing, ends
// with no keyword, and no list is open that it could end.
func (r *reader) idle(l line) bool {
	s := r.text[l.start:l.end]
	if r.below.open || May(s) || bytes.IndexByte(s, strikeOn) >= 0 || bytes.IndexByte(s, strikeOff) >= 0 {
		return false
	}
	end := len(s)
	for end > 0 && !isAlnum(s[end-1]) {
		end--
	}
	start := end
	for start > 0 && (isAlnum(s[start-1]) || s[start-1] == '-') && end-start <= maxWord {
		start--
	}
	return wordOf(s[start:end]) < wordBlocked
}

// item reads the references at the start of a line if it is one of the list
// items below a statement, and returns what follows them, else 0.
func (r *reader) item(l line) int {
	first := r.skipSpace(0)
	if !r.below.open || first == len(r.tokens) {
		return 0
	}
	if r.below.depth == 0 {
		r.below.depth = l.depth
	}
	if l.depth > r.below.depth {
		return 0
	}
	r.below.open = l.depth > 0 && l.depth == r.below.depth && r.tokens[first].kind == ref
	if !r.below.open {
		return 0
	}
	return r.list(first, r.below.statement)
}

// statement reads a keyword at i with the references after it. It returns i if
// there is none or nothing follows it.
func (r *reader) statement(i int, c *clause) int {
	s, next := r.keyword(i)
	if next == i {
		return i
	}
	counts := c.open || c.negated || s.withdraws
	if c.negated && s.withdraws {
		counts = false // "not unblocked by" says nothing
	}
	first := r.skipSpace(next)
	if c.negated || r.tokens[i].struck {
		s = statement{kind: model.Relates, withdraws: true}
	}
	if !c.negated && r.tokens[i].struck && first < len(r.tokens) && r.tokens[first].struck {
		s.withdraws = false // the strike may end within the list
	}
	if first == len(r.tokens) {
		if counts && !c.inverted {
			r.below = below{statement: s, open: true}
		}
		return first
	}
	if r.tokens[first].kind != ref {
		*c = clause{}
		return next
	}
	if !counts || c.inverted || r.asksAt(r.listEnd(first)) {
		if s.kind == model.Implements {
			*c = clause{} // an ordinary word: "the fixed PAY-12"
			return next
		}
		s = statement{kind: model.Relates}
	}
	*c = clause{}
	return r.list(first, s)
}

// keyword reads a keyword with its colon at i, and returns what follows it, or i.
func (r *reader) keyword(i int) (statement, int) {
	if r.tokens[i].word < wordBlocked {
		return statement{}, i
	}
	second := wordOther
	j := r.skipSpace(i + 1)
	if j > i+1 && j < len(r.tokens) {
		second = r.tokens[j].word
	}
	s, words, needsColon := phrase(r.tokens[i].word, second)
	if words == 0 || s.kind == model.Implements && !r.source.Pull {
		return statement{}, i
	}
	next := i + 1
	if words == 2 {
		next = j + 1
	}
	if k := r.skipSpace(next); k < len(r.tokens) && r.tokens[k].sign == ':' {
		return s, k + 1
	}
	if needsColon {
		return statement{}, i
	}
	return s, next
}

// token reads what is no statement: one token, or a few words that go together.
func (r *reader) token(i int, c *clause) int {
	t := r.tokens[i]
	switch t.kind {
	case space:
		if c.ended || r.dashed(i) {
			*c = clause{open: true}
		}
		return i + 1
	case sign:
		r.sign(i, c)
		return i + 1
	case text:
		return r.word(i, c)
	case ref:
		if !r.ranks(i) {
			r.add(t, statement{kind: r.plainKind(r.targets[t.target])})
		}
	}
	*c = clause{}
	return i + 1
}

// sign reads a sign: some start a clause, or end one where a space follows.
func (r *reader) sign(i int, c *clause) {
	last := c.last
	*c = clause{open: c.open, ended: c.ended, inverted: c.inverted}
	switch r.tokens[i].sign {
	case ';', '(', '[', '{', '|', newClause:
		*c = clause{open: true}
	case '.', '!', '?':
		*c = clause{ended: !r.abbreviated(i)}
	case ')', ']', '"', '\'':
		c.open = false // the sentence may have ended before it
	case ',':
		c.ended, c.comma = false, true
		c.open = c.open && last != wordOther
	case ':':
		c.ended = false
		c.open = c.open && last == wordNote
	default:
		*c = clause{}
	}
}

// word reads a word, and tells what it makes of the clause.
func (r *reader) word(i int, c *clause) int {
	w, next := r.tokens[i].word, i+1
	j := r.skipSpace(next)
	following := wordOther
	if j > next && j < len(r.tokens) {
		following = r.tokens[j].word
	}
	was := *c
	*c = clause{inverted: was.inverted, last: w}
	switch w {
	case wordSince, wordSo:
		c.open = was.comma && (following == wordThis || following == wordIt) || w == wordSo && was.open
	case wordThis, wordIt:
		c.open = was.open
		c.inverted = was.inverted || was.open && was.last == wordIs
	case wordArticle, wordAdverb:
		c.open, c.negated = was.open, was.negated
	case wordIs, wordAnd, wordBut, wordNoun:
		c.open = was.open
	case wordPull:
		if c.open = was.open && following == wordRequest; c.open {
			next, c.last = j+1, wordNoun
		}
	case wordNote:
		c.open = was.open && next < len(r.tokens) && r.tokens[next].sign == ':'
	case wordNot:
		c.negated = true
	case wordNo:
		if c.negated = following == wordLonger; c.negated {
			next = j + 1
		}
	default:
		c.last = wordOther
	}
	return next
}

// list adds the references at i, separated as a list is, and returns what follows them.
func (r *reader) list(i int, s statement) int {
	end := r.listEnd(i)
	if s.kind != model.Relates && r.asksAt(end) {
		s = statement{kind: model.Relates}
	}
	for ; i < end; i++ {
		if r.tokens[i].kind == ref {
			r.add(r.tokens[i], s)
		}
	}
	return end
}

// listEnd is what follows the list of references at i.
func (r *reader) listEnd(i int) int {
	end := i
	for ; i < len(r.tokens); i++ {
		switch t := r.tokens[i]; {
		case t.kind == ref:
			end = i + 1
		case t.kind == space || t.word == wordAnd || t.sign == ',' || t.sign == ';' || t.sign == '&' || t.sign == '+':
		default:
			return end
		}
	}
	return end
}

// plainKind is the kind of a reference without a keyword.
func (r *reader) plainKind(t model.Target) model.Kind {
	if r.source.Pull && r.source.Place == Title && strings.IndexByte(t.Key, '#') < 0 {
		return model.Implements
	}
	return model.Relates
}

// add records what a statement says of one reference.
func (r *reader) add(t token, s statement) {
	switch {
	case t.struck || s.withdraws:
		s = statement{kind: model.Relates, withdraws: true}
	case r.revert && s.kind == model.Implements:
		s.kind = model.Relates
	}
	r.found = append(r.found, Finding{Kind: s.kind, Reverse: s.reverse, Withdraws: s.withdraws, Target: r.targets[t.target], Offset: t.start})
}

// ranks tells whether the reference at i is no reference but a rank: "our #1 complaint".
func (r *reader) ranks(i int) bool {
	if i < 2 || i+2 >= len(r.tokens) || r.tokens[i+1].start-r.tokens[i].start != 2 || string(r.text[r.tokens[i].start:r.tokens[i+1].start]) != "#1" {
		return false
	}
	owner, noun := r.tokens[i-2], r.tokens[i+2]
	if owner.kind != text || r.tokens[i-1].kind != space || r.tokens[i+1].kind != space || noun.kind != text || noun.word != wordOther && noun.word != wordNoun {
		return false
	}
	switch strings.ToLower(string(r.text[owner.start:r.tokens[i-1].start])) {
	case "the", "my", "our", "your", "his", "her", "its", "their":
		return true
	}
	return false
}

func (r *reader) skipSpace(i int) int {
	for i < len(r.tokens) && r.tokens[i].kind == space {
		i++
	}
	return i
}

// dashed tells whether the space at i stands behind a dash with a space, or
// nothing, before it.
func (r *reader) dashed(i int) bool {
	return i > 0 && r.tokens[i-1].kind == sign && r.tokens[i-1].sign == dashSign && (i == 1 || r.tokens[i-2].kind == space)
}

// abbreviated tells whether the stop at i ends an abbreviation that never ends a sentence.
func (r *reader) abbreviated(i int) bool {
	if i == 0 || r.tokens[i-1].kind != text {
		return false
	}
	start, end := r.tokens[i-1].start, r.tokens[i].start
	switch string(r.text[start:min(end, start+4)]) {
	case "e.g", "i.e", "cf", "vs", "E.g", "I.e", "Cf":
		return true
	}
	return false
}
