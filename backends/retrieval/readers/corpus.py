"""A manual in one file: a row of JSON a page, with `id`, `title` and `text`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from backends.retrieval.page import Page, Skipped
from kotae.errors import ManualError
from kotae.plain import encodable

_SUFFIXES = (".jsonl", ".jsonl.gz")
LONGEST_ROW = 4 * 1024 * 1024
"""Bytes of one row."""


def is_corpus(name: str) -> bool:
    """Whether a file of this name is a corpus."""
    return name.lower().endswith(_SUFFIXES)


def corpus_pages(source: Path, skipped: list[Skipped]) -> Iterator[Page]:
    """The rows of the corpus `source`, one at a time. What can't be used is added to `skipped`.

    Raises:
        ManualError: the file can't be read, or not to its end.
    """
    seen: set[str] = set()
    try:
        with _open(source) as file:
            for number, row in enumerate(_lines(file), start=1):
                if row is not None and not row.strip():
                    continue
                try:
                    page = _row_page(row, source.name, number)
                except ValueError as error:
                    skipped.append(Skipped(f"{source.name}:{number}", str(error)))
                    continue
                if page.id in seen:
                    skipped.append(Skipped(f"{source.name}:{number}", f"the id {page.id!r} was used before"))
                    continue
                seen.add(page.id)
                yield page
    except (OSError, EOFError) as error:
        raise ManualError(
            f"{source} can't be read: {error}.", "Check that the file is whole and readable."
        ) from None


def _open(source: Path) -> IO[bytes]:
    if source.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(source, "rb"))
    return source.open("rb")


def _lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """The lines of a file; None stands for one that is too long to be held."""
    while line := file.readline(LONGEST_ROW):
        if len(line) < LONGEST_ROW or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(LONGEST_ROW)) and not rest.endswith(b"\n"):
            pass
        yield None


def _row_page(row: bytes | None, source: str, number: int) -> Page:
    if row is None:
        raise ValueError(f"longer than {LONGEST_ROW // 2**20} MiB")
    try:
        data = json.loads(row)
    except (ValueError, RecursionError):
        raise ValueError("not JSON in UTF-8") from None
    if not isinstance(data, dict) or not isinstance(data.get("text"), str) or not _is_id(data.get("id")):
        raise ValueError("a row needs an id and a text")
    if not data["text"].strip():
        raise ValueError("empty")
    title = data.get("title")
    return Page(
        id=encodable(str(data["id"])),
        title=encodable(title) if isinstance(title, str) else "",
        text=encodable(data["text"]),
        source=source,
        line=number,
        lines=(),
        markdown=False,
    )


def _is_id(value: object) -> bool:
    """Whether it names a row: a number does, if it is 0."""
    return bool(value) or (value == 0 and not isinstance(value, bool))
