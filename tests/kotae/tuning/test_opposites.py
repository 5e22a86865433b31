"""Answers that say the opposite in nearly the same words, and those that do not."""

from __future__ import annotations

import pytest

from tests.kotae.tuning import control
from tests.kotae.tuning.control import chat
from tests.kotae.tuning.mending import dumped, file, linted, mended, rows

CONTROL = control.lines()


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "May staff lend the atlas?",
            "Staff can lend the atlas to readers.",
            "Staff cannot lend the atlas to readers.",
        ),
        (
            "May staff lend the atlas?",
            "Staff may lend the atlas to readers.",
            "Staff may not lend the atlas to readers.",
        ),
        (
            "What becomes of the list of lost books?",
            "The list of lost books is deleted at the end of the month.",
            "The list of lost books is not deleted at the end of the month.",
        ),
        (
            "How long may readers keep the large atlas?",
            "Readers may keep the large atlas of the world for three days.",
            "Readers may keep the large atlas of the world for three hours.",
        ),
        (
            "Is the night return box in use at weekends?",
            "The night return box beside the main door is enabled at weekends.",
            "The night return box beside the main door is disabled at weekends.",
        ),
        (
            "職員は地図帳を貸し出せますか",
            "職員は、閲覧室の大きな世界地図帳を利用者に貸し出すことができます。",
            "職員は、閲覧室の大きな世界地図帳を利用者に貸し出すことができません。",
        ),
        (
            "返却箱は週末も使えますか",
            "正面玄関の横にある夜間返却箱は、週末も有効になっています。",
            "正面玄関の横にある夜間返却箱は、週末も無効になっています。",
        ),
    ],
    ids=["cannot", "may-not", "not", "hours", "disabled", "ja-cannot", "ja-disabled"],
)
def test_of_two_answers_that_say_the_opposite_in_nearly_the_same_words_neither_is_lost(
    question: str, one: str, other: str
) -> None:
    system = control.SYSTEM["en" if question.isascii() else "ja"]
    lines = dumped(chat(question, one, system=system), chat(question, other, system=system))
    done = mended(file(*CONTROL, *lines))
    assert done.kept == file(*CONTROL)
    assert [row["messages"][-1]["content"] for row in rows(done.aside)] == [one, other]
    assert (done.left_out, done.set_aside) == ({}, {"contradictions": 2})
    report = linted(file(*CONTROL, *lines))
    assert {finding.code for finding in report.findings} == {"contradiction"}


def test_another_role_in_the_same_words_is_another_answer() -> None:
    question = "Who may waive the fee for a lost book?"
    one = "Only a Librarian of the branch may waive the fee for a lost book."
    done = mended(
        file(*CONTROL, *dumped(chat(question, one), chat(question, one.replace("Librarian", "Volunteer"))))
    )
    assert (done.rows, done.set_aside) == (200, {"contradictions": 2})


def test_a_question_asked_with_a_word_more_is_the_same_question() -> None:
    said = "Readers {} take the large atlas of the world out of the reading room."
    lines = dumped(
        chat("Are readers allowed to take the large atlas home?", said.format("can")),
        chat("Are readers ever allowed to take the large atlas home?", said.format("cannot")),
    )
    done = mended(file(*CONTROL, *lines))
    assert (done.kept, done.set_aside) == (file(*CONTROL), {"contradictions": 2})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A reservation is kept for seven days.", "A reservation is kept for one week."),
        (
            "Press Delete to remove the reservation.",
            "Press Delete to remove the reservation. This cannot be undone.",
        ),
        ("No, staff cannot keep a reservation.", "Staff cannot keep a reservation."),
        ("Staff keep the reservation for a reader.", "The reservation is kept by staff for readers."),
    ],
    ids=["week", "more-said", "no-no", "form"],
)
def test_answers_that_say_the_same_or_more_contradict_nothing(one: str, other: str) -> None:
    question = "What becomes of the reservation?"
    assert mended(file(*CONTROL, *dumped(chat(question, one), chat(question, other)))).set_aside == {}


def test_questions_about_opposites_are_two_questions() -> None:
    lines = dumped(
        *(
            chat(
                f"How do I {do} the night return box beside the main door of the branch?",
                f"Choose Return boxes, mark the box beside the main door and press {do.title()}.",
            )
            for do in ("enable", "disable")
        )
    )
    assert mended(file(*CONTROL, *lines)).kept == file(*CONTROL, *lines)


def test_all_rows_that_take_part_in_a_contradiction_are_put_before_somebody() -> None:
    lines = dumped(
        chat("How many chairs has the reading room?", "The reading room has 24 chairs."),
        chat("How many chairs does the reading room have?", "The reading room has 24 chairs."),
        chat("How many chairs has the reading room?", "The reading room has 42 chairs."),
    )
    done = mended(file(*CONTROL, *lines))
    assert (done.kept, done.set_aside) == (file(*CONTROL), {"contradictions": 3})
