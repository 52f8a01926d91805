package refs

import "github.com/waitgraph/waitgraph/model"

// word is a word of the grammar; other words are all alike.
type word uint8

const (
	wordOther word = iota

	// Words that may stand before a keyword.
	wordThis
	wordIt // and "it's"
	wordArticle
	wordIs // and "are"
	wordAdverb
	wordAnd
	wordBut
	wordSo
	wordNoun
	wordNote // with a colon only
	wordPull // with "request" only
	wordRequest

	// Words that start a clause before "this" and "it"; "so" is one too.
	wordSince

	wordNot
	wordNo
	wordLonger

	// Words of keywords, to the end.
	wordBlocked
	wordUnblocked
	wordDepend
	wordDependent
	wordDependsOn
	wordWaiting
	wordRequires
	wordRequired
	wordBlocks
	wordPart
	wordParent
	wordDuplicate
	wordCloses
	wordBy
	wordOn
	wordUpon
	wordFor
	prepositionOf
	wordFrom
)

// maxWord is the length of the longest word of the grammar in bytes.
const maxWord = 10

// wordOf recognises a word without regard to case.
func wordOf(s []byte) word {
	var lower [maxWord]byte
	if len(s) > len(lower) {
		return wordOther
	}
	for i, c := range s {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	switch string(lower[:len(s)]) {
	case "this":
		return wordThis
	case "it", "it's", "it’s":
		return wordIt
	case "a", "the":
		return wordArticle
	case "is", "are":
		return wordIs
	case "also", "currently", "now", "still", "actually":
		return wordAdverb
	case "and":
		return wordAnd
	case "but":
		return wordBut
	case "so":
		return wordSo
	case "issue", "ticket", "task", "story", "bug", "pr", "change", "feature":
		return wordNoun
	case "note":
		return wordNote
	case "pull":
		return wordPull
	case "request":
		return wordRequest
	case "since", "because", "as":
		return wordSince
	case "not":
		return wordNot
	case "no":
		return wordNo
	case "longer":
		return wordLonger
	case "blocked":
		return wordBlocked
	case "unblocked":
		return wordUnblocked
	case "depend", "depends":
		return wordDepend
	case "dependent":
		return wordDependent
	case "depends-on":
		return wordDependsOn
	case "waiting":
		return wordWaiting
	case "requires":
		return wordRequires
	case "required":
		return wordRequired
	case "blocks":
		return wordBlocks
	case "part":
		return wordPart
	case "parent":
		return wordParent
	case "duplicate":
		return wordDuplicate
	case "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved":
		return wordCloses
	case "by":
		return wordBy
	case "on":
		return wordOn
	case "upon":
		return wordUpon
	case "for":
		return wordFor
	case "of":
		return prepositionOf
	case "from":
		return wordFrom
	}
	return wordOther
}

// statement is what a keyword says of the references after it.
type statement struct {
	kind      model.Kind
	reverse   bool
	withdraws bool
}

// phrase is the statement of a keyword of one or two words, how many words it
// has, and whether it is one only with a colon; 0 words if it is no keyword.
func phrase(first, second word) (s statement, words int, colon bool) {
	blockedBy := statement{kind: model.Blocks, reverse: true}
	switch {
	case first == wordBlocked && (second == wordBy || second == wordOn),
		first == wordDepend && (second == wordOn || second == wordUpon),
		first == wordDependent && second == wordOn,
		first == wordWaiting && (second == wordOn || second == wordFor):
		return blockedBy, 2, false
	case first == wordUnblocked && (second == wordBy || second == wordFrom):
		return statement{kind: model.Relates, withdraws: true}, 2, false
	case first == wordDependsOn:
		return blockedBy, 1, true
	case first == wordRequires:
		return blockedBy, 1, false
	case first == wordBlocks:
		return statement{kind: model.Blocks}, 1, false
	case first == wordRequired && second == wordBy:
		return statement{kind: model.Blocks}, 2, false
	case first == wordPart && second == prepositionOf:
		return statement{kind: model.Parent}, 2, false
	case first == wordParent:
		return statement{kind: model.Parent}, 1, true
	case first == wordDuplicate && second == prepositionOf:
		return statement{kind: model.Duplicates}, 2, false
	case first == wordCloses:
		return statement{kind: model.Implements}, 1, false
	}
	return statement{}, 0, false
}
