from __future__ import annotations

import pytest

from backends.retrieval import queries
from kotae.queries import QueryParts, from_lines, parts_of, to_lines


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("who?", QueryParts((), "who?", ())),
        ("rental — deposit — who?", QueryParts(("rental", "deposit"), "who?", ())),
        ("rental — who? || what? || where?", QueryParts(("rental",), "who?", ("what?", "where?"))),
        ("", QueryParts((), "", ())),
        (" —  || ", QueryParts((), "", ())),
        ("a—b||c", QueryParts((), "a—b||c", ())),
    ],
)
def test_a_query_is_taken_apart(query: str, parts: QueryParts) -> None:
    assert parts_of(query) == parts


def test_what_the_search_writes_is_read_here() -> None:
    query = queries.with_sub_questions(queries.join(["rental", "who?"]), ["what?"])
    assert parts_of(query) == QueryParts(("rental",), "who?", ("what?",))
    assert queries.sub_questions(query) == ("rental — who?", ["what?"])


def test_each_sub_question_has_a_line_of_its_own_to_be_edited_on() -> None:
    query = "rental — who? || what? || where?"
    assert to_lines(query) == "rental — who?\nwhat?\nwhere?"
    assert from_lines(to_lines(query)) == query
    assert from_lines(" who  may?\n\n\twhat?  ") == "who may? || what?"
    assert from_lines(" \n ") == ""
