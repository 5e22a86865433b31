"""What can be mended in a file of rows without anybody's judgement, and what has to be put before somebody."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kotae.events import Progress
from kotae.language import Language
from kotae.tuning.lint import texts
from kotae.tuning.lint.contradictions import contradictions
from kotae.tuning.lint.finding import CHECKS, Check, Finding, Report
from kotae.tuning.lint.form import MAX_TOKENS, bare, lines_of, read
from kotae.tuning.lint.lint import wants
from kotae.tuning.lint.privacy import masked_line
from kotae.tuning.lint.repeats import duplicates, leakage
from kotae.tuning.lint.report.words import WORDS
from kotae.tuning.rows import Row
from kotae.tuning.tokens import Tokenizer

REFUSED = frozenset(
    (
        "utf-8", "json", "object", "blank", "no-messages", "role", "content", "no-user", "no-answer", "system-late", "weight",
        "preference", "same-preference", "too-long",
    )
)  # fmt: skip
"""Faults of form with which a line is left out."""
MENDED: tuple[Check, ...] = ("format", "duplicates", "contradictions", "accuracy", "leakage", "privacy")
"""The checks that something is done about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A file in two: what can be trained on, and what has to be looked at first."""

    kept: bytes
    aside: bytes
    """Rows with the reason under `metadata.reason`."""
    rows: int
    """Rows that were kept."""
    left_out: Mapping[Check, int]
    """Lines that are in neither, by the check that they were left out for."""
    set_aside: Mapping[Check, int]
    """Rows in `aside`, by the check."""
    masked: int
    """Rows with personal data or secrets masked, on either side."""
    still: tuple[str, ...]
    """Codes of what a service will refuse `kept` for all the same: it has too few rows, or two kinds."""


def repair(
    data: bytes,
    report: Report,
    tokenizer: Tokenizer,
    lang: Language,
    *,
    max_tokens: int = MAX_TOKENS,
    test: Sequence[Row] | None = None,
    checks: Collection[Check] = (),
    progress: Callable[[Progress], None] = lambda _: None,
) -> Repaired:
    """The file without what needs no judgement; rows that nothing is wrong with stay as they are, byte by byte.

    Personal data and secrets are masked first, and rows compared as they are then. Lines that a service refuses, rows that repeat
    an earlier one, and rows that the test set asks about are left out. Of two answers to one question both are set aside, and so
    are answers that the flaggers doubt. What is kept is looked at again until none of that is found.

    Args:
        report: on the file; what the flaggers found is taken from it.
        test: rows of the test set.
        checks: those that are mended; empty: all.
    """
    lines = [bare(line).rstrip(b"\r") for line in lines_of(data)]
    clean = [masked_line(line) for line in lines] if wants(checks, "privacy") else lines
    found = read(_file(clean), tokenizer, max_tokens)
    sorting = _Sorting(lang)
    if wants(checks, "format"):
        for finding in found.findings:
            if finding.code in REFUSED:
                sorting.leave_out("format", (line for line, _ in finding.lines))
    for finding in report.findings:
        if finding.check == "accuracy":
            sorting.doubt(finding)
    rows = [row for row in found.rows if row.line not in sorting.left_out]
    progress(Progress("Repairing"))
    while sorting.sort(rows, test or (), checks):
        rows = [row for row in rows if sorting.keeps(row.line)]
    kept = [(line, number) for number, line in enumerate(clean, 1) if sorting.keeps(number)]
    aside = [number for number in range(1, len(clean) + 1) if number in sorting.set_aside]
    data = _file([line for line, _ in kept])
    faults = read(data, tokenizer, max_tokens).findings if wants(checks, "format") else ()
    return Repaired(
        kept=data,
        aside=_file([_with_reason(clean[number - 1], sorting.reason(number)) for number in aside]),
        rows=len(kept),
        left_out=_counted(sorting.left_out.values()),
        set_aside=_counted(sorting.set_aside[number].check for number in aside),
        masked=sum(clean[n - 1] != lines[n - 1] for n in (*aside, *(number for _, number in kept))),
        still=tuple(finding.code for finding in faults if finding.severity == "error"),
    )


@dataclass(slots=True)
class _Reason:
    """Why a row is set aside."""

    doubted: str = ""
    """What the flaggers say of it."""
    opposed: str = ""
    """What is the matter with it and another row."""
    against: dict[int, None] = field(default_factory=dict)
    """Their lines, in order."""

    @property
    def check(self) -> Check:
        return "contradictions" if self.against else "accuracy"


class _Sorting:
    """What becomes of the lines of a file."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang
        self.left_out: dict[int, Check] = {}
        self.set_aside: dict[int, _Reason] = {}

    def keeps(self, line: int) -> bool:
        """Whether nothing has been found against a line."""
        return line not in self.left_out and line not in self.set_aside

    def leave_out(self, check: Check, lines: Iterable[int]) -> None:
        for line in lines:
            self.left_out.setdefault(line, check)
            self.set_aside.pop(line, None)

    def doubt(self, finding: Finding) -> None:
        """Sets aside what flaggers doubt."""
        said = texts.said(finding, self._lang)
        why = {row.line: f"{said} {row.why}" for row in finding.rows if row.why}
        for line, _ in finding.lines:
            if line not in self.left_out:
                self.set_aside.setdefault(line, _Reason(why.get(line, said)))

    def sort(self, rows: Sequence[Row], test: Sequence[Row], checks: Collection[Check]) -> bool:
        """Looks for what rows repeat, contradict and give away; whether anything was found."""
        repeated = {f.code: f for f in (duplicates(rows) if wants(checks, "duplicates") else ())}
        opposed = contradictions(rows) if wants(checks, "contradictions") else []
        leaked = leakage(rows, test) if wants(checks, "leakage") else []
        # A leak is in the test set; what can be left out is the rows of this file that it repeats.
        self.leave_out("leakage", [other for finding in leaked for _, other in finding.lines if other])
        # What is there word for word is not lost with its repetition; of what is nearly the same, either may be the right one.
        if "duplicate" in repeated:
            self.leave_out("duplicates", [line for line, _ in repeated["duplicate"].lines])
        for finding in opposed:
            self._oppose(finding)
        if "near-duplicate" in repeated:
            self._leave_out_near(repeated["near-duplicate"])
        return bool(repeated or opposed or leaked)

    def reason(self, line: int) -> str:
        """Why a row is set aside, in words, with its line and those that it is not in keeping with."""
        why = self.set_aside[line]
        said = " ".join(part for part in (why.opposed, why.doubted) if part)
        return (
            f"{said} ({WORDS[self._lang]['line']} {texts.place(line, tuple(why.against), 'contradiction')})"
        )

    def _oppose(self, finding: Finding) -> None:
        said = texts.said(finding, self._lang)
        for line, other in finding.lines:
            if other is None:
                continue
            for one, against in ((line, other), (other, line)):
                if one not in self.left_out:
                    reason = self.set_aside.setdefault(one, _Reason())
                    reason.opposed = reason.opposed or said
                    reason.against[against] = None

    def _leave_out_near(self, finding: Finding) -> None:
        """Leaves out what is nearly as a row that stays or was set aside.

        Of a chain whose ends have little in common every second one stays; whether it is like another, the next look says.
        """
        gone = set(self.left_out)
        for line, other in finding.lines:
            opposed = line in self.set_aside and self.set_aside[line].against
            if line not in gone and other not in gone and not opposed:
                self.leave_out("duplicates", [line])
                gone.add(line)


def _with_reason(line: bytes, reason: str) -> bytes:
    row = json.loads(line)
    told = row.get("metadata")
    kept = told if isinstance(told, dict) else {} if told is None else {"given": told}
    row["metadata"] = {**kept, "reason": reason}
    return json.dumps(row, ensure_ascii=line.isascii() and reason.isascii()).encode("utf-8", "replace")


def _file(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _counted(checks: Iterable[Check]) -> dict[Check, int]:
    counted = Counter(checks)
    return {check: counted[check] for check in CHECKS if counted[check]}
