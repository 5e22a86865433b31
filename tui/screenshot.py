"""Screenshots: what is on the screen as an SVG file."""

from __future__ import annotations

import html
import os
import re
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from pathlib import Path

_CELL = 12.2
"""Width of a cell in Rich's pictures, in their own units."""
_TEXT = re.compile(r'(<text [^>]*textLength=")[\d.]+("[^>]*>)([^<]*)(</text>)')
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_MOST = 1000
"""Pictures of one second."""


def save(svg: str, folder: Path, now: datetime | None = None) -> Path:
    """Writes a picture into `folder`, which is made where it is missing, and returns its path. No file is ever replaced.

    Raises:
        OSError: it can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"kotae-{now or datetime.now():%Y%m%d-%H%M%S}"
    for place in range(1, _MOST):
        path = folder / (f"{stem}.svg" if place == 1 else f"{stem}-{place}.svg")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(mended(svg))
        return path
    raise FileExistsError(0, "too many of one second")


def mended(svg: str) -> str:
    """A picture of Rich's as it should be.

    Text is as wide as its cells, not as its characters are many: wide ones would be squeezed. And no font is fetched from
    elsewhere; the viewer's own monospace font serves.
    """
    return _TEXT.sub(_widened, _FONT_FACE.sub("", svg))


def _widened(match: re.Match[str]) -> str:
    before, after, text, end = match.groups()
    if text.isascii():
        return match[0]
    return f"{before}{cell_len(html.unescape(text)) * _CELL:.1f}{after}{text}{end}"
