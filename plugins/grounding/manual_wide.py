"""What can be said of a claim by knowing a whole manual, beside what its evidence says of it.

The trees were trained on answers beside a page or a few, where a word may well be missing. That no page of a manual has any such
word is another matter, and so is a question that takes for granted what the manual does not know. Both raise the odds that the
trees give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.grounding import model
from plugins.grounding.polarity import denials
from plugins.grounding.rarity import rarity

if TYPE_CHECKING:
    from plugins.grounding.evidence import Evidence
    from plugins.grounding.features import Measured
    from plugins.grounding.premise import Premise

_OF_PREMISE = 3.0
"""How much a failed premise adds to the odds (logarithmic): a claim that looks a twentieth as likely to be invented is one."""
_OF_NOVELTY = 1.2
"""How much each word adds that no page has, times its rarity."""
_RARE = 0.5
_LEAST_NOVELTY = 1.3
"""One new word is somebody's way of saying it (`shuts` for `closes`)."""
_BORNE_OUT = 0.9


@dataclass(frozen=True, slots=True)
class ManualWide:
    """What the whole manual was asked."""

    absent: frozenset[str]
    """The claim's words that no page has."""
    premise: Premise | None
    """What the question takes for granted and the manual does not bear out."""
    about: Evidence | None
    """What the premise was held against."""

    def raised(self, suspicion: float, measured: Measured, text: str) -> tuple[float, bool]:
        """How suspect a claim (its normalised text) is that the trees find so suspect, and whether that is the premise's doing."""
        if denials(text):  # who says that there is no such thing is right
            return suspicion, False
        odds = model.odds(suspicion)
        if (novelty := self._novelty(measured)) >= _LEAST_NOVELTY:
            odds += _OF_NOVELTY * novelty
        by_itself = max(suspicion, model.logistic(odds))
        if self.premise is None or _is_borne_out(measured):
            return by_itself, False
        return max(suspicion, model.logistic(odds + _OF_PREMISE)), True

    def _novelty(self, measured: Measured) -> float:
        """The words that neither the manual nor the user has, each by its rarity."""
        new = {word.token.key for word in measured.words if word.token.key in self.absent and not word.said}
        return sum(weight for weight in map(rarity, new) if weight >= _RARE)


def _is_borne_out(measured: Measured) -> bool:
    """Whether a sentence says it, or says it in these words: what can be done instead is in the manual."""
    return measured.values["sentence_rare"] >= _BORNE_OUT or measured.values["run5"] >= _BORNE_OUT
