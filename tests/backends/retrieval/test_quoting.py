"""Which parts of the passages are chosen, whether any is, and how they are written down."""

from __future__ import annotations

import time

import pytest

from backends.retrieval.quotable import quotables
from backends.retrieval.quotation import quotation
from backends.retrieval.quoting import Counts, Pick, choose, question_terms
from kotae.claims import claims
from kotae.conversation import Passage
from tests.backends.retrieval.conftest import KIKAN, PERIODS, SHIPMENTS

REOPENING = """A Closed period can be reopened for a short time. Reopening is an exception.

| Condition | Rule |
|---|---|
| Reason | At least 20 characters |
| Role | Controller only |
| How often | At most 2 times a period |
"""
CHANGING = """1. Open **Sales > Customers**.
2. Enter the new limit.
3. Press **Save**. Confirmed orders are not checked again.

Only a Controller can change a limit.
"""


def passage(text: str, title: str = "Reopening a period", **more: object) -> Passage:
    given = {"id": title, "document": f"{title}.md", "line": 1, "score": 1.0, **more}
    return Passage(title=title, text=text, **given)  # type: ignore[arg-type]


def quoted(query: str, *passages: Passage, told: str = "") -> str:
    """The answer; empty when nothing fits."""
    choice = choose(query, passages, told=told)
    return "\n\n".join(quotation(choice.picks, passages)) if choice.fits else ""


PAGES = (
    passage(PERIODS.partition("## Reopening")[2].partition("## ")[0], "Periods › Reopening"),
    passage(SHIPMENTS.partition("\n")[2], "Shipments", score=0.4),
)


def test_the_sentence_that_answers_is_quoted_word_for_word_and_cited() -> None:
    answer = quoted("Who may reopen a closed period?", *PAGES)
    assert "Only the Controller may reopen a closed period." in answer
    assert "[1]" in answer
    assert "picking list" not in answer


STATES = passage(
    "| State | Who may post | How it is reached |\n|---|---|---|\n"
    "| Soft-closed | Accountant and Controller only | Soft close, or the reopening of a closed period |",
    "Accounting periods › States",
    score=0.9,
)
LATER = passage(
    "A Controller may close it earlier with a hard close; checks then apply.", "Reopening a period"
)


@pytest.mark.parametrize("asks", ["Who may reopen", "Who can reopen", "Which role is allowed to reopen"])
def test_those_who_may_do_something_else_are_not_who_is_asked_for(asks: str) -> None:
    conditions = passage(REOPENING, "Reopening a period › Conditions", score=0.1, document=LATER.document)
    answer = quoted(f"{asks} a closed period?", LATER, STATES, conditions)
    assert "| Role | Controller only [3] |" in answer
    assert "Accountant" not in answer


def test_those_who_may_do_what_is_asked_for_are_quoted() -> None:
    assert "| Soft-closed | Accountant and Controller only |" in quoted(
        "Who may post when soft-closed?", STATES
    )
    japanese = passage(
        "| 状態 | 転記できるロール |\n|---|---|\n| 仮締め | 経理担当 |\n| 締め | なし |",
        "会計期間",
        score=1.0,
    )
    assert "| 仮締め | 経理担当 [1] |" in quoted("仮締めの期間に転記できるのは誰ですか", japanese)


def test_japanese_is_quoted_as_well() -> None:
    answer = quoted("締めた期間を再オープンできるのは誰ですか", passage(KIKAN, "会計期間"))
    assert "締めた期間を再オープンできるのは経理責任者だけです。" in answer
    assert "転記日" not in answer


@pytest.mark.parametrize(
    "question",
    ["How do I install the smartphone app?", "給与明細はどこで印刷しますか。", "?", "どうですか", "Why?"],
)
def test_nothing_is_quoted_where_the_passages_say_nothing_about_it(question: str) -> None:
    assert quoted(question, *PAGES, passage(KIKAN, "会計期間")) == ""


def test_who_finds_the_row_that_names_the_role_and_how_often_the_one_with_the_number() -> None:
    page = passage(REOPENING, "Reopening a period › Conditions")
    head = "**Reopening a period › Conditions**\n\n| Condition | Rule |\n|---|---|\n"
    who = quoted("Who can reopen a closed period?", page)
    assert f"{head}| Role | Controller only [1] |" in who
    assert "20 characters" not in who
    assert "| How often | At most 2 times a period [1] |" in quoted(
        "How often can a period be reopened?", page
    )


