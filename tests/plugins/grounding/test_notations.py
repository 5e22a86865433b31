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
    ],
)
async def test_another_amount_in_another_notation_is_one(claim: str, page: str, fault: str) -> None:
    flags = await check(claim, f"{page} Nothing else is set here.")
    assert [claim[flag.start : flag.end] for flag in flags if flag.kind == "number"] == [fault]
