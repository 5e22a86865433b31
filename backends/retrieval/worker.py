"""The retrieval process: `python -m backends.retrieval.worker`. Indexes, searches, and holds everything heavy.

It speaks JSON, a line a message. In: `{"id", "do": "build" | "open" | "search" | "known" | "counts", ...}`, and
`{"cancel": id}`. Out: `{"id", "progress": {"stage", "done", "total", "unit"}}` any number of times, then `{"id", "result"}` or
`{"id", "error": {"kind", "message", "hint"}}`. It ends when its input closes, so it does not outlive its parent however that ends;
on Linux the system ends it besides, whatever it is busy with. Whatever libraries print goes to the log.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from typing import IO, Any

import msgspec

from backends.embedded import weights
from backends.retrieval import indexing
from backends.retrieval.encoder import Encoder
from backends.retrieval.index import Index, current_version, open_index
from backends.retrieval.page import Skipped
from backends.retrieval.search import search, wants_encoder
from kotae import paths
from kotae.conversation import Message
from kotae.errors import BackendError, IndexFolderError, KotaeError
from kotae.plain import encodable
from kotae.reading import Reader

LoadReaders = Callable[[], tuple[Sequence[Reader], Sequence[Skipped]]]
"""Gives the readers of plugins, and the plugins that could not be asked for theirs."""

_PR_SET_PDEATHSIG = 1
_PROGRESS_EVERY = 0.1
"""Seconds between two progress messages of one stage."""


class _Request:
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


class Worker:
    """The encoders and indexes that are loaded, and what can be asked of them. Called from several threads."""

    def __init__(self, load_readers: LoadReaders = lambda: ((), ())) -> None:
        self._load_readers = cache(
            load_readers
        )  # the first build is early enough: most requests read no manual
        self._encoders: dict[str, Encoder] = {}
        self._indexes: dict[str, Index] = {}
        self._index_lock = threading.Lock()
        self._encoder_lock = threading.Lock()

    def build(self, request: _Request, message: dict[str, Any]) -> Any:
        source, out = Path(message["source"]), Path(message["out"])
        readers, failed = self._load_readers()
        if message.get("if_changed") and indexing.is_current(source, out, readers):
            return None
        encoder = self._encoder(message["encoder"], request)
        report = partial(request.report, unit="passages")
        summary = indexing.build(source, out, encoder, report, request.cancelled.is_set, readers)
        return asdict(
            replace(
                summary,
                skipped=(*summary.skipped, *failed),
                skipped_count=summary.skipped_count + len(failed),
            )
        )

    def open(self, request: _Request, message: dict[str, Any]) -> Any:
        index = self._index(message["index"])
        if index.vectors is not None:
            self._encoder_of(index, message["encoder"], request).encode(["warm"])

    def search(self, request: _Request, message: dict[str, Any]) -> Any:
        index, query = self._index(message["index"]), message["query"]

        def encoder() -> Encoder:
            return self._encoder_of(index, message["encoder"], request)

        dense = wants_encoder(index, query, lambda texts: encoder().reads(texts))
        encode = (lambda texts: encoder().encode(texts)) if dense else None
        history = msgspec.convert(message["history"], tuple[Message, ...])
        found = search(index, query, message["top"], encode, history)
        return [index.handed_out(passage) for passage in found]

    def known(self, _request: _Request, message: dict[str, Any]) -> Any:
        return sorted(self._index(message["index"]).known(message["terms"]))

    def counts(self, _request: _Request, message: dict[str, Any]) -> Any:
        index = self._index(message["index"])
        of = {term: index.words.frequency(term) for term in message["terms"]}
        return {"passages": len(index.passages), "of": of}

    def _index(self, folder: str) -> Index:
        """The index as it is now; read again when a newer version came into use."""
        with self._index_lock:
            index = self._indexes.get(folder)
            if index is None or current_version(Path(folder)) != index.version:
                index = self._indexes[folder] = open_index(Path(folder))
            return index

    def _encoder(self, name: str, request: _Request) -> Encoder:
        with self._encoder_lock:
            if name not in self._encoders:
                self._encoders[name] = _find_encoder(name, request)
            return self._encoders[name]

    def _encoder_of(self, index: Index, name: str, request: _Request) -> Encoder:
        """The encoder that the index was made with; whoever asks is told when it has yet to be loaded."""
        found = self._encoder(name, request)
        made_with = index.manifest.encoder
        if found.digest != made_with.digest:
            raise IndexFolderError(
                f"The index in {index.folder} was made with the encoder {made_with.name}, not with {found.name}.",
                f"Run `kotae index {index.manifest.source} --out {index.folder}`, or set `encoder` in [retrieval].",
            )
        if not found.is_loaded:
            request.report("Loading the encoder", 0, 0)
        return found


def _find_encoder(name: str, request: _Request) -> Encoder:
    if not name:
        folder = weights.ensure(weights.MINILM, request.report, request.cancelled.is_set)
        return Encoder(folder, weights.MINILM.label)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return Encoder(folder, name)
    from huggingface_hub import snapshot_download

    try:
        request.report(f"Fetching {name}", 0, 0)
        return Encoder(Path(snapshot_download(name)), name)
    except Exception as error:
        raise IndexFolderError(
            f"The encoder {name} is no folder and can't be fetched: {type(error).__name__}.",
            "Set `encoder` in [retrieval] to a sentence-transformers model, or leave it empty.",
        ) from error


def main(load_readers: LoadReaders = lambda: ((), ())) -> None:
    """Serve standard input until it closes."""
    _end_with_parent()
    answers = _claim_stdout()
    writing = threading.Lock()

    def send(message: dict[str, Any]) -> None:
        try:
            data = msgspec.json.encode(message) + b"\n"
        except (
            Exception
        ) as error:  # a passage's half of a character, say: whoever asked must not wait for ever
            data = msgspec.json.encode(_failed(message["id"], error)) + b"\n"
        with writing:
            answers.write(data)
            answers.flush()

    worker = Worker(load_readers)
    pending: dict[int, _Request] = {}
    # Builds take minutes and loading takes seconds, and searches that need neither must not wait for them; within each
    # kind, one after the other.
    lanes = {name: ThreadPoolExecutor(1, name) for name in ("build", "open", "search")}

    def run(request: _Request, message: dict[str, Any]) -> None:
        answer = _answer(worker, request, message)
        pending.pop(request.id, None)
        try:
            send(answer)
        except OSError:
            os._exit(0)  # nobody listens any more

    for line in sys.stdin.buffer:
        message = msgspec.json.decode(line)
        if (id_ := message.get("cancel")) is not None:
            if request := pending.get(id_):
                request.cancelled.set()
            continue
        request = pending[message["id"]] = _Request(message["id"], send)
        lanes[message["do"] if message["do"] in lanes else "search"].submit(run, request, message)
    os._exit(0)  # whatever still runs has nobody to answer to


def _answer(worker: Worker, request: _Request, message: dict[str, Any]) -> dict[str, Any]:
    try:
        if request.cancelled.is_set():
            raise indexing.BuildCancelledError
        ask = {
            "build": worker.build,
            "open": worker.open,
            "search": worker.search,
            "known": worker.known,
            "counts": worker.counts,
        }
        return {"id": request.id, "result": ask[message["do"]](request, message)}
    except (indexing.BuildCancelledError, weights.FetchCancelledError):
        return {"id": request.id, "error": {"kind": "Cancelled", "message": "Called off.", "hint": ""}}
    except KotaeError as error:
        said = {"message": encodable(error.message), "hint": encodable(error.hint)}
        return {"id": request.id, "error": {"kind": type(error).__name__, **said}}
    except Exception as error:
        return _failed(request.id, error)


def _failed(id_: int, error: Exception) -> dict[str, Any]:
    """The reply for what nobody foresaw; call it where the error is handled."""
    traceback.print_exc()
    why = f"The manual can't be searched: {type(error).__name__} in the retrieval process."
    hint = f"See {encodable(str(paths.log_file('retrieval')))}."
    return {"id": id_, "error": {"kind": BackendError.__name__, "message": why, "hint": hint}}


def _end_with_parent() -> None:
    """Have Linux kill this process when its parent ends: a thread that waits for that needs the interpreter, which may be taken.

    It counts from when the thread ends that started the process; that is the one with the client's event loop.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # no C library that can be asked
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _claim_stdout() -> IO[bytes]:
    """Standard output for us alone; what anybody else prints goes to the log."""
    answers = os.fdopen(os.dup(1), "wb")
    with paths.open_log("retrieval") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    return answers


if __name__ == "__main__":
    main()
