"""Cutting answers into claims."""

from __future__ import annotations

import time

import pytest

from kotae.claims import Claim, claims, claims_and_questions, groundedness
from kotae.conversation import Flag
from kotae.sentences import blank, sentences


def claims_finished(prefix: str) -> list[Claim]:
    return claims_and_questions(prefix, arriving=True)[0]


def texts(answer: str) -> list[str]:
    return [claim.text for claim in claims(answer)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("It costs 3.5 percent. It is due e.g. in May.", ["It costs 3.5 percent.", "It is due e.g. in May."]),
        ("Press Save! Then wait.", ["Press Save!", "Then wait."]),
        ("Mr. Abe approves it. He may refuse (cf. p. 4. And so on).", None),
        ("上限は10件です。次に進みます!保存します。", ["上限は10件です。", "次に進みます!", "保存します。"]),
        ("「保存。完了」と表示されます。終わりです。", ["「保存。完了」と表示されます。", "終わりです。"]),
        ("The fee is 5 yen [1]. It is due now [2][3].", ["The fee is 5 yen [1].", "It is due now [2][3]."]),
        ("A wrapped\nsentence here. Another one.", ["A wrapped\nsentence here.", "Another one."]),
        ("保存します\n終了します", ["保存します", "終了します"]),
        ("First line  \nSecond line", ["First line", "Second line"]),
    ],
)
def test_sentences(answer: str, expected: list[str] | None) -> None:
    if expected is None:
        expected = ["Mr. Abe approves it.", "He may refuse (cf. p. 4. And so on)."]
    assert texts(answer) == expected


def test_markdown_is_seen_through() -> None:
    answer = (
        "# Invoices\n\nOpen **Sales**.\n\n- Item one [1]\n2) Item two\n・在庫が減ります\n① 保存します\n- [x] Done already\n\n"
        "| Plan | Users |\n|---|:-:|\n| Basic | 5 users |\n\n**Bold title**\n> Quoted fact.\n\n"
        "```py\nprint(1). Not this.\n```\n---\nSee [the guide](https://example.org/a_b) for tax."
    )
    assert texts(answer) == [
        "Open **Sales**.",
        "Item one",
        "Item two",
        "在庫が減ります",
        "保存します",
        "Done already",
        "Basic | 5 users",
        "Quoted fact.",
        "See [the guide](https://example.org/a_b) for tax.",
    ]


def test_marks_on_what_parts_sentences_stay_with_it() -> None:
    assert texts("一つ目の文です。\u0301二つ目の文です。 \u0301三つ目です。") == [
        "一つ目の文です。\u0301",
        "二つ目の文です。",
        "三つ目です。",
    ]


def test_an_address_may_have_brackets() -> None:
    (claim,) = claims("Only a [Controller](http://example.org/a_(b)) can do it.")
    assert claim.plain.split() == ["Only", "a", "Controller", "can", "do", "it."]


def test_an_open_fence_hides_the_rest() -> None:
    assert texts("One fact.\n~~~\ncode = 1. More code.") == ["One fact."]


