"""What a search hands out: both of two pages, what led to them, and sub-questions in turn."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from backends.retrieval.encoder import Encoder
from backends.retrieval.index import Index, open_index
from backends.retrieval.indexing import build
from backends.retrieval.search import search
from kotae.conversation import Message, Passage
from tests.backends.retrieval.conftest import write

PAGES = {
    "shipments.md": "# Shipments\n\nThe charges of the carrier are posted to the freight expense account.\n",
    "accounts.md": "# Freight expense\n\nIt stands on the income statement, under selling costs.\n",
    "orders.md": "# Orders\n\nAn order is confirmed by a clerk. A confirmed order can be printed.\n",
    "returns.md": "# Returns\n\nGoods that come back are counted by the warehouse.\n",
    "users.md": "# Users\n\nAn administrator invites users by mail.\n",
    "balance.md": "# Stock\n\nIt stands on the balance sheet, under current assets.\n",
}


@pytest.fixture
def index(tmp_path: Path, minilm: Encoder) -> Index:
    build(write(tmp_path / "manual", PAGES), tmp_path / "index", minilm, lambda *_: None, lambda: False)
    return open_index(tmp_path / "index")


def documents(found: list[Passage]) -> list[str]:
    return [passage.document for passage in found]


def test_the_second_page_is_found_from_the_first(index: Index) -> None:
    found = search(index, "Where are charges of the carrier shown?", 2, None)
    assert set(documents(found)) == {"shipments.md", "accounts.md"}
    led = next(passage for passage in found if passage.document == "accounts.md")
    assert led.found_by == "Shipments: Freight expense"


def test_sub_questions_take_turns_and_are_named(index: Index) -> None:
    query = (
        "Who invites users and who counts returns? || Who invites users? || Who counts goods that come back?"
    )
    found = search(index, query, 3, None)
    assert {"users.md", "returns.md"} <= set(documents(found))
    assert all(later.score <= earlier.score for earlier, later in pairwise(found))
    only = search(index, "printed order || Who invites users?", 2, None)
    assert [passage.found_by for passage in only] == ["", "Who invites users?"]


def test_what_was_said_before_decides_where_the_question_does_not(index: Index) -> None:
    def first(about: str) -> str:
        history = (Message("user", f"Where are {about} shown?"), Message("assistant", f"With {about}."))
        return documents(search(index, f"{about} — Where does it stand?", 1, None, history))[0]

    assert first("freight expense") == "accounts.md"
    assert first("stock") == "balance.md"


def test_a_row_of_a_corpus_is_handed_out_once(tmp_path: Path, minilm: Encoder) -> None:
    long = " ".join(f"Periods are closed by step {at} of the list." for at in range(200))
    rows = f'{{"id": "long", "title": "Periods", "text": "{long}"}}\n{{"id": "b", "title": "B", "text": "Lists of periods."}}\n'
    source = write(tmp_path, {"corpus.jsonl": rows}) / "corpus.jsonl"
    build(source, tmp_path / "index", minilm, lambda *_: None, lambda: False)
    index = open_index(tmp_path / "index")
    assert len(index.passages) > 3
    assert sorted(documents(search(index, "closed periods", 2, minilm.encode))) == ["b", "long"]


def test_nothing_in_common_finds_nothing(index: Index) -> None:
    assert search(index, "zzz", 5, None) == []
    assert search(index, "", 5, None) == []


@pytest.mark.parametrize("query", ["Thanks.", "No", "ありがとうございます", "いいえ"])
def test_nothing_is_searched_for_where_nothing_is_asked(index: Index, minilm: Encoder, query: str) -> None:
    history = (Message("user", "Where are charges shown?"), Message("assistant", "With freight expense."))
    assert search(index, query, 5, minilm.encode, history) == []


@pytest.mark.parametrize("query", ["", "  ", "||", " — ", "?!"])
def test_a_query_without_a_letter_finds_nothing_though_it_has_a_vector(
    index: Index, minilm: Encoder, query: str
) -> None:
    assert search(index, query, 5, minilm.encode) == []


@pytest.mark.parametrize(
    "query", ["a — b || c || ", "a || ||", "期間 \U0001f600 ไทย", "x" * 5000, "\x1b[31mclerk\x07"]
)
def test_odd_queries_are_searched_for(index: Index, minilm: Encoder, query: str) -> None:
    assert len(search(index, query, 1000, minilm.encode)) <= len(index.passages)
