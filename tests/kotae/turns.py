"""Turns for tests: run, their events, and a flagger that does what it is told."""

from __future__ import annotations

import asyncio
from typing import Any

from kotae.backend import AnswerRequest, Backend
from kotae.conversation import Flag, Message, Passage, Turn
from kotae.hooks import Hooks
from kotae.settings import BackendSettings
from kotae.transcripts.record import Recorder
from kotae.turn import TurnContext, TurnRun
from plugins.manager import PluginManager


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
