"""What an index says of itself, and whether its files are what it says.

Every file is checked for its size, and every small one for its SHA-256, each time an index is opened. A large one is hashed once,
and again whenever its time of change, its size or its inode is another than then: what was checked is remembered in the version's
folder. That notices copies that were cut short and files that were written to; it does not notice a disk that forgets bits of a
file nobody touched. Safety does not rest on it: whoever forges an index can forge its digests too, so the shape of everything is
checked besides (see `stored` and `vectors`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from backends.retrieval import folder as folders
from backends.retrieval.encoder import EncoderIdentity
from backends.retrieval.folder import MANIFEST, damaged
from kotae.errors import IndexFolderError

FORMAT = 2
STAMPS = "stamps.json"
"""Times and sizes of the manual's files: a hint that is renewed on its own, and that no answer depends on."""
CHECKED = "checked.json"
"""Which large files were hashed, and what the file system said of them then."""
SMALL = 4 << 20
"""Bytes of a file that is hashed each time an index is opened."""
PASSAGES = "passages.jsonl"
"""The passages' texts."""
_LARGEST = 1 << 20


class FileRecord(msgspec.Struct, frozen=True):
    """A file of the index, as the manifest knows it."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an index says of itself."""

    format: int
    created: str
    source: str
    """The manual: absolute path of a folder or a corpus. Passages name their file relative to it."""
    encoder: EncoderIdentity
    cutting: dict[str, int]
    """The settings that passages were cut with."""
    scripts: dict[str, bool]
    """The manual's scripts other than Latin, and whether the encoder reads them; passages in one it can't read have no vector."""
    pages: int
    passages: int
    vectors: int
    vector_index: str = ""
    """The type of FAISS index that the vectors are searched with, as `faiss.index_factory` names it; empty when there are none."""
    probes: int = 0
    """How many of its lists a search looks into; 0 when it has none."""
    files: dict[str, FileRecord]


def contents(folder: Path) -> str:
    """SHA-256 over what makes two indexes find the same: the passages, how they were cut, the encoder. Builds of one manual agree.

    Raises:
        IndexFolderError: `folder` is no index, or damaged.
    """
    manifest = read_manifest(folder, folders.current_version(folder))
    passages = manifest.files.get(PASSAGES)
    told = [manifest.format, manifest.cutting, manifest.encoder.digest, passages.sha256 if passages else ""]
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def read_manifest(folder: Path, version: str) -> Manifest:
    """The manifest of a version.

    Raises:
        FileNotFoundError: the version is gone.
        IndexFolderError: damaged, or of another format.
    """
    try:
        read = folders.read_file(folder / version / MANIFEST, _LARGEST + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise damaged(folder, f"its manifest can't be read ({error.strerror})") from None
    if len(read) > _LARGEST:
        raise damaged(folder, "its manifest is too large")
    try:
        data = msgspec.json.decode(read)
        if isinstance(data, dict) and data.get("format") != FORMAT:
            raise IndexFolderError(
                f"{folder} was made by another version of Kotae (format {data.get('format')!r}, not {FORMAT}).",
                f"Run `kotae index {data.get('source') or 'SOURCE'} --out {folder}`.",
            )
        return msgspec.convert(data, Manifest)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise damaged(folder, "its manifest can't be read") from None


def seal(home: Path) -> dict[str, FileRecord]:
    """See all that was written to `home` safely on the disk, and take its digests."""
    found = {}
    for path in sorted(home.iterdir()):
        if path.name in (STAMPS, CHECKED):
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found[path.name] = FileRecord(path.stat().st_size, digest)
    if large := {name: _state(home / name) for name, record in found.items() if record.size > SMALL}:
        _remember(home, large)
    return found


def verify(folder: Path, version: str, needed: Collection[str], files: Mapping[str, FileRecord]) -> None:
    """See that the `needed` files are what the manifest says.

    Raises:
        FileNotFoundError: one is missing.
        IndexFolderError: one is not what was written.
    """
    home = folder / version
    if missing := set(needed) - set(files):
        raise damaged(folder, f"its manifest lacks {min(missing)}")
    checked = _checked(home)
    states = {}
    for name in sorted(needed):
        path, record = home / name, files[name]
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise damaged(folder, f"{name} is not a file")
        if found.st_size != record.size:
            raise damaged(folder, f"{name} has another size than its manifest says")
        if record.size > SMALL:
            states[name] = _state(path)
            if states[name] == checked.get(name):
                continue
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != record.sha256:
                raise damaged(folder, f"{name} is not what was written")
    if not states.items() <= checked.items():
        with suppress(OSError):  # an index that may only be read is hashed each time
            _remember(home, states)


def _state(path: Path) -> list[int]:
    """Changes when a file does: programs can set the time of a file's contents, but not the time of its last change."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _checked(home: Path) -> dict[str, list[int]]:
    try:
        return msgspec.json.decode(folders.read_file(home / CHECKED, _LARGEST), type=dict[str, list[int]])
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return {}


def _remember(home: Path, states: dict[str, list[int]]) -> None:
    folders.replace(home / CHECKED, msgspec.json.encode(states))
