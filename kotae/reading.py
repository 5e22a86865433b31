"""What a reader of manuals is: it turns a file of some format into text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """One page of a manual as a reader gives it."""

    text: str
    title: str = ""
    """Empty: made of the file's name."""
    markdown: bool = True
    """Whether headings, tables and lists in `text` are written as Markdown (CommonMark with tables)."""
    lines: tuple[int, ...] | None = ()
    """For each line of `text` the line of the file that it comes from, counted from 1, 0 where that can't be said.

    Empty: it can't be said of any. None: `text` is the file's own, line for line.
    """


@runtime_checkable
class Reader(Protocol):
    """Reads files of one format. It is asked in the retrieval process, about one file at a time."""

    @property
    def suffixes(self) -> Collection[str]:
        """How the names of its files end: lower case, with the dot, one dot each. An attribute will do."""

    def read(self, path: Path) -> PageText:
        """The page in the file `path`. A page with no text in it is passed over, and listed as such.

        Raises:
            ValueError: the file can't be used; its text says why in a few words. Other exceptions are listed by their type.
        """
