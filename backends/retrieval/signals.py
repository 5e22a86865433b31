"""What speaks for a passage at first sight: how well words and vectors match the question, and what was said before it.

All of it is comparable between manuals, languages and encoders: word scores are divided by the best passage's, or by what a
passage with all of the words would get; similarities are 1 for the nearest passage and 0 for one as far off as the last of the
nearest. What a conversation is about counts by document: a follow-up is likelier answered where the talk has been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.retrieval import queries
from backends.retrieval.index import Index
from backends.retrieval.text import tokens
from kotae.conversation import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[list[str]], NDArray[np.float32]]
    Floats = NDArray[np.float32]

DEPTH = 100
"""How many of the nearest vectors set the scale of similarities."""
SINGLE = 60
TALK = 30
"""How many passages each way of searching puts up, by the question and by what was said before it."""
TURNS = 6
"""How many earlier questions and answers are looked at."""
_FADE_ASKED, _FADE_ANSWERED = 0.7, 0.8
"""What a turn counts in comparison with the one after it."""
_TERMS = 48
"""How many terms of what was said before are looked for: those that weigh most."""
_LONGEST = 2000
"""Characters of an earlier message that are looked at."""

NAMES = (
    "words", "words_covered", "carried", "asked_before", "answered_last", "answered_before",
    "group_words", "group_carried", "group_asked", "group_answered_last", "group_answered",
    "previous_answered", "next_answered", "previous_words", "next_words",
    "near", "near_talk", "near_reply", "group_near", "group_talk", "group_reply",
    "has_vector", "has_talk",
)  # fmt: skip
"""The columns of `Signals.matrix`."""


@dataclass(frozen=True)
class Query:
    """A query and what it follows, as terms and as texts for the encoder."""

    question: str
    """What is asked, without what is carried over."""
    terms: Mapping[int, float]
    """Columns of the question's terms with their weights."""
    carried: Mapping[int, float]
    """The same of the whole query; equal to `terms` when nothing is carried over."""
    asked: Mapping[int, float]
    answered_last: Mapping[int, float]
    answered: Mapping[int, float]
    texts: tuple[str, ...]
    """The question; after a history also the talk that led to it, and the last answer with it."""


def parse(index: Index, query: str, history: Sequence[Message]) -> Query:
    """Look up what a query and its history are made of."""
    parts = queries.weighted_parts(query)
    question = parts[-1][0] if parts else ""
    terms = index.words.columns(queries.weighted_terms(question))
    carried = index.words.columns(queries.weighted_terms(query)) if len(parts) > 1 else terms
    asked = [message.content[:_LONGEST] for message in history if message.role == "user"][-TURNS:]
    answered = [message.content[:_LONGEST] for message in history if message.role == "assistant"][-TURNS:]
    last: list[str] = []
    for message in history:
        last = [*last, message.content[:_LONGEST]] if message.role == "assistant" else []
    texts: tuple[str, ...] = (question,)
    if asked or last:
        texts = (question, " ".join([*asked, question]), " ".join([*last, question]))
    return Query(
        question=question,
        terms=terms,
        carried=carried,
        asked=_faded(index, asked, _FADE_ASKED),
        answered_last=_faded(index, last, 1.0),
        answered=_faded(index, answered, _FADE_ANSWERED),
        texts=texts,
    )


def _faded(index: Index, messages: Sequence[str], fade: float) -> dict[int, float]:
    """The terms of `messages` that weigh most, the older the less."""
    import numpy as np

    weights: dict[str, float] = {}
    for age, message in enumerate(reversed(messages)):
        for term in tokens(message):
            weights[term] = weights.get(term, 0.0) + fade**age
    found = index.words.columns(weights)
    if len(found) <= _TERMS:
        return found
    columns = np.fromiter(found, dtype=np.int64)
    worth = index.words.idf(columns) * np.fromiter(found.values(), dtype=np.float32)
    best = np.argpartition(-worth, _TERMS)[:_TERMS]
    return {int(columns[at]): found[int(columns[at])] for at in best}


