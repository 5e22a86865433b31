"""The parts of passages that are nearest to a claim, by the words they share; English and Japanese.

Models that compare texts read some hundred words, and the less of a passage they are shown, the better they compare.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from backends.retrieval.text import tokens
from kotae.conversation import Passage
from kotae.sentences import sentences

_SENTENCES = 3
"""In a window, at most."""
_LENGTH = 500
"""Characters of a window, about; a longer sentence is cut."""
_LINE = 5000
"""Characters of a line in which sentences are looked for at once."""
_READ = 400_000
"""Characters of the passages that are looked at: more than any model is given to answer from."""


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring sentences of one passage."""

    passage: int
    """Its place among the passages."""
    text: str
    terms: frozenset[str]


class Windows:
    """Passages, cut so that the nearest parts can be picked. Making one takes a second for very long ones: do it in a thread."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._windows: list[Window] = []
        room = _READ
        for place, passage in enumerate(passages):
            text = passage.text.strip()[:room]
            room -= len(text)
            self._windows += _cut(place, text, frozenset(tokens(passage.title)))
        self._places: dict[str, list[int]] = {}
        """By term, the windows that have it."""
        for place, window in enumerate(self._windows):
            for term in window.terms:
                self._places.setdefault(term, []).append(place)

    def nearest(self, claim: str, top: int) -> list[Window]:
        """The best `top` windows for a claim, best first; those that share nothing with it come last. Empty without passages."""
        scores: Counter[int] = Counter()
        for term in dict.fromkeys(tokens(claim)):
            if found := self._places.get(term):
                weight = math.log1p(len(self._windows) / len(found))
                for place in found:
                    # Of two windows that hold as much, the narrower one is meant.
                    scores[place] += weight / (1 + 0.02 * len(self._windows[place].terms))  # type: ignore[assignment]
        best = heapq.nsmallest(top, scores, key=lambda place: (-scores[place], place))
        others = (place for place in range(len(self._windows)) if place not in scores)
        return [self._windows[place] for place in (*best, *islice(others, top - len(best)))]


def _cut(passage: int, text: str, heading: frozenset[str]) -> Iterator[Window]:
    """A window from each sentence on, but for those that the one before holds already."""
    pieces = list(_pieces(text))
    terms = [frozenset(tokens(piece)) | heading for piece in pieces]
    ended = 0
    for first in range(len(pieces)):
        last, length = first + 1, len(pieces[first])
        while (
            last < min(first + _SENTENCES, len(pieces)) and (length := length + len(pieces[last])) <= _LENGTH
        ):
            last += 1
        if last > ended:
            yield Window(passage, "\n".join(pieces[first:last]), frozenset().union(*terms[first:last]))
            ended = last


def _pieces(text: str) -> Iterator[str]:
    """The sentences and lines of a text, none much longer than a window."""
    for line in text.splitlines():
        for part in _parted(line, _LINE):
            for sentence in sentences(part):
                yield from _parted(sentence, _LENGTH)


def _parted(text: str, length: int) -> Iterator[str]:
    """`text` in parts of at most `length` characters, between words where there are any."""
    start = 0
    while len(text) - start > length:
        blank = text.rfind(" ", start + length // 2, start + length)
        end = blank + 1 if blank >= 0 else start + length
        yield text[start:end]
        start = end
    yield text[start:]
