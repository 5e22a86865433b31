"""The model behind a backend: on a server that the settings name, or the embedded one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from backends.openai_chat import ChatClient, Endpoint, endpoint_of
from backends.progress import Reported
from kotae.conversation import Message
from kotae.events import BackendEvent, Notice
from kotae.language import language_of
from kotae.settings import EMBEDDED, BackendSettings, server_of

if TYPE_CHECKING:
    from backends.embedded.server import EmbeddedServer


EMBEDDED_MAX_TOKENS = 256
"""Seven seconds of a quiet machine with two cores. What such a model says after that is seldom worth the wait."""
EMBEDDED_FREQUENCY_PENALTY = 0.4
"""Without one it soon says the same sentence for ever. Repetition and DRY penalties also kept it from quoting passages."""


class Model:
    """Streams a model's answers, whatever it runs on. With the embedded model, `adapter` is worn for this backend's requests."""

    def __init__(
        self,
        name: str,
        table: BackendSettings,
        embedded: EmbeddedServer,
        adapter: Path | None = None,
        *,
        instead: str = "",
    ) -> None:
        """`instead` names a backend that answers in Japanese without a server; empty where there is none."""
        self.table = table
        """May be replaced while this lives; the next request goes by it."""
        self._instead = instead
        self._name = name
        self._embedded = embedded
        self._adapter = adapter
        self._client: ChatClient | None = None
        self._made_for: tuple[Endpoint, BackendSettings] | None = None
        """What the client goes by."""

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[BackendEvent]:
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
            client = await self._client_for(starting.result, self._for_embedded())
            extra = self._embedded.lora(self._adapter)
        else:
            client = await self._client_for(endpoint_of(self._name, self.table, base_url), self.table)
        async with aclosing(client.stream(messages, extra)) as events:
            async for event in events:
                yield event

    def notices(self, question: str) -> Iterator[Notice]:
        """What to know before this model answers `question`: the embedded one speaks English only."""
        if server_of(self.table) == EMBEDDED and language_of(question) == "ja":
            yield english_only(self._instead)

    async def warm_up(self) -> None:
        """Starts the embedded model where this backend uses it, so that the first answer need not wait for it.

        Raises: as `stream`.
        """
        if server_of(self.table) == EMBEDDED:
            await self._embedded.start()

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
        await self._embedded.aclose()

    def _for_embedded(self) -> BackendSettings:
        """The table with what a model of this size needs where the user has said nothing."""
        table = self.table
        if table.max_tokens is None:
            table = structs.replace(table, max_tokens=EMBEDDED_MAX_TOKENS)
        if table.frequency_penalty is None and self._adapter is None:
            table = structs.replace(table, frequency_penalty=EMBEDDED_FREQUENCY_PENALTY)
        return table

    async def _client_for(self, endpoint: Endpoint, table: BackendSettings) -> ChatClient:
        """The one client, made anew when the settings changed, or the embedded model was started again elsewhere."""
        if self._client is None or (endpoint, table) != self._made_for:
            replaced, self._client = self._client, ChatClient(table, endpoint)
            self._made_for = endpoint, table
            if replaced is not None:
                await replaced.aclose()
        return self._client


def english_only(instead: str = "") -> Notice:
    """That the embedded model is lost on Japanese, and what to do; `instead` names a backend that answers it without a server."""
    return Notice(
        "The embedded model speaks English only. For Japanese, "
        f"{f'ask the backend {instead}, or ' if instead else ''}set a server (base_url).",
        ja="内蔵モデルは英語しか話せません。日本語の質問には、"
        f"{f'バックエンド {instead} を使うか、' if instead else ''}サーバー（base_url）を設定してください。",
    )
