"""Wording queries with a model: any behind an OpenAI-compatible API that `[retrieval] rewriter` names.

It resolves what a question leans on, and takes a question apart that needs two pages: what history-aware rewriting and question
decomposition with a language model do in the literature (Ma et al. 2023, "Query rewriting for retrieval-augmented large language
models"; Khattab et al. 2022, "Demonstrate-search-predict").
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from backends import rewriting_prompt as prompt
from backends.helper_model import HelperModel
from backends.server_errors import one_line
from kotae.conversation import Message, Rewrite
from kotae.errors import BackendError, KotaeError
from kotae.hooks import hookimpl
from kotae.queries import typed
from kotae.settings import Settings

_log = logging.getLogger(__name__)
_MAX_TOKENS = 512
"""A query has fewer than 100; the rest is for models that think first."""
_LONGEST_REPLY = 8000
"""Characters after which a reply is none."""
_MARGIN = 0.9
"""Of the budget of a hook, which must not run out before the model's time does."""


class ModelRewriter:
    """The bundled rewriter that asks a model. Where the model fails, the query is carried over, and its note says so."""

    def __init__(self, settings: Settings) -> None:
        """`settings.retrieval.rewriter` names one of `settings.backends`."""
        retrieval = settings.retrieval
        self._timeout = min(retrieval.rewrite_timeout, settings.plugins.budget * _MARGIN)
        self._model = HelperModel(
            retrieval.rewriter,
            settings.backends[retrieval.rewriter],
            model=retrieval.rewriter_model,
            timeout=self._timeout,
            max_tokens=_MAX_TOKENS,
            purpose="word queries",
        )

    @hookimpl(trylast=True)
    async def rewrite_query(self, history: tuple[Message, ...], question: str) -> Rewrite:
        """The query as the model words it, by the method `model: NAME`; else what is carried over, with a note that says why."""
        try:
            if len(question) > prompt.LONGEST_QUESTION:
                raise BackendError("The question is too long to be reworded.")
            await self._model.prepare()
            async with asyncio.timeout(self._timeout):
                return await self._asked(history, question)
        except TimeoutError:
            why = f"{self._model.name} took longer than {self._timeout:g} s"
        except KotaeError as error:
            why = error.message.rstrip(".")
        except Exception as error:
            _log.exception("rewriting failed")
            why = f"{self._model.name} failed: {one_line(f'{type(error).__name__}: {error}').rstrip('.')}"
        return _carried_over(history, question, why)

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _asked(self, history: Sequence[Message], question: str) -> Rewrite:
        reply, model = await self._model.ask(
            prompt.messages(history, question), prompt.SCHEMA, _LONGEST_REPLY
        )
        query = prompt.query_of(reply, question, first=not history)
        if query is None:
            raise BackendError(f"{self._model.name} gave no usable query.")
        return Rewrite(query=query, method=f"model: {model}")


def _carried_over(history: Sequence[Message], question: str, why: str) -> Rewrite:
    from backends.retrieval.rewriting import rewrite

    carried = rewrite(history, question) or Rewrite(query=typed(question), method="as typed")
    instead = "searched for as typed" if carried.method == "as typed" else "carried over from the history"
    return replace(carried, note=f"{why}; {instead}.")
