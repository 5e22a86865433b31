"""The model behind a backend: on a server that the settings name, or the embedded one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.openai_chat import ChatClient, Endpoint, endpoint_of
from backends.progress import Reported
from kotae.conversation import Message
from kotae.events import BackendEvent
from kotae.settings import EMBEDDED, BackendSettings, server_of

if TYPE_CHECKING:
    from backends.embedded.server import EmbeddedServer


class Model:
    """Streams a model's answers, whatever it runs on. With the embedded model, `adapter` is worn for this backend's requests."""

    def __init__(
        self, name: str, table: BackendSettings, embedded: EmbeddedServer, adapter: Path | None = None
    ) -> None:
        self.table = table
        self._name = name
        self._embedded = embedded
        self._adapter = adapter
        self._client: ChatClient | None = None
        self._endpoint: Endpoint | None = None

    async def stream(self, messages: Sequence[Message]) -> AsyncIterator[BackendEvent]:
        """Yields `Progress` while the embedded model is fetched or loaded, then what `ChatClient.stream` yields.

        Raises:
            BackendError: as `ChatClient.stream`, and when no model or key is named.
            WeightsError: the embedded model could not be fetched.
        """
        base_url = server_of(self.table)
        extra: dict[str, Any] = {}
        if base_url == EMBEDDED:
            starting = Reported(self._embedded.start)
            async for progress in starting:
                yield progress
            self._use(starting.result)
            extra = self._embedded.lora(self._adapter)
        else:
            self._use(endpoint_of(self._name, self.table, base_url))
        assert self._client is not None
        async with aclosing(self._client.stream(messages, extra)) as events:
            async for event in events:
                yield event

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
        await self._embedded.aclose()

    def _use(self, endpoint: Endpoint) -> None:
        if endpoint != self._endpoint:
            self._endpoint = endpoint
            self._client = ChatClient(self.table, endpoint)
