"""Searching an index: from a query to the passages that are handed out.

The query's question is ranked with everything that was said before it (see `ranking`); each sub-question is ranked by itself, and
the lists take turns, so that an answer that takes two pages gets both. Where the encoder can't read the query, words decide alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice, zip_longest
from math import exp
from typing import TYPE_CHECKING

from backends.retrieval import joining, queries, ranking
from backends.retrieval.choosing import asks_nothing
from backends.retrieval.encoder import foreign_share, scripts
from backends.retrieval.index import Index
from backends.retrieval.marks import only_refers
from backends.retrieval.passages import SEPARATOR
from backends.retrieval.readers.corpus import is_corpus
from backends.retrieval.rewriting import naming_terms
from backends.retrieval.text import tokens
from kotae.conversation import Message, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[list[str]], NDArray[np.float32]]

FOREIGN = 0.3
"""A text with a larger share of letters that the encoder can't read is left to BM25."""
_AGAIN = 1.0
"""What the ranker's score of a page's passage loses for each better one of that page: the second page is worth a place, too."""
_MOST_AGAIN = 3
_SCALE = 2.0
"""Score of the ranker that makes a passage 1/e as good."""
_LOOKED_AT = 60
_SHOWN = 3
"""Words that are named of those that led from one passage to another."""


def wants_encoder(index: Index, query: str, reads: Callable[[list[str]], dict[str, bool]]) -> bool:
    """Whether the dense side can say anything about `query`.

    Args:
        reads: the encoder's own judgement, asked only about scripts that the manual does not have.
    """
    if index.vectors is None:
        return False
    known = {"LATIN": True, **index.manifest.scripts}
    if scripts(query) - known.keys():
        known = {**reads([query]), **known}
    return foreign_share(query, {name for name, read in known.items() if not read}) <= FOREIGN


def search(
    index: Index, query: str, top: int, encode: Encode | None, history: Sequence[Message] = ()
) -> list[Passage]:
    """The best `top` passages for `query`, best first; passages with nothing in common with it are left out.

    `Passage.found_by` says what brought a passage that the query alone would not have. Scores are 0..1 and comparable within one
    search only. A row of a corpus is handed out once, by its best passage, as long as there are others.

    Args:
        encode: gives a vector a text, shape (texts, dimension); None searches by words alone.
        history: what was said before; the talk's subject counts, and nothing of it has to be in `query`.
    """
    question, sub_questions = queries.sub_questions(query)
    if not any(character.isalnum() for character in query) or asks_nothing(query):
        return []  # an encoder has a vector for nothing, too
    lists = [_ranked(index, question, encode, history, top)]
    lists += [
        [
            replace(passage, found_by=passage.found_by or part)
            for passage in _ranked(index, part, encode, (), top)
        ]
        for part in sub_questions
    ]
    return _in_turn(lists)[:top]


def _ranked(
    index: Index, query: str, encode: Encode | None, history: Sequence[Message], top: int
) -> list[Passage]:
    """More than `top` passages, where there are, so that some can be left out."""
    import numpy as np

    ranker = ranking.bundled()
    pool = ranking.pool(index, query, history, encode, ranker)
    if pool is None:
        return []
    scores = ranker.trees.scores(pool.matrix)
    likely = np.argsort(-scores, kind="stable")[: 2 * top + 10]
    read = {int(at): index.passages[int(pool.passages[at])] for at in likely}
    saying = {at: passage for at, passage in read.items() if not only_refers(passage.text)}
    if len(saying) >= min(top, len(read)):
        read = saying  # lists of related pages have led on, and answer nothing themselves
    best = max(float(scores[at]) for at in read)
    found = []
    for place, (at, score) in enumerate(_spread(scores, read)):
        passage = read[at]
        led = _led_by(index, pool, at, passage) if place < top and not pool.direct[at] else ""
        found.append(replace(passage, score=round(exp((score - best) / _SCALE), 6), found_by=led))
    return found


def _spread(scores: NDArray[np.float32], read: Mapping[int, Passage]) -> list[tuple[int, float]]:
    """Places in the pool with their scores, best first, when a page's further passages count less.

    A row of a corpus was cut by whoever made it: further passages of one come after all others.
    """
    left = {at: float(scores[at]) for at in read}
    taken: dict[str, int] = {}
    found: list[tuple[int, float]] = []
    again: list[tuple[int, float]] = []
    while left:
        at = max(left, key=left.__getitem__)
        score, document = left.pop(at), read[at].document
        taken[document] = taken.get(document, 0) + 1
        if is_corpus(read[at].source):
            (again if taken[document] > 1 else found).append((at, score))
            continue
        found.append((at, score))
        if taken[document] <= _MOST_AGAIN:
            for other in left:
                if read[other].document == document:
                    left[other] -= _AGAIN
    lowest = found[-1][1]
    return found + [(at, min(score, lowest)) for at, score in again]


def _led_by(index: Index, pool: ranking.Pool, at: int, passage: Passage) -> str:
    """`TITLE: what led on`, of the passage from which this one was found."""
    if pool.via[at] < 0:
        return ""
    start = int(pool.passages[pool.via[at]])
    title = index.passages[start].title
    here = int(index.groups[pool.passages[at]])
    if here in index.graph.leads(start)[0]:
        return f"{title}: {passage.title.partition(SEPARATOR)[0] or passage.document}"
    followed = {int(column) for column in joining.followed(index, pool.question, start)}
    words: dict[str, None] = {}
    for word in islice(naming_terms(passage.text), _LOOKED_AT):
        if len(words) < _SHOWN and followed.intersection(
            index.words.columns(dict.fromkeys(tokens(word), 1.0))
        ):
            words[word] = None
    return f"{title}: {', '.join(words)}" if words else ""


def _in_turn(lists: Sequence[Sequence[Passage]]) -> list[Passage]:
    """The lists' first passages, then their second ones, and so on, each passage once; scores fall."""
    if len(lists) == 1:
        return list(lists[0])
    found: dict[str, Passage] = {}
    for row in zip_longest(*lists):
        for passage in row:
            if passage is not None:
                found.setdefault(passage.id, passage)
    lowest = 1.0
    ordered = []
    for passage in found.values():
        lowest = min(lowest, passage.score)
        ordered.append(replace(passage, score=lowest))
    return ordered
