package refs_test

import (
	"testing"

	"github.com/waitgraph/waitgraph/internal/refs"
)

func TestMarkdownNotRead(t *testing.T) {
	const three = "blocked by acme/app#3"
	run(t, []reading{
		{issue, "Like `Blocked by #1` or ``Blocked by ` #2``.\n\nBlocked by #3", three},
		{issue, "`Blocked by\n#1`\n\nBlocked by #3", three},
		{issue, "An `unclosed span\n\nBlocked by #3", three},
		{issue, "Escaped \\`. Blocked by #3 `", three},
		{issue, "a ` b `` c. Blocked by #3", three},
		{issue, "- `one\n- two. Blocked by #3 `", three},
		{issue, "```\nBlocked by #1\n```\nBlocked by #3", three},
		{issue, "~~~ text\nBlocked by #1\n```\n~~~~\nBlocked by #3", three},
		{issue, "````\n```\nBlocked by #1\n````\nBlocked by #3", three},
		{issue, "```\nBlocked by #1\n\n- #2", ""},
		{issue, "- item\n  ```\n  Blocked by #1\n  ```\n- Blocked by #3", three},
		{issue, "- item\n  ```\n  Blocked by #1\n\nBlocked by #3", three},
		{issue, "``` not ` a fence\nBlocked by #3", three},
		{issue, "Some words:\n\n    Blocked by #1\n\n\tBlocked by #2\n\nBlocked by #3", three},
		{issue, "Some words:\n    Blocked by #3", three},
		{issue, "- item\n\n      Blocked by #1\n\n  Blocked by #3", three},
		{issue, "- item\n\n    Blocked by #3", three},
		{issue, "    Blocked by #1", ""},
		{issue, "> Blocked by #1\n\nBlocked by #3", three},
		{issue, "> Blocked by #1\nand blocked by #2\n\nBlocked by #3", three},
		{issue, "> Words\n- Blocked by #3", three},
		{issue, "> ```\n> Blocked by #1\n> ```\nBlocked by #3", three},
		{issue, ">\nBlocked by #3", three},
		{issue, "> # Heading\nBlocked by #3", three},
		{issue, "- > Blocked by #1\n- Blocked by #3", three},
		{issue, "> > Blocked by #1\n\nBlocked by #3", three},
		{issue, "<!-- Blocked by #1 -->\nBlocked by #3", three},
		{issue, "<!--\n- Blocked by #1\n\n```\n-->\nBlocked by #3", three},
		{issue, "<!-- a --> Blocked by #3", three},
		{issue, "Words <!-- Blocked by #1 --> (blocked by #3)", three},
		{issue, "- <!-- a --> Blocked by #3", three},
		{issue, "`<!--` Words. Blocked by #3", three},
		{issue, "<!-- never closed\n\nBlocked by #1", ""},
		{issue, "Words <!-- never closed\n\nBlocked by #3", three},
		{issue, "<code>Blocked by #1</code> and <KBD>#2</KBD>. Blocked by #3", three},
		{issue, "<pre>\nBlocked by #1\n\nBlocked by #2\n</pre>\nBlocked by #3", three},
		{issue, "<blockquote>\nBlocked by #1\n<blockquote>x</blockquote>\n\nBlocked by #2</blockquote>\nBlocked by #3", three},
		{issue, "<details><summary>Words</summary>\n\nBlocked by #3\n</details>", three},
		{issue, "<del>never closed\n\nWords\nBlocked by #3", three},
		{issue, "a < b. Blocked by #3 > 2", three},
		{issue, "Use Map<K, V>. Blocked by #3", three},
		{issue, "***\n\nBlocked by #3\n\n* * *", three},
	})
}

func TestWikiNotRead(t *testing.T) {
	const three = "blocked by PAY-3"
	run(t, []reading{
		{jira, "{code}\nBlocked by PAY-1\n{code}\nBlocked by PAY-3", three},
		{jira, "{code:java|title=Blocked by PAY-1}\nBlocked by PAY-2\n{code}\nBlocked by PAY-3", three},
		{jira, "{noformat}\n{code}\nBlocked by PAY-1\n{noformat}\nBlocked by PAY-3", three},
		{jira, "Words {code}Blocked by PAY-1{code}. Blocked by PAY-3", three},
		{jira, "{code}\nBlocked by PAY-1", ""},
		{jira, "{quote}\nBlocked by PAY-1\n\nBlocked by PAY-2\n{quote}\nBlocked by PAY-3", three},
		{jira, "bq. Blocked by PAY-1\nBlocked by PAY-3", three},
		{jira, "> Blocked by PAY-1\n>> PAY-2\nBlocked by PAY-3", three},
		{jira, "{{Blocked by PAY-1}}. Blocked by PAY-3", three},
		{jira, "{{ unclosed\nBlocked by PAY-3}}", three},
		{jira, "<!-- Blocked by PAY-1 -->\nBlocked by PAY-3", three},
		{jira, "Words <!-- unclosed\nBlocked by PAY-3", three},
		{jira, `Words \{code}. Blocked by PAY-3`, three},
		{jira, "{color:#ff0000}Blocked by PAY-3{color}", three},
		{jira, "wow!|! Not !.png! Blocked by PAY-3", three},
		{jira, "a {codeword}. Blocked by PAY-3", three},
	})
}

