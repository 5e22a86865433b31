"""What the commands of `kotae tune` share: files of rows, read and written."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kotae.tuning.rows import Row
    from kotae.tuning.tokens import Tokenizer

_FORM = 'a JSON object {"row", "page"} or {"row", "pages"}'


class Placed(msgspec.Struct):
    """Where a row comes from."""

    row: int
    """Its number in the file, from 0."""
    page: str = ""
    pages: tuple[str, ...] = ()


def read_bytes(path: Path) -> bytes:
    """What is in a file of rows. Raises KotaeError where it can't be read, is none, or is larger than services take."""
    from kotae.tuning.lint.form import LARGEST

    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise KotaeError(f"{path} is no file.", "Name a file of JSON lines.")
        if found.st_size > LARGEST:
            raise KotaeError(
                f"{path} has {found.st_size >> 20} MiB; services take {LARGEST >> 20}.",
                "Leave out near-duplicates, or divide it.",
            )
        return path.read_bytes()
    except OSError as error:
        raise KotaeError(f"{path} can't be read: {error.strerror or error}.", "Check the path.") from None


def write_files(files: Mapping[Path, bytes]) -> None:
    """Puts files there, all of them or none, each whole. Raises KotaeError."""
    from kotae.evaluation.manifest import write_whole

    parts: dict[Path, Path] = {}
    place = Path()
    try:
        for place, data in files.items():
            parts[place] = place.with_name(f".{place.name}.part")
            write_whole(parts[place], data)
        for place, part in parts.items():
            part.replace(place)
    except OSError as error:
        raise KotaeError(
            f"{place} can't be written: {error.strerror or error}.", "Name another place."
        ) from None
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()


def usable_rows(path: Path) -> tuple[bytes, list[Row]]:
    """A file and those of its rows that have the form of one. Raises KotaeError where there is none."""
    from kotae.cli.terminal import report
    from kotae.tuning.lint.form import lines_of, read_row

    data = read_bytes(path)
    lines = lines_of(data)
    rows = [row for number, line in enumerate(lines, 1) if (row := read_row(number, line)[0]) is not None]
    if not rows:
        raise KotaeError(f"{path} has no usable row.", f"Run `kotae tune lint {path}` to see why.")
    if unusable := len(lines) - len(rows):
        what = "1 line has" if unusable == 1 else f"{unusable} lines have"
        report(f"{path}: {what} no usable row; `kotae tune lint` says why.")
    return data, rows


def pages_in(rows: Sequence[Row], file: Path | None) -> dict[int, tuple[str, ...]]:
    """The pages of rows by their line: as `file` has it, {"row", "page"} or {"row", "pages"} a line, else as the rows say.

    Raises:
        KotaeError: the file can't be read, or a line of it is something else.
    """
    found = {row.line: row.pages for row in rows if row.pages}
    if file is None:
        return found
    from kotae.cli.jsonl import read_rows
    from kotae.tuning.rows import pages_of

    for told in read_rows(file, Placed, _FORM):
        if pages := pages_of(msgspec.to_builtins(told)):
            found[told.row + 1] = pages
    return found


def model_tokenizer(model: str) -> Tokenizer:
    """The tokenizer of a model; that it is an estimate, and why, is said. Raises KotaeError."""
    from kotae.cli.terminal import report
    from kotae.tuning.tokens import tokenizer_of

    weights = None
    if model == "embedded":
        from backends.embedded.weights import SMOLLM2, find

        folder = find(SMOLLM2)
        weights = folder / SMOLLM2.files[0].path if folder is not None else None
    tokenizer = tokenizer_of(model, weights)
    if tokenizer.estimated and model:
        report(f"Tokens are estimated: {tokenizer.why}.")
    return tokenizer
