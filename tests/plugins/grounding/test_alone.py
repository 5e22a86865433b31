"""Who alone may do something."""

from __future__ import annotations

import pytest

from kotae.conversation import Passage
from plugins.grounding.alone import not_alone
from plugins.grounding.evidence import gather
from plugins.grounding.text import normalise, tokens
from tests.plugins.grounding.conftest import check

LOTS = "A Warehouse Clerk may put a lot on hold. Only an Accountant or a Buyer may release it."
RECEIPTS = (
    "Sales Clerks may enter a receipt as Draft and let a proposal be made. Accountants and Controllers post receipts,"
    " match and unmatch."
)
RECEIPTS_JA = (
    "販売担当は、入金を下書きで入力できます。入金の転記、消込、消込解除は、経理担当と経理責任者が行います。"
)
SUPPLIERS = """\
- Buyer: create suppliers and change addresses.
- Accountant: change payment terms and bank accounts.
"""
WHO = "Page › Who can do it"


def said(claim: str, page: str, title: str = "Page") -> tuple[str, str] | None:
    """Who may not do it in a claim, and who may."""
    evidence = gather([Passage(id="1", document="", title=title, text=page)])
    text = normalise(claim).text
    found = not_alone(text, tokens(text), evidence)
    return (found.slot.value, found.rival) if found else None


@pytest.mark.parametrize(
    ("claim", "page", "expected"),
    [
        (
            "A Warehouse Clerk may release a lot that is on hold.",
            LOTS,
            ("warehouse clerk", "Accountant or a Buyer"),
        ),
        (
            "A Sales Clerk can confirm price lists.",
            "A Sales Clerk can prepare price lists; only a Controller can confirm them.",
            ("sales clerk", "Controller"),
        ),
        (
            "A refund can be posted by an Accountant.",
            "The refund debits 2400; it can be posted only by a Controller.",
            ("accountant", "Controller"),
        ),
        (
            "与信限度額は販売担当が変更できます。",
            "与信限度額を変更できるのは経理責任者だけです。",
            ("販売担当", "経理責任者"),
        ),
        ("店員は返品を承認できます。", "返品の承認は店長しかできません。", ("店員", "店長")),
        ("店長は返品を承認できます。", "返品の承認は店長しかできません。", None),
        ("店員は返品を承認できます。", "返品の承認は店長に限られます。", ("店員", "店長")),
        (
            "職員の登録は、各教室の教室長が「職員」画面から行います。",
            "職員の登録は本部管理者だけが行えます。",
            ("教室長", "本部管理者"),
        ),
        (
            "A nurse can prescribe opioids.",
            "Opioids may only be prescribed by a physician.",
            ("nurse", "physician"),
        ),
        ("A physician can prescribe opioids.", "Opioids may only be prescribed by a physician.", None),
        (
            "A nurse can prescribe opioids.",
            "Opioids are prescribed exclusively by physicians.",
            ("nurse", "physicians"),
        ),
        (
            "A clerk can close a period.",
            "Closing a period is restricted to the controller.",
            ("clerk", "controller"),
        ),
        (
            "A Dispatcher can retire a vehicle after moving its future bookings and blocking its cards.",
            "Only a Depot Manager can retire a vehicle.",
            ("dispatcher", "Depot Manager"),
        ),
        (
            "在庫調整の承認は、経理責任者が行います。",
            "| 操作 | ロール |\n|---|---|\n| 在庫調整の承認 | 経理担当のみ |",
            ("経理責任者", "経理担当"),
        ),
        (
            "Accountants delete price lists.",
            "Only Controllers delete price lists.",
            ("accountant", "Controllers"),
        ),
    ],
)
def test_what_others_alone_may_do(claim: str, page: str, expected: tuple[str, str]) -> None:
    assert said(claim, page) == expected


