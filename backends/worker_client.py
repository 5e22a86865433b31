"""The parent's side of a child process that speaks JSON, a line a message; `backends.worker_loop` is the other side."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from kotae import errors, paths
from kotae.errors import BackendError, KotaeError
from kotae.events import Progress

OnProgress = Callable[[Progress], None]
OnNote = Callable[[Any], None]

_LONGEST_LINE = 64 << 20
_GRACE = 2.0
"""Seconds the process is given to end by itself."""


class DiedError(Exception):
    """The process ended while it was asked something."""


class _Pending:
    def __init__(self, progress: OnProgress | None, note: OnNote | None) -> None:
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.progress, self.note = progress, note


class WorkerClient:
    """One process that works for this one. It is started when it is first asked, and belongs to one event loop.

    What is asked raises `KotaeError`s: what the process says went wrong, or `BackendError` when it died twice. Cancelling a
    request calls its work off in the process too.

    Args:
        process: what the Python interpreter is given to run; it has to end in `worker_loop.serve`.
        name: what the process is called in messages, and its log.
    """

    def __init__(self, process: Sequence[str], name: str) -> None:
        self._command = tuple(process)
        self._name = name
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._starting = asyncio.Lock()
        self._closed = False

    async def aclose(self) -> None:
        """End the process. It can't be asked anything afterwards."""
        self._closed = True
        process, reader = self._process, self._reader
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            await _ended(process)
        if reader is not None:
            await reader

    async def _ask(self, message: dict[str, Any], progress: OnProgress | None = None) -> Any:
        for _attempt in range(2):
            try:
                return await self._ask_once(message, progress)
            except DiedError as error:
                died = error
        raise BackendError(
            f"The {self._name} process ended unexpectedly ({died}), twice.",
            f"See {paths.log_file(self._name)}.",
        )

    async def _ask_once(
        self, message: dict[str, Any], progress: OnProgress | None, note: OnNote | None = None
    ) -> Any:
        """As `_ask`, but raises `DiedError` when the process ends meanwhile. `note` is told what the process notes."""
        process = await self._running()
        self._last_id += 1
        number = self._last_id
        pending = self._pending[number] = _Pending(progress, note)
        try:
            await self._send(process, {**message, "id": number})
            return await pending.answer
        except asyncio.CancelledError:
            with suppress(DiedError):
                await self._send(process, {"cancel": number})
            raise
        finally:
            self._pending.pop(number, None)

    async def _send(self, process: asyncio.subprocess.Process, message: dict[str, Any]) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(msgspec.json.encode(message) + b"\n")
            await process.stdin.drain()
        except (ConnectionError, RuntimeError):
            raise DiedError("it took no more requests") from None

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._closed:
                raise BackendError(f"The {self._name} process was ended.")
            if self._reader is not None and self._reader.done():
                self._process = None
            if self._process is None:
                self._process = await self._start()
                self._reader = asyncio.create_task(self._read(self._process))
            return self._process

    async def _start(self) -> asyncio.subprocess.Process:
        environment = {
            **os.environ,
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "PYTHONUTF8": "1",
        }
        try:
            # -P: a folder named `backends` where the user happens to be is not ours
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # it opens its log itself
                env=environment,
                limit=_LONGEST_LINE,
                start_new_session=True,  # Ctrl-C is for the parent, who says what to call off
            )
        except OSError as error:
            raise BackendError(
                f"The {self._name} process can't be started: {error.strerror or error}."
            ) from error

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Hand the process's answers to those who wait for them, until it ends."""
        assert process.stdout is not None
        with suppress(ValueError):  # a line beyond all bounds: the process is not to be trusted any further
            while line := await process.stdout.readline():
                self._deliver(msgspec.json.decode(line))
        code = await _ended(process)
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(DiedError(f"exit code {code}"))

    def _deliver(self, message: dict[str, Any]) -> None:
        pending = self._pending.get(message["id"])
        if pending is None or pending.answer.done():
            return
        if (progress := message.get("progress")) is not None:
            if pending.progress is not None:
                pending.progress(msgspec.convert(progress, Progress))
        elif "note" in message:
            if pending.note is not None:
                pending.note(message["note"])
        elif (error := message.get("error")) is not None:
            pending.answer.set_exception(_error(error))
        else:
            pending.answer.set_result(message["result"])


async def _ended(process: asyncio.subprocess.Process) -> int:
    """The exit code of a process that has no more to say; one that stays all the same is killed.

    Killing one that has just ended would have its exit code collected twice, which asyncio reports on stderr.
    """
    try:
        return await asyncio.wait_for(process.wait(), _GRACE)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        return await process.wait()


def _error(data: dict[str, str]) -> KotaeError:
    kind: type[KotaeError] = getattr(errors, data["kind"], BackendError)
    return kind(data["message"], data["hint"])
