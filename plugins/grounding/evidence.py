"""What a claim is held against: passages cut into sentences and made ready to be asked for words, runs of words and numbers."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from plugins.grounding.headings import spelt_out
from plugins.grounding.numbers import ordinals, quantities
from plugins.grounding.records import Record, read
from plugins.grounding.remembering import remembered
from plugins.grounding.tables import Cell, cells
from plugins.grounding.text import Token, grams, normalise, running, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kotae.conversation import Passage

_SENTENCE = re.compile(r"[^\n。！？!?]*?(?:[。！？!?]+|[.](?=\s+[^a-z\s])|\n|$)")
_ITEM = re.compile(r"\s*(?:[-*+・•]|\d{1,3}[.)])\s+")
_LEADS = re.compile(r"[:：]\**\s*$|(?:次|以下)の(?:とおり|通り)です[。.]?$")
_POINTS = re.compile(
    r"(?:it|they|this|that|these|those|he|she)\b|(?:これ|それ|この|その|期[間限]|時間|上限|下限|回数|件数)",
    re.IGNORECASE,
)
"""How a sentence begins that leans on the one which begins its line, as all in an item of a list do."""
_LONGEST_SENTENCE = 500
_MOST_SENTENCES = 100_000
"""Of a passage; some eight megabytes. What is not read would pass for something that it does not say."""
_CANDIDATES = 6
_MOST_WITH = 500
RUNS = 4
"""Running words are looked up alone and in runs of up to so many."""
LETTERS = (3, 5)
"""Lengths of the runs of characters that are looked up."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or line of a passage, normalised."""

    passage: int
    text: str
    words: tuple[Token, ...]
    keys: frozenset[str]
    leans_on: frozenset[str]
    """The words of what is left out because it was said before: what leads in a list, and how a line begins."""


@dataclass(frozen=True, slots=True)
class Window:
    """Up to three neighbouring sentences of one passage."""

    passage: int
    text: str
    keys: frozenset[str]
    sequence: tuple[str, ...]
    """The keys in reading order."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One passage, made ready."""

    text: str
    sentences: tuple[_Cut, ...]
    pairs: frozenset[tuple[str, str]]
    values: frozenset[str]
    words: tuple[str, ...]
    runs: tuple[frozenset[tuple[str, ...]], ...]
    letters: tuple[frozenset[str], ...]
    record: Record | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Passages, made ready to hold many claims against."""

    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]
    index: dict[str, tuple[int, ...]]
    """Content word to the sentences that have it."""
    leaning: dict[str, tuple[int, ...]]
    """Content word to the sentences that leave it out because it was said before."""
    keys: frozenset[str]
    """All content words."""
    pairs: frozenset[tuple[str, str]]
    """Content words that stand next to each other somewhere."""
    text: str
    """All of it, normalised and in small letters, for names."""
    values: frozenset[str]
    """All numbers."""
    words: tuple[str, ...]
    """The running words of all passages, an empty one between two."""
    places: dict[str, tuple[int, ...]]
    """Running word to where it stands in `words`."""
    runs: tuple[frozenset[tuple[str, ...]], ...]
    """Runs of one to `RUNS` running words."""
    letters: tuple[frozenset[str], ...]
    """Runs of characters, of the `LETTERS` lengths."""
    records: tuple[Record, ...]
    """Those of the passages that are records rather than prose."""
    recorded: frozenset[int]
    """Which passages these are."""
    cells: tuple[tuple[int, Cell], ...]
    """Those of all tables, each with its passage."""


class _Cut(NamedTuple):
    text: str
    words: tuple[Token, ...]
    keys: frozenset[str]
    leans_on: frozenset[str]


def with_single_kanji(keys: Iterable[str]) -> frozenset[str]:
    """The keys, and the kanji in them: a single one before kana (`送る`) is found within compounds (`送付`) too."""
    found = frozenset(keys)
    return found.union(*(key for key in found if len(key) == 2 and key[0] > "\u2e80"))


def _sentences(text: str) -> tuple[_Cut, ...]:
    found: list[_Cut] = []
    lead = first = none = frozenset[str]()
    is_item = False
    for match in _SENTENCE.finditer(text):
        sentence = match[0]
        begins = match.start() == 0 or text[match.start() - 1] == "\n"
        if begins and sentence.strip():
            is_item = _ITEM.match(sentence) is not None
            lead, first = lead if is_item else none, none
        for at in range(0, len(sentence), _LONGEST_SENTENCE):
            piece = sentence[at : at + _LONGEST_SENTENCE].strip()
            if piece and len(found) < _MOST_SENTENCES:
                words = tokens(piece)
                keys = with_single_kanji(word.key for word in words)
                leans_on = lead | (first if is_item or _POINTS.match(piece) else none)
                found.append(_Cut(piece, words, keys, leans_on - keys))
                first = first or keys
                if not is_item and _LEADS.search(piece):
                    lead = keys
    return tuple(found)


@remembered(64, lambda title, text: len(title) + len(text))
def _page(title: str, text: str) -> _Page:
    record = read(text)
    text = record.text if record is not None else spelt_out(title, text)
    text = normalise(f"{title}\n{text}" if title else text).text
    table = cells(text)
    sentences = _sentences("\n".join((text, *(cell.sentence() for cell in table))))
    low = text.lower()
    flat = " ".join(low.split())
    words = tuple(running(low))
    return _Page(
        text=low,
        sentences=sentences,
        pairs=frozenset((a.key, b.key) for one in sentences for a, b in itertools.pairwise(one.words)),
        values=frozenset(quantity.value for one in sentences for quantity in quantities(one.text))
        | ordinals(low),
        words=words,
        runs=tuple(frozenset(grams(words, length)) for length in range(1, RUNS + 1)),
        letters=tuple(frozenset(grams(flat, length)) for length in LETTERS),
        record=record,
        cells=tuple(table),
    )


def gather(passages: Sequence[Passage]) -> Evidence:
    """The evidence that `passages` make. A passage's title counts as its first sentence."""
    pages = [_page(passage.title, passage.text) for passage in passages]
    sentences: list[Sentence] = []
    index: dict[str, list[int]] = {}
    leaning: dict[str, list[int]] = {}
    words: list[str] = []
    for number, page in enumerate(pages):
        for one in page.sentences:
            for key in one.keys:
                index.setdefault(key, []).append(len(sentences))
            for key in one.leans_on:
                leaning.setdefault(key, []).append(len(sentences))
            sentences.append(Sentence(number, *one))
        words += [*page.words, ""]
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word, []).append(place)
    none: frozenset[str] = frozenset()
    return Evidence(
        passages=tuple(passages),
        sentences=tuple(sentences),
        index={key: tuple(found) for key, found in index.items()},
        leaning={key: tuple(found) for key, found in leaning.items()},
        keys=frozenset(index),
        pairs=frozenset().union(*(page.pairs for page in pages)),
        text="\n".join(page.text for page in pages),
        values=none.union(*(page.values for page in pages)),
        words=tuple(words),
        places={word: tuple(found) for word, found in places.items()},
        runs=tuple(frozenset().union(*(page.runs[n] for page in pages)) for n in range(RUNS)),
        letters=tuple(none.union(*(page.letters[n] for page in pages)) for n in range(len(LETTERS))),
        records=tuple(page.record for page in pages if page.record is not None),
        recorded=frozenset(number for number, page in enumerate(pages) if page.record is not None),
        cells=tuple((number, cell) for number, page in enumerate(pages) for cell in page.cells),
    )


