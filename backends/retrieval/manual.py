"""Reading a manual: a folder of pages in any format that has a reader, one such file alone, or a JSONL corpus."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from backends.retrieval.folder import MANIFEST, VERSION, is_index
from backends.retrieval.links import Pages
from backends.retrieval.page import Page, Skipped, Stamps
from backends.retrieval.readers import by_suffix, missing
from backends.retrieval.readers.corpus import corpus_pages, is_corpus
from backends.retrieval.readers.plain import front_matter
from kotae.errors import ManualError
from kotae.plain import encodable
from kotae.reading import PageText, Reader

__all__ = ["Page", "Skipped", "Stamps", "front_matter", "pages", "stamps"]

LARGEST = 256 * 1024 * 1024
"""Bytes of a file, where its reader sets no bound of its own."""

_UNREADABLE = [-1, -1]
"""Stamp of a file whose reader is not installed: it changes when that is."""


def stamps(source: Path, readers: Sequence[Reader] = ()) -> Stamps:
    """What tells cheaply whether a manual has changed: one `stat` a file.

    Args:
        readers: those of plugins.

    Raises:
        ManualError: there is no such manual.
    """
    known = by_suffix(readers)
    if source.is_file():
        return {source.name: _stamp(source, known)}
    return {path.relative_to(source).as_posix(): _stamp(path, known) for path in _files(source, known)}


def pages(source: Path, skipped: list[Skipped], readers: Sequence[Reader] = ()) -> Iterator[Page]:
    """The pages of the manual `source`, in the order of their paths or rows, one at a time.

    What can't be used is added to `skipped` with the reason.

    Args:
        readers: those of plugins.

    Raises:
        ManualError: there is no such manual, or it is not a kind that can be read.
    """
    known = by_suffix(readers)
    if is_index(source):
        raise ManualError(f"{source} is an index, and no manual.", "Name the manual that it is made of.")
    if source.is_dir():
        return _folder_pages(source, source.resolve(), _files(source, known, skipped), known, skipped)
    if source.is_file() and is_corpus(source.name):
        return corpus_pages(source, skipped)
    if source.is_file() and source.suffix.lower() in known:
        return _folder_pages(source.parent, source.resolve().parent, [source], known, skipped)
    if not source.exists():
        raise ManualError(f"There is no manual {source}.", "Name a folder of pages or a JSONL corpus.")
    raise ManualError(
        f"{source.name} is neither a folder, a page nor a JSONL corpus.",
        "A manual is a folder of pages (Markdown, HTML, text, PDF, Word), or a .jsonl file of rows with id, title and text.",
    )


def _files(source: Path, known: Mapping[str, Reader], skipped: list[Skipped] | None = None) -> list[Path]:
    """The files that have a reader. Folders that can't be looked into are added to `skipped`; an index is none of the manual's."""
    if not source.is_dir():
        raise ManualError(f"There is no manual {source}.", "Name a folder of pages or a JSONL corpus.")
    left_out: list[Skipped] = []

    def unreadable(error: OSError) -> None:
        left_out.append(Skipped(Path(error.filename).relative_to(source).as_posix(), _reason(error)))

    found = []
    for folder, folders, names in os.walk(source, onerror=unreadable):
        folders[:] = [
            name for name in folders if not name.startswith(".") and not _is_of_an_index(Path(folder, name))
        ]
        below = (Path(folder, name) for name in folders)
        left_out += [
            Skipped(path.relative_to(source).as_posix(), "a link to a folder")
            for path in below
            if os.path.islink(path)  # noqa: PTH114 - Path raises where a path is too long
        ]
        found += [
            Path(folder, name)
            for name in names
            if Path(name).suffix.lower() in known and not name.startswith((".", "~$"))
        ]
    if skipped is not None:
        skipped += sorted(left_out, key=lambda skip: skip.path)
    return sorted(found, key=lambda path: path.relative_to(source).as_posix())


def _is_of_an_index(folder: Path) -> bool:
    if VERSION.fullmatch(folder.name):  # its pointer may be gone
        return os.path.exists(folder / MANIFEST)  # noqa: PTH110 - as above
    return is_index(folder)


def _stamp(path: Path, known: Mapping[str, Reader]) -> list[int]:
    reader = known.get(path.suffix.lower())
    if reader is not None and missing(reader):
        return _UNREADABLE
    try:
        found = path.stat()
    except OSError:
        return [0, 0]
    return [found.st_mtime_ns, found.st_size]


def _folder_pages(
    source: Path, root: Path, files: Iterable[Path], known: Mapping[str, Reader], skipped: list[Skipped]
) -> Iterator[Page]:
    """The pages in `files`, which lie below `source`; `root` is where that is in truth, and nothing outside of it is read."""
    found = {path.relative_to(source).as_posix(): path for path in files}
    all_pages = Pages(found)
    for name, path in found.items():
        try:
            read = _read(path, root, known[path.suffix.lower()])
        except Exception as error:  # whatever a library makes of a broken file, the other pages are good
            skipped.append(Skipped(name, _reason(error)))
            continue
        yield Page(
            id=name,
            title=read.title or path.stem.replace("-", " ").replace("_", " "),
            text=read.text,
            source=name,
            line=1 if read.lines is None else 0,
            lines=read.lines,
            markdown=read.markdown,
            links=all_pages.links(name, read.text) if read.markdown else {},
        )


def _read(path: Path, root: Path, reader: Reader) -> PageText:
    try:
        real = path.resolve(strict=True)
    except RuntimeError:  # what OSError says of it from Python 3.13 on
        raise ValueError(os.strerror(errno.ELOOP).lower()) from None
    if not real.is_relative_to(root):
        raise ValueError("a link that leaves the manual's folder")
    if not real.is_file():
        raise ValueError("not a file")
    if lacks := missing(reader):
        raise ValueError(lacks)
    largest = getattr(reader, "largest", LARGEST)
    if real.stat().st_size > largest:
        raise ValueError(f"larger than {largest // 2**20} MiB")
    read = reader.read(real)
    if not read.text.strip():
        raise ValueError("empty")
    return replace(read, text=encodable(read.text), title=" ".join(encodable(read.title).split()))


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, OSError):
        return (error.strerror or "can't be read").lower()
    if isinstance(error, ValueError) and str(error):
        return " ".join(str(error).split())[:200]
    return f"can't be read ({type(error).__name__})"
