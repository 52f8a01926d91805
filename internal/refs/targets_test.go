package refs_test

import (
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/internal/refs"
	"github.com/waitgraph/waitgraph/model"
)

func TestReferences(t *testing.T) {
	run(t, []reading{
		{issue, "see #12", "relates acme/app#12"},
		{issue, "see acme/api#12.", "relates acme/api#12"},
		{issue, "see my-org_x/a.b-c_d#12", "relates my-org_x/a.b-c_d#12"},
		{issue, "see GH-12", "relates acme/app#12"},
		{issue, "gh-12: fix", "relates acme/app#12"},
		{issue, "see PAY-12", "relates PAY-12"},
		{issue, "see A1_B-12", "relates A1_B-12"},
		{jira, "see GH-12", "relates GH-12"},
		{jira, "see acme/api#12", "relates acme/api#12"},
		{jira, "JIRA:PAY-12", "relates PAY-12"},
		{issue, "UTF-8 and SHA-256", "relates UTF-8\nrelates SHA-256"},
		{issue, "<#12> (#13) [#14] '#15' \"#16\" *#17*", "relates acme/app#12\nrelates acme/app#13\nrelates acme/app#14\nrelates acme/app#15\nrelates acme/app#16\nrelates acme/app#17"},
		{issue, "#12's fix, PAY-1’s fix", "relates acme/app#12\nrelates PAY-1"},
		{issue, "_PAY-1_ __PAY-2__ *PAY-3*, ***PAY-4***", "relates PAY-1\nrelates PAY-2\nrelates PAY-3\nrelates PAY-4"},
		{issue, "PAY-1/PAY-2/#3", "relates PAY-1\nrelates PAY-2\nrelates acme/app#3"},
		{issue, "PAY-1–PAY-3", "relates PAY-1\nrelates PAY-3"},
		{issue, "修正PAY-1を", "relates PAY-1"},
		{issue, "#10-#12", "relates acme/app#10\nrelates acme/app#12"},
		{issue, "PAY-1#PAY-2", ""},

		{issue, "https://github.com/acme/api/issues/3", "relates github.com acme/api#3"},
		{issue, "HTTPS://GitHub.com/Acme/API/issues/3", "relates github.com Acme/API#3"},
		{issue, "http://ghe.example:8443/acme/api/pull/3/files", "relates ghe.example:8443 acme/api#3"},
		{issue, "https://github.com/acme/api/pull/3/files/0a1b..2c3d#diff-1", "relates github.com acme/api#3"},
		{issue, "https://github.com/acme/api/pull/3/commits", "relates github.com acme/api#3"},
		{issue, "https://github.com/acme/api/issues/3/", "relates github.com acme/api#3"},
		{issue, "https://github.com/acme/api/issues/3#issuecomment-4", "relates github.com acme/api#3"},
		{issue, "https://github.com/acme/api/issues/3?x=PAY-1&y=2#z", "relates github.com acme/api#3"},
		{issue, "(https://github.com/acme/api/issues/3).", "relates github.com acme/api#3"},
		{issue, "**https://github.com/acme/api/issues/3**", "relates github.com acme/api#3"},
		{issue, "<https://github.com/acme/api/issues/3>", "relates github.com acme/api#3"},
		{issue, "<https://github.com/acme/api/issues/3> #4", "relates github.com acme/api#3\nrelates acme/app#4"},
		{issue, "url=https://github.com/acme/api/issues/3", "relates github.com acme/api#3"},
		{issue, "https://acme.example/browse/PAY-12", "relates acme.example PAY-12"},
		{issue, "https://acme.example/browse/pay-12?focusedId=1", "relates acme.example PAY-12"},
		{issue, "http://Acme.example:8080/Jira/Main/browse/PAY-12#top", "relates acme.example:8080/jira/main PAY-12"},
		{jira, "http://acme.example/browse/PAY-12/", "relates acme.example PAY-12"},

		{issue, "[the API](https://github.com/acme/api/issues/3)", "relates github.com acme/api#3"},
		{issue, "[#3](https://github.com/acme/api/issues/3 \"title\")", "relates github.com acme/api#3"},
		{issue, "[a [b] `c`](<https://github.com/acme/api/issues/3>)", "relates github.com acme/api#3"},
		{issue, "[![x](https://img.example/PAY-3.svg)](https://acme.example/browse/PAY-12)", "relates acme.example PAY-12"},
		{issue, `<a href="https://github.com/acme/api/issues/3">#3</a>, #4`, "relates github.com acme/api#3\nrelates acme/app#4"},
		{issue, `<a href=https://github.com/acme/api/issues/3>x</a> <a name="y">#4</a>`, "relates github.com acme/api#3\nrelates acme/app#4"},
		{issue, "#PAY-1 and \\[PAY-2\\](#3)", "relates PAY-1\nrelates PAY-2\nrelates acme/app#3"},
		{issue, "[PAY-1](" + strings.Repeat("x", 2000) + ") https://example.com/" + strings.Repeat("x", 2000) + "/PAY-2 #3", "relates PAY-1\nrelates acme/app#3"},
		{jira, "[the API|https://github.com/acme/api/issues/3]", "relates github.com acme/api#3"},
		{jira, "[https://acme.example/browse/PAY-1|https://acme.example/browse/PAY-1|smart-link]", "relates acme.example PAY-1"},
		{jira, "[https://github.com/acme/api/issues/3]", "relates github.com acme/api#3"},
		{jira, "[PAY-1] and [text|PAY-2]", "relates PAY-1\nrelates PAY-2"},
	})
}

