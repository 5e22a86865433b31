"""The embedded model: fetched when it is missing, and served by llama.cpp in a child process."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.embedded.launch import Child, launch, log_file
from backends.embedded.weights import SMOLLM2, ensure
from kotae.errors import BackendError
from kotae.events import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backends.openai_chat import Endpoint


class EmbeddedServer:
    """SmolLM2 behind an OpenAI-compatible API on loopback, shared by all backends that want it.

    Nothing is started before `start`. LoRA adapters ride on the one model: each request says by `lora`
    which it wears.
    """

    def __init__(self, adapters: Sequence[Path] = ()) -> None:
        self._adapters = tuple(dict.fromkeys(_absolute(path) for path in adapters))
        self._child: Child | None = None
        self._starting: asyncio.Task[Child] | None = None
        self._waiting = 0
        self._listeners: list[Callable[[Progress], None]] = []

    async def start(self, progress: Callable[[Progress], None] | None = None) -> Endpoint:
        """Where the model is; starts its process when there is none, or when it has died.

        Callers at the same time share one start. It is given up when the last of them is cancelled.

        Args:
            progress: told of fetching, in bytes, and of loading; called from any thread.

        Raises:
            WeightsError: the model could not be fetched.
            BackendError: its process could not be started.
        """
        if self._child is not None and self._child.alive():
            return self._child.endpoint
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        starting = self._starting
        if progress is not None:
            self._listeners.append(progress)
        self._waiting += 1
        try:
            self._child = await asyncio.shield(starting)
        finally:
            self._waiting -= 1
            if progress is not None:
                self._listeners.remove(progress)
            if self._starting is starting and (starting.done() or self._waiting == 0):
                starting.cancel()
                self._starting = None
        return self._child.endpoint

    def lora(self, adapter: Path | None) -> dict[str, Any]:
        """What a request adds to its body (`extra_body`) so that the model wears `adapter`, or none.

        Every request has to add it: which adapter is worn is said anew each time. Ask after `start`.

        Raises:
            BackendError: llama.cpp could not use this adapter, or was never given it.
        """
        usable = self._child.adapters if self._child is not None else ()
        worn = None if adapter is None else _absolute(adapter)
        if worn is not None and worn not in usable:
            raise _unusable(worn, given=worn in self._adapters)
        return {"lora": [{"id": place, "scale": float(path == worn)} for place, path in enumerate(usable)]}

    async def aclose(self) -> None:
        """End the process. A later `start` starts it again."""
        if self._starting is not None:
            self._starting.cancel()
            self._starting = None
        child, self._child = self._child, None
        if child is not None:
            await asyncio.to_thread(child.close)

    async def _start(self) -> Child:
        stop = threading.Event()
        try:
            folder = await asyncio.to_thread(ensure, SMOLLM2, self._fetching, stop.is_set)
            self._tell(Progress(f"Loading {SMOLLM2.label}"))
            model = folder / SMOLLM2.files[0].path
            return await asyncio.to_thread(launch, model, SMOLLM2.label, self._adapters, stop.is_set)
        finally:
            stop.set()  # a thread can't be cancelled; this ends what it does

    def _fetching(self, label: str, done: int, total: int) -> None:
        self._tell(Progress(label, done, total))

    def _tell(self, progress: Progress) -> None:
        for listener in tuple(self._listeners):
            listener(progress)


def _absolute(path: Path) -> Path:
    return Path(path).expanduser().absolute()


def _unusable(adapter: Path, *, given: bool) -> BackendError:
    if not adapter.is_file():
        return BackendError(
            f"There is no adapter {adapter}.",
            "Check `adapter` in the backend's settings, or train one: `python -m sample_manual.train_adapter`.",
        )
    if not given:
        return BackendError(
            f"The embedded model was not started with the adapter {adapter}.", "Start it again."
        )
    return BackendError(
        f"The embedded model can't wear the adapter {adapter}.",
        f"It must be a LoRA adapter in GGUF, trained on {SMOLLM2.label}; the reason is in {log_file()}.",
    )
