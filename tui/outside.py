"""Other programs for a while in place of the screen: the user's editor and pager."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from kotae.errors import KotaeError

LONGEST = 1_000_000
"""Bytes that are taken back from an editor."""


def command(environ: Mapping[str, str], *names: str) -> list[str]:
    """The first of these environment variables that names a program, with its arguments; empty when none does.

    Raises:
        KotaeError: its quotes don't match.
    """
    for name in names:
        value = environ.get(name, "").strip()
        if value:
            try:
                return shlex.split(value)
            except ValueError as error:
                raise KotaeError(f"${name} can't be read: {error}.") from None
    return []


@contextlib.contextmanager
def on_file(text: str, stem: str) -> Iterator[Path]:
    """A file with `text` that only the user can read; it is gone afterwards, and what an editor left beside it."""
    with tempfile.TemporaryDirectory(prefix="kotae-") as folder:  # made with mode 0700
        path = Path(folder) / f"{stem}.md"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
        yield path


def run(program: list[str], path: Path) -> int:
    """The exit code of `program` with `path`, once it has ended. It has the terminal to itself.

    Raises:
        OSError: it can't be run.
    """
    return subprocess.run([*program, str(path)], check=False).returncode


def text_left(path: Path) -> str | None:
    """What an editor left, without the line feed that editors end a file with; None when that is too long.

    Raises:
        OSError: the file is gone or can't be read.
    """
    with path.open("rb") as file:
        data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        return None
    return data.decode("utf-8", "replace").removesuffix("\n")
