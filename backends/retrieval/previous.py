"""The index as it was, as far as the next one can take over from it: unchanged pages' passages, and vectors of the same texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from backends.retrieval import stored, vectors
from backends.retrieval.folder import current_version, is_index
from backends.retrieval.manifest import Manifest, read_manifest, verify
from backends.retrieval.spool import KEY
from backends.retrieval.stored import Passages, load_array
from kotae.conversation import Passage
from kotae.errors import IndexFolderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

PAGES = "pages.json"


class PreviousLostError(Exception):
    """What was to be taken over can't be read."""


class PageRecord(NamedTuple):
    """What an index remembers of a page."""

    digest: str
    passages: int
    """How many passages it was cut into."""


@dataclass(frozen=True)
class Previous:
    """What was kept. Nothing of it is held in memory but pages' digests and texts' keys."""

    version: str
    manifest: Manifest
    pages: Mapping[str, PageRecord]
    """By their ids, in the order of their passages."""
    passages: Passages
    vectors: KeptVectors

    def firsts(self) -> dict[str, int]:
        """The number of each page's first passage."""
        found, at = {}, 0
        for page, record in self.pages.items():
            found[page] = at
            at += record.passages
        return found

    def passage(self, at: int) -> Passage:
        """One passage.

        Raises:
            PreviousLostError: it can't be read.
        """
        try:
            return self.passages[at]
        except IndexFolderError as error:
            raise PreviousLostError from error


class KeptVectors:
    """Vectors by the texts they were made of.

    Raises:
        OSError, ValueError: a file is missing or does not fit the others.
    """

    def __init__(self, home: Path, manifest: Manifest) -> None:
        self._places: dict[bytes, int] = {}
        self._vectors: NDArray[np.float32] | NDArray[np.float16] | None = None
        if manifest.vectors:
            keys = load_array(home / vectors.KEYS, "u1", (manifest.vectors, KEY))
            self._vectors = vectors.stored(home, manifest)
            self._places = {key.tobytes(): at for at, key in enumerate(keys)}

    @property
    def width(self) -> int:
        """Numbers in a vector; 0 when there is none."""
        return 0 if self._vectors is None else int(self._vectors.shape[1])

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def place(self, key: bytes) -> int:
        """Where a text's vector is, for `vectors`."""
        return self._places[key]

    def vectors(self, places: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors at some places, in their order."""
        import numpy as np

        assert self._vectors is not None
        return self._vectors[places].astype(np.float32)


def previous(out: Path, encoder_digest: str) -> Previous | None:
    """What can be taken over from the index in `out`; None when there is none, when it is damaged, or made with another encoder."""
    if not is_index(out):
        return None
    try:
        version = current_version(out)
        manifest = read_manifest(out, version)
        if manifest.encoder.digest != encoder_digest:
            return None
        needed = {PAGES, *stored.FILES, *vectors.files(manifest)}
        verify(out, version, needed, manifest.files)
        home = out / version
        pages = msgspec.json.decode((home / PAGES).read_bytes(), type=dict[str, PageRecord])
        counts = [record.passages for record in pages.values()]
        if sum(counts) != manifest.passages or min(counts, default=0) < 0:
            return None
        return Previous(
            version, manifest, pages, Passages(home, manifest.passages), KeptVectors(home, manifest)
        )
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError, IndexFolderError):
        return None  # whatever is wrong with it, a new one is about to be made
