"""Tables: column widths by what the cells hold, shrunk to what there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.transcript.lines import Line, TextPainter
from tui.transcript.wrap import cells, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.transcript.blocks import Leaf, Piece
    from tui.transcript.flags import FlaggedText
    from tui.transcript.palette import Palette

GAP = " │ "
NARROW = 4
"""Cells below which a column says nothing; a table that can't have them is shown as a list of its cells."""


def column_widths(table: Leaf, width: int, flagged: Mapping[int, int]) -> list[int] | None:
    """Cells of each column, so that a row fits into `width`; None when there are too many columns for that.

    Widths are those of the table's first part, with room for the glyphs in the columns `flagged`. What is too wide is taken
    from the widest columns first.
    """
    columns = len(table.aligns)
    room = width - len(GAP) * (columns - 1)
    if room < columns * NARROW:
        return None
    widths = [1] * columns
    for index, piece in enumerate(table.pieces):
        column = index % columns
        widest = max(map(cells, piece.rich.text.split("\n")))
        widths[column] = max(widths[column], widest + flagged.get(column, 0))
    while (excess := sum(widths) - room) > 0:
        widest = max(widths)
        next_widest = max((w for w in widths if w < widest), default=NARROW)
        at_widest = [i for i, w in enumerate(widths) if w == widest]
        cut = min(widest - max(next_widest, NARROW), max(1, -(-excess // len(at_widest))))
        for i in at_widest:
            if excess > 0:
                taken = min(cut, excess)
                widths[i] -= taken
                excess -= taken
    return widths


def table_text(table: Leaf) -> str:
    """The table as it is copied: cells set apart by tabs, rows by line feeds."""
    columns = len(table.aligns)
    texts = [piece.rich.text.replace("\n", " ") for piece in table.pieces]
    return "\n".join("\t".join(texts[i : i + columns]) for i in range(0, len(texts), columns))


def table_lines(
    table: Leaf,
    width: int,
    palette: Palette,
    flagger: Callable[[Piece, int], list[FlaggedText]],
    new_line: Callable[[], Line],
    flagged: Mapping[int, int],
) -> list[Line]:
    """The lines of a table or of a later part of one; `flagged` are the columns of its first part that hold flags, and
    the cells that their glyphs take."""
    columns = len(table.aligns)
    if not columns:
        return []
    widths = column_widths(table.head or table, width, flagged)
    lines: list[Line] = []
    offset = 0
    header = table.level == 0
    for row in range(0, len(table.pieces), columns):
        pieces = table.pieces[row : row + columns]
        if widths is None:
            lines += _record(
                pieces, (table.head or table).pieces[:columns], offset, width, palette, flagger, new_line
            )
        else:
            lines += _row(
                pieces, offset, widths, table.aligns, palette, flagger, new_line, header and row == 0
            )
            if header and row == 0:
                line = new_line()
                line.add("─┼─".join("─" * size for size in widths), ("table-rule",), palette)
                line.start = line.end = offset
                lines.append(line)
        offset += sum(len(piece.rich.text) + 1 for piece in pieces)
    return lines


def _row(
    pieces: Sequence[Piece],
    offset: int,
    widths: Sequence[int],
    aligns: Sequence[str],
    palette: Palette,
    flagger: Callable[[Piece, int], list[FlaggedText]],
    new_line: Callable[[], Line],
    header: bool,
) -> list[Line]:
    base = ("table-header",) if header else ()
    painters: list[tuple[TextPainter, list[tuple[int, int]]]] = []
    first = offset
    for piece, size in zip(pieces, widths, strict=True):
        painter = TextPainter(
            piece.rich.text, piece.rich.spans, palette, base, flagger(piece, offset), offset
        )
        painters.append((painter, wrap(piece.rich.text, size, painter.extra)))
        offset += len(piece.rich.text) + 1
    lines: list[Line] = []
    for y in range(max(len(ranges) for _, ranges in painters)):
        line = new_line()
        line.start, line.end = first, offset - 1
        for column, (painter, ranges) in enumerate(painters):
            if column:
                line.add(GAP, ("table-rule",), palette)
            at = line.width
            a, b = ranges[y] if y < len(ranges) else (0, 0)
            taken = cells(painter.text[a:b]) + sum(cost for o, cost in painter.extra.items() if a <= o < b)
            free = max(0, widths[column] - taken)
            left = free if aligns[column] == "right" else free // 2 if aligns[column] == "center" else 0
            line.add(" " * left, base, palette)
            painter.draw(line, a, b)
            line.add(" " * (widths[column] - (line.width - at)), base, palette)
        lines.append(line)
    return lines


def _record(
    pieces: Sequence[Piece],
    heads: Sequence[Piece],
    offset: int,
    width: int,
    palette: Palette,
    flagger: Callable[[Piece, int], list[FlaggedText]],
    new_line: Callable[[], Line],
) -> list[Line]:
    """A row of a table that is too wide for its columns: a line a cell, named by its header."""
    lines: list[Line] = []
    for piece, head in zip(pieces, heads, strict=True):
        name = "" if piece is head else f"{head.rich.text}: "
        if cells(name) > width // 2:
            name = ""
        base = ("table-header",) if piece is head else ()
        painter = TextPainter(
            piece.rich.text, piece.rich.spans, palette, base, flagger(piece, offset), offset
        )
        for index, (a, b) in enumerate(wrap(piece.rich.text, width - cells(name), painter.extra)):
            line = new_line()
            line.start, line.end = offset, offset + len(piece.rich.text)
            line.add(name if index == 0 else " " * cells(name), ("muted",), palette)
            painter.draw(line, a, b)
            lines.append(line)
        offset += len(piece.rich.text) + 1
    rule = new_line()
    rule.start = rule.end = offset - 1
    rule.add("─" * min(width, 12), ("table-rule",), palette)
    return [*lines, rule]
