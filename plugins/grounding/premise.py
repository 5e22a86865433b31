"""What a question takes for granted.

Who asks how to share a view takes it that views can be shared. Where the manual denies that, or knows nothing of the kind, what an
answer says of how it is done is not the manual's, however familiar its words are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.grounding.asking import asks_how
from plugins.grounding.denying import FORBIDS, denied_by
from plugins.grounding.rarity import rarity
from plugins.grounding.text import surface, tokens

if TYPE_CHECKING:
    from collections.abc import Collection

    from plugins.grounding.evidence import Evidence, Sentence

_RULED_OUT = re.compile(
    FORBIDS.pattern + r"|\bthere is no\b|\bneither\b|(?:は|も)(?:ありません|なく)", re.IGNORECASE
)
_SAYS = 0.8
"""Weight from which on a word of a question counts."""
_RARE = 0.5
"""Rarity from which on a word is one that a page about the matter would have."""
_FITS = 0.6
"""Share of the question's words that a denial has, and of the denial's that the question has, from which on it is what was asked
for."""


@dataclass(frozen=True, slots=True)
class Premise:
    """What a question takes for granted and the manual does not bear out."""

    unknown: tuple[str, ...]
    """The words, as asked, that no page has; empty where there is a denial."""
    denial: Sentence | None
    """The sentence that denies it."""


def failed(question: str, evidence: Evidence, absent: Collection[str], reach: float) -> Premise | None:
    """What of a normalised question's premise is not the manual's; None where all is, or nothing is taken for granted.

    Whoever only asks whether or what takes nothing for granted, and tells of matters of his own (`We use Safari`).

    Args:
        evidence: what the manual has about the question.
        absent: the question's content words that no page of it has.
        reach: how much that says, 0..1.
    """
    asked = asks_how(question)
    words = [word for word in tokens(asked) if word.weight > _SAYS]
    unknown = [word for word in words if word.key in absent and rarity(word.key) >= _RARE]
    if reach * sum(map(rarity, {word.key for word in unknown})) >= _RARE:
        return Premise(tuple(surface(unknown, asked)), None)
    denial = denied_by(asked, words, evidence, _FITS, _FITS, _RULED_OUT)
    return None if denial is None else Premise((), denial)
