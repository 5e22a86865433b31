"""A lock between processes, held on a file. The system releases it when its holder dies, however it dies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from backends.embedded.pip_download import FetchCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_POLL = 0.2


@contextmanager
def locked(path: Path, *, waiting: Callable[[], None], cancelled: Callable[[], bool]) -> Iterator[None]:
    """Hold the lock `path` for the body.

    While another process holds it, `waiting` is told once and `cancelled` is asked.

    Raises:
        FetchCancelledError: the caller gave up waiting.
        OSError: the file can't be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        waiting()
        try:
            lock.acquire(poll_interval=_POLL, cancel_check=cancelled)
        except Timeout:
            raise FetchCancelledError(
                "Waiting for another kotae that fetches the models was cancelled."
            ) from None
    try:
        yield
    finally:
        lock.release()
