"""The evaluation of trees against LightGBM's own form of one, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from backends.retrieval import joining, ranking, signals, trees
from benchmarks.boosted import as_arrays


def leaf(value: float) -> dict[str, object]:
    return {"leaf_value": value}


def split(feature: int, threshold: float, left: object, right: object) -> dict[str, object]:
    return {"split_feature": feature, "threshold": threshold, "left_child": left, "right_child": right}


FOREST = [
    {"num_leaves": 3, "tree_structure": split(0, 0.5, leaf(1), split(1, 2.0, leaf(10), leaf(100)))},
    {"num_leaves": 1, "tree_structure": leaf(0.25)},
]


def test_each_row_takes_its_way_through_every_tree() -> None:
    forest = trees.from_dict(as_arrays(FOREST))
    rows = np.array([[0.5, 9], [0.6, 2.0], [0.6, 2.1]], dtype=np.float32)
    assert forest.scores(rows).tolist() == [1.25, 10.25, 100.25]


def test_a_ranker_of_other_features_is_refused() -> None:
    data = {"features": [*signals.NAMES, *joining.NAMES, "more"]}
    with pytest.raises(ValueError, match="other features"):
        ranking.Ranker.from_dict(data)


def test_the_bundled_ranker_is_of_these_features() -> None:
    ranker = ranking.bundled()
    assert len(ranker.linear) == len(ranker.linear_words) == len(signals.NAMES)
    assert ranker.trees.column.max() < len(signals.NAMES) + len(joining.NAMES)
