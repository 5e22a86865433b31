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
    ("Chat messages are included in the recording.", "Chat messages are not part of the recording."),
    ("The router is restarted manually.", "The update restarts the router by itself."),
    ("The humidity for dry goods has to stay above 60 %.", "- Dry goods: 15 to 25 °C, humidity below 60 %"),
    ("Requests beyond the limit are queued.", "Requests above the limit are answered; they are not queued."),
    (
        "A supervisor may waive the processing fee as long as it stays within the daily limit.",
        "Processing fees cannot be waived by anyone.",
    ),
    (
        "An import can be undone whether or not any of the items have been lent.",
        "An import can be undone, provided that none of the items has been lent.",
    ),
    (
        "在庫の有無にかかわらず注文を登録できます。",
        "注文を登録できるのは、在庫がある場合に限ります。",
    ),
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
    ("下書きの請求書は削除できます。", "請求書は削除できません。下書きは削除できます。"),
    ("Chat messages are not included in the recording.", "Chat messages are not part of the recording."),
    ("A manager can approve the payment.", "A manager alone cannot approve it at once."),
    (
        "An import can be undone even if it was large.",
        "An import can be undone, provided that none of its items has been lent.",
    ),
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
