"""Numbers of a claim that the evidence does not have, or has of something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from plugins.grounding.numbers import Quantity, comparable, equivalents, quantities, rivals, same

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from plugins.grounding.evidence import Evidence, Sentence, Window
    from plugins.grounding.features import Said

_UNREAD = re.compile(r"\bhalf an? |\bfortnight|\bquarter|\bdozen|半日|半月|翌日")
"""Amounts that are no quantities here, and may be the claim's."""
_NEAR = 5
"""Sentences near a claim whose units are looked at."""
_PLAIN = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_RECKONED, _LEAST_GIVEN = 8, 2
"""Numbers that are reckoned with at most, and that the user has to have given."""


def wrong(
    plain: str, sentences: Sequence[Sentence], evidence: Evidence, window: Window | None, user: Said
) -> tuple[tuple[Quantity, ...], tuple[str, ...]]:
    """The numbers that are wrong, and for each what the nearest sentences have in its place, or nothing."""
    here = quantities(window.text) if window else ()
    values = {quantity.value for quantity in here}
    found: list[Quantity] = []
    instead: list[str] = []
    claimed = quantities(plain)
    for quantity in claimed:
        alike = equivalents(quantity.value, quantity.unit)
        if not user.values.isdisjoint(alike):
            continue
        if clash := _of_another_unit(quantity, sentences[:_NEAR], evidence):
            found.append(quantity)
            instead.append(clash)
            continue
        if not values.isdisjoint(alike):
            continue
        same_unit = [
            other
            for other in here
            if other.unit
            and rivals(quantity.unit, other.unit)
            and other.value not in {q.value for q in claimed}
        ]
        rival = window.text[same_unit[0].start : same_unit[0].end] if same_unit and window else ""
        elsewhere = not evidence.values.isdisjoint(alike)
        if (elsewhere and not rival) or (not quantity.exact and not rival):
            continue
        found.append(quantity)
        instead.append(rival)
    return tuple(found), tuple(instead)


def _of_another_unit(quantity: Quantity, near: Sequence[Sentence], evidence: Evidence) -> str:
    """What has the number with another unit of its kind (`72 hours` for `72 minutes`), where nothing has the quantity itself."""
    clash = next(
        (
            sentence.text[other.start : other.end]
            for sentence in near
            for other in quantities(sentence.text)
            if quantity.exact and other.value == quantity.value and _clashes(quantity, other)
        ),
        "",
    )
    if clash and (
        _UNREAD.search(evidence.text)
        or any(
            same(quantity.value, quantity.unit, other.value, other.unit)
            for sentence in evidence.sentences
            for other in quantities(sentence.text)
        )
    ):
        return ""
    return clash


def _clashes(one: Quantity, other: Quantity) -> bool:
    return bool(one.unit) and one.unit != other.unit and comparable(one.unit, other.unit)


def measure(plain: str, evidence: Evidence, window: Window | None, user: Said) -> dict[str, float]:
    """How many numbers a claim (normalised, its markup blanked) has, and how many of them are nowhere near or nowhere at all."""
    claimed = quantities(plain)
    here = {quantity.value for quantity in quantities(window.text)} if window else set()
    missing = [q for q in claimed if q.value not in evidence.values and q.value not in user.values]
    return {
        "numbers": len(claimed),
        "numbers_absent": len(missing),
        "numbers_exact_absent": sum(quantity.exact for quantity in missing),
        "numbers_far": sum(quantity.value not in here for quantity in claimed),
    }


def reckoned(plain: str, given: Collection[str]) -> frozenset[str]:
    """The values of a claim that are the sum of two products of its others and the user's: `ten at 100 and two at 120`.

    Only who was given numbers to reckon with reckons. What is no larger than these is not looked at: small numbers easily add up.
    """
    theirs = sorted(float(value) for value in given if _PLAIN.fullmatch(value))[:_RECKONED]
    if len(theirs) < _LEAST_GIVEN:
        return frozenset()
    own = {q.value: float(q.value) for q in quantities(plain)[:_RECKONED] if _PLAIN.fullmatch(q.value)}
    most = max(theirs)
    known = [*theirs, *(number for number in own.values() if number <= most)]
    products = {one * two for one in known for two in theirs}
    return frozenset(
        value
        for value, number in own.items()
        if number > most and any(number - one in products for one in products)
    )


def absent(found: Sequence[Quantity], evidence: Evidence) -> frozenset[str]:
    """The values of those that no evidence has, in whatever unit."""
    return frozenset(q.value for q in found if evidence.values.isdisjoint(equivalents(q.value, q.unit)))
