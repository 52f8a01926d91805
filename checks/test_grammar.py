"""python3 -m unittest checks/test_grammar.py: the second reader against the examples of the rules."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import grammar

PULL = dict(markup=grammar.MARKDOWN, place=grammar.BODY, pull=True, repository="o/r", own=("item", "o/r", 99))
JIRA = dict(markup=grammar.WIKI, place=grammar.BODY, own=("key", "ABC-99"))

MARKDOWN_CASES = {
    "Blocked by #12": ["blocked_by o/r#12"],
    "blocked on o/x#12": ["blocked_by o/x#12"],
    "Depends on: #1, #2; #3 and o/x#4 & GH-6 + #7 or #5": [
        "blocked_by o/r#1", "blocked_by o/r#2", "blocked_by o/r#3", "blocked_by o/x#4", "blocked_by o/r#6", "blocked_by o/r#7", "relates o/r#5"],
    "This PR is blocked by AB-12": ["blocked_by AB-12"],
    "Note: this, currently, is blocked by AB-12": ["blocked_by AB-12"],
    "verification of this is blocked by #3": ["relates o/r#3"],
    "Fixes #2, because this depends upon #3": ["implements o/r#2", "blocked_by o/r#3"],
    "Waiting for #1. Blocks #2 - requires #3": ["blocked_by o/r#1", "blocks o/r#2", "blocked_by o/r#3"],
    "Is this blocked by #3?": ["relates o/r#3"],
    "no longer blocked by #3": ["-blocked_by o/r#3"],
    "It is not a duplicate of #4": ["-duplicates o/r#4"],
    "unblocked by #4": ["-blocked_by o/r#4"],
    "~~Blocked by #4~~": ["-blocked_by o/r#4"],
    "needs #1, dupe of #2, after #3": ["relates o/r#1", "relates o/r#2", "relates o/r#3"],
    "Parent: #4\nparent #5\nPart of #6": ["parent o/r#4", "relates o/r#5", "parent o/r#6"],
    "Depends-On: https://github.com/a/b/pull/3/files#x": ["blocked_by github.com/a/b#3"],
    "Depends on [this](https://github.com/a/b/issues/3)": ["blocked_by github.com/a/b#3"],
    "Depends on issue #3": ["relates o/r#3"],
    "**Blocked by:** #3": ["blocked_by o/r#3"],
    "## Blocked by #3": ["blocked_by o/r#3"],
    "- [x] blocked by #3": ["blocked_by o/r#3"],
    "| blocked by #3 | #4 |": ["blocked_by o/r#3", "relates o/r#4"],
    "text (blocked by #3)": ["blocked_by o/r#3"],
    "Depends on:\n\n- #1\n  - #7\n- [ ] #2 and #3\n- foo #4\n- #5": [
        "blocked_by o/r#1", "blocked_by o/r#2", "blocked_by o/r#3", "relates o/r#7", "relates o/r#4", "relates o/r#5"],
    "`blocked by #1` <!-- blocked by #2 -->\n> blocked by #3\n\n```\nblocked by #4\n```\n\n    blocked by #5": [],
    "#99 a#3 &#39; #3x ＃4 /a#5": [],
    "https://github.com/a/b/compare/v1...v2 https://github.com/a/b/commit/abc https://github.com/a/b/tree/AB-1": [],
    "AB-12.zip AB-13. a/AB-14 AB-15/AB-16 xAB-17 AB-18b": ["relates AB-13", "relates AB-15", "relates AB-16"],
    "Blocked\u00a0by #\u200b12": ["blocked_by o/r#12"],
}

WIKI_CASES = {
    "This ticket is a duplicate of AB-4.": ["duplicates AB-4"],
    "Resolving this as a duplicate of AB-4.": ["relates AB-4"],
    "closes AB-4": ["relates AB-4"],
    "*Blocked by* AB-1, [AB-2] and [it|AB-3]": ["blocked_by AB-1", "blocked_by AB-2", "blocked_by AB-3"],
    "h2. Depends on AB-1\n# AB-2\n* requires:\n** AB-3\n*** AB-4\n** AB-5": [
        "blocked_by AB-1", "relates AB-2", "blocked_by AB-3", "blocked_by AB-5", "relates AB-4"],
    "bq. blocked by AB-1\n{quote}AB-2{quote} {{AB-3}} {code:xml}AB-4{code} {noformat}\nAB-5\n{noformat} [^AB-6.zip]": [],
    "-blocked by AB-1-": ["-blocked_by AB-1"],
    "#12 blocked by #13": [],
    "PR -https://github.com/a/b/pull/38": ["relates github.com/a/b#38"],
    "ABC-99 o/r#4": ["relates o/r#4"],
    "[AB-1|https://jira.example/browse/AB-1]": ["relates jira.example/AB-1"],
}


def show(finding):
    target = finding.target
    name = {
        "key": lambda: target[1],
        "item": lambda: f"{target[1]}#{target[2]}",
        "url": lambda: f"{target[1]}/" + (target[2] if isinstance(target[2], str) else f"{target[2][0]}#{target[2][1]}"),
    }[target[0]]()
    return ("-" if finding.withdraws else "") + finding.kind + " " + name


class Grammar(unittest.TestCase):
    def check(self, text, want, **how):
        with self.subTest(text=text):
            self.assertEqual([show(f) for f in grammar.read(text, **how)], want)

    def test_markdown(self):
        for text, want in MARKDOWN_CASES.items():
            self.check(text, want, **PULL)

    def test_wiki(self):
        for text, want in WIKI_CASES.items():
            self.check(text, want, **JIRA)

    def test_titles_and_branches_of_pull_requests(self):
        title, branch = dict(PULL, place=grammar.TITLE), dict(PULL, place=grammar.BRANCH)
        self.check("[AB-12](1_5_X) fix #4", ["implements AB-12", "relates o/r#4"], **title)
        self.check('Revert "AB-12 x"', ["relates AB-12"], **title)
        self.check("feature/ab-12_x-CD-3b/EF-7", ["implements AB-12", "implements EF-7"], **branch)

    def test_a_closing_verb_of_an_issue_only_relates(self):
        self.check("Fixes #4", ["relates o/r#4"], **dict(PULL, pull=False))


if __name__ == "__main__":
    unittest.main()
