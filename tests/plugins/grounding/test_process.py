"""The flagger as a plugin: in a process of its own, and what it learnt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kotae.conversation import Passage
from plugins import grounding
from plugins.grounding import features, model
from plugins.grounding.evidence import gather
from plugins.grounding.reader import bundled, read
from tests.plugins.grounding.conftest import check, flags_of

if TYPE_CHECKING:
    from tests.small_manual import SmallManual


async def test_a_process_of_its_own_finds_the_same(manual: SmallManual, invoices: Passage) -> None:
    answer = "An invoice is due 45 days after its date. Open the HR module. 給与計算画面で保存します。"
    here = await flags_of(answer, passages=(invoices,), manual=manual, threshold=0)
    try:
        there = await grounding.flag_answer(
            "", answer, passages=(invoices,), manual=manual, history=(), final=True
        )
    finally:
        await grounding.session_ended()
    assert there == here
    assert len({flag.kind for flag in here}) > 1


async def test_a_session_can_end_before_anything_was_judged() -> None:
    await grounding.session_ended()


def test_the_model_was_trained_on_what_is_measured() -> None:
    evidence = gather([Passage(id="1", document="", title="", text="An invoice is due.")])
    measured = features.measure("It is due.", "It is due.", evidence, features.said([]), read)
    assert {*model.bundled().features} == {*measured.values}


async def test_at_threshold_0_every_claim_has_a_flag() -> None:
    answer = "An invoice is due 30 days after its date. It runs in the browser. Dragons fly."
    flags = await check(answer, "An invoice is due 30 days after its date.", threshold=0)
    assert [flag.start for flag in flags] == [0, 42, 66]
    assert flags[0].score < 0.3 < flags[2].score


async def test_judging_takes_little_more_than_reading_the_claims_does() -> None:
    sentence = (
        "The clerk enters the receipt on the page for cash, checks the {0} lines and saves them by noon. "
    )
    answer = "".join(sentence.format(number) for number in range(20, 31))
    assert len(answer.split()) > 195
    passages = tuple(
        Passage(
            id=str(n),
            document="",
            title=f"Page {n}",
            text=" ".join(f"Line {k} of page {n} says what a clerk does with receipts." for k in range(16)),
        )
        for n in range(5)
    )
    await flags_of("The clerk saves the receipt.", passages=passages[:1])  # loads the model
    started = time.process_time()
    await flags_of(answer, passages=passages)
    judging = time.process_time() - started
    started = time.process_time()
    for number in range(20, 31):
        bundled().read(sentence.format(number), passages[0].text)
    # Where an answer of 200 words takes 0.11 s, two thirds of it are the network's.
    assert judging < 3.5 * (time.process_time() - started)
