"""Records (JSON) as evidence: fields that say yes, no or nothing, and opening hours."""

from __future__ import annotations

import json

import pytest

from plugins.grounding.records import mentions, read, wrong_hours
from tests.plugins.grounding.conftest import check

SHOP = json.dumps(
    {
        "name": "Komorebi Books",
        "hours": {"Monday": "10:0-19:30", "Tuesday": "10:0-19:30", "Saturday": "12:0-17:0"},
        "services": {"GiftWrapping": True, "HomeDelivery": False, "Repairs": None, "Parking": {"lot": False, "street": True}},
        "note": "Ask for a lot of help at the counter.",
    }
)  # fmt: skip


def test_other_texts_are_no_records() -> None:
    assert read("Invoices are due.") is None
    assert read("{not json}") is None
    assert read('["a"]') is None
    assert read("{" * 5000) is None


@pytest.mark.parametrize(
    ("claim", "verdicts"),
    [
        ("Gift wrapping is offered.", ["agrees"]),
        ("There is no gift-wrapping.", ["affirmed"]),
        ("It offers home delivery.", ["denied"]),
        ("It does not offer home delivery.", ["agrees"]),
        ("It has repairs.", ["empty"]),
        ("It gives a lot of help.", []),
        ("It has a parking lot.", ["denied"]),
    ],
)
def test_claims_speak_of_fields(claim: str, verdicts: list[str]) -> None:
    record = read(SHOP)
    assert record is not None
    assert [mention.verdict for mention in mentions(claim, record)] == verdicts


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("It is open on Monday from 10 am to 7:30 pm.", (0, 0.0)),
        ("It is open on Monday from 9 am to 7:30 pm.", (1, 0.0)),
        ("It is open daily from 10 am to 7:30 pm.", (1, 1.0)),
        ("It is open on Saturday from 12:00 to 17:00.", (0, 0.0)),
        ("It has many books.", (0, 0.0)),
        ("Hours: Monday and Tuesday 10:00 to 19:30, Saturday 12:00 to 17:00.", (0, 0.0)),
        ("It opens from 10 am to 7:30 pm on Monday, and until 5 pm on Saturdays.", (0, 0.0)),
        ("It opens from 10 am to 7:30 pm on Monday, and until 6 pm on Saturdays.", (1, 0.0)),
        ("It is closed on Saturdays.", (0, 1.0)),
        ("It is closed on Sundays.", (0, 0.0)),
    ],
)
def test_opening_hours_are_compared_day_by_day(claim: str, wrong: tuple[int, float]) -> None:
    record = read(SHOP)
    assert record is not None
    assert wrong_hours(claim, record) == wrong


async def test_a_name_may_be_written_with_or_without_a_gap() -> None:
    cafe = json.dumps(
        {"name": "Komorebi Books", "state": "CA", "services": {"WiFi": "free", "GiftWrapping": True}}
    )
    for claim in ("The shop offers WiFi.", "The shop in California offers Wi-Fi."):
        assert not [flag for flag in await check(claim, cafe, 0.0) if flag.kind == "name"], claim
    assert [flag.kind for flag in await check("The shop offers NearLink.", cafe, 0.0)].count("name") == 1


async def test_what_a_field_denies_is_marked_as_contradicted() -> None:
    answer = "Komorebi Books offers home delivery."
    flags = await check(answer, SHOP)
    assert [(flag.kind, answer[flag.start : flag.end]) for flag in flags] == [("contradicted", "delivery")]
    assert "no" in flags[0].reason
