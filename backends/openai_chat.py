"""The one client that all built-in backends share: streaming chat completions from any OpenAI-compatible server."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backends.server_errors import PART_KEPT, explain, no_chat_completion
from kotae.conversation import Message, TokenUsage
from kotae.errors import BackendError
from kotae.events import BackendEvent, Delta, Finished, Used
from kotae.settings import BackendSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionChunk

# openai brings a second HTTP client along where aiohttp happens to be installed, as it is with the extra `serve`. Nobody asks it
# for anything, and it takes the screen's process 9 MiB; openai takes it for absent where it can't be imported.
sys.modules.setdefault("openai._vendor.httpx_aiohttp", None)  # type: ignore[arg-type]

_CONNECT_TIMEOUT = 10.0
_OPTIONAL = ("temperature", "top_p", "seed", "frequency_penalty", "stream_options")
"""Parameters that some servers and models refuse; an answer without them is better than none."""
_FORMAT = re.compile(r"response[_ ]?format|json_schema|structured output")
"""How servers name the wish for an answer in JSON when they don't fulfil it; they seldom say that they don't know it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is, and the key to it."""

    base_url: str
    api_key: str
    model: str


class ChatClient:
    """Streams answers of one model on one server. The connection is made at the first answer and kept."""

    def __init__(self, table: BackendSettings, endpoint: Endpoint) -> None:
        self._table = table
        self._endpoint = endpoint
        self._client: AsyncOpenAI | None = None
        self._refused: dict[str, str | None] = {}

    async def stream(
        self,
        messages: Sequence[Message],
        extra_body: Mapping[str, Any] | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[BackendEvent]:
        """Yields `Delta`s, then `Used`, then `Finished`.

        Args:
            messages: what is sent.
            extra_body: what is added to the request.
            schema: JSON schema that the answer is to follow; servers that know no such wish answer as they like.

        Raises:
            BackendError: the server refused, broke off, stayed silent, or made no sense.
        """
        try:
            async with aclosing(self._stream(messages, extra_body or {}, schema)) as events:
                async for event in events:
                    yield event
        except BackendError:
            raise
        except Exception as error:
            if (explained := self._explained(error)) is None:
                raise
            raise explained from error

    async def models(self) -> list[str]:
        """The models that the server lists; empty where it lists none.

        Raises:
            BackendError: the server refused or is not there.
        """
        import openai

        try:
            return [model.id async for model in await self._connected().models.list()]
        except openai.NotFoundError:
            return []  # a server need not list its models
        except Exception as error:
            if (explained := self._explained(error)) is None:
                raise
            raise explained from error

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _explained(self, error: Exception) -> BackendError | None:
        explained = explain(error, self._endpoint.base_url, self._endpoint.model, self._table)
        return None if explained is None else without_key(explained, self._endpoint.api_key)

    async def _stream(
        self, messages: Sequence[Message], extra_body: Mapping[str, Any], schema: Mapping[str, Any] | None
    ) -> AsyncGenerator[BackendEvent]:
        reason = model = ""
        answered = understood = False
        usage = TokenUsage()
        async with await self._open(messages, extra_body, schema) as chunks:
            async for chunk in chunks:
                model = chunk.model or model
                usage = _usage(chunk, model) or usage
                understood = understood or chunk.choices is not None
                if not chunk.choices:
                    continue
                choice = chunk.choices[0]
                content = choice.delta.content if choice.delta is not None else None
                if content and not isinstance(content, str):  # the client checks no types
                    raise no_chat_completion(self._endpoint.base_url)
                if content:
                    answered = True
                    yield Delta(content)
                reason = choice.finish_reason or reason
        if usage.prompt_tokens or usage.completion_tokens or model:
            yield Used(TokenUsage(**{**asdict(usage), "model": model}))
        if not understood:
            raise no_chat_completion(self._endpoint.base_url)
        if not answered:
            raise BackendError(*_nothing(reason, self._endpoint))
        if not reason:
            raise BackendError(
                f"The connection to {self._endpoint.base_url} broke off before the answer had ended.",
                f"{PART_KEPT} Retry; if it happens again, see the server's log.",
            )
        if reason == "content_filter":
            raise BackendError(
                "The server's content filter cut the answer off.",
                f"{PART_KEPT} Ask in other words.",
            )
        yield Finished("length" if reason == "length" else "stop")

    async def _open(
        self, messages: Sequence[Message], extra_body: Mapping[str, Any], schema: Mapping[str, Any] | None
    ) -> Any:
        """Sends the request, once more without each parameter that the server names and refuses."""
        from openai import BadRequestError, UnprocessableEntityError

        client = self._connected()
        while True:
            arguments = self._arguments(messages, schema)
            try:
                return await client.chat.completions.create(**arguments, extra_body=dict(extra_body) or None)
            except (BadRequestError, UnprocessableEntityError) as error:
                name = _refused_parameter(error, arguments)
                if name is None:
                    raise
                self._refused[name] = "max_completion_tokens" if name == "max_tokens" else None

    def _arguments(self, messages: Sequence[Message], schema: Mapping[str, Any] | None) -> dict[str, Any]:
        table = self._table
        arguments: dict[str, Any] = {
            "model": self._endpoint.model,
            "messages": [asdict(message) for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": table.temperature,
            "top_p": table.top_p,
            "max_tokens": table.max_tokens,
            "frequency_penalty": table.frequency_penalty,
            "seed": table.seed,
            "response_format": _json(schema) if schema is not None else None,
        }
        for refused, instead in self._refused.items():
            value = arguments.pop(refused, None)
            if instead is not None:
                arguments[instead] = value
        return {name: value for name, value in arguments.items() if value is not None}

    def _connected(self) -> AsyncOpenAI:
        if self._client is None:
            self._client = connected(self._table, self._endpoint)
        return self._client


def connected(table: BackendSettings, endpoint: Endpoint) -> AsyncOpenAI:
    """A client of an endpoint: of Azure's dated API where the table names its version, else of any OpenAI-compatible server."""
    from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

    # What is said on this machine stays on it: a proxy would be sent the prompt and the key, and reach its own
    # loopback, not ours.
    direct = DefaultAsyncHttpxClient(trust_env=False) if _on_loopback(endpoint.base_url) else None
    timeout = Timeout(table.timeout, connect=min(_CONNECT_TIMEOUT, table.timeout))
    if table.api_version:
        return AsyncAzureOpenAI(
            azure_endpoint=endpoint.base_url,
            api_key=endpoint.api_key,
            api_version=table.api_version,
            timeout=timeout,
            max_retries=table.max_retries,
            http_client=direct,
        )
    return AsyncOpenAI(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key,
        timeout=timeout,
        max_retries=table.max_retries,
        http_client=direct,
    )


