"""Starting the embedded model's process, and ending it."""

from __future__ import annotations

import json
import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from backends.openai_chat import Endpoint
from kotae import paths
from kotae.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SLOTS = 3
"""Requests that are answered at once: as many as there are built-in backends to compare."""
CONTEXT = 4096
"""Tokens a request may have, answer included. The model was trained for 8,192, at twice the memory."""

_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Child:
    """A running server. It ends when this is closed, and with this process, however that ends."""

    endpoint: Endpoint
    adapters: tuple[Path, ...]
    """Those that llama.cpp could use; a request names them by their place here."""
    process: subprocess.Popen[str]

    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """End it, and wait until it has ended."""
        _end(self.process)


def launch(model: Path, name: str, adapters: Sequence[Path], cancelled: Callable[[], bool]) -> Child:
    """Start llama.cpp's server for `model` in a process of its own. Blocks until it listens.

    Args:
        name: what the server calls the model.
        adapters: LoRA adapters in GGUF; those that can't be used are left out.

    Raises:
        BackendError: it could not be started, or `cancelled` became true.
    """
    key = secrets.token_urlsafe(24)
    # llama.cpp's threads wait for each other by spinning, so where two share a core, all of them crawl: on two
    # busy cores two threads made 3 tokens a second where one made 37. Half of the cores are left to others,
    # such as a second model that answers at the same time; a model this small gains nothing beyond four.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = max(1, min(cores // 2, 4))
    wanted = {
        "model": str(model),
        "name": name,
        "adapters": [str(path) for path in adapters],
        "api_key": key,
        "slots": SLOTS,
        "context": CONTEXT,
        "threads": threads,
    }
    with _log() as log:
        process = subprocess.Popen(
            # -P: a folder called `backends` where the user happens to be must not be run.
            [sys.executable, "-P", "-m", "backends.embedded.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
    try:
        said = _greet(process, wanted, cancelled)
        if "error" in said:
            raise _failed(said["error"])
    except BaseException:
        _end(process)
        raise
    return Child(
        Endpoint(f"{said['url']}/v1", key, name), tuple(Path(path) for path in said["adapters"]), process
    )


def log_file() -> Path:
    """Where the process's own words go."""
    return paths.log_file("embedded")


def _greet(
    process: subprocess.Popen[str], wanted: dict[str, Any], cancelled: Callable[[], bool]
) -> dict[str, Any]:
    """What the child says once it listens."""
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read_line, args=(process.stdout, lines), name="embedded", daemon=True).start()
    with suppress(BrokenPipeError):  # it died at once; that it says nothing tells below
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            line = lines.get(timeout=0.1)
            break
        except queue.Empty:
            if cancelled():
                raise BackendError("Loading the embedded model was cancelled.") from None
            if time.monotonic() > until:
                raise _failed(f"it was not ready within {_PATIENCE:g} s") from None
    if not line:
        raise _failed(f"its process ended at once (exit code {process.wait()})")
    said: dict[str, Any] = json.loads(line)
    return said


def _read_line(stream: IO[str], lines: queue.SimpleQueue[str]) -> None:
    lines.put(stream.readline())


def _failed(reason: str) -> BackendError:
    return BackendError(f"The embedded model could not be started: {reason}.", f"See {log_file()}.")


def _end(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _log() -> IO[bytes]:
    try:
        return paths.open_log("embedded")
    except OSError as error:
        raise BackendError(
            f"The log {log_file()} can't be written: {error.strerror}.", "Check the folder's permissions."
        ) from None
