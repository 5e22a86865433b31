"""What a claim is held against: passages cut into sentences, with an index from content words to
sentences."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from plugins.grounding.numbers import quantities
from plugins.grounding.text import Token, normalise, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.conversation import Passage

_SENTENCE = re.compile(r"[^\n。！？!?]*?(?:[。！？!?]+|[.](?=\s+[^a-z\s])|\n|$)")
_LONGEST_SENTENCE = 500
_MOST_SENTENCES = 4000
_CANDIDATES = 6


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or line of a passage, normalised."""

    passage: int
    text: str
    words: tuple[Token, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Window:
    """Up to three neighbouring sentences of one passage."""

    passage: int
    text: str
    keys: frozenset[str]
    sequence: tuple[str, ...]
    """The keys in reading order."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Passages, made ready to hold many claims against."""

    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]
    index: dict[str, tuple[int, ...]]
    """Content word to the sentences that have it."""
    pairs: frozenset[tuple[str, str]]
    """Content words that stand next to each other somewhere."""
    text: str
    """All of it, normalised and in small letters, for names."""
    values: frozenset[str]
    """All numbers."""


@lru_cache(maxsize=256)
def _sentences(text: str) -> tuple[tuple[str, tuple[Token, ...], frozenset[str]], ...]:
    cut: list[tuple[str, tuple[Token, ...], frozenset[str]]] = []
    for match in _SENTENCE.finditer(text):
        sentence = match[0]
        for at in range(0, len(sentence), _LONGEST_SENTENCE):
            piece = sentence[at : at + _LONGEST_SENTENCE].strip()
            if piece and len(cut) < _MOST_SENTENCES:
                words = tokens(piece)
                keys = {word.key for word in words}
                # A single kanji before kana (`送る`) is found within compounds (`送付`) too.
                keys.update(
                    char for key in tuple(keys) if len(key) == 2 and key[0] > "\u2e80" for char in key
                )
                cut.append((piece, words, frozenset(keys)))
    return tuple(cut)


def gather(passages: Sequence[Passage]) -> Evidence:
    """The evidence that `passages` make. A passage's title counts with each of its sentences when windows are
    compared."""
    sentences: list[Sentence] = []
    index: dict[str, list[int]] = {}
    pairs: set[tuple[str, str]] = set()
    values: set[str] = set()
    texts: list[str] = []
    for number, passage in enumerate(passages):
        text = normalise(f"{passage.title}\n{passage.text}" if passage.title else passage.text).text
        texts.append(text.lower())
        for piece, words, keys in _sentences(text):
            for key in keys:
                index.setdefault(key, []).append(len(sentences))
            pairs.update((a.key, b.key) for a, b in itertools.pairwise(words))
            values.update(quantity.value for quantity in quantities(piece))
            sentences.append(Sentence(number, piece, words, keys))
    return Evidence(
        tuple(passages),
        tuple(sentences),
        {key: tuple(places) for key, places in index.items()},
        frozenset(pairs),
        "\n".join(texts),
        frozenset(values),
    )


def nearest(evidence: Evidence, words: Sequence[Token]) -> tuple[list[Sentence], Window | None]:
    """The sentences that share most content with `words`, best first, and the best window around them."""
    weights: dict[str, float] = {}
    for word in words:
        weights[word.key] = max(word.weight, weights.get(word.key, 0.0))
    shared: Counter[int] = Counter()
    for key, weight in weights.items():
        for place in evidence.index.get(key, ()):
            shared[place] += weight  # type: ignore[assignment]  # weights are fractions
    best = [place for place, _ in shared.most_common(_CANDIDATES)]
    windows: dict[tuple[int, int], float] = {}
    for place in best:
        for first, last in ((place - 1, place + 1), (place - 1, place), (place, place + 1), (place, place)):
            first, last = max(first, 0), min(last, len(evidence.sentences) - 1)
            group = evidence.sentences[first : last + 1]
            if (first, last) not in windows and all(
                s.passage == evidence.sentences[place].passage for s in group
            ):
                keys = frozenset().union(*(sentence.keys for sentence in group))
                # Of two windows that hold as much, the narrower one is meant.
                windows[first, last] = sum(w for k, w in weights.items() if k in keys) - 0.05 * (last - first)
    sentences = [evidence.sentences[place] for place in best]
    if not windows:
        return sentences, None
    first, last = max(windows, key=lambda place: windows[place])
    group = evidence.sentences[first : last + 1]
    return sentences, Window(
        group[0].passage,
        "\n".join(sentence.text for sentence in group),
        frozenset().union(*(sentence.keys for sentence in group)),
        tuple(word.key for sentence in group for word in sentence.words),
    )
