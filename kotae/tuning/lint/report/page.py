"""The page: what is shown of a report, and how it is put together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kotae.html_page import render
from kotae.plain import visible
from kotae.tuning.lint import texts
from kotae.tuning.lint.finding import CHECKS, NOT_ASKED
from kotae.tuning.lint.report.words import WORDS
from kotae.tuning.lint.tables import GLYPHS, tally

if TYPE_CHECKING:
    from kotae.language import Language
    from kotae.tuning.lint.finding import Check, Report


def page(report: Report, *, lang: Language = "en", title: str = "") -> str:
    """The report as HTML.

    Args:
        title: default: the file's name.
    """
    return render(
        Path(__file__).parent,
        words=WORDS[lang],
        lang=lang,
        title=visible(title or report.file),
        report=report,
        checks=[_check(report, check, lang) for check in CHECKS if report.skipped.get(check) != NOT_ASKED],
        glyphs=GLYPHS,
        visible=visible,
        place=texts.place,
    )


def _check(report: Report, check: Check, lang: Language) -> dict[str, Any]:
    return {
        "id": check,
        "name": texts.CHECK_NAMES[lang][check],
        "grade": report.grades.get(check),
        "skipped": texts.skipped(report.skipped[check], lang) if check in report.skipped else "",
        "tally": tally(report, check, lang),
        "findings": [
            {
                "finding": finding,
                "said": visible(texts.said(finding, lang)),
                "advice": visible(texts.advice(finding, lang)),
            }
            for finding in report.findings
            if finding.check == check
        ],
    }
