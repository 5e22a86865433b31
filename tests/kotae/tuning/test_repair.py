"""Files of rows mended as far as nobody has to judge."""

from __future__ import annotations

import json

import pytest

from kotae.tuning.lint.finding import about
from kotae.tuning.lint.form import read
from kotae.tuning.lint.privacy import masked, masked_line
from kotae.tuning.tokens import estimate
from tests.kotae.tuning import control, planted
from tests.kotae.tuning.control import chat
from tests.kotae.tuning.mending import CLASH, PERSONAL, asked, dumped, file, linted, mended, preference, rows
from tests.kotae.tuning.planted import Planted

CONTROL = control.lines()
MENDED = [fault for fault in planted.IN_ROWS if fault.check in ("format", "duplicates", "privacy")]
"""What needs no judgement."""
STAYS = ("same-role", "unknown-key", "control", "few-rows", "mixed-kinds", "bom")
"""Of them, what a service takes, and what is about the file."""


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


# What is not mended.


def test_what_is_not_checked_is_left_as_it_was() -> None:
    lines = [*CONTROL, b"no row", *dumped(PERSONAL, *CLASH), CONTROL[0]]
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


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('Set password="hunter22",retries=3', 'Set password="[SECRET]",retries=3'),
        ("pwd='abc12345',port=5432", "pwd='[SECRET]',port=5432"),
        ('password: abc12345"9', 'password: [SECRET]"9'),
    ],
)
def test_masking_ends_where_a_digit_stands_behind_a_quote(text: str, clean: str) -> None:
    assert masked(text) == clean
    assert masked(clean) == clean


def test_names_in_json_are_masked_too_and_numbers_beyond_bounds_stay_json() -> None:
    assert masked_line(b'{"john.doe@corp.com": 1}') == b'{"[EMAIL]": 1}'
    assert masked_line(b'{"a": 1e999, "b": "john.doe@corp.com"}') == b'{"a": 1e999, "b": "[EMAIL]"}'


def test_a_sign_that_says_the_opposite_makes_no_duplicate() -> None:
    asks, says = "Which limit holds for the field called amount?", "The amount has to be {} 5 in it."
    lines = [chat(asks, says.format(sign)) for sign in (">=", "<=")]
    data = file(*CONTROL, *dumped(*lines))
    done = mended(data)
    assert (done.rows, done.set_aside) == (202, {})
    assert done.kept == data


def test_rows_by_one_template_that_differ_in_a_name_are_no_duplicates() -> None:
    names = ["".join("アイウエオカキクケコ"[int(digit)] for digit in f"{number:03}") for number in range(400)]
    lines = [
        chat(
            f"商品{name}ルの在庫を確認する画面はどこにありますか。",
            f"在庫照会を開き、商品{name}ルを選択します。",
        )
        for name in names
    ]
    assert "near-duplicate" not in {finding.code for finding in linted(file(*dumped(*lines))).findings}


def test_every_row_that_leaks_a_test_question_goes_however_many_there_are() -> None:
    names = [a + b + c for a in "bcdfg" for b in "aeiou" for c in "klmnp"]
    asks = "Where in the whole of the product does a clerk look up the stock of the article {} in each of the warehouses?"
    lines = dumped(*(chat(asks.format(name), "It is so.") for name in names))
    found = linted(file(*lines), test=asked(asks.format("zzz"))).findings
    (leak,) = (finding for finding in found if finding.check == "leakage")
    (row,) = leak.rows
    assert 1 + len(row.others) == len(names) == 125
