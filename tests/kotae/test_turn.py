"""One turn: the order of its events, stopping, failing, flags that never hold up the text."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kotae.backend import AnswerRequest, Backend
from kotae.conversation import Flag, Message, Passage, Rewrite, TokenUsage, Turn
from kotae.cost import cost
from kotae.engine import Engine
from kotae.errors import BackendError, ManualError
from kotae.events import (
    Closed,
    Delta,
    Finished,
    Flagged,
    Notice,
    Opened,
    Progress,
    Prompted,
    Retrieved,
    Rewritten,
    Used,
)
from kotae.hooks import Hooks
from kotae.settings import BackendSettings, FlagSettings, Settings
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder, locked
from kotae.turn import LONGEST, TurnContext, TurnRun
from plugins.manager import PluginManager
from tests.kotae.backends import Endless, Scripted


class Flagger(PluginManager):
    """Flags the first word; can be made slow."""

    def __init__(self, pause: float = 0.0, score: float = 0.9) -> None:
        super().__init__()
        self.pause, self.score = pause, score
        self.calls: list[tuple[str, bool]] = []
        self.told: list[tuple[str, Turn]] = []

    async def flag_answer(self, *, answer: str, final: bool, **_: Any) -> list[Flag]:
        self.calls.append((answer, final))
        await asyncio.sleep(self.pause)
        return [Flag(start=0, end=answer.index(" "), kind="unsupported", score=self.score, reason="r")]

    async def turn_started(self, turn: Turn) -> None:
        self.told.append(("started", turn))

    async def turn_finished(self, turn: Turn) -> None:
        self.told.append(("finished", turn))


def run_of(
    backend: Backend, hooks: Hooks | None = None, recorder: Recorder | None = None, **table: Any
) -> TurnRun:
    context = TurnContext(hooks=hooks or PluginManager(), recorder=recorder, table=BackendSettings(**table))
    return TurnRun(
        backend, AnswerRequest(question="q", history=(Message("user", "before"),)), context, parent="p"
    )


async def events_of(run: TurnRun) -> list[Any]:
    return [event async for event in run]


PASSAGE = Passage(id="1", document="a.md", title="A", text="text")


async def test_events_come_in_order_and_the_turn_holds_what_they_said() -> None:
    backend = Scripted(
        Rewritten(Rewrite(query="q2", method="carry-over")),
        Progress("Building the index", 1, 2),
        Retrieved((PASSAGE,)),
        Prompted((Message("user", "q"),)),
        Delta("Made up. "),
        Delta("And more."),
        Used(TokenUsage(prompt_tokens=1_000_000, completion_tokens=500_000, cached_tokens=400_000)),
        Finished("stop"),
    )
    hooks = Flagger()
    run = run_of(backend, hooks, price_input=2.0, price_cached=1.0, price_output=4.0)
    events = await events_of(run)
    kinds = [type(event) for event in events if not isinstance(event, Delta)]
    assert kinds == [Opened, Rewritten, Progress, Retrieved, Prompted, Used, Finished, Flagged, Closed]
    turn = events[-1].turn
    assert turn == run.turn
    assert (turn.answer, turn.status, turn.parent) == ("Made up. And more.", "stop", "p")
    assert (turn.rewrite.query, turn.passages, turn.prompt) == ("q2", (PASSAGE,), (Message("user", "q"),))
    assert turn.cost == pytest.approx(0.6 * 2 + 0.4 * 1 + 0.5 * 4)
    assert [flag.end for flag in turn.flags] == [4]
    assert turn.groundedness == pytest.approx(0.5)
    assert 0 <= turn.first_token <= turn.total
    assert [what for what, _ in hooks.told] == ["started", "finished"]
    assert backend.asked[0].history == (Message("user", "before"),)


async def test_stopping_keeps_what_had_come_and_lets_the_backend_go(tmp_path: Path) -> None:
    backend, recorder = Endless(), Recorder(tmp_path, "c")
    run = run_of(backend, recorder=recorder)
    seen = []
    async for event in run:
        seen.append(event)
        if isinstance(event, Delta):
            run.stop()
    assert seen[-2:] == [Finished("cancelled"), Closed(run.turn)]
    assert run.turn.status == "cancelled"
    assert run.turn.answer.startswith("word ")
    assert backend.let_go.is_set()
    recorder.close()
    assert read(recorder.path).turns[run.turn.id] == run.turn


async def test_stopping_before_the_backend_was_reached_ends_the_turn() -> None:
    run = run_of(Endless())
    seen = []
    async for event in run:
        seen.append(event)
        if isinstance(event, Opened):
            run.stop()
    assert seen[1:] == [Finished("cancelled"), Closed(run.turn)]


async def test_stopping_once_more_ends_the_judging_too() -> None:
    hooks = Flagger(pause=3600)
    run = run_of(Scripted(), hooks)
    async for event in run:
        if isinstance(event, Finished):
            asyncio.get_running_loop().call_later(0.05, run.stop)
    assert run.turn.status == "stop"
    assert run.turn.flags == ()


async def test_a_backend_that_cannot_even_begin_ends_the_turn() -> None:
    class Broken(Endless):
        def answer(self, request: AnswerRequest) -> Any:
            raise RuntimeError("no such luck")

    run = run_of(Broken("broken"))
    await events_of(run)
    assert run.turn.error == "broken failed: RuntimeError: no such luck"


async def test_lone_surrogates_are_replaced_and_recorded(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c")
    run = run_of(Scripted(Delta("before \ud83d after"), Finished("stop")), recorder=recorder)
    await events_of(run)
    recorder.close()
    assert run.turn.answer == "before \ufffd after"
    assert read(recorder.path).turns[run.turn.id] == run.turn


async def test_a_transcript_that_cannot_be_written_any_more_ends_the_turn_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(tmp_path, "c")
    run = run_of(Endless(), recorder=recorder)

    def full(fd: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async for event in run:
        if isinstance(event, Delta):
            monkeypatch.setattr(os, "write", full)
    assert run.turn.status == "error"
    assert "No space left on device" in run.turn.error
    assert run.turn.answer.startswith("word ")


async def test_a_consumer_that_goes_away_closes_the_turn(tmp_path: Path) -> None:
    backend, recorder = Endless(), Recorder(tmp_path, "c")
    run = run_of(backend, recorder=recorder)
    iteration = run.__aiter__()
    async for event in iteration:
        if isinstance(event, Delta):
            break
    await iteration.aclose()  # type: ignore[attr-defined]
    assert backend.let_go.is_set()
    recorder.close()
    assert read(recorder.path).turns[run.turn.id].status == "cancelled"


async def test_a_consumer_that_is_cancelled_waits_until_the_transcript_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, reached, go = Recorder(tmp_path, "c"), threading.Event(), threading.Event()
    opened = recorder.opened

    def slowly(turn: Turn) -> None:
        reached.set()
        assert go.wait(20)
        opened(turn)

    async def consume() -> None:
        async for _ in run_of(Endless(), recorder=recorder):
            pass

    monkeypatch.setattr(recorder, "opened", slowly)
    consuming = asyncio.create_task(consume())
    assert await asyncio.to_thread(reached.wait, 20)
    consuming.cancel()
    ended, _ = await asyncio.wait({consuming}, timeout=0.1)
    go.set()
    assert not ended
    with pytest.raises(asyncio.CancelledError):
        await consuming
    recorder.close()
    locked(recorder.path).release()  # nobody holds it


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (BackendError("The server is gone.", "Start it."), "The server is gone.", "Start it."),
        (
            ValueError("odd\nthing"),
            "scripted failed: ValueError: odd thing",
            "Run with --debug and see the log.",
        ),
    ],
)
async def test_a_backend_that_raises_ends_the_turn_with_its_reason(
    error: Exception, message: str, hint: str
) -> None:
    run = run_of(Scripted(Delta("Half an ans"), error))
    events = await events_of(run)
    assert Finished("error", message, hint) in events
    assert (run.turn.answer, run.turn.status, run.turn.error) == ("Half an ans", "error", message)


async def test_a_backend_that_forgets_to_finish_is_an_error() -> None:
    run = run_of(Scripted(Delta("Half")))
    await events_of(run)
    assert run.turn.status == "error"


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


async def test_many_waiting_deltas_arrive_as_few(tmp_path: Path) -> None:
    run = run_of(_Burst([Delta(f"{n} ") for n in range(1000)]))
    deltas = [event for event in await events_of(run) if isinstance(event, Delta)]
    assert "".join(delta.text for delta in deltas) == "".join(f"{n} " for n in range(1000))
    assert len(deltas) < 10


async def test_a_stream_that_never_pauses_leaves_room_for_everything_else() -> None:
    run = run_of(_Flood("a. "), Flagger())
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while ticks < 20:
            await asyncio.sleep(0.005)
            ticks += 1
        run.stop()

    async with asyncio.timeout(20):
        ticking = asyncio.create_task(tick())
        deltas = [event for event in await events_of(run) if isinstance(event, Delta)]
        await ticking
    assert run.turn.status == "cancelled"
    assert max(len(delta.text) for delta in deltas) <= 2 * 4096


class _Flood(Endless):
    """Never pauses."""

    def __init__(self, text: str) -> None:
        super().__init__("flood")
        self._text = text

    async def answer(self, request: AnswerRequest) -> Any:
        while True:
            yield Delta(self._text)


async def test_a_huge_delta_arrives_in_pieces_and_is_judged_in_part() -> None:
    text = "A sentence. " * 9_000
    run = run_of(Scripted(Delta(text), Finished("stop")), Flagger())
    events = await events_of(run)
    deltas = [event for event in events if isinstance(event, Delta)]
    assert run.turn.answer == "".join(delta.text for delta in deltas) == text
    assert max(len(delta.text) for delta in deltas) <= 2 * 4096
    assert "first 40,000 characters" in [event for event in events if isinstance(event, Flagged)][-1].note


async def test_an_answer_without_end_is_ended() -> None:
    run = run_of(_Flood("A sentence of some length. " * 20))
    await events_of(run)
    assert run.turn.status == "length"
    assert len(run.turn.answer) == LONGEST


class _Burst(Endless):
    def __init__(self, deltas: Sequence[Delta]) -> None:
        super().__init__("burst")
        self._deltas = deltas

    async def answer(self, request: AnswerRequest) -> Any:
        for delta in self._deltas:
            yield delta
        yield Finished("stop")


def test_an_answer_costs_nothing_known_without_prices() -> None:
    assert cost(Used(TokenUsage(prompt_tokens=10)), BackendSettings()) is None


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


async def test_a_notice_is_said_once_a_session_and_stands_in_no_transcript(tmp_path: Path) -> None:
    backend = Scripted(Notice("English only.", ja="英語だけです。"), Delta("An answer."), Finished("stop"))
    engine = Engine(settings=Settings(), hooks=PluginManager(), backends={"scripted": backend})
    recorder = Recorder(tmp_path, "c")
    said: list[str] = []
    for _ in range(2):
        async for event in engine.ask("scripted", AnswerRequest(question="q"), recorder=recorder):
            if isinstance(event, Notice):
                said += [event.said_in("en"), event.said_in("ja")]
            if isinstance(event, Closed):
                assert event.turn.answer == "An answer."
    recorder.close()
    assert said == ["English only.", "英語だけです。"]
    assert "English only" not in (tmp_path / "c.jsonl").read_text(encoding="utf-8")
    assert Notice("Plain.").said_in("ja") == "Plain."
