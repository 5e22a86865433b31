"""Are the rows diverse, complex, and from the whole of the manual?"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from kotae.tuning.lint import kinds
from kotae.tuning.lint.finding import Finding, Offender, about
from kotae.tuning.lint.form import offenders
from kotae.tuning.lint.masks import without_masks
from kotae.tuning.lint.privacy import masked
from kotae.tuning.lint.words import content, normalised
from kotae.tuning.rows import Row

LEAST_ROWS = 30
"""Below that, shares of rows say nothing."""
_ONE_FORM = 0.4
"""Share of the questions that may have one form."""
_LEAST_FORMS = 8
"""Forms in effect, which is the perplexity of their shares (Jelinek et al. 1977)."""
_ONE_TOPIC = 0.6
"""Share of the questions in which one word may stand."""
_SPREAD = 0.25
"""Coefficient of variation of the answers' lengths under which all are of one length."""
_WORDINGS = 1.15
"""Questions for each answer, on average, under which hardly anything is asked in two ways."""
_LEAST_NEGATIVE = 0.1
_LEAST_JOINED = 0.05
_LEAST_LATER = 0.03
_LEAST_COVERED = 0.8
"""Share of the manual's pages that have a row."""
_ONE_PAGE = 0.25
"""Share of the rows that one page may have."""
_FEW_PAGES = 5
"""With fewer pages, any page has many rows."""
_NAMED = 8
"""Pages without rows that are named."""

Pages = Mapping[int, Sequence[str]]
"""The pages of rows, by their line."""


def diversity(rows: Sequence[Row]) -> list[Finding]:
    """One way of asking, one topic, one length, one wording of each question."""
    findings = []
    by_form = Counter(_form(row) for row in rows)
    form, count = by_form.most_common(1)[0]
    if count / len(rows) > _ONE_FORM:
        values = {"share": _share(count, len(rows)), "form": form}
        findings.append(about("one-form", offenders([r for r in rows if _form(r) == form]), values=values))
    elif _perplexity(by_form) < _LEAST_FORMS:
        findings.append(about("few-forms", values={"forms": str(len(by_form)), "rows": str(len(rows))}))
    words = Counter(word for row in rows for word in set(content(row.question)))
    word, count = words.most_common(1)[0] if words else ("", 0)
    if count / len(rows) > _ONE_TOPIC:
        having = [row for row in rows if word in content(row.question)]
        values = {"share": _share(count, len(rows)), "word": word}
        findings.append(about("one-topic", offenders(having), values=values))
    lengths = [len(row.answer) for row in rows]
    if statistics.pstdev(lengths) / statistics.fmean(lengths) < _SPREAD:
        findings.append(about("one-length", values={"length": f"{statistics.fmean(lengths):.0f}"}))
    if len(rows) / len({normalised(row.answer) for row in rows}) < _WORDINGS:
        findings.append(about("one-wording"))
    return findings


def _form(row: Row) -> str:
    """How a question is put: its first two words, or in Japanese its end, where its form is."""
    asked = without_masks(masked(row.question))
    if row.language == "ja":
        return re.sub(r"[。？?！!\s\ufffc]+$", "", asked)[-4:]
    return " ".join(normalised(asked).split()[:2])


def _perplexity(counts: Counter[str]) -> float:
    total = counts.total()
    return math.exp(-sum(n / total * math.log(n / total) for n in counts.values()))


def complexity(rows: Sequence[Row], pages: Pages) -> list[Finding]:
    """Nothing about what can't be done or isn't told, no later turn, nothing that needs two pages."""
    findings = []
    for code, is_one, least in (
        ("no-negative", kinds.negative, _LEAST_NEGATIVE),
        ("no-later-turn", kinds.later, _LEAST_LATER),
    ):
        count = sum(map(is_one, rows))
        if count / len(rows) < least:
            values = {"share": _share(count, len(rows)), "least": f"{least:.0%}"}
            findings.append(about(code, values=values))
    placed = [pages[row.line] for row in rows if pages.get(row.line)]
    count = sum(map(kinds.joined, placed))
    if placed and count / len(placed) < _LEAST_JOINED:
        values = {"share": _share(count, len(placed)), "least": f"{_LEAST_JOINED:.0%}"}
        findings.append(about("no-joined", values=values))
    if not any(map(kinds.unknown, rows)):
        findings.append(about("no-unknown"))
    return findings


def sources(rows: Sequence[Row], pages: Pages, manual: Collection[str]) -> list[Finding]:
    """Pages that nothing was made from, pages that most was made from, and rows page by page.

    Args:
        manual: all pages of the manual; empty: not known.
    """
    placed = [(row, pages[row.line]) for row in rows if pages.get(row.line)]
    findings = []
    counts = Counter(page for _, found in placed for page in set(found))
    left = [page for page in manual if page not in counts]
    if left and len(left) / len(manual) > 1 - _LEAST_COVERED:
        named = ", ".join(left[:_NAMED]) + (" …" if len(left) > _NAMED else "")
        covered = _share(len(manual) - len(left), len(manual))
        findings.append(
            about("uncovered", values={"share": covered, "count": str(len(left)), "pages": named})
        )
    if len(counts) >= _FEW_PAGES:
        page, count = counts.most_common(1)[0]
        if count / len(placed) > _ONE_PAGE:
            rows_of = [Offender(line=row.line, sample=row.question) for row, found in placed if page in found]
            values = {"share": _share(count, len(placed)), "page": page}
            findings.append(about("one-page", rows_of, values=values))
        runs = 1 + sum(one[0] != other[0] for (_, one), (_, other) in pairwise(placed))
        if len(placed) >= LEAST_ROWS and runs <= 1.2 * len(counts):
            findings.append(about("in-order"))
    return findings


def _share(count: int, of: int) -> str:
    return f"{count / of:.0%}"
