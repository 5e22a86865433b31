"""Which of two things comes first: `Post it, then approve it` is `Approve it after it is posted`, and not the other way round."""

from __future__ import annotations

import re
from functools import lru_cache

from plugins.grounding.text import LONGEST, tokens

_PART = r"[^.;。\n]{3,120}?"
_REST = r"[^.;。,、\n]{3,120}"
_ORDERS = (
    # First, second; where the text has them the other way round, the names are.
    re.compile(rf"^before (?P<two>{_PART}), (?P<one>{_REST})", re.IGNORECASE),
    re.compile(rf"^(?:after|once) (?P<one>{_PART}), (?P<two>{_REST})", re.IGNORECASE),
    re.compile(rf"(?P<one>{_PART}),? (?:and |but )?(?:only )?then (?P<two>{_REST})", re.IGNORECASE),
    re.compile(rf"(?P<one>{_PART}) before (?P<two>{_REST})", re.IGNORECASE),
    re.compile(rf"(?P<two>{_PART}) (?:only )?after (?!which\b|that\b)(?P<one>{_REST})", re.IGNORECASE),
    re.compile(rf"(?P<two>{_PART})の?前に、?(?P<one>{_REST})"),
    re.compile(rf"(?P<one>{_PART})(?:てから|た後[にで]?|の後[にで]?)、?(?P<two>{_REST})"),
    re.compile(rf"(?P<one>{_PART})、(?:その後|そのあと|次に|それから)、?(?P<two>{_REST})"),
)
_TOLD = re.compile(
    r"\b(?:then|before|after|once)\b|(?<![事以])前に|てから|その後|[たの]後|次に|それから|そのあと",
    re.IGNORECASE,
)
_CONDITIONAL = re.compile(r"^(?:if|when)\b.*\bthen\b", re.IGNORECASE)
_LEAST = 0.5
TELLS = frozenset(
    ("before", "after", "earlier", "later", "前に", "後に", "の前", "の後", "先に", "後で", "直前", "直後")
)
"""Words that tell the order, and are each other's opposites only as long as what they stand between stays where it is."""


@lru_cache(maxsize=2048)
def _order(text: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """The words of what comes first, and of what comes second, without those of both."""
    if len(_TOLD.findall(text)) != 1 or _CONDITIONAL.search(text):
        return None
    for pattern in _ORDERS:
        if found := pattern.search(text[:LONGEST]):
            one, two = (
                frozenset(word.key for word in tokens(found[name]) if word.weight > _LEAST)
                for name in ("one", "two")
            )
            if one - two and two - one:
                return one - two, two - one
    return None


def tells_order(text: str) -> bool:
    """Whether a normalised text says which of two things comes first."""
    return _order(text) is not None


def turned_round(claim: str, sentence: str) -> bool | None:
    """Whether a claim has two things in the other order than a sentence (both normalised); None where they can't be compared."""
    ours, theirs = _order(claim), _order(sentence)
    if ours is None or theirs is None:
        return None
    same = _alike(ours[0], theirs[0]) and _alike(ours[1], theirs[1])
    other = _alike(ours[0], theirs[1]) and _alike(ours[1], theirs[0])
    return None if same == other else other


def _alike(one: frozenset[str], two: frozenset[str]) -> bool:
    shared, sizes = 2 * len(one & two), (len(one), len(two))
    return shared > min(sizes) and 2 * shared >= max(sizes)
