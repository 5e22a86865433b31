"""Cutting pages into passages along their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING

from backends.retrieval.links import target, targets_in_html
from backends.retrieval.page import Page
from backends.retrieval.readers.corpus import CORPORA
from backends.retrieval.readers.plain import front_matter
from backends.retrieval.text import length
from kotae.conversation import Passage

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

TARGET = 200
"""Tokens a passage is filled up to; encoders of this size see about 250."""
LIMIT = 280
"""Tokens a passage may have when that keeps a table, a list, a code block or a whole page together."""
ROW_LIMIT = 500
"""Tokens that a row of a corpus may have: whoever made the corpus has cut it already."""
_MOST_BESIDE_LINKS = 1.0
"""Characters that a passage may have for each in a link before it counts as saying something."""
TINY = 40
"""Tokens below which a section joins the one that follows it."""
SEPARATOR = " › "

_SENTENCE = re.compile(r"(?<=[。．！？!?])|(?<=[.])\s+|\n")
_LINK = re.compile(r"!?\[([^\]\[]*)\]\((?:<[^<>\n]*>|[^()\s]*)(?:\s+\"[^\"]*\")?\)")
_RULE = re.compile(r"^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|?)+[ \t]*$", re.MULTILINE)
_MARKS = re.compile(r"\*\*|__|`+|^[ \t]*#{1,6}[ \t]+|^[ \t]*(?:[-*+]|\d+[.)])[ \t]+", re.MULTILINE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
# Names that HTML has and placeholders seldom have: `kotae index <SOURCE>` loses nothing.
_TAG = re.compile(
    r"</?(?:a|b|br|code|dd|del|details|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|img|ins|kbd|li|ol|p|pre|span|strong|sub"
    r"|summary|sup|table|tbody|td|tfoot|th|thead|tr|u|ul)(?:\s[^<>]*|/)?>|<!--.*?-->",
    re.IGNORECASE | re.DOTALL,
)
_COMMENT = re.compile(r"\s*(?:<!--.*?-->\s*)+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some lines that belong together."""

    kind: str
    path: tuple[str, ...]
    lines: tuple[str, ...]
    start: int
    """Index of the first line in the page."""
    links: tuple[tuple[int, str], ...] = ()
    """What its links name, each with the index of the line in the page, in order."""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def cut(page: Page) -> list[Passage]:
    """The passages of a page, in its order.

    A passage holds at most about `TARGET` tokens, or up to `LIMIT` where that keeps a block or a small page whole. Its title is
    the page's title and the headings above it; its `line` counts from 1 in the file it came from; its `links` are the pages that
    the links in its text lead to.
    """
    blocks = list(_markdown_blocks(page) if page.markdown else _plain_blocks(page))
    pieces = [piece for block in blocks for piece in _fit(block, _limit(page))]
    groups = _group(pieces)
    found = []
    for number, group in enumerate(groups, start=1):
        text = _joined(group)
        if not text.strip():
            continue
        path = _shared_path(group)
        found.append(
            Passage(
                id=page.id if len(groups) == 1 else f"{page.id}#{number}",
                document=page.id,
                title=SEPARATOR.join((page.title, *path)) if page.title else SEPARATOR.join(path),
                text=text,
                source=page.source,
                line=page.line_of(group[0].start),
                links=_documents(page, group),
            )
        )
    return found


def search_text(passage: Passage) -> str:
    """What of a passage is embedded and searched: title and text, without the marks of Markdown, HTML, and the targets of links."""
    text = _LINK.sub(r"\1", _TAG.sub(" ", passage.text))
    text = _ESCAPED.sub(r"\1", _MARKS.sub("", _RULE.sub("", text)).replace("|", " "))
    return f"{passage.title}\n{unescape(text)}"


def _documents(page: Page, group: list[_Block]) -> tuple[str, ...]:
    if not page.links:
        return ()
    found = (page.links.get(name) for block in group for _, name in block.links)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def only_refers(text: str) -> bool:
    """Whether a passage says little but where else to look, as a list of related pages does."""
    linked = sum(len(match[1]) for match in _LINK.finditer(text))
    rest = _MARKS.sub("", _LINK.sub("", text))
    return linked > 0 and len("".join(rest.split())) < linked * _MOST_BESIDE_LINKS


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def _markdown_blocks(page: Page) -> Iterator[_Block]:
    text = page.text
    if front := front_matter(text):
        text = "\n" * front.count("\n") + text[len(front) :]
    lines = text.split("\n")
    path: list[tuple[int, str]] = []
    tokens = _parser().parse(text)
    for at, token in enumerate(tokens):
        if token.level or token.map is None or token.nesting < 0:
            continue
        start, end = token.map
        if token.type == "heading_open":
            level, heading = int(token.tag[1:]), _plain(tokens[at + 1].content)
            path = [(above, name) for above, name in path if above < level]
            if not (heading == page.title and not path):
                path.append((level, heading))
            continue
        body = lines[start:end]
        while body and not body[-1].strip():
            body.pop()
        if body and not (token.type == "html_block" and _COMMENT.fullmatch("\n".join(body))):
            yield _Block(
                token.type.removesuffix("_open"),
                tuple(name for _, name in path),
                tuple(body),
                start,
                tuple(_targets(tokens, at)) if page.links else (),
            )


