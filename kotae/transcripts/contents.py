"""What the list of conversations knows of a transcript: read line by line, and read on from where an append-only file ended."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

_TAIL = 64
"""Bytes before the end of what was read that have to be the same for a file to be read on."""
_LARGEST = 64 << 20
"""Bytes of a line; a longer one is none of ours."""


class _Line(msgspec.Struct):
    """A line of any type, as far as it is of interest here."""

    type: str = ""
    schema: int | None = None
    created: str = ""
    turn: str = ""
    question: str | None = None
    backend: str = ""
    at: str | float | None = None
    text: str = ""
    title: str | None = None
    pinned: bool | None = None


@dataclass(slots=True)
class Asked:
    """A turn."""

    id: str
    question: str
    backend: str
    answer: list[str] = field(default_factory=list)
    """In pieces, as it came."""


@dataclass(slots=True)
class Contents:
    """A transcript so far."""

    conversation: bool = False
    """Whether the file is a transcript that this version reads."""
    created: str = ""
    updated: str = ""
    """When something was last asked."""
    title: str = ""
    pinned: bool = False
    turns: dict[str, Asked] = field(default_factory=dict)
    read: int = 0
    """Bytes that have been taken in."""
    tail: bytes = b""
    """The last of them."""

    def read_on(self, path: Path) -> Contents:
        """With what has been added to the file; read from its beginning when it is no longer the same.

        A last line that is not whole yet is left for the next time.

        Raises:
            OSError: it can't be read.
        """
        with path.open("rb") as file:
            if self.read:
                start = max(0, self.read - len(self.tail))
                file.seek(start)
                if file.read(len(self.tail)) != self.tail:
                    return Contents().read_on(path)
            else:
                self.conversation = self._begin(file.readline(_LARGEST))
                self.read = file.tell() if self.conversation else 0
            if self.conversation:
                while (raw := file.readline(_LARGEST)).endswith(b"\n"):
                    self.read += len(raw)
                    self._take(raw)
                file.seek(max(0, self.read - _TAIL))
                self.tail = file.read(min(_TAIL, self.read))
        return self

    @property
    def heading(self) -> str:
        """The title, else the first question; empty when there is neither."""
        return self.title or next((turn.question for turn in self.turns.values()), "")

    def _begin(self, raw: bytes) -> bool:
        from kotae.transcripts.record import SCHEMA

        line = _decoded(raw)
        if not raw.endswith(b"\n") or line is None or line.type != "conversation":
            return False
        if line.schema is None or line.schema > SCHEMA:
            return False
        self.created = self.updated = line.created
        return True

    def _take(self, raw: bytes) -> None:
        line = _decoded(raw)
        if line is None:
            return
        if line.type == "turn" and line.turn and line.question is not None:
            self.turns[line.turn] = Asked(line.turn, line.question, line.backend)
            self.updated = line.at if isinstance(line.at, str) else self.updated
        elif line.type == "delta" and line.turn in self.turns:
            self.turns[line.turn].answer.append(line.text)
        elif line.type == "title" and line.title is not None:
            self.title = line.title
        elif line.type == "pinned" and line.pinned is not None:
            self.pinned = line.pinned


_DECODER = msgspec.json.Decoder(_Line)


def _decoded(raw: bytes) -> _Line | None:
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def heading_of(path: Path) -> str:
    """What a conversation goes by; empty when there is nothing to be had."""
    try:
        return Contents().read_on(path).heading
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file has changed."""

    mtime: int
    size: int
    inode: int


def transcripts_in(folder: Path) -> dict[str, Stamp]:
    """The transcripts of a folder by file name; nothing when there is no such folder."""
    found: dict[str, Stamp] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.endswith(".jsonl"):
                    continue
                try:
                    status = entry.stat()
                    if entry.is_file() and status.st_size:  # one that is just being begun has no line yet
                        found[entry.name] = Stamp(status.st_mtime_ns, status.st_size, status.st_ino)
                except OSError:  # it has just been moved
                    continue
    except FileNotFoundError:
        pass
    return found
