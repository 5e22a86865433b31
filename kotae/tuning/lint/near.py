"""Rows and questions that are nearly the same, among many.

They are found by MinHash and locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman 2014, chapter 3), which the
package `datasketch` has, and then measured exactly.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from kotae.tuning.lint.words import jaccard, normalised, numbers, shingles
from kotae.tuning.rows import Row, text

NEAR = 0.8
"""Jaccard index over runs of characters from which two texts are nearly the same."""
_FEW = 50
"""Rows that are compared one by one."""
_BANDS, _ROWS = 21, 6
"""Of the hash: a pair at `NEAR` is found with a probability of 0.998, one at half of it is compared in vain with 0.08."""
_MEASURED = 100
"""Rows that one is measured against for being there twice: of rows made by one template, each is a candidate for all others.
Not so for leaks, of which none may be missed."""


def context(row: Row) -> str:
    """What was said before the question: in another conversation it is another question."""
    return normalised(" ".join(text(message) for message in row.history)) if row.history else ""


def alike(one: str, other: str) -> bool:
    """Whether two texts are nearly the same."""
    return jaccard(shingles(one), shingles(other)) >= NEAR


class Near:
    """Rows that were seen, to be asked for those that are near another.

    Args:
        key: of rows that have different ones, none is near the other.
        runs: what is compared of a row.
        measured: rows that one is measured against at most, the earlier first; None: all that may be near.
    """

    def __init__(
        self,
        key: Callable[[Row], Hashable],
        runs: Callable[[Row], frozenset[str]],
        rows: Iterable[Row] = (),
        *,
        measured: int | None = None,
    ) -> None:
        self._key = key
        self._runs = runs
        self._alike: dict[Hashable, _Alike] = defaultdict(lambda: _Alike(measured))
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """One more."""
        self._alike[self._key(row)].add(row, self._runs(row))

    def near(self, row: Row, unless: Callable[[Row], bool] = lambda _: False) -> Iterator[Row]:
        """Those that are nearly the same, the earlier first; of those that are the same, the first.

        Args:
            unless: says of a row that it is of no interest, which spares comparing it.
        """
        alike = self._alike.get(self._key(row))
        return alike.near(self._runs(row), unless) if alike is not None else iter(())


def near_questions(rows: Iterable[Row] = ()) -> Near:
    """Rows by their questions. In another conversation, or with another number, a question is another one."""
    return Near(lambda row: (context(row), numbers(row.question)), lambda row: shingles(row.question), rows)


def near_rows() -> Near:
    """Rows by all that is learnt of them: when each text is near the other's, so are all together."""
    return Near(
        lambda row: (context(row), numbers(row.question), numbers(row.answer), bool(row.rejected)),
        lambda row: frozenset(
            f"{place}{run}"
            for place, said in enumerate((row.question, row.answer, row.rejected)[: 3 if row.rejected else 2])
            for run in shingles(said)
        ),
        measured=_MEASURED,
    )


class _Alike:
    """Rows that may be near each other: few are compared one by one, many by way of their hashes."""

    def __init__(self, measured: int | None) -> None:
        self._measured = measured
        self._rows: dict[frozenset[str], Row] = {}
        self._order: list[frozenset[str]] = []
        self._index: Any = None

    def add(self, row: Row, runs: frozenset[str]) -> None:
        if runs in self._rows:
            return
        self._rows[runs] = row
        self._order.append(runs)
        if self._index is not None:
            self._index.insert(len(self._order) - 1, _sketch(runs), check_duplication=False)
        elif len(self._order) > _FEW:
            from datasketch import MinHashLSH

            self._index = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
            for place, one in enumerate(self._order):
                self._index.insert(place, _sketch(one), check_duplication=False)

    def near(self, runs: frozenset[str], unless: Callable[[Row], bool]) -> Iterator[Row]:
        places = range(len(self._order)) if self._index is None else sorted(self._index.query(_sketch(runs)))
        for place in places[: self._measured]:
            other = self._order[place]
            row = self._rows[other]
            if not unless(row) and (other == runs or jaccard(other, runs) >= NEAR):
                yield row


@lru_cache(1)  # it is asked for twice in a row: looked for, then added
def _sketch(runs: frozenset[str]) -> Any:
    from datasketch import MinHash

    sketch = MinHash(num_perm=_BANDS * _ROWS, hashfunc=zlib.crc32)
    sketch.update_batch([run.encode() for run in runs])
    return sketch