def test_a_procedure_stays_together_where_the_question_asks_how() -> None:
    answer = quoted(
        "How do I change the limit of a customer?", passage(CHANGING, "Credit limits › Changing a limit")
    )
    assert CHANGING.partition("\n\n")[0] + " [1]" in answer
    assert answer.startswith("**Credit limits › Changing a limit**")


def test_steps_that_are_quoted_bring_those_between_them() -> None:
    page = passage(CHANGING, "Credit limits")
    numbers = {part.marker: place for place, part in enumerate(quotables(page.title, page.text))}
    text = "\n".join(quotation([Pick(0, numbers["3. "]), Pick(0, numbers["1. "])], [page]))
    assert [line[:2] for line in text.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3."]


def test_two_pages_are_quoted_for_a_question_that_takes_two() -> None:
    pages = (
        passage("The shipment posts freight to account 6200. Packing is free.", "Shipments"),
        passage(
            "Account 6200 stands under selling expenses of the income statement.", "Statements", score=0.5
        ),
    )
    answer = quoted("On which statement does the freight of a shipment stand?", *pages)
    assert "[1]" in answer
    assert "[2]" in answer


def test_sentences_that_follow_each_other_are_one_quotation_in_reading_order() -> None:
    page = passage("A lot can be put on hold. It is then not shipped. Buyers release lots on hold.", "Lots")
    assert quoted("What happens to a lot that is not shipped?", page).startswith(
        "A lot can be put on hold. It is then not shipped."
    )


def test_what_two_passages_both_say_is_quoted_once() -> None:
    said = "Only the Controller may reopen a closed period."
    answer = quoted("Who may reopen a closed period?", passage(said, "Periods"), passage(said, "Roles"))
    assert answer.count("Only the Controller") == 1


def test_what_was_just_answered_is_not_said_again() -> None:
    page = passage(
        "Deposits are matched with invoices on the receipt. Deposits are matched back with **Unmatch**.",
        "Deposits",
    )
    told = "Deposits are matched with invoices on the receipt."
    query = "deposits matched — And then?"
    assert choose(query, [page]).picks[0] == Pick(0, 0)
    assert choose(query, [page], told=told).picks[0] == Pick(0, 1)


def test_a_rare_word_that_is_missing_weighs_more_than_common_ones_that_are_there() -> None:
    page = passage("Users sign in with a password.", "Signing in")
    query = "Can users sign in with SAML?"
    counts = Counts(1000, dict.fromkeys(question_terms(query), 400) | {"saml": 0})
    assert choose(query, [page]).fits
    assert not choose(query, [page], counts).fits


def test_sub_questions_and_carried_over_terms_belong_to_the_question() -> None:
    terms = question_terms("period close — Who may reopen it? || What is a soft close?")
    assert terms["period"] == 0.5
    assert terms["reopen"] == terms["soft"] == terms["close"] == 1.0


def test_scores_of_other_retrievers_need_not_mean_anything() -> None:
    for score in (0.0, -3.0, 57.0):
        page = passage("Only the Controller may reopen a closed period.", "Periods", score=score)
        assert quoted("Who may reopen a closed period?", page)


def test_what_is_quoted_claims_nothing_that_is_not_in_the_passages() -> None:
    page = passage(REOPENING + "\n" + CHANGING, "Reopening a period")
    text = quoted("Who can reopen a closed period, and how do I change a limit?", page)
    assert claims(text)
    for claim in claims(text):
        words = claim.plain.replace("*", " ").split()
        assert all(word in page.text for word in words), claim


def test_choosing_takes_no_time() -> None:
    passages = [
        passage(REOPENING * 4 + CHANGING * 4 + str(n), f"Page {n}", score=1 / (n + 1)) for n in range(6)
    ]
    began = time.process_time()
    quoted("Who can reopen a closed period, and how often?", *passages)
    assert time.process_time() - began < 0.5  # a tenth of it on a quiet machine
