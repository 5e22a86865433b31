"""Searching an index: BM25 and dense vectors, fused.

Each side's scores are brought to 0..1 and added with fixed weights (a convex combination: Bruch, Gai and Ingber 2023), which did
better than reciprocal ranks on dialogue, multi-hop and single questions alike. A side that knows nothing has no vote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from backends.retrieval.encoder import foreign_share, scripts
from backends.retrieval.index import Index
from backends.retrieval.queries import plain, weighted_terms
from kotae.conversation import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[str], NDArray[np.float32]]

DENSE_SHARE = 0.4
"""Weight of the dense side; the rest is BM25's."""
DEPTH = 100
"""How many of the nearest vectors have a say."""
FOREIGN = 0.3
"""A text with a larger share of letters that the encoder can't read is left to BM25."""


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


def search(index: Index, query: str, top: int, encode: Encode | None) -> list[Passage]:
    """The best `top` passages for `query`, best first; passages with nothing in common with it are left out.

    Equal scores keep the manual's order. Scores are 0..1 and comparable within this search only.

    Args:
        encode: gives the query's vector, shape (1, dimension); None searches with BM25 alone.
    """
    import numpy as np

    scores = _unit(index.words.scores(weighted_terms(query)))
    if encode is not None:
        nearest = _nearest(index, encode(plain(query)))
        scores = (1 - DENSE_SHARE) * scores + DENSE_SHARE * nearest
    found = _best(scores.astype(np.float64), min(top, len(scores)))
    return [replace(index.passages[at], score=round(float(scores[at]), 6)) for at in found]


def _unit(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    most = scores.max(initial=0.0)
    return scores / most if most > 0 else scores


def _nearest(index: Index, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 for a passage as far away as the last of the nearest, 1 for the nearest."""
    import numpy as np

    assert index.vectors is not None
    similar, at = index.vectors.search(vector, min(DEPTH, index.vectors.ntotal))
    scores = np.zeros(len(index.passages), dtype=np.float32)
    low, high = float(similar[0, -1]), float(similar[0, 0])
    spread = (similar[0] - low) / (high - low) if high > low else np.ones_like(similar[0])
    scores[index.rows[at[0]]] = spread
    return scores


def _best(scores: NDArray[np.float64], top: int) -> list[int]:
    import numpy as np

    if top < 1:
        return []
    last = float(np.partition(scores, len(scores) - top)[len(scores) - top])
    candidates = np.flatnonzero((scores >= last) & (scores > 0))
    order = np.argsort(-scores[candidates], kind="stable")[:top]
    return [int(at) for at in candidates[order]]
