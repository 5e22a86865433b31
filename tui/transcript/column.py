"""The entries of a transcript one under the other: which line is where."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from tui.transcript.entries import AnswerEntry, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.selection import Selection

STRIDE = 1 << 20
"""Blocks an entry can have: entry and block make one number, by which selections are ordered."""


class Column:
    """Entries with their tops, kept up to date as heights change."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.tops: list[int] = [0]
        self._places: dict[str, int] = {}

    @property
    def height(self) -> int:
        """Lines of all entries."""
        return self.tops[-1]

    def add(self, entry: Entry) -> int:
        """Put an entry under the others; its place."""
        if entry.key in self._places:
            raise ValueError(f"there is an entry {entry.key!r} already")
        self._places[entry.key] = len(self.entries)
        self.entries.append(entry)
        self.tops.append(self.tops[-1] + entry.height)
        return len(self.entries) - 1

    def cut(self, length: int) -> None:
        """Keep the first `length` entries."""
        for entry in self.entries[length:]:
            del self._places[entry.key]
        del self.entries[length:], self.tops[length + 1 :]

    def place(self, key: str) -> int | None:
        """Where the entry with this key is; None when there is none."""
        return self._places.get(key)

    def answer(self, key: str) -> tuple[int, AnswerEntry] | None:
        """The answer with this key, and its place."""
        place = self._places.get(key)
        entry = self.entries[place] if place is not None else None
        return (place, entry) if place is not None and isinstance(entry, AnswerEntry) else None

    def answers(self) -> Iterator[tuple[int, AnswerEntry]]:
        """All answers, in order, with their places."""
        for place, entry in enumerate(self.entries):
            if isinstance(entry, AnswerEntry):
                yield place, entry

    def moved(self, first: int = 0) -> None:
        """Heights from entry `first` on may be others than before."""
        heights: Iterable[int] = (entry.height for entry in self.entries[first:])
        self.tops[first:] = accumulate(heights, initial=self.tops[first])

    def at(self, y: int) -> tuple[int, int] | None:
        """The entry at line `y`, and the line within it."""
        if not 0 <= y < self.tops[-1]:
            return None
        place = bisect_right(self.tops, y) - 1
        return place, y - self.tops[place]

    def extract(self, selection: Selection) -> str:
        """The plain text of a selection. Offsets are (offset in the block's text, entry and block). Entries must be laid out."""
        first = divmod(selection.start.y, STRIDE) if selection.start is not None else (0, 0)
        last = (
            divmod(selection.end.y, STRIDE) if selection.end is not None else (len(self.entries) - 1, STRIDE)
        )
        text = ""
        before = first[0]
        for place in range(first[0], min(last[0], len(self.entries) - 1) + 1):
            entry = self.entries[place]
            for number, block in enumerate(entry.blocks):
                if not block.text or (place, number) < first or (place, number) > last:
                    continue
                start = selection.start.x if selection.start is not None and (place, number) == first else 0
                end = (
                    selection.end.x
                    if selection.end is not None and (place, number) == last
                    else len(block.text)
                )
                piece = (block.label if start == 0 else "") + block.text[start:end]
                joined = block.laid is not None and block.laid.joined
                if text:
                    text += "" if joined else "\n\n" if block.apart or place != before else "\n"
                text += piece
                before = place
        return text
