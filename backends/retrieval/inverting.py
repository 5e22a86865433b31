"""Turning passages into an inverted index with bounded memory, however many there are.

Counts are gathered in chunks that are sorted by term and written aside; then the chunks are merged, some terms at a time. Weights
are BM25's as bm25s computes them eagerly (Lù 2024), in Lucene's variant: ln(1 + (N - df + 0.5) / (df + 0.5)) for the term, times
tf / (tf + k1 (1 - b + b length / mean length)). The library's own `index` gives the same, but holds every term of every passage
as a Python integer and sorts all of them at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backends.retrieval.stored import ArrayWriter, load_array, mapped_array, save_array

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK = 1 << 22
"""Terms of text that are counted together."""
BLOCK = 1 << 22
"""Postings that are merged together, unless one term alone has more."""


class Inverter:
    """Takes the terms of each passage in turn.

    Args:
        scratch: a folder for what is set aside; it may be deleted after `write`.
    """

    def __init__(self, scratch: Path, chunk: int = CHUNK, block: int = BLOCK) -> None:
        self._scratch = scratch
        self._chunk, self._block = chunk, block
        self._numbers: dict[str, int] = {}
        self._ids = array("i")
        self._lengths = array("i")
        self._first = 0
        """The passage that the chunk under way begins with."""
        self._chunks: list[int] = []
        """How many terms were known when each chunk was written."""
        self._firsts: list[int] = []
        """The passage that each chunk begins with."""

    @property
    def terms(self) -> list[str]:
        """All terms; a term's place is its number."""
        return list(self._numbers)

    def add(self, terms: Sequence[str]) -> list[int]:
        """The next passage's terms, with repetitions; gives their numbers."""
        numbers = self._numbers
        ids = [numbers.setdefault(term, len(numbers)) for term in terms]
        self._ids.extend(ids)
        self._lengths.append(len(terms))
        if len(self._ids) >= self._chunk:
            self._set_aside()
        return ids

    def write(self, weights: Path, passages: Path, starts: Path, k1: float, b: float) -> None:
        """Write the index: for each term its passages in order and its weight in each, term after term.

        `starts` gets int64, one more than terms; `passages` int32 and `weights` float32, one a posting.
        """
        import numpy as np

        if self._ids:
            self._set_aside()
        lengths, frequencies = self._lengths_and_frequencies()
        bounds = np.concatenate(([0], np.cumsum(frequencies)))
        save_array(starts, bounds)
        idf, saturation = self._idf(lengths, frequencies), _saturation(lengths, k1, b)
        total = (int(bounds[-1]),)
        with (
            ArrayWriter(weights, np.float32, total) as to_weights,
            ArrayWriter(passages, np.int32, total) as to_passages,
        ):
            for low, high in _blocks(bounds, self._block):
                rows, counts = self._merged(low, high, bounds)
                of_term = np.repeat(idf[low:high], frequencies[low:high])
                to_weights.add(of_term * (counts / (counts + saturation[rows])))
                to_passages.add(rows)

    def foremost(self, width: int, k1: float, b: float) -> Iterator[NDArray[np.int32]]:
        """For each passage in turn the `width` terms that weigh most in it, heaviest first, padded with -1; after `write`.

        Yields:
            Arrays of shape (some passages, width).
        """
        import numpy as np

        lengths, frequencies = self._lengths_and_frequencies()
        idf, saturation = self._idf(lengths, frequencies), _saturation(lengths, k1, b)
        first = 0
        for number, known in enumerate(self._chunks):
            terms = np.repeat(np.arange(known, dtype=np.int32), np.diff(self._bounds(number)))
            rows, counts = (
                np.array(mapped_array(self._file(name, number))) for name in ("passages", "counts")
            )
            end = self._firsts[number + 1] if number + 1 < len(self._firsts) else len(lengths)
            weights = idf[terms] * (counts / (counts + saturation[rows]))
            order = np.lexsort((terms, -weights, rows))
            rows, terms = rows[order] - first, terms[order]
            place = np.arange(len(rows)) - np.searchsorted(rows, rows)
            kept = place < width
            found = np.full((end - first, width), -1, dtype=np.int32)
            found[rows[kept], place[kept]] = terms[kept]
            yield found
            first = end

    def _lengths_and_frequencies(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        import numpy as np

        lengths = np.frombuffer(self._lengths, dtype=np.int32)
        frequencies = np.zeros(len(self._numbers), dtype=np.int64)
        for number, known in enumerate(self._chunks):
            frequencies[:known] += np.diff(self._bounds(number))
        return lengths, frequencies

    @staticmethod
    def _idf(lengths: NDArray[np.int32], frequencies: NDArray[np.int64]) -> NDArray[np.float64]:
        import numpy as np

        idf: NDArray[np.float64] = np.log(1 + (len(lengths) - frequencies + 0.5) / (frequencies + 0.5))
        return idf

    def _set_aside(self) -> None:
        import numpy as np

        first = self._first
        lengths = np.frombuffer(self._lengths, dtype=np.int32)[first:]
        rows = np.repeat(np.arange(first, first + len(lengths), dtype=np.int64), lengths)
        pairs = (np.frombuffer(self._ids, dtype=np.int32).astype(np.int64) << 32) | rows
        pairs.sort()
        at = np.flatnonzero(np.diff(pairs, prepend=-1))
        counts = np.diff(at, append=len(pairs))
        pairs = pairs[at]
        known, number = len(self._numbers), len(self._chunks)
        bounds = np.searchsorted(pairs, np.arange(known + 1, dtype=np.int64) << 32)
        save_array(self._file("bounds", number), bounds.astype(np.int64))
        save_array(self._file("passages", number), (pairs & 0xFFFFFFFF).astype(np.int32))
        save_array(self._file("counts", number), counts.astype(np.int32))
        self._chunks.append(known)
        self._firsts.append(first)
        self._first += len(lengths)
        self._ids = array("i")

    def _merged(
        self, low: int, high: int, bounds: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Passages and counts of the terms from `low` to `high`, of all chunks."""
        import numpy as np

        size = int(bounds[high] - bounds[low])
        rows, counts = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
        free = bounds[low:high] - bounds[low]
        for number, known in enumerate(self._chunks):
            if low >= known:
                continue
            mine = self._bounds(number)[low : min(high, known) + 1]
            start, end = int(mine[0]), int(mine[-1])
            per_term = np.diff(mine)
            shift = free[: len(per_term)] - (mine[:-1] - start)
            places = np.arange(end - start) + np.repeat(shift, per_term)
            for name, target in (("passages", rows), ("counts", counts)):
                target[places] = mapped_array(self._file(name, number))[start:end]
            free[: len(per_term)] += per_term
        return rows, counts

    def _bounds(self, number: int) -> NDArray[np.int64]:
        return load_array(self._file("bounds", number), "<i8", (self._chunks[number] + 1,), mapped=True)

    def _file(self, what: str, number: int) -> Path:
        return self._scratch / f"{what}-{number}.npy"


def _saturation(lengths: NDArray[np.int32], k1: float, b: float) -> NDArray[np.float64]:
    mean = max(float(lengths.mean()), 1e-9)
    return k1 * (1 - b + (b / mean) * lengths.astype("float64"))


def _blocks(bounds: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Ranges of terms with at most so many postings, or one term."""
    import numpy as np

    low, last = 0, len(bounds) - 1
    while low < last:
        high = int(np.searchsorted(bounds, bounds[low] + most, side="right")) - 1
        high = min(max(high, low + 1), last)
        yield low, high
        low = high
