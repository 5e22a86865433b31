"""A language model as judge of whole answers: any behind an OpenAI-compatible API.

Zheng et al. 2023, "Judging LLM-as-a-judge with MT-Bench and Chatbot Arena": grades of single answers, and pairs that are judged in
both orders, where only a choice that stays the same counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from backends.helper_model import HelperModel
from backends.judging import prompt
from backends.reply_cache import ReplyCache, key_of
from kotae.conversation import Message
from kotae.errors import BackendError
from kotae.evaluation.metrics import Answer, Metric, Score
from kotae.evaluation.questions import Question
from kotae.events import Progress
from kotae.settings import BackendSettings, server_of

_MAX_TOKENS = 1024
_LONGEST_REPLY = 10_000
_TIMEOUT = 60.0
AT_ONCE = 4
"""Requests at once."""


class AnswerJudge:
    """Grades answers and compares them; the same is never asked twice.

    Args:
        backend: the settings' table that names the server; its model judges unless another is named.
        table: that table.
        model: another model on that server.
        rubric: what counts; empty: `prompt.RUBRIC`.
        cache: where replies are kept.
    """

    def __init__(
        self, backend: str, table: BackendSettings, *, model: str, rubric: str, cache: ReplyCache
    ) -> None:
        self._model = HelperModel(
            backend, table, model=model, timeout=_TIMEOUT, max_tokens=_MAX_TOKENS, purpose="judge answers"
        )
        self._server = server_of(table)
        self._rubric = rubric.strip() or prompt.RUBRIC
        self._cache = cache
        self._room = asyncio.Semaphore(AT_ONCE)
        self.asked = 0
        """Requests that were sent, those that the cache answered aside."""

    @property
    def name(self) -> str:
        """What the settings call the model."""
        return self._model.name

    def metric(self, progress: Callable[[Progress], None] = lambda _: None) -> Metric:
        """The grades as a metric."""

        async def score(answers: Sequence[Answer]) -> list[Score]:
            done = 0

            async def one(answer: Answer) -> Score:
                nonlocal done
                found = await self.grade(answer)
                done += 1
                progress(Progress(f"Judging by {self.name}", done, len(answers), "answers"))
                return found

            return await _all([one(answer) for answer in answers])

        return Metric(
            name="judge",
            group="knowledge",
            score=score,
            about=f"How right {self.name} finds the answer: grades 1 to 5 as 0 to 100 %.",
        )

    async def grade(self, answer: Answer) -> Score:
        """The grade, 0 to 1; None where the model gave none.

        Raises:
            BackendError: the model can't be asked.
        """
        given = prompt.grade(await self._ask(prompt.grading(answer, self._rubric), prompt.GRADE_SCHEMA))
        return None if given is None else (given - 1) / (prompt.GRADES - 1)

    async def compare(self, question: Question, one: str, other: str) -> float | None:
        """1: `one` is better, 0: `other` is, 0.5: neither, or the choice changes with the order; None where the model made none.

        Raises:
            BackendError: the model can't be asked.
        """
        there, back = await _all(
            [
                self._ask(prompt.comparing(question, first, second, self._rubric), prompt.COMPARE_SCHEMA)
                for first, second in ((one, other), (other, one))
            ]
        )
        forth, reverse = prompt.choice(there), prompt.choice(back)
        if forth is None or reverse is None:
            return None
        if (forth, reverse) == ("first", "second"):
            return 1.0
        return 0.0 if (forth, reverse) == ("second", "first") else 0.5

    async def aclose(self) -> None:
        """Ends the connection."""
        await self._model.aclose()

    async def _ask(self, messages: tuple[Message, ...], schema: dict[str, Any]) -> str:
        key = key_of(self._server, self._model.name, messages, schema)
        kept = self._cache.get(key)
        if kept is not None:
            return kept
        async with self._room:
            await self._model.prepare()
            try:
                async with asyncio.timeout(_TIMEOUT):
                    reply, _ = await self._model.ask(messages, schema, _LONGEST_REPLY)
            except TimeoutError:
                raise BackendError(
                    f"{self.name} took longer than {_TIMEOUT:g} s to judge.", "Name a faster --judge-model."
                ) from None
            self.asked += 1
        self._cache.put(key, reply)
        return reply


async def _all(asking: Sequence[Any]) -> list[Any]:
    """As `asyncio.gather`, but where one fails the others are called off."""
    tasks = [asyncio.ensure_future(one) for one in asking]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
