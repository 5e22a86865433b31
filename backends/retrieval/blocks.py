"""The blocks of a Markdown page: paragraphs, lists, tables, code, each with the headings above it and the links in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from backends.retrieval.links import target, targets_in, targets_in_html
from backends.retrieval.marks import only_comments, words_of_heading
from backends.retrieval.page import Page
from backends.retrieval.readers.plain import front_matter

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LONGEST_HEADING = 300
"""Characters of a heading or a page's title that stand above its passages."""
_LONGEST_INLINE = 20_000
"""Characters of a block whose links are read as Markdown says; in a longer one, whatever may be a link is taken for one."""
HEADING = "heading"
"""The kind of a block without lines: its path ends with a heading that nothing stands below."""


@dataclass(frozen=True, slots=True)
class Block:
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


def markdown_blocks(page: Page) -> Iterator[Block]:
    """The blocks of a page in its order, without front matter and comments."""
    text = page.text
    if front := front_matter(text):
        text = "\n" * front.count("\n") + text[len(front) :]
    lines = text.split("\n")
    path: list[tuple[int, str]] = []
    bare: tuple[int, Block] | None = None  # a heading that nothing has been seen below, and its level
    references: dict[str, Any] = {}
    tokens = _parser().parse(text, references)
    for at, token in enumerate(tokens):
        if token.level or token.map is None or token.nesting < 0:
            continue
        start, end = token.map
        if token.type == "heading_open":
            level, heading = int(token.tag[1:]), words_of_heading(tokens[at + 1].content)
            if bare and level <= bare[0]:
                yield bare[1]
            path = [(above, name) for above, name in path if above < level]
            if not (heading == page.title and not path):
                path.append((level, heading[:LONGEST_HEADING]))
            bare = (level, Block(HEADING, tuple(name for _, name in path), (), start)) if heading else None
            continue
        body = lines[start:end]
        while body and not body[-1].strip():
            body.pop()
        if body and not (token.type == "html_block" and only_comments("\n".join(body))):
            bare = None
            yield Block(
                token.type.removesuffix("_open"),
                tuple(name for _, name in path),
                tuple(body),
                start,
                tuple(_targets(tokens, at, references)) if page.links else (),
            )
    if bare:
        yield bare[1]


def _targets(tokens: list[Token], at: int, references: dict[str, Any]) -> Iterator[tuple[int, str]]:
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
        if token.type == "inline" and len(token.content) > _LONGEST_INLINE:
            for below, text in enumerate(token.content.split("\n")):
                yield from ((line + below, name) for name in sorted(targets_in(text)))
            continue
        for child in _inline(token, references):
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "html_inline":
                yield from ((line, name) for name in targets_in_html(child.content))
            elif child.type == "link_open" and (name := target(str(child.attrGet("href") or ""))):
                yield line, name
        if token.level == 0 and token.nesting == 0:
            return


def _inline(token: Token, references: dict[str, Any]) -> list[Token]:
    """What stands within a block, where it can hold a link at all."""
    if token.type != "inline" or not any(mark in token.content for mark in "[<"):
        return []
    return _parser().inline.parse(token.content, _parser(), references, [])


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # What stands within a block is looked at for its links alone, and seldom: see `_inline`.
    return MarkdownIt("commonmark").enable("table").disable("inline")
