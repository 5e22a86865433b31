"""The index folder, as it is read.

    OUT/CURRENT          names the version that is in use
    OUT/v-1f3a.../       one complete index: manifest, passages, BM25 arrays, FAISS vectors

A new version is written beside the old one and comes into use when `CURRENT` is replaced, which is one rename. Files are data
only: JSON, NumPy arrays without objects, and a flat FAISS index whose size is checked before FAISS reads it.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from backends.retrieval import lexical
from backends.retrieval.encoder import EncoderIdentity
from backends.retrieval.page import Stamps
from backends.retrieval.readers.corpus import CORPORA
from backends.retrieval.text import is_unspaced, normalise
from kotae.conversation import Passage
from kotae.errors import IndexFolderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 1
POINTER = "CURRENT"
MANIFEST = "manifest.json"
PASSAGES = "passages.jsonl"
PAGES = "pages.json"
STAMPS = "stamps.json"
VECTORS = "vectors.faiss"
ROWS = "vector-passages.npy"
DENSE = (VECTORS, ROWS)
VERSION = re.compile(r"v-[0-9a-f]{16}")
"""Names of versions. Nothing that is named otherwise is ever taken for ours."""
_LARGEST_MANIFEST = 1 << 20
_WIDEST = 8192


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
    files: dict[str, FileRecord]


@dataclass(frozen=True)
class Index:
    """One version of an index, in memory."""

    folder: Path
    version: str
    manifest: Manifest
    passages: list[Passage]
    pages: dict[str, str]
    """Digest of each page, by its id."""
    words: lexical.Lexical
    vectors: Any
    """A FAISS index, or None when no passage has a vector."""
    rows: NDArray[np.int32]
    """The passage that each vector is of."""

    def known(self, terms: list[str]) -> set[str]:
        """Those of `terms` that occur in a title or a text, as whole words where the script has spaces."""
        return {term for term in terms if _occurs(normalise(term).strip(), self._text)}

    def handed_out(self, passage: Passage) -> Passage:
        """The passage as a reader needs it: with the absolute path of its file."""
        home = Path(self.manifest.source)
        alone = home.is_file() or passage.source.endswith(CORPORA)
        file = home if alone else home / passage.source
        return replace(passage, source=str(file))

    @cached_property
    def _text(self) -> str:
        return "\n".join(normalise(f"{passage.title}\n{passage.text}") for passage in self.passages)


def _occurs(term: str, text: str) -> bool:
    """Whether `term` is in `text` and not merely a part of a longer word."""
    if not term:
        return False
    at = text.find(term)
    while at >= 0:
        end = at + len(term)
        if not (_one_word(text[at - 1 : at], term[0]) or _one_word(term[-1], text[end : end + 1])):
            return True
        at = text.find(term, at + 1)
    return False


def _one_word(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and not is_unspaced(left) and not is_unspaced(right)


def is_index(folder: Path) -> bool:
    """Whether `folder` is one of ours, sound or not. Other programs have a file `CURRENT` too, so that alone is no sign."""
    version = pointed_to(folder)
    return version is not None and (folder / version / MANIFEST).is_file()


def pointed_to(folder: Path) -> str | None:
    """The version that the pointer names; None when there is no pointer, or not one of ours."""
    try:
        with (folder / POINTER).open(encoding="utf-8") as file:
            name = file.read(100).strip()
    except (OSError, UnicodeDecodeError):
        return None
    return name if VERSION.fullmatch(name) else None


def versions(folder: Path) -> list[Path]:
    """What is named as a version in `folder`, in use or not."""
    return [path for path in folder.iterdir() if VERSION.fullmatch(path.name)] if folder.is_dir() else []


def current_version(folder: Path) -> str:
    """Name of the version in use.

    Raises:
        IndexFolderError: `folder` is no index.
    """
    name = pointed_to(folder)
    if name is None:
        if versions(folder):
            raise _damaged(folder, "its pointer names no version")
        what = "There is no index in" if not folder.exists() else "There is no index of a manual in"
        raise IndexFolderError(f"{what} {folder}.", f"Run `kotae index SOURCE --out {folder}`.")
    return name


def read_manifest(folder: Path, version: str) -> Manifest:
    """The manifest of a version.

    Raises:
        FileNotFoundError: the version is gone.
        IndexFolderError: damaged, or of another format.
    """
    path = folder / version / MANIFEST
    if path.stat().st_size > _LARGEST_MANIFEST:
        raise _damaged(folder, "its manifest is too large")
    try:
        data = json.loads(path.read_bytes())
        if isinstance(data, dict) and data.get("format") != FORMAT:
            raise IndexFolderError(
                f"{folder} was made by another version of Kotae (format {data.get('format')!r}, not {FORMAT}).",
                f"Run `kotae index {data.get('source') or 'SOURCE'} --out {folder}`.",
            )
        return msgspec.convert(data, Manifest)
    except (ValueError, RecursionError, msgspec.ValidationError):
        raise _damaged(folder, "its manifest can't be read") from None


def read_stamps(folder: Path) -> Stamps | None:
    """Time and size of the manual's files when the index was made; None when that can't be told."""
    with suppress(OSError, ValueError, IndexFolderError):
        data = json.loads((folder / current_version(folder) / STAMPS).read_bytes())
        return data if isinstance(data, dict) else None
    return None


def open_index(folder: Path) -> Index:
    """Read an index into memory, every file of it verified.

    Raises:
        IndexFolderError: no index, a damaged one, or one of another format.
    """
    for _attempt in range(10):
        version = current_version(folder)
        try:
            return _open_version(folder, version)
        except FileNotFoundError as error:
            if version == current_version(folder):
                raise _damaged(folder, f"{Path(error.filename or '').name} is missing") from None
            # a newer version came into use while this one was read
    raise _damaged(folder, "it never stands still")


def _open_version(folder: Path, version: str) -> Index:
    home = folder / version
    manifest = read_manifest(folder, version)
    needed = {PASSAGES, PAGES, *lexical.FILES} | (set(DENSE) if manifest.vectors else set())
    if missing := needed - set(manifest.files):
        raise _damaged(folder, f"its manifest lacks {min(missing)}")
    for name in sorted(needed):
        _verify(folder, home / name, manifest.files[name])
    try:
        passages = msgspec.json.Decoder(Passage).decode_lines((home / PASSAGES).read_bytes())
        pages = msgspec.json.decode((home / PAGES).read_bytes(), type=dict[str, str])
        if len(passages) != manifest.passages:
            raise ValueError("the number of passages differs")
        words = lexical.load(home, len(passages))
        vectors, rows = _read_vectors(home, manifest)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError, RuntimeError, msgspec.MsgspecError) as error:
        raise _damaged(folder, str(error)) from None
    return Index(folder, version, manifest, passages, pages, words, vectors, rows)


def _verify(folder: Path, path: Path, record: FileRecord) -> None:
    if path.stat().st_size != record.size:
        raise _damaged(folder, f"{path.name} has another size than its manifest says")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != record.sha256:
            raise _damaged(folder, f"{path.name} is not what was written")


def _read_vectors(home: Path, manifest: Manifest) -> tuple[Any, NDArray[np.int32]]:
    import numpy as np

    if not manifest.vectors:
        return None, np.zeros(0, dtype=np.int32)
    rows = np.load(home / ROWS, allow_pickle=False)
    count, width = manifest.vectors, manifest.encoder.dimension
    if rows.dtype != np.int32 or rows.shape != (count,) or rows.min() < 0 or rows.max() >= manifest.passages:
        raise ValueError("the vectors belong to other passages")
    payload = 4 * count * width
    size = (home / VECTORS).stat().st_size
    with (home / VECTORS).open("rb") as file:
        kind = file.read(4)
    if not 0 < width <= _WIDEST or kind != b"IxFI" or not payload <= size <= payload + 256:
        raise ValueError("the vectors are no flat index of the size the manifest says")
    import faiss

    vectors = faiss.read_index(str(home / VECTORS))
    if vectors.ntotal != count or vectors.d != width or vectors.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise ValueError("the vectors differ from the manifest")
    return vectors, rows


def _damaged(folder: Path, why: str) -> IndexFolderError:
    return IndexFolderError(
        f"The index in {folder} is damaged: {why}.",
        f"Run `kotae index SOURCE --out {folder}` to build it again.",
    )
