"""Citations in answers."""

from __future__ import annotations

import pytest

from kotae.citations import cited, uncited


@pytest.mark.parametrize(
    ("answer", "numbers", "without"),
    [
        ("The Controller may [1].", {1}, "The Controller may."),
        ("For 72 hours[2, 3], no longer [12].", {2, 3, 12}, "For 72 hours, no longer."),
        ("締めた人です[1、2]。", {1, 2}, "締めた人です。"),
        ("Nothing is cited.", set(), "Nothing is cited."),
        ("[x] and [1234]", set(), "[x] and [1234]"),
        ("It is [4]\n\n- so [5]\n", {4, 5}, "It is\n\n- so\n"),
    ],
)
def test_an_answer_with_and_without_its_citations(answer: str, numbers: set[int], without: str) -> None:
    assert cited(answer) == numbers
    assert uncited(answer) == without


@pytest.mark.parametrize(
    "code", ["`rows[1]`", "```python\nrows[1]\n```", "~~~\nrows [1]\n~~~", "```\nrows[1]"]
)
def test_code_cites_nothing(code: str) -> None:
    assert uncited(f"So [1]: {code}") == f"So: {code}"