func TestListsOfReferences(t *testing.T) {
	const three = "blocked by acme/app#1\nblocked by acme/app#2\nblocked by acme/app#3"
	for separated := range strings.SplitSeq(`#1, #2, #3|#1 #2 #3|#1 and #2 and #3|#1, #2, and #3|#1; #2; #3|#1 & #2 & #3|#1&#2&#3|#1+#2+#3|
#1 + #2, #3|#1,#2,#3|**#1**, **#2** and _#3_|#1 &amp; #2 #3|GH-1, GH-2; gh-3`, "|") {
		run(t, []reading{{issue, "Blocked by " + strings.TrimSpace(separated) + ".", three}})
	}
	run(t, []reading{
		{issue, "Depends on #3, acme/warehouse#2 and PAY-5.", "blocked by acme/app#3\nblocked by acme/warehouse#2\nblocked by PAY-5"},
		{
			issue, "Blocked by https://github.com/acme/api/issues/3, https://acme.example/browse/PAY-1, #4",
			"blocked by github.com acme/api#3\nblocked by acme.example PAY-1\nblocked by acme/app#4",
		},
		{
			issue, "Blocked by https://github.com/acme/api/issues/3,https://github.com/acme/api/issues/4,#5",
			"blocked by github.com acme/api#3\nblocked by github.com acme/api#4\nblocked by acme/app#5",
		},
		{issue, "Blocked by https://github.com/acme/api/issues/3#issuecomment-1, #4", "blocked by github.com acme/api#3\nblocked by acme/app#4"},
		{
			issue, "Blocked by [the API](https://github.com/acme/api/issues/3) and [x](https://acme.example/browse/PAY-1)",
			"blocked by github.com acme/api#3\nblocked by acme.example PAY-1",
		},
		{issue, "Blocked by <https://github.com/acme/api/issues/3>", "blocked by github.com acme/api#3"},
		{issue, `Blocked by <a href="https://github.com/acme/api/issues/3">the API</a>`, "blocked by github.com acme/api#3"},
		{jira, "Blocked by [the API|https://github.com/acme/api/issues/3], [PAY-1]; PAY-2", "blocked by github.com acme/api#3\nblocked by PAY-1\nblocked by PAY-2"},
		{jira, "Blocked by [the API](https://github.com/acme/api/issues/3)", "blocked by github.com acme/api#3"},

		{issue, "Blocked by #1 or #2", "blocked by acme/app#1\nrelates acme/app#2"},
		{issue, "Blocked by #1, #2 or #3 and #4", "blocked by acme/app#1\nblocked by acme/app#2\nrelates acme/app#3\nrelates acme/app#4"},
		{issue, "Blocked by #1 (the API), #2", "blocked by acme/app#1\nrelates acme/app#2"},
		{issue, "Blocked by #1/#2", "blocked by acme/app#1\nrelates acme/app#2"},
		{issue, "Blocked by #1，#2", "blocked by acme/app#1\nrelates acme/app#2"},
		{issue, "Blocked by #1,\n#2", "blocked by acme/app#1\nrelates acme/app#2"},
		{issue, "Blocked by #1, requires #2", "blocked by acme/app#1\nrelates acme/app#2"},
		{issue, "Blocked by #1; requires #2", "blocked by acme/app#1\nblocked by acme/app#2"},

		{issue, "Blocked by the API #3", "relates acme/app#3"},
		{issue, "Blocked by issue #3", "relates acme/app#3"},
		{issue, "Blocked by - #3", "relates acme/app#3"},
		{issue, "Blocked by \"#3\"", "relates acme/app#3"},
		{issue, "Blocked by [#3]", "relates acme/app#3"},
		{issue, "Blocked by (#3)", "relates acme/app#3"},
		{issue, "| Blocked by | #3 |", "relates acme/app#3"},
		{issue, "Blocked by ~~the API~~ #3", "relates acme/app#3"},
		{issue, "Blocked by `x` #3", "relates acme/app#3"},
		{issue, "Blocked by：#3", "relates acme/app#3"},
		{issue, "Blocked by <!-- which? --> #3", "blocked by acme/app#3"},
	})
}

