"""BM25 over the passages (Robertson and Zaragoza 2009; Lucene's variant), kept as plain arrays.

bm25s scores eagerly: each term's weight in each passage is computed when the index is built, so a search adds up columns.
Its own files are not used, because reading them would trust what they say, and would read them whole; these stay on the disk but
for the columns that are asked for, and are checked first.
"""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from backends.retrieval.folder import damaged
from backends.retrieval.inverting import Inverter
from backends.retrieval.stored import ArrayWriter, ascending, load_array, mapped_array, save_array
from backends.retrieval.text import tokens
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
    "title-terms.npy",
    "foremost-terms.npy",
)
"""All terms in order of their UTF-8, where each begins, and the column of each; then the columns; then columns by passage."""
TITLE_WIDTH = 8
FOREMOST_WIDTH = 12
"""How many terms of a passage's title, and of those that weigh most in it, can be looked up by passage."""


class Collector:
    """Gathers the inverted index while the passages go by.

    Args:
        scratch: a folder for what is set aside meanwhile.
    """

    def __init__(self, scratch: Path) -> None:
        self._inverter = Inverter(scratch)
        self._titles = array("i")
        self._title_length = lru_cache(1024)(lambda title: len(tokens(title)))  # runs of passages share one

    def add(self, passage: Passage, terms: Sequence[str]) -> None:
        """The next passage, and the terms of what of it is searched, with repetitions; its title comes first."""
        ids = self._inverter.add(terms)
        title = list(dict.fromkeys(ids[: self._title_length(passage.title)]))[:TITLE_WIDTH]
        self._titles.extend(title + [-1] * (TITLE_WIDTH - len(title)))

    def save(self, folder: Path) -> None:
        """Write `FILES` into `folder`.

        Raises:
            ManualError: there was not one word.
        """
        import numpy as np

        terms = [term.encode("utf-8", "surrogatepass") for term in self._inverter.terms]
        if not terms:
            raise ManualError("There is nothing to index: the pages hold no words.")
        names, starts, columns, weights, passages, bounds, titles, foremost = (
            folder / name for name in FILES
        )
        order = sorted(range(len(terms)), key=terms.__getitem__)
        names.write_bytes(b"".join(terms[at] for at in order))
        save_array(starts, np.cumsum([0, *(len(terms[at]) for at in order)], dtype=np.int64))
        save_array(columns, np.asarray(order, dtype=np.int32))
        self._inverter.write(weights, passages, bounds, K1, B)
        by_title = np.frombuffer(self._titles, dtype=np.int32).reshape(-1, TITLE_WIDTH)
        save_array(titles, by_title)
        with ArrayWriter(foremost, np.int32, (len(by_title), FOREMOST_WIDTH)) as to_foremost:
            for piece in self._inverter.foremost(FOREMOST_WIDTH, K1, B):
                to_foremost.add(piece)


