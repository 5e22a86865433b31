"""Building and updating an index folder."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from backends.retrieval import lexical, passages
from backends.retrieval.encoder import Encoder, EncoderIdentity, foreign_share
from backends.retrieval.index import (
    FORMAT,
    MANIFEST,
    PAGES,
    PASSAGES,
    POINTER,
    ROWS,
    STAMPS,
    VECTORS,
    VERSION,
    FileRecord,
    Index,
    Manifest,
    is_index,
    open_index,
    pointed_to,
    read_manifest,
    read_stamps,
    versions,
)
from backends.retrieval.index import current_version as version_of
from backends.retrieval.manual import pages, stamps
from backends.retrieval.page import Skipped
from backends.retrieval.search import FOREIGN
from backends.retrieval.text import tokens
from kotae.conversation import Passage
from kotae.errors import IndexFolderError, ManualError
from kotae.reading import Reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Report = Callable[[str, int, int], None]
"""Told the stage, what is done and the total (0: not known)."""
Cancelled = Callable[[], bool]

LOCK = ".lock"
_TEMPORARY = re.compile(rf"\.(?:new|{POINTER})-[0-9a-f]{{12}}")
"""Names of what is being written."""
_CUTTING = {"target": passages.TARGET, "limit": passages.LIMIT, "tiny": passages.TINY}
_AT_ONCE = 64
"""Passages encoded between two looks at whether to stop."""


class BuildCancelledError(Exception):
    """The build was called off. The folder is as it was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSummary:
    """What a build did."""

    pages: int
    passages: int
    encoded: int
    """Passages that were sent through the encoder; the others' vectors were still good, or none were wanted."""
    changed: bool
    """Whether a new version of the index came into use."""
    skipped: tuple[Skipped, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Cut:
    """All passages of a manual, and for each the vector's row in the old index, or -1."""

    passages: list[Passage]
    digests: dict[str, str]
    old_rows: list[int]


def is_current(source: Path, out: Path, readers: Sequence[Reader] = ()) -> bool:
    """Whether the index in `out` was made of `source`, from files with the times and sizes that they have now.

    Raises:
        ManualError: there is no such manual.
    """
    then = read_stamps(out)
    if then is None or then != stamps(source, readers):
        return False
    try:
        return _made_alike(read_manifest(out, version_of(out)), source)
    except (OSError, IndexFolderError):
        return False


def build(
    source: Path,
    out: Path,
    encoder: Encoder,
    report: Report,
    cancelled: Cancelled,
    readers: Sequence[Reader] = (),
) -> BuildSummary:
    """Make `out` the index of the manual `source`. Vectors of unchanged pages are kept.

    Searches of the old index go on meanwhile; several processes may build at once, one after the other.

    Args:
        readers: those of plugins, for pages in other formats.

    Raises:
        ManualError: no manual, or nothing in it.
        IndexFolderError: `out` holds something else, or can't be written.
        BuildCancelledError: `cancelled` became true.
    """
    began = time.monotonic()
    if not source.exists():
        raise ManualError(f"There is no manual {source}.", "Name a folder of pages or a JSONL corpus.")
    _refuse_other_folders(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _locked(out, report, cancelled):
            return _build(source, out, encoder, report, cancelled, readers, began)
    except OSError as error:
        raise IndexFolderError(
            f"The index can't be written to {out}: {error.strerror or error}.",
            "Check its permissions and the room on the disk.",
        ) from error


def _build(
    source: Path,
    out: Path,
    encoder: Encoder,
    report: Report,
    cancelled: Cancelled,
    readers: Sequence[Reader],
    began: float,
) -> BuildSummary:
    _sweep(out)
    old = _old_index(out, encoder)
    skipped: list[Skipped] = []
    seen = stamps(source, readers)
    report("Reading the manual", 0, 0)
    cut = _cut(source, skipped, old, cancelled, readers)
    if not cut.passages:
        raise ManualError(f"There are no pages in {source}.", _hint(skipped))
    if old is not None and old.pages == cut.digests and _made_alike(old.manifest, source):
        _restamp(out, old, seen)
        return _summary(cut, 0, False, skipped, began)
    texts = [passages.search_text(passage) for passage in cut.passages]
    scripts = encoder.reads(texts)
    unknown = [name for name, reads in scripts.items() if not reads]
    wanted = [at for at, text in enumerate(texts) if foreign_share(text, unknown) <= FOREIGN]
    vectors, encoded = _vectors(cut, texts, wanted, old, encoder, report, cancelled)
    words = lexical.build([tokens(text) for text in texts])
    _check(cancelled)
    report("Writing the index", len(texts), len(texts))
    identity = EncoderIdentity(encoder.name, encoder.digest, vectors.shape[1] if vectors is not None else 0)
    home = out / f".new-{secrets.token_hex(6)}"
    try:
        home.mkdir()
        _write_lines(home / PASSAGES, cut.passages)
        (home / PAGES).write_bytes(msgspec.json.encode(cut.digests))
        (home / STAMPS).write_bytes(msgspec.json.encode(seen))
        words.save(home)
        _write_vectors(home, vectors, wanted)
        manifest = Manifest(
            format=FORMAT,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            source=str(source.resolve()),
            encoder=identity,
            cutting=_CUTTING,
            scripts=scripts,
            pages=len(cut.digests),
            passages=len(cut.passages),
            vectors=len(wanted) if vectors is not None else 0,
            files=_records(home),
        )
        (home / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        _check(cancelled)
        _bring_into_use(out, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return _summary(cut, encoded, True, skipped, began)


def _made_alike(old: Manifest, source: Path) -> bool:
    """Whether the same pages there would give the same index again."""
    return old.cutting == _CUTTING and old.source == str(source.resolve())


def _summary(cut: _Cut, encoded: int, changed: bool, skipped: list[Skipped], began: float) -> BuildSummary:
    return BuildSummary(
        pages=len(cut.digests),
        passages=len(cut.passages),
        encoded=encoded,
        changed=changed,
        skipped=tuple(skipped),
        seconds=round(time.monotonic() - began, 3),
    )


def _refuse_other_folders(out: Path) -> None:
    if out.is_dir():
        if not is_index(out) and not _holds_nothing_else(out):
            raise IndexFolderError(
                f"{out} is not empty and no index; nothing in it was touched.",
                "Name a new or an empty folder with --out.",
            )
    elif out.exists():
        raise IndexFolderError(f"{out} is a file.", "Name a new or an empty folder with --out.")


def _holds_nothing_else(out: Path) -> bool:
    """Whether `out` is empty, or the remains of an index: only names of ours, and a sign that it was us who gave them."""
    kept = []
    for path in out.iterdir():
        if path.name == POINTER or VERSION.fullmatch(path.name):
            kept.append(path)
        elif path.name != LOCK and not _TEMPORARY.fullmatch(path.name):
            return False
    return not kept or pointed_to(out) is not None or any((path / MANIFEST).is_file() for path in kept)


def _sweep(out: Path) -> None:
    """Delete what builds left that were cut short. Whoever made these is gone, or would hold the lock."""
    for path in out.iterdir():
        if _TEMPORARY.fullmatch(path.name):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def _locked(out: Path, report: Report, cancelled: Cancelled) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(out / LOCK)
    told = False
    while True:
        try:
            lock.acquire(timeout=0.2 if told else 0)
            break
        except Timeout:
            if not told:
                report("Waiting for another Kotae that builds this index", 0, 0)
                told = True
            _check(cancelled)
    try:
        yield
    finally:
        lock.release()


def _check(cancelled: Cancelled) -> None:
    if cancelled():
        raise BuildCancelledError


def _old_index(out: Path, encoder: Encoder) -> Index | None:
    """The index in `out`, when its vectors can be kept."""
    if not is_index(out):
        return None
    try:
        old = open_index(out)
    except IndexFolderError:
        return None  # whatever is wrong with it, a new one is about to be made
    return old if old.manifest.encoder.digest == encoder.digest else None


def _cut(
    source: Path,
    skipped: list[Skipped],
    old: Index | None,
    cancelled: Cancelled,
    readers: Sequence[Reader],
) -> _Cut:
    kept: dict[str, list[tuple[Passage, int]]] = {}
    if old is not None and old.manifest.cutting == _CUTTING:
        row_of = {int(passage): row for row, passage in enumerate(old.rows)}
        for at, passage in enumerate(old.passages):
            kept.setdefault(passage.document, []).append((passage, row_of.get(at, -1)))
    cut = _Cut([], {}, [])
    for page in pages(source, skipped, readers):
        _check(cancelled)
        digest = cut.digests[page.id] = page.digest
        if old is not None and old.pages.get(page.id) == digest and page.id in kept:
            for passage, row in kept[page.id]:
                cut.passages.append(passage)
                cut.old_rows.append(row)
        else:
            found = passages.cut(page)
            cut.passages.extend(found)
            cut.old_rows.extend([-1] * len(found))
    _tell_apart(cut.passages)
    return cut


def _tell_apart(found: list[Passage]) -> None:
    """Make ids unique: a part of the page `a` may not be called `a#1` where a page is. Pages keep their ids.

    What a part is called depends on the manual alone, not on what was kept of an older index.
    """
    taken = {passage.id for passage in found if passage.id == passage.document}
    for at, passage in enumerate(found):
        if passage.id == passage.document:
            continue
        name = passage.id.rstrip("+")
        while name in taken:
            name += "+"
        taken.add(name)
        if name != passage.id:
            found[at] = replace(passage, id=name)


def _hint(skipped: list[Skipped]) -> str:
    if not skipped:
        return "A manual is a folder of pages (Markdown, HTML, text, PDF, Word), or a .jsonl file of rows with id, title and text."
    return f"Skipped: {', '.join(f'{skip.path} ({skip.reason})' for skip in skipped[:3])}."


def _vectors(
    cut: _Cut,
    texts: list[str],
    wanted: list[int],
    old: Index | None,
    encoder: Encoder,
    report: Report,
    cancelled: Cancelled,
) -> tuple[NDArray[np.float32] | None, int]:
    """A row for each wanted passage, and how many of them were encoded. Texts of like length are encoded together."""
    import numpy as np

    if not wanted:
        return None, 0
    rows: NDArray[np.float32] | None = None
    new = [place for place, at in enumerate(wanted) if cut.old_rows[at] < 0]
    if old is not None and old.vectors is not None:
        rows = np.zeros((len(wanted), old.vectors.d), dtype=np.float32)
        before = old.vectors.reconstruct_n(0, old.vectors.ntotal)
        for place, at in enumerate(wanted):
            if cut.old_rows[at] >= 0:
                rows[place] = before[cut.old_rows[at]]
    new.sort(key=lambda place: -len(texts[wanted[place]]))
    report("Building the index", 0, len(new))
    for start in range(0, len(new), _AT_ONCE):
        _check(cancelled)
        batch = new[start : start + _AT_ONCE]
        found = encoder.encode([texts[wanted[place]] for place in batch])
        if rows is None:
            rows = np.zeros((len(wanted), found.shape[1]), dtype=np.float32)
        rows[batch] = found
        report("Building the index", start + len(batch), len(new))
        time.sleep(0.002)  # a search that waits for the encoder goes first
    return rows, len(new)


def _write_lines(path: Path, rows: list[Passage]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def _write_vectors(home: Path, vectors: NDArray[np.float32] | None, wanted: list[int]) -> None:
    if vectors is None:
        return
    import faiss
    import numpy as np

    flat: Any = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    faiss.write_index(flat, str(home / VECTORS))
    np.save(home / ROWS, np.asarray(wanted, dtype=np.int32), allow_pickle=False)


def _records(home: Path) -> dict[str, FileRecord]:
    found = {}
    for path in sorted(home.iterdir()):
        if path.name == STAMPS:
            continue  # a hint that is renewed on its own, and that no answer depends on
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found[path.name] = FileRecord(path.stat().st_size, digest)
    return found


def _bring_into_use(out: Path, home: Path) -> None:
    version = f"v-{secrets.token_hex(8)}"
    home.rename(out / version)
    _replace(out / POINTER, f"{version}\n".encode())
    for path in versions(out):
        if path.name != version:
            shutil.rmtree(path, ignore_errors=True)


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _restamp(out: Path, old: Index, seen: dict[str, list[int]]) -> None:
    """Files that were touched but not changed need no new index, only new times to compare with."""
    if read_stamps(out) == seen:
        return
    _replace(out / old.version / STAMPS, msgspec.json.encode(seen))
