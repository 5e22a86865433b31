"""Numbers as people write them: the same amount in another notation is no fault, another one is."""

from __future__ import annotations

import pytest

from tests.plugins.grounding.conftest import check


@pytest.mark.parametrize(
    ("claim", "page"),
    [
        ("The new rates apply from Jan. 5, 2026.", "The new rates apply from January 5, 2026."),
        ("The new rates apply from 5 Sept 2026.", "The new rates apply from 5 September 2026."),
        ("The run starts at 17:00:00.", "The run starts at 5 pm."),
        ("The limit of a customer is 1200000 JPY.", "The limit of a customer is 1.2 million yen."),
        ("The limit of a customer is USD 50.", "The limit of a customer is $50."),
        ("The period closes itself after 72 h.", "The period closes itself after 3 days."),
        ("The nightly run of a company takes 90 minutes.", "The nightly run of a company takes 1.5 hours."),
        ("It is due on the 1st day of the month.", "It is due on the first day of the month."),
        ("The nightly run of a company takes 2½ hours.", "The nightly run of a company takes 2.5 hours."),
        ("The discount may be up to 50 per cent.", "The discount may be up to 50 %."),
        ("新しい料率は令和8年1月5日から適用されます。", "新しい料率は2026年1月5日から適用されます。"),
        ("新しい料率は二〇二六年一月五日から適用されます。", "新しい料率は2026年1月5日から適用されます。"),
        ("値引きの上限は5割です。", "値引きの上限は50%です。"),
        ("値引きの上限は15%です。", "値引きの上限は1割5分です。"),
        ("期間は3日後に自動で閉じます。", "期間は72時間後に自動で閉じます。"),
        ("手数料は2倍になります。", "手数料は二倍になります。"),
        ("A book can be renewed two times.", "A book can be renewed twice."),
        ("The report is sent one time per day.", "The report is sent once per day."),
        ("代理者の期間は14日間までです。", "代理者の期間は最長14日です。"),
        ("予約は30日間先まで受け付けます。", "予約は30日先まで受け付けます。"),
    ],
)
async def test_the_same_in_another_notation_is_no_fault(claim: str, page: str) -> None:
    assert not await check(claim, f"{page} Nothing else is set here.")


@pytest.mark.parametrize(
    ("claim", "page"),
    [
        ("72時間です。", "再開から72時間が経過すると、期間は自動的に本締めに戻ります。"),
        ("2割です。", "値引きは20%までです。"),
        ("1,000円。", "手数料です。\n1,000円。\n振込のたびにかかります。"),
    ],
)
async def test_a_number_alone_is_borne_out_by_the_number(claim: str, page: str) -> None:
    assert not await check(claim, page, 0.3)
    assert await check(claim, "一覧には6画面あります。", 0.3)


@pytest.mark.parametrize(
    ("claim", "page", "fault"),
    [
        ("The new rates apply from Feb. 5, 2026.", "The new rates apply from January 5, 2026.", "Feb"),
        ("The run starts at 18:00:00.", "The run starts at 5 pm.", "18:00:00"),
        ("The period closes itself after 48 h.", "The period closes itself after 3 days.", "48 h"),
        ("新しい料率は令和7年から適用されます。", "新しい料率は2026年から適用されます。", "令和7年"),
        ("値引きの上限は3割です。", "値引きの上限は50%です。", "3割"),
        ("期間は5日後に自動で閉じます。", "期間は72時間後に自動で閉じます。", "5日後"),
        ("手数料は3倍になります。", "手数料は二倍になります。", "3倍"),
        ("The share is ½ of the price.", "The share is 25 % of the price.", "½"),
        ("A book can be renewed twice.", "A book can be renewed only once.", "twice"),
        ("代理者の期間は最長30日です。", "代理者の期間は最長14日です。", "30日"),
    ],
)
async def test_another_amount_in_another_notation_is_one(claim: str, page: str, fault: str) -> None:
    flags = await check(claim, f"{page} Nothing else is set here.")
    assert [claim[flag.start : flag.end] for flag in flags if flag.kind == "number"] == [fault]


@pytest.mark.parametrize(
    ("claim", "page", "fault"),
    [
        ("The period closes itself after 72 minutes.", "The period closes itself after 72 hours.", "72 minutes"),
        ("Invoices above 500,000 dollars are approved.", "Invoices above 500,000 yen are approved.", "500,000 dollars"),
        ("50万ドルを超える請求書は承認が必要です。", "50万円を超える請求書は承認が必要です。", "50万ドル"),
        ("期間は72日後に自動で閉じます。", "期間は72時間後に自動で閉じます。", "72日後"),
    ],
)  # fmt: skip
async def test_the_same_number_of_another_unit_is_a_fault(claim: str, page: str, fault: str) -> None:
    flags = await check(claim, page)
    assert [claim[flag.start : flag.end] for flag in flags if flag.kind == "number"] == [fault]


@pytest.mark.parametrize(
    ("claim", "page"),
    [
        ("The list has 72 entries.", "The period closes itself after 72 hours. The list has 72 entries."),
        (
            "It is closed after 72 minutes.",
            "It is closed after 72 hours, in the test system after 72 minutes.",
        ),
        (
            "There are three steps of 15 minutes.",
            "There are three steps, each of 15 minutes, kept for 15 days.",
        ),
        (
            "The trial lasts 14 days.",
            "The trial lasts a fortnight. After the trial the data is kept for 14 months.",
        ),
    ],
)
async def test_a_number_that_stands_there_with_both_units_is_none(claim: str, page: str) -> None:
    assert [flag for flag in await check(claim, page) if flag.kind == "number"] == []


@pytest.mark.parametrize(
    ("claim", "page", "wrong"),
    [
        ("The first answer comes within half an hour.", "The first answer comes within 30 minutes.", False),
        ("The trial lasts 14 days.", "The trial lasts a fortnight.", False),
        ("The break takes 90 minutes.", "The break takes an hour and a half.", False),
        ("The break takes 90 minutes.", "The break takes one hour and a half.", False),
        ("The course takes 2.5 hours.", "The course takes two and a half hours.", False),
        ("The licence is for half a dozen users.", "The licence is for six users.", False),
        ("記録は6か月保存されます。", "記録は半年間保存されます。", False),
        ("保証期間は18か月です。", "保証期間は1年半です。", False),
        ("下半年の計画は春に決めます。", "下半期の計画は春に決めます。", False),
        ("保証期間は11年半です。", "保証期間は11年半です。", False),
        ("The first answer comes within half an hour.", "The first answer comes within 45 minutes.", True),
        ("The trial lasts a fortnight.", "The trial lasts 30 days.", True),
        ("記録は半年間保存されます。", "記録は3か月保存されます。", True),
    ],
)
async def test_amounts_in_words_are_amounts(claim: str, page: str, wrong: bool) -> None:
    assert any(flag.kind == "number" for flag in await check(claim, page)) is wrong
