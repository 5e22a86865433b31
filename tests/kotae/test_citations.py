"""Citations in answers."""

from __future__ import annotations

import time

import pytest

from kotae.citations import cited, marks


@pytest.mark.parametrize(
    ("answer", "numbers", "without"),
    [
        ("The Controller may [1].", {1}, "The Controller may."),
        ("For 72 hours[2, 3], no longer [12].", {2, 3, 12}, "For 72 hours, no longer."),
        ("締めた人です[1、2]。", {1, 2}, "締めた人です。"),
        ("Nothing is cited.", set(), "Nothing is cited."),
        ("[x] and [1234] and [ ]", set(), "[x] and [1234] and [ ]"),
        ("It is [4]\n\n- so [5]\n", {4, 5}, "It is\n\n- so\n"),
        ("May [1], [2] ([3]).", {1, 2, 3}, "May."),
        ("[1] So\n[2]: so", {1, 2}, "So\nso"),
        ("Those [1-3], [^4]【5】［6］.", set(), "Those."),
        ("still [1], [", {1}, "still"),
        ("a link [1](https://x", {1}, "a link"),
    ],
)
def test_an_answer_with_and_without_its_citations(answer: str, numbers: set[int], without: str) -> None:
    assert cited(answer) == numbers
    for start, end in reversed(marks(answer)):
        answer = answer[:start] + answer[end:]
    assert answer == without


def test_what_counts_from_nought_is_no_citation() -> None:
    assert marks("in [0, 1], bits [0]") == []


@pytest.mark.parametrize("part", ["[1] ", "([1], ", "[", " ", "[1, ", "[1,2,", "[1]", "[1]("])
def test_citations_are_found_in_time_by_the_length_of_a_text(part: str) -> None:
    began = time.perf_counter()
    marks(part * 10_000 + "x")
    assert time.perf_counter() - began < 5
