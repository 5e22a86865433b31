"""Does the file say things twice, or differently, and has the test set been trained on?

Near-duplicates are found by MinHash and locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman 2014, chapter 3),
which the package `datasketch` has, and then measured exactly.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
    near = {
        other.line: Offender(line=other.line, sample=other.question, other=one.line)
        for one, other in near_pairs(left)
        if _context(one) == _context(other)
        # The same question with another number is another question.
        and numbers(one.question) == numbers(other.question)
        and numbers(one.answer) == numbers(other.answer)
        and jaccard(shingles(one.answer), shingles(other.answer)) >= NEAR
    }
    return _findings(("duplicate", exact), ("near-duplicate", near))


def contradictions(rows: Sequence[Row]) -> list[Finding]:
    """Questions that are answered in two ways."""
    by_question: dict[tuple[str, tuple[str, ...]], list[Row]] = defaultdict(list)
    for row in rows:
        asked = content(row.question) or (normalised(row.question),)
        by_question[_context(row), asked].append(row)
    clash: dict[int, Offender] = {}
    other: dict[int, Offender] = {}
    for same in by_question.values():
        for place, row in enumerate(same):
            for earlier in same[:place]:
                kind = _difference(earlier, row)
                if kind and _same_question(earlier, row):
                    found = clash if kind == "contradiction" else other
                    found.setdefault(
                        row.line, Offender(line=row.line, sample=row.question, other=earlier.line)
                    )
                    break
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
    known = _Questions()
    if left:
        for row in rows:
            known.add(row)
    for row in left:
        for one in known.near(row):
            if _context(one) == _context(row) and numbers(one.question) == numbers(row.question):
                near[row.line] = Offender(line=row.line, sample=row.question, other=one.line)
                break
    return _findings(("trained-on", exact), ("near-leak", near))


def near_pairs(rows: Iterable[Row]) -> Iterator[tuple[Row, Row]]:
    """Pairs of rows whose questions are nearly the same, each once, the earlier first."""
    known = _Questions()
    for row in rows:
        for one in known.near(row):
            yield one, row
        known.add(row)


class _Questions:
    """Rows whose questions were seen, to be asked for those that are near another's."""

    def __init__(self) -> None:
        from datasketch import MinHashLSH

        self._index = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
        self._same: dict[frozenset[str], list[Row]] = {}
        """By the runs of the question: what is asked in the same words is hashed once."""
        self._runs: list[frozenset[str]] = []
        self._sketched: tuple[frozenset[str], Any] | None = None

    def add(self, row: Row) -> None:
        runs = shingles(row.question)
        if runs not in self._same:
            self._index.insert(len(self._runs), self._sketch(runs), check_duplication=False)
            self._runs.append(runs)
        self._same.setdefault(runs, []).append(row)

    def near(self, row: Row) -> list[Row]:
        """Those that are near it, in their order."""
        runs = shingles(row.question)
        found = list(self._same.get(runs, ()))
        for place in self._index.query(self._sketch(runs)):
            other = self._runs[place]
            if other != runs and jaccard(other, runs) >= NEAR:
                found += self._same[other]
        return sorted(found, key=lambda one: one.line)

    def _sketch(self, runs: frozenset[str]) -> Any:
        from datasketch import MinHash

        if self._sketched is None or self._sketched[0] != runs:
            sketch = MinHash(num_perm=_BANDS * _ROWS, hashfunc=zlib.crc32)
            sketch.update_batch([run.encode() for run in runs])
            self._sketched = runs, sketch
        return self._sketched[1]


def _context(row: Row) -> str:
    """What was said before the question: in another conversation it is another question."""
    return normalised(" ".join(text(message) for message in row.history)) if row.history else ""


def _findings(*found: tuple[str, dict[int, Offender]]) -> list[Finding]:
    return [about(code, list(rows.values())) for code, rows in found if rows]
