from __future__ import annotations

import time

import pytest

from backends.retrieval import queries
from backends.retrieval.choosing import asks_nothing
from backends.retrieval.rewriting import naming_terms, rewrite
from kotae.conversation import Message
from kotae.queries import parts_of


def talk(*texts: str) -> tuple[Message, ...]:
    return tuple(Message("user" if at % 2 == 0 else "assistant", text) for at, text in enumerate(texts))


def query(history: tuple[Message, ...], question: str) -> str:
    found = rewrite(history, question)
    assert found is not None
    return found.query


def test_a_first_question_stays_as_typed() -> None:
    found = rewrite((), "Who may reopen it?")
    assert found is not None
    assert (found.query, found.method) == ("Who may reopen it?", "as typed")


def test_a_complete_question_stays_as_typed() -> None:
    history = talk("How do I close a period?", "Press Close.")
    assert (
        query(history, "Which roles can post supplier invoices?") == "Which roles can post supplier invoices?"
    )


def test_a_short_question_about_something_else_drops_the_old_subject() -> None:
    history = talk("How do I close a period?", "Press Close.")
    assert query(history, "How to register suppliers quickly?") == "How to register suppliers quickly?"


@pytest.mark.parametrize(
    "question",
    [
        "and who may reopen it?",
        "What about reopening?",
        "yes",
        "Why?",
        "the second one",
        "Who can do this for another company?",
    ],
)
def test_a_follow_up_gets_the_terms_of_what_came_before(question: str) -> None:
    found = rewrite(talk("How do I reopen a closed period?", "A Controller presses Reopen."), question)
    assert found is not None
    assert found.method == "carry-over"
    assert "period" in found.query
    assert found.query.endswith(f" — {question}")


@pytest.mark.parametrize(
    "question", ["それは誰ができますか？", "では、理由は必要ですか？", "経理担当は？", "はい"]
)
def test_a_japanese_follow_up_gets_them_too(question: str) -> None:
    found = rewrite(
        talk("締めた期間を再オープンするには？", "経理責任者が「再オープン」を選択します。"), question
    )
    assert found is not None
    assert found.method == "carry-over"
    assert "期間" in found.query
    assert found.query.endswith(f" — {question}")


def test_what_is_older_comes_first_and_counts_less() -> None:
    found = query(
        talk("How do I reopen a period?", "So.", "And the audit log?", "Yes."), "and who may read it?"
    )
    assert found.index("period") < found.index("audit")
    weights = queries.weighted_terms(found)
    assert weights["period"] < weights["audit"] < weights["read"]


def test_nothing_is_carried_twice_or_that_the_question_says_itself() -> None:
    found = query(talk("reopen period", "reopen period"), "and the period?")
    assert found == "reopen — and the period?"


@pytest.mark.parametrize(
    "question",
    [
        "By the way, who prints it?",
        "Another question: what is it?",
        "ところで、それは何？",
        "別の質問です。それは？",
    ],
)
def test_a_change_of_subject_that_is_announced_drops_the_old_one(question: str) -> None:
    assert query(talk("How do I reopen a closed period? 期間", "So."), question) == question


def test_nothing_before_a_change_of_subject_comes_back() -> None:
    found = query(
        talk("reopen a closed period", "So.", "By the way, print the picking list", "Yes."), "and who?"
    )
    assert "period" not in found
    assert "picking" in found


def test_answers_without_a_question_and_several_in_a_row_are_read() -> None:
    history = (
        Message("assistant", "Welcome"),
        *talk("reopen period", "So."),
        Message("assistant", "Is the year archived?"),
    )
    assert "archived" in query(history, "yes")


def test_an_empty_question_is_left_to_others() -> None:
    assert rewrite(talk("a", "b"), "  ") is None


def test_long_histories_take_no_time() -> None:
    history = talk(
        *(f"How do I reopen period {number}? " + "invoice posting " * 300 for number in range(100))
    )
    rewrite(history, "and who may?")
    began = time.process_time()
    for _ in range(10):
        rewrite(history, "and who may?")
    assert (time.process_time() - began) / 10 < 0.05


def test_a_code_counts_more_than_a_word() -> None:
    weights = queries.weighted_terms("meaning of SL-104")
    assert weights["sl104"] == queries.CODE_WEIGHT * weights["mean"]


def test_a_dash_in_what_was_said_makes_no_part() -> None:
    assert queries.join(["a — b", "c"]) == "a - b — c"
    assert queries.plain("a — c") == "a. c"


LISTED = "There are two ways:\n\n1. Reverse the invoice\n2. Write a credit note\n3. Leave it"


@pytest.mark.parametrize(
    ("question", "there", "not_there"),
    [
        ("How does the second one work?", "credit note", "Leave"),
        ("Tell me about the last one.", "Leave", "credit"),
        ("and the first?", "Reverse", "credit"),
    ],
)
def test_an_ordinal_means_an_item_of_the_last_answer(question: str, there: str, not_there: str) -> None:
    found = query(talk("How do I correct a posted invoice?", LISTED), question)
    assert there in found
    assert not_there not in found


def test_an_ordinal_means_an_item_in_japanese_too() -> None:
    history = talk("請求書を訂正するには？", "方法は次のとおりです。\n・取消処理\n・赤伝票の発行")
    found = query(history, "2つ目は誰ができますか。")
    assert "赤伝票" in found
    assert "取消処理" not in found


def test_yes_agrees_to_what_was_offered() -> None:
    history = talk("The count is wrong.", "Stock differs. Do you want to enter a stock adjustment? ")
    found = query(history, "Yes, please")
    assert "stock adjustment" in found
    assert found.endswith("Yes, please")


