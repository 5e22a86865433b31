"""Reading a manual: a folder of Markdown and text files, or a JSONL corpus."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from kotae.errors import ManualError

MARKDOWN = frozenset({".md", ".markdown", ".mdown"})
PLAIN = frozenset({".txt", ".text"})
CORPORA = (".jsonl", ".jsonl.gz")
LARGEST_FILE = 16 * 1024 * 1024
"""Bytes of one page; what is larger is no page that people read."""
LONGEST_ROW = 4 * 1024 * 1024
"""Bytes of one row of a corpus."""

_TITLE = re.compile(r"^#[ \t]+(.+)$", re.MULTILINE)
_KEY = re.compile(r"[\"']?[\w.-]+[\"']?:(?:\s|$)")
_BELOW_KEY = re.compile(r"[ \t#]|-[ \t]|[\]}]|$")
"""How a line goes on under a key: indented, an item, a comment, the end of a list, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a manual."""

    id: str
    """Path relative to the manual's folder, with `/`; or the corpus row's id."""
    title: str
    text: str
    source: str
    """The file it was read from: relative to the manual's folder, or the corpus's name."""
    line: int = 1
    """The line of `source` that the text begins in."""
    markdown: bool = True

    @property
    def digest(self) -> str:
        """Changes when anything that ends up in the index does."""
        parts = (self.id, self.title, self.source, str(self.line), str(self.markdown), self.text)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or row that was passed over."""

    path: str
    reason: str


Stamps = dict[str, list[int]]
"""Time of change in nanoseconds and size in bytes, by path relative to the manual."""


def stamps(source: Path) -> Stamps:
    """What tells cheaply whether a manual has changed: one `stat` a file.

    Raises:
        ManualError: there is no such manual.
    """
    if source.is_file():
        return {source.name: _stamp(source)}
    return {path.relative_to(source).as_posix(): _stamp(path) for path in _files(source)}


def pages(source: Path, skipped: list[Skipped]) -> Iterator[Page]:
    """The pages of the manual `source`, in the order of their paths or rows, one at a time.

    What can't be used is added to `skipped` with the reason.

    Raises:
        ManualError: there is no such manual, or it is not a kind that can be read.
    """
    if source.is_dir():
        return _folder_pages(source, skipped)
    if source.is_file() and source.name.endswith(CORPORA):
        return _corpus_pages(source, skipped)
    if not source.exists():
        raise ManualError(f"There is no manual {source}.", "Name a folder of pages or a JSONL corpus.")
    raise ManualError(
        f"{source.name} is neither a folder nor a JSONL corpus.",
        "A manual is a folder of Markdown or text files, or a .jsonl file of rows with id, title and text.",
    )


def front_matter(text: str) -> str:
    """The block of YAML that `text` begins with, from one `---` to the other; empty when there is none.

    Two rules with prose between them are no front matter: its lines are `key: value`, or belong to a key above.
    """
    if not text.startswith("---\n"):
        return ""
    start = 4
    while (end := text.find("\n", start)) >= 0:
        line = text[start:end]
        if line.rstrip() == "---":
            return text[: end + 1]
        if not _KEY.match(line) and (start == 4 or not _BELOW_KEY.match(line)):
            return ""
        start = end + 1
    return text if text[start:].rstrip() == "---" else ""


def _files(source: Path) -> Iterator[Path]:
    if not source.is_dir():
        raise ManualError(f"There is no manual {source}.", "Name a folder of pages or a JSONL corpus.")
    found = []
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(folder, name)
            for name in names
            if Path(name).suffix.lower() in MARKDOWN | PLAIN and not name.startswith(".")
        ]
    yield from sorted(found, key=lambda path: path.relative_to(source).as_posix())


def _stamp(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return [0, 0]
    return [found.st_mtime_ns, found.st_size]


def _folder_pages(source: Path, skipped: list[Skipped]) -> Iterator[Page]:
    root = source.resolve()
    for path in _files(source):
        name = path.relative_to(source).as_posix()
        try:
            text = _read(path, root)
        except (OSError, ValueError) as error:
            skipped.append(Skipped(name, _reason(error)))
            continue
        if not text.strip():
            skipped.append(Skipped(name, "empty"))
            continue
        markdown = path.suffix.lower() in MARKDOWN
        yield Page(id=name, title=_title(text, path, markdown), text=text, source=name, markdown=markdown)


def _read(path: Path, root: Path) -> str:
    real = path.resolve(strict=True)
    if not real.is_relative_to(root):
        raise ValueError("a link that leaves the manual's folder")
    if not real.is_file():
        raise ValueError("not a file")
    with real.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ValueError(f"larger than {LARGEST_FILE // 2**20} MiB")
    return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, OSError):
        return (error.strerror or "can't be read").lower()
    return str(error)


def _title(text: str, path: Path, markdown: bool) -> str:
    if markdown:
        front = front_matter(text)
        for line in front.splitlines():
            if line.startswith("title:") and (title := _unquoted(line.removeprefix("title:").strip())):
                return title
        if (found := _TITLE.search(text, len(front))) and (title := found[1].rstrip("# \t")):
            return title
    return path.stem.replace("-", " ").replace("_", " ")


def _unquoted(value: str) -> str:
    return value[1:-1].strip() if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0] else value


def _corpus_pages(source: Path, skipped: list[Skipped]) -> Iterator[Page]:
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
    if source.suffix == ".gz":
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
    if not isinstance(data, dict) or not isinstance(data.get("text"), str) or not data.get("id"):
        raise ValueError("a row needs an id and a text")
    title = data.get("title")
    return Page(
        id=str(data["id"]),
        title=title if isinstance(title, str) else "",
        text=data["text"],
        source=source,
        line=number,
        markdown=False,
    )
