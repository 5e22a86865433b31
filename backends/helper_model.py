"""A model that is asked for something small beside the conversation: any behind an OpenAI-compatible API, on a backend's server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any

from msgspec import structs

from backends.model import EMBEDDED_FREQUENCY_PENALTY
from backends.openai_chat import ChatClient, Endpoint, endpoint_of
from backends.server_errors import PART_KEPT
from kotae.conversation import Message, TokenUsage
from kotae.errors import BackendError
from kotae.events import Delta, Used
from kotae.plain import without_controls
from kotae.settings import EMBEDDED, BackendSettings, server_of

_LONGEST_NAME = 80
"""Characters of a model's name, which is the server's word."""


class HelperModel:
    """Answers as surely as it can, in JSON. The connection is made when it is first asked, and kept.

    Args:
        backend: the table's name.
        table: says where the model is.
        model: another model on that server; empty: the table's.
        timeout: seconds that whoever asks will wait at most.
        max_tokens: of a reply.
        purpose: what the embedded model is too small for.
        endpoint: where the embedded model is, for what it is not too small for.
    """

    def __init__(
        self,
        backend: str,
        table: BackendSettings,
        *,
        model: str,
        timeout: float,
        max_tokens: int,
        purpose: str,
        endpoint: Endpoint | None = None,
    ) -> None:
        self._backend = backend
        self._purpose = purpose
        self._endpoint = endpoint
        self._table = structs.replace(
            table,
            model=model or table.model,
            temperature=0.0,
            max_tokens=max_tokens,
            top_p=None,
            frequency_penalty=EMBEDDED_FREQUENCY_PENALTY if endpoint is not None else None,
            timeout=2 * timeout,  # never the first to run out: it would be said in other words
            max_retries=min(table.max_retries, 1),
        )
        self._client: ChatClient | None = None

    @property
    def name(self) -> str:
        """What the settings call the model."""
        return self._table.model or self._backend

    async def prepare(self) -> None:
        """Get ready to ask, which takes as long as a short answer does, once.

        Raises:
            BackendError: no model or key is named, or the embedded model is.
        """
        self._connected()
        await asyncio.to_thread(_load)

    async def ask(
        self, messages: Sequence[Message], schema: Mapping[str, Any], longest: int
    ) -> tuple[str, str]:
        """The reply, and the model's name as the server says it. What comes after `longest` characters is not waited for.

        Raises:
            BackendError: as `ChatClient.stream`.
        """
        reply, usage = await self.ask_with_usage(messages, schema, longest)
        return reply, without_controls(usage.model or self.name)[:_LONGEST_NAME]

    async def ask_with_usage(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        longest: int,
        parts: list[str] | None = None,
    ) -> tuple[str, TokenUsage]:
        """As `ask`, with the tokens as the server counted them; none where it did not, or was not waited for.

        Args:
            parts: is added what arrives, as it does.
        """
        parts = [] if parts is None else parts
        length, usage = 0, TokenUsage()
        try:
            async with aclosing(self._connected().stream(messages, schema=schema)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        parts.append(event.text)
                        length += len(event.text)
                    elif isinstance(event, Used):
                        usage = event.usage
                    if length > longest:
                        break
        except BackendError as error:  # half of what was asked for is of no use
            raise BackendError(error.message, error.hint.removeprefix(PART_KEPT).lstrip()) from None
        return "".join(parts)[:longest], usage

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _connected(self) -> ChatClient:
        if self._client is None:
            base_url = server_of(self._table)
            if self._endpoint is not None:
                self._client = ChatClient(self._table, self._endpoint)
                return self._client
            if base_url == EMBEDDED:
                raise BackendError(
                    f"The embedded model is too small to {self._purpose}.",
                    f"Set base_url and model in [backends.{self._backend}].",
                )
            self._client = ChatClient(self._table, endpoint_of(self._backend, self._table, base_url))
        return self._client


def _load() -> None:
    import openai  # noqa: F401 - loaded where it holds nothing up
