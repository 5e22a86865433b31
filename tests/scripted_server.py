"""An OpenAI-compatible server on loopback that does what a test tells it, misbehaviour included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tests.loopback_server import Asked, LoopbackServer, response

Script = Callable[[asyncio.StreamWriter, dict[str, Any]], Awaitable[None]]

_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class ScriptedServer(LoopbackServer):
    """Plays its scripts in order, one a request; the last one is played again for any further request."""

    def __init__(self) -> None:
        super().__init__("/v1")
        self.scripts: list[Script] = [answers("Hello from the server.")]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    def plays(self, *scripts: Script) -> None:
        self.scripts = list(scripts)

    async def reply(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.headers.append(asked.headers)
        self.requests.append(json.loads(asked.body) if asked.body else {})
        script = self.scripts[min(len(self.requests) - 1, len(self.scripts) - 1)]
        await script(writer, self.requests[-1])


def chunk(text: str | None, *, finish: str | None = None, model: str = "scripted-1") -> bytes:
    """One server-sent event with a piece of an answer."""
    delta = {"content": text} if text is not None else {}
    return event(
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
    )


def event(data: object) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def usage(prompt: int, completion: int, cached: int = 0) -> bytes:
    return event(
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "scripted-1",
            "choices": [],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "prompt_tokens_details": {"cached_tokens": cached},
            },
        }
    )


DONE = b"data: [DONE]\n\n"


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


def streams(*events: bytes, end: bool = True) -> Script:
    """Sends the given events; without `end` the connection is cut where the answer should go on."""

    async def script(writer: asyncio.StreamWriter, _: dict[str, Any]) -> None:
        writer.write(_STREAM_HEAD)
        for data in events:
            await _send(writer, data)
        if end:
            writer.write(b"0\r\n\r\n")
        else:
            writer.close()

    return script


def answers(text: str, *, finish: str = "stop", pieces: Sequence[str] = ()) -> Script:
    """A whole, well-formed answer, a word an event."""
    words = pieces or [word if i == 0 else f" {word}" for i, word in enumerate(text.split(" "))]
    return streams(*map(chunk, words), chunk(None, finish=finish), usage(12, len(words), 4), DONE)


def rewords(question: str, *sub_questions: str, model: str = "scripted-1") -> Script:
    """What a model replies that words queries, as asked: in JSON, cut in the middle of it."""
    text = json.dumps({"question": question, "sub_questions": sub_questions}, ensure_ascii=False)
    half = len(text) // 2
    pieces = (chunk(text[:half], model=model), chunk(text[half:], model=model))
    return streams(*pieces, chunk(None, finish="stop", model=model), DONE)


def knows_no_schema(script: Script, *, status: int = 400, message: str = "", **error: Any) -> Script:
    """Refuses a request for an answer in JSON, in the words of one of the many servers that do; else as `script`."""

    async def chosen(writer: asyncio.StreamWriter, request: dict[str, Any]) -> None:
        refusal = refuses(status, message or "This response_format type is unavailable now", **error)
        await (refusal if "response_format" in request else script)(writer, request)

    return chosen


def cut_after(*pieces: str) -> Script:
    """The first pieces of an answer, then the connection is gone."""
    return streams(*map(chunk, pieces), end=False)


def refuses(status: int, message: str, *, headers: str = "", **error: Any) -> Script:
    """An error as api.openai.com words it."""

    async def script(writer: asyncio.StreamWriter, _: dict[str, Any]) -> None:
        told = {"error": {"message": message, "type": "error", "param": None, "code": None, **error}}
        writer.write(response(status, told, headers))

    return script


def raw(data: bytes) -> Script:
    """Bytes as they are."""

    async def script(writer: asyncio.StreamWriter, _: dict[str, Any]) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()

    return script


async def silent(writer: asyncio.StreamWriter, _: dict[str, Any]) -> None:
    """Takes the request and never answers."""
    await asyncio.Event().wait()


def stalls_after(*pieces: str) -> Script:
    """The first pieces of an answer, then nothing more, with the connection open."""

    async def script(writer: asyncio.StreamWriter, request: dict[str, Any]) -> None:
        await streams(*map(chunk, pieces), end=True)(_Unending(writer), request)  # type: ignore[arg-type]
        await asyncio.Event().wait()

    return script


class _Unending:
    """A writer that leaves out the chunk that ends a body."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        if data != b"0\r\n\r\n":
            self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()
