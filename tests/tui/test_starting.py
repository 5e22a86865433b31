"""The time between Enter and the first event."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kotae.conversation import Turn
from kotae.errors import KotaeError
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder
from tests.tui.conftest import AppOf, ask, ready, shown, until
from tests.tui.scripted import Scripted, engine_of
from tui.session import Session
from tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kotae.backend import AnswerRequest
    from kotae.events import BackendEvent


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("*.jsonl"))


async def _under_way(session: Session) -> None:
    """Lets a question get as far as to be written down, step by step, so that no event has come yet."""
    for _ in range(1000):
        if session.busy:
            return
        await asyncio.sleep(0)
    raise AssertionError("it was never asked")


async def test_a_double_enter_asks_once(app_of: AppOf, transcripts: Path) -> None:
    base = Scripted("base", steps=(asyncio.Event(),))
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("What is it?")
        screen.prompt.post_message(Prompt.Submitted("What is it?"))
        screen.prompt.post_message(Prompt.Submitted(""))
        await until(pilot, lambda: base.requests)
        assert "Still answering. Esc stops." in shown(pilot)
        await pilot.press("escape")
        await ready(pilot)
        assert [request.question for request in base.requests] == ["What is it?"]
        assert len(_files(transcripts)) == 1


async def test_a_double_retry_asks_once(app_of: AppOf) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ask(pilot, "What is it?")
        screen.action_retry()
        screen.action_retry()
        await ready(pilot)
        await until(pilot, lambda: len(base.requests) == 2)
        await ready(pilot)
        assert len(screen.session.conversation.turns) == 2


async def test_a_question_stopped_before_its_first_step_is_back_in_the_prompt(
    app_of: AppOf, transcripts: Path
) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        screen.send("What is it?")
        assert screen.answering.state == "answering"
        screen.action_stop()
        assert screen.prompt.value == "What is it?"
        await ready(pilot)
        await until(pilot, lambda: "Try one of these" in shown(pilot))
        assert base.requests == []
        assert _files(transcripts) == []
        await pilot.press("enter")
        await until(pilot, lambda: base.requests)
        await ready(pilot)


async def test_a_question_can_be_stopped_while_it_is_written_down(app_of: AppOf) -> None:
    base = Scripted("base", steps=(asyncio.Event(),))
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        screen.send("What is it?")
        await _under_way(screen.session)
        screen.action_stop()
        await ready(pilot)
        assert screen.prompt.value == "What is it?"


async def test_a_backend_that_never_says_anything_can_be_stopped(app_of: AppOf) -> None:
    base = Scripted("base", steps=(asyncio.Event(),))
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        screen.send("What is it?")
        await until(pilot, lambda: base.requests)
        await pilot.press("escape")
        await ready(pilot)
        assert screen.prompt.value == "What is it?"


async def test_a_backend_that_raises_before_it_is_iterated_leaves_the_screen_ready(app_of: AppOf) -> None:
    class Broken(Scripted):
        def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]:
            self.requests.append(request)
            raise KotaeError("The disk is on fire.", "Call someone.")

    base = Broken("base")
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        screen.send("What is it?")
        await until(pilot, lambda: base.requests)
        await ready(pilot)
        await until(pilot, lambda: "The disk is on fire." in shown(pilot))
        assert screen.prompt.value == "What is it?"


async def test_a_new_conversation_right_after_enter_stays_empty(app_of: AppOf) -> None:
    base = Scripted("base", steps=(asyncio.Event(),))
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        screen.send("What is it?")
        screen.action_new()
        await ready(pilot)
        await until(pilot, lambda: "Try one of these" in shown(pilot))
        assert not screen.session.begun
        assert screen.prompt.value == "What is it?"
        assert base.requests == []


async def _start_asking(session: Session) -> asyncio.Task[object]:
    """Asks a question, as far as to where it is written down."""
    events = session.ask("What is it?", "base")

    async def follow() -> None:
        async for _ in events:
            pass

    task = asyncio.create_task(follow())
    await _under_way(session)
    return task


async def test_a_conversation_that_was_left_before_its_first_event_does_not_come_back(
    transcripts: Path,
) -> None:
    session = Session(transcripts)
    session.engine = engine_of(Scripted("base"))
    task = await _start_asking(session)
    session.new()
    await asyncio.wait_for(task, 10)
    assert not session.begun
    assert not session.busy
    [path] = _files(transcripts)
    assert [turn.status for turn in read(path).turns.values()] == ["cancelled"]
    assert session.latest() == path


async def test_a_conversation_resumed_before_the_first_event_of_another_stays(
    transcripts: Path, tmp_path: Path
) -> None:
    recorder = Recorder(tmp_path, "earlier")
    recorder.opened(Turn(id="t", question="Earlier?", backend="base"))
    recorder.close()
    session = Session(transcripts)
    session.engine = engine_of(Scripted("base"))
    task = await _start_asking(session)
    await session.resume(tmp_path / "earlier.jsonl")
    await asyncio.wait_for(task, 10)
    assert [turn.question for turn in session.conversation.turns.values()] == ["Earlier?"]
