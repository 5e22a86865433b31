"""Does the file say things twice, or differently, and has the test set been trained on?

Near-duplicates are found by MinHash and locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman 2014, chapter 3),
which the package `datasketch` has, and then measured exactly.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from kotae.tuning.lint.finding import Finding, Offender, about
from kotae.tuning.lint.kinds import denies
from kotae.tuning.lint.words import content, jaccard, normalised, numbers, shingles
from kotae.tuning.rows import Row, text

NEAR = 0.8
"""Jaccard index over runs of characters from which two questions are nearly the same."""
_ALIKE = 0.4
"""The same from which two questions with the same words that carry meaning ask the same."""
_SAME_ANSWER = 0.3
"""Share of their words that two answers have to have in common to say the same."""
_FEW = 50
"""Rows that are compared one by one."""
_BANDS, _ROWS = 21, 6
"""Of the hash: a pair at `NEAR` is found with a probability of 0.998, one at half of it is compared in vain with 0.08."""


def duplicates(rows: Sequence[Row]) -> list[Finding]:
    """Rows that are there twice, and rows that nearly are."""
    first: dict[tuple[str, str, str], int] = {}
    exact: dict[int, Offender] = {}
    left = []
    for row in rows:
        key = _context(row), normalised(row.question), f"{normalised(row.answer)}\0{normalised(row.rejected)}"
        if key in first:
            exact[row.line] = Offender(line=row.line, sample=row.question, other=first[key])
        else:
            first[key] = row.line
            left.append(row)
    near: dict[int, Offender] = {}
    known = _near_rows()
    for row in left:
        if (one := next((o for o in known.near(row) if _both_near(o, row)), None)) is not None:
            near[row.line] = Offender(line=row.line, sample=row.question, other=one.line)
        known.add(row)
    return _findings(("duplicate", exact), ("near-duplicate", near))


def _both_near(one: Row, other: Row) -> bool:
    return (
        jaccard(shingles(one.question), shingles(other.question)) >= NEAR
        and jaccard(shingles(one.answer), shingles(other.answer)) >= NEAR
    )


def contradictions(rows: Sequence[Row]) -> list[Finding]:
    """Questions that are answered in two ways."""
    by_question: dict[tuple[str, tuple[str, ...]], list[Row]] = defaultdict(list)
    for row in rows:
        asked = content(row.question) or (normalised(row.question),)
        by_question[_context(row), asked].append(row)
    clash: dict[int, Offender] = {}
    other: dict[int, Offender] = {}
    for same in by_question.values():
        said: dict[str, Row] = {}
        for row in same:
            for earlier in said.values():
                kind = _difference(earlier, row)
                if kind and _same_question(earlier, row):
                    found = clash if kind == "contradiction" else other
                    found[row.line] = Offender(line=row.line, sample=row.question, other=earlier.line)
                    break
            said.setdefault(normalised(row.answer), row)
    return _findings(("contradiction", clash), ("other-answer", other))


def _same_question(one: Row, other: Row) -> bool:
    return jaccard(shingles(one.question), shingles(other.question)) >= _ALIKE


def _difference(one: Row, other: Row) -> str:
    """What is the matter with two answers to one question; empty: nothing."""
    if normalised(one.answer) == normalised(other.answer):
        return ""
    few, many = sorted((set(numbers(one.answer)), set(numbers(other.answer))), key=len)
    if not few <= many or denies(one.answer) != denies(other.answer):
        return "contradiction"
    mine, theirs = set(content(one.answer)), set(content(other.answer))
    shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    return "other-answer" if shared < _SAME_ANSWER else ""


def leakage(rows: Sequence[Row], test: Sequence[Row]) -> list[Finding]:
    """Questions of the test set that are trained on, or nearly; lines are those of the test set, `other` those of the file."""
    asked: dict[tuple[str, str], int] = {}
    for row in rows:
        asked.setdefault((_context(row), normalised(row.question)), row.line)
    exact: dict[int, Offender] = {}
    left = []
    for row in test:
        line = asked.get((_context(row), normalised(row.question)))
        if line is None:
            left.append(row)
        else:
            exact[row.line] = Offender(line=row.line, sample=row.question, other=line)
    near: dict[int, Offender] = {}
    known = near_questions(rows if left else ())
    for row in left:
        if (one := next(known.near(row), None)) is not None:
            near[row.line] = Offender(line=row.line, sample=row.question, other=one.line)
    return _findings(("trained-on", exact), ("near-leak", near))


class Near:
    """Rows that were seen, to be asked for those that are near another.

    Args:
        key: of rows that have different ones, none is near the other.
        runs: what is compared of a row.
    """

    def __init__(
        self, key: Callable[[Row], Hashable], runs: Callable[[Row], frozenset[str]], rows: Iterable[Row] = ()
    ) -> None:
        self._key = key
        self._runs = runs
        self._alike: dict[Hashable, _Alike] = defaultdict(_Alike)
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
    return Near(lambda row: (_context(row), numbers(row.question)), lambda row: shingles(row.question), rows)


def _near_rows() -> Near:
    """Rows by question and answer: when each is near the other's, so are both together."""
    return Near(
        lambda row: (_context(row), numbers(row.question), numbers(row.answer)),
        lambda row: shingles(row.question) | {f"\0{run}" for run in shingles(row.answer)},
    )


class _Alike:
    """Rows that may be near each other: few are compared one by one, many by way of their hashes."""

    def __init__(self) -> None:
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
        for place in places:
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


def _context(row: Row) -> str:
    """What was said before the question: in another conversation it is another question."""
    return normalised(" ".join(text(message) for message in row.history)) if row.history else ""


def _findings(*found: tuple[str, dict[int, Offender]]) -> list[Finding]:
    return [about(code, list(rows.values())) for code, rows in found if rows]
