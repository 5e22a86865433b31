"""How good a search was: recall, nDCG (Järvelin and Kekäläinen 2002), and whether every page that is needed was there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import log2
from statistics import fmean
from typing import Self

RECALL_AT = 5
NDCG_AT = 10


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one question, or the mean of several."""

    recall: float
    """Share of the pages wanted among the first five, 0..1."""
    ndcg: float
    """nDCG of the first ten, 0..1."""
    every: float
    """1 when all pages wanted are among the first five."""

    @classmethod
    def mean(cls, found: Sequence[Self]) -> Self:
        """Of all questions alike."""
        return cls(*(fmean(getattr(one, name) for one in found) for name in ("recall", "ndcg", "every")))

    def __str__(self) -> str:
        return f"Recall@5 {self.recall:6.1%}  nDCG@10 {self.ndcg:6.1%}  all@5 {self.every:6.1%}"


def measure(found: Sequence[str], gold: Collection[str]) -> Scores:
    """Of the documents found, best first. One that is found again takes a place and gains nothing."""
    first = set(found[:RECALL_AT])
    seen: set[str] = set()
    gain = 0.0
    for place, document in enumerate(found[:NDCG_AT]):
        if document in gold and document not in seen:
            gain += 1 / log2(place + 2)
        seen.add(document)
    ideal = sum(1 / log2(place + 2) for place in range(min(NDCG_AT, len(gold))))
    return Scores(len(first & set(gold)) / len(gold), gain / ideal, float(set(gold) <= first))
