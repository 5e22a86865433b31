"""Writing the vectors of an index, in the order and precision that they are searched in.

Under `EXACT_BELOW` vectors: as they are. Above: an inverted file (Sivic and Zisserman 2003; FAISS's `IVF…,SQfp16`). k-means finds
centroids, each vector goes to the list of the nearest at half precision, and a search looks only into the lists whose centroids
are nearest to the query. How many, is measured on the vectors at hand: encoders spread texts very differently, and a number that
finds nearly all neighbours for one misses a tenth of them for another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from backends.retrieval import vectors
from backends.retrieval.embedding import Gathered, Report
from backends.retrieval.stored import ArrayWriter, mapped_array, save_array

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROUNDS = 10
"""Iterations of k-means."""
PER_LIST = 40
"""Vectors that k-means looks at, for each list."""
SAMPLE = 256
"""Vectors that stand for queries when the number of probes is chosen."""
NEIGHBOURS = 10
RECALL = 0.99
"""The share of a sample vector's nearest neighbours that have to be found."""
_AT_ONCE = 65536


class Kind(NamedTuple):
    """How vectors were written."""

    name: str
    """As `faiss.index_factory` names it; empty when there are none."""
    probes: int = 0


def lists_for(count: int) -> int:
    """How many lists so many vectors are put into: twice the root, to the nearest power of two."""
    return 1 << round(1 + math.log2(count) / 2)


def write(
    home: Path,
    gathered: Gathered,
    rows: NDArray[np.int32],
    keys: NDArray[np.uint8],
    report: Report,
    check: Callable[[], None],
) -> Kind:
    """Write the vectors into `home`.

    Args:
        rows: the passage of each vector.
        keys: the key of each vector's text, shape (vectors, KEY).
    """
    if not len(gathered):
        return Kind("")
    if len(gathered) < vectors.EXACT_BELOW:
        with ArrayWriter(home / vectors.VECTORS, "<f4", (len(gathered), gathered.width)) as file:
            for some in gathered:
                file.add(some)
        save_array(home / vectors.ROWS, rows)
        save_array(home / vectors.KEYS, keys)
        return Kind(vectors.FLAT)
    return _write_lists(home, gathered, rows, keys, report, check)


def _write_lists(
    home: Path,
    gathered: Gathered,
    rows: NDArray[np.int32],
    keys: NDArray[np.uint8],
    report: Report,
    check: Callable[[], None],
) -> Kind:
    import numpy as np

    values = np.empty((len(gathered), gathered.width), dtype=np.float16)
    start = 0
    for some in gathered:
        check()
        values[start : start + len(some)] = some
        start += len(some)
    lists = lists_for(len(values))
    centroids = _centroids(values, lists, report, check)
    list_of = _assigned(values, centroids, check)
    order = np.argsort(list_of, kind="stable")
    sizes = np.bincount(list_of, minlength=lists).astype(np.int64)
    with ArrayWriter(home / vectors.VECTORS, "<f2", values.shape) as file:
        for start in range(0, len(order), _AT_ONCE):
            file.add(values[order[start : start + _AT_ONCE]])
    del values
    save_array(home / vectors.ROWS, rows[order])
    save_array(home / vectors.KEYS, keys[order])
    save_array(home / vectors.CENTROIDS, centroids)
    save_array(home / vectors.SIZES, sizes)
    written = mapped_array(home / vectors.VECTORS)
    return Kind(vectors.grouped(lists), _probes(np.asarray(written), centroids, sizes, check))


def _centroids(
    values: NDArray[np.float16], lists: int, report: Report, check: Callable[[], None]
) -> NDArray[np.float32]:
    """k-means over a sample, by inner product; the same vectors give the same centroids."""
    import faiss
    import numpy as np

    chosen = np.random.default_rng(0).permutation(len(values))[: PER_LIST * lists]
    sample = values[np.sort(chosen)].astype(np.float32)
    kmeans: Any = faiss.Kmeans(
        values.shape[1], lists, niter=1, spherical=True, seed=0, min_points_per_centroid=1
    )
    centroids: NDArray[np.float32] | None = None
    for number in range(ROUNDS):
        check()
        report("Grouping the vectors", number, ROUNDS)
        kmeans.train(sample, init_centroids=centroids)
        centroids = kmeans.centroids.copy()
    assert centroids is not None
    return centroids


def _assigned(
    values: NDArray[np.float16], centroids: NDArray[np.float32], check: Callable[[], None]
) -> NDArray[np.int64]:
    """The list of each vector: that of the nearest centroid."""
    import faiss
    import numpy as np

    nearest: Any = faiss.IndexFlatIP(values.shape[1])
    nearest.add(centroids)
    found = np.empty(len(values), dtype=np.int64)
    for start in range(0, len(values), _AT_ONCE):
        check()
        some = values[start : start + _AT_ONCE].astype(np.float32)
        found[start : start + len(some)] = nearest.search(some, 1)[1][:, 0]
    return found


def _probes(
    values: NDArray[np.float16],
    centroids: NDArray[np.float32],
    sizes: NDArray[np.int64],
    check: Callable[[], None],
) -> int:
    """The fewest lists, by doubling, that find `RECALL` of the nearest neighbours of vectors taken from the index."""
    import faiss
    import numpy as np

    chosen = np.random.default_rng(1).permutation(len(values))[:SAMPLE]
    queries = values[chosen].astype(np.float32)
    exact: Any = faiss.ResultHeap(len(queries), NEIGHBOURS + 1, keep_max=True)
    for start in range(0, len(values), _AT_ONCE):
        check()
        similar, at = faiss.knn(
            queries,
            values[start : start + _AT_ONCE].astype(np.float32),
            NEIGHBOURS + 1,
            metric=faiss.METRIC_INNER_PRODUCT,
        )
        exact.add_result(similar, at + start)
    exact.finalize()
    index = vectors.ivf(values, centroids, sizes, 1)
    probes = 1
    while probes < len(centroids):
        check()
        found = index.search(queries, NEIGHBOURS + 1, params=vectors.looking_into(probes))[1]
        if _recall(exact.I, found, chosen) >= RECALL:
            break
        probes *= 2
    return min(probes, len(centroids))


def _recall(exact: NDArray[np.int64], found: NDArray[np.int64], themselves: NDArray[np.int64]) -> float:
    """The share of the nearest neighbours, other than the vectors themselves, that were found."""
    right = total = 0
    for mine, theirs, itself in zip(exact.tolist(), found.tolist(), themselves.tolist(), strict=True):
        neighbours = set(mine) - {itself}
        right += len(neighbours & set(theirs))
        total += len(neighbours)
    return right / max(total, 1)
