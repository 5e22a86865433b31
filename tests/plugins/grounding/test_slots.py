"""What stands in a slot of the claim, and what the evidence has in its place."""

from __future__ import annotations

import pytest

from kotae.conversation import Passage
from plugins.grounding.evidence import gather
from plugins.grounding.numbers import equivalents, same
from plugins.grounding.slots import mismatches
from plugins.grounding.text import tokens


def rivals(claim: str, context: str, question: str = "") -> list[tuple[str, str]]:
    evidence = gather([Passage(id="1", document="", title="", text=context)])
    return [
        (mismatch.slot.value, mismatch.rival)
        for mismatch in mismatches(claim, tokens(claim), evidence, tokens(question))
    ]


@pytest.mark.parametrize(
    ("claim", "context", "expected"),
    [
        (
            "The request is approved by the auditor.",
            "The manager approves the request. The auditor reads the ledger.",
            [("auditor", "manager")],
        ),
        (
            "ER-12 means that the card is blocked.",
            "| ER-10 | The card is blocked |\n| ER-12 | The reader is dirty |",
            [("er-12", "ER-10")],
        ),
        (
            "返品を承認するのは購買担当者です。",
            "返品は倉庫管理者が承認します。購買担当者は注文を登録します。",
            [("購買担当者", "倉庫管理者")],
        ),
        (
            "A draft is deleted after 30 days.",
            "A draft is deleted after 7 days. Invoices are due after 30 days.",
            [("30", "7 days")],
        ),
        ("The manager approves the request.", "The request is approved by the manager, not the auditor.", []),
        ("A draft is deleted after one week.", "A draft is deleted after 7 days.", []),
    ],
)
def test_a_rival_in_the_same_place_is_found(
    claim: str, context: str, expected: list[tuple[str, str]]
) -> None:
    assert rivals(claim, context) == expected


def test_a_claim_that_says_little_is_about_the_question() -> None:
    context = "The restore of a backup is approved by a second administrator. The auditor reads the log."
    assert rivals("The auditor.", context) == []
    assert rivals("The auditor.", context, "Who approves the restore of a backup?") == [
        ("auditor", "administrator")
    ]


def test_amounts_are_the_same_in_other_units() -> None:
    assert same("2", "week", "14", "day")
    assert same("48", "hour", "2", "day")
    assert not same("2", "week", "12", "day")
    assert not same("3", "hour", "3", "day")
    assert not same("3", "day", "3", "hour")
    assert equivalents("14", "day") == {"14", "2", "336"}
