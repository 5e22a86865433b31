"""What checks of a data set find, and what grade it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

Severity = Literal["error", "warning", "note"]
"""`error`: a service refuses the file, or what is learnt is wrong. `warning`: the model will be worse for it. `note`: to know."""
Grade = Literal["A", "B", "C", "D", "E"]
CHECKS = (
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
)
SHOWN = 20
"""Rows that a finding names; it counts them all."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fault, or one kind of fault in many rows."""

    check: str
    code: str
    """What sort of fault: `near-duplicate`, `email`."""
    severity: Severity
    said: str
    """What is the matter, in one sentence."""
    advice: str
    """What to do about it."""
    lines: tuple[int, ...] = ()
    """Lines of the file, the first `SHOWN`."""
    count: int = 0
    """How many rows."""
    sample: str = ""
    """Words of one of them."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All findings of a file."""

    file: str
    rows: int
    """Rows that have the form of one."""
    findings: list[Finding]
    grades: dict[str, Grade]
    """By check; a check that could not be made is not among them."""
    skipped: dict[str, str]
    """Checks that were not made, and why."""

    @property
    def grade(self) -> Grade:
        """Of the whole: the worst of the checks."""
        return max(self.grades.values(), default="A")


def grade_of(findings: Sequence[Finding], rows: int) -> Grade:
    """A: nothing. B: notes, or warnings for a row in a hundred. C: warnings for a row in ten. D: more, or errors in a row in twenty.
    E: errors in more rows, or in the file as a whole."""
    errors = [f for f in findings if f.severity == "error"]
    warnings = [f for f in findings if f.severity == "warning"]
    if errors:
        few = rows and all(f.count and f.count <= rows / 20 for f in errors)
        return "D" if few else "E"
    if not warnings:
        return "B" if findings else "A"
    worst = max(f.count / rows if f.count and rows else 0.1 for f in warnings)
    return "B" if worst <= 0.01 else "C" if worst <= 0.1 else "D"


def about(
    check: str,
    code: str,
    severity: Severity,
    said: str,
    advice: str,
    lines: Sequence[int] = (),
    sample: str = "",
) -> Finding:
    """A finding about the rows at these lines; without any, about the file."""
    return Finding(
        check=check,
        code=code,
        severity=severity,
        said=said,
        advice=advice,
        lines=tuple(lines[:SHOWN]),
        count=len(lines),
        sample=" ".join(sample.split())[:200],
    )
