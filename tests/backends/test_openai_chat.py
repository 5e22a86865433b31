"""The way to a server: past a proxy to what runs on this machine, through it to anything else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from backends.embedded.server import EmbeddedServer
from backends.model import Model
from backends.openai_chat import ChatClient, endpoint_of
from kotae.conversation import Message
from kotae.errors import BackendError
from kotae.events import Delta
from kotae.settings import BackendSettings
from tests.scripted_server import ScriptedServer

HELLO = (Message("user", "hello"),)


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[bytes]]:
    """What reaches the proxy that the environment names; it answers nothing."""
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.close()

    running = await asyncio.start_server(hear, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, address)
        monkeypatch.setenv(name.lower(), address)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield heard
    running.close()


async def said(base_url: str, **more: str) -> str:
    table = BackendSettings(model="m", base_url=base_url, max_retries=0, timeout=5, **more)  # type: ignore[arg-type]
    client = ChatClient(table, endpoint_of("base", table, base_url))
    try:
        return "".join([e.text async for e in client.stream(HELLO) if isinstance(e, Delta)])
    finally:
        await client.aclose()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
async def test_a_server_on_this_machine_is_asked_past_the_proxy(
    server: ScriptedServer, proxy: list[bytes], host: str
) -> None:
    assert await said(server.base_url.replace("127.0.0.1", host)) == "Hello from the server."
    assert proxy == []


async def test_so_is_one_on_the_other_loopback_addresses(server: ScriptedServer, proxy: list[bytes]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for url in (f"http://127.8.8.8:{port}/v1", f"http://[::1]:{port}/v1", f"http://x.localhost:{port}/v1"):
        with pytest.raises(BackendError):
            await said(url)
    assert proxy == []


async def test_azures_api_on_this_machine_is_asked_past_the_proxy_too(
    server: ScriptedServer, proxy: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    assert await said(server.base_url, api_version="2024-10-21") == "Hello from the server."
    assert proxy == []


async def test_a_server_elsewhere_is_asked_through_the_proxy(proxy: list[bytes]) -> None:
    with pytest.raises(BackendError):
        await said("http://models.invalid/v1")
    assert proxy[0].startswith(b"POST http://models.invalid/v1/chat/completions ")


async def test_the_connection_to_a_server_that_was_replaced_is_closed(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model("base", BackendSettings(model="m"), EmbeddedServer())
    async with ScriptedServer() as other:
        for address in (server.base_url, other.base_url):
            monkeypatch.setenv("OPENAI_BASE_URL", address)
            async for _ in model.stream(HELLO):
                pass
        async with asyncio.timeout(5):
            while server.connections:  # noqa: ASYNC110 - closing is the other side's doing, and tells nobody
                await asyncio.sleep(0.01)
        assert other.connections == 1
        await model.aclose()
