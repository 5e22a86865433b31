"""BM25 over the passages (Robertson and Zaragoza 2009; Lucene's variant), kept as plain arrays.

bm25s scores eagerly: each term's weight in each passage is computed when the index is built, so a search adds up columns.
Its own files are not used, because reading them would trust what they say; these are checked first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kotae.errors import ManualError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K1 = 1.2
B = 0.75
FILES = ("terms.json", "bm25-weights.npy", "bm25-passages.npy", "bm25-starts.npy")


class Lexical:
    """The inverted index. Made by `build` or `load`."""

    def __init__(self, bm25: Any) -> None:
        self._bm25 = bm25

    def __contains__(self, term: str) -> bool:
        return term in self._bm25.vocab_dict

    def frequency(self, term: str) -> int:
        """The number of passages that `term` occurs in."""
        at = self._bm25.vocab_dict.get(term)
        if at is None:
            return 0
        starts = self._bm25.scores["indptr"]
        return int(starts[at + 1] - starts[at])

    def scores(self, terms: Mapping[str, float]) -> NDArray[np.float32]:
        """One score a passage, for terms with their weights."""
        import numpy as np

        scores = np.zeros(self._bm25.scores["num_docs"], dtype=np.float32)
        alike: dict[float, list[str]] = {}
        for term, weight in terms.items():
            alike.setdefault(weight, []).append(term)
        for weight, group in alike.items():
            if ids := self._bm25.get_tokens_ids(group):
                scores += np.float32(weight) * self._bm25.get_scores_from_ids(ids)
        return scores

    def save(self, folder: Path) -> None:
        """Write `FILES` into `folder`."""
        import numpy as np

        terms, weights, passages, starts = (folder / name for name in FILES)
        names = sorted(self._bm25.vocab_dict, key=self._bm25.vocab_dict.__getitem__)
        terms.write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        np.save(weights, self._bm25.scores["data"].astype(np.float32), allow_pickle=False)
        np.save(passages, self._bm25.scores["indices"].astype(np.int32), allow_pickle=False)
        np.save(starts, self._bm25.scores["indptr"].astype(np.int64), allow_pickle=False)


def build(terms: list[list[str]]) -> Lexical:
    """From the terms of each passage.

    Raises:
        ManualError: there is not one word in them.
    """
    import bm25s

    if not any(terms):
        raise ManualError("There is nothing to index: the pages hold no words.")
    bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
    vocabulary: dict[str, int] = {}
    ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in found] for found in terms]
    bm25.index((ids, vocabulary), create_empty_token=False, show_progress=False)
    return Lexical(bm25)


def load(folder: Path, passages: int) -> Lexical:
    """What `save` wrote for an index of so many passages.

    Raises:
        OSError, ValueError: a file is missing or does not fit the others.
    """
    import bm25s
    import numpy as np

    terms_file, *arrays = (folder / name for name in FILES)
    terms = json.loads(terms_file.read_text(encoding="utf-8"))
    weights, columns, starts = (np.load(path, allow_pickle=False) for path in arrays)
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise ValueError("the list of terms is damaged")
    if (weights.dtype, columns.dtype, starts.dtype) != (np.float32, np.int32, np.int64):
        raise ValueError("an array has the wrong type")
    if weights.ndim != 1 or columns.shape != weights.shape or starts.shape != (len(terms) + 1,):
        raise ValueError("an array has the wrong size")
    if starts[0] != 0 or starts[-1] != len(weights) or np.any(np.diff(starts) < 0):
        raise ValueError("the columns overlap")
    if len(columns) and (columns.min() < 0 or columns.max() >= passages):
        raise ValueError("a passage is named that does not exist")
    bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
    bm25.scores = {"data": weights, "indices": columns, "indptr": starts, "num_docs": passages}
    bm25.nonoccurrence_array = None
    bm25.vocab_dict = {term: at for at, term in enumerate(terms)}
    return Lexical(bm25)