@pytest.mark.parametrize(
    "answer",
    [
        "Hello!",
        "Sure, here are the steps:",
        "You're welcome!",
        "Do you want to close the month?",
        "Let me know if you have any other questions.",
        "If you need more information, please contact me; I'm happy to help.",
        "The manual does not say how to do this.",
        "The provided passages don't mention a mobile app.",
        "This is not mentioned in the manual.",
        "I'm sorry, but I cannot answer that.",
        "Unable to answer based on given passages.",
        "There is no information about payroll in the documents.",
        "Reservations are not mentioned in the data.",
        "Information about the parking is not available.",
        "I don't have that information.",
        "Follow these steps:",
        "[1][2]",
        "***",
        "",
        "こんにちは。",
        "マニュアルには記載がありません。",
        "その件に関する情報は資料に含まれていません。",
        "ご不明な点があればお知らせください。",
        "手順は以下のとおりです。",
        "続けてもよろしいでしょうか。",
        "申し訳ありませんが、わかりません。",
        "お気軽にお尋ねください。",
        "The manual does not provide any information about what can still be entered.",
        "The passage is incomplete and lacks the necessary information to answer the question.",
        "Have a nice day!",
        "Goodbye.",
        "Please provide more details so that I can help.",
        "どういたしまして。",
        "よい一日をお過ごしください。",
        "お問い合わせいただきありがとうございます。",
        "もう少し詳しく教えてください。",
        "Yes, you can.",
        "No, it isn't.",
        "No, you can't.",
        "No, they won't.",
        "Please contact your administrator for more information.",
        "For further details, refer to the documentation.",
        "はい、可能です。",
        "いいえ、できません。",
        "以上です。",
        "詳しくは管理者にお問い合わせください。",
    ],
)
def test_what_says_nothing_about_the_world_is_no_claim(answer: str) -> None:
    assert texts(answer) == []


@pytest.mark.parametrize(
    "answer",
    [
        "If you need help, press F1.",
        "The manual does not say why, but it takes 5 days.",
        "According to the manual, it takes 5 days.",
        "Yes, invoices can be deleted.",
        "Yes, you can delete invoices.",
        "For more information, open the Audit Center.",
        "Contact the auditor for approval.",
        "Contact the administrator for more information before 5 pm on Friday.",
        "不要です。",
        "はい、請求書は削除できます。",
        "可能な承認者は3人です。",
        "以上は上限額に含まれます。",
        "詳しくは監査センターにお問い合わせください。",
        "Hello is shown on the start page.",
        "The manual does not say why, still it takes 5 days.",
        "Please provide the invoice number on each line.",
        "The document lacks a number until it is confirmed.",
        "得意先に入金予定日を教えてください。",
        "理由の記載はありませんが、5日かかるとマニュアルにあります。",
        "情報は「設定」画面に表示されます。",
    ],
)
def test_what_looks_like_talk_and_says_something_is_a_claim(answer: str) -> None:
    assert texts(answer) == [answer]


ANSWER = """Sure! Here are the steps:

1. Open **Sales › Invoices** and click **New**. The code is `SL-101` [1].
2. Enter the amount, e.g. 1,000 yen. It costs 3.5 percent (see p. 4. Or not). [2][3] and more
10. Ten

## Heading
**Bold title**
Text after, which is
wrapped. Read [the guide. Really](http://example.org/x.y) now. See [1] it. Is it so? <b>Yes.</b> It is.
Next #1 thing. 5 * 3 * 2 is 30.
- Item
-- not a rule
---

| A | B |
|---|---|
| Plan | 5 users |
| - Pro | 10 users [1] |
| lone
| --- row |
after | it

```py
x = 1. Not this.
```
> Quoted fact here. Let me know if you need more.
請求書は「売上。管理」画面で作成します。上限は１０件です[1]。マニュアルには記載がありません。ご不明な点はお気軽に。
・在庫は自動で減ります
・*強調*は「はい。」です。👩‍👩‍👧 家族も１．５倍です。終わり"""


def test_offsets_point_into_the_source() -> None:
    for claim in claims(ANSWER):
        assert ANSWER[claim.start : claim.end] == claim.text
        assert len(claim.plain) == len(claim.text)
        assert claim.text == claim.text.strip()
    assert len(blank(ANSWER)) == len(ANSWER)


def test_streaming_never_finds_a_claim_that_the_whole_does_not_have() -> None:
    whole = claims(ANSWER)
    before: list[Claim] = []
    for end in range(len(ANSWER) + 1):
        now = claims_finished(ANSWER[:end])
        assert now == whole[: len(now)], ANSWER[:end][-40:]
        if len(now) > len(before):
            before = now
    assert len(before) >= len(whole) - 1


