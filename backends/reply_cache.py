"""Replies of models, kept: the same question to the same model is asked once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from filelock import FileLock, Timeout

from kotae.conversation import Message, TokenUsage
from kotae.errors import KotaeError
from kotae.plain import encodable


class _Line(msgspec.Struct, omit_defaults=True):
    key: str
    reply: str
    tokens: tuple[int, int, int] | None = None
    """Of the prompt, of the reply, and how many of the prompt's were cached."""


class ReplyCache:
    """One append-only JSONL file. A line that is torn or foreign is passed over.

    Args:
        required: whether it is an error that the file can't be written: what is asked for again is paid for again.
    """

    def __init__(self, file: Path, *, required: bool = False) -> None:
        self._file = file
        self._required = required
        self._replies: dict[str, _Line] | None = None

    def get(self, key: str) -> str | None:
        """The reply that is kept; None when there is none."""
        found = self._lines().get(key)
        return None if found is None else found.reply

    def lost(self, usage: TokenUsage) -> None:
        """Keeps that tokens were paid for of which no reply came. Raises KotaeError as `put`."""
        self.put(f"lost:{uuid4().hex}", "", usage)

    def used(self) -> list[TokenUsage]:
        """The tokens of the replies that are kept with their tokens, and of those that were lost."""
        return [
            TokenUsage(prompt_tokens=there, completion_tokens=back, cached_tokens=cached)
            for there, back, cached in (line.tokens for line in self._lines().values() if line.tokens)
        ]

    def put(self, key: str, reply: str, usage: TokenUsage | None = None) -> None:
        """Keeps a reply; half a character in it becomes U+FFFD, since nothing could write it.

        Where the file can't be written it is kept until the program ends.

        Raises:
            KotaeError: the file can't be written, and is `required`.
        """
        line = _Line(key, encodable(reply))
        if usage is not None:
            line.tokens = usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens
        self._lines()[key] = line
        try:
            self._append(msgspec.json.encode(line))
        except OSError as error:
            if self._required:
                raise self._unwritable(error) from None

    @contextmanager
    def held(self) -> Iterator[None]:
        """While no other process asks what is kept here, and so pays for it, too. A file without replies does not stay.

        Raises:
            KotaeError: another process does, or the file can't be written.
        """
        lock = FileLock(self._file.with_name(f".{self._file.name}.lock"), mode=0o600)
        try:
            self._append(b"")
            lock.acquire(timeout=0)
        except Timeout:
            raise KotaeError(
                f"Another process works on {self._file}.", "Wait until it has ended, or name another place."
            ) from None
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            yield
        finally:
            with suppress(OSError):
                if not self._file.read_bytes().strip():
                    self._file.unlink()
            with suppress(OSError):
                Path(lock.lock_file).unlink()
            lock.release()

    def _append(self, line: bytes) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            data = (
                b"\n" + line if line else b""
            )  # the line end comes first: it closes a line that a crash has torn
            while data:
                data = data[os.write(handle, data) :]
        finally:
            os.close(handle)

    def _unwritable(self, error: OSError) -> KotaeError:
        return KotaeError(f"{self._file} can't be written: {error.strerror or error}.", "Name another place.")

    def _lines(self) -> dict[str, _Line]:
        if self._replies is None:
            self._replies = {line.key: line for line in self._read()}
        return self._replies

    def _read(self) -> list[_Line]:
        try:
            lines = self._file.read_bytes().splitlines()
        except OSError:
            return []
        found = []
        decoder = msgspec.json.Decoder(_Line)
        for line in lines:
            try:
                found.append(decoder.decode(line))
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
        return found


def key_of(server: str, model: str, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
    """What tells one request from all others."""
    told = [server, model, [asdict(message) for message in messages], schema]
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()
