from __future__ import annotations

import pytest

from backends.retrieval.text import is_unspaced, length, normalise, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Invoices", "invoice"),
        ("SL-104", "sl104"),
        ("ＳＬ－１０４", "SL-104"),
        ("1,000,000", "1000000"),
        ("the customer's", "customers"),
        ("café", "cafe"),
        ("ユーザー", "ﾕｰｻﾞｰ"),
        ("サ-バ", "サーバ"),
    ],
)
def test_spellings_of_one_thing_share_a_term(one: str, other: str) -> None:
    assert set(tokens(one)) & set(tokens(other))


def test_stop_words_and_particles_are_no_terms() -> None:
    assert tokens("What is it that you have?") == []
    assert "から" not in tokens("倉庫から")


def test_a_code_gives_itself_and_its_parts() -> None:
    assert tokens("error SL-104") == ["error", "sl104", "sl", "104"]


def test_japanese_gives_bigrams_kanji_and_whole_katakana_words() -> None:
    found = tokens("請求書のマスター")
    assert {"請求", "求書", "請", "マスタ", "マス"} <= set(found)


def test_each_run_is_read_in_its_own_language() -> None:
    found = tokens("Invoicesを転記する")
    assert "invoic" in found
    assert "転記" in found


def test_a_long_vowel_at_the_end_makes_no_difference() -> None:
    assert "ユーザ" in tokens("ユーザー")
    assert "ユーザ" in tokens("ユーザ")


def test_normalising_folds_width_and_case() -> None:
    assert normalise("ＡＢＣ") == "abc"


def test_length_counts_characters_where_there_are_no_spaces() -> None:
    assert length("請求書を転記する日付") == 6
    assert 3 <= length("post the invoice") <= 5
    assert is_unspaced("a請")
    assert not is_unspaced("abc")
