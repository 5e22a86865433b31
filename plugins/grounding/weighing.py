"""The content words of a claim, each with what it weighs and where it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.grounding.overlap import likeness
from plugins.grounding.rarity import rarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.grounding.evidence import Evidence, Window
    from plugins.grounding.text import Token


@dataclass(frozen=True, slots=True)
class Weighed:
    """A content word of a claim."""

    token: Token
    weight: float
    """How much it says: common words little, rare ones up to 1."""
    near: float
    """1 when the claim's window has it, 0.7 when it has one with the same beginning."""
    known: float
    """The same of all the evidence."""
    said: bool
    """Whether the user said it."""


def weigh(
    tokens: Sequence[Token], evidence: Evidence, window: Window | None, said: frozenset[str]
) -> list[Weighed]:
    """The content words with where they are known."""
    near = window.keys if window else frozenset()
    return [
        Weighed(
            token,
            token.weight * rarity(token.key),
            likeness(token.key, near),
            1.0
            if token.key in evidence.keys or in_run(token, evidence)
            else likeness(token.key, evidence.keys),
            token.key in said,
        )
        for token in tokens
    ]


def in_run(word: Token, evidence: Evidence) -> bool:
    """Katakana compounds are written in one: `アカウント` is known where `アカウントコード` is."""
    return "\u30a0" <= word.key[0] <= "\u30ff" and len(word.key) > 2 and word.key in evidence.text
