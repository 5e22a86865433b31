"""Building and updating an index folder.

Whatever grows with the manual goes through files: pages are read one at a time, their passages are written as they come, terms and
vectors are set aside and merged. What is held per passage is some numbers, and per page its id and its digest.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from backends.retrieval import folder, grouping, passages
from backends.retrieval.embedding import Gathered, Report, encode, readable
from backends.retrieval.encoder import Encoder, EncoderIdentity
from backends.retrieval.index import open_index
from backends.retrieval.manifest import FORMAT, STAMPS, Manifest, read_manifest, seal
from backends.retrieval.manual import stamps
from backends.retrieval.marks import search_text
from backends.retrieval.page import Skipped, Stamps
from backends.retrieval.parts import PARTS
from backends.retrieval.previous import PAGES, Previous, PreviousLostError, previous
from backends.retrieval.reading import Reading
from backends.retrieval.spool import KEY, Spool, key_of, name_for
from backends.retrieval.stored import Passages, PassageWriter
from backends.retrieval.text import tokens
from kotae.errors import IndexFolderError, ManualError
from kotae.plain import encodable
from kotae.reading import Reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Cancelled = Callable[[], bool]

_CUTTING = {
    "target": passages.TARGET,
    "limit": passages.LIMIT,
    "tiny": passages.TINY,
    "row": passages.ROW_LIMIT,
    "characters": passages.CHARACTERS,
}
_LARGEST_STAMPS = 1 << 28
"""Bytes; files of a larger manual are compared by their contents."""
_LISTED = 1000
"""Skipped files that a summary names; the rest are counted."""


class BuildCancelledError(Exception):
    """The build was called off. The index is as it was before; vectors made so far are kept for the next build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSummary:
    """What a build did."""

    pages: int
    passages: int
    encoded: int
    """Texts that were sent through the encoder; the others' vectors were still good, or none were wanted."""
    taken_up: int
    """Texts whose vectors an earlier build had made before it was cut short."""
    vectors: int
    vector_index: str
    """The type of FAISS index, as `faiss.index_factory` names it: `Flat` is exact. Empty when there are no vectors."""
    changed: bool
    """Whether a new version of the index came into use."""
    skipped: tuple[Skipped, ...]
    """The first thousand."""
    skipped_count: int
    seconds: float


