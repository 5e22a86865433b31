"""Does the file say things twice, or differently, and has the test set been trained on?

Near-duplicates are found by MinHash and locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman 2014, chapter 3), which
the package `datasketch` has, and then measured exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from kotae.tuning.lint.finding import Finding, about
from kotae.tuning.lint.words import jaccard, normalised, numbers, shingles
from kotae.tuning.rows import Row

NEAR = 0.8
"""Jaccard index over character runs from which two questions are nearly the same."""
_SAME_ANSWER = 0.5
"""Below it two answers to one question say different things."""
_PERMUTATIONS = 64


def duplicates(rows: Sequence[Row]) -> list[Finding]:
    """Rows that are there twice, and questions that nearly are."""
    seen: dict[tuple[str, str, str], int] = {}
    exact: list[Row] = []
    for row in rows:
        key = _context(row), normalised(row.question), normalised(row.answer)
        if key in seen:
            exact.append(row)
        seen.setdefault(key, row.line)
    findings = []
    if exact:
        said = f"{len(exact)} rows repeat another word for word."
        advice = "Remove them: a row that is there twice counts twice and teaches nothing new."
        findings.append(_about("duplicates", "duplicate", "warning", said, advice, exact))
    gone = {row.line for row in exact}
    near = {
        other.line: other
        for one, other in near_pairs([row for row in rows if row.line not in gone])
        if normalised(one.question) != normalised(other.question)
        and _context(one) == _context(other)
        # The same question with another number is another question.
        and numbers(one.question) == numbers(other.question)
        and jaccard(shingles(one.answer), shingles(other.answer)) >= NEAR
    }
    if near:
        said = f"{len(near)} rows are nearly the same as another, question and answer."
        advice = (
            "Keep one, or word the others as other people would ask: other words, other length, a mistake."
        )
        findings.append(_about("duplicates", "near-duplicate", "warning", said, advice, list(near.values())))
    return findings


def contradictions(rows: Sequence[Row]) -> list[Finding]:
    """Questions that are answered in two ways that can't both be right."""
    by_question: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_question[_context(row), normalised(row.question)].append(row)
    found: list[Row] = []
    for asked in by_question.values():
        first = asked[0]
        found += [row for row in asked[1:] if _differ(first, row)]
    if not found:
        return []
    said = f"{len(found)} questions have another answer in an earlier row."
    advice = "Find out which is right, and remove the other: the model learns neither."
    return [_about("contradictions", "contradiction", "error", said, advice, found)]


def _differ(one: Row, other: Row) -> bool:
    if normalised(one.answer) == normalised(other.answer):
        return False
    if numbers(one.answer) != numbers(other.answer):
        return True
    return jaccard(shingles(one.answer), shingles(other.answer)) < _SAME_ANSWER or _denies(one) != _denies(
        other
    )


def _denies(row: Row) -> bool:
    from kotae.tuning.lint.kinds import negative

    return negative(row)


def leakage(rows: Sequence[Row], test: Sequence[Row]) -> list[Finding]:
    """Questions of the test set that are trained on, or nearly; lines are those of the test set."""
    known = {normalised(row.question) for row in rows}
    exact = [row for row in test if normalised(row.question) in known]
    findings = []
    if exact:
        said = f"{len(exact)} of {len(test)} test questions are trained on."
        advice = "Take them out of one of the two; `kotae tune split` parts a file by page."
        findings.append(_about("leakage", "trained-on", "error", said, advice, exact))
    gone = {row.line for row in exact}
    left = [row for row in test if row.line not in gone]
    near = {row.line: row for row in left if any(True for _ in _near(row, rows))}
    if near:
        said = f"{len(near)} of {len(test)} test questions are nearly the same as one that is trained on."
        advice = "They measure what is known by heart. Ask about other pages, or in other words."
        findings.append(_about("leakage", "near-leak", "warning", said, advice, list(near.values())))
    return findings


def _near(row: Row, rows: Sequence[Row]) -> Iterator[Row]:
    runs = shingles(row.question)
    return (other for other in rows if jaccard(runs, shingles(other.question)) >= NEAR)


def near_pairs(rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """Pairs of rows whose questions are nearly the same, each once, the earlier first."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=NEAR, num_perm=_PERMUTATIONS, weights=(0.2, 0.8))  # rather one pair too many
    runs: dict[int, set[str]] = {}
    by_line = {row.line: row for row in rows}
    for row in rows:
        runs[row.line] = shingles(row.question)
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([run.encode() for run in runs[row.line]])
        for line in sorted(index.query(sketch)):
            if jaccard(runs[line], runs[row.line]) >= NEAR:
                yield by_line[line], row
        index.insert(row.line, sketch)


def _context(row: Row) -> str:
    """What was said before the question: in another conversation it is another question."""
    return normalised(" ".join(str(message.get("content", "")) for message in row.history))


def _about(check: str, code: str, severity: str, said: str, advice: str, rows: Sequence[Row]) -> Finding:
    return about(check, code, severity, said, advice, [row.line for row in rows], rows[0].question)  # type: ignore[arg-type]
