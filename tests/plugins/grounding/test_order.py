"""Which of two things comes first."""

from __future__ import annotations

import pytest

from plugins.grounding.order import turned_round
from tests.plugins.grounding.conftest import check

FIRST = "The invoice is posted before it is approved."
FIRST_JA = "請求書を転記してから承認します。"
TURNED = [
    ("Approve the invoice, then post it.", "Post the invoice first, then approve it."),
    ("The invoice is posted after it has been approved.", FIRST),
    ("Before you post the invoice, approve it.", FIRST),
    ("Once the invoice is approved, it is posted.", FIRST),
    ("Export the journal before you close the period.", "After closing the period, export the journal."),
    ("請求書を承認してから転記します。", FIRST_JA),
    ("請求書を転記する前に承認します。", FIRST_JA),
    ("期間を締めた後で仕訳を出力します。", "仕訳を出力し、その後期間を締めます。"),
]
KEPT = [
    ("Post the invoice, then approve it.", "Post the invoice first, then approve it."),
    ("The invoice is approved after it has been posted.", FIRST),
    ("Before you approve the invoice, post it.", FIRST),
    ("Close the period, then export the journal.", "After closing the period, export the journal."),
    ("請求書を承認する前に転記します。", FIRST_JA),
    ("請求書を転記した後に、承認します。", FIRST_JA),
]
NOT_COMPARED = [
    ("Post the invoice.", FIRST),
    ("Remove the battery before cleaning.", "Before cleaning, switch it off, then remove the battery."),
    ("The device restarts, then it is updated.", "The device restarts, after which it is updated."),
    ("If the light blinks, then charge it.", "Charge it, then check whether the light blinks."),
    ("Rinse the filter after use and dry it.", "Dry the filter, but only after you rinse it after use."),
    ("Print the invoice before you archive it.", FIRST),
    (
        "Bake it for 30 minutes, turn the pieces over and bake again before removing it from the oven.",
        "Bake it in the oven for 30 minutes, then turn the pieces over and bake again.",
    ),
]


@pytest.mark.parametrize(("claim", "sentence"), TURNED)
async def test_the_other_order_contradicts(claim: str, sentence: str) -> None:
    assert turned_round(claim, sentence) is True
    [flag] = await check(claim, sentence)
    assert (flag.kind, flag.score >= 0.7) == ("contradicted", True)
    assert len(flag.reason) < 80


@pytest.mark.parametrize(("claim", "sentence"), KEPT)
async def test_the_same_order_in_other_words_does_not(claim: str, sentence: str) -> None:
    assert turned_round(claim, sentence) is False
    assert not await check(claim, sentence)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        (
            "Post all drafts, then close the period.",
            "The period cannot be closed before all drafts are posted.",
        ),
        ("Do not start the pump before opening the valve.", "Open the valve, then start the pump."),
        ("入金を確認した後に商品を発送します。", "入金を確認する前に商品を発送することはありません。"),
    ],
)
async def test_what_cannot_be_before_the_other_comes_after_it(claim: str, sentence: str) -> None:
    assert not await check(claim, sentence)


@pytest.mark.parametrize(("claim", "sentence"), NOT_COMPARED)
def test_other_things_are_not_compared(claim: str, sentence: str) -> None:
    assert turned_round(claim, sentence) is None
