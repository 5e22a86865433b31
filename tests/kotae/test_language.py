from __future__ import annotations

import pytest

from kotae.language import language_of


@pytest.mark.parametrize(
    "text",
    ["締めた期間を再開できるのは？", "ロットとは", "ﾛｯﾄとは", "与信限度額", "SL-104 とは何", "在庫評価？"],
)
def test_japanese_is_known_by_its_kana_or_as_a_few_kanji(text: str) -> None:
    assert language_of(text) == "ja"


@pytest.mark.parametrize(
    "text",
    [
        "Who may reopen it?",
        "",
        "?",
        "42",
        "Qui peut rouvrir ?",
        "谁可以重新打开已经关闭的会计期间？",
        "기간을 누가 다시 열 수 있나요?",
        "東京 office",
    ],
)
def test_everything_else_is_answered_in_english(text: str) -> None:
    assert language_of(text) == "en"
