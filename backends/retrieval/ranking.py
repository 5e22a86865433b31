"""From a query to an order of passages: the pool, its features, and the trained ranker over them.

Two steps, both learnt from other people's questions (see `ranker.md`): a linear score by first sight, which decides what is taken
as the first of two pages, then trees over everything, which see each passage beside the others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.retrieval import joining, signals, trees
from backends.retrieval.index import Index
from backends.retrieval.signals import Signals
from kotae.conversation import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[list[str]], NDArray[np.float32]]

RANKER = Path(__file__).with_name("ranker.json")
POOL = 100
"""How many passages are kept by first sight before those that go on from them join."""


@dataclass(frozen=True)
class Ranker:
    """What was learnt."""

    linear: NDArray[np.float32]
    """First sight with vectors: a weight for each of `signals.NAMES`."""
    linear_words: NDArray[np.float32]
    """First sight by words alone."""
    trees: trees.Trees
    """Over `signals.NAMES` and `joining.NAMES`."""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Ranker:
        """From the contents of `ranker.json`.

        Raises:
            ValueError: it was trained on other features.
        """
        import numpy as np

        if data["features"] != [*signals.NAMES, *joining.NAMES]:
            raise ValueError("the ranker was trained on other features; train it again")
        return cls(
            np.asarray(data["linear"], np.float32),
            np.asarray(data["linear_words"], np.float32),
            trees.from_dict(data["trees"]),
        )


@cache
def bundled() -> Ranker:
    """The ranker in the box."""
    return Ranker.from_dict(json.loads(RANKER.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Pool:
    """The passages that may be handed out for one query, and all that is known of them."""

    passages: NDArray[np.int64]
    """Their numbers, ascending."""
    matrix: NDArray[np.float32]
    """A row each, a column for each of `signals.NAMES` and `joining.NAMES`."""
    direct: NDArray[np.bool_]
    """Whether it was found by the query itself."""
    via: NDArray[np.int64]
    """The place in the pool of the passage that leads to it most strongly, or -1."""
    question: NDArray[np.int64]
    """The columns of the question's terms."""


def pool(
    index: Index, query: str, history: Sequence[Message], encode: Encode | None, ranker: Ranker
) -> Pool | None:
    """All that may answer `query`; None when nothing has anything in common with it."""
    import numpy as np

    parsed = signals.parse(index, query, history)
    found = Signals(index, parsed, encode)
    linear = ranker.linear if found.vectors is not None else ranker.linear_words
    first = found.first()
    if not len(first):
        return None
    matrix = found.matrix(first)
    score = matrix @ linear
    kept = np.argsort(-score, kind="stable")[:POOL]
    more = joining.expansion(found, first[kept])
    passages = np.union1d(first[kept], more)
    matrix = found.matrix(passages)
    beside = joining.joined(found, passages, matrix @ linear)
    return Pool(
        passages=passages,
        matrix=np.concatenate([matrix, beside.matrix], axis=1),
        direct=np.isin(passages, first[kept]),
        via=beside.via,
        question=np.fromiter(parsed.terms, dtype=np.int64),
    )
