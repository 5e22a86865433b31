"""Which of a text's words a whole manual lacks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from backends.retrieval.text import STOP_WORDS, stem
from plugins.grounding.numbers import ordinals, quantities
from plugins.grounding.text import normalise, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.retrieval.quoting import Counts
    from kotae.backend import Manual

_PART = 3
"""Characters of a katakana word that can be a word of their own within a compound."""
_BEGINNING, _MOST_OF_IT = 4, 0.65
"""Characters, and the share of an English word, that make a beginning which tells what it is about (`payment`, `payable`)."""

_LARGE = 400
"""Passages of a manual that has a word for all that it is about."""
_LONG = 6
"""Letters from which on a word may be another one with one letter too many or changed; of short ones too many are."""


@runtime_checkable
class CountsTerms(Protocol):
    """A manual that knows how common terms are."""

    async def counts(self, terms: Sequence[str]) -> Counts: ...


@dataclass(frozen=True, slots=True)
class Absent:
    """What a manual lacks of a text."""

    words: tuple[str, ...]
    """Keyed as `tokens` keys them."""
    reach: float
    """How much it says that no page has a word, 0..1: a small manual has few ways of saying things."""


async def absent(manual: Manual, text: str, *, typed: bool = False) -> Absent | None:
    """The content words of a text that no page of a manual has, nor a word that they begin with or are made of.

    None from a manual that keeps no such statistics. What it costs does not grow with the manual.

    Args:
        typed: whether somebody typed it and may have made a slip.

    Raises:
        KotaeError: the manual can't be read.
    """
    if not isinstance(manual, CountsTerms):
        return None
    text = normalise(text).text
    words = [word for word in tokens(text) if not _counts_nothing(word.key)]
    forms = {word.key: (word.key, *_parts(word.key)) for word in words}
    counted = await manual.counts(sorted({form for group in forms.values() for form in group}))
    known = {key for key, group in forms.items() if any(counted.of.get(form) for form in group)}
    known |= await manual.known([key for key in forms if key not in known and _is_katakana(key)])
    covered = {place for word in words if word.key in known for place in range(word.start, word.end)}
    # A pair of kanji that reaches into a word that is known lies across two words.
    missing = {word.key: word for word in words if covered.isdisjoint(range(word.start, word.end))}
    if typed and missing:
        surface = {key: text[word.start : word.end].lower() for key, word in missing.items()}
        slips = await misspelt(manual, list(surface.values()))
        missing = {key: word for key, word in missing.items() if surface[key] not in slips}
    return Absent(tuple(missing), min(1.0, math.log1p(counted.passages) / math.log1p(_LARGE)))


async def misspelt(manual: CountsTerms, words: Sequence[str]) -> set[str]:
    """Those of some English words (small letters) that are one slip from a word of the manual or a stop word."""
    slips = {word: _slips(word) for word in words if word.isascii() and word.isalpha()}
    stems = {word: {stem(slip) for slip in group} for word, group in slips.items()}
    of = (await manual.counts(sorted(set().union(*stems.values())))).of if stems else {}
    return {
        word
        for word, group in slips.items()
        if not STOP_WORDS.isdisjoint(group) or any(of.get(key) for key in stems[word])
    }


def _slips(word: str) -> set[str]:
    """The words that this one may be a slip for; hardly anybody mistypes the first letter."""
    cuts = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    found = {before + letter + after for before, after in cuts for letter in ascii_lowercase}
    if len(word) >= _LONG:
        found |= {before + after[1:] for before, after in cuts if after}
        found |= {
            before + letter + after[1:] for before, after in cuts if after for letter in ascii_lowercase
        }
        found |= {before + after[1] + after[0] + after[2:] for before, after in cuts if len(after) > 1}
    return found - {word}


def _counts_nothing(key: str) -> bool:
    """A kanji by itself, a question word among kanji, a number in words."""
    kanji = key[0] > "\u2e80" and not _is_katakana(key)
    return (kanji and (len(key) == 1 or "何" in key)) or bool(quantities(key) or ordinals(key))


def _is_katakana(key: str) -> bool:
    return "\u30a0" <= key[0] <= "\u30ff"


def _parts(key: str) -> list[str]:
    if key.isascii():
        least = max(_BEGINNING, round(_MOST_OF_IT * len(key)))
        return [key[:length] for length in range(least, len(key))]
    if _is_katakana(key):
        return [part for at in range(_PART, len(key) - _PART + 1) for part in (key[:at], key[at:])]
    return []
