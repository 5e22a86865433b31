"""Minimal pairs: a claim in other words stays clean, the same claim with one fault is marked, and marked
where the fault is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

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
    """What was done to the clean claim: `number`, `negation`, `role` or `name`; empty: another claim altogether."""


LINES = (Path(__file__).parent / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
PAIRS = [Pair(**json.loads(line)) for line in LINES]


def test_there_are_twenty_pairs_a_language() -> None:
    assert min(sum(pair.lang == lang for pair in PAIRS) for lang in ("en", "ja")) >= 20


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.clean[:40])
async def test_the_same_claim_in_other_words_is_clean(pair: Pair) -> None:
    flags, groundedness = await check("", pair.clean, [pair.context])
    assert (flags, groundedness) == ([], 1.0)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.faulty[:40])
async def test_the_fault_is_marked_with_its_kind(pair: Pair) -> None:
    flags, groundedness = await check("", pair.faulty, [pair.context])
    marked = {flag.kind: pair.faulty[flag.start : flag.end] for flag in flags}
    assert pair.kind in marked
    assert marked[pair.kind] == (pair.mark or pair.faulty)
    assert groundedness == 0.0
    for flag in flags:
        assert 0.5 <= flag.score <= 1
        assert flag.reason.endswith(".")
        assert "\n" not in flag.reason
        assert flag.flagger == "grounding"
