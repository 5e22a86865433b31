"""An answer's Markdown, read as it arrives.

Only the source from the start of the open block on is parsed again. A block is closed once the lines that follow it are
complete and start another one; a list, a quote, a table, code or a paragraph that goes on for long is closed part by part.
Where it is cut depends on the text alone, never on how it was cut into deltas, so a streamed answer ends up the same as one
that is read at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tui.transcript.blocks import CODE_LINES, TABLE_ROWS, Context, Leaf, Piece, Reader
from tui.transcript.cut import CONTAINERS, find_cut
from tui.transcript.inline import parse, parser, plain
from tui.transcript.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

LONG = 1200
"""Characters after which an open paragraph is closed in part, at a blank among the last `LONG - SHORT`."""
SHORT = 800

_CUT = re.compile(r"(?<=\s)(?=\S)|(?<=[、。！？])")
_DELIMITER = re.compile(r"[*_`\[~<\\]")


class Document:
    """The leaves of a growing Markdown text: `closed` ones never change again, `tail` is read anew by every `append`."""

    def __init__(self, references: dict[str, Any] | None = None, *, citations: bool = True) -> None:
        self.source = ""
        self.closed: list[Leaf] = []
        self.tail: list[Leaf] = []
        self.finished = False
        self.reread = False
        """`finish` found definitions and read all again: what was closed before is not what is closed now."""
        self._known = references is not None
        self._references: dict[str, Any] = references or {}
        self._citations = citations
        self._context = Context()
        self._prefix = ""
        self._start = 0
        self._newline_at = -1
        self._held = ""

    @classmethod
    def of(cls, source: str) -> Document:
        """A whole text, read at once."""
        document = cls()
        document.append(source)
        document.finish()
        return document

    def append(self, delta: str) -> None:
        """Add text to the end."""
        text = self._held + delta
        self._held = ""
        if text.endswith("\r"):  # the first half of a line end, perhaps
            text, self._held = text[:-1], "\r"
        if "\r" in text:
            # As many characters as before, or offsets would not hold.
            text = text.replace("\r\n", " \n").replace("\r", "\n")
        self.source += visible(text)
        newline = self.source.rfind("\n")
        if newline > self._newline_at:
            self._newline_at = newline
            while self._close_blocks(newline + 1):
                pass
        self.tail = self._read_tail()
        while self._close_paragraph():
            self.tail = self._read_tail()

    def finish(self) -> None:
        """No more text comes: close everything.

        Reference links may be defined after they are used; then all is read once more with the definitions known.
        """
        if self._held:
            self.append("")
            self.source += "\n"
            self._held = ""
        self.closed += self.tail
        self.tail = []
        self.finished = True
        text = self._prefix + self.source[self._start :]
        references = dict(self._references)
        self._tokens(text, references)
        if references and not self._known and self._start:
            again = Document(references, citations=self._citations)
            again.append(self.source)
            again.finish()
            self.closed, self.reread = again.closed, True

    def leaves(self) -> Iterator[Leaf]:
        """All leaves in order."""
        yield from self.closed
        yield from self.tail

    def _tokens(self, text: str, references: dict[str, Any]) -> list[Token]:
        tokens: list[Token] = []
        md = parser()
        md.block.parse(text, md, {"references": references}, tokens)
        return tokens

    def _reader(self, text: str, references: dict[str, Any]) -> Reader:
        above = self.source[: self._start].rstrip(" \t>")
        return Reader(
            text,
            self._start - len(self._prefix),
            references,
            self._context,
            citations=self._citations,
            first=not self.closed,
            blank_above=above.endswith("\n\n") or above[:-1].rstrip(" \t>").endswith("\n"),
        )

    def _read_tail(self) -> list[Leaf]:
        text = self._prefix + self.source[self._start :]
        # What is open may define a reference in part; it is not kept.
        references = dict(self._references)
        tokens = self._tokens(text, references)
        leaves = self._reader(text, references).read(tokens)
        if not leaves and text.strip() and len(references) == len(self._references):
            # Nested deeper than the parser goes; nothing that was sent is kept from the reader.
            return self._raw(text)
        return leaves

    def _raw(self, text: str) -> list[Leaf]:
        leaf = Leaf("paragraph", self._start, len(self.source), gap=bool(self.closed))
        leaf.pieces.append(Piece(plain(text.strip("\n")), ((0, self._start),)))
        return [leaf]

    def _close_blocks(self, end: int) -> bool:
        """Close what is settled by the complete lines before `end`; whether there may be more to close."""
        text = self._prefix + self.source[self._start : end]
        references = dict(self._references)
        tokens = self._tokens(text, references)
        tops = [i for i, t in enumerate(tokens) if t.level == 0 and t.nesting >= 0 and t.map]
        if not tops:
            return False
        reader = self._reader(text, references)
        last = tops[-1]
        if len(tops) > 1:
            line = (tokens[last].map or [0])[0]
            settled: dict[str, Any] = dict(self._references)
            self._tokens("\n".join(reader.lines[:line]), settled)
            self._references = settled
            self._close(reader.read(tokens[:last]), reader.starts[line], "", Context())
            return True
        return self._close_part(tokens, last, reader)

    def _close_part(self, tokens: Sequence[Token], last: int, reader: Reader) -> bool:
        """Close the settled part of the one block that is open."""
        block = tokens[last]
        first_line = (block.map or [0])[0]
        if block.type in CONTAINERS:
            cut = find_cut(tokens, last, reader.lines)
            if cut is not None:
                leaves = reader.read(tokens[: cut.token])
                if leaves:
                    path, number = reader.open_levels()
                    context = Context(path=path, number=number, nested=True)
                    self._close(leaves, reader.starts[cut.line], cut.prefix, context)
            return False
        if block.type == "fence":
            lines = block.content.count("\n")
            if lines <= CODE_LINES:
                return False
            kept = (lines - 1) // CODE_LINES * CODE_LINES
            leaves = reader.read(tokens)
            whole = leaves[: kept // CODE_LINES]
            opening = reader.lines[first_line] + "\n"
            self._close(
                whole,
                reader.starts[first_line + 1 + kept],
                opening,
                Context(head=whole[0].head or whole[0], before=whole[-1]),
            )
            return False
        if block.type == "table_open":
            leaves = reader.read(tokens)
            if len(leaves) < 2:
                return False
            rows = len(leaves) - 1
            line = first_line + 2 + rows * TABLE_ROWS
            opening = "\n".join(reader.lines[first_line : first_line + 2]) + "\n"
            self._close(leaves[:-1], reader.starts[line], opening, Context(head=leaves[0].head or leaves[0]))
        return False

    def _close_paragraph(self) -> bool:
        """Close the settled part of a long paragraph: up to a blank before which no markup is open."""
        if not self.tail:
            return False
        leaf = self.tail[0]
        if leaf.kind != "paragraph" or leaf.marks or not leaf.pieces:
            return False
        piece = leaf.pieces[0]
        if not piece.anchors or piece.anchors[0][0] or leaf.end - piece.anchors[0][1] <= LONG:
            return False
        source = piece.anchors[0][1]
        content = self.source[source : source + LONG]
        at = _safe_cut(content)
        tail = Leaf("paragraph", source, source + at, gap=leaf.gap, continues=True)
        tail.pieces.append(
            Piece(parse(content[:at], self._references, citations=self._citations), ((0, source),))
        )
        self.closed.append(tail)
        self._start, self._prefix = source + at, "x"
        self._context = Context(joined=True)
        return True

    def _close(self, leaves: Sequence[Leaf], line_start: int, prefix: str, context: Context) -> None:
        self.closed += leaves
        self._start += line_start - len(self._prefix)
        self._prefix, self._context = prefix, context


def _safe_cut(content: str) -> int:
    """Where a long line can be cut so that both sides read as they would together."""
    rich = parse(content, citations=False)  # their brackets open nothing, and a half of one would be shown
    cuts = [
        cut
        for cut in (match.start() for match in _CUT.finditer(content, SHORT))
        if not any(start < cut <= end for start, end in rich.left_out)
    ]
    for cut in reversed(cuts):
        shown = rich.text_range(0, cut)
        if shown is None:
            continue
        crossing = any(a < shown[1] < b for a, b, _ in rich.spans)
        if not crossing and not _DELIMITER.search(_outside(rich.text[: shown[1]], rich.spans)):
            return cut
    if cuts:
        return cuts[-1]
    return next((start for start, end in rich.left_out if end == len(content) and start), len(content))


def _outside(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    """`text` without inline code, where delimiters mean nothing."""
    for start, end, role in spans:
        if role == "code":
            text = text[:start] + " " * (min(end, len(text)) - start) + text[end:]
    return text
