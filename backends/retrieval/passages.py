"""Cutting pages into passages along their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from backends.retrieval.blocks import HEADING, LONGEST_HEADING, Block, markdown_blocks
from backends.retrieval.page import Page
from backends.retrieval.readers.corpus import is_corpus
from backends.retrieval.text import length
from kotae.conversation import Passage

TARGET = 200
"""Tokens a passage is filled up to; encoders of this size see about 250."""
LIMIT = 280
"""Tokens a passage may have when that keeps a table, a list, a code block or a whole page together."""
ROW_LIMIT = 500
"""Tokens that a row of a corpus may have: whoever made the corpus has cut it already."""
TINY = 40
"""Tokens below which a section joins the one that follows it."""
CHARACTERS = 20
"""Characters that count as a token at least: blanks and marks alone are none, and may not fill a passage without end."""
SEPARATOR = " › "

_SENTENCE = re.compile(r"(?<=[。．！？!?])(?![。．！？!?])|(?<=[.])\s+|\n")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")


def cut(page: Page) -> list[Passage]:
    """The passages of a page, in its order.

    A passage holds at most about `TARGET` tokens, or up to `LIMIT` where that keeps a block or a small page whole. Its title is
    the page's title and the headings above it; its `line` counts from 1 in the file it came from; its `links` are the pages that
    the links in its text lead to. A heading that nothing stands below is a text itself.
    """
    blocks = list(markdown_blocks(page) if page.markdown else _plain_blocks(page))
    pieces = [piece for block in blocks for piece in _fit(block, _limit(page))]
    groups = _group(pieces)
    found = []
    for number, group in enumerate(groups, start=1):
        path = _shared_path(group)
        text = _joined(group)
        if not text and group[0].kind == HEADING:
            text = f"**{path[-1] if path else page.title[:LONGEST_HEADING]}**"
        if not text.strip():
            continue
        found.append(
            Passage(
                id=page.id if len(groups) == 1 else f"{page.id}#{number}",
                document=page.id,
                title=SEPARATOR.join(filter(None, (page.title[:LONGEST_HEADING], *path))),
                text=text,
                source=page.source,
                line=page.line_of(group[0].start),
                links=_documents(page, group),
            )
        )
    return found


def _documents(page: Page, group: list[Block]) -> tuple[str, ...]:
    if not page.links:
        return ()
    found = (page.links.get(name) for block in group for _, name in block.links)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _plain_blocks(page: Page) -> Iterator[Block]:
    """A small text is one block; a longer one is cut at its empty lines."""
    lines = page.text.split("\n")
    if _size(page.text) <= _limit(page):
        first = next((at for at, line in enumerate(lines) if line.strip()), 0)
        yield Block("page", (), tuple("\n".join(lines[first:]).rstrip().split("\n")), first)
        return
    start = 0
    for at in range(len(lines) + 1):
        if at == len(lines) or not lines[at].strip():
            if at > start:
                yield Block("paragraph", (), tuple(lines[start:at]), start)
            start = at + 1


def _size(text: str) -> int:
    """How much of a passage a text takes up: its tokens, or as many as its characters count for."""
    return max(length(text), -(-len(text) // CHARACTERS))


def _limit(page: Page) -> int:
    return ROW_LIMIT if is_corpus(page.source) else LIMIT


def _fit(block: Block, limit: int) -> Iterator[Block]:
    """The block itself when it fits; else by rows, items, lines or sentences. A cut table repeats its head, cut code its fence."""
    if _size(block.text) <= limit:
        yield block
        return
    head, tail = _frame(block)
    if _size("\n".join((*head, *tail))) > TARGET // 2:
        head, tail = (), ()
    held: list[str] = []
    start, last = block.start, block.start
    used = budget_of_head = _size("\n".join((*head, *tail)))
    for at, unit in _units(block, len(head), len(tail)):
        for below, part in _parts(unit):
            size = _size(part)
            if held and used + size > TARGET:
                yield _piece(block, (*head, *held, *tail), start, last)
                held, used = [], budget_of_head
                start = block.start + at + below
            held.append(part)
            used += size
            last = block.start + at + below + part.count("\n")
    if held:
        yield _piece(block, (*head, *held, *tail), start, block.start + len(block.lines) - 1)


def _frame(block: Block) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines that every part of a cut block begins and ends with."""
    if block.kind == "table":
        return block.lines[:2], ()
    if block.kind == "fence":
        closed = len(block.lines) > 1 and block.lines[-1].strip() == block.lines[0].strip()[:3]
        return block.lines[:1], block.lines[-1:] if closed else ()
    return (), ()


def _units(block: Block, skip: int, leave: int) -> Iterator[tuple[int, str]]:
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


def _piece(block: Block, lines: tuple[str, ...], start: int, last: int) -> Block:
    """A part of `block`, with the links of its lines; a line that is cut gives all of its links to each of its parts."""
    links = tuple((at, name) for at, name in block.links if start <= at <= last)
    return Block(block.kind, block.path, lines, start, links)


def _parts(unit: str) -> Iterator[tuple[int, str]]:
    """Some lines as a whole, or one by one, or their sentences, where they are too long; each with the index of its line.

    Text without sentences is cut by length.
    """
    if _size(unit) <= TARGET:
        yield 0, unit
        return
    for at, line in enumerate(unit.split("\n")):
        if _size(line) <= TARGET:
            yield at, line
            continue
        for sentence in filter(None, _SENTENCE.split(line)):
            size = _size(sentence)
            step = len(sentence) if size <= TARGET else max(1, len(sentence) * TARGET // size)
            for start in range(0, len(sentence), step):
                if (part := sentence[start : start + step]).strip():
                    yield at, part


def _group(pieces: list[Block]) -> list[list[Block]]:
    """Pieces of one section fill a passage; a tiny section joins the next one."""
    groups: list[list[Block]] = []
    used = 0
    for piece in pieces:
        size = _size(piece.text or SEPARATOR.join(piece.path))
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


def _shared_path(group: list[Block]) -> tuple[str, ...]:
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


def _joined(group: list[Block]) -> str:
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
