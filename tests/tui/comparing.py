"""Comparisons for tests: three backends whose answers do not tell which they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae.conversation import Conversation
from kotae.events import Delta, Finished
from kotae.transcripts.read import latest, read
from tests.tui.conftest import chat, ready, until
from tests.tui.scripted import Scripted, engine_of, rag_steps
from tui.widgets.compare import CompareView

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.engine import Engine
    from tui.screens.chat import ChatScreen


NAMES = ("base", "rag", "finetuned")


def said_by(name: str) -> str:
    """What a backend says, with nothing in it that names the backend."""
    return {"base": "Any clerk may.", "rag": "The Controller may.", "finetuned": "Nobody may."}[name]


def engine_of_three(*, flag: tuple[str, ...] = ()) -> Engine:
    return engine_of(
        Scripted("base", steps=(Delta(said_by("base")), Finished("stop"))),
        Scripted("rag", "rag", rag_steps("q", said_by("rag"))),
        Scripted("finetuned", "finetuned", steps=(Delta(said_by("finetuned")), Finished("stop"))),
        flag=flag,
    )


def view_of(pilot: Pilot[None]) -> CompareView:
    return chat(pilot).query_one(CompareView)


def order_of(pilot: Pilot[None]) -> list[str]:
    """The backends in the order of the columns."""
    return [column.backend for column in view_of(pilot).comparison.columns]


def compares(pilot: Pilot[None]) -> bool:
    return bool(chat(pilot).query(CompareView))


async def compare(pilot: Pilot[None], question: str = "Who may?") -> ChatScreen:
    """Sends a question to all backends, and waits for all answers."""
    screen = await ready(pilot)
    screen.prompt.insert(question)
    await pilot.press("ctrl+g")
    await until(pilot, lambda: compares(pilot) and not view_of(pilot).comparison.running)
    return await ready(pilot)


def files_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.jsonl"))


def conversation_in(folder: Path) -> Conversation:
    path = latest(folder)
    assert path is not None
    return read(path)
