"""What contradicts, and what says the same in another way."""

from __future__ import annotations

import pytest

from tests.plugins.grounding.conftest import check

OPPOSITE = [
    ("A clerk must attach a receipt.", "A clerk may attach a receipt, but need not."),
    ("請求書に領収書を添付しなければなりません。", "請求書に領収書を添付することもできます。"),
    ("日曜日も利用できます。", "日曜日を除き利用できます。"),
    ("Drafts are deleted automatically.", "Drafts are never deleted automatically."),
]
SAME = [
    ("A clerk must attach a receipt.", "A clerk has to attach a receipt; a manager may attach one, too."),
    ("A clerk must attach a receipt.", "Please attach a receipt; a clerk can attach it as a picture."),
    ("A period with drafts cannot be closed.", "A period can only be closed when there are no drafts."),
    ("下書きが残っている期間は締められません。", "期間を締められるのは、下書きがない場合に限ります。"),
]


@pytest.mark.parametrize(("claim", "page"), OPPOSITE)
async def test_the_opposite_contradicts(claim: str, page: str) -> None:
    assert "contradicted" in [flag.kind for flag in await check(claim, page)]


@pytest.mark.parametrize(("claim", "page"), SAME)
async def test_the_same_in_another_way_does_not(claim: str, page: str) -> None:
    assert "contradicted" not in [flag.kind for flag in await check(claim, page)]
