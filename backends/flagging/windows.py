"""The parts of passages that are nearest to a claim, by the words they share; English and Japanese.

Models that compare texts read some hundred words, and the less of a passage they are shown, the better they compare.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from backends.retrieval.text import tokens
from kotae.claims import sentences
from kotae.conversation import Passage

_SENTENCES = 3
"""In a window, at most."""
_LENGTH = 500
"""Characters of a window, about; a longer sentence is cut."""
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
            text, heading = passage.text.strip()[:room], frozenset(tokens(passage.title))
            room -= len(text)
            pieces = list(_pieces(text))
            terms = [frozenset(tokens(piece)) | heading for piece in pieces]
            for first in range(len(pieces)):
                last, length = first + 1, len(pieces[first])
                while (
                    last < len(pieces) and last - first < _SENTENCES and length + len(pieces[last]) <= _LENGTH
                ):
                    length += len(pieces[last])
                    last += 1
                if first and last == len(pieces) and last - first < _SENTENCES and length < _LENGTH:
                    break  # the window before has all of this
                self._windows.append(
                    Window(place, "\n".join(pieces[first:last]), frozenset().union(*terms[first:last]))
                )
        counts = Counter(term for window in self._windows for term in window.terms)
        total = len(self._windows)
        self._weights = {term: math.log1p(total / count) for term, count in counts.items()}

    def nearest(self, claim: str, top: int) -> list[Window]:
        """The best `top` windows for a claim, best first; those that share nothing with it come last. Empty without passages."""
        wanted = {term: self._weights.get(term, 0.0) for term in dict.fromkeys(tokens(claim))}

        def score(window: Window) -> float:
            shared = sum(weight for term, weight in wanted.items() if term in window.terms)
            return shared / (
                1 + 0.02 * len(window.terms)
            )  # of two that hold as much, the narrower one is meant

        return sorted(self._windows, key=score, reverse=True)[:top]


def _pieces(text: str) -> list[str]:
    """The sentences and lines of a text, none much longer than a window."""
    return [
        sentence[at : at + _LENGTH]
        for line in text.splitlines()
        if line.strip()
        for sentence in sentences(line)
        for at in range(0, len(sentence), _LENGTH)
    ]
