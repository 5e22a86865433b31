"""All checks of a file together: what is found, what is skipped, and the grades."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from kotae.events import Progress
from kotae.tuning.lint.consistency import consistency
from kotae.tuning.lint.contradictions import contradictions
from kotae.tuning.lint.finding import CHECKS, NOT_ASKED, Check, Finding, Report, grade_of
from kotae.tuning.lint.form import Read
from kotae.tuning.lint.privacy import masked, privacy
from kotae.tuning.lint.repeats import duplicates, leakage
from kotae.tuning.lint.variety import LEAST_ROWS, complexity, diversity, sources
from kotae.tuning.rows import Row
from kotae.tuning.tokens import Tokenizer

_SAMPLE = 160
"""Characters of a row that are shown."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What there is to check by, beside the file."""

    test: Sequence[Row] | None = None
    """Rows of the test set."""
    pages: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """The pages of rows by their line, where they are known."""
    manual_pages: Collection[str] = ()
    """All pages of the manual; empty: not known."""
    accuracy: Sequence[Finding] | None = None
    """What the flaggers found; None: they were not asked."""
    no_accuracy: str = "no-manual"
    """Why they were not: a key of `texts.SKIPPED`."""


def wants(checks: Collection[Check], check: Check) -> bool:
    """Whether a check is asked for; none named: all are."""
    return not checks or check in checks


def lint(
    name: str,
    data: bytes,
    found: Read,
    given: Given,
    tokenizer: Tokenizer,
    *,
    checks: Collection[Check] = (),
    progress: Callable[[Progress], None] = lambda _: None,
) -> Report:
    """The report on a file.

    Args:
        name: the file's, for people.
        data: its bytes.
        found: the same, read.
        checks: those that are wanted; empty: all.
    """
    rows = found.rows
    run: dict[Check, Callable[[], list[Finding]]] = {
        "format": lambda: found.findings,
        "duplicates": lambda: duplicates(rows),
        "contradictions": lambda: contradictions(rows),
        "diversity": lambda: diversity(rows),
        "accuracy": lambda: list(given.accuracy or ()),
        "complexity": lambda: complexity(rows, given.pages),
        "consistency": lambda: consistency(rows),
        "sources": lambda: sources(rows, given.pages, given.manual_pages),
        "leakage": lambda: leakage(rows, given.test or ()),
        "privacy": lambda: privacy(data),
    }
    findings: list[Finding] = []
    grades = {}
    skipped: dict[Check, str] = {}
    for done, check in enumerate(CHECKS):
        progress(Progress("Checking", done, len(CHECKS)))
        if why := _skipped(check, rows, given, checks):
            skipped[check] = why
            continue
        made = run[check]()
        grades[check] = grade_of(made, len(given.test or ()) if check == "leakage" else len(rows))
        findings += made
    return Report(
        file=name,
        rows=len(rows),
        tokens=found.tokens,
        tokenizer=tokenizer.name,
        estimated=tokenizer.estimated,
        findings=[_clean(finding) for finding in findings],
        grades=grades,
        skipped=skipped,
    )


def _skipped(check: Check, rows: Sequence[Row], given: Given, checks: Collection[Check]) -> str:
    """Why a check is not made; empty: it is."""
    if not wants(checks, check):
        return NOT_ASKED
    if check in ("format", "privacy"):
        return ""
    if not rows:
        return "no-rows"
    if check in ("diversity", "complexity") and len(rows) < LEAST_ROWS:
        return "few-rows"
    if check == "accuracy" and given.accuracy is None:
        return given.no_accuracy
    if check == "sources" and not any(given.pages.get(row.line) for row in rows):
        return "no-pages"
    return "no-test" if check == "leakage" and given.test is None else ""


def _clean(finding: Finding) -> Finding:
    """The finding without personal data."""
    return msgspec.structs.replace(
        finding,
        rows=tuple(
            msgspec.structs.replace(
                row, sample=_short(masked(row.sample)), why=masked(row.why) if row.why else ""
            )
            for row in finding.rows
        ),
        values={key: value if key == "mask" else masked(value) for key, value in finding.values.items()},
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SAMPLE else f"{line[:_SAMPLE]}…"