def nearest(evidence: Evidence, words: Sequence[Token]) -> tuple[list[Sentence], Window | None]:
    """The sentences that share most content with `words`, best first, and the best window around them."""
    weights: dict[str, float] = {}
    for word in words:
        weights[word.key] = max(word.weight, weights.get(word.key, 0.0))
    best = _sharing(evidence, weights)
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


def closest(evidence: Evidence, words: Sequence[Token], top: int) -> list[Sentence]:
    """The `top` sentences that share most content with `words`, best first."""
    return [
        evidence.sentences[place]
        for place in _sharing(evidence, {word.key: word.weight for word in words})[:top]
    ]


def leaning(evidence: Evidence, words: Sequence[Token], top: int) -> list[Sentence]:
    """The `top` sentences that share most content with `words` together with what they lean on, of those that lean on any."""
    weights = {word.key: word.weight for word in words}
    shared: Counter[int] = Counter()
    for key, weight in weights.items():
        for place in evidence.leaning.get(key, ()):
            shared[place] += weight  # type: ignore[assignment]  # weights are fractions
    for key, weight in weights.items():
        for place in evidence.index.get(key, ()):
            if place in shared:
                shared[place] += weight  # type: ignore[assignment]
    return [evidence.sentences[place] for place, _ in shared.most_common(top)]


def followed(evidence: Evidence, words: Sequence[Token], top: int) -> Iterator[tuple[Sentence, str]]:
    """The `top` sentences that share most content with `words`, each with the next two of its passage."""
    for place in _sharing(evidence, {word.key: word.weight for word in words})[:top]:
        own = evidence.sentences[place]
        after = (s.text for s in evidence.sentences[place + 1 : place + 3] if s.passage == own.passage)
        yield own, " ".join(after)


def with_rarest(evidence: Evidence, words: Sequence[Token]) -> list[Sentence]:
    """The sentences that have the rarest of `words`: those in which all of them can stand. At most `_MOST_WITH`."""
    places = (evidence.index[word.key] for word in words if word.key in evidence.index)
    return [evidence.sentences[place] for place in min(places, key=len, default=())[:_MOST_WITH]]


def _sharing(evidence: Evidence, weights: dict[str, float]) -> list[int]:
    shared: Counter[int] = Counter()
    for key, weight in weights.items():
        for place in evidence.index.get(key, ()):
            shared[place] += weight  # type: ignore[assignment]  # weights are fractions
    return [place for place, _ in shared.most_common(_CANDIDATES)]