def is_current(source: Path, out: Path, readers: Sequence[Reader] = ()) -> bool:
    """Whether the index in `out` was made of `source`, from files with the times and sizes that they have now.

    Raises:
        ManualError: there is no such manual.
    """
    then = _read_stamps(out)
    if then is None or then != stamps(source, readers):
        return False
    try:
        return _made_alike(read_manifest(out, folder.current_version(out)), source)
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
    """Make `out` the index of the manual `source`. Passages of unchanged pages and vectors of unchanged texts are kept.

    Searches of the old index go on meanwhile; several processes may build at once, one after the other. A build that is cancelled
    or killed is gone on with by the next one.

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
    if (named := str(source.resolve())) != (whole := encodable(named)):
        raise ManualError(f"The name of {whole} is not UTF-8.", "Rename it.")
    folder.refuse_other_folders(out)

    def check() -> None:
        if cancelled():
            raise BuildCancelledError

    def waiting() -> None:
        report("Waiting for another Kotae that builds this index", 0, 0)
        check()

    try:
        out.mkdir(parents=True, exist_ok=True)
        with folder.locked(out, waiting):
            try:
                before = previous(out, encoder.digest)
                return _build(source, out, encoder, before, readers, report, check, began)
            except PreviousLostError:
                return _build(source, out, encoder, None, readers, report, check, began)
    except OSError as error:
        raise IndexFolderError(
            f"The index can't be written to {out}: {error.strerror or error}.",
            "Check its permissions and the room on the disk.",
        ) from error


def _build(
    source: Path,
    out: Path,
    encoder: Encoder,
    before: Previous | None,
    readers: Sequence[Reader],
    report: Report,
    check: Callable[[], None],
    began: float,
) -> BuildSummary:
    partial = name_for(encoder.digest)
    folder.sweep(out, keep=partial)
    skipped: list[Skipped] = []
    seen = stamps(source, readers)
    with folder.new_version(out) as home:
        scratch = home / "scratch"
        scratch.mkdir()
        report("Reading the manual", 0, 0)
        reusable = before if before is not None and before.manifest.cutting == _CUTTING else None
        reading = Reading(scratch / "passages.jsonl", reusable)
        reading.read(source, skipped, check, readers)
        if not reading.count:
            raise ManualError(f"There are no pages in {source}.", _hint(skipped))
        if (
            before is not None
            and reading.is_as_before
            and _made_alike(before.manifest, source)
            and _is_sound(out)
        ):
            _restamp(out, before.version, seen)
            (out / partial).unlink(missing_ok=True)
            return _summary(before.manifest, 0, 0, False, skipped, began)
        keys, scripts = _write_passages(reading, home, scratch, encoder, report, check)
        (home / PAGES).write_bytes(msgspec.json.encode(reading.pages))
        (home / STAMPS).write_bytes(_stamp_lines(seen))
        shutil.rmtree(scratch)
        found = Passages(home, reading.count)
        wanted = readable(found, scripts, check)
        kept = before.vectors if before is not None else None
        with Spool(out / partial) as spool:
            encoded, taken_up = encode(found, keys, wanted, kept, spool, encoder, report, check)
            gathered = Gathered(keys, wanted, kept, spool)
            kind = grouping.write(home, gathered, wanted, keys[wanted], report, check)
        report("Writing the index", reading.count, reading.count)
        manifest = Manifest(
            format=FORMAT,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            source=str(source.resolve()),
            encoder=EncoderIdentity(encoder.name, encoder.digest, gathered.width),
            cutting=_CUTTING,
            scripts=scripts,
            pages=len(reading.pages),
            passages=reading.count,
            vectors=len(wanted),
            vector_index=kind.name,
            probes=kind.probes,
            files=seal(home),
        )
        folder.replace(home / folder.MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        check()
        folder.bring_into_use(out, home)
        (out / partial).unlink(missing_ok=True)
    return _summary(manifest, encoded, taken_up, True, skipped, began)


def _write_passages(
    reading: Reading,
    home: Path,
    scratch: Path,
    encoder: Encoder,
    report: Report,
    check: Callable[[], None],
) -> tuple[NDArray[np.uint8], dict[str, bool]]:
    """Write the passages and all parts that are made of them.

    Returns:
        The key of each passage's text, shape (passages, KEY), and for each script whether the encoder reads it.
    """
    import numpy as np

    keys = np.empty((reading.count, KEY), dtype=np.uint8)
    collectors = [part.collector(scratch) for part in PARTS]

    def texts() -> Iterator[str]:
        for at, passage in enumerate(reading.passages()):
            if at % 100 == 0:
                check()
                report("Indexing the words", at, reading.count)
            writer.add(passage)
            text = search_text(passage)
            keys[at] = np.frombuffer(key_of(text), dtype=np.uint8)
            terms = tokens(text)
            for collector in collectors:
                collector.add(passage, terms)
            yield text

    with PassageWriter(home) as writer:
        scripts = encoder.reads(texts())
    for collector in collectors:
        check()
        collector.save(home)
    return keys, scripts


def _made_alike(manifest: Manifest, source: Path) -> bool:
    """Whether the same pages there would give the same index again."""
    return manifest.cutting == _CUTTING and manifest.source == str(source.resolve())


def _is_sound(out: Path) -> bool:
    """Whether searches can use the index. If not, they tell the user to build it, and it must be built then."""
    try:
        open_index(out)
    except IndexFolderError:
        return False
    return True


def _summary(
    manifest: Manifest, encoded: int, taken_up: int, changed: bool, skipped: list[Skipped], began: float
) -> BuildSummary:
    return BuildSummary(
        pages=manifest.pages,
        passages=manifest.passages,
        encoded=encoded,
        taken_up=taken_up,
        vectors=manifest.vectors,
        vector_index=manifest.vector_index,
        changed=changed,
        skipped=tuple(Skipped(_whole(skip.path), skip.reason) for skip in skipped[:_LISTED]),
        skipped_count=len(skipped),
        seconds=round(time.monotonic() - began, 3),
    )


def _whole(name: str) -> str:
    """A name without the halves of characters that file systems allow."""
    return name.encode("utf-8", "replace").decode()


def _hint(skipped: list[Skipped]) -> str:
    if not skipped:
        return "A manual is a folder of Markdown or text files, or a .jsonl file of rows with id, title and text."
    return f"Skipped: {', '.join(f'{_whole(skip.path)} ({skip.reason})' for skip in skipped[:3])}."


def _read_stamps(out: Path) -> Stamps | None:
    """Time and size of the manual's files when the index was made; None when that can't be told."""
    try:
        data = json.loads(folder.read_file(out / folder.current_version(out) / STAMPS, _LARGEST_STAMPS))
    except (OSError, ValueError, RecursionError, IndexFolderError):
        return None
    return data if isinstance(data, dict) else None


def _stamp_lines(seen: Stamps) -> bytes:
    return json.dumps(seen).encode()  # unlike msgspec's, it takes any name that a file may have


def _restamp(out: Path, version: str, seen: Stamps) -> None:
    """Files that were touched but not changed need no new index, only new times to compare with."""
    if _read_stamps(out) != seen:
        folder.replace(out / version / STAMPS, _stamp_lines(seen))