func TestItemsBelow(t *testing.T) {
	const both = "blocked by acme/app#3\nblocked by acme/app#4"
	run(t, []reading{
		{issue, "Blocked by:\n- #3\n- #4", both},
		{issue, "Blocked by\n* #3\n+ #4", both},
		{issue, "Blocked by:\n1. #3\n2) #4", both},
		{issue, "Blocked by:\n- [ ] #3\n- [x] #4", both},
		{issue, "Blocked by:\n[ ] #3\n[x] #4", both},
		{issue, "## Blocked by\n\n- #3\n\n\n- #4", both},
		{issue, "Blocked by\n----------\n- #3\n- #4", both},
		{issue, "**Blocked by:**  \n- **#3** the API\n- #4", both},
		{issue, "This is blocked by:\n- #3, #4", both},
		{issue, "Blocked by: <!-- list them -->\n<!-- like\nso -->\n- #3\n- #4", both},
		{issue, "- Blocked by:\n  - #3\n  - #4\n- #5", both + "\nrelates acme/app#5"},
		{issue, "- Blocked by:\n- #3\n- #4", both},
		{issue, "Blocked by:\n- #3\n  - see #5\n  - #6\n- #4", "blocked by acme/app#3\nrelates acme/app#5\nrelates acme/app#6\nblocked by acme/app#4"},
		{issue, "Blocked by:\n- #3 and the rest of #5\n- #4", "blocked by acme/app#3\nrelates acme/app#5\nblocked by acme/app#4"},
		{issue, "Blocked by:\n- #3 - part of #5\n- #4", "blocked by acme/app#3\nparent acme/app#5\nblocked by acme/app#4"},
		{issue, "Blocked by:\n- #3\n- the API #5\n- #4", "blocked by acme/app#3\nrelates acme/app#5\nrelates acme/app#4"},
		{issue, "Blocked by:\n- #3\nSome words.\n- #4", "blocked by acme/app#3\nrelates acme/app#4"},
		{issue, "Blocked by:\n- #3\n> quote\n- #4", "blocked by acme/app#3\nrelates acme/app#4"},
		{issue, "Blocked by:\n#3", "relates acme/app#3"},
		{issue, "Blocked by:\nSome words.\n- #3", "relates acme/app#3"},
		{issue, "Blocked by the following:\n- #3", "relates acme/app#3"},
		{issue, "We are blocked by:\n- #3", "relates acme/app#3"},
		{issue, "Is this blocked by\n- #3", "relates acme/app#3"},
		{issue, "Parent:\n- #3", "parent acme/app#3"},
		{issue, "Blocked by:\n- #3\n\nPart of:\n- #4", "blocked by acme/app#3\nparent acme/app#4"},
		{jira, "h3. Blocked by\n* PAY-1\n** see PAY-2\n* PAY-3", "blocked by PAY-1\nrelates PAY-2\nblocked by PAY-3"},
		{jira, "Blocked by:\n# PAY-1\n# [PAY-3]", "blocked by PAY-1\nblocked by PAY-3"},
		{jira, "Blocked by:\r\n- PAY-1\r\n- PAY-3", "blocked by PAY-1\nblocked by PAY-3"},
		{jira, "Blocked by:\n1. PAY-1\n2. PAY-3", "blocked by PAY-1\nblocked by PAY-3"},
	})
}

