"""Entries of a table that stand in another row."""

from __future__ import annotations

import pytest

from kotae.conversation import Passage
from plugins.grounding.evidence import gather
from plugins.grounding.misplaced import answered, misplaced
from plugins.grounding.text import normalise
from tests.plugins.grounding.conftest import check

ACCOUNTS = """\
| Code | Account | Statement | Section |
|---|---|---|---|
| 4100 | Sales | Income statement | Net sales |
| 5300 | Inventory loss | Income statement | Cost of sales |
| 6100 | Salaries | Income statement | Administrative expenses |
| 3200 | Retained earnings | Balance sheet | Net assets |
"""
MESSAGES = """\
| Code | Message |
|---|---|
| SL-102 | The customer code is already in use |
| SL-104 | The credit limit is exceeded |
"""
ACCOUNTS_JA = (
    "| コード | 科目 | 区分 |\n|---|---|---|\n| 4100 | 売上 | 純売上高 |\n| 5300 | 棚卸減耗損 | 売上原価 |\n"
)


def said(claim: str, table: str) -> tuple[str, str] | None:
    """What stands in another row, and what stands in the claim's."""
    evidence = gather([Passage(id="1", document="", title="", text=table)])
    found = misplaced(normalise(claim).text, evidence)
    return (found.slot.value, found.rival) if found else None


@pytest.mark.parametrize(
    ("claim", "table", "expected"),
    [
        (
            "5300 is shown under administrative expenses.",
            ACCOUNTS,
            ("administrative expenses", "Cost of sales"),
        ),
        ("Account 5300 stands on the balance sheet.", ACCOUNTS, ("balance sheet", "Income statement")),
        (
            "SL-104 means that the customer code is already in use.",
            MESSAGES,
            ("the customer code is already in use", "The credit limit is exceeded"),
        ),
        ("5300は純売上高に表示されます。", ACCOUNTS_JA, ("純売上高", "売上原価")),
        ("5300 is shown under cost of sales.", ACCOUNTS, None),
        ("5300 is not shown under administrative expenses.", ACCOUNTS, None),
        ("4100 is shown under net sales and 5300 under cost of sales.", ACCOUNTS, None),
        ("Net sales are on the income statement.", ACCOUNTS, None),
        ("İ 5300 stands on the balance sheet", ACCOUNTS, ("balance sheet", "Income statement")),
        ("To correct 5300, post the difference to net assets.", ACCOUNTS, None),
        ("5300 can be changed to be shown under net sales.", ACCOUNTS, None),
        ("Unlike 5300, salaries are administrative expenses.", ACCOUNTS, None),
        ("15300 is shown under net sales.", ACCOUNTS, None),
        ("5300は売上原価に表示されます。", ACCOUNTS_JA, None),
    ],
)
def test_what_stands_in_another_row(claim: str, table: str, expected: tuple[str, str] | None) -> None:
    assert said(claim, table) == expected


async def test_the_entry_is_marked() -> None:
    claim = "Account 5300 Inventory loss is shown under administrative expenses."
    [flag] = [flag for flag in await check(claim, ACCOUNTS) if flag.kind == "contradicted"]
    assert claim[flag.start : flag.end] == "administrative expenses"
    assert flag.reason == "The nearest passage has “Cost of sales”, not “administrative expenses”."


RIGHTS = """\
| Role | May enter | May approve | May post |
|---|---|---|---|
| Clerk | yes | no | no |
| Supervisor | yes | yes | no |
"""
SITES = "| | Same site | Other site |\n|---|---|---|\n| Journal entry | No | Yes |\n"
SITES_JA = "| | 同じ拠点 | 異なる拠点 |\n|---|---|---|\n| 仕訳 | なし | 発送時と入荷時 |\n"
PLANS = "| Plan | Backup |\n|---|---|\n| Free | no |\n| Pro | yes |\n"
PLANS_JA = "| プラン | バックアップ |\n|---|---|\n| 無料 | なし |\n| 有料 | あり |\n"
RIGHTS_JA = "| 役割 | 入力 | 承認 | 転記 |\n|---|---|---|---|\n| 担当者 | 可 | 不可 | 不可 |\n| 主任 | 可 | 可 | 不可 |\n"


@pytest.mark.parametrize(
    ("claim", "table", "otherwise"),
    [
        ("A supervisor can post documents.", RIGHTS, True),
        ("A supervisor cannot approve documents.", RIGHTS, True),
        ("A supervisor cannot approve his own documents.", RIGHTS, False),
        ("主任は伝票を承認できません。", RIGHTS_JA, True),
        ("The Free plan includes backups.", PLANS, True),
        ("Free has a backup.", PLANS, True),
        ("The Free trial includes backups.", PLANS, False),
        ("The Pro plan includes backups.", PLANS, False),
        ("The Pro plan has no backups.", PLANS, True),
        ("The Free plan has no backups.", PLANS, False),
        ("The Pro plan does not include backups on Sundays.", PLANS, False),
        ("無料プランにはバックアップがあります。", PLANS_JA, True),
        ("有料プランにはバックアップがあります。", PLANS_JA, False),
        ("有料プランにはバックアップがありません。", PLANS_JA, True),
        ("A clerk needs a supervisor to approve.", RIGHTS, False),
        ("担当者が入力し、主任が承認します。", RIGHTS_JA, False),
        ("担当者は承認できます。", RIGHTS_JA, True),
        ("A supervisor can approve documents.", RIGHTS, False),
        ("A supervisor cannot post documents.", RIGHTS, False),
        ("A supervisor can approve, but not post.", RIGHTS, False),
        ("A supervisor approves what a clerk has entered.", RIGHTS, False),
        ("A transfer within the same site makes no journal entry.", SITES, False),
        ("A transfer within the same site makes a journal entry.", SITES, False),
        ("同じ拠点の移動では仕訳は発生しません。", SITES_JA, False),
        ("主任は伝票を転記することができます。", RIGHTS_JA, True),
        ("主任は伝票を承認することができます。", RIGHTS_JA, False),
        ("主任は伝票を転記できません。", RIGHTS_JA, False),
    ],
)
async def test_a_table_says_yes_or_no(claim: str, table: str, otherwise: bool) -> None:
    evidence = gather([Passage(id="1", document="", title="", text=table)])
    assert (answered(normalise(claim).text, evidence) is not None) == otherwise


async def test_what_a_table_denies_is_contradicted() -> None:
    [flag] = await check("A supervisor can post documents.", RIGHTS)
    assert (flag.kind, flag.reason) == ("contradicted", "The passages deny this.")


async def test_what_a_claim_denies_and_a_table_does_not_is_contradicted() -> None:
    [flag] = [flag for flag in await check("The Pro plan has no backups.", PLANS) if flag.score >= 0.5]
    assert (flag.kind, flag.reason) == ("contradicted", "The passages say this without the negation.")


async def test_a_row_is_called_by_what_the_rows_are() -> None:
    assert [
        flag.kind
        for flag in await check("有料プランにはバックアップがあります。", PLANS_JA)
        if flag.score >= 0.5
    ] == []
    flags = await check("特別プランにはバックアップがあります。", PLANS_JA)
    assert [flag.kind for flag in flags if flag.score >= 0.5] == ["name"]
