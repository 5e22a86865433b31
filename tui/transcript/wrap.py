"""Breaks text into lines by terminal cells, with light kinsoku for Japanese.

No line starts with a closing mark such as `、` or `」`, none ends with an opening one. A word wider than the line is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rich.cells import cell_len

TAB = 4
"""Cells a tab takes."""

_WIDE = (
    "\u1100-\u115f\u2e80-\u3000\u3003\u3004\u3006\u3007\u3012\u3013\u3020-\u303f\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff"
    "\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\U0001f000-\U0001faff\U00020000-\U0003fffd"
)
_CLOSE = "、。，．・：；？！）］｝〉》」』】〕〗〙ーぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ々〻…‥”’゛゜ヽヾゝゞ｡｣､･"
_OPEN = "（［｛〈《「『【〔〖〘“‘｢"
_JOIN = "\u0300-\u036f\u200d\u3099\u309a\ufe00-\ufe0f\U0001f3fb-\U0001f3ff"
_UNIT = re.compile(
    rf"\n|[^\S\n]+|[{_OPEN}]*(?:[{_WIDE}](?:\u200d.|[{_JOIN}])*|(?:[^\s{_WIDE}{_OPEN}、。]|\u200d.)+)?[{_CLOSE}]*"
)
_NARROW_UNIT = re.compile(r"\n|[^\S\n]+|\S+")
_CLUSTER = re.compile(rf".(?:\u200d.|[{_JOIN}])*", re.DOTALL)


def cells(text: str) -> int:
    """Width of `text` in terminal cells; a tab takes `TAB`."""
    return cell_len(text) + TAB * text.count("\t") if "\t" in text else cell_len(text)


def wrap(text: str, width: int, extra: Mapping[int, int] | None = None) -> list[tuple[int, int]]:
    """The lines of `text` as half-open ranges, none wider than `width` cells; blanks at a break belong to no line.

    Args:
        text: May hold line feeds; each ends a line.
        width: Cells of a line, at least 2, so that every character finds room.
        extra: Cells to keep free before the character at an offset, for marks that are drawn but not in the text.
    """
    room = max(2, width)
    lines: list[tuple[int, int]] = []
    start = end = 0
    used = 0
    fresh = True
    for unit in (_NARROW_UNIT if text.isascii() else _UNIT).finditer(text):
        a, b = unit.span()
        if a == b:
            continue
        if text[a] == "\n":
            lines.append((start, end))
            start = end = b
            used, fresh = 0, True
            continue
        piece = unit.group()
        size = cells(piece)
        if piece.isspace():
            if fresh and lines:
                # Blanks at the start of a wrapped line are dropped; the first line keeps its indent.
                start = end = b
            else:
                used += size
            continue
        if extra:
            size += sum(cost for at, cost in extra.items() if a <= at < b)
        if not fresh and used + size > room:
            lines.append((start, end))
            start, used, fresh = a, 0, True
        if used + size > room:
            for c, d, cost in _clusters(text, a, b, extra):
                if used + cost > room and c > start:
                    lines.append((start, c))
                    start, used = c, 0
                used += cost
                end = d
        else:
            used += size
            end = b
        fresh = False
    lines.append((start, end))
    return lines


def hard_wrap(
    text: str, start: int, end: int, width: int, extra: Mapping[int, int] | None = None
) -> list[tuple[int, int]]:
    """As `wrap`, for code: blanks count, and a line is cut wherever it is full."""
    room = max(2, width)
    if not extra and end - start <= room and cells(text[start:end]) <= room:
        return [(start, end)]
    lines: list[tuple[int, int]] = []
    used = 0
    for a, _, size in _clusters(text, start, end, extra):
        if used + size > room and a > start:
            lines.append((start, a))
            start, used = a, 0
        used += size
    lines.append((start, end))
    return lines


def _clusters(
    text: str, start: int, end: int, extra: Mapping[int, int] | None
) -> Iterator[tuple[int, int, int]]:
    """Ranges of what must not be torn apart (a base character with what joins it), and their cells."""
    for match in _CLUSTER.finditer(text, start, end):
        a, b = match.span()
        size = cells(match.group())
        if extra:
            size += sum(cost for at, cost in extra.items() if a <= at < b)
        yield a, b, size
