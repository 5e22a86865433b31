"""`rag`: the model with the passages of a manual that fit the question."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from backends.base import Base
from backends.model import Model
from backends.searching import ManualSearch
from kotae.backend import AnswerRequest
from kotae.conversation import Passage
from kotae.events import BackendEvent, Retrieved

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

    def __init__(self, name: str, model: Model, search: ManualSearch) -> None:
        super().__init__(name, model)
        self._search = search

    async def answer(self, request: AnswerRequest) -> AsyncGenerator[BackendEvent]:
        """Yields `Notice`s, `Rewritten`, `Progress` while an index is built, `Retrieved`, `Prompted`, then the model's answer.

        Raises:
            BackendError: the model could not be reached or refused.
            KotaeError: the manual or its index can't be used.
        """
        for notice in self._model.notices(request.question):
            yield notice
        passages: tuple[Passage, ...] = ()
        async with aclosing(self._search.find(request, self._model.table.passages)) as events:
            async for event in events:
                yield event
                if isinstance(event, Retrieved):
                    passages = event.passages
        text = f"{as_text(passages)}\n\nQuestion: {request.question}"
        async with aclosing(self._asked(request, text)) as events:
            async for event in events:
                yield event


def as_text(passages: Sequence[Passage]) -> str:
    """The passages as the model is given them, numbered from 1."""
    if not passages:
        return f"Passages from the manual:\n{NOTHING_FOUND}"
    numbered = (f"[{place}] {passage.title}\n{passage.text}" for place, passage in enumerate(passages, 1))
    return "Passages from the manual:\n\n" + "\n\n".join(numbered)
