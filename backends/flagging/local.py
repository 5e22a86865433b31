"""What flaggers share whose model runs in a process of this machine: getting it ready, and not waiting for it for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from backends.flagging.client import FlaggingClient
from backends.worker_client import OnProgress
from kotae.errors import BackendError

_T = TypeVar("_T")
_MARGIN = 0.9
"""Of the budget of a hook, which must not run out before the model's time does."""


class LocalModel:
    """One model of the flagging process.

    Args:
        kind: `nli` or `lettucedetect`.
        model: a folder, or a name on the hub.
        budget: seconds that a hook may take.
    """

    def __init__(self, client: FlaggingClient, kind: str, model: str, budget: float) -> None:
        self.client = client
        self.name = model
        self.short = model.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
        """What a reader is told."""
        self._kind = kind
        self._time = budget * _MARGIN
        self._loading: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Have the model loaded in the background, where it is not yet."""
        if self._loading is None or (
            self._loading.done() and (self._loading.cancelled() or self._loading.exception() is not None)
        ):
            self._loading = asyncio.create_task(self.client.load(self._kind, self.name))
            self._loading.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def prepare(self, progress: OnProgress | None = None) -> None:
        """Load the model, however long that takes.

        Raises:
            KotaeError: it can't be loaded.
        """
        await self.client.load(self._kind, self.name, progress)

    def deadline(self) -> float:
        """When a hook that is called now has to be done, by the event loop's clock."""
        return asyncio.get_running_loop().time() + self._time

    async def by(self, until: float, judge: Callable[[], Awaitable[_T]]) -> _T:
        """What `judge` comes to, once the model is loaded; by a deadline.

        Raises:
            KotaeError: the model can't be loaded, is still being loaded, or takes too long.
        """
        self.begin()
        assert self._loading is not None
        try:
            async with asyncio.timeout_at(until):
                await asyncio.shield(self._loading)  # goes on for the next answer
        except TimeoutError:
            raise BackendError(
                f"{self.short} is still being loaded.", "The next answers will have its flags."
            ) from None
        try:
            async with asyncio.timeout_at(until):
                return await judge()
        except TimeoutError:
            raise BackendError(
                f"{self.short} took longer than {self._time:g} s.",
                "Raise budget in [plugins], or name a smaller model.",
            ) from None

    async def aclose(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        await self.client.aclose()
