"""`quote`: no model at all; the sentences of the manual that fit the question, word for word."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from backends.searching import ManualSearch
from kotae.backend import AnswerRequest, Manual
from kotae.conversation import Passage
from kotae.errors import KotaeError
from kotae.events import BackendEvent, Delta, Finished, Retrieved, Rewritten
from kotae.language import language_of
from kotae.settings import BackendSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.retrieval.quoting import Counts

_MORE = 3
"""How many times as many passages are searched for as are quoted from."""
NOTHING_FITS = {"en": "The manual does not say.", "ja": "マニュアルには記載がありません。"}


@runtime_checkable
class CountsTerms(Protocol):
    """A manual that knows how common terms are, which tells a question's rare words from its common ones."""

    async def counts(self, terms: Sequence[str]) -> Counts: ...


class Quote:
    """Rewrites the question from the history, searches the manual, and quotes what fits best, or says that nothing does."""

    kind = "quote"

    def __init__(self, name: str, search: ManualSearch, passages: int) -> None:
        """`passages` is the number of passages that is quoted from, and from more of the page that fits best."""
        self.name = name
        self._search = search
        self._passages = passages

    async def answer(self, request: AnswerRequest) -> AsyncGenerator[BackendEvent]:
        """Yields `Rewritten`, `Progress` while an index is built, `Retrieved`, a `Delta` a quotation, `Finished`.

        Raises:
            KotaeError: the manual or its index can't be used.
        """
        query, passages = request.question, tuple[Passage, ...]()
        async with aclosing(self._search.find(request, _MORE * self._passages)) as events:
            async for event in events:
                if isinstance(event, Rewritten):
                    query = event.rewrite.query
                elif isinstance(event, Retrieved):
                    passages = _with_first_page(event.passages, self._passages)
                    event = Retrieved(passages)
                yield event
        blocks = await self._blocks(request, query, passages)
        for place, block in enumerate(blocks or [NOTHING_FITS[language_of(request.question)]]):
            yield Delta(f"\n\n{block}" if place else block)
        yield Finished("stop")

    def adjust(self, table: BackendSettings) -> None:
        """Answers the next question by `table`."""
        self._passages = table.passages

    async def warm_up(self) -> None:
        """Has the manual indexed and loaded.

        Raises:
            KotaeError: it can't be.
        """
        await self._search.manual().prepare()

    async def aclose(self) -> None:
        """Nothing is held: the manual is the program's."""

    async def _blocks(self, request: AnswerRequest, query: str, passages: tuple[Passage, ...]) -> list[str]:
        from backends.retrieval.quotation import quotation
        from backends.retrieval.quoting import choose

        counts = await _counts(self._search.manual(), query) if passages else None
        last = request.history[-1] if request.history else None
        told = last.content if last is not None and last.role == "assistant" else ""
        choice = choose(query, passages, counts, told)
        return list(quotation(choice.picks, passages)) if choice.fits else []


def _with_first_page(found: Sequence[Passage], most: int) -> tuple[Passage, ...]:
    """The first `most`, and what else was found of the page of the first one: the row that answers need not be its best passage."""
    return tuple(
        passage for at, passage in enumerate(found) if at < most or passage.document == found[0].document
    )


async def _counts(manual: Manual, query: str) -> Counts | None:
    """How common the query's terms are; None from a retriever that keeps no such statistics."""
    from backends.retrieval.quoting import question_terms

    if not isinstance(manual, CountsTerms):
        return None
    try:
        return await manual.counts(sorted(question_terms(query)))
    except KotaeError:  # the passages are there; terms that count alike do for them
        return None
