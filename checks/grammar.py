"""Reads references out of the text of issues and pull requests.

This is a second implementation of the published rules of waitgraph's text
grammar, made to be compared with the daemon's own. It shares no code with it.
Only the standard library is used.
"""

import functools
import re
from typing import NamedTuple

from masking import STRIKE_OFF, STRIKE_ON, clean, mask_markdown, mask_wiki

MARKDOWN, WIKI = "markdown", "wiki"
TITLE, BODY, COMMENT, BRANCH = "title", "body", "comment", "branch"


class Finding(NamedTuple):
    """One reference. kind is relates, blocks, blocked_by, parent, duplicates or implements."""

    kind: str
    target: tuple  # ("key", "PAY-12"), ("item", "owner/repo", 12) or ("url", host, key or (repo, number))
    withdraws: bool


# --- tokens ------------------------------------------------------------------

KEY = r"[A-Z][A-Z0-9_]+-[1-9][0-9]*"
KEY_END = r"(?!\w)(?!-\w)(?!\.\w)(?![/\\](?!" + KEY + r"\b)\w)"
REPO = r"[A-Za-z0-9][\w.-]*/[\w.-]+"

TOKEN = re.compile(
    r"(?P<link>\[(?P<mdtext>[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*)\]\((?P<mdurl>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+\"[^\"\n]*\")?\))"
    r"|(?P<wiki>\[(?:(?P<wktext>[^\[\]|\n]*)\|)?(?P<wkurl>[^\[\]|\n]+)(?:\|[^\[\]\n]*)?\])"
    r"|(?P<auto><(?P<autourl>https?://[^\s<>]+)>)"
    r"|(?P<url>https?://[^\s<>\[\]|\"\uf8f0-\uf8f2]+)"
    r"|(?P<repo>(?<![\w./#&@-])(?P<reponame>" + REPO + r")#(?P<reponum>[1-9][0-9]*)(?!\w)(?!-\w))"
    r"|(?P<gh>(?<![\w./#&@-])[Gg][Hh]-(?P<ghnum>[1-9][0-9]*)(?!\w)(?!-\w))"
    r"|(?P<key>(?:(?<![\w./\\@$%&=+-])|(?<=[\s(]-))(?P<keyname>" + KEY + r"(?:/" + KEY + r"(?!\w))*)" + KEY_END + r")"
    r"|(?P<hash>(?<![\w./#&@-])\#(?P<hashnum>[1-9][0-9]*)(?!\w)(?!-\w))"
    r"|(?P<word>(?:(?!https?://)[\w'’./\\@$%=~^-])*(?!https?://)[\w'’/\\@$%=~^-])"
    r"|(?P<space>\s+)"
    r"|(?P<other>.)"
)
# A key may follow a hyphen that opens a word, and keys may be chained by slashes.


class Token(NamedTuple):
    kind: str  # ref, foreign, word, space, other
    text: str
    target: tuple = None
    struck: bool = False


def classify_url(url):
    """The target of an issue, pull or browse URL, else None."""
    m = re.match(r"https?://([^/?#]+)(/[^?#]*)?([?#].*)?$", url, re.I)
    if not m:
        return None
    host, path = m[1].lower(), m[2] or ""
    issue = re.match(r"/([\w.-]+/[\w.-]+)/(?:issues|pull)/([1-9][0-9]*)(?:/(?:files|commits|checks)?/?)?$", path)
    if issue:
        return ("url", host, (issue[1], int(issue[2])))
    browse = re.match(r"(?:/[^/]+)*/browse/(" + KEY + r")/?$", path)
    if browse:
        return ("url", host, browse[1])
    return None


