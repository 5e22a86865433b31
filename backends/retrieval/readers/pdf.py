"""PDF: PDFium gives the text of each page, and the outline gives the headings.

Lines are put together to paragraphs again, and what stands at the edge of most pages is left out. There are no lines to point
to, so the number of the page ends the heading path.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backends.retrieval.readers.markup import as_text
from kotae.reading import PageText

MOST_PAGES = 5000
MOST_CHARACTERS = 1_000_000
"""Of one page; a dense one has ten thousand."""
PATIENCE = 300.0
"""Seconds for one file; a thousand pages take about ten."""

_PASSWORD = 4  # FPDF_ERR_PASSWORD
_DEEPEST = 5
"""Levels of the outline that become headings; the sixth level of Markdown is for the page's number."""
_EDGE = 3
"""Lines at the top and the bottom of a page among which running titles and page numbers are looked for."""
_NO_TITLE = re.compile(
    r"untitled|microsoft word|\.(?:docx?|indd|fm|pdf|tex)\b|^\W*$|unspecified|anonymous", re.I
)
_LEADER = re.compile(r"(?:\.[ .]?){6,}[ \divxlcIVXLC-]*$")
"""The end of a line in a table of contents."""
_BULLET = re.compile(r"[•‣◦●○▪■–·・]\s*(?=\S)")
_NUMBERED = re.compile(r"\d{1,3}[.)]\s+(?=\S)")
_CUT_WORD = re.compile("[\u00ad\u0002\ufffe]$")
"""How PDFium marks a hyphen that the end of the line made."""
_ENDS = re.compile(r"[.!?:;。！？：；…][\"'”’)\]」』）]*$")
_UNSPACED = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_HIDDEN = re.compile("[\u00ad\u0002\ufffe\0]")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    """1 to `_DEEPEST`."""
    title: str


class PdfReader:
    """PDF files that hold text; scanned pages have none."""

    needs = "pypdfium2"
    suffixes = frozenset({".pdf"})

    def read(self, path: Path) -> PageText:
        pages, outline, title = _content(path)
        if not any(pages):
            raise ValueError("no text in it; scanned pages have to be recognised first (OCR)")
        pages = _without_running_lines(pages)
        parts: list[str] = []
        for number, lines in enumerate(pages):
            parts += _page(lines, outline.get(number, []), number + 1)
        return PageText(text="\n\n".join(parts) + "\n", title="" if _NO_TITLE.search(title) else title)


def _content(path: Path) -> tuple[list[list[str]], dict[int, list[_Heading]], str]:
    """The lines of each page, the headings that the outline has for it, and the document's title."""
    import pypdfium2

    began = time.monotonic()
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == _PASSWORD
        raise ValueError("protected by a password" if locked else "broken, or not PDF") from None
    with closing(document):
        if len(document) > MOST_PAGES:
            raise ValueError(f"more than {MOST_PAGES} pages")
        pages = []
        for number in range(len(document)):
            pages.append(_lines(document, number))
            if time.monotonic() - began > PATIENCE:
                raise ValueError(f"takes longer than {PATIENCE:.0f} s to read")
        title = " ".join(document.get_metadata_value("Title").split())
        return pages, _outline(document), title


def _lines(document: Any, number: int) -> list[str]:
    with closing(document[number]) as page, closing(page.get_textpage()) as text:
        if text.count_chars() > MOST_CHARACTERS:
            raise ValueError(f"more than {MOST_CHARACTERS} characters on page {number + 1}")
        found = (" ".join(line.split()) for line in text.get_text_bounded().splitlines())
        return [line for line in found if line and not _LEADER.search(line)]


def _outline(document: Any) -> dict[int, list[_Heading]]:
    found: dict[int, list[_Heading]] = {}
    for count, entry in enumerate(document.get_toc(max_depth=_DEEPEST)):
        if count >= 10 * MOST_PAGES:
            break
        destination = entry.get_dest()
        number = destination.get_index() if destination is not None else None
        title = " ".join(entry.get_title().split())
        if number is not None and title:
            found.setdefault(number, []).append(_Heading(entry.level + 1, title))
    return found


def _without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    """The pages without lines that stand, but for their numbers, at the edge of most of them."""
    seen: Counter[str] = Counter()
    for lines in pages:
        seen.update({_DIGITS.sub("0", line) for line in _edge(lines)})
    running = {line for line, times in seen.items() if times > 2 and 2 * times > len(pages)}
    found = []
    for lines in pages:
        drop = running & {_DIGITS.sub("0", line) for line in _edge(lines)}
        found.append(
            [
                line
                for at, line in enumerate(lines)
                if not ((at < _EDGE or at >= len(lines) - _EDGE) and _DIGITS.sub("0", line) in drop)
            ]
        )
    return found


def _edge(lines: list[str]) -> list[str]:
    return lines[:_EDGE] + lines[-_EDGE:]


def _page(lines: list[str], headings: list[_Heading], number: int) -> list[str]:
    """The blocks of one page in Markdown, each heading where its text stands, or else in front."""
    places: dict[int, list[tuple[_Heading, int]]] = {}
    after = 0
    for heading in headings:
        at, taken = _find(lines, heading.title, after)
        places.setdefault(at if taken else after, []).append((heading, taken))
        after = at + taken if taken else after
    label = f"###### p. {number}"
    parts: list[str] = []
    start = 0
    for at in sorted(places):
        parts += _labelled(label, lines[start:at])
        start = at
        for heading, taken in places[at]:
            parts.append(f"{'#' * heading.level} {heading.title}")
            start = max(start, at + taken)
    return parts + _labelled(label, lines[start:])


def _labelled(label: str, lines: list[str]) -> list[str]:
    paragraphs = _paragraphs(lines)
    return [label, *paragraphs] if paragraphs else []


def _find(lines: list[str], title: str, start: int) -> tuple[int, int]:
    """Where the lines with `title` begin, and how many they are; 0 when there are none."""
    wanted = _squeezed(title)
    for at in range(start, len(lines)):
        text = ""
        for taken, line in enumerate(lines[at : at + 3], start=1):
            text += _squeezed(line)
            if text == wanted or (text.endswith(wanted) and len(text) < len(wanted) + 12):
                return at, taken
            if len(text) > len(wanted) + 12:
                break
    return 0, 0


def _squeezed(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _paragraphs(lines: list[str]) -> list[str]:
    """Lines put together where one goes on in the next: it fills most of the width and ends no sentence."""
    width = max((_width(line) for line in lines), default=0)
    found: list[str] = []
    open_ = False
    for line in lines:
        bullet, numbered = _BULLET.match(line), _NUMBERED.match(line)
        if open_ and not bullet and not numbered:
            found[-1] = _join(found[-1], line)
        elif bullet:
            item = f"- {line[bullet.end() :]}"
            if found and found[-1].startswith("- "):
                found[-1] += f"\n{item}"
            else:
                found.append(item)
        elif numbered:
            found.append(line)
        else:
            found.append(as_text(line))
        open_ = bool(_CUT_WORD.search(line)) or (10 * _width(line) > 6 * width and not _ENDS.search(line))
    return [_HIDDEN.sub("", paragraph) for paragraph in found]


def _join(text: str, more: str) -> str:
    if _CUT_WORD.search(text):
        return text[:-1] + more
    return text + ("" if _UNSPACED.match(text[-1]) or _UNSPACED.match(more[0]) else " ") + more


def _width(line: str) -> int:
    return len(line) + len(_UNSPACED.findall(line))
