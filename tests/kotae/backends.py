"""Backends for tests: real implementations of the protocol that do what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from kotae.backend import AnswerRequest
from kotae.events import BackendEvent, Delta, Finished


class Scripted:
    """Yields the given events; remembers what it was asked. An exception among the events is raised."""

    kind = "scripted"

    def __init__(self, *events: BackendEvent | Exception, name: str = "scripted") -> None:
        self.name = name
        self.events: Sequence[BackendEvent | Exception] = events or (Delta("An answer."), Finished("stop"))
        self.asked: list[AnswerRequest] = []
        self.closed = False

    async def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]:
        self.asked.append(request)
        for event in self.events:
            await asyncio.sleep(0)
            if isinstance(event, Exception):
                raise event
            yield event

    async def aclose(self) -> None:
        self.closed = True


class Endless:
    """Says a word again and again until it is stopped; `let_go` tells that it was."""

    kind = "scripted"

    def __init__(self, name: str = "endless", pause: float = 0.01) -> None:
        self.name = name
        self.let_go = asyncio.Event()
        self._pause = pause

    async def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]:
        try:
            while True:
                yield Delta("word ")
                await asyncio.sleep(self._pause)
        finally:
            self.let_go.set()

    async def aclose(self) -> None:
        return
