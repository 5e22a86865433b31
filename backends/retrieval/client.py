"""The parent's side of the retrieval process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from backends.retrieval.indexing import BuildSummary
from backends.retrieval.quoting import Counts
from backends.worker_client import OnProgress, WorkerClient
from kotae.backend import PageName
from kotae.conversation import Message, Passage
from kotae.errors import IndexFolderError, KotaeError, ManualError
from kotae.plain import encodable

__all__ = ["OnProgress", "RetrievalClient"]


class RetrievalClient(WorkerClient):
    """One retrieval process, shared by all indexes; see `WorkerClient`.

    Args:
        process: what the Python interpreter is given to run; it has to end in `worker.main`.
    """

    def __init__(self, process: Sequence[str] = ("-m", "backends.retrieval.worker")) -> None:
        super().__init__(process, "retrieval")

    async def build(
        self, source: Path, out: Path, encoder: str = "", progress: OnProgress | None = None
    ) -> BuildSummary:
        """Make `out` the index of the manual `source`, or bring it up to date.

        Args:
            encoder: a sentence-transformers model, folder or name; empty: the embedded one, fetched if need be.

        Raises:
            ManualError: no manual, or nothing in it.
            IndexFolderError: `out` holds something else, or can't be written.
            WeightsError: the embedded encoder can't be fetched.
        """
        message = {
            "do": "build",
            "source": absolute(source, ManualError),
            "out": absolute(out, IndexFolderError),
            "encoder": encoder,
        }
        return msgspec.convert(await self._ask(message, progress), BuildSummary)

    async def refresh(
        self, source: Path, out: Path, encoder: str = "", progress: OnProgress | None = None
    ) -> BuildSummary | None:
        """As `build`, but None at once when the manual's files have the times and sizes they had then."""
        message = {
            "do": "build",
            "source": absolute(source, ManualError),
            "out": absolute(out, IndexFolderError),
            "encoder": encoder,
            "if_changed": True,
        }
        return msgspec.convert(await self._ask(message, progress), BuildSummary | None)

    async def open(self, index: Path, encoder: str = "", progress: OnProgress | None = None) -> None:
        """Load an index ahead of its first search, and its encoder where it has vectors.

        Raises:
            IndexFolderError: no index, a damaged one, or one made with another encoder.
            WeightsError: the embedded encoder can't be fetched.
        """
        await self._ask(
            {"do": "open", "index": absolute(index, IndexFolderError), "encoder": encoder}, progress
        )

    async def search(
        self,
        index: Path,
        query: str,
        top: int = 5,
        encoder: str = "",
        progress: OnProgress | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        """The best `top` passages, best first; `source` is the absolute path of the file that a passage was read from.

        What was said before, the `history`, counts for what the talk is about.

        The encoder is loaded only for queries in a script that it can read; `progress` is told.

        Raises:
            IndexFolderError: no index, a damaged one, or one made with another encoder.
            WeightsError: the embedded encoder is needed, and can't be fetched.
        """
        message = {
            "do": "search",
            "index": absolute(index, IndexFolderError),
            "query": query,
            "top": top,
            "encoder": encoder,
        }
        message["history"] = [asdict(said) for said in history]
        return msgspec.convert(await self._ask(message, progress), list[Passage])

    async def documents(self, index: Path) -> list[str]:
        """All pages of the manual that have a passage, in the manual's order; of a corpus, its rows' ids."""
        found: list[str] = await self._ask({"do": "documents", "index": absolute(index, IndexFolderError)})
        return found

    async def known(self, index: Path, terms: Sequence[str]) -> set[str]:
        """Those of `terms` that occur in the manual."""
        return set(
            await self._ask({"do": "known", "index": absolute(index, IndexFolderError), "terms": list(terms)})
        )

    async def counts(self, index: Path, terms: Sequence[str]) -> Counts:
        """How many passages each of `terms` occurs in; terms as `text.tokens` gives them."""
        message = {"do": "counts", "index": absolute(index, IndexFolderError), "terms": list(terms)}
        return msgspec.convert(await self._ask(message), Counts)

    async def pages(self, index: Path, typed: str, top: int) -> list[PageName]:
        """The best `top` pages whose path or title has `typed` in it."""
        message = {"do": "pages", "index": absolute(index, IndexFolderError), "typed": typed, "top": top}
        return msgspec.convert(await self._ask(message), list[PageName])

    async def page(self, index: Path, document: str, limit: int) -> Passage | None:
        """A page as one passage, its text cut after `limit` code points; None when there is none of that name."""
        message = {
            "do": "page",
            "index": absolute(index, IndexFolderError),
            "document": document,
            "limit": limit,
        }
        return msgspec.convert(await self._ask(message), Passage | None)

    async def similarities(
        self, pairs: Sequence[tuple[str, str]], encoder: str = "", progress: OnProgress | None = None
    ) -> list[float | None]:
        """For each pair of texts the cosine of their vectors, 0 to 1; None where the encoder can't read their script.

        Raises:
            IndexFolderError: the encoder can't be loaded.
            WeightsError: the embedded encoder can't be fetched.
        """
        message = {"do": "similarities", "pairs": [list(pair) for pair in pairs], "encoder": encoder}
        return msgspec.convert(await self._ask(message, progress), list[float | None])


def absolute(path: Path, error: type[KotaeError]) -> str:
    """The path as the process is told it.

    Raises:
        error: its name is not UTF-8, as an index and all that is printed of one have to be.
    """
    found = str(path.expanduser().absolute())
    if (whole := encodable(found)) != found:
        raise error(f"The name of {whole} is not UTF-8.", "Rename it, or name a folder beside it.")
    return found
