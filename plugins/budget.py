"""Calling what isn't ours to trust with the time: in threads that may be left behind."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

_T = TypeVar("_T")


def within(budget: float, call: Callable[[], _T]) -> _T:
    """The result of `call`, run in a thread that is left behind when it takes longer than `budget` seconds."""
    outcome: queue.SimpleQueue[tuple[Any, Exception | None]] = queue.SimpleQueue()
    threading.Thread(target=lambda: outcome.put(_outcome(call)), daemon=True, name="plugin").start()
    try:
        value, failure = outcome.get(timeout=budget)
    except queue.Empty:
        raise TimeoutError from None
    if failure is not None:
        raise failure
    return value  # type: ignore[no-any-return]


async def in_thread(call: Callable[[], Any]) -> Any:
    """Like `asyncio.to_thread`, in a daemon thread: one that hangs doesn't keep the program from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(value: Any, error: BaseException | None) -> None:
        if not future.done():
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)

    def run() -> None:
        value, failure = _outcome(call)
        with suppress(RuntimeError):  # nobody waits any more: the loop is closed
            loop.call_soon_threadsafe(settle, value, failure)

    threading.Thread(target=run, daemon=True, name="plugin").start()
    return await future


def _outcome(call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What `call` gave, or how it failed; one that wanted to end the program has failed, too."""
    try:
        return call(), None
    except Exception as error:
        return None, error
    except BaseException as error:
        return None, RuntimeError(type(error).__name__)
