package jira

import (
	"strings"
	"unicode/utf8"

	"github.com/waitgraph/waitgraph/model"
)

// Role is what a link phrase says of the issue it is read on: "this blocks that".
type Role string

// relation is a role as a claim has it.
type relation struct {
	kind    model.Kind
	reverse bool
}

var roles = map[Role]relation{
	"blocks":        {model.Blocks, false},
	"blocked_by":    {model.Blocks, true},
	"child_of":      {model.Parent, false},
	"parent_of":     {model.Parent, true},
	"duplicates":    {model.Duplicates, false},
	"duplicated_by": {model.Duplicates, true},
	"mirrors":       {model.Mirrors, false},
	"relates":       {model.Relates, false},
}

// usualPhrases are the phrases whose meaning does not depend on the site. Sites
// use "is dependent of" and "is gated by" for either direction, so they are not
// among them.
var usualPhrases = map[Role][]string{
	"blocks": {
		"blocks", "is depended on by", "is depended upon by", "is depended by", "is required by",
		"has to be done before", "has to be finished before",
	},
	"blocked_by": {
		"is blocked by", "blocked by", "depends on", "depends upon", "is dependent on", "requires",
		"has to be done after", "has to be finished after",
	},
	"child_of":      {"is child of", "is a child of", "child of", "is child task of", "has parent"},
	"parent_of":     {"is parent of", "is a parent of", "is the parent of", "parent of", "is parent task of", "has child"},
	"duplicates":    {"duplicates", "is duplicate of", "is a duplicate of"},
	"duplicated_by": {"is duplicated by", "duplicated by"},
	"mirrors":       {"mirrors", "mirrored by", "is mirrored by", "mirrors to"},
	"relates": {
		"relates to", "is related to", "relates", "related to",
		"causes", "is caused by", "caused by",
		"clones", "is cloned by", "cloned by", "is cloned from", "is cloned into",
		"includes", "is included by", "is included in",
		"triggers", "is triggered by", "triggered by", "is triggering",
	},
}

// phrasebook maps folded phrases to relations.
type phrasebook map[string]relation

// newPhrasebook lays the configured phrases over the usual ones.
func newPhrasebook(configured map[string]Role) phrasebook {
	b := phrasebook{}
	for role, phrases := range usualPhrases {
		for _, p := range phrases {
			b[p] = roles[role]
		}
	}
	for p, role := range configured {
		b[fold(p)] = roles[role]
	}
	return b
}

// read tells what a phrase means; known is false for one that neither the
// config nor the defaults have.
func (b phrasebook) read(phrase string) (r relation, known bool) {
	if r, known = b[fold(phrase)]; known {
		return r, true
	}
	return roles["relates"], false
}

// fold makes names comparable: lower case, single spaces, straight apostrophes.
func fold(s string) string {
	if ordinary(s) {
		return strings.ToLower(s)
	}
	s = strings.Join(strings.Fields(strings.ToLower(s)), " ")
	return apostrophes.Replace(s)
}

// ordinary tells whether a name is of plain characters with single spaces, as most are.
func ordinary(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= utf8.RuneSelf || c == '`' || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' '
}

var apostrophes = strings.NewReplacer("\u2019", "'", "\u2018", "'", "\u02bc", "'", "\u00b4", "'", "`", "'")