class Reader:
    def __init__(self, markup, place, pull, repository, own):
        self.markup, self.place, self.pull = markup, place, pull
        self.repository, self.own = repository, own
        self.findings = []

    # A text is a list of lines, each a list of tokens.

    def tokens(self, line):
        if self.markup == MARKDOWN:
            line = re.sub(r"\*{1,3}|(?<![\w])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![\w])", "", line)
        elif self.place != TITLE:
            line = re.sub(r"(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*])|(?<![\w])[_+](?=\S)|(?<=[^\s+])[_+](?![\w+])", "", line)
        out, struck = [], False
        for m in TOKEN.finditer(line):
            text = m.group(0)
            if text == STRIKE_ON:
                struck = True
            elif text == STRIKE_OFF:
                struck = False
            else:
                out.extend(self.token(m, text, struck))
        return out

    def token(self, m, text, struck):
        def ref(target):
            return [Token("ref", text, target, struck)]

        if m["link"] is not None or m["wiki"] is not None:
            url = (m["mdurl"] if m["link"] is not None else m["wkurl"]).strip()
            label = m["mdtext"] if m["link"] is not None else m["wktext"]
            if m["wiki"] is not None and self.markup != WIKI:
                return self.bracketed(text, struck)
            if m["link"] is not None and self.markup == WIKI:
                closing = text.index("](") + 1
                return self.bracketed(text[:closing], struck) + self.within(text[closing:], struck)
            target = classify_url(url)
            if target:
                return ref(target)
            if m["wiki"] is not None and re.fullmatch(KEY, url):
                return ref(("key", url))
            if m["wiki"] is not None and label is None:
                if re.match(r"https?://", url):
                    return [Token("foreign", text, None, struck)]
                return self.bracketed(text, struck)
            return self.bracketed("[%s]" % label, struck)
        for group in ("url", "auto"):
            if m[group] is not None:
                url = m["autourl"] or text
                tail = ""
                if group == "url":
                    kept = url.rstrip(".,;:!?'*_~")
                    while kept.endswith((")", "}")) and kept.count("(") < kept.count(")") + kept.count("}"):
                        kept = kept[:-1].rstrip(".,;:!?'*_~")
                    tail = url[len(kept):]
                    url = kept
                target = classify_url(url)
                head = Token("ref" if target else "foreign", url, target, struck)
                return [head] + [Token("other", c, None, struck) for c in tail]
        if m["repo"] is not None:
            return ref(("item", m["reponame"], int(m["reponum"])))
        if m["gh"] is not None and self.repository:
            return ref(("item", self.repository, int(m["ghnum"])))
        if m["hash"] is not None:
            if not self.repository:
                return [Token("other", text, None, struck)]
            return ref(("item", self.repository, int(m["hashnum"])))
        if m["key"] is not None:
            first, *more = m["keyname"].split("/")
            chained = [t for k in more for t in (Token("other", "/", None, struck), Token("ref", k, ("key", k), struck))]
            return [Token("ref", first, ("key", first), struck)] + chained
        for kind in ("word", "space"):
            if m[kind] is not None:
                return [Token(kind, text, None, struck)]
        return [Token("other", text, None, struck)]

    def bracketed(self, text, struck):
        inner = self.within(text[1:-1], struck)
        return [Token("other", "[", None, struck)] + inner + [Token("other", "]", None, struck)]

    def within(self, text, struck):
        out = []
        for m in TOKEN.finditer(text):
            out.extend(self.token(m, m.group(0), struck))
        return out

    # --- structure of a line ---

    LIST_MD = re.compile(r"(?P<indent>\s*)(?P<mark>[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?")
    LIST_WIKI = re.compile(r"(?P<indent>\s*)(?P<mark>[*#-]+|\d+[.)])\s+(?:\[[ xX]\]\s+)?")
    HEAD_MD = re.compile(r"\s{0,3}#{1,6}\s+")
    HEAD_WIKI = re.compile(r"\s*h[1-6]\.\s+")

    def split(self, line):
        """(depth of the list item or None, the rest of the line)."""
        if self.place == TITLE:
            return None, line
        bare = line.replace(STRIKE_ON, "", 1) if line.lstrip().startswith(STRIKE_ON) else line
        keep = STRIKE_ON if bare is not line else ""
        m = (self.LIST_MD if self.markup == MARKDOWN else self.LIST_WIKI).match(bare)
        if m:
            depth = len(m["indent"].expandtabs(4))
            if self.markup == WIKI:
                depth = len(m["mark"]) if not m["mark"][0].isdigit() else 1
            return depth, keep + bare[m.end():]
        m = (self.HEAD_MD if self.markup == MARKDOWN else self.HEAD_WIKI).match(bare)
        if m:
            return None, keep + bare[m.end():]
        return None, line

    def read(self, text):
        text = clean(text)
        if self.place == TITLE:
            text = text.replace("\n", " ")
            if self.markup == MARKDOWN:
                text = mask_markdown(text)
        else:
            text = mask_markdown(text) if self.markup == MARKDOWN else mask_wiki(text)
        lines, struck = [], False
        for raw in text.split("\n"):  # a strike may run over lines
            line = (STRIKE_ON if struck else "") + raw
            struck = line.rfind(STRIKE_ON) > line.rfind(STRIKE_OFF)
            depth, rest = self.split(line)
            lines.append((depth, self.tokens(rest)))
        taken = {}  # line -> (index of its first token not yet read)
        for i, (_, toks) in enumerate(lines):
            self.line(lines, i, toks, taken.get(i, 0), taken)
        return self.findings

    def claim(self, token, kind, withdraws=False):
        target = token.target
        if target == self.own:
            return
        if kind == "relates" and not withdraws and self.place == TITLE and self.pull and target[0] == "key":
            kind = "implements"
        self.findings.append(Finding(kind, target, withdraws or token.struck))

    def line(self, lines, number, toks, i, taken):
        start = i == 0
        while i < len(toks):
            hit = self.statement(toks, i, start)
            if hit:
                kind, withdraws, j = hit
                refs, end = reference_list(toks, j)
                if refs:
                    if not withdraws and question(toks, end):
                        kind = "relates"
                    for r in refs:
                        self.claim(r, kind, withdraws)
                    i, start = end, False
                    continue
                if ends_here(toks, j):
                    self.items_below(lines, number, kind, withdraws, taken)
                    return
            t = toks[i]
            if t.kind == "ref":
                self.claim(t, "relates")
            start = starts_clause(toks, i, start)
            i += 1

    def items_below(self, lines, number, kind, withdraws, taken):
        level = None
        for k in range(number + 1, len(lines)):
            depth, toks = lines[k]
            if not any(t.kind != "space" for t in toks):
                continue
            if depth is None:
                return
            if level is not None and depth > level:
                continue
            first = next(n for n, t in enumerate(toks) if t.kind != "space")
            if toks[first].kind != "ref":
                return
            level = depth if level is None else level
            refs, end = reference_list(toks, first)
            for r in refs:
                self.claim(r, kind, withdraws)
            taken[k] = end

    # --- words before and of a statement ---

    def statement(self, toks, i, start):
        """(kind, withdraws, index after the keyword) if a statement begins at i."""
        hit = self.negated(toks, i)
        if hit:
            return hit
        word = toks[i].text.lower() if toks[i].kind == "word" else ""
        if word == "unblocked":
            j = words(toks, i, ("unblocked", "by")) or words(toks, i, ("unblocked", "from"))
            if j:
                return "blocked_by", True, colon(toks, j)
        if not start:
            return None
        j = i
        while True:
            hit = self.negated(toks, j)
            if hit:
                return hit
            hit = self.keyword(toks, j)
            if hit:
                return hit[0], False, hit[1]
            j = subject_word(toks, j)
            if j is None:
                return None

    def negated(self, toks, i):
        """As statement, for "not" or "no longer" before a keyword, "not a duplicate of" included."""
        j = negation(toks, i)
        while j is not None:
            hit = self.keyword(toks, j)
            if hit:
                return hit[0], True, hit[1]
            j = subject_word(toks, j)
        return None

    def keyword(self, toks, i):
        for phrase, kind, needs_colon in KEYWORDS:
            j = words(toks, i, phrase)
            if j is None:
                continue
            k = colon(toks, j)
            if needs_colon and k == j:
                continue
            if kind == "closes":
                kind = "implements" if self.pull else "relates"
            return kind, skip_space(toks, k)
        return None


