"""Lines to strips: the gutter in front, the selection and the cue over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from tui.transcript.entries import Entry
    from tui.transcript.lines import Line
    from tui.transcript.palette import Palette

GUTTER = 2
"""Cells in front of the text: who speaks, and which answer is selected."""
CUE = " ↓ new text "


def paint(
    line: Line | None,
    entry: Entry | None,
    index: int,
    palette: Palette,
    width: int,
    text_width: int,
    *,
    chosen: bool,
) -> Strip:
    """A line of the full width of the widget."""
    if line is None or entry is None:
        return Strip([Segment(" " * width, palette.base)], width)
    glyph, roles = entry.gutter
    if index != 1:
        glyph = " "
    if chosen and (index > 1 or not entry.gutter[1]):  # beside the text, not beside the label above it
        glyph, roles = "▎", (*roles, "selected")
    gutter = palette.style(roles if glyph.strip() else ())
    fill = palette.style(line.fill)
    band = bool(line.fill) and line.fill[0] == "question"
    segments = [
        Segment(glyph, gutter if glyph.strip() or not band else fill),
        Segment(" ", fill if band else palette.base),
        *line.segments,
    ]
    # Only lines with a band are filled to the edge of the text column by another style.
    end = max(line.width, text_width if line.fill else line.width)
    if end > line.width:
        segments.append(Segment(" " * (end - line.width), fill))
    if width > end + GUTTER:
        segments.append(Segment(" " * (width - end - GUTTER), palette.base))
    strip = Strip(segments, max(width, end + GUTTER))
    return strip if strip.cell_length == width else strip.crop(0, width)


def with_offsets(strip: Strip, line: Line, number: int) -> Strip:
    """With the offsets that Textual's selection goes by, for the lookup of what is under the pointer.

    What is drawn but not text (gutter, marks, lines of a table) counts as the text next to it, cell by cell.
    """
    segments: list[Segment] = []
    offsets = [line.start] * 2 + line.offsets
    last = line.start
    for segment, offset in zip(strip, offsets, strict=False):
        if offset >= 0:
            segments.append(_at(segment.text, segment.style, offset, number))
            last = offset + len(segment.text) if len(segments) > GUTTER else offset
        else:
            segments += [_at(character, segment.style, last, number) for character in segment.text]
    segments += list(strip)[len(offsets) :]
    return Strip(segments, strip.cell_length)


def _at(text: str, style: Style | None, x: int, y: int) -> Segment:
    return Segment(text, (style or Style.null()) + Style.from_meta({"offset": (x, y)}))


def with_selection(strip: Strip, line: Line, start: int, end: int, style: Style) -> Strip:
    """With the characters `start..end` of the block's text (-1: to its end) marked."""
    segments = list(strip)
    marked = segments[:GUTTER]
    for segment, offset in zip(segments[GUTTER:], line.offsets, strict=False):
        text = segment.text
        if offset < 0:
            marked.append(segment)
            continue
        a = min(len(text), max(0, start - offset))
        b = len(text) if end < 0 else min(len(text), max(a, end - offset))
        for part, chosen in ((text[:a], False), (text[a:b], True), (text[b:], False)):
            if part:
                marked.append(
                    Segment(part, segment.style + style if chosen and segment.style else segment.style)
                )
    return Strip(marked + segments[GUTTER + len(line.offsets) :], strip.cell_length)


def with_cue(strip: Strip, palette: Palette) -> Strip:
    """With the sign that there is new text below at its right end."""
    if strip.cell_length <= len(CUE):
        return strip
    width = strip.cell_length
    return Strip([*strip.crop(0, width - len(CUE)), Segment(CUE, palette.style(("cue",)))], width)
