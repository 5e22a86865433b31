"""Text that is read as it stands: Markdown, and text without any marks."""

from __future__ import annotations

import re
from pathlib import Path

from kotae.charset import decode
from kotae.reading import PageText

_TITLE = re.compile(r"^#[ \t]+(.+)$", re.MULTILINE)
_KEY = re.compile(r"[\"']?[\w.-]+[\"']?:(?:\s|$)")
_BELOW_KEY = re.compile(r"[ \t#]|-[ \t]|[\]}]|$")
"""How a line goes on under a key: indented, an item, a comment, the end of a list, or empty."""


LARGEST_PAGE = 16 * 1024 * 1024
"""Bytes of one page of text; what is larger is no page that people read."""


class MarkdownReader:
    """Markdown, with a block of YAML in front or not."""

    largest = LARGEST_PAGE
    suffixes = frozenset({".md", ".markdown", ".mdown"})

    def read(self, path: Path) -> PageText:
        text = decode(path.read_bytes())
        return PageText(text=text, title=_title(text), lines=None)


class PlainReader:
    """Text without marks; nothing in it is taken for a heading or a list."""

    largest = LARGEST_PAGE
    suffixes = frozenset({".txt", ".text"})

    def read(self, path: Path) -> PageText:
        return PageText(text=decode(path.read_bytes()), markdown=False, lines=None)


def front_matter(text: str) -> str:
    """The block of YAML that `text` begins with, from one `---` to the other; empty when there is none.

    Two rules with prose between them are no front matter: its lines are `key: value`, or belong to a key above.
    """
    if not text.startswith("---\n"):
        return ""
    start = 4
    while (end := text.find("\n", start)) >= 0:
        line = text[start:end]
        if line.rstrip() == "---":
            return text[: end + 1]
        if not _KEY.match(line) and (start == 4 or not _BELOW_KEY.match(line)):
            return ""
        start = end + 1
    return text if text[start:].rstrip() == "---" else ""


def _title(text: str) -> str:
    front = front_matter(text)
    for line in front.splitlines():
        if line.startswith("title:") and (title := _unquoted(line.removeprefix("title:").strip())):
            return title
    if (found := _TITLE.search(text, len(front))) and (title := found[1].rstrip("# \t")):
        return title
    return ""


def _unquoted(value: str) -> str:
    return value[1:-1].strip() if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0] else value
