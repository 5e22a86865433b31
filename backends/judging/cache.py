"""Replies of judges, kept: the same question to the same model is asked once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from kotae.conversation import Message


class _Line(msgspec.Struct):
    key: str
    reply: str


class ReplyCache:
    """One append-only JSONL file. A line that is torn or foreign is passed over."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._replies: dict[str, str] | None = None

    def get(self, key: str) -> str | None:
        """The reply that is kept; None when there is none."""
        if self._replies is None:
            self._replies = dict(self._read())
        return self._replies.get(key)

    def put(self, key: str, reply: str) -> None:
        """Keeps a reply. Where the file can't be written it is kept until the program ends."""
        if self._replies is None:
            self._replies = dict(self._read())
        self._replies[key] = reply
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                # The line end comes first: it closes a line that a crash has torn.
                os.write(handle, b"\n" + msgspec.json.encode(_Line(key, reply)))
            finally:
                os.close(handle)
        except OSError:
            return

    def _read(self) -> list[tuple[str, str]]:
        try:
            lines = self._file.read_bytes().splitlines()
        except OSError:
            return []
        found = []
        decoder = msgspec.json.Decoder(_Line)
        for line in lines:
            try:
                read = decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            found.append((read.key, read.reply))
        return found


def key_of(server: str, model: str, messages: Sequence[Message], schema: dict[str, Any]) -> str:
    """What tells one request from all others."""
    told = [server, model, [asdict(message) for message in messages], schema]
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()
