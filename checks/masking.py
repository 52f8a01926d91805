"""Hides what is not text in the texts of issues: code, quotes, HTML comments.

What is hidden becomes one opaque character, line ends kept; struck text is put
between two marks.
"""

import re
import unicodedata

# Stand-ins for what is not text: an opaque thing, and the bounds of struck text.
OPAQUE, STRIKE_ON, STRIKE_OFF = "\uf8f0", "\uf8f1", "\uf8f2"


def clean(text):
    """Drops format characters, makes no-break spaces spaces, and line ends \\n."""
    text = text.replace("\u00a0", " ").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if unicodedata.category(c) != "Cf" and c not in (OPAQUE, STRIKE_ON, STRIKE_OFF))


def opaque(match):
    """Replaces a match, keeping its line ends so that lines stay lines."""
    return OPAQUE + "\n" * match.group(0).count("\n") + (OPAQUE if "\n" in match.group(0) else "")


def mask_markdown(text):
    out, fence, after_blank, in_list, in_code, in_quote = [], None, True, False, False, False
    comment = False
    for line in text.split("\n"):
        if fence:
            closing = re.match(r" {0,3}(`{3,}|~{3,})[ \t]*$", line)
            if closing and closing[1][0] == fence[0] and len(closing[1]) >= len(fence):
                fence = None
            out.append(OPAQUE)
            continue
        if comment:
            comment = "-->" not in line
            out.append(line)
            continue
        opening = re.match(r"\s*(?:(?:[-*+]|\d+[.)])\s+)?(`{3,}|~{3,})([^`]*)$", line)
        if opening:
            fence = opening[1]
            out.append(OPAQUE)
            after_blank = in_code = in_quote = False
            continue
        if not line.strip():
            out.append("")
            after_blank, in_quote = True, False
            continue
        if re.match(r" {0,3}>", line):
            out.append(OPAQUE)
            after_blank, in_code, in_quote = False, False, True
            continue
        starts_block = re.match(r"\s*(?:[-*+]\s|\d+[.)]\s|#{1,6}\s|<|\|)", line)
        if in_quote and not starts_block:  # a paragraph goes on in the quote it began in
            out.append(OPAQUE)
            continue
        in_quote = False
        if re.match(r"(?: {4}|\t)", line) and not in_list and (after_blank or in_code):
            out.append(OPAQUE)
            after_blank, in_code = False, True
            continue
        if re.match(r"\s*(?:[-*+]|\d+[.)])\s", line):
            in_list = True
        elif re.match(r"\S", line) and after_blank:
            in_list = False
        comment = line.rfind("<!--") > line.rfind("-->") and "<!--" in line
        out.append(line)
        after_blank = in_code = False
    text = "\n".join(out)
    text = re.sub(r"<!--.*?(?:-->|\Z)", opaque, text, flags=re.S)
    text = re.sub(r"(?<!`)(`+)(?!`)(?:(?!\n\n).)*?(?<!`)\1(?!`)", opaque, text, flags=re.S)
    text = re.sub(r"<(pre|code|blockquote)\b[^>]*>.*?</\1>", opaque, text, flags=re.S | re.I)
    text = re.sub(r"!\[[^\]\n]*\]\([^)\n]*\)", OPAQUE, text)
    text = re.sub(r"<(del|s|strike)>(.*?)</\1>", STRIKE_ON + r"\2" + STRIKE_OFF, text, flags=re.S | re.I)
    text = re.sub(r"(?<!~)(~{1,2})(?=[^\s~])((?:(?!\n\n).)*?)(?<=[^\s~])\1(?!~)", STRIKE_ON + r"\2" + STRIKE_OFF, text, flags=re.S)
    return text


def mask_wiki(text):
    text = re.sub(r"\{(noformat|code)(?::[^}\n]*)?\}.*?(?:\{\1\}|\Z)", opaque, text, flags=re.S)
    text = re.sub(r"\{quote\}.*?(?:\{quote\}|\Z)", opaque, text, flags=re.S)
    text = re.sub(r"<!--.*?-->", opaque, text, flags=re.S)
    text = re.sub(r"\{\{.*?\}\}", OPAQUE, text)
    text = re.sub(r"^[ \t]*bq\. .*$", OPAQUE, text, flags=re.M)
    text = re.sub(r"\{(?:color|panel|anchor|section|column)(?::[^}\n]*)?\}", "", text)
    text = re.sub(r"\[[~^][^\]\n]*\]", OPAQUE, text)  # people and attachments
    text = re.sub(r"(?<![\w!])![^\s!|][^!|\n]*\.\w{2,4}(?:\|[^!\n]*)?!(?!\w)", OPAQUE, text)
    return re.sub(r"(?<![\w\\-])-(?=[^\s-])([^\n]*?)(?<=[^\s-])-(?![\w-])", STRIKE_ON + r"\1" + STRIKE_OFF, text)
