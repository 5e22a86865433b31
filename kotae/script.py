"""Questions prepared for a talk: a text file of them, to be asked one by one."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kotae.errors import ScriptError

LARGEST = 1_000_000
"""Bytes of a script; a longer file is none."""
SEPARATOR = "---"
"""A line of its own that ends a block. A file that has one is made of blocks, any other of lines."""
_ADDRESSED = re.compile(r"@([^\s:@]+):[ \t]*")
_COMMAND = re.compile(r"/([A-Za-z]+)(?: |$)")


@dataclass(frozen=True, slots=True)
class Step:
    """What is put into the prompt in one go."""

    text: str
    """A question, or a slash command."""
    backend: str = ""
    """Whom it is put to; empty: the backend that is chosen then."""
    line: int = 0
    """Where it stands in the file, from 1."""


def read(
    path: Path, *, backends: Collection[str] | None = None, commands: Collection[str] | None = None
) -> tuple[Step, ...]:
    """The steps of the script in `path`.

    A question a line, or, in a file with lines of `---`, a question a block. Lines that begin with `#` are comments, empty ones
    say nothing; `\\#`, `\\/`, `\\@` and `\\---` begin a question that would not be one. `@NAME:` before a question names its
    backend, and a line such as `/backend rag` is a step that runs the command.

    Args:
        backends: their names, where all of them are known; None: any will do.
        commands: the words that may follow a slash; None: any will do.

    Raises:
        ScriptError: the file can't be read, or a line of it can't be used.
    """
    lines = _text(path).split("\n")
    in_blocks = any(line.strip() == SEPARATOR for line in lines)
    steps: list[Step] = []
    for number, text in _blocks(lines) if in_blocks else enumerate(lines, 1):
        if text.strip():
            steps.append(_step(text.strip(), number, path, backends, commands))
    if not steps:
        raise ScriptError(f"{path} has no question in it.", "Write one a line.")
    return tuple(steps)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise ScriptError(
                f"{path} is larger than {LARGEST:,} bytes.", "Name a text file with a question a line."
            )
        raw = path.read_bytes()
    except OSError as error:
        raise ScriptError(
            f"{path} can't be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ScriptError(f"{path}, line {line}: this is not UTF-8.", "Save the file as UTF-8.") from None
    return _without_comments(text.replace("\r\n", "\n").replace("\r", "\n"))


def _without_comments(text: str) -> str:
    """`text` with comments emptied, so that the lines keep their numbers."""
    return "\n".join("" if line.startswith("#") else line for line in text.split("\n"))


def _blocks(lines: list[str]) -> list[tuple[int, str]]:
    """The blocks with the number of their first line; a command at the head of a block is one of its own."""
    found: list[tuple[int, str]] = []
    block: list[str] = []
    begins = 1
    for number, line in enumerate([*lines, SEPARATOR], 1):
        bare = line.strip()
        if bare == SEPARATOR:
            found.append((begins, "\n".join(block)))
            block = []
        elif not block and (not bare or _COMMAND.match(bare)):
            found.append((number, bare))
        else:
            begins = begins if block else number
            block.append(line.rstrip())
    return found


def _step(
    text: str,
    line: int,
    path: Path,
    backends: Collection[str] | None,
    commands: Collection[str] | None,
) -> Step:
    backend = ""
    if match := _ADDRESSED.match(text):
        backend, text = match[1], text[match.end() :].strip()
        if backends is not None and backend not in backends:
            raise ScriptError(
                f"{path}, line {line}: there is no backend {backend!r}.",
                f"Choose one of: {', '.join(backends)}.",
            )
        if not text:
            raise ScriptError(
                f"{path}, line {line}: no question follows `@{backend}:`.",
                f"Write it behind, or `/backend {backend}` for all that follow.",
            )
    elif (command := _COMMAND.match(text)) and commands is not None and command[1].lower() not in commands:
        raise ScriptError(
            f"{path}, line {line}: there is no command `/{command[1]}`.",
            "Begin a question with `\\/` where it is meant as text.",
        )
    if text[:2] in ("\\#", "\\/", "\\@") or text.startswith("\\" + SEPARATOR):
        # A slash command is told by its first character: a blank before it makes a question of it.
        text = f" {text[1:]}" if text[1] == "/" else text[1:]
    return Step(text, backend, line)
