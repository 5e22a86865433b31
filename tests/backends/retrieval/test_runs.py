"""Runs of characters that questions share with texts."""

from __future__ import annotations

import pytest

from backends.retrieval.runs import shared


def test_a_text_with_all_of_the_question_has_it_all_and_one_without_has_nothing() -> None:
    (found,) = shared("Who may REOPEN it?", [3], ["they say: who may reopen it? we do", "zzz", ""])
    assert found.tolist() == pytest.approx([1, 0, 0])


def test_longer_runs_are_asked_for_apart_and_never_reach_over_two_texts() -> None:
    three, five = shared("会計期間", [3, 4], ["会計期", "間の会計", "会計期間"])
    assert three.tolist() == pytest.approx([three[0], 0, 1])
    assert 0 < three[0] < 1
    assert five.tolist() == pytest.approx([0, 0, 1])


def test_what_is_in_every_text_counts_less() -> None:
    (found,) = shared("abcxyz", [3], ["abc", "abc xyz", "abc", "abc"])
    assert found[1] - found[0] > found[0]


@pytest.mark.parametrize("question", ["", "ab", "\ud800"])
def test_a_question_without_a_run_shares_nothing(question: str) -> None:
    (found,) = shared(question, [3], ["abc"])
    assert found.tolist() == [0]
    assert shared("abc", [3], [])[0].tolist() == []
