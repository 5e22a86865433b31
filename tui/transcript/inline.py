"""Inline Markdown to text with spans, each character of which knows where in the source it came from.

markdown-it-py parses; its tokens carry no positions, so a subclass of its state notes the position at which each token was
pushed. Emphasis markers are pushed as text and turned into tags afterwards, so positions are settled between the two passes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from kotae.citations import LINKED, is_number, marks
from tui.transcript.safe_text import SHOWN, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markdown_it.token import Token

Span = tuple[int, int, str]
"""Start, end, and the role that styles the range."""

BRACKETS = 100
"""A paragraph with more brackets than this is taken to have no links."""

_TAGS = {"em": "em", "strong": "strong", "s": "strike", "link": "link"}
_URL = re.compile(r"https?://[^\s<>\"'`、。（）「」]+[^\s<>\"'`、。（）「」.,;:!?)\]}]")
_WIDE_EDGE = re.compile(r"[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]")


@dataclass(frozen=True, slots=True)
class Run:
    """Text `start..end` came from source `source..source_end`; character for character when both are as long."""

    start: int
    end: int
    source: int
    source_end: int


@dataclass(frozen=True, slots=True)
class Inline:
    """Rendered text, its spans and links, and its runs in order."""

    text: str
    spans: tuple[Span, ...] = ()
    links: tuple[tuple[int, int, str], ...] = ()
    runs: tuple[Run, ...] = ()
    left_out: tuple[tuple[int, int], ...] = ()
    """The ranges of the source that would be shown if citations were."""

    def without(self, ranges: Sequence[tuple[int, int]]) -> Inline:
        """What stays when `ranges` of the text are left out; they are in order and apart."""
        starts = [start for start, _ in ranges]
        gone = [0, *accumulate(end - start for start, end in ranges)]

        def moved(at: int) -> int:
            place = bisect_right(starts, at)
            return at - gone[place] + (max(0, ranges[place - 1][1] - at) if place else 0)

        bounds = [0, *(at for part in ranges for at in part), len(self.text)]
        pieces = list(pairwise(bounds))
        """Kept and left out in turn."""
        runs: list[Run] = []
        left_out: list[tuple[int, int]] = []
        place = 0
        for run in self.runs:
            exact = run.end - run.start == run.source_end - run.source
            while pieces[place][1] <= run.start:
                place += 1
            at = place
            while at < len(pieces) and pieces[at][0] < run.end:
                a, b = max(run.start, pieces[at][0]), min(run.end, pieces[at][1])
                source = run.source + (a - run.start if exact else 0)
                source_end = run.source + b - run.start if exact else run.source_end
                if a < b and at % 2 == 0:
                    runs.append(Run(moved(a), moved(b), source, source_end))
                elif a < b and left_out and left_out[-1][1] == source:
                    left_out[-1] = (left_out[-1][0], source_end)
                elif a < b:
                    left_out.append((source, source_end))
                at += 1
        return Inline(
            "".join(self.text[a:b] for a, b in pieces[::2]),
            tuple((moved(a), moved(b), role) for a, b, role in self.spans if moved(a) < moved(b)),
            tuple((moved(a), moved(b), url) for a, b, url in self.links if moved(a) < moved(b)),
            tuple(runs),
            tuple(left_out),
        )

    def tail(self, start: int) -> Inline:
        """What is left from `start` on, with everything counted from there."""
        if not start:
            return self
        return Inline(
            self.text[start:],
            tuple((max(0, a - start), b - start, role) for a, b, role in self.spans if b > start),
            tuple((max(0, a - start), b - start, url) for a, b, url in self.links if b > start),
            tuple(cut for run in self.runs if (cut := _cut(run, start)) is not None),
        )

    def text_range(self, start: int, end: int) -> tuple[int, int] | None:
        """The range of the text that shows any of source `start..end`; None when none does."""
        first = last = -1
        for run in self.runs:
            if run.source_end <= start or run.source >= end:
                continue
            exact = run.end - run.start == run.source_end - run.source
            a = run.start + max(0, start - run.source) if exact else run.start
            b = run.end - max(0, run.source_end - end) if exact else run.end
            if first < 0:
                first = a
            last = max(last, b)
        return (first, last) if 0 <= first < last else None


def plain(text: str) -> Inline:
    """Text without markup, character for character."""
    return Inline(text, _escapes(text), (), (Run(0, len(text), 0, len(text)),) if text else ())


def parse(content: str, references: Mapping[str, Any] | None = None, *, citations: bool = True) -> Inline:
    """Parse the inline content of a block; offsets count from its start. Without `citations`, `[1]` is left out."""
    return _parse(content, references, citations) if references else _parse_alone(content, citations)


def _cut(run: Run, start: int) -> Run | None:
    if run.end <= start:
        return None
    if run.start >= start:
        return Run(run.start - start, run.end - start, run.source, run.source_end)
    exact = run.end - run.start == run.source_end - run.source
    return Run(0, run.end - start, run.source + (start - run.start if exact else 0), run.source_end)


class _State(StateInline):
    """Notes where in the source every token starts."""

    def __init__(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> None:
        super().__init__(src, md, env, tokens)
        self.pending_at = -1
        self.positions: list[int] = []

    def append_pending(self, text: str) -> None:
        if self.pending_at < 0:
            self.pending_at = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:  # noqa: N802 - markdown-it's name
        token = super().pushPending()
        self.positions.append(self.pending_at)
        self.pending_at = -1
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        self.pending_at = -1
        self.positions.append(self.pos)
        return token


@lru_cache(maxsize=2)
def parser(*, links: bool = True) -> MarkdownIt:
    """CommonMark with tables and strikethrough. HTML is off, so tags are text like any other."""
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": 60}).enable(["table", "strikethrough"])
    return md if links else md.disable(["link", "image"])


@lru_cache(maxsize=512)
def _parse_alone(content: str, citations: bool) -> Inline:
    return _parse(content, None, citations)


def _parse(content: str, references: Mapping[str, Any] | None, citations: bool) -> Inline:
    # Every bracket is tried as the start of a link and looks at all that follow: time by the square of their number.
    md = parser(links=content.count("[") <= BRACKETS)
    tokens: list[Token] = []
    state = _State(content, md, {"references": references} if references else {}, tokens)
    md.inline.tokenize(state)
    positions = _settle(tokens, state.positions)
    for token, position in zip(tokens, positions, strict=True):
        token.meta["at"] = position
    # The join of neighbouring text tokens is left out: it would lose their positions.
    for rule in md.inline.ruler2.getRules("")[:-1]:
        rule(state)
    return _Builder(content, citations).build(tokens)


def _settle(tokens: Sequence[Token], positions: Sequence[int]) -> list[int]:
    """Delimiters of one run are pushed before the position moves on; spread them out."""
    settled: list[int] = []
    last = shift = -1
    for token, position in zip(tokens, positions, strict=True):
        if token.type == "text" and position == last:
            settled.append(position + shift)
            shift += len(token.content)
        else:
            settled.append(position)
            last, shift = (position, len(token.content)) if token.type == "text" else (-1, 0)
    return settled


@dataclass(slots=True)
class _Builder:
    source: str
    citations: bool
    parts: list[str] = field(default_factory=list)
    length: int = 0
    spans: list[Span] = field(default_factory=list)
    links: list[tuple[int, int, str]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    numbered: list[tuple[int, int]] = field(default_factory=list)
    """Links that are citations by their words."""

    def build(self, tokens: Sequence[Token]) -> Inline:
        open_tags: list[tuple[str, int, str]] = []
        for index, token in enumerate(tokens):
            at = int(token.meta["at"])
            kind = token.type
            if kind.endswith("_open"):
                open_tags.append((kind[:-5], self.length, str(token.attrs.get("href", ""))))
            elif kind.endswith("_close"):
                if open_tags:
                    tag, start, href = open_tags.pop()
                    if tag == "link" and start < self.length and self.runs[-1].start == start:
                        self.numbered += [(start, self.length)] if is_number(self.parts[-1]) else []
                    self._close(tag, start, href)
            elif kind == "softbreak":
                self._soft_break(at, tokens[index + 1].content if index + 1 < len(tokens) else "")
            elif kind == "hardbreak":
                self._add("\n", at, at + 1)
            elif kind == "code_inline":
                self._code(token, at)
            elif kind == "image":
                self._image(token, at)
            elif kind == "text_special":
                self._add(token.content, at, at + len(token.markup))
            elif token.content:
                self._text(token.content, at)
        text = "".join(self.parts)
        if "://" in text:
            self._bare_links(text)
        rich = Inline(text, (*self.spans, *_escapes(text)), tuple(self.links), tuple(self.runs))
        return rich if self.citations else self._uncited(rich)

    def _uncited(self, rich: Inline) -> Inline:
        characters = list(rich.text)
        for start, end in self.numbered:
            characters[start:end] = LINKED * (end - start)
        for start, end, role in rich.spans:
            if role == "code":  # `rows[1]` cites nothing
                characters[start:end] = "x" * (end - start)
        found = marks("".join(characters))
        return rich.without(found) if found else rich

    def _add(self, text: str, source: int, source_end: int) -> None:
        text = visible(text).replace("\t", " ")
        if text:
            self.runs.append(Run(self.length, self.length + len(text), source, source_end))
            self.parts.append(text)
            self.length += len(text)

    def _text(self, content: str, at: int) -> None:
        for start in (at, at + 1):  # an autolink's text starts after its `<`
            if self.source.startswith(content, start):
                return self._add(content, start, start + len(content))
        return self._add(content, at, min(len(self.source), at + len(content)))

    def _soft_break(self, at: int, following: str) -> None:
        before = self.parts[-1][-1:] if self.parts else ""
        # Japanese is written without blanks, so a line end between two wide characters is nothing.
        if not (_WIDE_EDGE.match(before) and _WIDE_EDGE.match(following)):
            self._add(" ", at, at + 1)

    def _code(self, token: Token, at: int) -> None:
        start = self.length
        inner = at + len(token.markup)
        raw = self.source[inner:].replace("\n", " ")
        if not raw.startswith(token.content):
            inner += 1  # one blank on each side is not part of the code
        self._add(token.content, inner, inner + len(token.content))
        self.spans.append((start, self.length, "code"))

    def _image(self, token: Token, at: int) -> None:
        start = self.length
        self._add(token.content or "image", at, at + 2 + len(token.content))
        self._close("link", start, str(token.attrs.get("src", "")))

    def _close(self, tag: str, start: int, href: str) -> None:
        if self.length == start:
            return
        if tag == "link":
            if not href.lower().startswith(("http://", "https://")):
                return
            self.links.append((start, self.length, href))
        self.spans.append((start, self.length, _TAGS.get(tag, tag)))

    def _bare_links(self, text: str) -> None:
        for match in _URL.finditer(text):
            start, end = match.span()
            if not any(a < end and start < b for a, b, _ in self.links):
                self.links.append((start, end, match.group()))
                self.spans.append((start, end, "link"))


def _escapes(text: str) -> tuple[Span, ...]:
    return tuple((match.start(), match.end(), "escape") for match in SHOWN.finditer(text))
