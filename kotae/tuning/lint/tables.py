"""The report as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from kotae.plain import escaped_line
from kotae.tuning.lint import texts
from kotae.tuning.lint.finding import CHECKS, NOT_ASKED, SEVERITIES
from kotae.tuning.lint.report.words import WORDS

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from kotae.language import Language
    from kotae.tuning.lint.finding import Check, Finding, Report

GRADE_STYLES = {"A": "green", "B": "green", "C": "yellow", "D": "red", "E": "bold red"}
SEVERITY_STYLES = {"error": "red", "warning": "yellow", "note": "dim"}
GLYPHS = {"error": "✗", "warning": "▲", "note": "·"}
_LINES = 6
"""Lines that are named in a terminal; JSON and HTML name more."""


Wrap = Callable[[str, int], list[tuple[int, int]]]
"""Gives the lines of a text, each from one offset to another, of at most so many cells."""


def tables(report: Report, lang: Language, wrap: Wrap) -> Iterator[Table | Text]:
    """The grades, then what was found of each check with what to do."""
    yield _heading(report, lang)
    yield _grades(report, lang)
    for check in CHECKS:
        if found := [finding for finding in report.findings if finding.check == check]:
            yield _findings(check, found, lang, wrap)


def _heading(report: Report, lang: Language) -> Text:
    words = WORDS[lang]
    rows = words["row" if report.rows == 1 else "rows"]
    sign = "≈ " if report.estimated else ""
    said = f"{escaped_line(report.file)}: {report.rows:,} {rows}, {sign}{report.tokens:,} {words['tokens']}"
    return Text(said, style="bold")


def _grades(report: Report, lang: Language) -> Table:
    words = WORDS[lang]
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column(Text(words["check"]), no_wrap=True)
    table.add_column(Text(words["grade"]), justify="center")
    table.add_column("", overflow="fold")
    for check in CHECKS:
        name = Text(texts.CHECK_NAMES[lang][check])
        if report.skipped.get(check) == NOT_ASKED:
            continue
        if check in report.skipped:
            table.add_row(
                name, Text("–", style="dim"), Text(texts.skipped(report.skipped[check], lang), style="dim")
            )
            continue
        grade = report.grades[check]
        table.add_row(name, Text(grade, style=GRADE_STYLES[grade]), Text(tally(report, check, lang)))
    table.add_section()
    table.add_row(
        Text(words["whole"], style="bold"), Text(report.grade, style=GRADE_STYLES[report.grade]), ""
    )
    return table


def tally(report: Report, check: str, lang: Language) -> str:
    """How many findings of which severity a check has, in words."""
    found = [finding.severity for finding in report.findings if finding.check == check]
    counts = {kind: found.count(kind) for kind in SEVERITIES}
    words = WORDS[lang]
    return words["and"].join(
        f"{count} {words[kind if count > 1 else f'one_{kind}']}" for kind, count in counts.items() if count
    )


class _Wrapped:
    """A text in lines that break where its language lets them."""

    def __init__(self, text: Text, wrap: Wrap) -> None:
        self._text = text
        self._wrap = wrap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for start, end in self._wrap(self._text.plain, options.max_width):
            yield self._text[start:end]


def _findings(check: Check, findings: list[Finding], lang: Language, wrap: Wrap) -> Table:
    table = Table.grid(padding=(0, 1))
    table.title, table.title_justify, table.title_style = Text(texts.CHECK_NAMES[lang][check]), "left", "bold"
    table.add_column(no_wrap=True)
    table.add_column()
    for finding in findings:
        told = Text(escaped_line(texts.said(finding, lang)))
        if finding.rows:
            told.append(f"  {_where(finding, lang)}", style="cyan")
            sample = escaped_line(finding.rows[0].sample)
            why = escaped_line(finding.rows[0].why)
            told.append("".join(f"\n{line}" for line in (sample, why) if line), style="dim")
        told.append(f"\n→ {escaped_line(texts.advice(finding, lang))}\n")
        glyph = Text(GLYPHS[finding.severity], style=SEVERITY_STYLES[finding.severity])
        table.add_row(glyph, _Wrapped(told, wrap))
    return table


def _where(finding: Finding, lang: Language) -> str:
    """How many rows, and the first lines of them, with those that they repeat or contradict."""
    named = [texts.place(row.line, row.all_others, finding.code) for row in finding.rows[:_LINES]]
    more = " …" if finding.count > len(named) else ""
    words = WORDS[lang]
    one = finding.count == 1
    return words["where"].format(
        count=f"{finding.count:,}",
        rows=words["row" if one else "rows"],
        line=words["line" if one else "lines"],
        lines=words["and"].join(named) + more,
    )