class Signals:
    """The first-sight scores of one query over a whole index."""

    def __init__(self, index: Index, query: Query, encode: Encode | None) -> None:
        """`encode` gives a row a text; None searches by words alone."""
        import numpy as np

        self.index = index
        self.query = query
        self.words = index.words.weighted(query.terms)
        self._best = max(float(self.words.max(initial=0.0)), 1e-9)
        self._carried = self.words if query.carried is query.terms else index.words.weighted(query.carried)
        self._has_talk = len(query.texts) > 1
        self._asked, self._answered_last, self._answered = (
            _unit(index.words.weighted(terms)) if self._has_talk else np.zeros(0, np.float32)
            for terms in (query.asked, query.answered_last, query.answered)
        )
        self.vectors: NDArray[np.float32] | None = None
        """Of the query's texts, shape (texts, dimension)."""
        if encode is not None and index.vectors is not None:
            self.vectors = encode(list(query.texts))
            similar, rows = index.vectors.search(self.vectors, min(DEPTH, index.vectors.ntotal))
            self._nearest = index.rows[rows]
            self._far = similar[:, -1]
            self._spread = np.maximum(similar[:, 0] - similar[:, -1], 1e-6)
        columns = np.fromiter(query.terms, dtype=np.int64)
        weights = np.fromiter(query.terms.values(), dtype=np.float32)
        self._ideal = float((index.words.idf(columns) * weights).sum()) + 1e-6

    def first(self) -> NDArray[np.int64]:
        """The passages that any way of searching puts up, in the manual's order."""
        import numpy as np

        found = [_top(self.words, SINGLE)]
        if self._carried is not self.words:
            found.append(_top(self._carried, SINGLE))
        if self._has_talk:
            found += [_top(scores, TALK) for scores in (self._asked, self._answered_last, self._answered)]
        if self.vectors is not None:
            found.append(self._nearest[:, :SINGLE].ravel())
        return np.unique(np.concatenate(found)).astype(np.int64)

    def matrix(self, pool: NDArray[np.int64]) -> Floats:
        """A row for each passage of `pool`, a column for each of `NAMES`."""
        import numpy as np

        found = np.zeros((len(pool), len(NAMES)), dtype=np.float32)
        column = {name: at for at, name in enumerate(NAMES)}
        groups, place = np.unique(self.index.groups[pool], return_inverse=True)

        def put(name: str, values: Floats) -> None:
            found[:, column[name]] = values

        def put_group(name: str, values: Floats) -> None:
            best = np.full(len(groups), -1.0, dtype=np.float32)
            np.maximum.at(best, place, values)
            put(name, best[place])

        words = self.words[pool]
        put("words", words / self._best)
        put("words_covered", words / self._ideal)
        carried = _unit_at(self._carried, pool)
        put("carried", carried)
        put_group("group_words", words / self._best)
        put_group("group_carried", carried)
        before, after = self._beside(pool)
        put("previous_words", np.where(before >= 0, self.words[before] / self._best, np.float32(0)))
        put("next_words", np.where(after >= 0, self.words[after] / self._best, np.float32(0)))
        if self._has_talk:
            put("has_talk", np.ones(len(pool), np.float32))
            for name, scores in (
                ("asked", self._asked),
                ("answered_last", self._answered_last),
                ("answered", self._answered),
            ):
                put_group(f"group_{name}", scores[pool])
            put("asked_before", self._asked[pool])
            put("answered_last", self._answered_last[pool])
            put("answered_before", self._answered[pool])
            put("previous_answered", np.where(before >= 0, self._answered_last[before], np.float32(0)))
            put("next_answered", np.where(after >= 0, self._answered_last[after], np.float32(0)))
        if self.vectors is not None:
            near = self.near(pool)
            put("has_vector", np.ones(len(pool), np.float32))
            for name, group, at in (
                ("near", "group_near", 0),
                ("near_talk", "group_talk", 1),
                ("near_reply", "group_reply", 2),
            ):
                values = near[:, min(at, near.shape[1] - 1)]
                put(name, values)
                put_group(group, values)
        return found

    def near(self, pool: NDArray[np.int64]) -> Floats:
        """How near the vectors of passages are to those of the query's texts: shape (passages, texts)."""
        import numpy as np

        assert self.vectors is not None
        similar = self.passage_vectors(pool) @ self.vectors.T
        found: Floats = np.clip((similar - self._far) / self._spread, -1, None)
        found[self.index.vector_rows[pool] < 0] = -1
        return found

    def passage_vectors(self, pool: NDArray[np.int64]) -> Floats:
        """Their vectors, zeros where they have none."""
        import numpy as np

        assert self.index.vectors is not None
        rows = self.index.vector_rows[pool]
        found = self.index.vectors.rows(np.maximum(rows, 0))
        found[rows < 0] = 0
        return found

    def _beside(self, pool: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The passages before and after each in its group, -1 where there is none."""
        import numpy as np

        groups = self.index.groups
        before, after = pool - 1, np.minimum(pool + 1, len(groups) - 1)
        return (
            np.where((before >= 0) & (groups[before] == groups[pool]), before, -1),
            np.where((after > pool) & (groups[after] == groups[pool]), after, -1),
        )


def _unit(scores: Floats) -> Floats:
    most = scores.max(initial=0.0)
    return scores / most if most > 0 else scores


def _unit_at(scores: Floats, pool: NDArray[np.int64]) -> Floats:
    found: Floats = scores[pool] / max(float(scores.max(initial=0.0)), 1e-9)
    return found


def _top(scores: Floats, count: int) -> NDArray[Any]:
    """The places of the best scores above 0, in no order."""
    import numpy as np

    count = min(count, len(scores))
    found = np.argpartition(scores, len(scores) - count)[len(scores) - count :]
    return found[scores[found] > 0]
