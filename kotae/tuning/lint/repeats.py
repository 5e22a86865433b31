"""Does the file say things twice, and has the test set been trained on?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

from kotae.tuning.lint.finding import Finding, Offender, findings_of
from kotae.tuning.lint.near import alike, context, near_questions, near_rows
from kotae.tuning.lint.opposites import may_differ, signs
from kotae.tuning.lint.words import normalised, numbers, shingles
from kotae.tuning.rows import Row

_HELD = 20
"""Rows that are nearly the same, and are looked at for what tells them apart."""


def duplicates(rows: Sequence[Row]) -> list[Finding]:
    """Rows that are there twice, and rows that nearly are."""
    first: dict[tuple[str, ...], int] = {}
    exact: dict[int, Offender] = {}
    left = []
    for row in rows:
        key = context(row), *map(_spoken, (row.question, row.answer, row.rejected))
        if key in first:
            exact[row.line] = Offender(line=row.line, sample=row.question, other=first[key])
        else:
            first[key] = row.line
            left.append(row)
    near: dict[int, Offender] = {}
    known = near_rows()
    for row in left:
        if (one := next((o for o in islice(known.near(row), _HELD) if _same(o, row)), None)) is not None:
            near[row.line] = Offender(line=row.line, sample=row.question, other=one.line)
        known.add(row)
    return findings_of(("duplicate", exact), ("near-duplicate", near))


def _spoken(text: str) -> str:
    """A text as `normalised` has it, and its signs: `>= 5` is not `<= 5`."""
    return f"{normalised(text)}\0{''.join(signs(text))}"


def _same(one: Row, other: Row) -> bool:
    """Whether two rows with the same numbers teach the same: each text is near the other's, and says the same."""
    pairs = ((one.question, other.question), (one.answer, other.answer), (one.rejected, other.rejected))
    return all(alike(*pair) and not may_differ(*pair) for pair in pairs)


def leakage(rows: Sequence[Row], test: Sequence[Row]) -> list[Finding]:
    """Questions of the test set that are trained on, or nearly; lines are those of the test set, `other` and `others` those of the
    file, the same question before those that are nearly the same."""
    asked: dict[object, list[int]] = defaultdict(list)
    runs: dict[object, list[int]] = defaultdict(list)
    for row in rows if test else ():
        asked[_asked(row)].append(row.line)
        runs[_runs(row)].append(row.line)
    exact: dict[int, Offender] = {}
    near: dict[int, Offender] = {}
    known = near_questions(rows if test else ())
    for row in test:
        same = asked.get(_asked(row), [])
        # Of rows with the same question only the first is found by likeness.
        alike_ = sorted(line for one in known.near(row) for line in runs[_runs(one)])
        if lines := [*dict.fromkeys((*same, *alike_))]:
            found = exact if same else near
            first, *others = lines
            found[row.line] = Offender(line=row.line, sample=row.question, other=first, others=tuple(others))
    return findings_of(("trained-on", exact), ("near-leak", near))


def _asked(row: Row) -> object:
    return context(row), normalised(row.question)


def _runs(row: Row) -> object:
    return context(row), numbers(row.question), shingles(row.question)
