"""The page a passage was read from, for reading on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kotae.charset import decode
from tui.plain import safe_lines

if TYPE_CHECKING:
    from kotae.conversation import Passage
    from tui.strings import Strings

LARGEST = 2_000_000
"""Bytes of a page that is shown whole."""
_HTML = (".html", ".htm", ".xhtml")
_NO_TEXT = (".pdf", ".docx")
_LOOKED_THROUGH = 4096
"""Bytes at the beginning of a file in which no text has a zero."""


@dataclass(frozen=True, slots=True)
class Page:
    """A manual's page as it is shown."""

    title: str
    text: str
    """Safe to show."""
    first: int = 0
    """Line of `text` at which the passage begins, from 0."""
    lines: int = 0
    """Lines the passage takes; 0 when it was not found in the page."""
    note: str = ""
    """Why it is not the page that is shown, when it isn't."""


def read_page(passage: Passage, text: Strings) -> Page:
    """The page's source text; the passage alone when the page can't be shown. Blocking; never raises."""
    path = Path(passage.source)
    if not path.is_absolute():  # no file, or one that would be looked for wherever the program was started
        return _passage_alone(passage, text.no_page)
    try:
        if not path.is_file():  # a transcript may name anything: a device or a pipe would never end
            return _passage_alone(passage, text.page_gone.format(path=passage.source))
        if path.suffix.lower() in _NO_TEXT:
            return _passage_alone(passage, text.page_binary.format(path=passage.source))
        if path.stat().st_size > LARGEST:
            return _passage_alone(passage, text.page_too_large.format(path=passage.source))
        data = path.read_bytes()
        source = _decoded(data, path)
        if "\0" in source[:_LOOKED_THROUGH]:
            return _passage_alone(passage, text.page_binary.format(path=passage.source))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return _passage_alone(passage, text.page_failed.format(path=passage.source, reason=reason))
    shown = safe_lines(source)
    first, lines = _place(shown.split("\n"), passage)
    return Page(f"{passage.document or path.name}", shown, first, lines)


def _decoded(data: bytes, path: Path) -> str:
    try:
        return decode(data, html=path.suffix.lower() in _HTML)
    except ValueError:
        return data.decode("utf-8", errors="replace")


def _place(page: list[str], passage: Passage) -> tuple[int, int]:
    first = max(0, min(passage.line - 1, len(page) - 1))
    if not passage.line:
        return 0, 0
    count = 1 + safe_lines(passage.text).strip().count("\n")
    return first, min(count, len(page) - first)


def _passage_alone(passage: Passage, note: str) -> Page:
    return Page(passage.title or passage.document, safe_lines(passage.text), note=note)
