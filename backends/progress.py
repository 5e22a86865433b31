"""Turning progress that is reported by callback into events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from kotae.events import Progress

T = TypeVar("T")
Report = Callable[[Progress], None]


class Reported(Generic[T]):
    """Runs `work`, handing it a callback that may be called from any thread. Iterating yields what it reports.

    When the iteration ends, `result` is there. Giving up the iteration cancels the work; what `work` raises, iterating raises.
    """

    result: T

    def __init__(self, work: Callable[[Report], Awaitable[T]]) -> None:
        self._work = work

    async def __aiter__(self) -> AsyncIterator[Progress]:
        news: asyncio.Queue[Progress | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        work = asyncio.ensure_future(self._work(lambda progress: _put(loop, news, progress)))
        work.add_done_callback(lambda _: news.put_nowait(None))
        try:
            while (progress := await news.get()) is not None:
                yield progress
            self.result = work.result()
        finally:
            work.cancel()


def _put(loop: asyncio.AbstractEventLoop, news: asyncio.Queue[Progress | None], progress: Progress) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(news.put_nowait, progress)