def test_of_a_question_that_is_a_whole_paste_the_beginning_is_searched_for() -> None:
    found = rewrite(talk("Who?", "Me."), "period " * 20_000)
    assert found is not None
    assert len(found.query) == 4000
    assert "only the first 4,000 characters" in found.note


KINDS = (
    "What kinds of closing are there?",
    "There are:\n1. Soft close\n2. Hard close\n3. Year-end closing [1]",
)
SHIMEKURI = ("締めにはどんな種類がありますか", "次のとおりです。\n1. 仮締め\n2. 本締め\n3. 年次締め")


@pytest.mark.parametrize(
    ("said", "question", "searched"),
    [
        (KINDS, "and the third?", "and Year-end closing?"),
        (KINDS, "Third, please", "Year-end closing, please"),
        (KINDS, "Who may do the first of them?", "Who may do Soft close?"),
        (KINDS, "How long does the latter take?", "How long does Year-end closing take?"),
        (SHIMEKURI, "3つ目は？", "年次締めは？"),
        (SHIMEKURI, "二番目のものは誰ができますか", "本締めは誰ができますか"),
        (SHIMEKURI, "最後のものは？", "年次締めは？"),
    ],
)
def test_an_item_that_is_picked_stands_whole_where_its_place_was_named(
    said: tuple[str, str], question: str, searched: str
) -> None:
    assert query(talk(*said), question).split(" — ")[-1] == searched


def test_items_are_counted_beyond_four_and_not_within_one_another() -> None:
    listed = "\n".join(f"{number}. Item {'abcdef'[number]}\n   - below" for number in range(1, 6))
    assert query(talk("Which?", listed), "What is the fifth one?").endswith("What is Item f?")
    assert query(talk("Which?", listed), "the sixth one").endswith(" — the sixth one")


def test_what_explains_an_item_is_carried_over_beside_its_name() -> None:
    listed = "1. **Soft close**: blocks most roles\n2. **Hard close**: blocks every posting"
    assert query(talk("What is there?", listed), "Who may do the second one?") == (
        "blocks every posting — Who may do Hard close?"
    )


@pytest.mark.parametrize(
    "question",
    [
        "What is the first step of a hard close?",
        "ハード締めの最初の手順は何ですか。通貨を換算しますか。",
    ],
)
def test_a_question_about_the_first_of_something_else_picks_nothing(question: str) -> None:
    assert query(talk(*KINDS), question) == question


def test_numbers_of_lists_and_citations_are_not_carried_over() -> None:
    for said in (KINDS, SHIMEKURI, ("What?", "Either (1) reverse it or (2) write a note [1, 2]. ① Done")):
        found = query(talk(*said), "and why?")
        assert found.endswith(" — and why?")
        assert not any(character.isdigit() for character in found)
    assert "62" in query(talk("When?", "From age 62."), "and why?")


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("仮締めと年次締めの違い", "仮締め"),
        ("仮締めと年次締めの違い", "年次締め"),
        ("取り消し処理は？", "取り消し処理"),
        ("支払い方法を確認します", "支払い方法"),
    ],
)
def test_japanese_nouns_keep_their_okurigana(said: str, term: str) -> None:
    assert term in naming_terms(said)


def test_verbs_and_adjectives_bring_no_okurigana() -> None:
    assert list(naming_terms("入力し、高い金額を締めます")) == ["入力", "金額"]


@pytest.mark.parametrize(
    "said",
    [
        "thanks",
        "Thank you very much!",
        "No.",
        "no thanks",
        "OK, got it",
        "ありがとうございます。",
        "いいえ",
        "いいえ、結構です",
    ],
)
@pytest.mark.parametrize(
    "history",
    [
        (),
        talk("How do I close a period?", "Press Close."),
        talk("期間は？", "一か月です。"),
        talk("The count is wrong.", "Stock differs. Would you like to enter a stock adjustment?"),
    ],
)
def test_where_nothing_is_asked_nothing_is_carried_over(history: tuple[Message, ...], said: str) -> None:
    found = rewrite(history, said)
    assert found is not None
    assert (found.query, found.method) == (said, "as typed")
    assert "nothing is asked" in found.note
    assert asks_nothing(found.query)


@pytest.mark.parametrize(
    "said",
    [
        "No, how do I post it?",
        "No?",
        "thanks, and who may reopen it?",
        "ありがとう。では再オープンは？",
        "yes",
        "はい",
    ],
)
def test_a_question_behind_thanks_is_one(said: str) -> None:
    assert not asks_nothing(said)
    assert query(talk("How do I close a period? 期間", "Press Close."), said) != said


def test_a_no_to_a_question_that_matters_goes_on_from_it() -> None:
    found = query(talk("My count is off.", "Have you posted all shipments?"), "No")
    assert "shipments" in found


def test_what_was_declined_is_not_carried_over() -> None:
    history = talk("The count is wrong.", "Stock differs. Would you like to enter a stock adjustment?")
    found = query(history, "No, who may count again?")
    assert "count" in found
    assert "adjustment" not in found


@pytest.mark.parametrize(
    "question", ["SL-104 — what does it mean?", "Recurring journals — who may change them?", "a || b"]
)
def test_what_is_typed_is_one_question_whatever_stands_in_it(question: str) -> None:
    for history in ((), talk("By the way, what is a lot?", "A batch.")):
        found = query(history, question)
        assert parts_of(found).question.endswith(question.replace(" — ", " - ").replace(" || ", " | "))
        assert parts_of(found).sub_questions == ()
    assert parts_of(query((), question)).carried == ()
