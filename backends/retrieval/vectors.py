"""The vectors of an index, and the FAISS index that they are searched with.

Under `EXACT_BELOW` vectors every search compares with all of them (`Flat`). Above, vectors lie in lists around centroids, at half
precision, and a search looks into the nearest lists (`IVF…,SQfp16`): see `grouping`. Either way the vectors are kept as they are
searched, so that the next index takes over the same numbers however often that happens: rounding to half precision twice is
rounding once.

The files are NumPy arrays and FAISS is given their contents, so that FAISS never reads a file, and nothing in a file decides how
much memory is touched but shapes that were checked.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.retrieval.folder import damaged
from backends.retrieval.spool import WIDEST
from backends.retrieval.stored import load_array

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from backends.retrieval.manifest import Manifest

EXACT_BELOW = 50_000
FLAT = "Flat"
VECTORS = "vectors.npy"
ROWS = "vector-passages.npy"
KEYS = "vector-keys.npy"
CENTROIDS = "list-centroids.npy"
SIZES = "list-sizes.npy"
_ROUGHLY = 16
_GROUPED = re.compile(r"IVF([1-9][0-9]{0,6}),SQfp16")


def grouped(lists: int) -> str:
    """The name of an index with so many lists."""
    return f"IVF{lists},SQfp16"


def files(manifest: Manifest) -> tuple[str, ...]:
    """The files that an index with this manifest has to have."""
    if not manifest.vectors:
        return ()
    return (VECTORS, ROWS, KEYS) if manifest.vector_index == FLAT else (VECTORS, ROWS, KEYS, CENTROIDS, SIZES)


def stored(home: Path, manifest: Manifest) -> NDArray[np.float32] | NDArray[np.float16]:
    """The vectors, shape (vectors, dimension), on the disk until they are looked at.

    Raises:
        OSError, ValueError: they are missing or not what the manifest says.
    """
    width = manifest.encoder.dimension
    if not 0 < width <= WIDEST:
        raise ValueError("the vectors have an impossible width")
    kind = "<f4" if manifest.vector_index == FLAT else "<f2"
    return load_array(home / VECTORS, kind, (manifest.vectors, width), mapped=True)


class Vectors:
    """A FAISS index over inner products, and the vectors themselves. Results are row numbers."""

    def __init__(self, index: Any, values: NDArray[Any], home: Path) -> None:
        self.index = index
        self._values = values
        self._home = home

    @property
    def ntotal(self) -> int:
        """How many vectors there are."""
        return len(self._values)

    @property
    def d(self) -> int:
        """Numbers in a vector."""
        return int(self._values.shape[1])

    def rows(self, rows: NDArray[Any]) -> NDArray[np.float32]:
        """The vectors in some rows, read from the disk: shape (rows, d)."""
        import numpy as np

        found: NDArray[np.float32] = self._values[rows].astype(np.float32)
        return found

    def search(
        self, queries: NDArray[np.float32], count: int, *, roughly: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The similarities of the nearest vectors, falling, and their rows; both of shape (queries, count).

        Where the lists that are looked into hold fewer than `count` (at most `ntotal`), more are, until there are as many.

        Args:
            roughly: look into few lists; for what need not be the very nearest.
        """
        probes = getattr(self.index, "nprobe", 0)
        if roughly and probes:
            probes = max(1, probes // _ROUGHLY)
            similar, rows = self.index.search(queries, count, params=looking_into(probes))
        else:
            similar, rows = self.index.search(queries, count)
        while (rows < 0).any():
            if not 0 < probes < self.index.nlist:
                raise damaged(self._home.parent, "its vectors are no numbers")
            probes = min(4 * probes, self.index.nlist)
            similar, rows = self.index.search(queries, count, params=looking_into(probes))
        return similar, rows


def looking_into(probes: int) -> Any:
    """Parameters of a search that looks into so many lists."""
    import faiss

    parameters: Any = faiss.SearchParametersIVF
    return parameters(nprobe=probes)


def load(home: Path, manifest: Manifest) -> tuple[Vectors | None, NDArray[np.int32]]:
    """The vectors, ready to be searched, and the passage that each is of; None when there are none.

    Raises:
        OSError, ValueError: a file is missing or does not fit the others.
    """
    import numpy as np

    if not manifest.vectors:
        return None, np.zeros(0, dtype=np.int32)
    rows = load_array(home / ROWS, np.int32, (manifest.vectors,))
    if rows.min() < 0 or rows.max() >= manifest.passages:
        raise ValueError("the vectors belong to other passages")
    values = stored(home, manifest)
    if manifest.vector_index == FLAT:
        return Vectors(_flat(values), values, home), rows
    if not (match := _GROUPED.fullmatch(manifest.vector_index)):
        raise ValueError("its vectors are of a kind that is not known here")
    lists = int(match[1])
    centroids = load_array(home / CENTROIDS, "<f4", (lists, manifest.encoder.dimension))
    sizes = load_array(home / SIZES, np.int64, (lists,))
    if sizes.min() < 0 or sizes.max() > len(values) or sizes.sum() != len(values):
        raise ValueError("the lists of vectors overlap")
    if not 0 < manifest.probes <= lists:
        raise ValueError("a search can't look into that many lists")
    return Vectors(ivf(values, centroids, sizes, manifest.probes), values, home), rows


def _flat(values: NDArray[Any]) -> Any:
    import faiss

    index: Any = faiss.IndexFlatIP(values.shape[1])
    index.add(values)
    return index


def ivf(values: NDArray[Any], centroids: NDArray[np.float32], sizes: NDArray[np.int64], probes: int) -> Any:
    """A FAISS index of vectors in half precision that lie list after list, shape (vectors, dimension)."""
    import faiss
    import numpy as np

    quantizer: Any = faiss.IndexFlatIP(values.shape[1])
    quantizer.add(centroids)
    index: Any = faiss.IndexIVFScalarQuantizer(
        quantizer,
        values.shape[1],
        len(centroids),
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
        False,  # by_residual: the codes are the vectors themselves
    )
    index.is_trained = True
    numbers = np.arange(len(values), dtype=np.int64)
    start = 0
    for place, size in enumerate(sizes.tolist()):
        if size:
            codes = np.ascontiguousarray(values[start : start + size]).view(np.uint8)
            index.invlists.add_entries(
                place, size, faiss.swig_ptr(numbers[start : start + size]), faiss.swig_ptr(codes)
            )
        start += size
    index.ntotal = start
    index.nprobe = probes
    return index