func TestNoReferences(t *testing.T) {
	for _, in := range []refs.Text{issue, pull, jira} {
		for text := range strings.SplitSeq(`#0|#012|repo#12|#12hashtag|#12-foo|#12.5|##12|foo/#12|issue-#12|\#12|&#39;|a&#12;b|
pay-12|P-12|PAY-0|PAY-012|PAY-12a|xPAY-12|éPAY-12|X-PAY-12|PAY-12-foo|PAY-12_foo|PAY-12.txt|PAY-12.tar.gz|src/PAY-12|src/PAY-12/x|C:\dir\PAY-12|
./PAY-12|../PAY-12|PAY-12/x.go|@PAY-12|$PAY-12|key=PAY-12|PAY-12@example.com|ISO-8859-1|CVE-2024-12345|acme/api@v1-2|a/b/c#12|@acme/api#12|acme/#12|
feature/PAY-12-x|www.example.com/?k=PAY-12|ftp://example.com/PAY-12|git@github.com:acme/PAY-12|github.com/acme/api/issues/3|github.com/acme/api#3|
https://example.com/PAY-12|https://example.com/a?b=PAY-12,PAY-13&c=(PAY-14)#PAY-15|https://example.com/issues/12|https://github.com/acme/api/issues|
https://github.com/acme/api/pulls/12|https://github.com/acme/api/issues/0|https://github.com/acme/api/issues/12a|https://github.com/acme/api/pull/12.diff|
https://github.com/acme/api/issues/12/files|https://github.com/acme/api/compare/v1...PAY-12|https://github.com/acme/api/commit/1234567|
https://github.com/acme/api/tree/PAY-12|https://github.com/acme/api/tree/PAY-12/issues/3|https://github.com/acme/api/pull/12/commits/1234567|
https://api.github.com/repos/acme/api/issues/3|https://user:secret@github.com/acme/api/issues/3|https:///acme/api/issues/3|
https://acme.example/browse/PAY|https://acme.example/browse/PAY-12/x|https://acme.example/browse/PAY-12abc|https://acme.example/browser/PAY-12|
https://acme.example/browse|<https://example.com/PAY-12>|＃12|PAY－12|ＰＡＹ-12|PAY-１２|acme／api#12|acme/api＃12|#１２|
PAY-1234567890123456789|see 12 or v1.2|PAY-<b>12</b>|PAY-<!-- -->12`, "|") {
			run(t, []reading{{in, "Blocked by " + strings.TrimSpace(text), ""}})
		}
	}
	run(t, []reading{
		{jira, "Blocked by #12", ""},
		{refs.Text{}, "Blocked by #12, GH-13", "relates GH-13"},
		{issue, "Blocked by #99, GH-99, Acme/App#99 and #3", "blocked by acme/app#3"},
		{issue, "#99", ""},
		{jira, "Blocked by PAY-99 and PAY-9", "blocked by PAY-9"},
		{jira, "Blocked by https://other.example/browse/PAY-99", "blocked by other.example PAY-99"},
		{issue, "[#12](https://gitlab.example/x/y/-/issues/12) but PAY-3", "relates PAY-3"},
		{issue, `<a href="https://gitlab.example/x">#12</a> but #3`, "relates acme/app#3"},
		{issue, "[PAY-3](https://example.com/docs)", "relates PAY-3"},
		{issue, "[#12](../issues/12)", ""},
		{jira, "[~PAY-12] [^PAY-12 x.png] !PAY-12 shot.png|thumbnail! but PAY-3!", "relates PAY-3"},
		{issue, "![PAY-12](https://example.com/x.png) but PAY-3", "relates PAY-3"},
	})
}

