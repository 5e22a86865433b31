"""Which of a text's words a whole manual lacks."""

from __future__ import annotations

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

_LONG = 6
"""Letters from which on a word may be another one with one letter too many or changed; of short ones too many are."""


@runtime_checkable
class CountsTerms(Protocol):
    """A manual that knows how common terms are."""

    async def counts(self, terms: Sequence[str]) -> Counts: ...


async def absent(manual: Manual, text: str, *, typed: bool = False) -> tuple[str, ...] | None:
    """The content words of a text, as `tokens` keys them, that no page of a manual has, nor a word that they begin with or are
    made of. None from a manual that keeps no such statistics. What it costs does not grow with the manual.

    Args:
        typed: whether somebody typed it and may have made a slip.

    Raises:
        KotaeError: the manual can't be read.
    """
    if not isinstance(manual, CountsTerms):
        return None
    text = normalise(text).text
    words = {word.key: word for word in tokens(text)}
    forms = {key: (key, *_parts(key)) for key in words if not _counts_nothing(key)}
    if not forms:
        return ()
    of = (await manual.counts(sorted({form for group in forms.values() for form in group}))).of
    missing = [key for key, group in forms.items() if not any(of.get(form) for form in group)]
    within = await manual.known([key for key in missing if _is_katakana(key)])
    missing = [key for key in missing if key not in within]
    if typed and missing:
        surface = {key: text[words[key].start : words[key].end].lower() for key in missing}
        slips = await misspelt(manual, list(surface.values()))
        missing = [key for key in missing if surface[key] not in slips]
    return tuple(missing)


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
