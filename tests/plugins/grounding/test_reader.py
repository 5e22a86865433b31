"""Reading a claim beside an excerpt."""

from __future__ import annotations

import time

import pytest

from kotae.conversation import Passage
from plugins.grounding.evidence import gather, nearest
from plugins.grounding.features import measure, said
from plugins.grounding.reader import BESIDE, Reading, bundled, excerpt, read
from plugins.grounding.text import tokens

RULE = "The Controller may reopen a closed period for 72 hours. It is then shut again by itself."


def beside(claim: str, *pages: str) -> str:
    """What a claim is read beside."""
    evidence = gather([Passage(id=str(n), document="", title="", text=page) for n, page in enumerate(pages)])
    words = tokens(claim)
    return excerpt(words, nearest(evidence, words)[1], evidence)


@pytest.mark.parametrize(
    ("borne_out", "not_borne_out", "page"),
    [
        (
            "A closed period may be reopened for 72 hours.",
            "A closed period may be reopened for 48 hours.",
            RULE,
        ),
        (
            "The Controller may reopen a closed period.",
            "The Warehouse Clerk may reopen a closed period.",
            RULE,
        ),
        ("The Controller may reopen a closed period.", "Dragons guard the castle.", RULE),
        (
            "締めた期間は72時間だけ再開できます。",
            "締めた期間は24時間だけ再開できます。",
            "締めた期間は72時間だけ再開できます。",
        ),
        ("締めた期間は再開できます。", "竜は城を守ります。", "締めた期間は72時間だけ再開できます。"),
    ],
)
def test_what_is_not_borne_out_is_doubted_more(borne_out: str, not_borne_out: str, page: str) -> None:
    assert bundled().read(borne_out, page).doubt < bundled().read(not_borne_out, page).doubt - 0.5


def test_the_words_at_fault_are_told() -> None:
    claim = "The Controller may reopen a closed period for 48 hours."
    reading = bundled().read(claim, RULE)
    at = claim.index("48")
    assert reading.worst(at, at + 2) == max(odds for *_, odds in reading.words)
    assert all(0 <= start < end <= len(claim) for start, end, _ in reading.words)


def test_words_that_were_not_read_have_the_doubt_of_the_claim() -> None:
    assert Reading(1.5, ((0, 4, -2.0),)).worst(10, 20) == 1.5


@pytest.mark.parametrize(
    "claim", ["", "\ud800", "a" * 100_000, "\u0301" * 50, "１２３ ㍿ 🀄", "72 h \ud800 3日 " * 99]
)
def test_whatever_is_said_can_be_read(claim: str) -> None:
    for reading in (bundled().read(claim, claim), read(claim, f"{claim} 3 days, 259200 s")):
        assert -100 < reading.doubt < 100
        assert all(0 <= start < end <= len(claim) for start, end, _ in reading.words)


@pytest.mark.parametrize(
    ("claim", "page", "quantity", "fault"),
    [
        ("It closes after 72 h, by dragons.", "It closes after 3 days, by the clerk.", "72 h", "dragons"),
        ("竜が72時間後に閉じます。", "経理担当が3日後に閉じます。", "72時間", "竜"),
    ],
)
def test_another_notation_is_no_other_quantity(claim: str, page: str, quantity: str, fault: str) -> None:
    reading = read(claim, page)
    start = claim.index(quantity)
    assert (start, start + len(quantity)) in {(begin, end) for begin, end, _ in reading.words}
    assert reading.worst(start, start + len(quantity)) < 0
    at = claim.index(fault)
    assert reading.worst(at, at + len(fault)) == max(odds for *_, odds in reading.words)


def test_words_behind_amounts_that_were_rewritten_keep_their_places() -> None:
    claim = "After 72 h and 24 h, dragons close it."
    page = "After 3 days and 1 day, dragons close it."
    shift = len(page) - len(claim)
    behind = [(start, end) for start, end, _ in read(claim, page).words if start >= claim.index(",")]
    assert behind == [
        (start - shift, end - shift)
        for start, end, _ in bundled().read(page, page).words
        if start >= page.index(",")
    ]


@pytest.mark.parametrize(
    ("claim", "page"),
    [
        ("It closes after 3 hours.", "It closes after 3 days."),
        ("It closes after 3 yen.", "It closes after 3 days."),
        ("It closes after 3 weeks.", "It closes after 3 days."),
        ("Keep it at 5°F.", "Keep it at 5°C."),
        ("支払いは5営業日以内です。", "支払いは5日以内です。"),
        ("2024年3月5日に公開されました。", "公開日は2024-03-05です。"),
        ("2026年に終わります。", "It lasts for 2026 years."),
    ],
)
def test_what_is_no_other_notation_is_read_as_it_stands(claim: str, page: str) -> None:
    assert read(claim, page) == bundled().read(claim, page)


def test_on_which_side_of_a_day_something_lies_is_kept() -> None:
    page = "解約は14日後です。"
    assert (
        read("解約は2週間前です。", page).doubt
        == bundled().read("解約は14日前です。", page).doubt
        != bundled().read(page, page).doubt
    )
    assert (
        read("解約は1年前です。", "解約は12か月間です。").doubt
        == bundled().read("解約は12か月前です。", "解約は12か月間です。").doubt
    )


def test_a_claim_is_read_beside_what_shares_its_words() -> None:
    pages = [" ".join(f"Line {n} of page {page} is about tax." for n in range(40)) for page in range(5)]
    found = beside("Who may reopen a closed period?", *pages, RULE)
    assert RULE.split(". ")[0] in found
    assert len(found) < 700


def test_what_bears_it_out_is_read_though_a_long_sentence_stands_before_it() -> None:
    long = (
        "Before the closing of the year, " + "the accountants look at a list of what is still open, and " * 7
    )
    page = f"{long} go home. Only the Controller may reopen a period."
    found = beside("Only the Controller may reopen a period after closing.", page)
    assert found.startswith("Only the Controller may reopen a period.")


def test_a_short_context_is_read_as_it_stands() -> None:
    assert beside("Dragons guard the castle.", RULE).replace("\n", " ") == RULE


def test_little_is_looked_through_where_nothing_shares_a_word() -> None:
    page = "\n\n".join(f"{number:x} q." for number in range(20_000))
    evidence = gather([Passage(id="1", document="", title="", text=page)])
    started = time.process_time()
    for _ in range(100):
        assert len(excerpt(tokens("Dragons guard the castle."), None, evidence)) < 600
    assert time.process_time() - started < 1


def test_no_more_is_read_than_fits() -> None:
    long = "The clerk books it. " * BESIDE
    assert bundled().read("The clerk books it.", long) == bundled().read(
        "The clerk books it.", long + "Or not. " * 500
    )


def test_what_stands_there_word_for_word_is_not_read() -> None:
    evidence = gather([Passage(id="1", document="", title="", text="The clerk posts the invoice on Monday.")])
    asked: list[str] = []

    def read(claim: str, beside: str) -> Reading:
        asked.append(claim)
        return Reading(3.0, ())

    for claim in ("The clerk posts the invoice on Monday.", "The clerk does not post the invoice."):
        measured = measure(claim, claim, evidence, said([]), read)
    assert asked == ["The clerk does not post the invoice."]
    assert measured.values["read"] == 3.0
