"""An index as searches see it.

Files are data only: JSON, and NumPy arrays without objects. What a search needs of every passage is in memory or mapped into it;
texts are read when they are handed out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from backends.retrieval import graph, groups, lexical, parts, stored, vectors
from backends.retrieval.folder import current_version, damaged
from backends.retrieval.manifest import Manifest, read_manifest, verify
from backends.retrieval.mentions import mentioned
from backends.retrieval.readers.corpus import is_corpus
from backends.retrieval.stored import Passages
from kotae.conversation import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Index", "current_version", "open_index"]


@dataclass(frozen=True)
class Index:
    """One version of an index."""

    folder: Path
    version: str
    manifest: Manifest
    passages: Passages
    groups: NDArray[np.int32]
    """The number of each passage's document: see `groups`."""
    graph: graph.Graph
    """Which groups each passage leads to."""
    words: lexical.Lexical
    vectors: vectors.Vectors | None
    """None when no passage has a vector."""
    rows: NDArray[np.int32]
    """The passage that each vector is of."""

    def known(self, terms: Iterable[str]) -> set[str]:
        """Those of `terms` that occur in a title or a text, as whole words where the script has spaces."""
        return mentioned(terms, self.passages, self.words)

    @cached_property
    def vector_rows(self) -> NDArray[np.int32]:
        """The row of each passage's vector, -1 where it has none."""
        import numpy as np

        found = np.full(len(self.groups), -1, dtype=np.int32)
        found[self.rows] = np.arange(len(self.rows), dtype=np.int32)
        return found

    @cached_property
    def members(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The passages by group, and where each group begins among them (one more than there are groups)."""
        import numpy as np

        starts = np.concatenate(([0], np.cumsum(np.bincount(self.groups))))
        return np.argsort(self.groups, kind="stable"), starts

    def handed_out(self, passage: Passage) -> Passage:
        """The passage as a reader needs it: with the absolute path of its file."""
        home = Path(self.manifest.source)
        alone = home.is_file() or is_corpus(passage.source)
        file = home if alone else home / passage.source
        return replace(passage, source=str(file))


def open_index(folder: Path) -> Index:
    """Open an index, its files verified.

    Raises:
        IndexFolderError: no index, a damaged one, or one of another format.
    """
    for _attempt in range(10):
        version = current_version(folder)
        try:
            return _open_version(folder, version)
        except FileNotFoundError as error:
            if version == current_version(folder):
                raise damaged(folder, f"{Path(error.filename or '').name} is missing") from None
            # a newer version came into use while this one was read
    raise damaged(folder, "it never stands still")


def _open_version(folder: Path, version: str) -> Index:
    home = folder / version
    manifest = read_manifest(folder, version)
    verify(folder, version, {*stored.FILES, *parts.FILES, *vectors.files(manifest)}, manifest.files)
    try:
        if manifest.passages < 1:
            raise ValueError("it has no passages")
        found, rows = vectors.load(home, manifest)
        group_of = groups.load(home, manifest.passages)
        edges = graph.load(home, manifest.passages)
        if len(edges.targets) and edges.targets.max() > group_of.max():
            raise ValueError("an edge leads nowhere")
        return Index(
            folder=folder,
            version=version,
            manifest=manifest,
            passages=Passages(home, manifest.passages),
            groups=group_of,
            graph=edges,
            words=lexical.load(home, manifest.passages),
            vectors=found,
            rows=rows,
        )
    except FileNotFoundError:
        raise
    except (OSError, ValueError, IndexError, RuntimeError) as error:
        raise damaged(folder, str(error)) from None
