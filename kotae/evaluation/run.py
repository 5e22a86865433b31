"""Asking a question set of several backends, through the pipeline that the chat uses; every answer lands as a transcript."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kotae.backend import AnswerRequest
from kotae.errors import TranscriptError
from kotae.evaluation.folder import RunFolder, begun, locked, missing
from kotae.evaluation.manifest import RunManifest, write_manifest
from kotae.evaluation.questions import Question
from kotae.events import Progress
from kotae.settings import EMBEDDED, QUOTE
from kotae.transcripts.record import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kotae.conversation import Turn
    from kotae.engine import Engine


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer of a run has come, or failed."""

    question: Question
    turn: Turn


async def run(engine: Engine, folder: RunFolder) -> AsyncIterator[Asked | Progress]:
    """Asks what has not been answered yet; yields each turn as it is closed, and what long things are under way before answers.

    A turn that failed is yielded too, and is asked again when the run is gone on with. Iterate within `contextlib.aclosing`:
    leaving the iteration stops what is under way; what has come of it is kept, and not counted as an answer.

    Raises (while iterating):
        EvaluationError: another process works on the run.
        TranscriptError: an answer can't be recorded.
    """
    with locked(folder.path):
        running = _Running(engine, folder)
        workers = [
            asyncio.create_task(running.work(lane.tasks))
            for lane in _lanes(folder)
            for _ in range(lane.width)
        ]
        everything = asyncio.gather(*workers)
        try:
            while True:
                waiting = asyncio.create_task(running.events.get())
                both: set[asyncio.Future[Any]] = {waiting, everything}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    yield waiting.result()
                    continue
                waiting.cancel()
                everything.result()
                return
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(everything, *workers, return_exceptions=True)
            with suppress(
                OSError, TranscriptError
            ):  # the answers are there; this is what can be read from them
                write_manifest(folder.path, msgspec.structs.replace(folder.manifest, models=folder.models()))


@dataclass(slots=True)
class _Lane:
    """What is asked of one server."""

    width: int
    """How many answers it gives at once."""
    tasks: Iterator[tuple[int, str]]


def lane_of(manifest: RunManifest, backend: str) -> str:
    """The server that a backend asks; those that ask no model are one of their own."""
    table = manifest.backends[backend]
    return QUOTE if table["kind"] == QUOTE else str(table["server"])


def _lanes(folder: RunFolder) -> list[_Lane]:
    """One lane a server: a slow one holds up none but itself. The model in the box answers one at a time."""
    by_server: dict[str, list[tuple[int, str]]] = {}
    for place, backend in missing(folder):
        by_server.setdefault(lane_of(folder.manifest, backend), []).append((place, backend))
    return [
        _Lane(1 if server in (EMBEDDED, QUOTE) else folder.manifest.concurrency, iter(tasks))
        for server, tasks in by_server.items()
    ]


class _Running:
    """Answers under way, and the transcripts that they share."""

    def __init__(self, engine: Engine, folder: RunFolder) -> None:
        self.events: asyncio.Queue[Asked | Progress] = asyncio.Queue()
        self._engine = engine
        self._folder = folder
        self._open: dict[Path, tuple[Recorder, int]] = {}
        """By file, its recorder and how many answers are written to it."""

    async def work(self, tasks: Iterator[tuple[int, str]]) -> None:
        """Asks one after another. Several may take from the same tasks."""
        for place, backend in tasks:
            question = self._folder.questions[place]
            request = AnswerRequest(question=question.question, history=question.history)
            with self._recorder(self._folder.transcript(place)) as recorder:
                turn_run = self._engine.ask(backend, request, recorder=recorder)
                async for event in turn_run:
                    if isinstance(event, Progress):
                        self.events.put_nowait(event)
            self.events.put_nowait(Asked(question, turn_run.turn))

    @contextmanager
    def _recorder(self, path: Path) -> Iterator[Recorder]:
        recorder, users = self._open.get(path, (None, 0))
        if recorder is None:
            if not begun(path):
                path.unlink(missing_ok=True)
            recorder = Recorder(path.parent, path.stem)
        self._open[path] = recorder, users + 1
        try:
            yield recorder
        finally:
            recorder, users = self._open.pop(path)
            if users > 1:
                self._open[path] = recorder, users - 1
            else:
                recorder.close()
