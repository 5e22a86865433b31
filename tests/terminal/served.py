"""Servers beside tests that are not asynchronous."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cli.command import KOTAE
from tests.loopback_server import LoopbackServer
from tests.scripted_server import Script, ScriptedServer


@contextmanager
def beside(server: LoopbackServer) -> Iterator[None]:
    """A server in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


class Served:
    """A scripted server, and the command that talks to it."""

    def __init__(self) -> None:
        self.server = ScriptedServer()

    @property
    def command(self) -> list[str | Path]:
        return [KOTAE, "--base-url", self.server.base_url, "--model", "m"]

    @property
    def requests(self) -> list[dict[str, Any]]:
        return list(self.server.requests)

    def plays(self, *scripts: Script) -> None:
        self.server.plays(*scripts)