@pytest.mark.parametrize(
    ("claim", "page"),
    [
        ("A Warehouse Clerk may put a lot on hold.", LOTS),
        ("An Accountant may release a lot that is on hold.", LOTS),
        ("A Warehouse Clerk may not release a lot that is on hold.", LOTS),
        (
            "A Sales Clerk can prepare price lists.",
            "A Sales Clerk can prepare price lists; only a Controller can confirm them.",
        ),
        ("The customer's limit can be changed.", "Only a Controller can change a limit of a customer."),
        ("A user can change the limit.", "Only a Controller can change a limit."),
        (
            "A Sales Clerk can confirm a quotation with a discount of 20 percent.",
            "A Sales Clerk may give up to 30 % discount. Above that, only a Controller can confirm a quotation.",
        ),
        (
            "A purchase request is approved by a Buyer.",
            "| Step | Role |\n|---|---|\n| Approve | Accountant only |",
        ),
        (
            "A nurse can prescribe drugs.",
            "Not only a physician can prescribe drugs; trained nurses can prescribe drugs too.",
        ),
        ("A manager can view reports.", "Read-only members can view reports."),
        ("看護師は薬を処方できます。", "医師だけでなく看護師も薬を処方できます。"),
        ("Enter a grade for the student", "Only teachers can enter grades."),
        (
            "An assistant can enter grades.",
            "Only teachers can enter grades. An assistant can enter grades of exams.",
        ),
        ("The Auditor reads the log.", "Only a Controller can change a limit."),
        ("在庫調整の承認は、経理担当が行います。", "在庫調整の承認は、経理担当のみが行います。"),
    ],
)
def test_what_they_may_do_too_or_is_another_matter(claim: str, page: str) -> None:
    assert said(claim, page) is None


@pytest.mark.parametrize(
    ("claim", "page", "expected"),
    [
        ("A Sales Clerk can post receipts.", RECEIPTS, ("sales clerk", "Accountants and Controllers")),
        ("A Sales Clerk can enter receipts as drafts.", RECEIPTS, None),
        ("A Controller can post receipts.", RECEIPTS, None),
        ("A Buyer can change the payment terms.", SUPPLIERS, ("buyer", "Accountant")),
        ("An Accountant can change the payment terms.", SUPPLIERS, None),
        ("販売担当も入金を転記できます。", RECEIPTS_JA, ("販売担当", "経理担当と経理責任者")),
        ("販売担当は入金を下書きで入力できます。", RECEIPTS_JA, None),
    ],
)
def test_a_section_that_says_who_can_do_it_names_all(
    claim: str, page: str, expected: tuple[str, str] | None
) -> None:
    title = "入金 › 操作できる人" if "入金" in page else WHO
    assert said(claim, page, title) == expected
    assert (
        said(claim, f"**{title.rpartition(' ')[2] if '入金' in page else 'Who can do it'}**\n\n{page}")
        == expected
    )
    assert said(claim, page) is None


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (
            "Only a Controller can post a shipment.",
            ("controller", "Warehouse Clerk, Accountant and Controller"),
        ),
        ("Only the Warehouse Clerk, the Accountant and the Controller post a shipment.", None),
        ("A Controller can post a shipment.", None),
    ],
)
def test_who_is_not_alone(claim: str, expected: tuple[str, str] | None) -> None:
    assert said(claim, "Warehouse Clerk, Accountant and Controller can post a shipment.") == expected


def test_who_is_not_alone_though_both_alone_may_on_a_condition() -> None:
    page = (
        "Once the period is soft-closed, only an Accountant or a Controller can post a shipment.\n"
        "Warehouse Clerk, Accountant and Controller can post a shipment."
    )
    assert said("Only a Controller can post a shipment.", page) is not None
    assert said("Only an Accountant or a Controller can post a shipment.", page) is None


async def test_who_alone_may_from_an_amount_on_is_alone() -> None:
    page = "The manager and the team lead approve leave. Leave of more than ten days is approved by the manager alone."
    flags = await check("Only the manager approves leave of more than ten days.", page)
    assert all(flag.kind != "contradicted" for flag in flags)


async def test_who_may_not_do_it_is_marked() -> None:
    claim = "A Warehouse Clerk may release a lot that is on hold."
    [flag] = [flag for flag in await check(claim, LOTS) if flag.kind == "contradicted"]
    assert claim[flag.start : flag.end] == "Warehouse Clerk"
    assert flag.reason == "The nearest passage has “Accountant or a Buyer”, not “Warehouse Clerk”."
