"""`base`: the model as it is, told nothing but the conversation."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from backends.model import Model
from kotae.backend import AnswerRequest
from kotae.conversation import Message
from kotae.events import BackendEvent, Prompted
from kotae.mentions import as_text
from kotae.settings import BackendSettings

SYSTEM_PROMPT = "You are a helpful assistant. Answer briefly."


class Base:
    """Asks the model the question with the history that led to it."""

    kind = "base"
    default_system_prompt = SYSTEM_PROMPT

    def __init__(self, name: str, model: Model) -> None:
        self.name = name
        self._model = model

    async def answer(self, request: AnswerRequest) -> AsyncGenerator[BackendEvent]:
        """Yields `Notice`s, `Progress` while a model loads, `Prompted`, `Delta`s, `Used`, `Finished`.

        Raises:
            BackendError: the model could not be reached or refused.
        """
        for notice in self._model.notices(request.question):
            yield notice
        async with aclosing(self._asked(request, request.question)) as events:
            async for event in events:
                yield event

    def adjust(self, table: BackendSettings) -> None:
        """Answers the next question by `table`."""
        self._model.table = table

    async def warm_up(self) -> None:
        """Gets ready for the first question."""
        await self._model.warm_up()

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _asked(self, request: AnswerRequest, text: str) -> AsyncGenerator[BackendEvent]:
        """What the model says to `text` behind the pages that the question names, and before it the messages it was sent."""
        system = self._model.table.system_prompt or self.default_system_prompt
        if request.pages:
            text = f"{as_text(request.pages)}\n\n{text}"
        messages = (Message("system", system), *request.history, Message("user", text))
        yield Prompted(messages)
        async with aclosing(self._model.stream(messages)) as events:
            async for event in events:
                yield event