def phrases():
    for first in ("blocked", "waiting"):
        for second in (("by", "on") if first == "blocked" else ("on", "for")):
            yield (first, second), "blocked_by", False
    for first in ("depend", "depends"):
        for second in ("on", "upon"):
            yield (first, second), "blocked_by", False
    yield ("dependent", "on"), "blocked_by", False
    yield ("depends-on",), "blocked_by", True
    yield ("required", "by"), "blocks", False
    yield ("requires",), "blocked_by", False
    yield ("blocks",), "blocks", False
    yield ("part", "of"), "parent", False
    yield ("parent",), "parent", True
    yield ("duplicate", "of"), "duplicates", False
    for verb in ("close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"):
        yield (verb,), "closes", False


KEYWORDS = list(phrases())
NOUNS = {"issue", "ticket", "task", "story", "bug", "pr", "change", "feature"}
PLAIN = {"this", "it", "it's", "it’s", "a", "the", "is", "are", "also", "currently", "now", "still", "actually", "and", "but", "so"} | NOUNS


def skip_space(toks, i):
    while i < len(toks) and toks[i].kind == "space":
        i += 1
    return i


def words(toks, i, phrase):
    """The index after the phrase, if it stands at i."""
    for n, want in enumerate(phrase):
        if n:
            j = skip_space(toks, i)
            if j == i:
                return None
            i = j
        if i >= len(toks) or toks[i].kind != "word" or toks[i].text.lower() != want:
            return None
        i += 1
    return i


