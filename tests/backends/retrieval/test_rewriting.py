from __future__ import annotations

import time

import pytest

from backends.retrieval import queries
from backends.retrieval.rewriting import rewrite
from kotae.conversation import Message


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
    assert found.endswith(question)


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
