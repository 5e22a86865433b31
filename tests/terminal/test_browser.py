"""The chat in a real browser, from the page to the answer."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import pyte
import pytest
from playwright.async_api import async_playwright

from tests.cli.test_serve import served
from tests.scripted_server import ScriptedServer, answers

if TYPE_CHECKING:
    from playwright.async_api import WebSocket

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


async def until(condition: Callable[[], bool], limit: float = 30.0) -> None:
    """Waits until `condition` holds."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110 - what the page shows tells nobody that it changed
            await asyncio.sleep(0.05)


class Seen:
    """What the page is sent to show, as a terminal of that size shows it."""

    def __init__(self) -> None:
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)

    def follow(self, socket: WebSocket) -> None:
        width, height = (int(part.partition("=")[2]) for part in socket.url.partition("?")[2].split("&"))
        self._screen.resize(height, width)
        socket.on("framereceived", self._take)

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self._stream.feed(frame)

    def __contains__(self, text: str) -> bool:
        return text in "\n".join(self._screen.display)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
async def test_a_question_typed_into_the_page_is_answered(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")  # no manual is indexed for it
    server.plays(answers("Only the **Controller** may."))
    asked_for: list[str] = []
    said: list[str] = []
    seen = Seen()
    options = ("--base-url", server.base_url, "--model", "m", "--backend", "base")
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    async with served(*options) as (_, lines), async_playwright() as playwright:
        page_at = lines[-1].split()[3]
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=[*_ARGUMENTS, *root])
        page = await browser.new_page()
        page.on("request", lambda request: asked_for.append(request.url))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("websocket", seen.follow)
        await page.goto(page_at)
        await until(lambda: "Ask about the manual" in seen)
        await page.wait_for_function("document.activeElement.classList.contains('xterm-helper-textarea')")
        await page.keyboard.type("誰が再開できますか?")
        await page.keyboard.press("Enter")
        await until(lambda: "Only the Controller may." in seen)
        await page.keyboard.press("Control+q")
        await page.wait_for_selector("text=Session ended.")
        await browser.close()
    assert server.requests[0]["messages"][-1]["content"] == "誰が再開できますか?"
    assert said == []
    assert all(url.startswith(page_at) for url in asked_for)
    assert len(asked_for) >= 5
