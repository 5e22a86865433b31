"""A scripted server beside a test that is not asynchronous."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

from tests.cli.command import KOTAE
from tests.scripted_server import Script, ScriptedServer


class Served:
    """A scripted server in a thread of its own, and the command that talks to it."""

    def __init__(self) -> None:
        self._server = ScriptedServer()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def command(self) -> list[str | Path]:
        return [KOTAE, "--base-url", self._server.base_url, "--model", "m"]

    @property
    def requests(self) -> list[dict[str, Any]]:
        return list(self._server.requests)

    def plays(self, *scripts: Script) -> None:
        self._server.plays(*scripts)

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.__aenter__(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._server.__aexit__(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
