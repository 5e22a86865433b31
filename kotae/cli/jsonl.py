"""JSON lines: those that someone hands to a command, and those that it prints."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from kotae.errors import KotaeError

T = TypeVar("T")
_LONGEST = 64 << 20
"""Bytes of a line; what is longer is no row."""


def read_rows(file: Path, kind: type[T], form: str = "one JSON object a line") -> Iterator[T]:
    """Each line of `file` (`-`: stdin) as a `kind`, as soon as it is there; empty lines are passed over.

    Memory is bounded by the longest line.

    Args:
        form: what a line has to be, for the hint.

    Raises:
        KotaeError: the file can't be read, or a line is no `kind`; the message names the line.
    """
    decoder = msgspec.json.Decoder(kind)
    name = "stdin" if str(file) == "-" else str(file)
    try:
        with _opened(file) as stream:
            number = 0
            while line := stream.readline(_LONGEST + 1):
                number += 1
                if number == 1:
                    line = line.removeprefix(BOM_UTF8)
                if not line.strip():
                    continue
                try:
                    if len(line) > _LONGEST:
                        raise ValueError(f"it is longer than {_LONGEST >> 20} MiB")
                    row = decoder.decode(line)
                except RecursionError:
                    raise _refused(name, number, "it is nested too deeply", form) from None
                except ValueError as error:  # msgspec's errors and what is not UTF-8 are of this kind
                    raise _refused(name, number, str(error), form) from None
                yield row
    except OSError as error:
        raise KotaeError(f"{name} can't be read: {error.strerror or error}.", "Check the path.") from None


def write_row(row: Any) -> None:
    """One line of JSON on stdout, at once."""
    sys.stdout.buffer.write(msgspec.json.encode(row) + b"\n")
    sys.stdout.buffer.flush()


def _refused(name: str, number: int, why: str, form: str) -> KotaeError:
    return KotaeError(f"{name}, line {number}: {why}.", f"Correct that line; it has to be {form}.")


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if str(file) == "-":
        yield sys.stdin.buffer
    else:
        with file.open("rb") as stream:
            yield stream