def _targets(tokens: list[Token], at: int) -> Iterator[tuple[int, str]]:
    """What the links in the block that begins with token `at` name, each with its line."""
    for index in range(at, len(tokens)):
        token = tokens[index]
        if token.map is None:
            if token.level == 0 and token.nesting < 0:
                return
            continue
        line = token.map[0]
        if token.type == "html_block":
            yield from ((line, name) for name in targets_in_html(token.content))
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "html_inline":
                yield from ((line, name) for name in targets_in_html(child.content))
            elif child.type == "link_open" and (name := target(str(child.attrGet("href") or ""))):
                yield line, name
        if token.level == 0 and token.nesting == 0:
            return


def _plain(text: str) -> str:
    return " ".join(_ESCAPED.sub(r"\1", _MARKS.sub("", _LINK.sub(r"\1", text))).split())


def _plain_blocks(page: Page) -> Iterator[_Block]:
    """A small text is one block; a longer one is cut at its empty lines."""
    lines = page.text.split("\n")
    if length(page.text) <= _limit(page):
        first = next((at for at, line in enumerate(lines) if line.strip()), 0)
        yield _Block("page", (), tuple("\n".join(lines[first:]).rstrip().split("\n")), first)
        return
    start = 0
    for at in range(len(lines) + 1):
        if at == len(lines) or not lines[at].strip():
            if at > start:
                yield _Block("paragraph", (), tuple(lines[start:at]), start)
            start = at + 1


def _limit(page: Page) -> int:
    return ROW_LIMIT if page.source.endswith(CORPORA) else LIMIT


def _fit(block: _Block, limit: int) -> Iterator[_Block]:
    """The block itself when it fits; else by rows, items, lines or sentences. A cut table repeats its head, cut code its fence."""
    if length(block.text) <= limit:
        yield block
        return
    head, tail = _frame(block)
    held: list[str] = []
    start, last = block.start, block.start
    used = budget_of_head = length("\n".join((*head, *tail)))
    for at, unit in _units(block, len(head), len(tail)):
        for below, part in _parts(unit):
            size = length(part)
            if held and used + size > TARGET:
                yield _piece(block, (*head, *held, *tail), start, last)
                held, used = [], budget_of_head
                start = block.start + at + below
            held.append(part)
            used += size
            last = block.start + at + below + part.count("\n")
    if held:
        yield _piece(block, (*head, *held, *tail), start, block.start + len(block.lines) - 1)


def _frame(block: _Block) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines that every part of a cut block begins and ends with."""
    if block.kind == "table":
        return block.lines[:2], ()
    if block.kind == "fence":
        closed = len(block.lines) > 1 and block.lines[-1].strip() == block.lines[0].strip()[:3]
        return block.lines[:1], block.lines[-1:] if closed else ()
    return (), ()


def _units(block: _Block, skip: int, leave: int) -> Iterator[tuple[int, str]]:
    """What of a block should stay together, and the index of its line: an item of a list with all below it, else a line."""
    lines = block.lines[: len(block.lines) - leave]
    if not block.kind.endswith("_list"):
        yield from ((at, line) for at, line in enumerate(lines) if at >= skip)
        return
    outermost = _indent(lines[0])
    starts = [at for at, line in enumerate(lines) if _ITEM.match(line) and _indent(line) <= outermost + 1]
    for start, end in pairwise((*starts, len(lines))):
        yield start, "\n".join(lines[start:end]).rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _piece(block: _Block, lines: tuple[str, ...], start: int, last: int) -> _Block:
    """A part of `block`, with the links of its lines; a line that is cut gives all of its links to each of its parts."""
    links = tuple((at, name) for at, name in block.links if start <= at <= last)
    return _Block(block.kind, block.path, lines, start, links)


def _parts(unit: str) -> Iterator[tuple[int, str]]:
    """Some lines as a whole, or one by one, or their sentences, where they are too long; each with the index of its line.

    Text without sentences is cut by length.
    """
    if length(unit) <= TARGET:
        yield 0, unit
        return
    for at, line in enumerate(unit.split("\n")):
        if length(line) <= TARGET:
            yield at, line
            continue
        for sentence in filter(None, _SENTENCE.split(line)):
            size = length(sentence)
            step = len(sentence) if size <= TARGET else max(1, len(sentence) * TARGET // size)
            for start in range(0, len(sentence), step):
                if (part := sentence[start : start + step]).strip():
                    yield at, part


def _group(pieces: list[_Block]) -> list[list[_Block]]:
    """Pieces of one section fill a passage; a tiny section joins the next one."""
    groups: list[list[_Block]] = []
    used = 0
    for piece in pieces:
        size = length(piece.text)
        if groups:
            same = groups[-1][-1].path == piece.path
            room = LIMIT if same and used < TINY else TARGET
            if used + size <= room and (same or used < TINY):
                groups[-1].append(piece)
                used += size
                continue
        groups.append([piece])
        used = size
    return groups


def _shared_path(group: list[_Block]) -> tuple[str, ...]:
    """The headings above a passage: those of the section that a few words of introduction joined, else what all blocks share."""
    paths = [block.path for block in group]
    deepest = max(paths, key=len)
    if all(path == deepest[: len(path)] for path in paths):
        return deepest
    common: list[str] = []
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        common.append(names[0])
    return tuple(common)


def _joined(group: list[_Block]) -> str:
    """The text of a passage. Where sections were merged, the headings that its title lacks stand in it."""
    shared = len(_shared_path(group))
    written: tuple[str, ...] = group[0].path[:shared]
    parts = []
    for block in group:
        if block.path != written:
            parts.append("**" + SEPARATOR.join(block.path[shared:]) + "**" if block.path[shared:] else "")
            written = block.path
        parts.append(block.text)
    return "\n\n".join(part for part in parts if part)
