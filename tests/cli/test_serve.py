"""`kotae serve`: its options, what the shell makes of them, and who may talk to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import click
import pytest
from aiohttp import web

from kotae.cli import chat
from kotae.cli.group import cli
from kotae.cli.serve import command, shell_command
from kotae.cli.web_server import WebServer, is_loopback, listen, url_of
from kotae.errors import KotaeError
from tests.cli.command import KOTAE, kotae
from tests.terminal.tmux import children_of

HOSTILE = [
    "$(touch owned)",
    "`touch owned`",
    "a'b\"c",
    "; touch owned",
    "-rf",
    "a\nb",
    "*",
    "日本 語",
    "&& touch owned",
    "\\",
]


def context(*arguments: str) -> click.Context:
    """The context of `kotae ARGUMENTS`, down to that of `serve`."""
    root = cli.make_context("kotae", list(arguments))
    return command.make_context("serve", list(root._protected_args[1:] + root.args), parent=root)


def test_options_reach_the_chat_as_they_were_given() -> None:
    words = shlex.split(
        shell_command(context("--debug", "serve", "--port", "9", "--backend", "rag", "--present", "--resume"))
    )
    assert words[0] == "exec"
    assert words[-5:] == ["--debug", "chat", "--backend=rag", "--resume=last", "--present"]


@pytest.mark.parametrize("value", HOSTILE)
def test_to_the_shell_they_are_nothing_but_text(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = tmp_path / "spy python"
    spy.write_text(
        f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n", encoding="utf-8"
    )
    spy.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(spy))
    line = shell_command(context("--settings", value, "serve", f"--manual={value}", f"--model={value}"))
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True, cwd=tmp_path)  # noqa: S602
    assert json.loads(done.stdout)[3:] == [
        f"--settings={value}",
        "chat",
        f"--model={value}",
        f"--manual={value}",
    ]
    assert not (tmp_path / "owned").exists()


def test_every_option_of_the_chat_is_taken() -> None:
    names = {param.name for param in command.params}
    assert {param.name for param in chat.command.params} < names


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--backend", "nobody"], 1, "There is no backend 'nobody'."),
        (["--script", "none.txt"], 1, "none.txt can't be read: No such file or directory."),
        (["--resume", "nothing"], 1, "No conversation in"),
        (["--nonsense"], 2, "No such option"),
        (["--port", "70000"], 2, "70000 is not in the range"),
        (["--public-url", "kotae.example.org"], 2, "has to be an address such as"),
        (["--host", "256.0.0.1"], 1, "256.0.0.1, port 8000 can't be listened on"),
    ],
)
async def test_what_is_wrong_is_said_before_anything_is_served(
    arguments: list[str], code: int, said: str
) -> None:
    done = await kotae("serve", *arguments)
    assert done.code == code
    assert said in done.err
    assert "Traceback" not in done.err


async def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        done = await kotae("serve", "--port", str(port))
    assert done.code == 1
    assert done.err == (
        f"kotae: 127.0.0.1, port {port} can't be listened on: Address already in use. "
        "Name another with --port or --host.\n"
    )


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    with pytest.raises(
        KotaeError, match=r"needs the extra `serve`\. Install it: pip install textual-serve\."
    ):
        command.main([], standalone_mode=False)


@contextlib.asynccontextmanager
async def served(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """`kotae serve`, once it is there, and what it has said."""
    process = await asyncio.create_subprocess_exec(
        KOTAE, "serve", "--port", "0", *arguments, stderr=asyncio.subprocess.PIPE, cwd=os.environ["HOME"]
    )
    assert process.stderr is not None
    said: list[str] = []
    try:
        while not said or "Kotae is at" not in said[-1]:
            line = (await asyncio.wait_for(process.stderr.readline(), 30)).decode()
            assert line, f"it ended: {said}"
            said.append(line)
        yield process, said
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_it_listens_on_this_machine_alone_and_ends_quietly() -> None:
    async with served() as (process, said):
        assert len(said) == 1
        assert re.fullmatch(r"Kotae is at http://127\.0\.0\.1:\d+ \(Ctrl\+C ends it\)\.\n", said[0])
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 15) == 0


async def test_another_address_brings_one_loud_line() -> None:
    async with served("--host", "0.0.0.0") as (_, said):  # noqa: S104 - what is tested
        assert len(said) == 2
        assert "WARNING:" in said[0]
        assert "There is no password" in said[0]
        assert re.search(r"Kotae is at http://localhost:\d+", said[1])


async def test_a_session_is_a_process_that_ends_with_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")  # no manual is indexed for it
    async with served() as (process, said), aiohttp.ClientSession() as session:
        page = said[0].split()[3]
        async with session.ws_connect(f"{page}/ws?width=80&height=24", headers={"Origin": page}) as first:
            await asyncio.wait_for(first.receive_bytes(), 30)
            async with session.ws_connect(f"{page}/ws", headers={"Origin": page}) as second:
                await asyncio.wait_for(second.receive_bytes(), 30)
                chats = [pid for pid in children_of(process.pid) if "chat" in _words(pid)]
                assert len(chats) == 2
            await _gone(1, chats)
            process.kill()
            await _gone(2, chats)


def _words(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
    return []


async def _gone(count: int, pids: list[int]) -> None:
    async with asyncio.timeout(20):
        while sum(not _words(pid) for pid in pids) < count:  # noqa: ASYNC110 - nothing tells of another's end
            await asyncio.sleep(0.05)


# -- who may talk to it -----------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def page(public_url: str = "") -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """The server in this process, with a program that ends at once behind it: its address, and a client."""
    listening = listen("127.0.0.1", 0)
    server = WebServer("exec true", listening, host="127.0.0.1", public_url=public_url)
    runner = web.AppRunner(await server._make_app())
    await runner.setup()
    await web.SockSite(runner, listening).start()
    try:
        async with aiohttp.ClientSession() as session:
            yield url_of(listening), session
    finally:
        await runner.cleanup()


async def test_the_page_brings_everything_along() -> None:
    async with page() as (url, session):
        async with session.get(url) as answer:
            text = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        parts = re.findall(r'(?:src|href)="([^"]+)"|url\("([^"]+)"\)', text)
        assert all(part.startswith((url, "data:,")) for pair in parts for part in pair if part)
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        for part in {part for pair in parts for part in pair if part.startswith(url)}:
            async with session.get(part) as answer:
                assert answer.status == 200, part


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "[::1", "local host", "@127.0.0.1"],
)
async def test_a_name_that_is_not_ours_is_refused(host: str) -> None:
    async with page() as (url, session):
        for path in ("/", "/ws", "/static/js/textual.js", "/download/x"):
            headers = {"Host": host, "Origin": f"http://{host}"}
            async with session.get(f"{url}{path}", headers=headers) as answer:
                assert answer.status in (400, 403)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "http://127.0.0.1",
        "https://{host}",
        "http://{host}.evil.example",
        "http://127.0.0.1:99999",
    ],
)
async def test_a_page_from_elsewhere_gets_no_session(origin: str) -> None:
    async with page() as (url, session):
        headers = {"Origin": origin.format(host=url.removeprefix("http://"))}
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(f"{url}/ws", headers=headers)
        assert caught.value.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{url}/ws")


async def test_our_own_page_gets_a_session() -> None:
    async with page() as (url, session):
        for name in (url, url.replace("127.0.0.1", "localhost")):
            socket = await session.ws_connect(
                f"{url}/ws", headers={"Origin": name, "Host": name.removeprefix("http://")}
            )
            await socket.close()


async def test_behind_a_proxy_the_public_address_counts() -> None:
    public = "https://kotae.example.org"
    async with page(f"{public}/") as (url, session):
        headers = {"Host": "kotae.example.org", "Origin": public}
        async with session.get(url, headers=headers) as answer:
            assert 'data-session-websocket-url="wss://kotae.example.org/ws"' in await answer.text()
        socket = await session.ws_connect(f"{url}/ws", headers=headers)
        await socket.close()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{url}/ws", headers={"Origin": url})


async def test_a_font_size_is_a_number() -> None:
    async with page() as (url, session):
        for given, used in (("20", "20"), ('"><script>', "16"), ("-1", "16"), ("99999", "16")):
            async with session.get(url, params={"fontsize": given}) as answer:
                assert f'data-font-size="{used}"' in await answer.text()


@pytest.mark.parametrize(
    ("host", "loopback", "url"),
    [
        ("127.0.0.1", True, r"http://127\.0\.0\.1:\d+"),
        ("localhost", True, "http://.*:"),
        ("0.0.0.0", False, r"http://localhost:\d+"),  # noqa: S104 - what is tested
    ],
)
def test_where_it_is_found(host: str, loopback: bool, url: str) -> None:
    with listen(host, 0) as listening:
        assert is_loopback(listening) == loopback
        assert re.match(url, url_of(listening))
