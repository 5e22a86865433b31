"""Flags of an answer: while it streams, at its end, and where they can't be had."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from kotae.backend import AnswerRequest
from kotae.conversation import Flag, Passage
from kotae.errors import ManualError
from kotae.events import Delta, Finished, Flagged, Retrieved
from kotae.settings import FlagSettings
from kotae.turn import TurnContext, TurnRun
from tests.kotae.backends import Endless, Scripted
from tests.kotae.turns import PASSAGE, Flagger, events_of, run_of


async def test_a_slow_flagger_never_holds_up_the_text() -> None:
    run = run_of(Scripted(*(Delta(f"word {n}. ") for n in range(200)), Finished("stop")), Flagger(pause=1.5))
    began = asyncio.get_running_loop().time()
    finished = 0.0
    async for event in run:
        if isinstance(event, Finished):
            finished = asyncio.get_running_loop().time() - began
    assert finished < 1.0
    assert run.turn.flags


async def test_flags_below_the_threshold_or_outside_the_answer_are_left_out() -> None:
    run = run_of(Scripted(Delta("one two."), Finished("stop")), Flagger(score=0.4))
    await events_of(run)
    assert run.turn.flags == ()
    assert run.turn.groundedness == 1.0


async def test_flags_come_while_the_text_streams() -> None:
    hooks = Flagger()
    run = run_of(_Sentences(), hooks)
    async for event in run:
        if isinstance(event, Flagged):
            run.stop()
            break
    assert hooks.calls[0][1] is False


class _Sentences(Endless):
    async def answer(self, request: AnswerRequest) -> Any:
        while True:
            yield Delta("A sentence. ")
            await asyncio.sleep(0.01)


async def test_without_a_flagger_nothing_is_said_to_be_grounded() -> None:
    run = run_of(Scripted())
    await events_of(run)
    assert run.turn.groundedness is None


class _NoManual:
    async def prepare(self, progress: Any = None) -> None:
        raise ManualError("There is no manual at /nowhere.", "Name another.")

    async def search(
        self, query: str, top: int = 5, progress: Any = None, history: Any = ()
    ) -> list[Passage]:
        raise AssertionError("a manual that could not be prepared is not searched")

    async def known(self, terms: Sequence[str]) -> set[str]:
        raise AssertionError("a manual that could not be prepared is not searched")


async def test_a_manual_that_cannot_be_searched_is_said_and_costs_no_flags() -> None:
    context = TurnContext(hooks=Flagger(), manual=_NoManual())
    run = TurnRun(Scripted(Delta("one two."), Finished("stop")), AnswerRequest(question="q"), context)
    flagged = [event for event in await events_of(run) if isinstance(event, Flagged)][-1]
    assert "There is no manual at /nowhere." in flagged.note
    assert run.turn.flags


class _Patient(Flagger):
    """Judges whole answers alone, if any."""

    def __init__(self, *, ever: bool, there: bool = True) -> None:
        super().__init__()
        self.ever, self.there = ever, there

    async def flag_answer(self, *, final: bool, **_: Any) -> list[Flag] | None:  # type: ignore[override]
        self.calls.append(("", final))
        return [] if final and self.ever else None

    def judges(self) -> bool:
        return self.there


_UNJUDGED = "No flagger could judge this answer."


@pytest.mark.parametrize(
    ("hooks", "passages", "answer", "note"),
    [
        (_Patient(ever=False), (PASSAGE,), "one two.", _UNJUDGED),
        (_Patient(ever=False), (), "one two.", None),
        (_Patient(ever=False), (PASSAGE,), "Hello!", None),
        (_Patient(ever=False, there=False), (PASSAGE,), "one two.", None),
        (_Patient(ever=True), (PASSAGE,), "one two.", ""),
    ],
)
async def test_what_no_flagger_can_judge_is_said_where_there_is_something_to_judge_it_by(
    hooks: _Patient, passages: tuple[Passage, ...], answer: str, note: str | None
) -> None:
    run = run_of(Scripted(Retrieved(passages), Delta(answer), Finished("stop")), hooks)
    flagged = [event for event in await events_of(run) if isinstance(event, Flagged)]
    assert [event.note for event in flagged] == ([] if note is None else [note])


class _UntilAsked(Scripted):
    """Goes on until a flagger was asked."""

    def __init__(self, hooks: Flagger) -> None:
        super().__init__()
        self.hooks = hooks

    async def answer(self, request: AnswerRequest) -> Any:
        yield Retrieved((PASSAGE,))
        while not self.hooks.calls:
            yield Delta("A sentence. ")
            await asyncio.sleep(0.01)
        yield Finished("stop")


async def test_that_a_flagger_waits_for_the_whole_answer_is_no_reason_to_say_so() -> None:
    hooks = _Patient(ever=True)
    flagged = [
        event for event in await events_of(run_of(_UntilAsked(hooks), hooks)) if isinstance(event, Flagged)
    ]
    assert hooks.calls[0][1] is False
    assert [event.note for event in flagged] == [""]


async def test_flags_can_be_switched_off() -> None:
    hooks = Flagger()
    context = TurnContext(hooks=hooks, flags=FlagSettings(enabled=False))
    run = TurnRun(Scripted(), AnswerRequest(question="q"), context)
    await events_of(run)
    assert hooks.calls == []
    assert run.turn.groundedness is None
