"""How a flag looks, and where it falls in a piece of rendered text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tui.transcript.wrap import cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae import Flag
    from kotae.conversation import Verdict
    from tui.transcript.blocks import Leaf, Piece

GLYPHS = {"unsupported": "⚑", "contradicted": "✗", "number": "#", "name": "?"}
"""Stand in front of a flagged span, so that colour is not the only mark. All are one cell wide, also in East Asian fonts."""
MARKS: dict[Verdict, str] = {"confirmed": "✓", "rejected": "✗"}
"""What follows the glyph once the reader has judged the flag."""
Strength = Literal["faint", "plain", "strong"]
FAINT, STRONG = 0.65, 0.8
"""Scores below and above which a flag is drawn fainter and stronger than others."""


def strength(score: float) -> Strength:
    """How strongly a flag of that score is drawn."""
    if score > STRONG:
        return "strong"
    return "faint" if score < FAINT else "plain"


def glyph(flag: Flag) -> str:
    """What stands in front of its span, without a verdict."""
    return GLYPHS.get(flag.kind, GLYPHS["unsupported"])


@dataclass(frozen=True, slots=True)
class FlaggedText:
    """A range of a leaf's text that a flag covers; `index` counts the answer's flags."""

    start: int
    end: int
    index: int
    kind: str
    selected: bool
    strength: Strength = "strong"
    verdict: Verdict = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that style the range. One that was rejected has no look of its own, or it would undo that of one around it."""
        look = () if self.verdict == "rejected" else (f"flag-{self.kind}", f"flag-{self.strength}")
        return (*look, "flag-selected") if self.selected else look

    @property
    def lead(self) -> str:
        """What stands in front of it, in characters of one cell."""
        return GLYPHS[self.kind] + MARKS.get(self.verdict, "")

    @property
    def lead_roles(self) -> tuple[str, ...]:
        """The roles that style what stands in front of it."""
        return (*self.roles, "flag-rejected" if self.verdict == "rejected" else "flag-glyph")


@dataclass(frozen=True, slots=True)
class Summary:
    """What the flags of an answer come to, in a line under it."""

    variants: tuple[str, ...]
    """The same, the longest first."""
    flagged: bool = False

    def fitting(self, width: int) -> str:
        """The longest variant of at most `width` cells; the shortest where none is."""
        return next((words for words in self.variants if cells(words) <= width), self.variants[-1])

    @property
    def role(self) -> str:
        """The role that styles it."""
        return "summary-flagged" if self.flagged else "summary"


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
            placed.append(
                FlaggedText(
                    offset + start,
                    offset + end,
                    index,
                    kind,
                    index == selected,
                    "strong" if flag.verdict == "confirmed" else strength(flag.score),
                    flag.verdict,
                )
            )
    return placed
