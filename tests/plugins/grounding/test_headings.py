"""What a heading denies of the items under it."""

from __future__ import annotations

import pytest

from plugins.grounding.headings import spelt_out


def lines(title: str, *items: str) -> list[str]:
    return [line for line in spelt_out(title, "\n".join(items)).splitlines() if line]


@pytest.mark.parametrize("heading", ["What you cannot do", "Not supported", "Things that are impossible"])
def test_an_item_under_a_heading_that_denies_is_denied(heading: str) -> None:
    assert lines(f"Periods › {heading}", "- Extend the 72 hours. Reopen it once more.") == [
        "- Extend the 72 hours. Reopen it once more.",
        "You cannot extend the 72 hours.",
    ]


def test_each_clause_is_denied_by_itself_and_what_explains_it_is_not() -> None:
    assert lines(
        "Periods › What you cannot do", "1. Change a day, or split a month: the calendar decides."
    ) == [
        "1. Change a day, or split a month: the calendar decides.",
        "You cannot change a day.",
        "You cannot split a month.",
    ]


def test_what_denies_itself_stays() -> None:
    assert lines("Counts › What you cannot do", "- You cannot run two counts at once.") == [
        "- You cannot run two counts at once."
    ]


def test_japanese_items_are_denied_at_their_end() -> None:
    assert lines(
        "期間 › できないこと", "- 72時間の延長。", "- 期間を削除すること。", "- 休日は選べません。"
    ) == [
        "- 72時間の延長。",
        "72時間の延長はできません。",
        "- 期間を削除すること。",
        "期間を削除はできません。",
        "- 休日は選べません。",
    ]


@pytest.mark.parametrize("title", ["Periods › What you can do", "What you cannot do › Exceptions", ""])
def test_under_another_heading_nothing_is(title: str) -> None:
    assert spelt_out(title, "- Extend the 72 hours.") == "- Extend the 72 hours."


def test_prose_stays() -> None:
    assert spelt_out("Periods › What you cannot do", "Ask a Controller.") == "Ask a Controller."
