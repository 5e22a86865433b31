"""What of a passage can be quoted by itself: a sentence, a list item, a table row, a whole list or procedure, a block of code.

Each comes with what it can't be understood without: the sentence that leads into a list, the head of a table, the headings above.
Markdown is parsed, so that no mark is taken for text; the words are the passage's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

from backends.retrieval.text import length
from kotae.sentences import sentences

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Kind = Literal["sentence", "item", "row", "list", "procedure", "code"]
HEADINGS = " › "
"""Stands between the headings of a passage's title."""
LONGEST_ITEM = 90
"""Tokens of a list item beyond which its sentences are quoted one by one."""
LONGEST = 250
"""Tokens beyond which nothing is quoted: a whole passage is no quotation."""
_READ = 20_000
"""Characters of a passage that are looked at."""

_LINK = re.compile(r"(?P<image>!?)\[(?P<label>[^\]\[]*)\]\((?P<target>[^()\s]*)(?:\s+\"[^\"]*\")?\)")
_WITHIN_TEXT = re.compile(r"\*\*(?P<heading>[^*\n]+)\*\*")
"""A line that repeats the headings of a section that was merged into the passage."""
_MARKER = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_QUOTE_MARK = re.compile(r"^[ \t]{0,3}>[ \t]?", re.MULTILINE)
_HARD_BREAK = re.compile(r"(?:(?<! ) {2,}|\\|(?<=[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]))\n[ \t]*")
_SOFT_BREAK = re.compile(r"(?<![ \t])[ \t]*\n[ \t]*")
_LEADS_IN = re.compile(r"[:：]$|\bfollow(?:ing|s)\b[^.]*\.?$|(?:次|以下|下記)の[^。]*。?$", re.IGNORECASE)
_POINTS_BACK = re.compile(
    r"(?:It|Its|They|Their|This(?! (?:page|chapter|manual|section)\b)|That|These|Those|He|She|His|Her|Both|Neither|Then|Otherwise"
    r"|Afterwards|So|In (?:this|that|these|those|both|such)|If (?:it|they|not|so|this|that)|After (?:that|this)"
    r"|The (?:former|latter|same|others?))\b"
    r"|(?:それ|その|そこ|これ|この(?!ページ|章|マニュアル)|ここ|同じ|前者|後者|いずれ|どちら|両方|また|ただし)"
)


@dataclass(frozen=True, slots=True)
class Quotable:
    """A part of a passage."""

    kind: Kind
    text: str
    """As the passage has it, without the list marker; a link that leads into the manual is its label."""
    marker: str = ""
    """`- ` or `3. ` where it is an item."""
    lead: str = ""
    """What has to stand before it: a sentence, or a table's head of two lines."""
    heading: str = ""
    """The headings it stands below, the page's title first."""
    group: int = 0
    """Parts with the same number are the sentences of one paragraph, the items of one list, or the rows of one table."""
    points_back: bool = False
    """Whether it can't be understood without the part before it."""


@lru_cache(maxsize=256)
def quotables(title: str, text: str) -> tuple[Quotable, ...]:
    """The parts of a passage in its order; a list as a whole comes before its items."""
    parts = _parts(title, text[:_READ])
    return tuple(part for part in parts if any(map(str.isalnum, part.text)) and length(part.text) <= LONGEST)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable("inline")  # sentences are cut from the source


def _parts(title: str, text: str) -> Iterator[Quotable]:
    lines = text.split("\n")
    heading, lead = title, ""
    tokens = _parser().parse(text)
    for group, token in enumerate(tokens):
        if token.level or token.map is None or token.nesting < 0:
            continue
        body = "\n".join(lines[token.map[0] : token.map[1]]).strip("\n")
        inner = _WITHIN_TEXT.fullmatch(body.strip())
        if inner or token.type == "heading_open":
            words = inner["heading"] if inner else tokens[group + 1].content
            heading, lead = HEADINGS.join(filter(None, (title, words.strip()))), ""
            continue
        if token.type in ("bullet_list_open", "ordered_list_open"):
            kind: Kind = "procedure" if token.type == "ordered_list_open" else "list"
            yield from _items(_list_items(tokens[group:], lines), kind, lead, heading, group)
        elif token.type == "table_open":
            head, rows = "\n".join(body.split("\n")[:2]), body.split("\n")[2:]
            yield from (Quotable("row", _labelled(row.strip()), "", head, heading, group) for row in rows)
        elif token.type in ("fence", "code_block"):
            yield Quotable("code", body, "", lead, heading, group)
        else:
            found = list(_sentences(_QUOTE_MARK.sub("", body), heading, group))
            lead = found.pop().text if found and _LEADS_IN.search(found[-1].text) else ""
            yield from found
            continue
        lead = ""


def _sentences(paragraph: str, heading: str, group: int) -> Iterator[Quotable]:
    first = True
    for line in _HARD_BREAK.split(_labelled(paragraph)):
        for sentence in sentences(_SOFT_BREAK.sub(" ", line)):
            back = not first and _POINTS_BACK.match(sentence) is not None
            yield Quotable("sentence", sentence, "", "", heading, group, back)
            first = False


def _list_items(tokens: Sequence[Token], lines: Sequence[str]) -> list[str]:
    """The source of each item of the list that `tokens` begin with."""
    found = []
    for token in tokens[1:]:
        if token.level == 0:
            break
        if token.type == "list_item_open" and token.level == 1 and token.map is not None:
            found.append("\n".join(lines[token.map[0] : token.map[1]]).rstrip())
    return found


def _items(sources: Sequence[str], kind: Kind, lead: str, heading: str, group: int) -> Iterator[Quotable]:
    items = [_labelled(source) for source in sources if not _only_links(source)]
    if len(items) > 1:
        yield Quotable(kind, "\n".join(items), "", lead, heading, group)
    for item in items:
        marker = _MARKER.match(item)
        text = item[marker.end() :] if marker else item
        if length(text) <= LONGEST_ITEM:
            yield Quotable("item", text, marker[0].strip() + " " if marker else "", lead, heading, group)
        else:
            yield from _sentences(text, heading, group)


def _only_links(item: str) -> bool:
    return bool(_LINK.search(item)) and not any(map(str.isalnum, _MARKER.sub("", _LINK.sub("", item))))


def _labelled(text: str) -> str:
    """`text` with its links into the manual as their labels: where they lead is nowhere that a reader could open."""

    def label(link: re.Match[str]) -> str:
        outside = not link["image"] and link["target"].startswith(("http://", "https://"))
        return link[0] if outside else link["label"]

    return _LINK.sub(label, text)
