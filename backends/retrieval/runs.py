"""Runs of characters that a question shares with texts: phrases and words as they stand, in any script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backends.retrieval.text import normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BASE = 1_000_003
_TABLE = 1 << 16


def shared(question: str, lengths: Sequence[int], texts: Sequence[str]) -> list[NDArray[np.float32]]:
    """For each of `lengths`, how many runs of so many characters of the question each text has.

    Between 0 and 1; runs that few of the texts have count more.

    Args:
        texts: normalised (`text.normalise`).
    """
    import numpy as np

    plain = _codes(" ".join(normalise(question).split()))
    every = _codes("".join(texts))
    ends = np.cumsum([len(text) for text in texts])
    return [
        _shared(np.unique(_hashes(plain, length)), _hashes(every, length), length, ends) for length in lengths
    ]


def _shared(
    wanted: NDArray[np.uint64], hashes: NDArray[np.uint64], length: int, ends: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The same for one length; `ends` says where each text ends among the characters that `hashes` are of."""
    import numpy as np

    if not len(wanted) or not len(hashes):
        return np.zeros(len(ends), dtype=np.float32)
    # most runs of the texts are ruled out by sixteen bits, the rest by looking for all of them
    table = np.zeros(_TABLE, dtype=np.bool_)
    table[wanted & (_TABLE - 1)] = True
    at = np.flatnonzero(table[hashes & (_TABLE - 1)])
    place = np.minimum(np.searchsorted(wanted, hashes[at]), len(wanted) - 1)
    of = np.searchsorted(ends, at, side="right")
    real = (wanted[place] == hashes[at]) & (at + length <= ends[of])
    has = np.zeros((len(ends), len(wanted)), dtype=np.float32)
    has[of[real], place[real]] = 1
    worth = np.log1p(len(ends) / (has.sum(axis=0) + 0.5))
    found: NDArray[np.float32] = (has @ worth / worth.sum()).astype(np.float32)
    return found


def _codes(text: str) -> NDArray[np.uint64]:
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)


def _hashes(codes: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """A number for the run that begins at each character."""
    import numpy as np

    count = len(codes) - length + 1
    if count < 1:
        return np.zeros(0, dtype=np.uint64)
    found = codes[:count].copy()
    for step in range(1, length):
        found *= np.uint64(_BASE)
        found += codes[step : step + count]
    return found ^ (found >> np.uint64(17))
