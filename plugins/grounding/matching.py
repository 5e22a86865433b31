"""What a claim and a passage have in common, word by word, to be shown to a reader.

Words are compared as the flagger compares them: English by stem, Japanese by pairs of kanji and by katakana words, numbers by
value (`1,000`, `1000`, `千円`), codes as they stand. Nothing is judged here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.grounding.numbers import quantities
from plugins.grounding.text import LONGEST, Normal, Token, normalise, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Span = tuple[int, int]

READ = 20_000
"""Characters of a passage that are looked at; more than any passage that is cut along headings has."""
_SAYS_SOMETHING = 0.5
"""Words of less weight are in any text: neither their presence nor their absence tells a reader anything."""
_CODE = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z_-]*\d)[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*")
_BREAKS = re.compile(r"\n|[。．！？]|(?<=[.!?])\s|\s")


@dataclass(frozen=True, slots=True)
class Matching:
    """Spans in both texts as they were given, in order; those that touch are one."""

    shared: tuple[Span, ...]
    """Words of the claim that the passage has."""
    missing: tuple[Span, ...]
    """Words of the claim that the passage lacks; no part of them is in `shared`."""
    found: tuple[Span, ...]
    """Words of the passage that the claim has."""


def matches(claim: str, passage: str) -> Matching:
    """Hold the words of a claim against those of a passage.

    The first `LONGEST` characters of the claim and the first `READ` of the passage are read.
    """
    said, there = normalise(claim[:LONGEST]), normalise(passage[:READ])
    numbers, codes = quantities(said.text), tuple(_codes(said.text))
    # A unit goes with its number, and the letters of a code with the code.
    taken = _covered((number.start, number.end) for number in numbers if number.exact)
    taken |= _covered((code.start, code.end) for code in codes)
    words = [
        *codes,
        *(
            word
            for word in tokens(said.text)
            if word.weight >= _SAYS_SOMETHING and taken.isdisjoint(range(word.start, word.end))
        ),
    ]
    wanted, values = {word.key for word in words}, {number.value for number in numbers}
    had: set[str] = set()
    had_values: set[str] = set()
    found: list[Span] = []
    for start, part in _parts(there.text[:READ]):
        for word in (*tokens(part), *_codes(part)):
            for key, a, b in _readings(word):
                if key in wanted:
                    had.add(key)
                    found.append((start + a, start + b))
        for number in quantities(part):
            if number.value in values:
                had_values.add(number.value)
                found.append((start + number.start, start + number.end))
    shared = [(word.start, word.end) for word in words if word.key in had]
    shared += [(number.start, number.end) for number in numbers if number.value in had_values]
    # A small number in words (`one of them`) mostly counts nothing.
    lacking = [number for number in numbers if number.exact and number.value not in had_values]
    missing = [(number.start, number.end) for number in lacking]
    # A pair of kanji half of which is there is no word of its own.
    there_already = _covered(shared)
    missing += [
        (word.start, word.end)
        for word in words
        if word.key not in had and there_already.isdisjoint(range(word.start, word.end))
    ]
    return Matching(_original(said, shared), _original(said, missing), _original(there, found))


def _readings(word: Token) -> Iterator[tuple[str, int, int]]:
    """What a word of the passage may be compared by: itself, and a pair of kanji by each of the two (`送付`, `送る`)."""
    yield word.key, word.start, word.end
    if len(word.key) == 2 and word.key[0] > "\u2e80":
        for place, character in enumerate(word.key):
            yield character, word.start + place, word.start + place + 1


def _codes(text: str) -> Iterator[Token]:
    for match in _CODE.finditer(text):
        yield Token(*match.span(), match[0].lower(), 1.0)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """`text` in parts that are read to their end, cut where no word is cut if there is such a place."""
    at = 0
    while at < len(text):
        end = at + LONGEST
        if end < len(text):
            end = max((match.end() for match in _BREAKS.finditer(text, at + LONGEST // 2, end)), default=end)
        yield at, text[at:end]
        at = end


def _covered(spans: Iterable[Span]) -> set[int]:
    return {place for start, end in spans for place in range(start, end)}


def _original(text: Normal, spans: Collection[Span]) -> tuple[Span, ...]:
    """The spans in the text before it was normalised, in order, those that touch joined."""
    joined: list[Span] = []
    for start, end in sorted(text.span(*span) for span in spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)
