"""Manuals that are ready to be searched: an index in the cache is made of a folder when it is first needed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from backends.retrieval.client import OnProgress, RetrievalClient
from kotae import paths
from kotae.conversation import Passage
from kotae.errors import ManualError
from kotae.events import Progress


class IndexedManual:
    """A manual as backends and flaggers see it (`kotae.backend.Manual`). Nothing is loaded or built before the first search.

    Args:
        client: the retrieval process; the caller ends it.
        source: the manual, a folder or a JSONL corpus; its index is kept in the cache and follows its files.
        index: a folder made with `kotae index`; wins over `source`, and is taken as it is.
        encoder: a sentence-transformers model; empty: the embedded one.
    """

    def __init__(
        self, client: RetrievalClient, *, source: Path | str = "", index: Path | str = "", encoder: str = ""
    ) -> None:
        self._client = client
        self._encoder = encoder
        self._source = None if index else Path(source).expanduser() if source else None
        self._given = Path(index).expanduser() if index else None
        self._preparing: asyncio.Task[None] | None = None
        self._waiting = 0
        self._listeners: list[OnProgress] = []

    @property
    def index(self) -> Path:
        """The index's folder.

        Raises:
            ManualError: neither a manual nor an index was named.
        """
        if self._given is not None:
            return self._given
        if self._source is None:
            raise ManualError("There is no manual to search.", "Set `manual` or `index` in [retrieval].")
        key = hashlib.sha256(f"{self._source.resolve()}\0{self._encoder}".encode()).hexdigest()
        return paths.indexes_dir() / key[:20]

    async def prepare(self, progress: OnProgress | None = None) -> None:
        """Build the index, or bring it up to date, if that was not done yet. Whoever comes meanwhile waits for the same build.

        Raises:
            KotaeError: the manual can't be read, or its index can't be made; the next call tries again.
        """
        if progress is not None:
            self._listeners.append(progress)
        task = self._preparing
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._preparing = asyncio.create_task(self._prepare())
        self._waiting += 1
        try:
            await asyncio.shield(task)
        finally:
            self._waiting -= 1
            if not self._waiting and not task.done():
                task.cancel()  # nobody wants it any more
                self._preparing = None
            if progress is not None:
                self._listeners.remove(progress)

    async def search(self, query: str, top: int = 5, progress: OnProgress | None = None) -> list[Passage]:
        """The best `top` passages, best first; `progress` is told of a build that comes first.

        Raises:
            KotaeError: as `prepare` and `RetrievalClient.search`.
        """
        await self.prepare(progress)
        return await self._client.search(self.index, query, top, self._encoder, progress)

    async def known(self, terms: Sequence[str]) -> set[str]:
        """Those of `terms` that occur anywhere in the manual, compared after NFKC and case folding."""
        await self.prepare()
        return await self._client.known(self.index, terms)

    async def _prepare(self) -> None:
        if self._given is not None:
            await self._client.open(self._given, self._encoder)
            return
        index = self.index
        assert self._source is not None
        await self._client.refresh(self._source, index, self._encoder, self._tell)
        await self._client.open(index, self._encoder)

    def _tell(self, progress: Progress) -> None:
        for listener in self._listeners:
            listener(progress)
