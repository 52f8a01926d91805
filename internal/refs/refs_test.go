package refs_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/internal/refs"
	"github.com/waitgraph/waitgraph/model"
)

// The texts the tables are about.
var (
	issue  = refs.Text{Markup: refs.Markdown, Place: refs.Body, Repository: "acme/app", Self: "acme/app#99"}
	pull   = refs.Text{Markup: refs.Markdown, Place: refs.Body, Repository: "acme/app", Self: "acme/app#99", Pull: true}
	title  = refs.Text{Markup: refs.Markdown, Place: refs.Title, Repository: "acme/app", Self: "acme/app#99", Pull: true}
	branch = refs.Text{Markup: refs.Markdown, Place: refs.Branch, Repository: "acme/app", Self: "acme/app#99", Pull: true}
	jira   = refs.Text{Markup: refs.Wiki, Place: refs.Body, Self: "PAY-99"}
)

// reading is one case: a text, and what is read in it, one finding a line.
type reading struct {
	in   refs.Text
	text string
	want string
}

// say words a finding: "blocked by" is Blocks reversed, a host comes before the key.
func say(f refs.Finding) string {
	words := f.Kind.String()
	switch {
	case f.Withdraws && f.Kind == model.Relates && !f.Reverse:
		words = "withdraws"
	case f.Withdraws:
		words = "withdraws as " + words
	case f.Reverse && f.Kind == model.Blocks:
		words = "blocked by"
	case f.Reverse:
		words = "reverse " + words
	}
	if f.Target.Host != "" {
		words += " " + f.Target.Host
	}
	return words + " " + f.Target.Key
}

func sayAll(found []refs.Finding) string {
	var said []string
	for _, f := range found {
		said = append(said, say(f))
	}
	return strings.Join(said, "\n")
}

