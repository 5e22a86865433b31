from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from kotae.engine import Engine
from kotae.settings import ChatSettings, Settings
from tests.tui.scripted import Scripted, engine_of, loads
from tui.app import KotaeApp
from tui.screens.chat import ChatScreen

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.language import Language
    from tui.talk import Talk

AppOf = Callable[..., KotaeApp]


@pytest.fixture
def transcripts(tmp_path: Path) -> Path:
    return tmp_path / "transcripts"


@pytest.fixture
def app_of(transcripts: Path) -> AppOf:
    """Makes the app for an engine, or for what loads one."""

    def make(
        engine: Engine | Callable[[Callable[[str], None]], Engine] | None = None,
        *,
        lang: Language = "en",
        theme: str = "",
        backend: str = "base",
        resume: Path | None = None,
        folder: Path | None = None,
        talk: Talk | None = None,
    ) -> KotaeApp:
        if engine is None:
            engine = engine_of(
                Scripted("base"),
                Scripted("rag", "rag"),
                Scripted("finetuned", "finetuned"),
                Scripted("quote", "quote"),
            )
        load = loads(engine) if isinstance(engine, Engine) else engine
        settings = Settings(chat=ChatSettings(theme=theme))
        return KotaeApp(
            settings,
            load_engine=load,
            transcripts=folder or transcripts,
            backend=backend,
            resume=resume,
            lang=lang,
            talk=talk,
        )

    return make


def chat(pilot: Pilot[None]) -> ChatScreen:
    """The chat screen."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, ChatScreen)
    return screen


async def until(pilot: Pilot[None], condition: Callable[[], object], limit: float = 10.0) -> None:
    """Waits until `condition` holds."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.01)
        await pilot.pause()


async def ready(pilot: Pilot[None]) -> ChatScreen:
    """The chat screen, once everything is loaded and no answer is under way."""
    screen = chat(pilot)
    await until(pilot, lambda: screen.answering.state == "ready")
    return screen


async def ask(pilot: Pilot[None], question: str) -> ChatScreen:
    """Types a question, sends it, and waits for the end of its answer."""
    screen = await ready(pilot)
    turns = len(screen.session.conversation.turns)
    screen.prompt.insert(question)
    await pilot.press("enter")
    await until(pilot, lambda: len(screen.session.conversation.turns) > turns)
    return await ready(pilot)


def shown(pilot: Pilot[None]) -> str:
    """The screen as text, a line a row."""
    screen = pilot.app.screen
    strips = screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)
