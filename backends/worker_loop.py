"""The child's side of a process that works for this program and speaks JSON, a line a message.

In: `{"id", "do", ...}`, and `{"cancel": id}`. Out: `{"id", "progress": {"stage", "done", "total", "unit"}}` and `{"id", "note"}`
(whatever the two have agreed on) any number of times, then `{"id", "result"}` or `{"id", "error": {"kind", "message", "hint"}}`.
The process ends when its input closes, so it does not outlive its parent however that ends; on Linux the system ends it besides,
whatever it is busy with. Whatever libraries print goes to the log.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Any

import msgspec

from kotae import paths
from kotae.errors import BackendError, KotaeError
from kotae.plain import encodable

_PR_SET_PDEATHSIG = 1
_PROGRESS_EVERY = 0.1
"""Seconds between two progress messages of one stage."""


class CalledOffError(Exception):
    """Whoever asked no longer wants to know."""


class Request:
    """One request under way: where its answers go, and whether it was called off."""

    def __init__(self, id_: int, send: Callable[[dict[str, Any]], None]) -> None:
        self.id = id_
        self.cancelled = threading.Event()
        self._send = send
        self._told = ("", 0.0)

    def report(self, stage: str, done: int, total: int, unit: str = "") -> None:
        now = time.monotonic()
        if stage == self._told[0] and done != total and now - self._told[1] < _PROGRESS_EVERY:
            return
        self._told = (stage, now)
        progress = {"stage": stage, "done": done, "total": total, "unit": unit if total else ""}
        self._send({"id": self.id, "progress": progress})

    def note(self, value: Any) -> None:
        """Tells whoever asked something that must not be left out, as progress may be."""
        self._send({"id": self.id, "note": value})


Ask = Callable[[Request, dict[str, Any]], Any]
"""Answers a message; what it gives is sent as JSON."""


def serve(
    name: str,
    asks: Mapping[str, Ask],
    *,
    failure: str,
    lanes: Iterable[str] = (),
    called_off: tuple[type[Exception], ...] = (),
) -> None:
    """Serve standard input until it closes.

    Args:
        name: of the process, and its log.
        asks: what can be asked, by the `do` of a message.
        failure: what is told in one line of an error nobody expected; ` TYPE in the NAME process.` is added.
        lanes: those of `asks` that hold up none of the others. Within a lane, and for all others together, one request comes
            after the other.
        called_off: errors that say that a request was called off, besides `CalledOffError`.
    """
    _end_with_parent()
    no_longer_wanted: tuple[type[Exception], ...] = (CalledOffError, *called_off)
    answers = _claim_stdout(name)
    writing = threading.Lock()

    def failed(id_: int, error: Exception) -> dict[str, Any]:
        """The reply for what nobody foresaw; call it where the error is handled."""
        traceback.print_exc()
        why = f"{failure}: {type(error).__name__} in the {name} process."
        return _error(id_, BackendError.__name__, why, f"See {encodable(str(paths.log_file(name)))}.")

    def send(message: dict[str, Any]) -> None:
        try:
            data = msgspec.json.encode(message) + b"\n"
        except Exception as error:  # half of a character, say: whoever asked must not wait for ever
            data = msgspec.json.encode(failed(message["id"], error)) + b"\n"
        with writing:
            answers.write(data)
            answers.flush()

    pending: dict[int, Request] = {}
    executors = {lane: ThreadPoolExecutor(1, lane) for lane in ("", *lanes)}

    def answer(request: Request, message: dict[str, Any]) -> dict[str, Any]:
        try:
            if request.cancelled.is_set():
                raise CalledOffError
            return {"id": request.id, "result": asks[message["do"]](request, message)}
        except no_longer_wanted:
            return _error(request.id, "Cancelled", "Called off.", "")
        except KotaeError as error:
            return _error(request.id, type(error).__name__, encodable(error.message), encodable(error.hint))
        except Exception as error:
            return failed(request.id, error)

    def run(request: Request, message: dict[str, Any]) -> None:
        said = answer(request, message)
        pending.pop(request.id, None)
        try:
            send(said)
        except OSError:
            os._exit(0)  # nobody listens any more

    for line in sys.stdin.buffer:
        message = msgspec.json.decode(line)
        if (id_ := message.get("cancel")) is not None:
            if request := pending.get(id_):
                request.cancelled.set()
            continue
        request = pending[message["id"]] = Request(message["id"], send)
        executors.get(message["do"], executors[""]).submit(run, request, message)
    os._exit(0)  # whatever still runs has nobody to answer to


def _error(id_: int, kind: str, message: str, hint: str) -> dict[str, Any]:
    return {"id": id_, "error": {"kind": kind, "message": message, "hint": hint}}


def _end_with_parent() -> None:
    """Have Linux kill this process when its parent ends: a thread that waits for that needs the interpreter, which may be taken.

    It counts from when the thread ends that started the process; that is the one with the client's event loop.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # no C library that can be asked
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _claim_stdout(name: str) -> IO[bytes]:
    """Standard output for us alone; what anybody else prints goes to the log."""
    answers = os.fdopen(os.dup(1), "wb")
    with paths.open_log(name) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    return answers
