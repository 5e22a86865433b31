"""Several answers at once in one session, without a screen."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from kotae.conversation import Message, Turn
from kotae.errors import BackendError
from kotae.events import Delta, Finished
from kotae.transcripts.read import INTERRUPTED, latest, read
from tests.tui.scripted import Scripted, Step, engine_of
from tui.session import Session

if TYPE_CHECKING:
    from tui.session import AnswerEvents


async def _follow(events: AnswerEvents) -> None:
    async with aclosing(events):
        async for _ in events:
            pass


def _session(folder: Path, *backends: Scripted) -> Session:
    session = Session(folder)
    session.engine = engine_of(*backends)
    return session


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("*.jsonl"))


def _by_backend(folder: Path) -> dict[str, Turn]:
    path = latest(folder)
    assert path is not None
    return {turn.backend: turn for turn in read(path).turns.values()}


async def _asked(session: Session, question: str, *names: str) -> list[asyncio.Task[None]]:
    """The question put to these backends, each in a task, once all of them were asked."""
    asks = [session.ask(question, name) for name in names]
    return [asyncio.create_task(_follow(events)) for events in asks]


async def _until_open(session: Session, *names: str) -> dict[str, str]:
    """Ids of the turns that stream, by backend."""
    async with asyncio.timeout(10):
        while True:
            turns = session.conversation.turns.values()
            found = {turn.backend: turn.id for turn in turns if session.streams(turn.id)}
            if found.keys() >= set(names):
                return found
            await asyncio.sleep(0)


async def test_answers_stream_at_once_into_one_transcript_and_are_siblings(tmp_path: Path) -> None:
    gate = asyncio.Event()
    steps: tuple[Step, ...] = (Delta("One. "), gate, Delta("Two."), Finished("stop"))
    backends = [Scripted(name, steps=steps) for name in ("base", "rag", "finetuned")]
    session = _session(tmp_path, *backends)
    gate.set()
    await _follow(session.ask("What is it?", "base"))
    gate.clear()
    first = session.conversation.head
    tasks = await _asked(session, "Who?", "base", "rag", "finetuned")
    assert len(await _until_open(session, "base", "rag", "finetuned")) == 3
    gate.set()
    await asyncio.gather(*tasks)
    assert not session.busy
    await session.aclose(lambda: None, 1.0)
    assert len(_files(tmp_path)) == 1
    path = latest(tmp_path)
    assert path is not None
    turns = [turn for turn in read(path).turns.values() if turn.question == "Who?"]
    assert [turn.parent for turn in turns] == [first] * 3
    assert {(turn.backend, turn.answer, turn.status) for turn in turns} == {
        (name, "One. Two.", "stop") for name in ("base", "rag", "finetuned")
    }
    said = (Message("user", "What is it?"), Message("assistant", "One. Two."))
    assert [backend.requests[-1].history for backend in backends] == [said] * 3


async def test_a_new_conversation_that_begins_with_several_answers_is_one(tmp_path: Path) -> None:
    session = _session(tmp_path, Scripted("base"), Scripted("rag"))
    await asyncio.gather(*await _asked(session, "Who?", "base", "rag"))
    await session.aclose(lambda: None, 1.0)
    assert len(_files(tmp_path)) == 1
    assert set(_by_backend(tmp_path)) == {"base", "rag"}


async def test_one_is_stopped_and_the_others_go_on(tmp_path: Path) -> None:
    gate = asyncio.Event()
    steps: tuple[Step, ...] = (Delta("Half"), gate, Delta(" and half."), Finished("stop"))
    session = _session(tmp_path, Scripted("base", steps=steps), Scripted("rag", steps=steps))
    tasks = await _asked(session, "Who?", "base", "rag")
    open_turns = await _until_open(session, "base", "rag")
    assert session.stop(open_turns["base"])
    await tasks[0]
    assert session.streams(open_turns["rag"])
    assert not session.stop(open_turns["base"])
    gate.set()
    await tasks[1]
    await session.aclose(lambda: None, 1.0)
    turns = _by_backend(tmp_path)
    assert turns["base"].status == "cancelled"
    assert (turns["rag"].status, turns["rag"].answer) == ("stop", "Half and half.")


async def test_one_that_fails_and_one_that_hangs_hold_up_nobody(tmp_path: Path) -> None:
    broken = Scripted("broken", steps=(Delta("Ha"), BackendError("The line broke.")))
    hanging = Scripted("hanging", steps=(asyncio.Event(),))
    session = _session(tmp_path, broken, hanging, Scripted("base"))
    tasks = await _asked(session, "Who?", "broken", "hanging", "base")
    async with asyncio.timeout(10):
        await asyncio.gather(tasks[0], tasks[2])
    assert session.stop()
    await tasks[1]
    await session.aclose(lambda: None, 1.0)
    turns = _by_backend(tmp_path)
    assert (turns["base"].status, turns["base"].answer) == ("stop", "An answer.")
    assert (turns["broken"].status, turns["broken"].error) == ("error", "The line broke.")
    assert turns["hanging"].status == "cancelled"


_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from kotae.events import Delta, Finished
from tests.tui.scripted import Scripted
from tests.tui.test_together import _asked, _session, _until_open

async def main():
    never = asyncio.Event()
    quick = Scripted("quick", steps=(Delta("All of it."), Finished("stop")))
    slow = [Scripted(name, steps=(Delta("Half"), never)) for name in ("one", "two")]
    session = _session(Path(sys.argv[1]), quick, *slow)
    tasks = await _asked(session, "Who?", "quick", "one", "two")
    await tasks[0]
    [path] = Path(sys.argv[1]).glob("*.jsonl")
    while path.read_text().count("Half") < 2:  # written down at the next checkpoint
        await asyncio.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_killed_in_the_middle_everything_that_had_come_is_kept(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], cwd=root, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    turns = _by_backend(tmp_path)
    assert (turns["quick"].status, turns["quick"].answer) == ("stop", "All of it.")
    for name in ("one", "two"):
        assert (turns[name].answer, turns[name].error) == ("Half", INTERRUPTED)
