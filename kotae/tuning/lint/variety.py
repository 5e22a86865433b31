"""Are the rows diverse, complex, and from the whole of the manual?"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from kotae.tuning.lint import kinds
from kotae.tuning.lint.finding import Finding, about
from kotae.tuning.lint.words import normalised
from kotae.tuning.rows import Row

LEAST_ROWS = 30
"""Below that shares of rows say nothing, and are not looked at."""
_ONE_FORM = 0.4
"""Share of the questions that may begin alike."""
_EVENNESS = 0.55
"""Of how questions begin: entropy over that of a set in which each begins its own way."""
_SPREAD = 0.25
"""Coefficient of variation of the answers' lengths under which all are of one length."""
_LEAST_NEGATIVE = 0.05
_LEAST_JOINED = 0.05
_LEAST_LATER = 0.03
_LEAST_COVERED = 0.8
_ONE_PAGE = 0.25
"""Share of the rows that one page may have, of five pages and more."""
_WORDINGS = 1.15
"""Questions for each answer, on average, under which nothing is asked in two ways."""


def diversity(rows: Sequence[Row]) -> list[Finding]:
    """One way of asking, one length, one wording of each question."""
    if len(rows) < LEAST_ROWS:
        return []
    findings = []
    forms = Counter(_form(row) for row in rows)
    form, count = forms.most_common(1)[0]
    entropy = -sum(n / len(rows) * math.log(n / len(rows)) for n in forms.values())
    if count / len(rows) > _ONE_FORM:
        said = f"{count / len(rows):.0%} of the questions begin with “{form}”."
        advice = (
            "Ask as people do: statements, half sentences, tasks, mistakes, not only one kind of question."
        )
        lines = [row.line for row in rows if _form(row) == form]
        findings.append(about("diversity", "one-form", "warning", said, advice, lines, form))
    elif entropy / math.log(len(rows)) < _EVENNESS:
        said = f"The questions begin in {len(forms)} ways only, a few of which have most of them."
        advice = "Word questions in more ways."
        findings.append(about("diversity", "few-forms", "warning", said, advice))
    lengths = [len(row.answer) for row in rows]
    if statistics.pstdev(lengths) / statistics.fmean(lengths) < _SPREAD:
        said = f"All answers are of one length, about {statistics.fmean(lengths):.0f} characters."
        advice = "Have short answers where a word will do, and long ones where steps are needed."
        findings.append(about("diversity", "one-length", "warning", said, advice))
    answers = Counter(normalised(row.answer) for row in rows)
    if len(rows) / len(answers) < _WORDINGS:
        said = "Hardly any fact is asked for in more than one wording."
        advice = "Give each fact several wordings, so that it is known however it is asked for."
        findings.append(about("diversity", "one-wording", "warning", said, advice))
    return findings


def _form(row: Row) -> str:
    """How a question begins: its first two words, or in Japanese how it ends, where its form is."""
    if row.language == "ja":
        return re.sub(r"[。？?！!\s]+$", "", row.question)[-4:]
    return " ".join(normalised(row.question).split()[:2])


def complexity(rows: Sequence[Row]) -> list[Finding]:
    """Nothing that needs two pages, no later turn, nothing about what can't be done."""
    if len(rows) < LEAST_ROWS:
        return []
    wanted = (
        (
            "no-negative",
            kinds.negative,
            _LEAST_NEGATIVE,
            "say what can't be done or is not there",
            "Add rows about what the product does not do; without them the model invents modules.",
        ),
        (
            "no-later-turn",
            kinds.later,
            _LEAST_LATER,
            "are later turns of a conversation",
            "Add rows with a conversation before the question; users ask “and who may reopen it?”.",
        ),
    )
    findings = []
    for code, is_one, least, what, advice in wanted:
        share = sum(is_one(row) for row in rows) / len(rows)
        if share < least:
            said = f"{share:.0%} of the rows {what}; at least {least:.0%} should."
            findings.append(about("complexity", code, "warning", said, advice))
    placed = [row for row in rows if row.pages]
    if placed and (share := sum(map(kinds.joined, placed)) / len(placed)) < _LEAST_JOINED:
        said = f"{share:.0%} of the rows need more than one page; at least {_LEAST_JOINED:.0%} should."
        advice = (
            "Add rows that join pages (A is B here, B is C there): a chapter at a time teaches no joining."
        )
        findings.append(about("complexity", "no-joined", "warning", said, advice))
    if not any(kinds.unknown(row) for row in rows):
        said = "No row says that the manual does not say."
        advice = "Add questions that the manual does not answer, with an answer that says so."
        findings.append(about("complexity", "no-unknown", "warning", said, advice))
    return findings


def sources(
    rows: Sequence[Row], pages: Mapping[int, Sequence[str]], manual: Collection[str]
) -> list[Finding]:
    """Pages that nothing was made from, pages that most was made from, and rows chapter by chapter.

    Args:
        pages: the pages of each row, by its line.
        manual: all pages of the manual; empty: not known.
    """
    placed = [(row, pages[row.line]) for row in rows if pages.get(row.line)]
    if not placed:
        return []
    findings = []
    counts = Counter(page for _, found in placed for page in set(found))
    if manual and (left := [page for page in manual if page not in counts]):
        covered = 1 - len(left) / len(manual)
        if covered < _LEAST_COVERED:
            said = (
                f"{covered:.0%} of the manual's pages have a row; {len(left)} have none, such as {left[0]}."
            )
            advice = "Make rows from them, or be sure that nobody asks about them."
            findings.append(
                about("sources", "uncovered", "warning", said, advice, sample=", ".join(left[:8]))
            )
    page, count = counts.most_common(1)[0]
    if len(counts) >= 5 and count / len(placed) > _ONE_PAGE:
        said = f"{count / len(placed):.0%} of the rows come from {page}."
        advice = "Take fewer from it, or more from the others."
        lines = [row.line for row, found in placed if page in found]
        findings.append(about("sources", "one-page", "warning", said, advice, lines, page))
    if len(placed) >= LEAST_ROWS and len(counts) >= 5:
        runs = 1 + sum(one[1][0] != other[1][0] for one, other in pairwise(placed))
        if runs <= 1.2 * len(counts):
            said = "The rows stand page by page, one after the other."
            advice = "Shuffle them: batches of one chapter pull the model to and fro."
            findings.append(about("sources", "in-order", "note", said, advice))
    return findings
