"""Lines: what a block is laid out to, and what is painted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from tui.transcript.flags import FlaggedText
from tui.transcript.wrap import TAB, cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.transcript.inline import Span
    from tui.transcript.palette import Palette

TextRun = tuple[int, int, tuple[str, ...]]


class Line:
    """Segments, and for each of them the offset in its block's text; -1 for what is drawn but not text."""

    __slots__ = ("block", "end", "fill", "offsets", "segments", "start", "strip", "width")

    def __init__(self, fill: tuple[str, ...] = ()) -> None:
        self.segments: list[Segment] = []
        self.offsets: list[int] = []
        self.width = 0
        self.block = 0
        """Which block of its entry it belongs to."""
        self.start = 0
        self.end = 0
        """The range of the block's text it shows."""
        self.fill = fill
        """Roles of the rest of the line."""
        self.strip: Strip | None = None
        """As painted last, gutter and all; None when that no longer holds."""

    def add(self, text: str, roles: tuple[str, ...], palette: Palette, offset: int = -1) -> None:
        """Add text; `offset` is where in the block's text it stands."""
        if text:
            self.segments.append(Segment(text, palette.style(roles)))
            self.offsets.append(offset)
            self.width += cells(text)

    def lead(self, glyph: str) -> None:
        """Put another glyph where the line starts."""
        first = self.segments[0]
        self.segments[0] = Segment(glyph + first.text[1:], first.style)
        self.strip = None

    @property
    def text(self) -> str:
        """What is seen, without the gutter."""
        return "".join(segment.text for segment in self.segments)

    def offset_at(self, x: int) -> int:
        """The offset in the block's text of what is drawn at cell `x`; the nearest one for what is not text."""
        at = 0
        nearest = self.start
        for segment, offset in zip(self.segments, self.offsets, strict=True):
            size = segment.cell_length
            if offset >= 0:
                if x < at + size:
                    for index, character in enumerate(segment.text):
                        at += cells(character)
                        if x < at:
                            return offset + index
                nearest = offset + len(segment.text)
            at += size
        return min(nearest, self.end)


def flatten(length: int, spans: Iterable[Span], flagged: Sequence[FlaggedText] = ()) -> list[TextRun]:
    """Cut `0..length` into runs over each of which the roles are the same."""
    events: dict[int, tuple[list[tuple[str, ...]], list[tuple[str, ...]]]] = {}
    everything: list[TextRun] = [(start, end, (role,)) for start, end, role in spans]
    everything += [(flag.start, flag.end, flag.roles) for flag in flagged]
    if not everything:
        return [(0, length, ())]
    for start, end, roles in everything:
        end = min(end, length)
        if start < end:
            events.setdefault(start, ([], []))[0].append(roles)
            events.setdefault(end, ([], []))[1].append(roles)
    runs: list[TextRun] = []
    active: list[tuple[str, ...]] = []
    at = 0
    for point in sorted(events):
        if point > at:
            runs.append((at, min(point, length), tuple(role for roles in active for role in roles)))
            at = point
        opened, closed = events[point]
        for roles in closed:
            active.remove(roles)
        active += opened
    if at < length:
        runs.append((at, length, tuple(role for roles in active for role in roles)))
    return runs


class TextPainter:
    """Draws ranges of one text on lines: runs by role, glyphs in front of flagged spans, tabs as blanks."""

    def __init__(
        self,
        text: str,
        spans: Iterable[Span],
        palette: Palette,
        base: tuple[str, ...] = (),
        flagged: Sequence[FlaggedText] = (),
        offset: int = 0,
    ) -> None:
        self.text = text
        self._leads: dict[int, list[FlaggedText]] = {}
        for flag in sorted(flagged, key=lambda flag: -flag.end):  # what lies within another comes after it
            self._leads.setdefault(flag.start - offset, []).append(flag)
        self.extra = {at: sum(len(flag.lead) for flag in flags) for at, flags in self._leads.items()}
        """Cells that glyphs take, by the offset in front of which they stand."""
        local = [replace(flag, start=flag.start - offset, end=flag.end - offset) for flag in flagged]
        self._runs = flatten(len(text), spans, local)
        self._palette = palette
        self._base = base
        self._offset = offset
        self._at = 0

    def draw(self, line: Line, start: int, end: int) -> None:
        """Draw `start..end`; ranges are drawn in order."""
        runs = self._runs
        while self._at and runs[self._at][0] > start:
            self._at -= 1
        while self._at < len(runs) - 1 and runs[self._at][1] <= start:
            self._at += 1
        index = self._at
        while index < len(runs) and runs[index][0] < end:
            a, b, roles = runs[index]
            a, b = max(a, start), min(b, end)
            for flag in self._leads.get(a, ()):
                line.add(
                    flag.lead,
                    (*self._base, *flag.lead_roles),
                    self._palette,
                    self._offset + a,
                )
            if a < b:
                self._draw_text(line, a, b, (*self._base, *roles))
            index += 1

    def _draw_text(self, line: Line, a: int, b: int, roles: tuple[str, ...]) -> None:
        text = self.text[a:b]
        if "\t" not in text:
            line.add(text, roles, self._palette, self._offset + a)
            return
        for index, part in enumerate(text.split("\t")):
            if index:
                line.add(" " * TAB, roles, self._palette, self._offset + a - 1)
            line.add(part, roles, self._palette, self._offset + a)
            a += len(part) + 1