class Lexical:
    """The inverted index, as `load` gives it."""

    def __init__(
        self,
        folder: Path,
        terms: _Terms,
        columns: NDArray[np.int32],
        bm25: Any,
        titles: NDArray[np.int32],
        foremost: NDArray[np.int32],
    ) -> None:
        self._folder = folder
        self._titles = titles
        self._foremost = foremost
        self._terms = terms
        self._columns = columns
        self._bm25 = bm25
        self._column = lru_cache(8192)(self._look_up)

    def __contains__(self, term: str) -> bool:
        return self._column(term) is not None

    def frequency(self, term: str) -> int:
        """The number of passages that `term` occurs in."""
        column = self._column(term)
        starts = self._bm25.scores["indptr"]
        return 0 if column is None else int(starts[column + 1] - starts[column])

    def scores(self, terms: Mapping[str, float]) -> NDArray[np.float32]:
        """One score a passage, for terms with their weights."""
        return self.weighted(self.columns(terms))

    def weighted(self, columns: Mapping[int, float]) -> NDArray[np.float32]:
        """One score a passage, for the terms of some columns with their weights."""
        import numpy as np

        if len(set(columns.values())) == 1:
            found = self._added(list(columns))
            weight = next(iter(columns.values()))
            return found if weight == 1 else found * np.float32(weight)
        scores = np.zeros(self._bm25.scores["num_docs"], np.float32)
        for column, weight in columns.items():
            passages, weights = self.postings(column)
            scores[passages] += np.float32(weight) * weights
        return scores

    def passages(self, term: str) -> NDArray[np.int32]:
        """The passages that a term occurs in, in order."""
        import numpy as np

        column = self._column(term)
        return np.zeros(0, np.int32) if column is None else self.postings(column)[0]

    def columns(self, terms: Mapping[str, float]) -> dict[int, float]:
        """The columns of those of `terms` that occur anywhere, with their weights."""
        found = {self._column(term): weight for term, weight in terms.items()}
        return {column: weight for column, weight in found.items() if column is not None}

    def postings(self, column: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The passages that the term of a column occurs in, in order, and its weight in each."""
        starts = self._bm25.scores["indptr"]
        here = slice(starts[column], starts[column + 1])
        found: NDArray[np.int32] = self._bm25.scores["indices"][here]
        if len(found) and not 0 <= found.min() <= found.max() < self._bm25.scores["num_docs"]:
            raise self._damaged()
        return found, self._bm25.scores["data"][here]

    def frequencies(self, columns: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """How many passages the terms of some columns occur in."""
        starts = self._bm25.scores["indptr"]
        found: NDArray[np.int64] = starts[columns + 1] - starts[columns]
        return found

    def idf(self, columns: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """What the terms of some columns weigh at most: ln(1 + (N - df + 0.5) / (df + 0.5))."""
        import numpy as np

        frequency = self.frequencies(columns)
        return np.log1p((len(self._titles) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)

    def weights(self, columns: Sequence[int], passages: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """What some terms weigh in some passages: shape (columns, passages), 0 where a term does not occur.

        Args:
            passages: ascending.
        """
        import numpy as np

        starts, indices = self._bm25.scores["indptr"], self._bm25.scores["indices"]
        found = np.zeros((len(columns), len(passages)), dtype=np.float32)
        for place, column in enumerate(columns):
            start, end = int(starts[column]), int(starts[column + 1])
            at = np.searchsorted(indices[start:end], passages)
            at[at == end - start] = 0
            hit = indices[start + at] == passages if end > start else np.zeros(len(passages), dtype=bool)
            found[place, hit] = self._bm25.scores["data"][start + at[hit]]
        return found

    def titles(self, passages: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
        """The columns of the terms in the titles of some passages: shape (passages, `TITLE_WIDTH`), padded with -1."""
        return self._checked(self._titles[passages])

    def foremost(self, passages: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
        """The columns of the terms that weigh most in some passages, heaviest first: shape (passages, `FOREMOST_WIDTH`)."""
        return self._checked(self._foremost[passages])

    def _checked(self, columns: NDArray[np.int32]) -> NDArray[np.int32]:
        if columns.size and not -1 <= columns.min() <= columns.max() < len(self._columns):
            raise self._damaged()
        return columns

    def _added(self, columns: list[int]) -> NDArray[np.float32]:
        try:
            found: NDArray[np.float32] = self._bm25.get_scores_from_ids(columns)
        except (
            IndexError
        ):  # NumPy looks at every place before it writes there, so that nobody has to read them all first
            raise self._damaged() from None
        return found

    def _look_up(self, term: str) -> int | None:
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

    names, starts, columns, weights, rows, bounds, titles, foremost = (folder / name for name in FILES)
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
    return Lexical(
        folder,
        terms,
        column_of,
        bm25,
        load_array(titles, np.int32, (passages, TITLE_WIDTH), mapped=True),
        load_array(foremost, np.int32, (passages, FOREMOST_WIDTH), mapped=True),
    )


def _length(path: Path) -> int:
    """How long an array on the disk says it is."""

    values = mapped_array(path)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"{path.name} is no list")
    return len(values)
