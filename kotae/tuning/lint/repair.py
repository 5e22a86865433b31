"""What can be mended in a file of rows without anybody's judgement, and what has to be put before somebody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from kotae.language import Language
from kotae.tuning.lint import texts
from kotae.tuning.lint.finding import Check, Finding, Report
from kotae.tuning.lint.form import lines_of
from kotae.tuning.lint.privacy import masked_line

_DROPPED: Mapping[Check, frozenset[str]] = {
    "format": frozenset(
        (
            "utf-8", "json", "object", "blank", "no-messages", "role", "content", "no-user", "no-answer", "system-late",
            "weight", "preference", "same-preference", "too-long",
        )
    ),
    "duplicates": frozenset(("duplicate", "near-duplicate")),
    "leakage": frozenset(("trained-on", "near-leak")),
}  # fmt: skip
"""What a service refuses, what is said already, and what would make the test one of memory."""
_JUDGED: tuple[Check, ...] = ("contradictions", "accuracy")
"""Either may be right, and the flaggers wrong: somebody has to look."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """A file in two: what can be trained on, and what has to be looked at first."""

    kept: bytes
    aside: bytes
    """Rows with the reason under `metadata.reason`."""
    rows: int
    """Rows that were kept."""
    dropped: int
    masked: int
    """Rows with personal data or secrets masked, on either side."""
    set_aside: int


def repair(data: bytes, report: Report, lang: Language) -> Repaired:
    """The file without what `report`, which is about it, names; rows that nothing is wrong with stay as they are, byte by byte.

    Rows that a service refuses, that repeat an earlier one, or that the test set asks about are left out. Of two answers to one
    question both are set aside, and so are answers that the flaggers doubt. Personal data and secrets are masked.
    """
    dropped: set[int] = set()
    reasons: dict[int, str] = {}
    for finding in report.findings:
        if finding.code in _DROPPED.get(finding.check, ()):
            # A leak is in the test set; what can be left out is the row of this file that it repeats.
            leaked = finding.check == "leakage"
            dropped.update(other if leaked and other is not None else line for line, other in finding.lines)
        elif finding.check in _JUDGED:
            _judge(finding, reasons, lang)
    kept: list[bytes] = []
    aside: list[bytes] = []
    masked = 0
    for number, line in enumerate(lines_of(data), 1):
        if number in dropped:
            continue
        clean = masked_line(line)
        masked += clean != line
        if number in reasons:
            aside.append(_with_reason(clean, reasons[number]))
        else:
            kept.append(clean)
    return Repaired(_file(kept), _file(aside), len(kept), len(dropped), masked, len(aside))


def _judge(finding: Finding, reasons: dict[int, str], lang: Language) -> None:
    said = texts.said(finding, lang)
    why = {row.line: f"{said} {row.why}" for row in finding.rows if row.why}
    for line, other in finding.lines:
        reasons.setdefault(line, why.get(line, said))
        if other is not None:
            reasons.setdefault(other, said)


def _with_reason(line: bytes, reason: str) -> bytes:
    row = json.loads(line)
    told = row.get("metadata")
    row["metadata"] = {**(told if isinstance(told, dict) else {}), "reason": reason}
    return json.dumps(row, ensure_ascii=line.isascii() and reason.isascii()).encode("utf-8", "replace")


def _file(lines: list[bytes]) -> bytes:
    return b"".join(line.rstrip(b"\r") + b"\n" for line in lines)
