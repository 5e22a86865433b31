"""A lock between processes, held on a file. The system releases it when its holder dies, however it dies."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from backends.embedded.pip_download import FetchCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path, *, waiting: Callable[[], None], cancelled: Callable[[], bool]) -> Iterator[None]:
    """Hold the lock `path` for the body.

    While another process holds it, `waiting` is told once and `cancelled` is asked.

    Raises:
        FetchCancelledError: the caller gave up waiting.
        OSError: the file can't be made.
    """
    with path.open("ab") as file:
        told = False
        while not _try_lock(file):
            if not told:
                waiting()
                told = True
            if cancelled():
                raise FetchCancelledError("Waiting for another kotae that fetches the models was cancelled.")
            time.sleep(0.2)
        yield  # closing the file releases it


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
