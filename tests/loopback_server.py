"""A server on loopback: as much of HTTP as the servers of these tests have in common."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes


class LoopbackServer:
    """Reads requests, one after the other on each connection; what is said to them is `reply`'s to write.

    Args:
        root: what all paths begin with; the `base_url` ends in it.
    """

    def __init__(self, root: str) -> None:
        self.base_url = ""
        self._root = root
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._tasks)

    async def reply(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Answers a request; a writer that is closed ends the connection."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 24)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{self._root}"
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
            while not writer.is_closing():
                await self.reply(await _read(reader), writer)
                await writer.drain()
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    return Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def response(status: int, said: Any, headers: str = "") -> bytes:
    """A response with JSON, or with bytes as they are.

    Args:
        headers: further ones, each with its line end.
    """
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    kind = "application/octet-stream" if isinstance(said, bytes) else "application/json"
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body