func TestTitles(t *testing.T) {
	run(t, []reading{
		{title, "PAY-12: add cache", "implements PAY-12"},
		{title, "[PAY-12] add cache (PAY-13)", "implements PAY-12\nimplements PAY-13"},
		{title, "Add cache, fixes PAY-12", "implements PAY-12"},
		{title, "Fix #12", "implements acme/app#12"},
		{title, "Follow-up to #12", "relates acme/app#12"},
		{title, "PAY-12 on https://acme.example/browse/PAY-13", "implements PAY-12\nimplements acme.example PAY-13"},
		{title, "Depends on PAY-12", "blocked by PAY-12"},
		{title, "Part of PAY-12: add cache", "parent PAY-12"},
		{title, "PAY-12 requires PAY-13", "implements PAY-12\nrelates PAY-13"},
		{title, `Revert "PAY-12: add cache"`, "relates PAY-12"},
		{title, `Revert "Add cache (fixes PAY-12)"`, "relates PAY-12"},
		{title, `Reverts PAY-12`, "implements PAY-12"},
		{title, "Escape `PAY-12`", ""},
		{title, "    PAY-12", "implements PAY-12"},
		{title, "> PAY-12", "implements PAY-12"},
		{refs.Text{Markup: refs.Markdown, Place: refs.Title, Repository: "acme/app"}, "PAY-12: add cache", "relates PAY-12"},
		{refs.Text{Markup: refs.Wiki, Place: refs.Title}, "Blocked by PAY-12", "blocked by PAY-12"},
		{refs.Text{Markup: refs.Wiki, Place: refs.Title}, "-PAY-12- {code} PAY-13", "relates PAY-12\nrelates PAY-13"},
		{pull, "PAY-12: add cache", "relates PAY-12"},
	})
}

func TestBranches(t *testing.T) {
	run(t, []reading{
		{branch, "PAY-12", "implements PAY-12"},
		{branch, "pay-12", "implements PAY-12"},
		{branch, "feature/PAY-12-add-cache", "implements PAY-12"},
		{branch, "feature/pay-12_add_cache", "implements PAY-12"},
		{branch, "ana/fix-pay-12", "implements PAY-12"},
		{branch, "pay-12-and-pay-13", "implements PAY-12\nimplements PAY-13"},
		{branch, "fix_pay-12", "implements FIX_PAY-12\nimplements PAY-12"},
		{branch, "revert-7-pay-12", "implements REVERT-7\nimplements PAY-12"},
		{branch, "pay-12a", ""},
		{branch, "pay-12.1", ""},
		{branch, "xpay.pay-12", ""},
		{branch, "pay-012", ""},
		{branch, "12-pay", ""},
		{branch, "p-12", ""},
		{branch, "#12", ""},
		{refs.Text{Place: refs.Branch, Pull: true, Self: "PAY-12"}, "pay-12", ""},
		{refs.Text{Place: refs.Branch}, "pay-12", "relates PAY-12"},
	})
}

func TestAddress(t *testing.T) {
	for url, want := range map[string]model.Target{
		"https://github.com/acme/api/issues/7":             {Host: "github.com", Key: "acme/api#7"},
		" https://GitHub.com/acme/api/pull/8/files?w=1#l ": {Host: "github.com", Key: "acme/api#8"},
		"https://acme.example/jira/browse/pay-3?focused=1": {Host: "acme.example/jira", Key: "PAY-3"},
		"https://github.com/acme/api/issues/7 and more":    {},
		"https://github.com/acme/api/commit/7":             {},
		"https://github.com/acme/api/issues/7,#8":          {},
		"PAY-3": {}, "acme/api#7": {}, "": {}, "javascript:alert(1)": {}, "https://": {},
	} {
		got, ok := refs.Address(url)
		if got != want || ok != (want.Key != "") {
			t.Errorf("Address(%q) = %+v, %t", url, got, ok)
		}
	}
}
