from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kotae import paths
from kotae.conversation import Message
from kotae.events import Delta, Finished
from kotae.transcripts.read import latest, read
from kotae.transcripts.record import Recorder
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of

if TYPE_CHECKING:
    from pathlib import Path


def _write(path: Path, text: str) -> None:
    path.write_text(text)


def _files(folder: Path) -> int:
    return len(list(folder.glob("*.jsonl")))


async def test_a_conversation_is_resumed_and_goes_on_in_the_same_file(
    app_of: AppOf, transcripts: Path
) -> None:
    base = Scripted("base", steps=(Delta("A ledger."), Finished("stop")))
    async with app_of(engine_of(base)).run_test() as pilot:
        await ask(pilot, "What is it?")
    again = Scripted("base")
    async with app_of(engine_of(again)).run_test() as pilot:
        await until(pilot, lambda: "What is it?" in shown(pilot))  # offered by the empty screen
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "A ledger." in shown(pilot))
        await ask(pilot, "Who made it?")
    assert again.requests[0].history == (Message("user", "What is it?"), Message("assistant", "A ledger."))
    assert _files(transcripts) == 1
    path = latest(transcripts)
    assert path is not None
    assert [turn.question for turn in read(path).branch()] == ["What is it?", "Who made it?"]


async def test_a_conversation_named_at_start_is_shown(app_of: AppOf, transcripts: Path) -> None:
    async with app_of().run_test() as pilot:
        await ask(pilot, "What is it?")
    async with app_of(resume=latest(transcripts)).run_test() as pilot:
        screen = chat(pilot)
        await until(pilot, lambda: screen.session.begun)
        await until(pilot, lambda: "❯ What is it?" in shown(pilot))
        await ready(pilot)
        await pilot.press("up")
        assert screen.prompt.value == "What is it?"


async def test_a_conversation_that_is_open_elsewhere_can_be_read_but_not_continued(
    app_of: AppOf, transcripts: Path
) -> None:
    async with app_of().run_test() as pilot:
        await ask(pilot, "What is it?")
    path = latest(transcripts)
    assert path is not None
    [turn] = read(path).turns.values()
    elsewhere = Recorder(transcripts, path.stem)
    elsewhere.opened(turn)
    base = Scripted("base")
    async with app_of(engine_of(base), resume=path).run_test(size=(120, 24)) as pilot:
        screen = chat(pilot)
        await until(pilot, lambda: screen.session.begun)
        await ready(pilot)
        await pilot.press("x", "enter")
        await until(pilot, lambda: "is open in another Kotae." in shown(pilot))
        await ready(pilot)
        assert screen.prompt.value == "x"
    elsewhere.close()
    assert base.requests == []


async def test_a_file_that_is_no_transcript_is_said_to_be_none(app_of: AppOf, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    _write(path, '{"type": "something"}\n')
    async with app_of(resume=path).run_test(size=(160, 24)) as pilot:
        await until(pilot, lambda: "is no Kotae transcript." in " ".join(shown(pilot).split()))


async def test_a_new_conversation_starts_from_nothing(app_of: AppOf, transcripts: Path) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test() as pilot:
        await ask(pilot, "First?")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "Try one of these" in shown(pilot))
        await ask(pilot, "Second?")
    assert base.requests[1].history == ()
    assert _files(transcripts) == 2


async def test_leaving_a_conversation_stops_its_answer(app_of: AppOf, transcripts: Path) -> None:
    base = Scripted("base", steps=(Delta("Half"), asyncio.Event()))
    async with app_of(engine_of(base)).run_test() as pilot:
        await ready(pilot)
        await pilot.press("a", "enter")
        await until(pilot, lambda: "Half" in shown(pilot))
        await pilot.press("ctrl+n")
        await ready(pilot)
        assert "Half" not in shown(pilot)
        path = latest(transcripts)
        assert path is not None
        await until(pilot, lambda: [t.status for t in read(path).turns.values()] == ["cancelled"])


async def test_quitting_closes_the_turn_ends_the_engine_and_keeps_the_draft(
    app_of: AppOf, transcripts: Path
) -> None:
    base = Scripted("base", steps=(Delta("Half"), asyncio.Event()))
    async with app_of(engine_of(base)).run_test() as pilot:
        await ready(pilot)
        await pilot.press("a", "enter")
        await until(pilot, lambda: "Half" in shown(pilot))
        await pilot.press("d", "r", "a", "f", "t", "ctrl+q")
        await until(pilot, lambda: not pilot.app.is_running or pilot.app._exit)
    path = latest(transcripts)
    assert path is not None
    [turn] = read(path).turns.values()
    assert (turn.answer, turn.status) == ("Half", "cancelled")
    assert base.closed
    draft = paths.state_dir() / "drafts" / f"{path.stem}.txt"
    assert draft.read_text() == "draft"
    assert draft.stat().st_mode & 0o777 == 0o600
    async with app_of(resume=path).run_test() as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: screen.session.begun)
        assert screen.prompt.value == "draft"
        await pilot.press("!", "enter")
        await until(pilot, lambda: not draft.exists())


async def test_one_ctrl_c_does_not_quit_two_do(app_of: AppOf) -> None:
    base = Scripted("base", steps=(Delta("Half"), asyncio.Event()))
    async with app_of(engine_of(base)).run_test() as pilot:
        await ready(pilot)
        await pilot.press("a", "enter")
        await until(pilot, lambda: "Half" in shown(pilot))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "Press Ctrl+C again to quit." in shown(pilot))
        assert chat(pilot).session.busy
        await pilot.press("ctrl+c")
        await until(pilot, lambda: base.closed)


async def test_ctrl_c_copies_what_is_selected(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("a", "b", "shift+left", "ctrl+c")
        assert pilot.app.clipboard == "b"
        assert screen.prompt.text == "ab"


async def test_the_answer_is_copied_or_there_is_none(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        await ready(pilot)
        await pilot.press("ctrl+y")
        await until(pilot, lambda: "There is no answer to copy yet." in shown(pilot))
        await ask(pilot, "Hi")
        await pilot.press("ctrl+y")
        assert pilot.app.clipboard == "An answer."


async def test_nothing_to_retry_or_resume_is_said(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        await ready(pilot)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "There is no question to ask again yet." in shown(pilot))
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "There is no other conversation to go on with." in shown(pilot))
        await pilot.press("f8")
        await until(pilot, lambda: "No flags in this conversation." in shown(pilot))
