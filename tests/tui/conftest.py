from __future__ import annotations

import asyncio
import difflib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kotae.engine import Engine
from kotae.settings import ChatSettings, Settings
from tests.tui.scripted import Scripted, engine_of, loads
from tui.app import KotaeApp
from tui.screens.chat import ChatScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from kotae.language import Language
    from tui.talk import Talk

AppOf = Callable[..., KotaeApp]


@pytest.fixture
def snap_compare(snap_compare: Callable[..., bool], request: pytest.FixtureRequest) -> Callable[..., bool]:
    """Compares with the picture kept; where they differ, prints in what, for who has only the output to go by."""
    kept = Path(request.path.parent, "__snapshots__", request.path.stem, f"{request.node.name}.svg")

    def compare(app: KotaeApp, *, run_before: Callable[[Pilot[Any]], Any], **how: object) -> bool:
        taken: list[str] = []

        async def run(pilot: Pilot[Any]) -> None:
            await run_before(pilot)
            taken.append(app.export_screenshot(simplify=True))

        same = snap_compare(app, run_before=run, **how)
        if not same and kept.exists():
            before, now = (_nameless(svg) for svg in (kept.read_text(encoding="utf-8"), taken[-1]))
            print(*difflib.unified_diff(before, now, "kept", "taken", n=0, lineterm=""), sep="\n")
        return same

    return compare


def _nameless(svg: str) -> list[str]:
    """The elements of a picture without the names that differ in each."""
    return re.sub(r"terminal-\d+-", "terminal-", svg).replace("><", ">\n<").splitlines()


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


def notified(pilot: Pilot[None]) -> str:
    """What stands over the corner of the screen; there it is broken into lines."""
    return "\n".join(note.message for note in pilot.app._notifications)
