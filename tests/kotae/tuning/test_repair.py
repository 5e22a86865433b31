"""Files of rows mended as far as nobody has to judge."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kotae.tuning.lint.finding import Report, about
from kotae.tuning.lint.form import read
from kotae.tuning.lint.lint import Given, lint
from kotae.tuning.lint.repair import Repaired, repair
from kotae.tuning.tokens import estimate
from tests.kotae.tuning import control, planted
from tests.kotae.tuning.control import chat
from tests.kotae.tuning.planted import Planted

CONTROL = control.lines()
MENDED = [fault for fault in planted.IN_ROWS if fault.check in ("format", "duplicates", "privacy")]
"""What needs no judgement."""
STAYS = ("same-role", "unknown-key", "control", "few-rows", "mixed-kinds", "bom")
"""Of them, what a service takes, and what is about the file."""


def linted(data: bytes, **given: Any) -> Report:
    found = read(data, estimate(), 2000)
    return lint("rows.jsonl", data, found, Given(**given), estimate())


def file(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def mended(data: bytes, **given: Any) -> Repaired:
    return repair(data, linted(data, **given), "en")


def rows(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def test_clean_rows_stay_as_they_are() -> None:
    data = file(*CONTROL)
    assert mended(data) == Repaired(data, b"", 200, 0, 0, 0)


@pytest.mark.parametrize("fault", [fault for fault in MENDED if fault.code not in STAYS], ids=str)
def test_what_was_planted_is_not_found_again(fault: Planted) -> None:
    data = file(*CONTROL, *fault.rows)
    done = mended(data)
    assert fault.code not in {finding.code for finding in linted(done.kept).findings}
    assert done.kept.startswith(file(*CONTROL))
    assert done.dropped + done.masked == len(fault.found)
    if fault.personal:
        assert fault.personal.encode() not in done.kept


def test_of_more_repetitions_than_a_report_names_the_first_is_left() -> None:
    data = file(*CONTROL, *[CONTROL[0]] * 50)
    done = mended(data)
    assert (done.kept, done.dropped) == (file(*CONTROL), 50)


def test_two_answers_to_one_question_are_both_put_before_somebody() -> None:
    one = chat("How long may the atlas be lent?", "The atlas may be lent for 7 days.")
    other = chat(
        "How long may the atlas be lent?",
        "The atlas may be lent for 9 days.",
        metadata={"pages": ["loans.md"]},
    )
    done = mended(file(*CONTROL, *(json.dumps(row).encode() for row in (one, other))))
    assert (done.kept, done.set_aside) == (file(*CONTROL), 2)
    aside = rows(done.aside)
    assert [row["messages"] for row in aside] == [one["messages"], other["messages"]]
    assert all(row["metadata"]["reason"] for row in aside)
    assert aside[1]["metadata"]["pages"] == ["loans.md"]


def test_what_the_flaggers_doubt_is_put_aside_with_their_reason_and_without_personal_data() -> None:
    from kotae.tuning.lint.finding import Offender

    doubted = json.dumps(
        chat("Whom do I ask?", "Ask at desk 9, or write to minato.k@hall-nine.co.jp.")
    ).encode()
    found = about("wrong-number", [Offender(line=201, sample="9", why="The nearest passage has “3”.")])
    done = mended(file(*CONTROL, doubted), accuracy=[found])
    (row,) = rows(done.aside)
    assert row["metadata"]["reason"].endswith("The nearest passage has “3”.")
    assert "minato" not in str(row)
    assert (done.rows, done.masked) == (200, 1)


def test_rows_that_the_test_set_asks_about_are_left_out() -> None:
    asked = json.loads(CONTROL[3])
    test = read(file(json.dumps(asked).encode()), estimate()).rows
    done = mended(file(*CONTROL), test=test)
    assert CONTROL[3] not in done.kept.splitlines()
    assert done.dropped == 1
