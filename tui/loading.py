"""What is loaded after the first frame, in a thread: the transcript widget's module, the engine, the client library."""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.message import Message

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.engine import Engine
    from kotae.events import Progress

_NEW_OBJECTS = 2_000
"""How many are made before garbage is looked for, once everything is loaded; until then it is hardly looked for at all."""
_log = logging.getLogger(__name__)
Report = Callable[[str], None]
LoadEngine = Callable[[Report], "Engine"]


@runtime_checkable
class WarmsUp(Protocol):
    """A backend that can get ready before the first question."""

    def warm_up(self) -> Awaitable[None]: ...


class TranscriptReady(Message):
    """The transcript widget can be made without delay."""


class Resumable(Message):
    """There is a conversation to go on with."""

    def __init__(self, heading: str) -> None:
        """`heading` is its title or its first question."""
        super().__init__()
        self.heading = heading


class EngineReady(Message):
    """Questions can be asked."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine


class EngineFailed(Message):
    """The engine can't be had."""

    def __init__(self, error: KotaeError) -> None:
        super().__init__()
        self.error = error


class Reported(Message):
    """The engine has something to say in one line: a plugin was switched off."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line


def start(
    load_engine: LoadEngine, latest: Callable[[], Path | None], post: Callable[[Message], object]
) -> None:
    """Loads everything in a thread that doesn't keep the program from ending. `post` is called from it."""

    def run() -> None:
        post(_loaded(load_engine, post))
        if heading := _heading(latest):
            post(Resumable(heading))
        # The first question would wait for this import, which takes longer than all others together.
        with contextlib.suppress(ImportError):
            importlib.import_module("openai")
        gc.freeze()  # what is loaded stays: collecting it again and again makes pauses of 50 ms and more
        gc.set_threshold(_NEW_OBJECTS)

    threading.Thread(target=run, name="loading", daemon=True).start()


def _loaded(load_engine: LoadEngine, post: Callable[[Message], object]) -> EngineReady | EngineFailed:
    try:
        importlib.import_module("tui.feed")
        importlib.import_module("tui.transcript.view")
        post(TranscriptReady())
        return EngineReady(load_engine(lambda line: _say(post, line)))
    except KotaeError as error:
        return EngineFailed(error)
    except Exception as error:
        _log.exception("the engine could not be loaded")
        return EngineFailed(
            KotaeError(f"{type(error).__name__}: {error}", "Run with --debug and see the log.")
        )


def _heading(latest: Callable[[], Path | None]) -> str:
    """What the last conversation goes by; empty when there is none. Never raises: any file may lie in the folder."""
    try:
        from kotae.transcripts.contents import heading_of

        path = latest()
        return heading_of(path) if path is not None else ""
    except Exception as error:
        _log.info("the last conversation: %r", error)
        return ""


def _say(post: Callable[[Message], object], line: str) -> None:
    post(Reported(line))


async def warm_up(backend: object) -> None:
    """Lets a backend get ready; what fails now is said when a question is asked."""
    if isinstance(backend, WarmsUp):
        try:
            await backend.warm_up()
        except Exception as error:
            _log.info("warming up: %r", error)


async def prepare_manual(engine: Engine, progress: Callable[[Progress], None]) -> None:
    """Has the manual ready for the first search; what fails now is said when it is searched."""
    if engine.manual is not None and engine.settings.flags.enabled:
        try:
            await engine.manual.prepare(progress)
        except Exception as error:
            _log.info("preparing the manual: %r", error)
