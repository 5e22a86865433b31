"""Manuals that are ready to be searched: an index in the cache is made of a folder when it is first needed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from backends.retrieval.client import OnProgress, RetrievalClient, absolute
from backends.retrieval.quoting import Counts
from kotae import paths
from kotae.backend import PageName
from kotae.conversation import Message, Passage
from kotae.errors import ManualError
from kotae.events import Progress


class IndexedManual:
    """A manual as backends and flaggers see it (`kotae.backend.Manual`). Nothing is loaded or built before the first search.

    Args:
        client: the retrieval process; the caller ends it.
        source: the manual, a folder, a page or a JSONL corpus; its index is kept in the cache and follows its files.
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
        self._indexing: asyncio.Task[None] | None = None
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
        try:
            source = self._source.resolve()
        except RuntimeError:  # a link that leads to itself, before Python 3.13
            raise ManualError(f"There is no manual {self._source}.", "Check where that link leads.") from None
        key = hashlib.sha256(f"{absolute(source, ManualError)}\0{self._encoder}".encode()).hexdigest()
        return paths.indexes_dir() / key[:20]

    def digest(self) -> str:
        """What tells the contents of the index from another's; see `manifest.contents`. For one that is prepared.

        Raises:
            KotaeError: there is no index yet, or it is damaged.
        """
        from backends.retrieval.manifest import contents

        return contents(self.index)

    async def prepare(self, progress: OnProgress | None = None) -> None:
        """Have the index built or brought up to date, and all that searches need loaded, so that they are answered at once.

        Raises:
            KotaeError: the manual can't be read, its index can't be made, or its encoder can't be had; the next call tries again.
        """
        await self._indexed(progress)
        await self._client.open(self.index, self._encoder, progress)

    async def search(
        self,
        query: str,
        top: int = 5,
        progress: OnProgress | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        """The best `top` passages, best first; `progress` is told of a build that comes first, and of loading.

        Raises:
            KotaeError: as `RetrievalClient.refresh` and `RetrievalClient.search`.
        """
        await self._indexed(progress)
        return await self._client.search(self.index, query, top, self._encoder, progress, history)

    async def documents(self) -> list[str]:
        """All pages of the manual that have a passage, in the manual's order; of a corpus, its rows' ids."""
        await self._indexed()
        return await self._client.documents(self.index)

    async def known(self, terms: Sequence[str]) -> set[str]:
        """Those of `terms` that occur anywhere in the manual, compared after NFKC and case folding."""
        await self._indexed()
        return await self._client.known(self.index, terms)

    async def counts(self, terms: Sequence[str]) -> Counts:
        """How many passages each of `terms` occurs in; terms as `text.tokens` gives them."""
        await self._indexed()
        return await self._client.counts(self.index, terms)

    async def pages(self, typed: str, top: int = 20, progress: OnProgress | None = None) -> list[PageName]:
        """The best `top` pages whose path or title has `typed` in it; `progress` is told of a build that comes first."""
        await self._indexed(progress)
        return await self._client.pages(self.index, typed, top)

    async def page(self, document: str, limit: int) -> Passage | None:
        """A page as one passage, its text cut after `limit` code points; None when there is none of that name."""
        await self._indexed()
        return await self._client.page(self.index, document, limit)

    async def _indexed(self, progress: OnProgress | None = None) -> None:
        """The index is there and up to date. Whoever comes while it is built waits for the same build."""
        if self._source is None:
            return
        if progress is not None:
            self._listeners.append(progress)
        task = self._indexing
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._indexing = asyncio.create_task(self._index(self._source))
        self._waiting += 1
        try:
            await asyncio.shield(task)
        finally:
            self._waiting -= 1
            if not self._waiting and not task.done():
                task.cancel()  # nobody wants it any more
                self._indexing = None
            if progress is not None:
                self._listeners.remove(progress)

    async def _index(self, source: Path) -> None:
        await self._client.refresh(source, self.index, self._encoder, self._tell)

    def _tell(self, progress: Progress) -> None:
        for listener in self._listeners:
            listener(progress)
