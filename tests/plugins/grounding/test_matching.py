"""What a claim and a passage share, and what the passage lacks."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from plugins.grounding.matching import READ, matches


def words(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in spans]


def held(claim: str, passage: str) -> tuple[list[str], list[str], list[str]]:
    """Shared and missing words of the claim, and those found in the passage."""
    matching = matches(claim, passage)
    return words(claim, matching.shared), words(claim, matching.missing), words(passage, matching.found)


def test_english_words_match_by_their_stem() -> None:
    shared, missing, found = held(
        "Administrators can reopen any closed period.",
        "Only a Controller may be reopening a period that was closed.",
    )
    assert shared == ["reopen", "closed", "period"]
    assert missing == ["Administrators"]
    assert found == ["reopening", "period", "closed"]


def test_japanese_words_match_by_pairs_of_kanji_and_by_katakana() -> None:
    shared, missing, found = held(
        "監査センターの承認でユーザーが期間を再開できます。",
        "期間の再開は、経理責任者の役割を持つユーザだけが行えます。",
    )
    assert shared == ["ユーザー", "期間", "再開"]
    assert missing == ["監査センター", "承認"]
    assert found == ["期間", "再開", "ユーザ"]


def test_a_kanji_before_kana_matches_within_a_compound() -> None:
    shared, _, found = held("請求書を送る。", "請求書の送付先を選びます。")
    assert "送" in "".join(shared)
    assert "請求書" in found
    assert any(part.startswith("送") for part in found)


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("It costs 1,000 yen.", "It costs 1000 yen."),
        ("料金は１０００円です。", "料金は1,000円です。"),
        ("料金は千円です。", "料金は1,000円です。"),
        ("It opens at 5 pm.", "It opens at 17:00."),
    ],
)
def test_numbers_match_by_value(claim: str, passage: str) -> None:
    shared, missing, found = held(claim, passage)
    assert missing == []
    assert any(character.isdigit() or character == "千" for character in "".join(shared))
    assert any(character.isdigit() for character in "".join(found))


def test_a_number_that_is_another_is_missing_with_its_unit() -> None:
    _, missing, found = held("It closes after 90 days.", "It closes after 72 hours; the days are counted.")
    assert missing == ["90 days"]
    assert "72 hours" not in found


def test_codes_match_whole() -> None:
    shared, missing, found = held(
        "Error SL-104 or SL-999 is shown.", "sl-104: the error that the period is closed."
    )
    assert "SL-104" in shared
    assert "SL-999" in missing
    assert found[0] == "sl-104"


def test_words_that_are_in_any_text_are_not_picked_out() -> None:
    shared, missing, _ = held("You can also use the other one.", "Ledger.")
    assert (shared, missing) == ([], [])


def test_offsets_are_those_of_the_texts_as_they_were_given() -> None:
    claim, passage = "㍿の**ｺﾝﾄﾛｰﾗｰ**だけ", "１．コントローラーが…"
    matching = matches(claim, passage)
    assert words(claim, matching.shared) == ["ｺﾝﾄﾛｰﾗｰ"]
    assert words(passage, matching.found) == ["コントローラー"]


def test_no_character_is_both_shared_and_missing() -> None:
    matching = matches("経理責任者の承認権限", "経理の責任、承認")
    shared = {at for start, end in matching.shared for at in range(start, end)}
    missing = {at for start, end in matching.missing for at in range(start, end)}
    assert shared
    assert missing
    assert not shared & missing


@pytest.mark.parametrize("text", ["", " ", "\n", "…", "**"])
def test_where_there_are_no_words_nothing_matches(text: str) -> None:
    assert held(text, "A period.") == ([], [], [])
    assert held("A period.", text) == ([], ["period"], [])


def test_a_long_passage_is_read_to_a_bound_and_no_word_in_it_is_cut() -> None:
    passage = "controllers " * 100_000
    began = time.process_time()
    matching = matches("The controller", passage)
    assert time.process_time() - began < 2
    assert matching.found[-1][1] <= READ
    assert set(words(passage, matching.found[:-1])) == {"controllers"}
    assert len(matching.found) > READ // len("controllers ") - 2
