"""An OpenAI-compatible server on loopback that does what a test tells it, misbehaviour included."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

Script = Callable[[asyncio.StreamWriter, dict[str, Any]], Awaitable[None]]

_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class ScriptedServer:
    """Plays its scripts in order, one a request; the last one is played again for any further request."""

    def __init__(self) -> None:
        self.scripts: list[Script] = [answers("Hello from the server.")]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.base_url = ""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._tasks)

    def plays(self, *scripts: Script) -> None:
        self.scripts = list(scripts)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._serve(reader, writer):
                pass
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.headers.append(headers)
        self.requests.append(json.loads(body) if body else {})
        script = self.scripts[min(len(self.requests) - 1, len(self.scripts) - 1)]
        await script(writer, self.requests[-1])
        await writer.drain()
        return not writer.is_closing()


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
        body = json.dumps(
            {"error": {"message": message, "type": "error", "param": None, "code": None, **error}}
        ).encode()
        writer.write(
            f"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
            + body
        )

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
