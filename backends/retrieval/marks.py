"""Markdown with its marks taken off: what of a passage is embedded and searched, and what its headings say.

Pages are anyone's, and regular expressions hold the interpreter for as long as they run. So none here goes back over what it has
read: time grows with the text and no faster (`tests/backends/retrieval/test_hostile.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kotae.conversation import Passage

_MOST_BESIDE_LINKS = 1.0
"""Characters that a passage may have for each in a link before it counts as saying something."""

_LINK = re.compile(r"!?\[([^\]\[]*)\]\((?:<[^<>\n]*>|[^()\s]*)(?:\s+\"[^\"]*\")?\)")
# Possessive throughout: there are many ways to divide a row of dashes, and each would be tried before it is given up.
_RULE = re.compile(r"^[ \t]*+\|?+(?:[ \t]*+:?+-{2,}+:?+[ \t]*+\|?+)+[ \t]*$", re.MULTILINE)
_MARKS = re.compile(r"\*\*|__|`+|^[ \t]*#{1,6}[ \t]+|^[ \t]*(?:[-*+]|\d+[.)])[ \t]+", re.MULTILINE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# Names that HTML has and placeholders seldom have: `kotae index <SOURCE>` loses nothing.
_TAG = re.compile(
    r"</?(?:a|b|br|code|dd|del|details|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|img|ins|kbd|li|ol|p|pre|span|strong|sub"
    r"|summary|sup|table|tbody|td|tfoot|th|thead|tr|u|ul)(?:\s[^<>]*|/)?>",
    re.IGNORECASE,
)
_OPENS, _CLOSES = "<!--", "-->"


def search_text(passage: Passage) -> str:
    """What of a passage is embedded and searched: title and text, without the marks of Markdown, HTML, and the targets of links."""
    text = _LINK.sub(r"\1", _TAG.sub(" ", " ".join(_outside_comments(passage.text))))
    text = _ESCAPED.sub(r"\1", _MARKS.sub("", _RULE.sub("", text)).replace("|", " "))
    return f"{passage.title}\n{unescape(text)}"


def words_of_heading(text: str) -> str:
    """What a heading says, on one line."""
    return " ".join(_ESCAPED.sub(r"\1", _MARKS.sub("", _LINK.sub(r"\1", text))).split())


def only_comments(html: str) -> bool:
    """Whether a piece of HTML holds nothing that is shown."""
    return not any(part.strip() for part in _outside_comments(html))


def only_refers(text: str) -> bool:
    """Whether a passage says little but where else to look, as a list of related pages does."""
    linked = sum(len(match[1]) for match in _LINK.finditer(text))
    rest = _MARKS.sub("", _LINK.sub("", text))
    return linked > 0 and len("".join(rest.split())) < linked * _MOST_BESIDE_LINKS


def _outside_comments(text: str) -> Iterator[str]:
    """The text before, between and after comments; one that is not closed is none."""
    at = 0
    while (start := text.find(_OPENS, at)) >= 0:
        end = text.find(_CLOSES, start + len(_OPENS))
        if end < 0:
            break
        yield text[at:start]
        at = end + len(_CLOSES)
    yield text[at:]
