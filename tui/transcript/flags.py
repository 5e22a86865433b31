"""How a flag looks, and where it falls in a piece of rendered text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae import Flag
    from tui.transcript.blocks import Leaf, Piece

GLYPHS = {"unsupported": "⚑", "contradicted": "✗", "number": "#", "name": "?"}
"""Stand in front of a flagged span, so that colour is not the only mark. All are one cell wide, also in East Asian fonts."""


@dataclass(frozen=True, slots=True)
class FlaggedText:
    """A range of a leaf's text that a flag covers; `index` counts the answer's flags."""

    start: int
    end: int
    index: int
    kind: str
    selected: bool

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that style the range."""
        return (f"flag-{self.kind}", "flag-selected") if self.selected else (f"flag-{self.kind}",)


def touching(flags: Sequence[Flag], leaf: Leaf) -> list[int]:
    """Which of `flags` cover part of the source of `leaf`."""
    return [index for index, flag in enumerate(flags) if flag.start < leaf.end and flag.end > leaf.start]


def place(
    flags: Sequence[Flag], indexes: Sequence[int], piece: Piece, offset: int, selected: int | None
) -> list[FlaggedText]:
    """Where `flags` fall in the text of `piece`, which starts at `offset` of its leaf's text."""
    placed: list[FlaggedText] = []
    for index in indexes:
        flag = flags[index]
        found = piece.text_range(flag.start, flag.end)
        if found is None:
            continue
        text = piece.rich.text
        start, end = found
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            kind = flag.kind if flag.kind in GLYPHS else "unsupported"
            placed.append(FlaggedText(offset + start, offset + end, index, kind, index == selected))
    return placed
