"""What can be said of a claim by knowing a whole manual, beside what its evidence says of it.

The trees were trained on answers beside a page or a few, where a word may well be missing. That no page of a manual has any such
word is another matter, and so is a question that takes for granted what the manual does not know. Both raise the odds that the
trees give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.retrieval.text import stem
from plugins.grounding import model
from plugins.grounding.polarity import denials
from plugins.grounding.rarity import rarity

if TYPE_CHECKING:
    from plugins.grounding.evidence import Evidence
    from plugins.grounding.features import Measured
    from plugins.grounding.premise import Premise

_OF_PREMISE = 2.85
"""How much a failed premise adds to the odds (logarithmic), which makes those even of what the trees find suspect by 0.02. What can
be done instead looks less suspect."""
_STEEPER, _HIGHER = 0.8, 0.2
"""What the odds that the trees give are multiplied by, and what is added (Platt 1999), where the evidence was searched for: 0.44
becomes 0.5. A passage that is found for a claim has some of its words whether it bears the claim out or not, so that the trees, who
know answers beside their own pages, trust it too much. Fitted to the sample manual's claims or to other people's answers about
service manuals it would be more; but on manuals that nothing was fitted to that finds no more of what is wrong, and flags twice as
many right answers (`benchmarks/RESULTS.md`)."""
_OF_NOVELTY, _BESIDE_NOVELTY = 1.2, 0.2
"""How much each word adds that no page has, times its rarity, and to what suspicion at least."""
_RARE = 0.5
_ANYBODY = frozenset(
    stem(start + end) for start in ("any", "every", "some", "no") for end in ("body", "one", "thing")
) | frozenset(stem(f"{start}ever") for start in ("what", "when", "where", "who"))
"""Words that speak of nothing in particular, so that nobody invents anything by them."""
_LEAST_NOVELTY = 1.6
"""One new word or two are somebody's way of saying it (`shuts` for `closes`)."""
_BORNE_OUT = 0.9
_SUSPECT = 0.5


@dataclass(frozen=True, slots=True)
class ManualWide:
    """What the whole manual was asked."""

    absent: frozenset[str]
    """The claim's words that no page has."""
    reach: float
    """How much it says that no page has a word, 0..1: less in a small manual."""
    premise: Premise | None
    """What the question takes for granted and the manual does not bear out."""
    about: Evidence
    """What the premise was held against."""

    def raised(self, suspicion: float, measured: Measured, text: str) -> tuple[float, bool]:
        """How suspect a claim (its normalised text) is that the trees find so suspect, and whether only the premise makes it so."""
        if denials(text):  # who says that there is no such thing is right
            return suspicion, False
        by_itself = suspicion
        if (novelty := self.novelty(measured)) >= _LEAST_NOVELTY:
            by_itself = _raised(max(suspicion, _BESIDE_NOVELTY), _OF_NOVELTY * novelty)
        if self.premise is None or _is_borne_out(measured):
            return by_itself, False
        return _raised(by_itself, _OF_PREMISE), by_itself < _SUSPECT

    def novelty(self, measured: Measured) -> float:
        """The words that neither the manual nor the user has, each by its rarity, as far as that says anything."""
        new = {
            word.token.key
            for word in measured.words
            if word.token.key in self.absent - _ANYBODY and not word.said
        }
        return self.reach * sum(weight for weight in map(rarity, new) if weight >= _RARE)


def of_searched(suspicion: float) -> float:
    """How suspect a claim is whose evidence was searched for, and which the trees find so suspect beside that."""
    return model.logistic(_STEEPER * model.odds(suspicion) + _HIGHER)


def _raised(suspicion: float, by: float) -> float:
    return model.logistic(model.odds(suspicion) + by)


def _is_borne_out(measured: Measured) -> bool:
    """Whether a sentence says it, or says it in these words: what can be done instead is in the manual."""
    return measured.values["sentence_rare"] >= _BORNE_OUT or measured.values["run5"] >= _BORNE_OUT