func run(t *testing.T, cases []reading) {
	t.Helper()
	for _, c := range cases {
		t.Run("", func(t *testing.T) {
			in := c.in
			in.Text = c.text
			if diff := cmp.Diff(c.want, sayAll(refs.Read(in))); diff != "" {
				t.Errorf("Read(%q) (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

func TestKeywords(t *testing.T) {
	run(t, []reading{
		{issue, "Blocked by #3", "blocked by acme/app#3"},
		{issue, "blocked on #3", "blocked by acme/app#3"},
		{issue, "BLOCKED BY: #3", "blocked by acme/app#3"},
		{issue, "Blocked by : #3", "blocked by acme/app#3"},
		{issue, "Blocked by:#3", "blocked by acme/app#3"},
		{issue, "Blocked  by\t#3", "blocked by acme/app#3"},
		{issue, "Depends on #3", "blocked by acme/app#3"},
		{issue, "Depend on #3", "blocked by acme/app#3"},
		{issue, "depends upon #3", "blocked by acme/app#3"},
		{issue, "Dependent on #3", "blocked by acme/app#3"},
		{issue, "dependent upon #3", "relates acme/app#3"},
		{issue, "Depends-On: #3", "blocked by acme/app#3"},
		{issue, "depends-on:#3", "blocked by acme/app#3"},
		{issue, "Depends-On #3", "relates acme/app#3"},
		{issue, "Waiting on #3", "blocked by acme/app#3"},
		{issue, "Waiting for #3", "blocked by acme/app#3"},
		{issue, "Requires #3", "blocked by acme/app#3"},
		{issue, "Blocks #3", "blocks acme/app#3"},
		{issue, "Required by #3", "blocks acme/app#3"},
		{issue, "Part of #3", "parent acme/app#3"},
		{issue, "Parent: #3", "parent acme/app#3"},
		{issue, "Parent #3", "relates acme/app#3"},
		{issue, "Parent issue: #3", "relates acme/app#3"},
		{issue, "Duplicate of #3", "duplicates acme/app#3"},
		{jira, "Blocked by PAY-1", "blocked by PAY-1"},
		{jira, "Duplicate of PAY-1", "duplicates PAY-1"},
		{jira, "Part of: PAY-1", "parent PAY-1"},

		{issue, "Needs #3", "relates acme/app#3"},
		{issue, "Dependency on #3", "relates acme/app#3"},
		{issue, "Dupe #3", "relates acme/app#3"},
		{issue, "dupe of #3", "relates acme/app#3"},
		{issue, "After #3", "relates acme/app#3"},
		{issue, "#3 is blocking us", "relates acme/app#3"},
		{issue, "Blocking #3", "relates acme/app#3"},
		{issue, "Blocked #3", "relates acme/app#3"},
		{issue, "Depended on #3", "relates acme/app#3"},
		{issue, "Required #3", "relates acme/app#3"},
		{issue, "Waited for #3", "relates acme/app#3"},
		{issue, "This was blocked by #3", "relates acme/app#3"},
		{issue, "Blocked-by: #3", "relates acme/app#3"},
		{issue, "non-blocked by #3", "relates acme/app#3"},
		{issue, "Blocked by#3", ""},
		{issue, "counterpart of #3", "relates acme/app#3"},
	})
}

func TestClosingVerbs(t *testing.T) {
	for verb := range strings.FieldsSeq("close closes closed fix fixes fixed resolve resolves resolved") {
		run(t, []reading{
			{pull, verb + " #3", "implements acme/app#3"},
			{pull, strings.ToUpper(verb) + ": #3", "implements acme/app#3"},
			{issue, verb + " #3", "relates acme/app#3"},
			{jira, verb + " PAY-3", "relates PAY-3"},
		})
	}
	run(t, []reading{
		{pull, "Fixing #3", "relates acme/app#3"},
		{pull, "Closes #3, PAY-4 and acme/api#5", "implements acme/app#3\nimplements PAY-4\nimplements acme/api#5"},
		{pull, "The parser fixes #3", "relates acme/app#3"},
		{pull, "Closes #3?", "relates acme/app#3"},
		{pull, "This does not fix #3", "withdraws acme/app#3"},
		{issue, "The patch did not fix #3", "relates acme/app#3"},
		{pull, "Fixes:\n- #3\n- PAY-4", "implements acme/app#3\nimplements PAY-4"},
	})
}

func TestClauseStarts(t *testing.T) {
	run(t, []reading{
		{issue, "#\nBlocked by&nbsp;#3", "blocked by acme/app#3"},
		{issue, "Some words.\nBlocked by #3", "blocked by acme/app#3"},
		{issue, "Some words\nBlocked by #3", "blocked by acme/app#3"},
		{issue, "- Blocked by #3", "blocked by acme/app#3"},
		{issue, "* Blocked by #3", "blocked by acme/app#3"},
		{issue, "+ Blocked by #3", "blocked by acme/app#3"},
		{issue, "• Blocked by #3", "blocked by acme/app#3"},
		{issue, "12. Blocked by #3", "blocked by acme/app#3"},
		{issue, "1) Blocked by #3", "blocked by acme/app#3"},
		{issue, "  - nested\n    - Blocked by #3", "blocked by acme/app#3"},
		{issue, "- [ ] Blocked by #3", "blocked by acme/app#3"},
		{issue, "- [x] Blocked by #3", "blocked by acme/app#3"},
		{issue, "[ ] Blocked by #3", "blocked by acme/app#3"},
		{issue, "# Blocked by #3", "blocked by acme/app#3"},
		{issue, "###### Blocked by #3 ##", "blocked by acme/app#3"},
		{issue, "| team | Blocked by #3 |", "blocked by acme/app#3"},
		{issue, "Some words (blocked by #3)", "blocked by acme/app#3"},
		{issue, "Some words [blocked by #3]", "blocked by acme/app#3"},
		{issue, "Some words {blocked by #3}", "blocked by acme/app#3"},
		{issue, "Some words. Blocked by #3", "blocked by acme/app#3"},
		{issue, "Some words! Blocked by #3", "blocked by acme/app#3"},
		{issue, "Some words? Blocked by #3", "blocked by acme/app#3"},
		{issue, "Some words… blocked by #3", "blocked by acme/app#3"},
		{issue, "(Some words.) Blocked by #3", "blocked by acme/app#3"},
		{issue, "See `code`. Blocked by #3", "blocked by acme/app#3"},
		{issue, "Some words; blocked by #3", "blocked by acme/app#3"},
		{issue, "Some words - blocked by #3", "blocked by acme/app#3"},
		{issue, "Some words -- blocked by #3", "blocked by acme/app#3"},
		{issue, "Some words – blocked by #3", "blocked by acme/app#3"},
		{issue, "Some words — blocked by #3", "blocked by acme/app#3"},
		{issue, "first line<br>blocked by #3", "blocked by acme/app#3"},
		{issue, "**Blocked by:** #3", "blocked by acme/app#3"},
		{issue, "**Blocked by**: #3", "blocked by acme/app#3"},
		{issue, "_Blocked_ **by** *#3*", "blocked by acme/app#3"},
		{issue, "<b>Blocked by</b> #3", "blocked by acme/app#3"},
		{jira, "h2. Blocked by PAY-1", "blocked by PAY-1"},
		{jira, "*Blocked by:* PAY-1", "blocked by PAY-1"},
		{jira, "_Blocked by_ *PAY-1*", "blocked by PAY-1"},
		{jira, "+Blocked by+ PAY-1", "blocked by PAY-1"},
		{jira, "{color:red}Blocked by{color} PAY-1", "blocked by PAY-1"},
		{jira, "{panel:title=Blocked by PAY-2}Blocked by PAY-1{panel}", "blocked by PAY-1"},
		{jira, "[ ] Blocked by PAY-1", "blocked by PAY-1"},
		{jira, "* [x] Blocked by PAY-1", "blocked by PAY-1"},
		{jira, "## Blocked by PAY-1", "blocked by PAY-1"},
		{jira, "*- Blocked by PAY-1", "blocked by PAY-1"},
		{jira, "||team||Blocked by PAY-1||", "blocked by PAY-1"},
		{jira, `first line\\ Blocked by PAY-1`, "blocked by PAY-1"},

		{issue, "Some words, blocked by #3", "relates acme/app#3"},
		{issue, "Status: blocked by #3", "relates acme/app#3"},
		{issue, "Some-words -blocked by #3", "relates acme/app#3"},
		{issue, `He said "blocked by #3"`, "relates acme/app#3"},
		{issue, "version 1.2 blocked by #3", "relates acme/app#3"},
		{issue, "something, e.g. blocked by #3", "relates acme/app#3"},
		{issue, "(see docs) blocked by #3", "relates acme/app#3"},
		{issue, "Fish &amp; chips &lt; blocked by #3", "relates acme/app#3"},
	})
}

func TestWordsBeforeKeyword(t *testing.T) {
	for before := range strings.SplitSeq(`This|It|It's|It’s|This issue|The ticket|This task is|A story|The bug is|this PR|This pull request|
This change|This feature is|is|are|Also|Currently|now|still|actually|And|But|So|Note:|Note: this is|And it is also|But, currently, this is still|
So, this|it's still|This issue, actually,`, "|") {
		run(t, []reading{{issue, strings.TrimSpace(before) + " blocked by #3", "blocked by acme/app#3"}})
	}
	for before := range strings.SplitSeq(`Verification of this is|We are|They're|was|This was|will be|This will be|Note that this is|note|this: |
Mostly|not sure this is|That is|The API is|The pull is|request is|only|This can be|, |: |Is this (maybe)`, "|") {
		run(t, []reading{{issue, strings.TrimSpace(before) + " blocked by #3", "relates acme/app#3"}})
	}
	for before := range strings.SplitSeq(", since|, because|, so|, as", "|") {
		run(t, []reading{
			{issue, "We wait" + before + " this is blocked by #3", "blocked by acme/app#3"},
			{issue, "We wait" + before + " it depends on #3", "blocked by acme/app#3"},
			{issue, "We wait" + before + " it's blocked by #3", "blocked by acme/app#3"},
			{issue, "We wait" + before + " they are blocked by #3", "relates acme/app#3"},
			{issue, "We wait" + before[1:] + " this is blocked by #3", "relates acme/app#3"},
		})
	}
}

func TestQuestions(t *testing.T) {
	run(t, []reading{
		{issue, "Is this blocked by #3?", "relates acme/app#3"},
		{issue, "Is this blocked by #3", "relates acme/app#3"},
		{issue, "Blocked by #3?", "relates acme/app#3"},
		{issue, "Blocked by #3 or so?!", "relates acme/app#3"},
		{issue, "Blocked by #3, right?", "relates acme/app#3"},
		{issue, "Blocked by #3!?", "relates acme/app#3"},
		{issue, "Is it part of #3 (the API)?", "relates acme/app#3"},
		{issue, "But is this blocked by #3 - or can we go on?", "relates acme/app#3"},
		{issue, "Is this no longer blocked by #3?", "relates acme/app#3"},
		{jira, "Duplicate of PAY-1?", "relates PAY-1"},
		{issue, "Is blocked by #3", "blocked by acme/app#3"},
		{issue, "Blocked by #3. Can we help?", "blocked by acme/app#3"},
		{issue, "Blocked by #3; can we help?", "blocked by acme/app#3"},
		{issue, "Blocked by #3 - can we help?", "blocked by acme/app#3"},
		{issue, "Blocked by #3 (can we help?)", "blocked by acme/app#3"},
		{issue, "Blocked by https://github.com/acme/api/issues/3?x=1", "blocked by github.com acme/api#3"},
		{issue, "What now? Blocked by #3", "blocked by acme/app#3"},
		{issue, "Depends on:\n- #3?\n- #4", "relates acme/app#3\nblocked by acme/app#4"},
	})
}

func TestNegation(t *testing.T) {
	run(t, []reading{
		{issue, "No longer blocked by #3", "withdraws acme/app#3"},
		{issue, "This is not blocked by #3", "withdraws acme/app#3"},
		{issue, "It's no longer blocked by #3, #4", "withdraws acme/app#3\nwithdraws acme/app#4"},
		{issue, "We are no longer waiting for #3", "withdraws acme/app#3"},
		{issue, "This no longer depends on #3", "withdraws acme/app#3"},
		{issue, "This does not depend on #3", "withdraws acme/app#3"},
		{issue, "This is not currently blocked by #3", "withdraws acme/app#3"},
		{issue, "Not a duplicate of #3", "withdraws acme/app#3"},
		{issue, "no longer part of #3", "withdraws acme/app#3"},
		{issue, "No longer blocks #3", "withdraws acme/app#3"},
		{issue, "Unblocked by #3", "withdraws acme/app#3"},
		{issue, "This is now unblocked from #3", "withdraws acme/app#3"},
		{issue, "We were unblocked by #3", "withdraws acme/app#3"},
		{issue, "No longer blocked by:\n- #3\n- #4", "withdraws acme/app#3\nwithdraws acme/app#4"},
		{jira, "No longer blocked by PAY-1", "withdraws PAY-1"},
		{issue, "Not unblocked by #3", "relates acme/app#3"},
		{issue, "Not only blocked by #3", "relates acme/app#3"},
		{issue, "This is not a bug but blocked by #3", "relates acme/app#3"},
		{issue, "This is not it; blocked by #3", "blocked by acme/app#3"},
		{issue, "We will not. Blocked by #3", "blocked by acme/app#3"},

		{issue, "~~Blocked by #3~~", "withdraws acme/app#3"},
		{issue, "~Blocked by #3~", "withdraws acme/app#3"},
		{issue, "~~#3~~", "withdraws acme/app#3"},
		{issue, "<del>Blocked by #3</del> and #4", "withdraws acme/app#3\nrelates acme/app#4"},
		{issue, "~~Blocked by~~ #3", "withdraws acme/app#3"},
		{issue, "~~Blocked by~~\n- #3", "withdraws acme/app#3"},
		{issue, "Blocked by ~~#3~~, #4", "withdraws acme/app#3\nblocked by acme/app#4"},
		{issue, "Blocked by:\n- ~~#3~~\n- #4", "withdraws acme/app#3\nblocked by acme/app#4"},
		{issue, "~~Blocked by #3\nand #4~~, #5", "withdraws acme/app#3\nwithdraws acme/app#4\nrelates acme/app#5"},
		{issue, "~~a\n\nBlocked by #3~~", "blocked by acme/app#3"},
		{issue, "about ~5 days, blocked by #3 in ~4", "relates acme/app#3"},
		{jira, "-Blocked by PAY-1-", "withdraws PAY-1"},
		{jira, "-PAY-1- PAY-2", "withdraws PAY-1\nrelates PAY-2"},
		{jira, "Words (-blocked by PAY-1-)", "withdraws PAY-1"},
		{jira, "* -Blocked by PAY-1-, see PAY-2", "withdraws PAY-1\nrelates PAY-2"},
		{jira, "-Blocked by https://jira.example/browse/PAY-1-", "withdraws jira.example PAY-1"},
		{jira, "- Blocked by PAY-1 -", "blocked by PAY-1"},
		{jira, "-v blocked by PAY-1", "relates PAY-1"},
		{jira, "Blocked by PAY-1 - PAY-2", "blocked by PAY-1\nrelates PAY-2"},
	})
}
