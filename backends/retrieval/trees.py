"""Gradient-boosted regression trees (Friedman 2001), evaluated.

They are trained with LightGBM's LambdaMART (Burges 2010) and kept as plain arrays in JSON, so that a search needs neither the
library nor to trust a file that could be code. All nodes of all trees are looked at at once, without following any branch, as in
QuickScorer (Lucchese et al. 2015): a node that sends a row to the right rules out the leaves below its left, and the row's leaf is
the first that nobody ruled out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

LEAVES = 16
"""The most that a tree may have: one bit each."""


@dataclass(frozen=True)
class Trees:
    """Trees with the same number of inner nodes; those that one lacks send every row to the left."""

    column: NDArray[np.int32]
    """Shape (trees, nodes), as the next two."""
    limit: NDArray[np.float32]
    """A row goes left when its value is at most this, else right."""
    kept: NDArray[np.uint16]
    """A bit for each leaf that is still possible when a row goes right, leaves counted from the left."""
    value: NDArray[np.float32]
    """Shape (trees, `LEAVES`)."""

    def scores(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """The sum of all trees for each row."""
        import numpy as np

        values = np.ascontiguousarray(matrix.T)[self.column]  # trees, nodes, rows
        possible = np.where(values <= self.limit[:, :, None], np.uint16(0xFFFF), self.kept[:, :, None])
        left = np.bitwise_and.reduce(possible, axis=1)
        leaf = _first_bit()[left]
        found: NDArray[np.float32] = np.take_along_axis(self.value, leaf, axis=1).sum(
            axis=0, dtype=np.float32
        )
        return found


_FIRST_BIT: list[Any] = []


def _first_bit() -> NDArray[np.int64]:
    """The place of the lowest bit of each number below 2 ** `LEAVES`; of 0, 0."""
    import numpy as np

    if not _FIRST_BIT:
        numbers = np.arange(1 << LEAVES, dtype=np.int64)
        _FIRST_BIT.append(np.log2(np.maximum(numbers & -numbers, 1)).astype(np.int64))
    found: NDArray[np.int64] = _FIRST_BIT[0]
    return found


def from_dict(data: Mapping[str, Any]) -> Trees:
    """From arrays by tree and node, node 0 being the root and a leaf its own child: `column`, `limit`, `left`, `right`, `value`.

    Raises:
        ValueError: a tree has too many leaves.
    """
    import numpy as np

    trees = [_Tree() for _ in data["column"]]
    for tree, *arrays in zip(
        trees, *(data[name] for name in ("column", "limit", "left", "right", "value")), strict=True
    ):
        tree.walk(0, *arrays)
        if len(tree.leaves) > LEAVES:
            raise ValueError(f"a tree has more than {LEAVES} leaves")
    nodes = max(1, *(len(tree.nodes) for tree in trees))
    column = np.zeros((len(trees), nodes), dtype=np.int32)
    limit = np.full((len(trees), nodes), np.inf, dtype=np.float32)
    kept = np.full((len(trees), nodes), 0xFFFF, dtype=np.uint16)
    value = np.zeros((len(trees), LEAVES), dtype=np.float32)
    for at, tree in enumerate(trees):
        value[at, : len(tree.leaves)] = tree.leaves
        for node, (feature, threshold, first, end) in enumerate(tree.nodes):
            column[at, node], limit[at, node] = feature, threshold
            kept[at, node] = 0xFFFF & ~(((1 << end) - 1) ^ ((1 << first) - 1))
    return Trees(column, limit, kept, value)


class _Tree:
    """One tree, taken apart: its leaves from the left, and its nodes with the leaves below their left."""

    def __init__(self) -> None:
        self.leaves: list[float] = []
        self.nodes: list[tuple[int, float, int, int]] = []

    def walk(
        self,
        at: int,
        column: list[int],
        limit: list[float],
        left: list[int],
        right: list[int],
        value: list[float],
    ) -> None:
        if left[at] == at:
            self.leaves.append(value[at])
            return
        first = len(self.leaves)
        self.walk(left[at], column, limit, left, right, value)
        self.nodes.append((column[at], limit[at], first, len(self.leaves)))
        self.walk(right[at], column, limit, left, right, value)
