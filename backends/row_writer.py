"""A language model that writes rows to train on: any behind an OpenAI-compatible API, or the embedded one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backends.embedded.server import EmbeddedServer
from backends.helper_model import HelperModel
from backends.replies import objects
from backends.reply_cache import ReplyCache, key_of
from kotae.conversation import Message, TokenUsage
from kotae.errors import BackendError
from kotae.events import Progress
from kotae.plain import encodable
from kotae.sentences import sentences
from kotae.settings import EMBEDDED, BackendSettings, server_of
from kotae.tuning.build.budget import LONGEST_REPLY, BrokenOffError
from kotae.tuning.build.requests import Request
from kotae.tuning.tokens import Tokenizer

_LONGEST = 60_000
"""Characters of a reply; more than `LONGEST_REPLY` tokens have."""
_EMBEDDED_TOKENS = 512
_EMBEDDED_TEXT = 200
"""Characters of each text that the embedded model writes."""
_SENTENCES = 60
"""Sentences that it may quote."""
_TIMEOUT = 300.0


class RowWriter:
    """Writes rows, and never the same twice.

    Args:
        backend: the settings' table that names the server and the model.
        table: that table.
        cache: where replies are kept.
        tokenizer: counts the tokens of a reply where the server doesn't.
    """

    def __init__(
        self, backend: str, table: BackendSettings, *, cache: ReplyCache, tokenizer: Tokenizer
    ) -> None:
        self._backend = backend
        self._table = table
        self._server = server_of(table)
        self._cache = cache
        self._tokenizer = tokenizer
        self._embedded = EmbeddedServer() if self._server == EMBEDDED else None
        self._model: HelperModel | None = None
        self.asked = 0
        """Requests that were answered in this run."""

    @property
    def name(self) -> str:
        """What the settings call the model."""
        return self._table.model or self._backend

    async def prepare(self, progress: Callable[[Progress], None] | None = None) -> None:
        """Get ready to ask; `progress` is told of fetching and loading the embedded model.

        Raises:
            BackendError: no model or key is named, or the embedded model can't be started.
            WeightsError: the embedded model can't be fetched.
        """
        endpoint = await self._embedded.start(progress) if self._embedded is not None else None
        self._model = HelperModel(
            self._backend,
            self._table,
            model="",
            timeout=_TIMEOUT,
            max_tokens=_EMBEDDED_TOKENS if endpoint is not None else LONGEST_REPLY,
            purpose="write rows",
            endpoint=endpoint,
        )
        await self._model.prepare()

    def kept(self, request: Request) -> str | None:
        """The reply that is there already, its JSON object alone; None: there is none."""
        reply = self._cache.get(self._key(request))
        return None if reply is None else _object(reply)

    async def write(self, request: Request) -> tuple[str, TokenUsage]:
        """The reply's JSON object, or the reply where it has none, and its tokens, counted here where the server doesn't.

        Raises:
            BackendError: the model can't be asked; BrokenOffError where it began to reply, or took too long.
            KotaeError: the reply can't be kept.
        """
        assert self._model is not None
        messages = request.messages()
        parts: list[str] = []
        try:
            async with asyncio.timeout(_TIMEOUT):
                schema = request.schema() if self._embedded is None else _bounded(request)
                reply, usage = await self._model.ask_with_usage(messages, schema, _LONGEST, parts)
        except TimeoutError:
            raise BrokenOffError(
                f"{self.name} took longer than {_TIMEOUT:g} s to write rows.",
                "Name a faster model.",
                self._lost(messages, parts),
            ) from None
        except BackendError as error:
            if not parts:
                raise
            raise BrokenOffError(error.message, error.hint, self._lost(messages, parts)) from None
        except asyncio.CancelledError:
            if parts:
                self._lost(messages, parts)
            raise
        if not usage.completion_tokens:
            usage = self._counted(messages, reply)
        self.asked += 1
        self._cache.put(self._key(request), reply, usage)
        return _object(reply), usage

    def _counted(self, messages: Sequence[Message], reply: str) -> TokenUsage:
        told = [{"role": message.role, "content": message.content} for message in messages]
        return TokenUsage(
            prompt_tokens=self._tokenizer.messages(told), completion_tokens=self._tokenizer.count(reply)
        )

    def _lost(self, messages: Sequence[Message], parts: Sequence[str]) -> TokenUsage:
        """What a reply costs that broke off: services are paid for what they have sent."""
        usage = self._counted(messages, "".join(parts))
        self._cache.lost(usage)
        return usage

    async def aclose(self) -> None:
        """Ends the connection, and the embedded model."""
        if self._model is not None:
            await self._model.aclose()
        if self._embedded is not None:
            await self._embedded.aclose()

    def _key(self, request: Request) -> str:
        return key_of(self._server, self._table.model, request.messages(), request.schema())


def _object(reply: str) -> str:
    """The first JSON object in a reply; of a reply without any, the reply."""
    found = next(objects(reply), None)
    return encodable(reply if found is None else json.dumps(found, ensure_ascii=False))


def _bounded(request: Request) -> dict[str, Any]:
    """The schema with an end to each list and text, which the embedded model does not find by itself, and with the sentences that
    can be quoted, since it copies none. Hosted ones refuse such bounds."""
    lines = (line.strip() for section in request.excerpts for line in section.text.split("\n"))
    quotes = [said for line in lines if not line.startswith("|") for said in sentences(line)][:_SENTENCES]

    def bounded(schema: Mapping[str, Any], name: str = "") -> dict[str, Any]:
        if schema["type"] == "array":
            most = {"rows": 1, "questions": request.wordings}.get(name, 2)
            return {**schema, "minItems": 1, "maxItems": most, "items": bounded(schema["items"])}
        if schema["type"] == "object":
            fields = {key: bounded(value, key) for key, value in schema["properties"].items()}
            return {**schema, "properties": fields}
        if name == "quote":
            return {**schema, "enum": quotes}
        if name == "excerpt":
            return {**schema, "enum": list(range(1, len(request.excerpts) + 1))}
        return (
            {**schema, "minLength": 1, "maxLength": _EMBEDDED_TEXT}
            if schema["type"] == "string"
            else dict(schema)
        )

    return bounded(request.schema())
