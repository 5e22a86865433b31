"""What comes before an answer from a manual, whoever gives it: the question is rewritten and the manual searched."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from backends.progress import Reported
from kotae.backend import AnswerRequest, Manual, Services
from kotae.conversation import Rewrite
from kotae.events import BackendEvent, Retrieved, Rewritten
from kotae.queries import typed


@dataclass(frozen=True, slots=True)
class ManualSearch:
    """Finds the passages for a question."""

    services: Services
    manual: Callable[[], Manual]
    """Gives the manual; called when it is first searched, since it may not be there."""
    rewrite: bool = True
    """Whether questions are rewritten from their history."""

    async def find(self, request: AnswerRequest, top: int) -> AsyncGenerator[BackendEvent]:
        """Yields `Rewritten`, `Progress` while an index is built, and last `Retrieved` with at most `top` passages.

        Raises:
            KotaeError: the manual or its index can't be used.
        """
        rewrite = await self._query(request)
        yield Rewritten(rewrite)
        # whoever edits a query wants to find just that
        history = () if request.query is not None else request.history
        searching = Reported(lambda report: self.manual().search(rewrite.query, top, report, history))
        async for progress in searching:
            yield progress
        yield Retrieved(tuple(searching.result))

    async def _query(self, request: AnswerRequest) -> Rewrite:
        if request.query is not None:
            return Rewrite(query=request.query, method="edited")
        if not self.rewrite:
            return Rewrite(query=typed(request.question), method="as typed", note="rewriting is switched off")
        return await self.services.rewrite(request.history, request.question)
