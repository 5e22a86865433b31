"""What was learnt from other people's answers: how likely a claim is unsupported, and which of its clauses carry the fault.

Gradient-boosted trees over the features, one forest for English and one for Japanese, and one over the clauses of both; see
`flagger.md`. The weights are plain arrays in JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from backends.retrieval import trees

_LEAST = 0.005
FLAGGER = Path(__file__).with_name("flagger.json")
MARKED = 0.18
"""A clause of a flagged claim is marked from this probability on: half of the character F1 that is reached, which is where marking
one more clause stops paying (Lipton et al. 2014)."""


@dataclass(frozen=True)
class Model:
    """The trees and the names of what they look at."""

    features: tuple[str, ...]
    clause_features: tuple[str, ...]
    english: trees.Trees
    japanese: trees.Trees
    clauses: trees.Trees

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Model:
        """From the contents of `flagger.json`."""
        return cls(
            tuple(data["features"]),
            tuple(data["clause_features"]),
            trees.from_dict(data["forests"]["en"]),
            trees.from_dict(data["forests"]["ja"]),
            trees.from_dict(data["clauses"]),
        )

    def suspicion(self, values: Mapping[str, float], *, japanese: bool) -> float:
        """The estimated probability, 0..1, that the evidence does not bear a claim out.

        Raises:
            KeyError: a feature that was learnt from is missing.
        """
        import numpy as np

        row = np.array([[values[name] for name in self.features]], dtype=np.float32)
        return logistic((self.japanese if japanese else self.english).scores(row)[0])

    def marks(self, clauses: Sequence[Mapping[str, float]], suspicion: float) -> list[float]:
        """For each clause of a claim the estimated probability that it carries the claim's fault."""
        import numpy as np

        if not clauses:
            return []
        rows = [[*(clause[name] for name in self.clause_features), suspicion] for clause in clauses]
        return [logistic(value) for value in self.clauses.scores(np.array(rows, dtype=np.float32))]


@cache
def bundled() -> Model:
    """The model that comes with Kotae."""
    return Model.from_dict(json.loads(FLAGGER.read_text(encoding="utf-8")))


def logistic(odds: float) -> float:
    """The probability that has these logarithmic odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, float(odds)))))


def odds(probability: float) -> float:
    """The logarithmic odds of a probability."""
    kept = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(kept / (1 - kept))
