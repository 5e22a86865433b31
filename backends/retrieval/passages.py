"""Cutting pages into passages along their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from backends.retrieval.manual import CORPORA, Page, front_matter
from backends.retrieval.text import length
from kotae.conversation import Passage

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

TARGET = 200
"""Tokens a passage is filled up to; encoders of this size see about 250."""
LIMIT = 280
"""Tokens a passage may have when that keeps a table, a list, a code block or a whole page together."""
ROW_LIMIT = 500
"""Tokens that a row of a corpus may have: whoever made the corpus has cut it already."""
TINY = 40
"""Tokens below which a section joins the one that follows it."""
SEPARATOR = " › "

_SENTENCE = re.compile(r"(?<=[。．！？!?])|(?<=[.])\s+|\n")
_LINK = re.compile(r"!?\[([^\]\[]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_RULE = re.compile(r"^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|?)+[ \t]*$", re.MULTILINE)
_MARKS = re.compile(r"\*\*|__|`+|^[ \t]*#{1,6}[ \t]+|^[ \t]*(?:[-*+]|\d+[.)])[ \t]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some lines that belong together."""

    kind: str
    path: tuple[str, ...]
    lines: tuple[str, ...]
    start: int
    """Index of the first line in the page."""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def cut(page: Page) -> list[Passage]:
    """The passages of a page, in its order.

    A passage holds at most about `TARGET` tokens, or up to `LIMIT` where that keeps a block or a small page whole. Its title is
    the page's title and the headings above it; its `line` counts from 1 in the file it came from.
    """
    blocks = list(_markdown_blocks(page) if page.markdown else _plain_blocks(page))
    pieces = [piece for block in blocks for piece in _fit(block, _limit(page))]
    groups = _group(pieces)
    found = []
    for number, group in enumerate(groups, start=1):
        text = _joined(group)
        if not text.strip():
            continue
        line = group[0].start + page.line if page.markdown or page.line == 1 else page.line
        path = _shared_path(group)
        found.append(
            Passage(
                id=page.id if len(groups) == 1 else f"{page.id}#{number}",
                document=page.id,
                title=SEPARATOR.join((page.title, *path)) if page.title else SEPARATOR.join(path),
                text=text,
                source=page.source,
                line=line,
            )
        )
    return found


def search_text(passage: Passage) -> str:
    """What of a passage is embedded and searched: title and text, without the marks of Markdown and the targets of links."""
    text = _LINK.sub(r"\1", passage.text)
    text = _MARKS.sub("", _RULE.sub("", text)).replace("|", " ")
    return f"{passage.title}\n{text}"


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
        if body:
            yield _Block(
                token.type.removesuffix("_open"), tuple(name for _, name in path), tuple(body), start
            )


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", text)).split())


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
    """The block itself when it fits; else by rows, items, lines or sentences. A cut table repeats its head."""
    if length(block.text) <= limit:
        yield block
        return
    head = block.lines[:2] if block.kind == "table" else ()
    held: list[str] = []
    start = block.start
    used = budget_of_head = length("\n".join(head))
    for at, line in enumerate(block.lines):
        if at < len(head):
            start = block.start
            continue
        for part in _parts(line):
            size = length(part)
            if held and used + size > TARGET:
                yield _Block(block.kind, block.path, (*head, *held), start)
                held, used = [], budget_of_head
            if not held and (at > len(head) or not head):
                start = block.start + at
            held.append(part)
            used += size
    if held:
        yield _Block(block.kind, block.path, (*head, *held), start)


def _parts(line: str) -> Iterator[str]:
    """A line, or its sentences when it is too long; text without sentences is cut by length."""
    if length(line) <= TARGET:
        yield line
        return
    for sentence in filter(None, _SENTENCE.split(line)):
        size = length(sentence)
        step = len(sentence) if size <= TARGET else max(1, len(sentence) * TARGET // size)
        for start in range(0, len(sentence), step):
            if (part := sentence[start : start + step]).strip():
                yield part


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
