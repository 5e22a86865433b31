"""What the checks of a data set find, and what grades come of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

import msgspec

Check = Literal[
    "format",
    "duplicates",
    "contradictions",
    "diversity",
    "accuracy",
    "complexity",
    "consistency",
    "sources",
    "leakage",
    "privacy",
]
CHECKS: tuple[Check, ...] = get_args(Check)
Severity = Literal["error", "warning", "note"]
"""`error`: a service refuses the file, or what is learnt is wrong. `warning`: the model will be worse for it. `note`: to know."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Grade = Literal["A", "B", "C", "D", "E"]
NOT_ASKED = "not-asked"
"""Why a check was not made that nobody asked for, which need not be said."""
SHOWN = 20
"""Rows that a finding names; it counts them all."""
_WHOLE_FILE = 0.1
"""The share of rows that a finding about the file as a whole counts for."""


class Offender(msgspec.Struct, frozen=True, kw_only=True):
    """One row that a finding is about."""

    line: int
    """Its line in the file, from 1."""
    sample: str = ""
    """Some of its words. Personal data in them is masked before anyone sees them."""
    other: int | None = None
    """The line of the row that it repeats, contradicts, or was learnt from."""
    others: tuple[int, ...] = ()
    """Further such lines."""
    why: str = ""
    """The reason in words, where it is this row's own."""

    @property
    def all_others(self) -> tuple[int, ...]:
        """`other` and `others`."""
        return (self.other, *self.others) if self.other is not None else ()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of fault, in some rows or in the file as a whole. `kotae.tuning.lint.texts` says it in words."""

    check: Check
    code: str
    """What sort of fault: `near-duplicate`, `email`. A key of `texts.KINDS`."""
    severity: Severity
    count: int = 0
    """How many rows; 0: it is the file's."""
    rows: tuple[Offender, ...] = ()
    """The first `SHOWN` of them."""
    lines: tuple[tuple[int, int | None], ...] = ()
    """All of them by line, each with its `other`; with several, once with each."""
    values: dict[str, str] = {}
    """What stands in the sentence that says it."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found in a file."""

    file: str
    rows: int
    """Rows that have the form of one."""
    tokens: int
    """Tokens of all rows."""
    tokenizer: str
    """What they were counted with."""
    estimated: bool
    """Whether that is another one than the model's, so that tokens are about right only."""
    findings: list[Finding]
    grades: dict[Check, Grade]
    """By check; a check that was not made is not among them."""
    skipped: dict[Check, str]
    """Checks that were not made, and why: a key of `texts.SKIPPED`."""

    @property
    def grade(self) -> Grade:
        """Of the whole: the worst of the checks."""
        return max(self.grades.values(), default="A")

    def found(self, severity: Severity) -> bool:
        """Whether there is a finding that is at least so severe."""
        worst = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return any(finding.severity in worst for finding in self.findings)


def grade_of(findings: Iterable[Finding], rows: int) -> Grade:
    """The grade that a check's findings give a file of so many rows.

    A: nothing. B: notes, or warnings for one row in a hundred. C: warnings for one in ten. D: more of them, or errors in up to one
    row in twenty. E: errors in more, or in the file as a whole.
    """
    findings = list(findings)
    errors = [f for f in findings if f.severity == "error"]
    if errors:
        few = all(f.count for f in errors) and sum(f.count for f in errors) <= rows / 20
        return "D" if few else "E"
    warnings = [f for f in findings if f.severity == "warning"]
    if not warnings:
        return "B" if findings else "A"
    share = sum(f.count / max(rows, 1) if f.count else _WHOLE_FILE for f in warnings)
    return "B" if share <= 0.01 else "C" if share <= _WHOLE_FILE else "D"


def about(code: str, rows: Sequence[Offender] = (), *, values: Mapping[str, str] | None = None) -> Finding:
    """A finding about these rows; without any, about the file.

    Args:
        values: what stands in its sentence.
    """
    from kotae.tuning.lint.texts import KINDS

    check, severity = KINDS[code]
    return Finding(
        check=check,
        code=code,
        severity=severity,
        count=len(rows),
        rows=tuple(rows[:SHOWN]),
        lines=tuple((row.line, other) for row in rows for other in row.all_others or (None,)),
        values=dict(values or {}),
    )


def findings_of(*found: tuple[str, Mapping[int, Offender]]) -> list[Finding]:
    """A finding for each code that has rows, in the order of their lines."""
    return [about(code, [rows[line] for line in sorted(rows)]) for code, rows in found if rows]
