"""Lays a leaf out to lines of a given width."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.transcript.code import START, highlight
from tui.transcript.flags import FlaggedText, place, touching
from tui.transcript.lines import Line, TextPainter
from tui.transcript.table import table_lines, table_text
from tui.transcript.wrap import cells, hard_wrap, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kotae import Flag
    from tui.transcript.blocks import Leaf, Mark, Piece
    from tui.transcript.palette import Palette

LEAST = 12
"""Cells a leaf keeps for its text, however deep it is nested."""


@dataclass(slots=True, eq=False)
class Laid:
    """A leaf as lines."""

    leaf: Leaf
    lines: list[Line] = field(default_factory=list)
    text: str = ""
    """What is copied; the offsets of the lines count in it."""
    label: str = ""
    """Copied in front of it: the mark of a list item."""
    links: list[tuple[int, int, str]] = field(default_factory=list)
    flagged: list[FlaggedText] = field(default_factory=list)
    joined: bool = False
    """It goes on with what the leaf above left."""
    carry: Piece | None = None
    """The text of the last line, which the next leaf lays out along with its own."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all leaves of an answer are laid out with."""

    width: int
    palette: Palette
    flags: Sequence[Flag] = ()
    selected: int | None = None
    """Index of the selected flag."""


def lay_out(leaf: Leaf, frame: Frame, above: Sequence[Mark] = (), carry: Piece | None = None) -> Laid:
    """Lay out one leaf.

    Args:
        above: The marks of the leaf above; those in common run through the blank line between.
        carry: What the leaf above left for this one.
    """
    laid = Laid(leaf, joined=carry is not None)
    marks = leaf.marks
    while len(marks) > 1 and sum(cells(mark.rest) for mark in marks) > frame.width - LEAST:
        marks = marks[1:]
    room = max(2, frame.width - sum(cells(mark.rest) for mark in marks))
    indexes = touching(frame.flags, leaf) if frame.flags else []
    if carry is not None and frame.flags:
        indexes = sorted({*indexes, *range(len(frame.flags))})

    def flagger(piece: Piece, offset: int) -> list[FlaggedText]:
        found = place(frame.flags, indexes, piece, offset, frame.selected) if indexes else []
        laid.flagged += found
        return found

    def new_line() -> Line:
        line = Line(("fence",) if leaf.kind == "code" else ())
        fresh = len(marks) - leaf.fresh if not laid.lines and not started else len(marks)
        for index, mark in enumerate(marks):
            line.add(mark.first if index >= fresh else mark.rest, (mark.role,), frame.palette)
        started.append(line)
        return line

    started: list[Line] = []
    if leaf.kind == "rule":
        rule = new_line()
        rule.add("─" * room, ("rule",), frame.palette)
        laid.lines.append(rule)
    elif leaf.kind == "table":
        laid.text = table_text(leaf)
        laid.lines = table_lines(leaf, room, frame.palette, flagger, new_line, _flagged_columns(leaf, frame))
        offset = 0
        for piece in leaf.pieces:
            laid.links += [(a + offset, b + offset, url) for a, b, url in piece.rich.links]
            offset += len(piece.rich.text) + 1
    elif leaf.kind == "code":
        _code(laid, room, frame.palette, flagger, new_line)
    else:
        _prose(laid, room, frame.palette, flagger, new_line, carry)
    if leaf.fresh and marks:
        indent = "".join(" " * cells(m.rest) for m in marks[: len(marks) - leaf.fresh])
        laid.label = indent + "".join(m.first for m in marks[len(marks) - leaf.fresh :])
    if leaf.gap and laid.lines:
        laid.lines.insert(0, _gap(marks, above, frame.palette))
    return laid


def _flagged_columns(table: Leaf, frame: Frame) -> dict[int, int]:
    """The columns in whose cells glyphs are drawn, in the part that all parts are measured by, and how many cells they take."""
    first = table.head or table
    indexes = touching(frame.flags, first)
    found: dict[int, int] = {}
    for number, piece in enumerate(first.pieces if indexes else ()):
        flagged = place(frame.flags, indexes, piece, 0, frame.selected)
        if taken := sum(len(flag.lead) for flag in flagged):
            column = number % len(first.aligns)
            found[column] = max(found.get(column, 0), taken)
    return found


def _gap(marks: Sequence[Mark], above: Sequence[Mark], palette: Palette) -> Line:
    """The blank line between two leaves; a quote that holds both runs through it."""
    line = Line()
    for mark, other in zip(marks, above, strict=False):
        if mark is not other:
            break
        line.add(mark.rest, (mark.role,), palette)
    return line


def _prose(
    laid: Laid,
    room: int,
    palette: Palette,
    flagger: Callable[[Piece, int], list[FlaggedText]],
    new_line: Callable[[], Line],
    carry: Piece | None,
) -> None:
    leaf = laid.leaf
    pieces = [*([carry] if carry is not None else []), *leaf.pieces]
    base = (f"heading-{min(leaf.level, 3)}",) if leaf.kind == "heading" else ()
    if any(mark.role == "quote-bar" for mark in leaf.marks):
        base = ("quote", *base)
    laid.text = "".join(piece.rich.text for piece in pieces)
    if pieces and not laid.text and not leaf.marks:
        return  # of a paragraph of citations that are left out, nothing stays
    spans = []
    flagged: list[FlaggedText] = []
    offset = 0
    for piece in pieces:
        spans += [(a + offset, b + offset, role) for a, b, role in piece.rich.spans]
        laid.links += [(a + offset, b + offset, url) for a, b, url in piece.rich.links]
        flagged += flagger(piece, offset)
        offset += len(piece.rich.text)
    painter = TextPainter(laid.text, spans, palette, base, flagged)
    ranges = wrap(laid.text, room, painter.extra)
    if leaf.continues:
        start = ranges.pop()[0]
        if len(pieces) > 1 and start < len(pieces[0].rich.text):
            # The line is made of both parts: nothing can be left for the next one but all of it.
            ranges.append((start, len(laid.text)))
        else:
            laid.carry = pieces[-1].tail(start - (len(laid.text) - len(pieces[-1].rich.text)))
            laid.text = laid.text[:start]
    for start, end in ranges:
        line = new_line()
        line.start, line.end = start, end
        painter.draw(line, start, end)
        laid.lines.append(line)


def _code(
    laid: Laid,
    room: int,
    palette: Palette,
    flagger: Callable[[Piece, int], list[FlaggedText]],
    new_line: Callable[[], Line],
) -> None:
    leaf = laid.leaf
    if leaf.head is None and leaf.language:
        label = new_line()
        label.add(f" {leaf.language[: room - 2]}", ("fence-label",), palette)
        laid.lines.append(label)
    if not leaf.pieces:
        return
    piece = leaf.pieces[0]
    text = laid.text = piece.rich.text
    # The line end belongs to the part: a comment that runs to the end of its line ends there.
    state = leaf.before.lexed or START if leaf.before is not None else START
    spans, leaf.lexed = highlight(text + "\n", leaf.language, state)
    painter = TextPainter(text, (*piece.rich.spans, *spans), palette, ("fence",), flagger(piece, 0))
    at = 0
    for source_line in text.split("\n"):
        for start, end in hard_wrap(text, at, at + len(source_line), room - 2, painter.extra):
            line = new_line()
            line.add(" ", ("fence",), palette)
            line.start, line.end = start, end
            painter.draw(line, start, end)
            laid.lines.append(line)
        at += len(source_line) + 1
