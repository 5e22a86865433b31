"""Minimal pairs: a claim in other words should stay clean, the same claim with one fault should be marked, and marked where the
fault is.

The pairs (`pairs.jsonl`: add your own) were written without looking at the flagger. It does not pass them all; what it reaches is
held here, and `benchmarks/RESULTS.md` says what is still missing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from kotae.conversation import Flag
from tests.plugins.grounding.conftest import check


class Pair(NamedTuple):
    lang: str
    kind: str
    context: str
    clean: str
    faulty: str
    mark: str
    """What the flag has to span; empty: the whole claim."""
    change: str = ""
    """What was changed: number, negation, role or name; empty: all of it."""


def _read(name: str) -> list[Pair]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [Pair(**json.loads(line)) for line in lines]


PAIRS = _read("pairs.jsonl")
HELD_OUT = _read("pairs_held_out.jsonl")
"""Pairs of which no rule has been made: only their totals are looked at. Keep it so."""
CHANGES = ("number", "negation", "role", "name")
CAUTIOUS = 0.7

HELD_OUT_FOUND = {
    ("en", "number"): 0.8,
    ("en", "name"): 0.8,
    ("en", "negation"): 0.45,
    ("ja", "number"): 0.8,
    ("ja", "name"): 0.75,
    ("ja", "negation"): 0.6,
}
FOUND = {
    ("en", "number"): 0.85,
    ("en", "name"): 0.85,
    ("en", "negation"): 0.35,
    ("en", "role"): 0.2,
    ("ja", "number"): 0.85,
    ("ja", "name"): 0.85,
    ("ja", "negation"): 0.55,
    ("ja", "role"): 0.25,
}
"""Shares of the faults that have to be found at the cautious threshold."""
HELD_OUT_CLEAN = 0.85
CLEAN = {"en": 0.9, "ja": 0.9}
"""Shares of the reworded claims that have to stay clean there."""


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("change", CHANGES)
def test_there_are_pairs_enough(lang: str, change: str) -> None:
    assert sum(pair.lang == lang and pair.change == change for pair in PAIRS) >= 40


def test_each_pair_has_its_fault_where_it_says() -> None:
    for pair in PAIRS:
        assert pair.mark in pair.faulty
        assert pair.clean != pair.faulty
        assert pair.change in ("", *CHANGES)
    assert len({pair.faulty for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize("lang", ["en", "ja"])
async def test_the_same_claim_in_other_words_is_clean(lang: str) -> None:
    chosen = [pair for pair in PAIRS if pair.lang == lang]
    flagged = [pair.clean for pair in chosen if await check(pair.clean, pair.context, CAUTIOUS)]
    assert len(flagged) <= (1 - CLEAN[lang]) * len(chosen), flagged


@pytest.mark.parametrize(("lang", "change"), FOUND)
async def test_the_fault_is_found(lang: str, change: str) -> None:
    chosen = [pair for pair in PAIRS if (pair.lang, pair.change) == (lang, change)]
    missed = [pair.faulty for pair in chosen if not await check(pair.faulty, pair.context, CAUTIOUS)]
    assert len(missed) <= (1 - FOUND[lang, change]) * len(chosen), missed


@pytest.mark.parametrize(("lang", "change"), HELD_OUT_FOUND)
async def test_the_fault_is_found_in_pairs_that_nothing_was_fitted_to(lang: str, change: str) -> None:
    found = [
        bool(await check(pair.faulty, pair.context, CAUTIOUS))
        for pair in HELD_OUT
        if (pair.lang, pair.change) == (lang, change)
    ]
    share = sum(found) / len(found)  # which they are stays unseen
    assert share >= HELD_OUT_FOUND[lang, change]


@pytest.mark.parametrize("lang", ["en", "ja"])
async def test_pairs_that_nothing_was_fitted_to_stay_clean_in_other_words(lang: str) -> None:
    clean = [not await check(pair.clean, pair.context, CAUTIOUS) for pair in HELD_OUT if pair.lang == lang]
    share = sum(clean) / len(clean)
    assert share >= HELD_OUT_CLEAN


@pytest.mark.parametrize(("change", "share"), [("number", 0.7), ("name", 0.5)])
async def test_the_fault_is_marked_with_its_kind_and_nothing_else_is(change: str, share: float) -> None:
    chosen = [pair for pair in PAIRS if pair.change == change]
    exact = [pair for pair in chosen if _marks(await check(pair.faulty, pair.context), pair)]
    assert len(exact) >= share * len(chosen)


async def test_flags_give_a_reason_in_both_languages() -> None:
    for pair in PAIRS[::7]:
        for flag in await check(pair.faulty, pair.context, 0):
            assert 0 <= flag.score <= 1
            assert flag.reason.endswith(".")
            assert flag.reason_ja.endswith("。")
            assert "\n" not in flag.reason + flag.reason_ja
            assert flag.flagger == "grounding"


def _marks(flags: Sequence[Flag], pair: Pair) -> bool:
    return any(
        flag.kind == pair.kind and pair.faulty[flag.start : flag.end] == (pair.mark or pair.faulty)
        for flag in flags
    )
