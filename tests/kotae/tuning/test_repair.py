"""Files of rows mended as far as nobody has to judge."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import pytest

from kotae.tuning.lint import texts
from kotae.tuning.lint.finding import Report, about
from kotae.tuning.lint.form import lines_of, read
from kotae.tuning.lint.lint import Given, lint
from kotae.tuning.lint.privacy import masked
from kotae.tuning.lint.repair import REFUSED, Repaired, repair
from kotae.tuning.rows import Row
from kotae.tuning.tokens import estimate
from tests.kotae.tuning import control, planted
from tests.kotae.tuning.control import chat
from tests.kotae.tuning.planted import Planted

CONTROL = control.lines()
SAMPLE = Path(__file__).parents[3] / "sample_manual/tuning"
MENDED = [fault for fault in planted.IN_ROWS if fault.check in ("format", "duplicates", "privacy")]
"""What needs no judgement."""
STAYS = ("same-role", "unknown-key", "control", "few-rows", "mixed-kinds", "bom")
"""Of them, what a service takes, and what is about the file."""
CLAIMED = {
    *REFUSED,
    "bom",
    *(
        code
        for code, (check, _) in texts.KINDS.items()
        if check in ("duplicates", "contradictions", "leakage", "privacy")
    ),
}
"""Codes of what is not to be found in a repaired file."""
MOST = 2000
"""Tokens of a row."""


def linted(data: bytes, **given: Any) -> Report:
    found = read(data, estimate(), MOST)
    return lint("rows.jsonl", data, found, Given(**given), estimate())


def file(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def mended(data: bytes, *checks: Any, **given: Any) -> Repaired:
    report, test = linted(data, **given), given.get("test")
    return repair(data, report, estimate(), "en", max_tokens=MOST, test=test, checks=checks)


def rows(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def dumped(*found: dict[str, Any]) -> list[bytes]:
    return [json.dumps(row, ensure_ascii=False).encode() for row in found]


def asked(*questions: str) -> list[Row]:
    """A test set."""
    return read(file(*dumped(*(chat(question, "Whatever.") for question in questions))), estimate()).rows


def preference(question: str, preferred: str, rejected: str) -> dict[str, Any]:
    return {
        "input": {"messages": [{"role": "user", "content": question}]},
        "preferred_output": [{"role": "assistant", "content": preferred}],
        "non_preferred_output": [{"role": "assistant", "content": rejected}],
    }


def test_clean_rows_stay_as_they_are() -> None:
    data = file(*CONTROL)
    done = mended(data)
    assert (done.kept, done.aside, done.rows) == (data, b"", 200)
    assert (done.left_out, done.set_aside, done.masked, done.still) == ({}, {}, 0, ())


@pytest.mark.parametrize("fault", [fault for fault in MENDED if fault.code not in STAYS], ids=str)
def test_what_was_planted_is_not_found_again(fault: Planted) -> None:
    done = mended(file(*CONTROL, *fault.rows))
    assert fault.code not in {finding.code for finding in linted(done.kept).findings}
    assert done.kept.startswith(file(*CONTROL))
    assert sum(done.left_out.values()) + done.masked == len(fault.found)
    if fault.personal:
        assert fault.personal.encode() not in done.kept


# What is said twice.


def test_of_more_repetitions_than_a_report_names_the_first_is_left() -> None:
    done = mended(file(*CONTROL, *[CONTROL[0]] * 50))
    assert (done.kept, done.left_out) == (file(*CONTROL), {"duplicates": 50})


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (
            "Whom do I ask?",
            ("Write to hanako@minato-lib.jp, please.", "Write to taro@minato-lib.jp, please."),
        ),
        ("Whom do I ring?", ("Ring 03-1234-5678 for help.", "Ring 03-1234-9876 for help.")),
        ("Where to?", ("To DE89 3704 0044 0532 0130 00.", "To GB82 WEST 1234 5698 7654 32.")),
        (
            "振込先はどこですか",
            ("普通 1234567 に振り込んでください。", "普通 7654321 に振り込んでください。"),
        ),
    ],
    ids=["mail", "phone", "account", "ja"],
)
def test_of_rows_that_only_masking_makes_alike_the_first_stays(
    question: str, answers: tuple[str, str]
) -> None:
    first, second = dumped(*(chat(question, answer) for answer in answers))
    done = mended(file(*CONTROL, first, second))
    assert done.kept == file(*CONTROL, *dumped(chat(question, masked(answers[0]))))
    assert (done.left_out, done.set_aside, done.masked) == ({"duplicates": 1}, {}, 1)


def test_a_row_is_left_out_for_one_that_stays_and_not_for_one_that_goes_itself() -> None:
    steps = [
        "Where in the branch do visitors find the large atlas of the world",
        "Where in the branch do visitors find the large old atlas of the world",
        "Where in the branch do visitors find the large old atlas of the world now",
        "Where in the branch do visitors then find the large old atlas of the world now",
        "Where in the branch may visitors then find the large old atlas of the world now",
    ]
    lines = dumped(*(chat(f"{step}?", "It stands in the reading room.") for step in steps))
    done = mended(file(*CONTROL, *lines))
    kept = done.kept.splitlines()[len(CONTROL) :]
    assert kept[0] == lines[0]
    assert 1 < len(kept) < len(lines)
    assert len(kept) + done.left_out["duplicates"] == len(lines)


def test_preference_rows_with_other_rejected_answers_are_different_rows() -> None:
    question, preferred = "Where is the atlas?", "The atlas stands in the reading room."
    lines = dumped(
        preference(question, preferred, "Somewhere upstairs, I believe."),
        preference(question, preferred, "There is no atlas in this house."),
        preference(question, preferred, "Somewhere upstairs, I believe!"),
    )
    done = mended(file(*lines))
    assert done.kept == file(*lines[:2])
    assert done.left_out == {"duplicates": 1}


# What is said differently.


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


def test_preferences_the_other_way_round_contradict_each_other() -> None:
    question, one, other = "Where is the atlas?", "It stands in the reading room.", "It stands in hall nine."
    done = mended(file(*dumped(preference(question, one, other), preference(question, other, one))))
    assert (done.rows, done.set_aside) == (0, {"contradictions": 2})


def test_what_is_set_aside_says_why_in_which_line_and_keeps_what_was_said_of_it() -> None:
    one = chat(
        "How long may the atlas be lent?", "The atlas may be lent for 7 days.", metadata="from the desk"
    )
    other = chat(
        "How long may the atlas be lent?",
        "The atlas may be lent for 9 days.",
        metadata={"pages": ["loans.md"]},
    )
    done = mended(file(*CONTROL, *dumped(one, other)))
    assert (done.kept, done.set_aside) == (file(*CONTROL), {"contradictions": 2})
    aside = rows(done.aside)
    assert [row["messages"] for row in aside] == [one["messages"], other["messages"]]
    assert aside[0]["metadata"]["given"] == "from the desk"
    assert aside[1]["metadata"]["pages"] == ["loans.md"]
    assert aside[0]["metadata"]["reason"].endswith(" (line 201≠202)")
    assert aside[1]["metadata"]["reason"].endswith(" (line 202≠201)")


def test_what_the_flaggers_doubt_is_put_aside_with_their_reason_and_without_personal_data() -> None:
    from kotae.tuning.lint.finding import Offender

    doubted = json.dumps(
        chat("Whom do I ask?", "Ask at desk 9, or write to minato.k@hall-nine.co.jp.")
    ).encode()
    found = about("wrong-number", [Offender(line=201, sample="9", why="The nearest passage has “3”.")])
    done = mended(file(*CONTROL, doubted), accuracy=[found])
    (row,) = rows(done.aside)
    assert row["metadata"]["reason"].endswith("The nearest passage has “3”. (line 201)")
    assert "minato" not in str(row)
    assert (done.rows, done.masked, done.set_aside) == (200, 1, {"accuracy": 1})


# What is asked by the test set.


def test_rows_that_the_test_set_asks_about_are_left_out() -> None:
    test = read(file(CONTROL[3]), estimate()).rows
    done = mended(file(*CONTROL), test=test)
    assert CONTROL[3] not in done.kept.splitlines()
    assert done.left_out == {"leakage": 1}


@pytest.mark.parametrize(
    "test",
    [
        "Where in the branch do visitors find the large atlas of the world?",
        "Where in the branch do visitors find the large atlas of the world, please?",
    ],
)
def test_every_row_that_a_test_question_was_learnt_from_is_left_out(test: str) -> None:
    question = "Where in the branch do visitors find the large atlas of the world?"
    lines = dumped(
        chat(question, "It stands in the reading room."),
        chat(question, "On the second floor, beside the globe."),
        chat(question.replace("?", " now?"), "Ask at the desk, they will show you."),
    )
    given = asked(test, "What is never asked about above?")
    done = mended(file(*CONTROL, *lines), test=given)
    assert (done.kept, done.left_out) == (file(*CONTROL), {"leakage": 3})
    (found,) = [f for f in linted(file(*CONTROL, *lines), test=given).findings if f.check == "leakage"]
    assert found.count == 1
    assert sorted(found.rows[0].all_others) == [201, 202, 203]


# What a file may be like.

_PERSONAL = chat("Whom do I ask?", "Write to hanako@minato-lib.jp.")
_CLASH = [chat("Is tea served?", "Yes, tea is served."), chat("Is tea served?", "No, tea is not served.")]
HOSTILE = {
    "bom": BOM_UTF8 + file(*CONTROL[:12]),
    "two-marks": BOM_UTF8 * 2 + file(*CONTROL[:12]) + BOM_UTF8 + file(*CONTROL[12:24]),
    "crlf": b"\r\n".join((*CONTROL[:12], *dumped(_PERSONAL, *_CLASH), CONTROL[0], b"")),
    "blank-lines": b"\n\n" + b"\n \n".join(CONTROL[:12]) + b"\n\n\n",
    "no-end": b"\n".join((*CONTROL[:12], CONTROL[0])),
    "carriage-return-at-the-end": b"\n".join(CONTROL[:12]) + b"\r",
    "metadata": file(
        *CONTROL[:12],
        *dumped(
            *(
                chat(f"Is room {n} open?", f"Room {n} {is_} open.", metadata=said)
                for n, said in enumerate(["said", ["a@minato-lib.jp"], 3, None, {"reason": "none"}])
                for is_ in ("is", "is not")
            )
        ),
    ),
    "preferences": file(
        *dumped(
            *(preference(f"Is room {n} open?", "It is.", f"Ring 03-1234-567{n}.") for n in range(12)),
            *(preference(f"Is room {n} open?", f"Ring 03-1234-567{n}.", "It is.") for n in range(3)),
            preference("Is it?", "It is.", "It is."),
        ),
        *CONTROL[:2],
    ),
    "japanese": file(
        *CONTROL[:40],
        *dumped(
            chat("地図帳は館外に持ち出せますか？", "はい、週末に限り持ち出せます。"),
            chat("地図帳は館外に持ち出せますか", "いいえ、持ち出しはできません。"),
            chat("鍵は誰が持っていますか", "山下花子さんが持っています。"),
            chat("鍵は誰が持っていますか", "佐藤次郎さんが持っています。"),
            chat("鍵は誰が持っていますか？", "高橋三郎さんが持っています。"),
        ),
    ),
    "personal-beside-personal": file(
        *CONTROL[:12],
        *dumped(
            chat("And the key?", "password: 4111 1111 1111 1111x9, 03-1234-56780a1b2c3d"),
            chat("And the rest?", "[CARD]: 4111111111111111 [EMAIL]a@minato-lib.jp password is [PHONE]7"),
        ),
    ),
    "no-rows": b"\xff\n{}\n[]\n",
    "nothing": b"",
}


@pytest.mark.parametrize(
    "data",
    [
        *(
            pytest.param(place.read_bytes(), id=place.name)
            for place in sorted(SAMPLE.glob("faulty.en*.jsonl"))
        ),
        *(pytest.param(data, id=name) for name, data in HOSTILE.items()),
        pytest.param(file(*CONTROL, *(row for fault in planted.IN_ROWS for row in fault.rows)), id="planted"),
    ],
)
def test_a_repaired_file_has_nothing_that_is_claimed_to_be_mended(data: bytes) -> None:
    test = [row for row in read(data, estimate(), MOST).rows if row.line % 7 == 3]
    for given in ({}, {"test": test}):
        done = mended(data, **given)
        again = linted(done.kept, **given)
        assert {finding.code for finding in again.findings} & CLAIMED == set()
        assert not {f.check for f in linted(done.aside).findings} & {"privacy"}
        assert {finding.code for finding in again.findings if finding.severity == "error"} == set(done.still)
        assert mended(done.kept, **given).kept == done.kept
        assert b"\r" not in done.kept + done.aside
        assert done.rows == len(done.kept.splitlines())
        lines = done.rows + sum(done.left_out.values()) + sum(done.set_aside.values())
        assert lines == len(lines_of(data))


def test_what_is_not_checked_is_left_as_it_was() -> None:
    lines = [*CONTROL, b"no row", *dumped(_PERSONAL, *_CLASH), CONTROL[0]]
    assert mended(file(*lines), "duplicates").kept == file(*lines[:-1])
    assert mended(file(*lines), "privacy").kept.count(b"\n") == len(lines)
    assert mended(file(*lines), "format").left_out == {"format": 1}


def test_what_a_service_will_refuse_all_the_same_is_said() -> None:
    done = mended(file(*CONTROL[:12], *dumped(preference("Is it?", "It is.", "No."))))
    assert done.still == ("mixed-kinds",)
    assert mended(file(*CONTROL[:4])).still == ("few-rows",)


# Masks.

_WORDS = "amber birch cedar delta ember fjord grove heron islet jetty knoll larch maple north ocean"


def test_masking_what_is_masked_changes_nothing_and_finds_nothing() -> None:
    for fault in planted.PRIVACY:
        for line in fault.rows:
            once = masked(line.decode())
            assert masked(once) == once
    assert masked("4111 1111 1111 1111 03-1234-5678") == "[CARD] [PHONE]"


def test_masks_are_neither_words_nor_names_when_a_masked_file_is_checked() -> None:
    words = _WORDS.split()
    lines = dumped(
        *(
            chat(f"{word} [EMAIL] {n}?", f"{'Ask there. ' * (n % 3)}{word} {n}.")
            for n, word in enumerate(words * 4)
        ),
        *(chat(f"{words[n]} {n} now?", f"By e-mail {n}, {words[n]}.") for n in range(9)),
    )
    report = linted(file(*lines))
    assert "one-topic" not in {finding.code for finding in report.findings}
    assert [finding.values for finding in report.findings if finding.check == "consistency"] == []
    japanese = [chat(f"{n}階の窓口は", f"連絡先は[PHONE]です。{n}番へ。") for n in "１２３４５６７８９"]
    assert "width" not in {finding.code for finding in linted(file(*dumped(*japanese))).findings}
