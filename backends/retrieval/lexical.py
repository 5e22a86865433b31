"""BM25 over the passages (Robertson and Zaragoza 2009; Lucene's variant), kept as plain arrays.

bm25s scores eagerly: each term's weight in each passage is computed when the index is built, so a search adds up columns.
Its own files are not used, because reading them would trust what they say, and would read them whole; these stay on the disk but
for the columns that are asked for, and are checked first.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from backends.retrieval.folder import damaged
from backends.retrieval.inverting import Inverter
from backends.retrieval.stored import ascending, load_array, save_array
from kotae.errors import ManualError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kotae.conversation import Passage

K1 = 1.2
B = 0.75
FILES = (
    "terms.txt",
    "term-starts.npy",
    "term-columns.npy",
    "bm25-weights.npy",
    "bm25-passages.npy",
    "bm25-starts.npy",
)
"""All terms in order of their UTF-8, where each begins, and the column of each; then the columns."""


class Collector:
    """Gathers the inverted index while the passages go by.

    Args:
        scratch: a folder for what is set aside meanwhile.
    """

    def __init__(self, scratch: Path) -> None:
        self._inverter = Inverter(scratch)

    def add(self, _passage: Passage, terms: Sequence[str]) -> None:
        """The next passage, and the terms of what of it is searched, with repetitions."""
        self._inverter.add(terms)

    def save(self, folder: Path) -> None:
        """Write `FILES` into `folder`.

        Raises:
            ManualError: there was not one word.
        """
        import numpy as np

        terms = [term.encode("utf-8", "surrogatepass") for term in self._inverter.terms]
        if not terms:
            raise ManualError("There is nothing to index: the pages hold no words.")
        names, starts, columns, weights, passages, bounds = (folder / name for name in FILES)
        order = sorted(range(len(terms)), key=terms.__getitem__)
        names.write_bytes(b"".join(terms[at] for at in order))
        save_array(starts, np.cumsum([0, *(len(terms[at]) for at in order)], dtype=np.int64))
        save_array(columns, np.asarray(order, dtype=np.int32))
        self._inverter.write(weights, passages, bounds, K1, B)


class Lexical:
    """The inverted index, as `load` gives it."""

    def __init__(self, folder: Path, terms: _Terms, columns: NDArray[np.int32], bm25: Any) -> None:
        self._folder = folder
        self._terms = terms
        self._columns = columns
        self._bm25 = bm25

    def __contains__(self, term: str) -> bool:
        return self._column(term) is not None

    def scores(self, terms: Mapping[str, float]) -> NDArray[np.float32]:
        """One score a passage, for terms with their weights."""
        import numpy as np

        alike: dict[float, list[int]] = {}
        for term, weight in terms.items():
            if (column := self._column(term)) is not None:
                alike.setdefault(weight, []).append(column)
        scores: NDArray[np.float32] | None = None
        for weight, columns in alike.items():
            found = self._added(columns)
            if weight != 1:
                found *= np.float32(weight)
            if scores is None:
                scores = found
            else:
                scores += found
        return np.zeros(self._bm25.scores["num_docs"], np.float32) if scores is None else scores

    def passages(self, term: str) -> NDArray[np.int32]:
        """The passages that a term occurs in, in order."""
        column = self._column(term)
        starts = self._bm25.scores["indptr"]
        here = slice(0, 0) if column is None else slice(starts[column], starts[column + 1])
        found: NDArray[np.int32] = self._bm25.scores["indices"][here]
        if len(found) and not 0 <= found.min() <= found.max() < self._bm25.scores["num_docs"]:
            raise self._damaged()
        return found

    def _added(self, columns: list[int]) -> NDArray[np.float32]:
        try:
            found: NDArray[np.float32] = self._bm25.get_scores_from_ids(columns)
        except (
            IndexError
        ):  # NumPy looks at every place before it writes there, so that nobody has to read them all first
            raise self._damaged() from None
        return found

    def _column(self, term: str) -> int | None:
        key = term.encode("utf-8", "surrogatepass")
        at = bisect_left(self._terms, key)
        return int(self._columns[at]) if at < len(self._terms) and self._terms[at] == key else None

    def _damaged(self) -> Exception:
        return damaged(self._folder.parent, "a passage is named that does not exist")


class _Terms(Sequence[bytes]):
    """All terms in order, on the disk."""

    def __init__(self, names: Path, starts: NDArray[np.int64]) -> None:
        with names.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._starts = starts
        if not ascending(starts, len(self._data)):
            raise ValueError("the list of terms is damaged")

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        return self._data[self._starts[at] : self._starts[at + 1]]


def load(folder: Path, passages: int) -> Lexical:
    """What a `Collector` saved of so many passages.

    Raises:
        OSError, ValueError: a file is missing or does not fit the others.
    """
    import bm25s
    import numpy as np

    names, starts, columns, weights, rows, bounds = (folder / name for name in FILES)
    count = _length(starts) - 1
    terms = _Terms(names, load_array(starts, np.int64, (count + 1,)))
    column_of = load_array(columns, np.int32, (count,))
    limits = load_array(bounds, np.int64, (count + 1,))
    postings = _length(weights)
    if not ascending(limits, postings) or column_of.min() < 0 or column_of.max() >= count:
        raise ValueError("the columns overlap")
    bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
    bm25.scores = {
        "data": load_array(weights, np.float32, (postings,), mapped=True),
        "indices": load_array(rows, np.int32, (postings,), mapped=True),
        "indptr": limits,
        "num_docs": passages,
    }
    bm25.nonoccurrence_array = None
    return Lexical(folder, terms, column_of, bm25)


def _length(path: Path) -> int:
    """How long an array on the disk says it is."""
    import numpy as np

    values = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(values, np.ndarray) or values.ndim != 1 or not len(values):
        raise ValueError(f"{path.name} is no list")
    return len(values)
