"""LightGBM's trees as the plain arrays that `backends.retrieval.trees` evaluates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def as_arrays(forest: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """LightGBM's trees as `trees.from_dict` takes them."""
    found: dict[str, Any] = {"column": [], "limit": [], "left": [], "right": [], "value": []}

    def walk(node: dict[str, Any], tree: dict[str, list[Any]]) -> int:
        at = len(tree["column"])
        for name in found:
            tree[name].append(0)
        if "leaf_value" in node:
            tree["left"][at] = tree["right"][at] = at
            tree["value"][at] = round(float(node["leaf_value"]), 5)
            return at
        tree["column"][at] = int(node["split_feature"])
        tree["limit"][at] = float(np.float32(node["threshold"]))
        tree["left"][at] = walk(node["left_child"], tree)
        tree["right"][at] = walk(node["right_child"], tree)
        return at

    widest = max(2 * tree["num_leaves"] - 1 for tree in forest)
    for info in forest:
        tree: dict[str, list[Any]] = {name: [] for name in found}
        walk(info["tree_structure"], tree)
        for name, values in tree.items():
            found[name].append(values + [0] * (widest - len(values)))
    return found