func TestCleaning(t *testing.T) {
	run(t, []reading{
		{issue, "Blocked\u00a0by\u00a0#3", "blocked by acme/app#3"},
		{issue, "Blo\u00adcked by \u200b#\u20603\ufeff", "blocked by acme/app#3"},
		{issue, "PAY\u200b-12", "relates PAY-12"},
		{issue, "Blocked by\u2003#3", "blocked by acme/app#3"},
		{issue, "Blocked by:\r- #3\r- #4", "blocked by acme/app#3\nblocked by acme/app#4"},
		{issue, "Blocked by \x01#3\x02", "blocked by acme/app#3"},
		{issue, "Blocked by #3\xff\xfe, \xe2#4", "blocked by acme/app#3\nrelates acme/app#4"},
		{branch, "pay\u200b-12", "implements PAY-12"},
	})
}

func TestOffsets(t *testing.T) {
	for _, c := range []struct {
		in   refs.Text
		text string
		want string // what the text goes on with at the offset
	}{
		{issue, "Blocked by #3.", "#3."},
		{issue, "a\u00a0b\r\n\u200b\u200bé\r\nBlocked\u00a0by\u00a0PAY-1!", "PAY-1!"},
		{issue, "Blocked by [the API](https://github.com/acme/api/issues/3)", "[the API]"},
		{issue, "> q\r\n\r\n- ~~https://github.com/acme/api/issues/3~~", "https://"},
		{jira, "h1. x\r\n{code}y{code} PAY-1", "PAY-1"},
		{branch, "\u200bx/pay-12", "pay-12"},
	} {
		c.in.Text = c.text
		found := refs.Read(c.in)
		if len(found) != 1 {
			t.Fatalf("Read(%q) = %d findings, want 1", c.text, len(found))
		}
		if at := c.text[found[0].Offset:]; len(at) < len(c.want) || at[:len(c.want)] != c.want {
			t.Errorf("Read(%q): offset %d is before %q, want %q", c.text, found[0].Offset, at, c.want)
		}
	}
}

// The texts of an organisation with every trap once, as trackers serve them.
func TestOrganisation(t *testing.T) {
	in := func(text refs.Text, self string) refs.Text {
		text.Self = self
		return text
	}
	comment := issue
	comment.Place = refs.Comment
	run(t, []reading{
		{jira, "Needs the limits service.", ""},
		{jira, "Totals per merchant.\n\nBlocked by https://github.com/acme/ledger/issues/7\n", "blocked by github.com acme/ledger#7"},
		{jira, "Blocked by SEC-1, ask the security team.", "blocked by SEC-1"},
		{jira, "Waiting for the auditor, nothing to link to.", ""},
		{jira, "Blocked, reason not written down.", ""},
		{jira, "-Blocked by PAY-1-\n\nThe schema is UTF-8 and the digest SHA-256.", "withdraws PAY-1\nrelates UTF-8\nrelates SHA-256"},
		{jira, "Example of a commit message:\n\n{code}\nBlocked by PAY-1\n{code}\n\n{quote}\nDepends on PLAT-2\n{quote}\n\nNo dependency is meant by either.", ""},
		{issue, "Rounding must be settled first.\n\nBlocks https://acme.atlassian.net/browse/PAY-6\n", "blocks acme.atlassian.net PAY-6"},
		{issue, "Show this as an example:\n\n```\nBlocked by #1\nDepends on acme/app#3\n```\n\n> Blocked by acme/warehouse#2\n\nand inline `Depends-On: #4`. None of these is a dependency.", ""},
		{comment, "Blocked by PLAT-3", "blocked by PLAT-3"},
		{comment, "No longer blocked by PLAT-3, we found another way.", "withdraws PLAT-3"},
		{issue, "Depends on PAY-3.", "blocked by PAY-3"},
		{
			issue, "Names are UTF-8, hashed with SHA-256, dates follow ISO-8601. This is our #1 complaint since COVID-19. See RFC-2119 and commit abc1234.",
			"relates UTF-8\nrelates SHA-256\nrelates ISO-8601\nrelates COVID-19\nrelates RFC-2119",
		},
		{issue, "The #1 bug is #1, see #1 above", "relates acme/app#1\nrelates acme/app#1"},
		{issue, "The #12 bug and its #1", "relates acme/app#12\nrelates acme/app#1"},
		{issue, "~~Blocked by acme/ledger#7~~ we read from the cache instead.", "withdraws acme/ledger#7"},
		{issue, "Depends on #3, acme/warehouse#2 and PAY-5.", "blocked by acme/app#3\nblocked by acme/warehouse#2\nblocked by PAY-5"},
		{in(issue, "acme/app#9"), "Blocked by #9", ""},
		{pull, "Second half.\n\nDepends-On: https://github.com/acme/ledger/pull/11\n", "blocked by github.com acme/ledger#11"},
		{pull, "Closes #3", "implements acme/app#3"},
		{pull, "Depends-On: #10", "blocked by acme/app#10"},
		{issue, "<!-- Template: Blocked by: #123 -->\nNothing blocks this.", ""},
		{issue, "Mirrored from https://acme.atlassian.net/browse/PLAT-8", "relates acme.atlassian.net PLAT-8"},
		{issue, "Blocked until 2026-04-01.", ""},
		{issue, "Blocked by PLAT-4.", "blocked by PLAT-4"},
	})
}
