"""What stands in a slot of the claim, and what the evidence has in its place."""

from __future__ import annotations

import pytest

from kotae.conversation import Passage
from plugins.grounding.evidence import gather
from plugins.grounding.mismatches import mismatches
from plugins.grounding.numbers import equivalents, same
from plugins.grounding.text import tokens
from tests.plugins.grounding.conftest import check


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


def test_people_named_in_one_go_all_do_it() -> None:
    context = "Documents in the archive may be opened by the Accountant, the Controller and the Auditor."
    assert rivals("The Auditor may open documents in the archive.", context) == []
    assert rivals("The Buyer may open documents in the archive.", context) == [("buyer", "Accountant")]


def test_a_number_that_stands_in_a_sentence_far_down_is_no_other_ones() -> None:
    others = "".join(f"Invoice {letter} has one payment for an invoice.\n" for letter in "ABCDEFGH")
    assert rivals(
        "An invoice has up to 100 payments.", f"An invoice of one sort has up to 7 payments.\n{others}"
    )
    assert not rivals(
        "An invoice has up to 100 payments.",
        f"An invoice of one sort has up to 7 payments.\n{others}Payments for an invoice: up to 100 payments.",
    )


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


PLANS = "| Plan | Price | Seats |\n|---|--:|--:|\n| Free | ¥0 | 1 |\n| Pro | ¥3,000 | 5 |\n| Team | ¥9,000 | 20 |\n"


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The Free plan costs ¥3,000.", [("3000", "¥0")]),
        ("The price of Pro is ¥9,000.", [("9000", "¥3,000")]),
        ("The Pro plan costs 3,000 yen.", []),
        ("Free costs ¥0, and Pro ¥3,000.", []),
        ("Some plan costs ¥3,000.", []),
        ("Free costs ¥0, everything else ¥3,000.", []),
        ("Free costs ¥0, the next plan ¥3,000.", []),
        ("Unlike Free, the biggest plan costs ¥9,000.", []),
    ],
)
def test_a_number_of_another_row_is_found(claim: str, expected: list[tuple[str, str]]) -> None:
    assert rivals(claim, PLANS) == expected


def test_a_number_of_another_column_is_found() -> None:
    table = "| | Free | Pro |\n|---|---|---|\n| Price | ¥0 | ¥3,000 |\n| Storage | 2 GB | 50 GB |\n"
    assert rivals("The storage of Free is 50 GB.", table) == [("50", "2 GB")]
    assert rivals("The storage of Pro is 50 GB.", table) == []


def test_a_number_of_another_row_that_a_sentence_has_is_none() -> None:
    assert rivals("The Free plan costs ¥3,000.", f"{PLANS}\nIn May the Free plan costs ¥3,000, too.") == []


def test_what_is_counted_is_a_unit() -> None:
    context = "A company can have up to 20 price lists. It has 50 warehouses."
    assert rivals("A company can have up to 50 price lists.", context) == [("50", "20")]
    assert rivals("A company can have up to 20 price lists.", context) == []


def test_a_row_is_named_by_a_word_of_its_own() -> None:
    table = (
        "| Role | Limit |\n|---|--:|\n| Clerk | 50,000 yen |\n| Purchasing Manager | 500,000 yen |\n"
        "\n| 役割 | 上限 |\n|---|--:|\n| 担当者 | 5万円 |\n| 購買課長 | 50万円 |\n"
    )
    assert rivals("What a clerk may not approve, up to 500,000 yen, goes to the manager.", table) == []
    assert not any(
        value.isdecimal() for value, _ in rivals("課長は50万円まで承認でき、担当者は5万円までです。", table)
    )
    assert rivals("A clerk may approve 500,000 yen.", table) == [("500000", "50,000 yen")]


@pytest.mark.parametrize(
    "context", ["The Pro plan costs ¥3,000 ($20).", "The Pro plan costs ¥3,000, in the US $20."]
)
def test_a_price_in_another_currency_is_no_rival(context: str) -> None:
    assert rivals("The Pro plan costs $20.", context) == []


async def test_who_agrees_is_held_against_the_page_though_the_claim_denies_something() -> None:
    page = "A period is reopened with the approval of the Controller. The auditor reads the log."
    wrong = "A period cannot be reopened without the approval of the auditor."
    assert "auditor" in {wrong[flag.start : flag.end] for flag in await check(wrong, page)}
    right = "An auditor may not reopen a period."
    assert "auditor" not in {right[flag.start : flag.end] for flag in await check(right, page)}


def test_somebody_at_the_end_of_a_passive_does_it_too() -> None:
    context = "The line manager approves the request. An approved request can be withdrawn by the employee until the leave begins."
    assert rivals("Until the leave begins, the employee can withdraw an approved request.", context) == []


@pytest.mark.parametrize(
    ("claim", "context"),
    [
        (
            "Teachers enter grades and students can view them.",
            "Only teachers can enter grades. Students can view them.",
        ),
        (
            "A manager can approve the payment.",
            "The clerk alone may not approve the payment; a manager has to.",
        ),
        (
            "A nurse can prescribe drugs.",
            "Not only a physician can prescribe drugs; specially trained nurses can too.",
        ),
        (
            "An employee can change his own address.",
            "Only an administrator can change an address of others. Employees change their own.",
        ),
        ("経理責任者が伝票を承認します。", "経理担当だけでは伝票を承認できません。"),
    ],
)
async def test_who_does_it_too_is_no_fault(claim: str, context: str) -> None:
    assert "contradicted" not in [flag.kind for flag in await check(claim, context)]


@pytest.mark.parametrize(
    "context",
    [
        "The manager approves the payment. The clerk may not.",
        "The manager approves the payment; below 100 euros the clerk may.",
        "The manager approves the payment. The clerk enters the payment.",
    ],
)
def test_who_does_something_else_does_not_do_it_too(context: str) -> None:
    assert rivals("The clerk approves the payment.", context) == [("clerk", "manager")]


def test_a_list_of_numbers_tells_which_is_whose() -> None:
    context = "耐用年数はパソコン4年、車両6年、建物38年です。"
    assert rivals("車両の耐用年数は6年です。", context) == []
    assert rivals("パソコンの耐用年数は38年です。", context) == [("38", "4年")]


def test_how_often_is_not_how_long() -> None:
    context = "クエン酸洗浄は2か月に1回行い、所要時間は約90分です。"
    assert rivals("クエン酸による洗浄には90分かかります。", context) == []
    assert rivals("クエン酸洗浄は3か月に1回行います。", context) == [("3", "2か月")]


def test_hours_are_no_digits_though_the_number_is_the_same() -> None:
    context = "面談室では、患者番号の下4桁を入力します。面談室の利用は最長90分です。"
    assert rivals("面談室の利用は最長4時間です。", context) == [("4", "90分")]
