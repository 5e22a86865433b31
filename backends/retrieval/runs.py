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


def shared(question: str, length: int, texts: Sequence[str]) -> NDArray[np.float32]:
    """How many runs of `length` characters of the question each text has, 0..1; those that few of the texts have count more.

    Args:
        texts: normalised (`text.normalise`).
    """
    import numpy as np

    plain = " ".join(normalise(question).split())
    wanted = np.unique(_hashes(_codes(plain), length))
    if not len(wanted) or not texts:
        return np.zeros(len(texts), dtype=np.float32)
    codes = [_codes(text) for text in texts]
    all_codes = np.concatenate(codes)
    hashes = _hashes(all_codes, length)
    # most runs of the texts are ruled out by sixteen bits, the rest by looking for all of them
    table = np.zeros(_TABLE, dtype=np.bool_)
    table[wanted & (_TABLE - 1)] = True
    at = np.flatnonzero(table[hashes & (_TABLE - 1)])
    place = np.minimum(np.searchsorted(wanted, hashes[at]), len(wanted) - 1)
    ends = np.cumsum([len(text) for text in codes])
    of = np.searchsorted(ends, at, side="right")
    real = (wanted[place] == hashes[at]) & (at + length <= ends[of])
    has = np.zeros((len(texts), len(wanted)), dtype=np.float32)
    has[of[real], place[real]] = 1
    worth = np.log1p(len(texts) / (has.sum(axis=0) + 0.5))
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
