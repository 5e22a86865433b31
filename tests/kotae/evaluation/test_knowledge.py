from __future__ import annotations

from typing import Any

import pytest
import sacrebleu

from kotae.evaluation import knowledge
from kotae.evaluation.words import normalised, words
from tests.kotae.evaluation.answers import answer

REFERENCE = "Only the Controller can reopen a closed period."
SAID = "Only a Controller can reopen it."


def test_exact_is_word_for_word_but_for_the_ends() -> None:
    assert knowledge.exact_match(answer(f" {REFERENCE}\n", reference=REFERENCE)) == 1
    assert knowledge.exact_match(answer(REFERENCE.lower(), reference=REFERENCE)) == 0
    assert knowledge.exact_match(answer("anything")) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The fee is 1,000 JPY!", "fee is 1000 jpy", True),
        ("料金は１，０００円です。", "料金は1000円です", True),
        ("It is -3.5%.", "it is 3.5%", False),
        ("It is 1.5", "It is 15", False),
        ("Ｋｏｎｔｒｏｌｌｅｒ", "kontroller", True),
    ],
)
def test_normalising_keeps_what_makes_a_number_another(one: str, other: str, same: bool) -> None:
    assert (normalised(one) == normalised(other)) is same
    assert knowledge.normalised_match(answer(one, reference=other)) == same


def test_japanese_is_cut_into_words() -> None:
    assert words("経理責任者が1,000円を入力します。", "ja") == [
        "経理",
        "責任",
        "者",
        "が",
        "1000",
        "円",
        "を",
        "入力",
        "し",
        "ます",
    ]


def test_what_has_to_be_said_may_be_said_in_one_of_several_wordings() -> None:
    asked: dict[str, Any] = {"must_include": ("72 hours|three days", "Controller")}
    assert knowledge.must_include(answer("The Controller has three days.", **asked)) == 1
    assert knowledge.must_include(answer("Everybody has 72 hours.", **asked)) == 0.5
    assert knowledge.must_include(answer("Controllership for 172 hours.", **asked)) == 0
    assert knowledge.must_include(answer("x")) is None


@pytest.mark.parametrize(
    ("text", "wanted", "says"),
    [
        ("締めは72時間以内です。", "72時間", True),
        ("締めは72時間以内です。", "72", True),
        ("締めは172時間以内です。", "72", False),
        ("CSVで書き出します。", "csv", True),
        ("XCSVで書き出します。", "CSV", False),
        ("Naïve users have 72 hours", "72 hours", True),
        ("72 hours, says Zoë", "72 hours", True),
        ("Zoës 172 hours", "72 hours", False),
        ("It is 1.5", "5", False),
        ("It is 1.5", "1", False),
        ("It is -3", "3", False),
        ("It is 50%", "50", False),
        ("It is 50%", "50%", True),
        ("Settings → Periods", "→", True),
        ("Settings, Periods", "→", False),
        ("anything", "", False),
    ],
)
def test_what_has_to_be_said_is_found_as_whole_words_in_any_script(
    text: str, wanted: str, says: bool
) -> None:
    assert knowledge.must_include(answer(text, must_include=(wanted,))) == says
    assert knowledge.must_not_include(answer(text, must_not_include=(wanted,))) == (not says)


def test_what_must_not_be_said_is_not_said() -> None:
    asked: dict[str, Any] = {"must_not_include": ("HR module|payroll",)}
    assert knowledge.must_not_include(answer("It has a payroll.", **asked)) == 0
    assert knowledge.must_not_include(answer("It has no such thing.", **asked)) == 1
    assert knowledge.must_not_include(answer("x")) is None


def test_token_f1_is_that_of_shared_words() -> None:
    # only controller can reopen it / only controller can reopen closed period: 4 of 5 and 4 of 6
    assert knowledge.token_f1(answer(SAID, reference=REFERENCE)) == pytest.approx(8 / 11)
    assert knowledge.token_f1(answer("", reference=REFERENCE)) == 0
    # 経理 責任 者 / 経理 担当 者
    assert knowledge.token_f1(answer("経理責任者", reference="経理担当者", lang="ja")) == pytest.approx(4 / 6)


def test_rouge_l_is_that_of_the_longest_common_subsequence() -> None:
    # only (controller) (can) (reopen): 4 of 6 words said, 4 of 8 meant
    precision, recall = 4 / 6, 4 / 8
    wanted = 2 * precision * recall / (precision + recall)
    assert knowledge.rouge_l(answer(SAID, reference=REFERENCE)) == pytest.approx(wanted)
    assert knowledge.rouge_l(answer("者責任経理", reference="経理責任者", lang="ja")) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("said", "meant", "lang", "tokenize"),
    [
        (SAID, REFERENCE, "en", "13a"),
        (
            "経理責任者だけが締めた期間を再開できます。",
            "締めた期間を再開できるのは経理責任者だけです。",
            "ja",
            "ja-mecab",
        ),
    ],
)
def test_bleu_and_chrf_are_sacrebleus(said: str, meant: str, lang: str, tokenize: str) -> None:
    scored = answer(said, reference=meant, lang=lang)
    bleu = sacrebleu.sentence_bleu(said, [meant], tokenize=tokenize, use_effective_order=True).score
    assert knowledge.bleu(scored) == pytest.approx(bleu / 100)
    assert knowledge.chrf(scored) == pytest.approx(sacrebleu.sentence_chrf(said, [meant]).score / 100)
    assert 0 < bleu < 100


@pytest.mark.parametrize(
    ("said", "refuses"),
    [
        ("The manual does not say.", 1),
        ("I'm sorry, the manual does not mention scanners.", 1),
        ("マニュアルには記載がありません。", 1),
        ("Five scanners are supported.", 0),
        ("The manual does not say, but five scanners are supported by all branches today.", 0),
        ("", 0),
    ],
)
def test_a_refusal_says_that_it_cannot_be_answered_and_nothing_else(said: str, refuses: float) -> None:
    assert knowledge.refusal(answer(said, type="unanswerable")) == refuses
    assert knowledge.refusal(answer(said, type="single")) is None
    assert knowledge.needless_refusal(answer(said, type="single")) == refuses
    assert knowledge.needless_refusal(answer(said, type="unanswerable")) is None
