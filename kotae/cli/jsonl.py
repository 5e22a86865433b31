"""JSON lines: those that someone hands to a command, and those that it prints."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from kotae.errors import KotaeError

T = TypeVar("T")


def read_rows(file: Path, kind: type[T]) -> Iterator[T]:
    """Each line of `file` (`-`: stdin) as a `kind`; empty lines are passed over. Memory is bounded by the longest line.

    Raises:
        KotaeError: the file can't be read, or a line is no `kind`; the message names the line.
    """
    decoder = msgspec.json.Decoder(kind)
    try:
        with _opened(file) as stream:
            for number, line in enumerate(stream, 1):
                if number == 1:
                    line = line.removeprefix(BOM_UTF8)
                if not line.strip():
                    continue
                try:
                    yield decoder.decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                    raise KotaeError(
                        f"{file}, line {number}: {error}.", "Correct that line; one JSON object a line."
                    ) from None
    except OSError as error:
        raise KotaeError(f"{file} can't be read: {error.strerror or error}.", "Check the path.") from None


def write_row(row: Any) -> None:
    """One line of JSON on stdout, at once."""
    sys.stdout.buffer.write(msgspec.json.encode(row) + b"\n")
    sys.stdout.buffer.flush()


def _opened(file: Path) -> IO[bytes]:
    if str(file) == "-":
        return sys.stdin.buffer
    return file.open("rb")
