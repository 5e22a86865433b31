"""What contradicts, and what says the same in another way."""

from __future__ import annotations

import pytest

from tests.plugins.grounding.conftest import check

OPPOSITE = [
    ("A clerk must attach a receipt.", "A clerk may attach a receipt, but need not."),
    ("請求書に領収書を添付しなければなりません。", "請求書に領収書を添付することもできます。"),
    ("日曜日も利用できます。", "日曜日を除き利用できます。"),
    ("The alarm does not ring at night.", "The alarm rings at night even if the display is off."),
    ("Drafts are deleted automatically.", "Drafts are never deleted automatically."),
]
SAME = [
    ("A clerk must attach a receipt.", "A clerk has to attach a receipt; a manager may attach one, too."),
    ("A clerk must attach a receipt.", "Please attach a receipt; a clerk can attach it as a picture."),
    ("You must be 18 or older to rent a car.", "You can rent a car if you are 18 or older."),
    ("Claims must be filed within 30 days.", "Claims can be filed within 30 days."),
    (
        "注文を取り消すには発送前に連絡する必要があります。",
        "発送前に連絡すれば注文を取り消すことができます。",
    ),
    ("毎日、フィルターのほこりを取ります。", "毎日、フィルターのほこりを取り除きます。"),
    ("You can upload images and other files.", "You can upload files other than images, too."),
    ("A period with drafts cannot be closed.", "A period can only be closed when there are no drafts."),
    ("下書きが残っている期間は締められません。", "期間を締められるのは、下書きがない場合に限ります。"),
]


@pytest.mark.parametrize(("claim", "page"), OPPOSITE)
async def test_the_opposite_contradicts(claim: str, page: str) -> None:
    assert "contradicted" in [flag.kind for flag in await check(claim, page)]


@pytest.mark.parametrize(("claim", "page"), SAME)
async def test_the_same_in_another_way_does_not(claim: str, page: str) -> None:
    assert "contradicted" not in [flag.kind for flag in await check(claim, page)]


@pytest.mark.parametrize(
    ("claim", "sentence", "denied"),
    [
        (
            "Customer deposits on 2400 are revalued together with the open items on 1200 and 2100.",
            "Customer deposits on 2400 are not revalued.",
            True,
        ),
        ("失効したAPIキーを復元することはできます。", "失効したキーは復元できません。", True),
        (
            "Customer deposits are revalued together with the open items.",
            "Customer deposits are not revalued until the period is closed.",
            False,
        ),
        (
            "Customer deposits are revalued together with the open items.",
            "Customer deposits in yen are not revalued.",
            False,
        ),
    ],
)
async def test_what_is_denied_of_all_is_denied_of_one(claim: str, sentence: str, denied: bool) -> None:
    kinds = [flag.kind for flag in await check(claim, sentence)]
    assert ("contradicted" in kinds) == denied