def colon(toks, i):
    j = skip_space(toks, i)
    return j + 1 if j < len(toks) and toks[j].text == ":" else i


def negation(toks, i):
    """The index of the keyword, if "not" or "no longer" stands at i."""
    for phrase in (("not",), ("no", "longer")):
        j = words(toks, i, phrase)
        if j is not None:
            return skip_space(toks, j)
    return None


def subject_word(toks, i):
    """The index after one word that may stand before a keyword, its comma and space."""
    j = words(toks, i, ("pull", "request"))
    if j is None and i < len(toks) and toks[i].kind == "word":
        word = toks[i].text.lower()
        if word in PLAIN:
            j = i + 1
        elif word == "note" and i + 1 < len(toks) and toks[i + 1].text == ":":
            j = i + 2
    if j is None:
        return None
    if j < len(toks) and toks[j].text == ",":
        j += 1
    return skip_space(toks, j)


def reference_list(toks, i):
    """The references that stand at i, and the index after them."""
    refs, i = [], skip_space(toks, i)
    while i < len(toks) and toks[i].kind == "ref":
        refs.append(toks[i])
        end = i + 1
        j = end
        while j < len(toks) and (toks[j].kind == "space" or toks[j].text in (",", ";", "&", "+") or toks[j].text.lower() == "and"):
            j += 1
        i = j
    return (refs, end) if refs else ([], i)


def ends_here(toks, i):
    return all(t.kind == "space" for t in toks[i:])


def question(toks, i):
    """Whether the sentence that goes on at i ends with a question mark."""
    for n in range(i, len(toks)):
        if toks[n].text == "?":
            return True
        if toks[n].text in ".!" and (n + 1 == len(toks) or toks[n + 1].kind == "space"):
            return False
    return False


def starts_clause(toks, i, start):
    """Whether a clause starts after token i; start tells whether one starts at it."""
    t = toks[i]
    if t.kind == "space":
        return start or dashed(toks, i) or sentence_end(toks, i) or because(toks, i)
    return t.text in ";([{|"


def dashed(toks, i):
    return i >= 2 and re.fullmatch(r"-{1,3}|[–—―]", toks[i - 1].text) is not None and toks[i - 2].kind == "space"


def sentence_end(toks, i):
    return i >= 1 and toks[i - 1].text in (".", "!", "?")


def because(toks, i):
    """Whether ", because" has just been read and "this" or "it" follows."""
    if i < 3 or toks[i - 1].text.lower() not in ("since", "because", "so", "as") or i + 1 >= len(toks):
        return False
    k = i - 2
    if toks[k].kind == "space":
        k -= 1
    return toks[k].text == "," and toks[i + 1].text.lower() in ("this", "it")


@functools.cache
def read(text, *, markup, place, pull=False, repository="", own=None):
    """The findings of one text in reading order. own is the target that is the item itself."""
    if place == BRANCH:
        out = []
        for m in re.finditer(r"(?:^|(?<=[/_-]))([A-Za-z][A-Za-z0-9]+-[1-9][0-9]*)(?=[/_-]|$)", clean(text)):
            target = ("key", m[1].upper())
            if target != own:
                out.append(Finding("implements", target, False))
        return out
    found = Reader(markup, place, pull, repository, own).read(text)
    if place == TITLE and pull and text.startswith('Revert "'):
        found = [f._replace(kind="relates") if f.kind == "implements" and f.target[0] == "key" else f for f in found]
    return found
