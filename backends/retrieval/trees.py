"""Gradient-boosted regression trees (Friedman 2001), evaluated.

They are trained with LightGBM's LambdaMART (Burges 2010) and kept as plain arrays in JSON, so that a search needs neither the
library nor to trust a file that could be code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Trees:
    """Trees of one shape: node 0 is the root, a leaf is its own child.

    All arrays have the shape (trees, nodes).
    """

    column: NDArray[np.int32]
    limit: NDArray[np.float32]
    """A row goes left when its value is at most this, else right."""
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    depth: int

    def scores(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """The sum of all trees for each row."""
        import numpy as np

        trees = np.arange(len(self.column))[:, None]
        rows = np.arange(len(matrix))[None, :]
        at = np.zeros((len(self.column), len(matrix)), dtype=np.int32)
        for _ in range(self.depth):
            goes_left = matrix[rows, self.column[trees, at]] <= self.limit[trees, at]
            at = np.where(goes_left, self.left[trees, at], self.right[trees, at])
        found: NDArray[np.float32] = self.value[trees, at].sum(axis=0, dtype=np.float32)
        return found


def from_dict(data: Mapping[str, Any]) -> Trees:
    """From `to_dict`'s data."""
    import numpy as np

    return Trees(
        column=np.asarray(data["column"], dtype=np.int32),
        limit=np.asarray(data["limit"], dtype=np.float32),
        left=np.asarray(data["left"], dtype=np.int32),
        right=np.asarray(data["right"], dtype=np.int32),
        value=np.asarray(data["value"], dtype=np.float32),
        depth=int(data["depth"]),
    )
