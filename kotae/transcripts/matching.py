"""Words searched for in conversations: how text is folded for it, and the part of a text that is shown.

Any part of a word is found, in any script: what is searched for is cut at blanks, and each piece has to stand somewhere in the
conversation. Width, case and composition make no difference (NFKC, case folding).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_CLUSTER = re.compile(r".[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*", re.DOTALL)
_BEFORE, _AFTER = 24, 120
"""Characters of an excerpt before and after what was found."""
LONGEST = 200
"""Characters of what is searched for that are looked at."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a text in which something was found."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    """Ranges of `text` that were searched for."""


def fold(text: str) -> str:
    """`text` without the differences that don't count."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def pieces(words: str) -> list[str]:
    """What has to be found, folded, the longest first."""
    return sorted(set(fold(words[:LONGEST]).split()), key=lambda piece: (-len(piece), piece))


def excerpt(text: str, wanted: Sequence[str]) -> Excerpt | None:
    """Where `text` holds the first of the pieces it holds at all; None when it holds none of them."""
    folded = fold(text)
    first = min((at for piece in wanted if (at := folded.find(piece)) >= 0), default=-1)
    if first < 0:
        return None
    places = _places(text, folded)
    begin = places[first]
    start = max(0, begin - _BEFORE)
    if start and (blank := text.find(" ", start, begin)) >= 0:
        start = blank + 1  # no word is cut where there are words
    end = min(len(text), begin + _AFTER)
    shown = text[start:end]
    marks = sorted(
        (max(places[at], start) - start, min(places[at + len(piece)], end) - start)
        for piece in wanted
        for at in _found(folded, piece, end)
        if places[at] < end and places[at + len(piece)] > start
    )
    lead, trail = "…" if start else "", "…" if end < len(text) else ""
    return Excerpt(
        f"{lead}{shown}{trail}", tuple((a + len(lead), b + len(lead)) for a, b in _merged(marks) if a < b)
    )


def marks(text: str, wanted: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The ranges of a short text that hold the pieces."""
    folded = fold(text)
    places = _places(text, folded)
    found = sorted(
        (places[at], places[at + len(piece)]) for piece in wanted for at in _found(folded, piece, len(folded))
    )
    return tuple(_merged(found))


def _found(folded: str, piece: str, end: int) -> Iterator[int]:
    at = folded.find(piece)
    while 0 <= at <= end + len(piece):
        yield at
        at = folded.find(piece, at + len(piece))


def _merged(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _places(text: str, folded: str) -> Sequence[int]:
    """For each offset in the folded text, and its end, the offset in the text."""
    if text.isascii():
        return range(len(text) + 1)
    places: list[int] = []
    for match in _CLUSTER.finditer(text):
        places += [match.start()] * len(fold(match[0]))
    # Scripts that compose beyond what a cluster is here may come out a little longer or shorter: rather a mark that is off.
    places += [len(text)] * (len(folded) + 1 - len(places))
    return places
