"""What the checks find in rows to train on, and what they let pass."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from kotae.tuning.lint import texts
from kotae.tuning.lint.finding import CHECKS, Finding, Offender, Report, grade_of
from kotae.tuning.lint.form import read
from kotae.tuning.lint.lint import Given, lint
from kotae.tuning.lint.privacy import find
from kotae.tuning.tokens import estimate
from tests.kotae.tuning import control, planted
from tests.kotae.tuning.control import chat
from tests.kotae.tuning.planted import IN_ROWS, Planted

CONTROL = control.lines()
MAX_TOKENS = 2000
_WORDS = "amber birch cedar delta ember fjord grove heron islet jetty knoll larch maple north ocean"
_VALUES = "limit tokenizer rows least share form word length forms written often pages page count mask"
"""All that stands in sentences of findings."""


def linted(lines: Sequence[bytes], *, before: bytes = b"", **given: Any) -> Report:
    data = before + b"\n".join(lines) + b"\n"
    found = read(data, estimate(), MAX_TOKENS)
    pages = {row.line: row.pages for row in found.rows if row.pages}
    return lint("rows.jsonl", data, found, Given(pages=pages, **given), estimate())


def dumped(rows: Sequence[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(row, ensure_ascii=False).encode() for row in rows]


def named(report: Report, code: str) -> list[int]:
    return sorted(row.line for finding in report.findings if finding.code == code for row in finding.rows)


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def test_nothing_is_wrong_with_clean_rows() -> None:
    report = linted(CONTROL, test=read(b"", estimate()).rows)
    assert (report.rows, report.findings) == (200, [])
    assert report.grade == "A"
    assert set(report.skipped) == {"accuracy"}


def test_at_least_forty_faults_are_planted_and_of_every_check() -> None:
    faults = (*IN_ROWS, *planted.ACCURACY)
    assert len(faults) >= 40
    assert {fault.check for fault in faults} >= set(CHECKS) - {
        "diversity",
        "complexity",
        "sources",
        "leakage",
    }


@pytest.mark.parametrize("fault", IN_ROWS, ids=str)
def test_a_planted_fault_is_found_in_its_line_and_no_other(fault: Planted) -> None:
    report = linted([*CONTROL, *fault.rows])
    assert named(report, fault.code) == [len(CONTROL) + 1 + place for place in fault.found]
    assert {finding.check for finding in report.findings if finding.code == fault.code} == {fault.check}
    assert report.grades[fault.check] > "A"  # type: ignore[index]


@pytest.mark.parametrize("fault", IN_ROWS, ids=str)
def test_a_planted_fault_raises_nothing_in_the_other_checks(fault: Planted) -> None:
    report = linted([*CONTROL, *fault.rows])
    # What can't be read as a row is looked through for personal data, and a row that is wrong in form may be one to be.
    assert {finding.check for finding in report.findings} <= {fault.check, "format"}


def test_all_faults_are_found_when_they_stand_in_one_file() -> None:
    lines = list(CONTROL)
    expected: Counter[tuple[str, int]] = Counter()
    for fault in IN_ROWS:
        expected.update((fault.code, len(lines) + 1 + place) for place in fault.found)
        lines += fault.rows
    report = linted(lines)
    found = {(finding.code, row.line) for finding in report.findings for row in finding.rows}
    assert set(expected) - found == set()


@pytest.mark.parametrize("fault", planted.PRIVACY, ids=str)
def test_no_report_repeats_personal_data(fault: Planted) -> None:
    said = repr(linted([*CONTROL, *fault.rows]))
    assert fault.personal
    assert fault.personal not in said


@pytest.mark.parametrize(
    "said",
    [
        "Invoice INV-2026-000123 of 2026-03-31 is over 1,000,000 yen.",
        "Accounts 110000 to 119999 are assets; version 7.2.10 came in 2026.",
        "Order 4500001234, parcel 123456789012, from 2026/04/01 to 2027/03/31.",
        "Write to help@example.com, or help@example.co.jp.",
        "The password has to have 12 characters; the API key stands under Admin.",
        "パスワードは12文字以上にします。お客さんと業者さんに連絡してください。",
        "倉庫担当：棚番の登録・変更。担当：経理部。皆さんにお知らせします。",
    ],
)
def test_numbers_and_roles_are_no_personal_data(said: str) -> None:
    assert find(said) == []


def test_a_byte_order_mark_is_found() -> None:
    report = linted(CONTROL, before=b"\xef\xbb\xbf")
    assert (codes(report), named(report, "bom"), report.rows) == ({"bom"}, [1], 200)


def test_the_mark_of_a_file_that_was_appended_is_found_and_its_row_read() -> None:
    mark = b"\xef\xbb\xbf"
    report = linted([*CONTROL[:20], mark + CONTROL[20], *CONTROL[21:]], before=mark)
    assert (codes(report), named(report, "bom"), report.rows) == ({"bom"}, [1, 21], 200)


def test_too_few_rows_are_an_error_and_shares_of_them_are_not_judged() -> None:
    report = linted(CONTROL[:9])
    assert "few-rows" in codes(report)
    assert report.grades["format"] == "E"
    assert (report.skipped["diversity"], report.skipped["complexity"]) == ("few-rows", "few-rows")


def test_nothing_usable_at_all_is_told_and_grades_no_more_than_it_can() -> None:
    report = linted([b"nothing", b"of use"])
    assert (report.rows, codes(report)) == (0, {"json", "few-rows"})
    assert report.skipped["duplicates"] == "no-rows"
    assert linted([]).grade == "E"


# What is wrong with a file as a whole.


def varied(
    question: str, answer: str = "It is in hall {n}, on the shelf with the red sign, next to the door."
) -> list[bytes]:
    """Sixty rows of one make, which `{n}` and `{word}` tell apart."""
    words = _WORDS.split()
    return dumped(
        [
            chat(
                question.format(n=n, word=words[n % 15]),
                (answer * (1 + n % 3)).format(n=n, word=words[n % 15]),
            )
            for n in range(60)
        ]
    )


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("one-form", varied("How do I find the {word} map number {n}?")),
        ("one-topic", varied("{word} atlas {n}, where?")),
        (
            "few-forms",
            [line for start in ("Where is", "What is", "How is") for line in varied(start + " {word} {n}?")],
        ),
        ("one-length", varied("{word} {n}?", "It is in hall {n} by {word}.")[::3]),
        ("one-wording", varied("{word} {n}?")),
    ],
)
def test_rows_without_diversity_are_told_so(code: str, lines: list[bytes]) -> None:
    if code == "one-length":
        lines = dumped([chat(f"{n} mice?", f"It is in hall {n:03} upstairs.") for n in range(60)])
    report = linted(lines)
    assert code in codes(report)
    assert report.grades["diversity"] >= "C"


@pytest.mark.parametrize(
    ("code", "spared"),
    [
        ("no-negative", lambda row: not _negative(row)),
        ("no-unknown", lambda row: "manual does not" not in str(row) and "記載がありません" not in str(row)),
        ("no-later-turn", lambda row: len(row["messages"]) < 4),
        ("no-joined", lambda row: len(row["metadata"]["pages"]) < 2),
    ],
)
def test_rows_without_complexity_are_told_so(code: str, spared: Any) -> None:
    left = [row for row in control.rows() if spared(row)]
    assert len(left) > 100
    report = linted(dumped(left))
    assert code in codes(report)
    assert report.grades["complexity"] >= "C"


def _negative(row: dict[str, Any]) -> bool:
    answer = row["messages"][-1]["content"]
    return any(
        said in answer
        for said in ("No.", "no colour", "does not", "cannot", "いいえ", "ありません", "できません")
    )


def test_pages_without_rows_are_named() -> None:
    pages = {page for row in control.rows() for page in row["metadata"]["pages"]}
    report = linted(CONTROL, manual_pages=[*sorted(pages), *(f"new/{n}.md" for n in range(6))])
    (finding,) = report.findings
    assert (finding.code, finding.values["count"]) == ("uncovered", "6")
    assert "new/0.md" in texts.said(finding, "en")


def test_rows_from_one_page_mainly_are_named() -> None:
    rows = control.rows()
    for row in rows[:80]:
        row["metadata"]["pages"] = ["loans/terms.md"]
    report = linted(dumped(rows))
    (finding,) = [f for f in report.findings if f.code == "one-page"]
    assert finding.count > 80
    assert "loans/terms.md" in finding.values["page"]


def test_rows_page_by_page_are_noted() -> None:
    rows = sorted(control.rows(), key=lambda row: row["metadata"]["pages"][0])
    report = linted(dumped(rows))
    assert codes(report) == {"in-order"}
    assert report.grades["sources"] == "B"


def test_without_pages_sources_are_not_judged() -> None:
    rows = [{"messages": row["messages"]} for row in control.rows()]
    assert linted(dumped(rows)).skipped["sources"] == "no-pages"


def test_test_questions_that_are_trained_on_are_found() -> None:
    alone = next(line for line in CONTROL if len(json.loads(line)["messages"]) == 3)
    asked = json.loads(alone)["messages"][1]["content"]
    test = [
        chat("What is never asked about above?", "This."),
        chat(f"{asked.rstrip('?')} ?", "Whatever."),
        chat("Where in the branch do visitors find the large atlas of the world, please?", "There."),
        chat("Are there 5 or more rooms where readers can sit down and read?", "Yes."),
    ]
    trained = [
        *CONTROL,
        *dumped(
            [
                chat("Where in the branch do visitors find the large atlas of the world?", "There."),
                chat("Are there 7 or more rooms where readers can sit down and read?", "No."),
            ]
        ),
    ]
    report = linted(trained, test=read(b"\n".join(dumped(test)), estimate()).rows)
    assert named(report, "trained-on") == [2]
    assert named(report, "near-leak") == [3]
    (near,) = [finding for finding in report.findings if finding.code == "near-leak"]
    assert near.rows[0].other == 201
    assert report.grades["leakage"] == "E"


# Words and grades.


def test_every_finding_has_words_and_advice_in_both_languages() -> None:
    for code, (check, severity) in texts.KINDS.items():
        values = dict.fromkeys(
            [
                "limit",
                "tokenizer",
                "rows",
                "least",
                "share",
                "form",
                "word",
                "length",
                "forms",
                "written",
                "often",
                "pages",
                "page",
                "count",
                "mask",
            ],
            "X",
        )
        finding = Finding(check=check, code=code, severity=severity, values=values)
        for lang in ("en", "ja"):
            assert texts.said(finding, lang)
            assert len(texts.advice(finding, lang)) > 8
        assert texts.said(finding, "en") != texts.said(finding, "ja")


def test_every_check_and_reason_has_a_name_in_both_languages() -> None:
    assert tuple(texts.CHECK_NAMES["en"]) == tuple(texts.CHECK_NAMES["ja"]) == CHECKS
    for reason in texts.SKIPPED:
        assert texts.skipped(reason, "en") != texts.skipped(reason, "ja")


def of(severity: Any, count: int) -> Finding:
    return Finding(
        check="format", code="json", severity=severity, count=count, rows=(Offender(line=1),) if count else ()
    )


@pytest.mark.parametrize(
    ("findings", "grade"),
    [
        ([], "A"),
        ([of("note", 0)], "B"),
        ([of("warning", 1)], "B"),
        ([of("warning", 10)], "C"),
        ([of("warning", 11)], "D"),
        ([of("warning", 0)], "C"),
        ([of("warning", 0), of("warning", 0)], "D"),
        ([of("error", 5)], "D"),
        ([of("error", 6)], "E"),
        ([of("error", 0)], "E"),
    ],
)
def test_grades_follow_severity_and_share(findings: list[Finding], grade: str) -> None:
    assert grade_of(findings, 100) == grade
