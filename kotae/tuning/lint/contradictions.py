"""Does the file answer one question in two ways?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Literal

from kotae.tuning.lint.finding import Finding, Offender, findings_of
from kotae.tuning.lint.kinds import denies
from kotae.tuning.lint.near import alike, context, near_rows
from kotae.tuning.lint.opposites import may_differ, named_otherwise, opposed
from kotae.tuning.lint.words import content, jaccard, normalised, numbers, shingles
from kotae.tuning.rows import Row

_ALIKE = 0.4
"""Jaccard index over runs of characters from which two questions with the same words that carry meaning ask the same."""
_SAME_ANSWER = 0.3
"""Share of their words that two answers have to have in common to say the same."""
_HELD = 20
"""Answers that a row's is held against at most, of the same question and of nearly the same."""

_Kind = Literal["contradiction", "other-answer"]


@dataclass(slots=True)
class _Answer:
    """One of the answers to a question."""

    row: Row
    """The first that has it."""
    lines: list[int] = field(default_factory=list)
    clashes: bool = False


def contradictions(rows: Sequence[Row]) -> list[Finding]:
    """Questions that are answered in two ways. Each row that takes part is named, or is among the others of one that is."""
    kinds: dict[int, set[_Kind]] = defaultdict(set)
    others: dict[int, dict[int, None]] = defaultdict(dict)
    by_line = {row.line: row for row in rows}
    for kind, line, other in chain(_of_one_question(rows), _of_near_rows(rows)):
        kinds[line].add(kind)
        others[line][other] = None
    found: dict[str, dict[int, Offender]] = {"contradiction": {}, "other-answer": {}}
    for line in sorted(others):
        first, *more = others[line]
        code = "contradiction" if "contradiction" in kinds[line] else "other-answer"
        sample = by_line[line].question
        found[code][line] = Offender(line=line, sample=sample, other=first, others=tuple(more))
    return findings_of(*found.items())


def _of_one_question(rows: Sequence[Row]) -> Iterator[tuple[_Kind, int, int]]:
    """Rows with an earlier one that has the same words that carry meaning in its question, and another answer."""
    by_question: dict[tuple[str, tuple[str, ...]], list[Row]] = defaultdict(list)
    for row in rows:
        asked = content(row.question) or (normalised(row.question),)
        by_question[context(row), asked].append(row)
    for same in by_question.values():
        said: dict[tuple[str, str], _Answer] = {}
        for row in same:
            mine = said.setdefault((normalised(row.answer), normalised(row.rejected)), _Answer(row))
            named = False
            for theirs in islice(said.values(), _HELD):
                if theirs is mine or (named and theirs.clashes):
                    continue
                kind = _difference(theirs.row, row)
                if kind and jaccard(shingles(theirs.row.question), shingles(row.question)) >= _ALIKE:
                    # Those with the same answer have not been named either.
                    for line in theirs.lines[:1] if theirs.clashes else theirs.lines:
                        yield kind, row.line, line
                    named = theirs.clashes = mine.clashes = True
            mine.lines.append(row.line)


def _difference(one: Row, other: Row) -> _Kind | None:
    """What is the matter with two answers to one question; None: nothing."""
    mine, theirs = normalised(one.answer), normalised(other.answer)
    if one.rejected and (mine, theirs) == (normalised(other.rejected), normalised(one.rejected)):
        return "contradiction"
    if mine == theirs:
        return None
    few, many = sorted((set(numbers(one.answer)), set(numbers(other.answer))), key=len)
    if not few <= many or denies(one.answer) != denies(other.answer):
        return "contradiction"
    if (kind := _few_words(one, other)) is not None:
        return kind
    words, more = set(content(one.answer)), set(content(other.answer))
    shared = len(words & more) / max(1, min(len(words), len(more)))
    return "other-answer" if shared < _SAME_ANSWER else None


def _few_words(one: Row, other: Row) -> _Kind | None:
    """What is the matter with two answers that have most of their words in common; None: nothing."""
    if opposed(one.answer, other.answer):
        return "contradiction"
    return "other-answer" if named_otherwise(one.answer, other.answer) else None


def _of_near_rows(rows: Sequence[Row]) -> Iterator[tuple[_Kind, int, int]]:
    """Rows with an earlier one that has nearly the same question and nearly the same answer, which says something else."""
    known = near_rows()
    for row in rows:
        for one in islice(known.near(row), _HELD):
            if (
                (kind := _few_words(one, row)) is not None
                and alike(one.answer, row.answer)
                and _one_question(one.question, row.question)
            ):
                yield kind, row.line, one.line
        known.add(row)


def _one_question(one: str, other: str) -> bool:
    """Whether two questions are nearly the same, and neither asks about something that the other does not."""
    mine, theirs = Counter(content(one)), Counter(content(other))
    return (mine <= theirs or theirs <= mine) and alike(one, other) and not may_differ(one, other)