def endpoint_of(name: str, table: BackendSettings, base_url: str) -> Endpoint:
    """The endpoint that a table and the environment name.

    Raises:
        BackendError: there is no model, or no key where api.openai.com or Azure wants one.
    """
    if not table.model:
        raise BackendError(
            f"No model is named for the backend {name} on {base_url}.",
            f"Pass --model, or set `model` in [backends.{name}] of the settings file.",
        )
    key = os.environ.get(table.api_key_env, "")
    if not key and ("api.openai.com" in base_url or table.api_version):
        raise BackendError(
            f"The backend {name} needs a key for {base_url}.",
            f"Set the environment variable {table.api_key_env}.",
        )
    # Local servers take any key, but the client insists on one.
    return Endpoint(base_url, key or "none", table.model)


def _on_loopback(base_url: str) -> bool:
    """Whether a URL names this machine itself: 127.0.0.0/8, ::1, or localhost and what is below it (RFC 6761)."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _usage(chunk: ChatCompletionChunk, model: str) -> TokenUsage | None:
    if (usage := chunk.usage) is None:
        return None
    # The client checks no types, and a price is made of these.
    return TokenUsage(
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
        cached_tokens=_count(getattr(usage, "prompt_tokens_details", None), "cached_tokens"),
        model=model,
    )


def _count(told: object, name: str) -> int:
    found = getattr(told, name, None)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0


def _nothing(reason: str, endpoint: Endpoint) -> tuple[str, str]:
    if reason == "content_filter":
        return "The server's content filter held the answer back.", "Ask in other words."
    if reason == "length":
        return (
            "The answer had no room: not one token of it fitted.",
            "Raise max_tokens, or shorten the conversation.",
        )
    return f"{endpoint.model} on {endpoint.base_url} gave an empty answer.", "Retry, or ask in other words."


def _refused_parameter(error: Any, arguments: Mapping[str, Any]) -> str | None:
    body = error.body if isinstance(error.body, dict) else {}
    named, text = str(body.get("param") or ""), json.dumps(body).casefold()
    complains = any(
        word in text for word in ("unsupported", "not supported", "unrecognized", "unknown", "extra")
    )
    for name in ("max_tokens", *_OPTIONAL):
        if name in arguments and (named == name or (not named and complains and f"{name}" in text)):
            return name
    if "response_format" in arguments and _FORMAT.search(text):
        return "response_format"
    return None


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Structured output, as api.openai.com has it and most servers have taken it over."""
    return {
        "type": "json_schema",
        "json_schema": {"name": "reply", "strict": True, "schema": dict(schema)},
    }


def without_key(error: BackendError, key: str) -> BackendError:
    """Servers repeat the key they refuse; it must not come to the screen, the transcript or the log."""
    if len(key) < 8:
        return error
    return type(error)(error.message.replace(key, "***"), error.hint.replace(key, "***"))
