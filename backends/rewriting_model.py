"""Wording queries with a model: any behind an OpenAI-compatible API that `[retrieval] rewriter` names.

It resolves what a question leans on, and takes a question apart that needs two pages: what history-aware rewriting and question
decomposition with a language model do in the literature (Ma et al. 2023, "Query rewriting for retrieval-augmented large language
models"; Khattab et al. 2022, "Demonstrate-search-predict").
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from msgspec import structs

from backends import rewriting_prompt as prompt
from backends.openai_chat import ChatClient, endpoint_of
from backends.server_errors import one_line
from kotae.conversation import Message, Rewrite
from kotae.errors import BackendError, KotaeError
from kotae.events import Delta, Used
from kotae.hooks import hookimpl
from kotae.plain import without_controls
from kotae.queries import typed
from kotae.settings import EMBEDDED, Settings, server_of

_log = logging.getLogger(__name__)
_MAX_TOKENS = 512
"""A query has fewer than 100; the rest is for models that think first."""
_LONGEST_REPLY = 8000
"""Characters after which a reply is none."""
_LONGEST_NAME = 80
"""Characters of a model's name, which is the server's word."""
_MARGIN = 0.9
"""Of the budget of a hook, which must not run out before the model's time does."""


class ModelRewriter:
    """The bundled rewriter that asks a model. Where the model fails, the query is carried over, and its note says so."""

    def __init__(self, settings: Settings) -> None:
        """`settings.retrieval.rewriter` names one of `settings.backends`."""
        retrieval = settings.retrieval
        table = settings.backends[retrieval.rewriter]
        self._backend = retrieval.rewriter
        self._timeout = min(retrieval.rewrite_timeout, settings.plugins.budget * _MARGIN)
        self._table = structs.replace(
            table,
            model=retrieval.rewriter_model or table.model,
            temperature=0.0,
            max_tokens=_MAX_TOKENS,
            top_p=None,
            frequency_penalty=None,
            timeout=2 * self._timeout,  # never the first to run out: it would be said in other words
            max_retries=min(table.max_retries, 1),
        )
        self._client: ChatClient | None = None

    @hookimpl(trylast=True)
    async def rewrite_query(self, history: tuple[Message, ...], question: str) -> Rewrite:
        """The query as the model words it, by the method `model: NAME`; else what is carried over, with a note that says why."""
        try:
            if len(question) > prompt.LONGEST_QUESTION:
                raise BackendError("The question is too long to be reworded.")
            client = self._connected()
            await asyncio.to_thread(_load)  # takes as long as a short answer does, once
            async with asyncio.timeout(self._timeout):
                return await self._asked(client, history, question)
        except TimeoutError:
            why = f"{self._named()} took longer than {self._timeout:g} s"
        except KotaeError as error:
            why = error.message.rstrip(".")
        except Exception as error:
            _log.exception("rewriting failed")
            why = f"{self._named()} failed: {one_line(f'{type(error).__name__}: {error}').rstrip('.')}"
        return _carried_over(history, question, why)

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _connected(self) -> ChatClient:
        if self._client is None:
            base_url = server_of(self._table)
            if base_url == EMBEDDED:
                raise BackendError("The embedded model is too small to word queries.")
            self._client = ChatClient(self._table, endpoint_of(self._backend, self._table, base_url))
        return self._client

    def _named(self) -> str:
        return self._table.model or self._backend

    async def _asked(self, client: ChatClient, history: Sequence[Message], question: str) -> Rewrite:
        parts: list[str] = []
        length, model = 0, self._named()
        sent = prompt.messages(history, question)
        async with aclosing(client.stream(sent, schema=prompt.SCHEMA)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    parts.append(event.text)
                    length += len(event.text)
                elif isinstance(event, Used):
                    model = event.usage.model or model
                if length > _LONGEST_REPLY:
                    break
        query = prompt.query_of("".join(parts)[:_LONGEST_REPLY], question, first=not history)
        if query is None:
            raise BackendError(f"{self._named()} gave no usable query.")
        return Rewrite(query=query, method=f"model: {without_controls(model)[:_LONGEST_NAME]}")


def _load() -> None:
    import openai  # noqa: F401 - loaded where it holds nothing up


def _carried_over(history: Sequence[Message], question: str, why: str) -> Rewrite:
    from backends.retrieval.rewriting import rewrite

    carried = rewrite(history, question) or Rewrite(query=typed(question), method="as typed")
    instead = "searched for as typed" if carried.method == "as typed" else "carried over from the history"
    return replace(carried, note=f"{why}; {instead}.")
