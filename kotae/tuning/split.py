"""Rows to train on and rows to test with, divided so that the test is none of memory.

Rows that are near-copies of each other or were made from one page stay together; where pages are not known, those with one answer.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kotae.errors import KotaeError
from kotae.tuning.lint.near import near_questions
from kotae.tuning.lint.words import content, normalised
from kotae.tuning.rows import Row

_TELLING = 4
"""Words of an answer that says something of its own; `Yes.` is many questions' answer."""
_SLACK = 0.5
"""Share of the rows asked for that a test set has to have at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A file divided."""

    train: list[int]
    """Lines, in their order."""
    test: list[int]
    pages: int
    """Pages that only the test asks about."""
    joined_apart: int
    """Rows from several pages that were not allowed to tie those pages together, since too much would hang together."""
    groups: int
    """Groups of rows that stay together."""


def split(
    rows: Sequence[Row], pages: Mapping[int, Sequence[str]], *, share: float = 0.1, seed: int = 0
) -> Split:
    """About `share` of the rows as a test set; the same for the same rows and seed.

    Args:
        pages: the pages of rows by their line, where they are known.

    Raises:
        KotaeError: too much hangs together for that.
    """
    wanted = max(1, round(share * len(rows)))
    joined = sum(len(set(pages.get(row.line, ()))) > 1 for row in rows)
    for whole in (True, False) if joined else (True,):
        groups = _groups(rows, pages, whole=whole)
        test = _chosen(groups, wanted, seed)
        if len(test) >= max(1, _SLACK * wanted):
            break
    else:
        raise KotaeError(
            f"No {wanted} rows can be set apart: {max(map(len, groups))} of {len(rows)} hang together by page or wording.",
            "Remove near-duplicates (`kotae tune lint` names them), or name each row's page with --pages.",
        )
    train = [row.line for row in rows if row.line not in test]
    trained = {page for line in train for page in pages.get(line, ())}
    tested = {page for line in test for page in pages.get(line, ())}
    return Split(
        train=train,
        test=sorted(test),
        pages=len(tested - trained),
        joined_apart=0 if whole else joined,
        groups=len(groups),
    )


def _groups(
    rows: Sequence[Row],
    pages: Mapping[int, Sequence[str]],
    *,
    whole: bool,
) -> list[list[int]]:
    """Lines that stay together.

    Args:
        whole: whether a row from several pages ties them together; if not, it belongs to its first.
    """
    ties = _Ties(row.line for row in rows)
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        of = pages.get(row.line, ())
        keys = [("page", page) for page in (of if whole else of[:1])]
        if not of and len(content(row.answer)) >= _TELLING:
            keys.append(("answer", normalised(row.answer)))
        keys.append(("question", normalised(row.question)))
        for key in keys:
            ties.tie(row.line, first.setdefault(key, row.line))
    known = near_questions()
    for row in rows:
        for one in known.near(row, unless=lambda one: ties.root(one.line) == ties.root(row.line)):  # noqa: B023 - asked at once
            ties.tie(row.line, one.line)
        known.add(row)
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        found[ties.root(row.line)].append(row.line)
    return list(found.values())


def _chosen(groups: Sequence[list[int]], wanted: int, seed: int) -> set[int]:
    """Groups, taken at random as long as they fit."""
    shuffled = sorted(groups)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - to be repeatable is what it is for
    test: set[int] = set()
    for group in shuffled:
        if len(test) + len(group) <= wanted:
            test.update(group)
    return test


class _Ties:
    """Which lines hang together (union-find, Tarjan 1975)."""

    def __init__(self, lines: Iterable[int]) -> None:
        self._above = {line: line for line in lines}

    def root(self, line: int) -> int:
        """The line that stands for all that hang together with it."""
        while (above := self._above[line]) != line:
            self._above[line] = line = self._above[above]
        return line

    def tie(self, one: int, other: int) -> None:
        """The two hang together from now on."""
        roots = sorted((self.root(one), self.root(other)))
        self._above[roots[1]] = roots[0]