def test_a_sentence_is_finished_once_the_next_one_begins() -> None:
    assert claims_finished("It costs 5 yen.") == []
    assert claims_finished("It costs 5 yen. ") == []
    assert [claim.text for claim in claims_finished("It costs 5 yen. T")] == ["It costs 5 yen."]
    assert [claim.text for claim in claims_finished("It costs 5 yen.\n\n")] == ["It costs 5 yen."]
    assert [claim.text for claim in claims_finished("5円です。次")] == ["5円です。"]


def test_groundedness_is_the_share_of_untouched_claims() -> None:
    found = claims("One fact. Two facts. Three facts. Four facts.")
    flag = Flag(start=12, end=14, kind="number", score=0.9, reason="")
    assert groundedness(found, []) == 1.0
    assert groundedness(found, [flag, flag]) == 0.75
    assert groundedness([], []) is None


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        ". " * 50_000,
        "「" * 100_000,
        "[" * 100_000,
        "<a" * 50_000,
        "|" * 100_000,
        "\n|" * 50_000,
        "a. B" * 25_000,
        "[a](b" * 20_000,
        " \n" * 50_000,
        "the manual " * 9_000,
        "\x00\x1b" * 50_000,
        "> " * 50_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_hostile_text_is_cut_in_linear_time(text: str) -> None:
    started = time.process_time()
    claims(text)
    claims_finished(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("One. **Two.** Three", ["One.", "**Two.**", "Three"]),
        ("Press **Save**. Then `Exit`.", ["Press **Save**.", "Then `Exit`."]),
        ("これは。**重要**です。", ["これは。", "**重要**です。"]),
        ("See [a. B](c.md) and 3.5. Done?", ["See [a. B](c.md) and 3.5.", "Done?"]),
        (" ** ", ["**"]),
        ("", []),
    ],
)
def test_sentences_keep_their_marks(paragraph: str, expected: list[str]) -> None:
    assert sentences(paragraph) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Did you know that posted invoices cannot be deleted?", ["posted invoices cannot be deleted"]),
        ("The invoice is due in May, isn't it?", ["The invoice is due in May"]),
        (
            "It was about a small company and its ledger , what about you ?",
            ["It was about a small company and its ledger"],
        ),
        ("What did you post, and when?", []),
        ("Is it due in May, or in June?", []),
    ],
)
def test_what_a_question_takes_for_granted_is_a_claim(answer: str, expected: list[str]) -> None:
    assert texts(answer) == expected


@pytest.mark.parametrize(
    "answer",
    [
        "Yes I don't have any food allergies.",
        "I'm not sure I do know the role of the paramedic was related to other care.",
        "I love that show, it ran for twelve years.",
    ],
)
def test_what_someone_says_of_themselves_is_a_claim(answer: str) -> None:
    assert len(claims(answer)) == 1


def test_questions_are_kept_apart() -> None:
    answer = "It is due in May. Did you enable the HR module? Let me know. どの期間を締めますか？"
    assert [question.text for question in claims_and_questions(answer)[1]] == [
        "Did you enable the HR module?",
        "どの期間を締めますか？",
    ]


@pytest.mark.parametrize(
    "question",
    [
        "What can I do for you?",
        "What would you like to know?",
        "Could you please rephrase your question?",
        "何をお探しですか？",
    ],
)
def test_a_question_that_is_talk_is_not_asked_about(question: str) -> None:
    assert claims_and_questions(question) == ([], [])


def test_chat_in_small_letters_has_sentences() -> None:
    assert texts("yeah it is sold by one firm. it runs in the browser.") == [
        "yeah it is sold by one firm.",
        "it runs in the browser.",
    ]
    assert texts("Choose the option, e.g. monthly. then save") == [
        "Choose the option, e.g. monthly. then save"
    ]


def test_a_refusal_that_goes_on_is_a_claim() -> None:
    assert texts("I'm not sure if you like popcorn, the kernels explode at 180 degrees and more.")
    assert not texts("I'm not sure which limit holds, as the manual does not mention it.")
    assert texts("I don't see them getting away with an audit like that.")
