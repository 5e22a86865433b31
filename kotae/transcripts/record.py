"""Writing a transcript while the conversation goes on.

The file is append-only: whatever happens to the program, what was flushed stays. A question is flushed and synced to disk before
any request leaves; text is checkpointed at most `CHECKPOINT` seconds apart.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from kotae import __version__
from kotae.conversation import Flag, Message, Passage, Turn
from kotae.errors import TranscriptError
from kotae.events import BackendEvent, Delta, Finished, Prompted, Retrieved, Rewritten, Used
from kotae.preferences import Preference

SCHEMA = 1
CHECKPOINT = 0.5
"""Seconds of answer that a crash may lose at most."""


def now() -> str:
    """The time as transcripts write it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def new_conversation_id() -> str:
    """Sorts by time and is safe as a file name, whatever the conversation is called."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def new_turn_id() -> str:
    return secrets.token_hex(6)


class Recorder:
    """Appends one conversation's events to its file. The file appears with the first turn.

    Only one process may write a conversation: opening one that another Kotae has open raises `TranscriptError`.
    """

    def __init__(self, folder: Path, conversation_id: str, *, created: str = "", begun: bool = False) -> None:
        """`begun` says that the file is there already: one that was deleted meanwhile is not begun anew."""
        self.path = folder / f"{conversation_id}.jsonl"
        self._id = conversation_id
        self._begun = begun
        self._created = created or now()
        self._fd: int | None = None
        self._lock: FileLock | None = None
        self._torn = False
        """Whether the file ends in the middle of a line."""
        self._guard = threading.Lock()  # turns asked side by side are opened from threads
        self._pending: dict[str, list[str]] = {}
        self._flushed: dict[str, float] = {}

    def opened(self, turn: Turn) -> None:
        """Puts the question on disk. Returns once it is there.

        Raises:
            TranscriptError: the file can't be written, or another process has it open.
        """
        self._write(
            {
                "type": "turn",
                "turn": turn.id,
                "at": turn.started,
                "parent": turn.parent,
                "backend": turn.backend,
                "question": turn.question,
            }
        )
        self.sync()
        self._flushed[turn.id] = time.monotonic()

    def event(self, turn_id: str, event: BackendEvent, at: float, history: Sequence[Message] = ()) -> None:
        """Records what a backend yielded, `at` seconds after the question was asked."""
        if isinstance(event, Delta):
            self._pending.setdefault(turn_id, []).append(event.text)
            if time.monotonic() - self._flushed.get(turn_id, 0.0) >= CHECKPOINT:
                self.checkpoint(turn_id, at)
            return
        line = _line_of(event, history)
        if line is not None:
            self.checkpoint(turn_id, at)
            self._write({"type": line.pop("type"), "turn": turn_id, "at": round(at, 3), **line})

    def attached(self, turn_id: str, pages: Sequence[Passage]) -> None:
        """Records the pages of the manual that are sent along with a question."""
        self._write({"type": "attached", "turn": turn_id, "pages": [asdict(page) for page in pages]})

    def checkpoint(self, turn_id: str, at: float) -> None:
        """Writes the text that has come since the last checkpoint."""
        pending = self._pending.get(turn_id)
        if pending:
            self._write({"type": "delta", "turn": turn_id, "at": round(at, 3), "text": "".join(pending)})
            pending.clear()
        self._flushed[turn_id] = time.monotonic()

    def flagged(
        self, turn_id: str, flags: Sequence[Flag], groundedness: float | None, claims: int | None = None
    ) -> None:
        """Records the flags of a whole answer, and the share and the number of its claims."""
        self._write(
            {
                "type": "flags",
                "turn": turn_id,
                "flags": [asdict(flag) for flag in flags],
                "groundedness": groundedness,
                "claims": claims,
            }
        )

    def verdict(self, turn_id: str, flag: Flag, groundedness: float | None) -> None:
        """Records what the reader says of a flag, and the share of claims without support that leaves.

        Raises:
            TranscriptError: the file can't be written, or another process has it open.
        """
        self._write(
            {
                "type": "verdict",
                "turn": turn_id,
                "at": now(),
                "start": flag.start,
                "end": flag.end,
                "kind": flag.kind,
                "verdict": flag.verdict,
                "groundedness": groundedness,
            }
        )

    def head(self, turn_id: str) -> None:
        """Records that the reader went to the branch that ends with a turn. Raises as `opened`."""
        self._write({"type": "head", "turn": turn_id, "at": now()})

    def title(self, title: str) -> None:
        """Records what the conversation is called; empty: nothing of its own. Raises as `opened`."""
        self._write({"type": "title", "title": title, "at": now()})

    def pinned(self, pinned: bool) -> None:
        """Records whether the conversation stands at the top of the list. Raises as `opened`."""
        self._write({"type": "pinned", "pinned": pinned, "at": now()})

    def preferred(self, vote: Preference) -> None:
        """Records what the reader thinks of several answers.

        Raises:
            TranscriptError: the file can't be written, or another process has it open.
        """
        self._write({"type": "preference", **asdict(vote)})

    def closed(self, turn: Turn) -> None:
        """Writes how the turn ended."""
        self.checkpoint(turn.id, turn.total or 0.0)
        self._pending.pop(turn.id, None)
        self._flushed.pop(turn.id, None)
        self._write(
            {
                "type": "closed",
                "turn": turn.id,
                "at": now(),
                "status": turn.status,
                "error": turn.error,
                "hint": turn.hint,
                "first_token": turn.first_token,
                "total": turn.total,
                "cost": turn.cost,
            }
        )

    def sync(self) -> None:
        """Returns once everything written so far is on disk. May take a while: call it in a thread.

        Raises:
            TranscriptError: the disk does not take it.
        """
        with self._guard:
            try:
                if self._fd is not None:
                    os.fsync(self._fd)
            except OSError as error:
                raise self._unwritable(error) from None

    def close(self) -> None:
        """Lets go of the file; what is pending is written first. Never raises."""
        for turn_id in list(self._pending):
            with contextlib.suppress(TranscriptError):
                self.checkpoint(turn_id, 0.0)
        with self._guard:
            fd, self._fd = self._fd, None
            lock, self._lock = self._lock, None
        try:
            if fd is not None:
                os.close(fd)
        except OSError:
            return
        finally:
            if lock is not None:
                lock.release()

    def _write(self, line: dict[str, Any]) -> None:
        data = _encoded(line)
        with self._guard:
            try:
                fd = self._open()
                if self._torn:
                    _write_all(fd, b"\n")
                self._torn = True  # until all of it is there
                _write_all(fd, data)
                self._torn = False
            except OSError as error:
                raise self._unwritable(error) from None

    def _open(self) -> int:
        if self._fd is not None:
            return self._fd
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._lock is None:
            self._lock = locked(self.path)
        flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0) | (0 if self._begun else os.O_CREAT)
        try:
            fd = os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            raise TranscriptError(
                f"The conversation {self.path.stem} is no longer in {self.path.parent}.",
                "Take it back with `kotae transcript restore`, or start a new one.",
            ) from None
        try:
            size = os.lseek(fd, 0, os.SEEK_END)
            if size == 0:
                head = {"type": "conversation", "schema": SCHEMA, "id": self._id}
                _write_all(fd, _encoded({**head, "created": self._created, "kotae": __version__}))
            else:
                os.lseek(fd, size - 1, os.SEEK_SET)
                self._torn = os.read(fd, 1) != b"\n"  # a line torn by a crash must not swallow the next one
        except OSError:
            with contextlib.suppress(OSError):
                if size == 0:
                    os.ftruncate(fd, 0)  # half a head would make the file unreadable for good
            os.close(fd)
            raise
        self._fd = fd
        return fd

    def _unwritable(self, error: OSError) -> TranscriptError:
        return TranscriptError(
            f"The transcript {self.path} can't be written: {error.strerror or error}.",
            "Make room or correct its permissions, or name another folder with --record.",
        )


def locked(path: Path) -> FileLock:
    """A transcript's lock, taken: no other Kotae writes, moves or deletes the file until it is released.

    Raises:
        TranscriptError: another process has the conversation open.
    """
    locks = path.parent / ".locks"
    locks.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock(locks / f"{path.stem}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise TranscriptError(
            f"The conversation {path.stem} is open in another Kotae.", "Close it there, or start a new one."
        ) from None
    return lock


def _encoded(line: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(line) + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, from a passage or an error; rather a `?` than no line
        return json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _line_of(event: BackendEvent, history: Sequence[Message]) -> dict[str, Any] | None:
    if isinstance(event, Rewritten):
        return {"type": "rewritten", **asdict(event.rewrite)}
    if isinstance(event, Retrieved):
        return {"type": "retrieved", "passages": [asdict(passage) for passage in event.passages]}
    if isinstance(event, Prompted):
        return {"type": "prompted", "messages": fold_history(event.messages, history)}
    if isinstance(event, Used):
        return {"type": "usage", **asdict(event.usage)}
    if isinstance(event, Finished):
        return {"type": "finished", **asdict(event)}
    return None


def fold_history(messages: Sequence[Message], history: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as they are recorded: the run that repeats the conversation's history becomes `{"history": n}`.

    Without this every turn would write the whole conversation again.
    """
    for length in range(min(len(history), len(messages)), 1, -1):
        tail = tuple(history[-length:])
        for start in range(len(messages) - length + 1):
            if tuple(messages[start : start + length]) == tail:
                return [
                    *(asdict(message) for message in messages[:start]),
                    {"history": length},
                    *(asdict(message) for message in messages[start + length :]),
                ]
    return [asdict(message) for message in messages]
