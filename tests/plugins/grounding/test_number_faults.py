"""Numbers that follow from others."""

from __future__ import annotations

import pytest

from plugins.grounding.number_faults import reckoned
from tests.plugins.grounding.conftest import check


@pytest.mark.parametrize(
    ("claim", "given", "expected"),
    [
        (
            "The twelve pieces cost 1,240 yen: ten at 100 and two at 120.",
            {"10", "100", "120", "12"},
            {"1240"},
        ),
        ("100円が10個と120円が2個で1,240円になる。", {"10", "100", "120", "12"}, {"1240"}),
        ("That makes 1,250.", {"10", "100", "120", "12"}, set()),
        ("It can be returned within 60 days.", {"10", "3", "120", "2"}, set()),
        ("300 is 100 and 200.", set(), set()),
        ("That makes 300.", {"100"}, set()),
    ],
)
def test_what_follows_from_the_users_numbers(claim: str, given: set[str], expected: set[str]) -> None:
    assert reckoned(claim, given) == expected


async def test_without_the_users_numbers_a_number_is_held_against_the_page() -> None:
    assert await check("The fee is JPY 300.", "The fee is JPY 100. The tax is JPY 200.")
