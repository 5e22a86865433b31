"""One turn: the order of its events, stopping, failing, text that leaves room for everything else."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kotae.backend import AnswerRequest
from kotae.conversation import Message, Rewrite, TokenUsage, Turn
from kotae.cost import cost
from kotae.engine import Engine
from kotae.errors import BackendError
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
from kotae.settings import BackendSettings, Settings
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder, locked
from kotae.turn import LONGEST
from plugins.manager import PluginManager
from tests.kotae.backends import Endless, Scripted
from tests.kotae.turns import PASSAGE, Flagger, events_of, run_of


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
