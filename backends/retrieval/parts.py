"""The parts of an index that are made while its passages go by.

A part is a module with `FILES`, a `Collector`, and `load(folder, passages)`. To add one, name it in `PARTS`, and give
`index.Index` a field that `index.open_index` fills with what `load` returns; the files are then written, digested, required and
verified like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from backends.retrieval import graph, groups, lexical
from kotae.conversation import Passage


class Collector(Protocol):
    """Gathers one part of an index. Is made with a folder that it may set things aside in until `save` is over."""

    def add(self, passage: Passage, terms: Sequence[str]) -> None:
        """The next passage in the index's order, and the terms (`text.tokens`) of its search text."""

    def save(self, folder: Path) -> None:
        """Write the part's files into `folder`."""


class Part(NamedTuple):
    """One part, as the builder sees it."""

    files: tuple[str, ...]
    collector: Callable[[Path], Collector]


PARTS = (
    Part(lexical.FILES, lexical.Collector),
    Part(groups.FILES, groups.Collector),
    Part(graph.FILES, graph.Collector),
)
FILES = tuple(name for part in PARTS for name in part.files)
