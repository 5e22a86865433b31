"""The parent's side of the retrieval process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from backends.retrieval.indexing import BuildSummary
from backends.retrieval.quoting import Counts
from kotae import errors, paths
from kotae.conversation import Message, Passage
from kotae.errors import BackendError, IndexFolderError, KotaeError, ManualError
from kotae.events import Progress
from kotae.plain import encodable

OnProgress = Callable[[Progress], None]

_LONGEST_LINE = 64 << 20
_GRACE = 2.0
"""Seconds the process is given to end by itself."""


class _DiedError(Exception):
    """The process ended while it was asked something."""


class _Pending:
    def __init__(self, progress: OnProgress | None) -> None:
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.progress = progress


class RetrievalClient:
    """One retrieval process, shared by all indexes. It is started when it is first asked, and belongs to one event loop.

    All methods raise `KotaeError`s: what the process says went wrong, or `BackendError` when it died twice. Cancelling a call
    calls its work off in the process too.

    Args:
        process: what the Python interpreter is given to run; it has to end in `worker.main`.
    """

    def __init__(self, process: Sequence[str] = ("-m", "backends.retrieval.worker")) -> None:
        self._command = tuple(process)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._starting = asyncio.Lock()
        self._closed = False

    async def build(
        self, source: Path, out: Path, encoder: str = "", progress: OnProgress | None = None
    ) -> BuildSummary:
        """Make `out` the index of the manual `source`, or bring it up to date.

        Args:
            encoder: a sentence-transformers model, folder or name; empty: the embedded one, fetched if need be.

        Raises:
            ManualError: no manual, or nothing in it.
            IndexFolderError: `out` holds something else, or can't be written.
            WeightsError: the embedded encoder can't be fetched.
        """
        message = {
            "do": "build",
            "source": absolute(source, ManualError),
            "out": absolute(out, IndexFolderError),
            "encoder": encoder,
        }
        return msgspec.convert(await self._ask(message, progress), BuildSummary)

    async def refresh(
        self, source: Path, out: Path, encoder: str = "", progress: OnProgress | None = None
    ) -> BuildSummary | None:
        """As `build`, but None at once when the manual's files have the times and sizes they had then."""
        message = {
            "do": "build",
            "source": absolute(source, ManualError),
            "out": absolute(out, IndexFolderError),
            "encoder": encoder,
            "if_changed": True,
        }
        return msgspec.convert(await self._ask(message, progress), BuildSummary | None)

    async def open(self, index: Path, encoder: str = "", progress: OnProgress | None = None) -> None:
        """Load an index ahead of its first search, and its encoder where it has vectors.

        Raises:
            IndexFolderError: no index, a damaged one, or one made with another encoder.
            WeightsError: the embedded encoder can't be fetched.
        """
        await self._ask(
            {"do": "open", "index": absolute(index, IndexFolderError), "encoder": encoder}, progress
        )

    async def search(
        self,
        index: Path,
        query: str,
        top: int = 5,
        encoder: str = "",
        progress: OnProgress | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        """The best `top` passages, best first; `source` is the absolute path of the file that a passage was read from.

        What was said before, the `history`, counts for what the talk is about.

        The encoder is loaded only for queries in a script that it can read; `progress` is told.

        Raises:
            IndexFolderError: no index, a damaged one, or one made with another encoder.
            WeightsError: the embedded encoder is needed, and can't be fetched.
        """
        message = {
            "do": "search",
            "index": absolute(index, IndexFolderError),
            "query": query,
            "top": top,
            "encoder": encoder,
        }
        message["history"] = [asdict(said) for said in history]
        return msgspec.convert(await self._ask(message, progress), list[Passage])

    async def known(self, index: Path, terms: Sequence[str]) -> set[str]:
        """Those of `terms` that occur in the manual."""
        return set(
            await self._ask({"do": "known", "index": absolute(index, IndexFolderError), "terms": list(terms)})
        )

    async def counts(self, index: Path, terms: Sequence[str]) -> Counts:
        """How many passages each of `terms` occurs in; terms as `text.tokens` gives them."""
        message = {"do": "counts", "index": absolute(index, IndexFolderError), "terms": list(terms)}
        return msgspec.convert(await self._ask(message), Counts)

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
            except _DiedError as error:
                died = error
        raise BackendError(
            f"The retrieval process ended unexpectedly ({died}), twice.",
            f"See {paths.log_file('retrieval')}.",
        )

    async def _ask_once(self, message: dict[str, Any], progress: OnProgress | None) -> Any:
        process = await self._running()
        self._last_id += 1
        number = self._last_id
        pending = self._pending[number] = _Pending(progress)
        try:
            await self._send(process, {**message, "id": number})
            return await pending.answer
        except asyncio.CancelledError:
            with suppress(_DiedError):
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
            raise _DiedError("it took no more requests") from None

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._closed:
                raise BackendError("The retrieval process was ended.")
            if self._reader is not None and self._reader.done():
                self._process = None
            if self._process is None:
                self._process = await _start(self._command)
                self._reader = asyncio.create_task(self._read(self._process))
            return self._process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Hand the process's answers to those who wait for them, until it ends."""
        assert process.stdout is not None
        with suppress(ValueError):  # a line beyond all bounds: the process is not to be trusted any further
            while line := await process.stdout.readline():
                self._deliver(msgspec.json.decode(line))
        code = await _ended(process)
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(_DiedError(f"exit code {code}"))

    def _deliver(self, message: dict[str, Any]) -> None:
        pending = self._pending.get(message["id"])
        if pending is None or pending.answer.done():
            return
        if (progress := message.get("progress")) is not None:
            if pending.progress is not None:
                pending.progress(msgspec.convert(progress, Progress))
        elif (error := message.get("error")) is not None:
            pending.answer.set_exception(_error(error))
        else:
            pending.answer.set_result(message["result"])


async def _start(command: Sequence[str]) -> asyncio.subprocess.Process:
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
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # it opens its log itself
            env=environment,
            limit=_LONGEST_LINE,
            start_new_session=True,  # Ctrl-C is for the parent, who says what to call off
        )
    except OSError as error:
        raise BackendError(f"The retrieval process can't be started: {error.strerror or error}.") from error


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


def absolute(path: Path, error: type[KotaeError]) -> str:
    """The path as the process is told it.

    Raises:
        error: its name is not UTF-8, as an index and all that is printed of one have to be.
    """
    found = str(path.expanduser().absolute())
    if (whole := encodable(found)) != found:
        raise error(f"The name of {whole} is not UTF-8.", "Rename it, or name a folder beside it.")
    return found
