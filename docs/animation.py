"""An asciinema recording (version 2) as an animated SVG, for pages that play no recordings.

Each line that is ever on the screen is drawn once; a frame is a stack of references to lines, and the frames lie below one another
like a film that is moved past a window.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

import pyte

CELL, LINE, SIZE = 8.4, 17.0, 14
"""Width and height of a cell, and the size of the font, in the picture's units."""
FRAME = 0.1
"""Seconds a frame is shown, at least."""
HOLD = 2.5
"""Seconds the last frame is shown before all begins again."""
BACKGROUND, FOREGROUND = "#14171c", "#d7dae1"
_PAD = 12


@dataclass(slots=True)
class _Film:
    """What has been drawn so far."""

    lines: dict[str, int] = field(default_factory=dict)
    frames: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)
    styles: dict[str, int] = field(default_factory=dict)

    def shoot(self, at: float, screen: pyte.Screen) -> None:
        """Takes a frame, unless it is the last one again."""
        drawn = tuple(
            self.lines.setdefault(self._line(screen.buffer[row], screen.columns), len(self.lines))
            for row in range(screen.lines)
        )
        if not self.frames or self.frames[-1][1] != drawn:
            self.frames.append((at, drawn))

    def _line(self, cells: Any, columns: int) -> str:
        row = [(column, cells[column]) for column in range(columns)]
        parts: list[str] = []
        for (fore, back, css), run in groupby(row, lambda cell: _look(cell[1])):
            cells_of_run = list(run)
            start, width = cells_of_run[0][0], len(cells_of_run)
            text = "".join(cell.data for _, cell in cells_of_run)
            if back != BACKGROUND:
                css_back = self._class(f"fill:{back}")
                parts.append(
                    f'<rect x="{start * CELL:.1f}" width="{width * CELL:.1f}" height="{LINE}" class="{css_back}"/>'
                )
            if stripped := text.rstrip():
                shown = width - (len(text) - len(stripped))
                lead = len(stripped) - len(stripped.lstrip())
                parts.append(
                    f'<text x="{(start + lead) * CELL:.1f}" y="13" textLength="{(shown - lead) * CELL:.1f}" '
                    f'class="{self._class(f"fill:{fore}{css}")}">{escape(stripped.lstrip(), quote=False)}</text>'
                )
        return "".join(parts)

    def _class(self, css: str) -> str:
        return f"s{self.styles.setdefault(css, len(self.styles))}"


def _look(cell: Any) -> tuple[str, str, str]:
    fore, back = _colour(cell.fg, FOREGROUND), _colour(cell.bg, BACKGROUND)
    if cell.reverse:
        fore, back = back, fore
    css = ";font-weight:bold" if cell.bold else ""
    css += ";font-style:italic" if cell.italics else ""
    lines = " ".join(
        name for name, on in (("underline", cell.underscore), ("line-through", cell.strikethrough)) if on
    )
    return fore, back, css + (f";text-decoration:{lines}" if lines else "")


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return f"#{name}" if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name) else name


def film(recording: str) -> str:
    """The recording as SVG."""
    head, *events = (json.loads(line) for line in recording.splitlines())
    screen = pyte.Screen(head["width"], head["height"])
    stream = pyte.Stream(screen)
    taken = _Film()
    shot = -FRAME
    for at, kind, data in events:
        if kind == "o":
            if at - shot >= FRAME:  # what came before this is a frame of its own
                taken.shoot(shot + FRAME, screen)
                shot = at
            stream.feed(data)
    end = events[-1][0]
    taken.shoot(end, screen)
    return _svg(taken, screen.columns, screen.lines, end + HOLD)


def _svg(taken: _Film, columns: int, rows: int, length: float) -> str:
    width, height = columns * CELL, rows * LINE
    steps = "".join(
        f"{100 * max(at, 0) / length:.2f}%{{transform:translateY({-place * height:.0f}px)}}"
        for place, (at, _) in enumerate(taken.frames)
    )
    styles = "".join(f".s{number}{{{css}}}" for css, number in taken.styles.items())
    lines = "".join(f'<g id="l{number}">{drawn}</g>' for drawn, number in taken.lines.items())
    empty = taken.lines.get("")
    frames = "".join(
        f'<g transform="translate(0,{place * height:.0f})">'
        + "".join(
            f'<use href="#l{line}" y="{row * LINE:.0f}"/>' for row, line in enumerate(frame) if line != empty
        )
        + "</g>"
        for place, (_, frame) in enumerate(taken.frames)
    )
    last = (len(taken.frames) - 1) * height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 2 * _PAD:.0f} {height + 2 * _PAD:.0f}" '
        f'width="{width + 2 * _PAD:.0f}" height="{height + 2 * _PAD:.0f}">'
        f"<style>text{{font:{SIZE}px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}}"
        f".film{{animation:play {length:.2f}s step-end infinite}}@keyframes play{{{steps}}}"
        f"@media(prefers-reduced-motion:reduce){{.film{{animation:none;transform:translateY({-last:.0f}px)}}}}"
        f"{styles}</style><defs>{lines}</defs>"
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>'
        f'<svg x="{_PAD}" y="{_PAD}" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
        f'<g class="film">{frames}</g></svg></svg>\n'
    )


def animate(recording: Path, picture: Path) -> None:
    """Writes the recording in the one file as a picture into the other."""
    picture.write_text(film(recording.read_text(encoding="utf-8")), encoding="utf-8")
