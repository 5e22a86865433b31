"""A page of a manual, as it is cut into passages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a manual."""

    id: str
    """Path relative to the manual's folder, with `/`; or the corpus row's id."""
    title: str
    text: str
    source: str
    """The file it was read from: relative to the manual's folder, or the corpus's name."""
    line: int = 1
    """The line of `source` that the text begins in, where `lines` does not say more."""
    lines: tuple[int, ...] | None = None
    """The line of `source` that each line of the text comes from; empty: all of `line`; None: the lines from `line` on."""
    markdown: bool = True
    links: Mapping[str, str] = field(default_factory=dict)
    """The manual's pages that the text refers to: their ids by what stands in its links (see `links.target`)."""

    def line_of(self, at: int) -> int:
        """The line of `source` that line `at` (from 0) of the text comes from; 0 when unknown."""
        if self.lines is None:
            return self.line + at
        return self.lines[at] if at < len(self.lines) else self.line

    @property
    def digest(self) -> str:
        """Changes when anything that ends up in the index does."""
        digest = hashlib.sha256()
        for part in (self.id, self.title, self.source, str(self.line), str(self.markdown), self.text):
            digest.update(part.encode("utf-8", "replace") + b"\0")
        digest.update(repr((self.lines, sorted(self.links.items()))).encode("utf-8", "replace"))
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or row that was passed over."""

    path: str
    reason: str


Stamps = dict[str, list[int]]
"""Time of change in nanoseconds and size in bytes, by path relative to the manual."""
