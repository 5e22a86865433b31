"""`rag`: the model with the passages of a manual that fit the question."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from backends.base import Base
from backends.model import Model
from backends.progress import Reported
from kotae.backend import AnswerRequest, Manual, Services
from kotae.conversation import Passage, Rewrite
from kotae.events import BackendEvent, Retrieved, Rewritten

SYSTEM_PROMPT = (
    "You answer questions about a product from its manual. Use only the numbered passages that come with the question, "
    "and cite the ones you use, like [1]. If they do not hold the answer, say that the manual does not say. Be brief. "
    "Answer in the language of the question."
)
NOTHING_FOUND = "(no passage of the manual fits the question)"


class Rag(Base):
    """Rewrites the question from the history, searches the manual, and asks the model with what was found."""

    kind = "rag"
    default_system_prompt = SYSTEM_PROMPT

    def __init__(
        self,
        name: str,
        model: Model,
        services: Services,
        manual: Callable[[], Manual],
        *,
        rewrite: bool = True,
    ) -> None:
        super().__init__(name, model)
        self._services = services
        self._manual = manual
        self._rewrite = rewrite

    async def answer(self, request: AnswerRequest) -> AsyncGenerator[BackendEvent]:
        """Yields `Rewritten`, `Progress` while an index is built, `Retrieved`, `Prompted`, then the model's answer.

        Raises:
            BackendError: the model could not be reached or refused.
            KotaeError: the manual or its index can't be used.
        """
        rewrite = await self._query(request)
        yield Rewritten(rewrite)
        top = self._model.table.passages
        searching = Reported(lambda report: self._manual().search(rewrite.query, top, report))
        async for progress in searching:
            yield progress
        passages = tuple(searching.result)
        yield Retrieved(passages)
        text = f"{as_text(passages)}\n\nQuestion: {request.question}"
        async with aclosing(self._asked(request.history, text)) as events:
            async for event in events:
                yield event

    async def _query(self, request: AnswerRequest) -> Rewrite:
        if request.query is not None:
            return Rewrite(query=request.query, method="edited")
        if not self._rewrite:
            return Rewrite(query=request.question, method="as typed", note="rewriting is switched off")
        return await self._services.rewrite(request.history, request.question)


def as_text(passages: Sequence[Passage]) -> str:
    """The passages as the model is given them, numbered from 1."""
    if not passages:
        return f"Passages from the manual:\n{NOTHING_FOUND}"
    numbered = (f"[{place}] {passage.title}\n{passage.text}" for place, passage in enumerate(passages, 1))
    return "Passages from the manual:\n\n" + "\n\n".join(numbered)
