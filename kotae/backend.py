"""What an answer backend is, and what it is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from kotae.conversation import Message, Passage, Rewrite
from kotae.events import BackendEvent, Progress
from kotae.settings import BackendSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """One question, with the history that came before it."""

    question: str
    history: tuple[Message, ...] = ()
    query: str | None = None
    """What to search for instead of the question, when the user edited it; how it is written, `kotae.queries` says."""
    pages: tuple[Passage, ...] = ()
    """The manual's pages that the question names, each as one passage; `question` has their titles in place of the references."""


@runtime_checkable
class Backend(Protocol):
    """Something that answers questions.

    `answer` yields events and ends with `Finished`; it may raise `KotaeError`, which ends the turn with its message. It is
    cancelled by `aclose()` on the generator and has to let go of its connection then.
    """

    name: str
    """As in the settings' table and on the tab."""
    kind: str
    """`base`, `rag`, `finetuned`, or a plugin's."""

    def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]: ...

    async def aclose(self) -> None:
        """Ends what the backend holds; called once, when the program ends."""


@runtime_checkable
class Adjustable(Protocol):
    """A backend whose settings can change while it runs."""

    def adjust(self, table: BackendSettings) -> None:
        """Answers the next question by `table`; an answer that streams goes on as it began."""


@runtime_checkable
class Manual(Protocol):
    """The manual, as far as a flagger or a retriever needs it."""

    async def prepare(self, progress: Callable[[Progress], None] | None = None) -> None:
        """Makes the manual ready to be searched, which may take long the first time: indexing, loading.

        Raises:
            KotaeError: it can't be read or indexed.
        """

    async def search(
        self,
        query: str,
        top: int = 5,
        progress: Callable[[Progress], None] | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        """The best `top` passages, best first. `progress` is told when something long comes first, such as indexing.

        `history` is what was said before; what it is about may count, and a retriever may pass it over.
        """

    async def known(self, terms: Sequence[str]) -> set[str]:
        """Those of `terms` that occur anywhere in the manual, compared after NFKC and case folding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageName:
    """A page of a manual, by name."""

    document: str
    """As in `Passage.document`."""
    title: str


@runtime_checkable
class Paged(Protocol):
    """A manual whose pages can be named, and not just searched for."""

    async def pages(
        self, typed: str, top: int = 20, progress: Callable[[Progress], None] | None = None
    ) -> list[PageName]:
        """The best `top` pages whose path or title has `typed` in it, compared after NFKC and case folding.

        Raises:
            KotaeError: the manual can't be read or indexed.
        """

    async def page(self, document: str, limit: int) -> Passage | None:
        """The page of that name as one passage, its text cut after `limit` code points; None when there is none.

        Raises: as `pages`.
        """


class Services(Protocol):
    """What the program offers to backends; handed to `register_backends`."""

    async def rewrite(self, history: tuple[Message, ...], question: str) -> Rewrite:
        """The query to search for, by the first `rewrite_query` implementation that gives one.

        One that fails is passed over, which the note of the result says.
        """

    def manual(self, folder: str = "", index: str = "", retriever: str = "") -> Manual:
        """The manual in `folder`, the index already built in `index`, or what a plugin registered as `retriever`.

        By default the settings' manual. Nothing is loaded or built before the first search.

        Raises:
            SettingsError: no plugin registered `retriever`.
        """
