"""The embedded server: one child, shared; gone with its parent; adapters that keep to their requests."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from backends.embedded import launch as launching
from backends.embedded.launch import CONTEXT, Child, launch
from backends.embedded.server import EmbeddedServer
from kotae import paths
from kotae.errors import BackendError
from tests.backends.embedded.test_weights import ended, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from kotae.events import Progress

pytestmark = pytest.mark.weights
ROOT = Path(__file__).parents[3]
QUESTION = "Why is the sky blue?"


def post(child: Child, body: dict[str, Any], key: str | None = None) -> tuple[int, dict[str, Any]]:
    """Status and body of a chat completion."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{child.endpoint.base_url}/chat/completions",
        data=msgspec.json.encode({"model": "test", "temperature": 0, "max_tokens": 8, **body}),
        headers={
            "Authorization": f"Bearer {key or child.endpoint.api_key}",
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, msgspec.json.decode(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, msgspec.json.decode(error.read())


def ask(child: Child, scale: float) -> str:
    messages = [{"role": "user", "content": QUESTION}]
    status, body = post(child, {"messages": messages, "lora": [{"id": 0, "scale": scale}]})
    assert status == 200, body
    return str(body["choices"][0]["message"]["content"])


def test_a_request_wears_the_adapter_it_names_and_no_other(child: Child) -> None:
    base, tuned = ask(child, 0.0), ask(child, 1.0)
    assert base != tuned
    assert [ask(child, scale) for scale in (0.0, 1.0)] == [base, tuned]


async def test_requests_at_the_same_time_keep_their_adapters(child: Child) -> None:
    base, tuned = ask(child, 0.0), ask(child, 1.0)
    scales = (0.0, 1.0, 0.0, 1.0)
    answers = await asyncio.gather(*(asyncio.to_thread(ask, child, scale) for scale in scales))
    assert answers == [tuned if scale else base for scale in scales]


def test_a_request_that_names_no_adapter_gets_the_base_model(child: Child) -> None:
    base = ask(child, 0.0)
    status, body = post(child, {"messages": [{"role": "user", "content": QUESTION}]})
    assert status == 200
    assert body["choices"][0]["message"]["content"] == base


def test_nobody_else_on_the_machine_can_use_it(child: Child) -> None:
    status, _ = post(child, {"messages": [{"role": "user", "content": QUESTION}]}, key="guess")
    assert status == 401
    assert child.endpoint.base_url.startswith("http://127.0.0.1:")
    command = Path(f"/proc/{child.process.pid}/cmdline")
    if command.exists():
        assert child.endpoint.api_key.encode() not in command.read_bytes()


def test_the_server_names_the_model_and_no_path(child: Child) -> None:
    _, body = post(child, {"messages": [{"role": "user", "content": QUESTION}]})
    assert body["model"] == "test"


def test_a_prompt_longer_than_the_context_is_refused_in_words(child: Child) -> None:
    status, body = post(child, {"messages": [{"role": "user", "content": "word " * (CONTEXT + 1)}]})
    assert status == 400
    assert body["error"]["type"] == "exceed_context_size_error"
    assert "exceeds the available context size" in body["error"]["message"]


@pytest.mark.parametrize("generating", [False, True])
def test_the_child_dies_with_a_killed_parent(
    model: Path, tmp_path: Path, generating: bool, home: Path
) -> None:
    code = (
        "import sys, threading, time, json, urllib.request\n"
        "from pathlib import Path\n"
        "from backends.embedded.launch import launch\n"
        f"child = launch(Path({str(model)!r}), 'test', [], lambda: False)\n"
        "body = json.dumps({'messages': [{'role': 'user', 'content': 'Count.'}], 'max_tokens': 3000,\n"
        "    'ignore_eos': True, 'stream': True}).encode()\n"
        "request = urllib.request.Request(child.endpoint.base_url + '/chat/completions', data=body,\n"
        "    headers={'Authorization': f'Bearer {child.endpoint.api_key}'})\n"
        f"answer = urllib.request.urlopen(request).readline() if {generating} else b''\n"
        f"Path({str(tmp_path / 'pid')!r}).write_text(str(child.process.pid))\n"
        "time.sleep(100)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "", seconds=60)
    pid = int((tmp_path / "pid").read_text())
    assert not ended(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: ended(pid), seconds=5)


async def test_callers_share_one_child_which_is_started_again_when_it_died() -> None:
    server = EmbeddedServer()
    told: list[Progress] = []
    try:
        one, two = await asyncio.gather(server.start(told.append), server.start())
        assert one == two == await server.start()
        assert [progress.stage for progress in told] == ["Loading SmolLM2-135M-Instruct"]
        assert server._child is not None
        os.kill(server._child.process.pid, signal.SIGKILL)
        server._child.process.wait()
        three = await server.start()
        assert three.base_url != one.base_url
        assert three.api_key != one.api_key
        pid = server._child.process.pid
    finally:
        await server.aclose()
    assert ended(pid)
    await server.aclose()


async def test_an_adapter_that_cannot_be_used_does_not_harm_the_others(adapter: Path, tmp_path: Path) -> None:
    broken, missing = tmp_path / "broken.gguf", tmp_path / "missing.gguf"
    broken.write_bytes(b"GGUF and then nonsense")
    server = EmbeddedServer([broken, adapter, missing])
    try:
        await server.start()
        assert server.lora(adapter) == {"lora": [{"id": 0, "scale": 1.0}]}
        assert server.lora(None) == {"lora": [{"id": 0, "scale": 0.0}]}
        with pytest.raises(BackendError, match=r"can't wear the adapter .*broken\.gguf") as caught:
            server.lora(broken)
        assert str(paths.log_file("embedded")) in caught.value.hint
        with pytest.raises(BackendError, match=r"There is no adapter .*missing\.gguf") as caught:
            server.lora(missing)
        assert "python -m sample_manual.train_adapter" in caught.value.hint
    finally:
        await server.aclose()


def test_a_broken_model_is_told_with_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "model.gguf"
    broken.write_bytes(b"GGUF and then nonsense")
    with pytest.raises(
        BackendError, match=r"could not be started: llama\.cpp can't load .*model\.gguf"
    ) as caught:
        launch(broken, "test", [], lambda: False)
    log = paths.log_file("embedded")
    assert caught.value.hint == f"See {log}."
    assert "model.gguf" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    assert capfd.readouterr() == ("", "")


def test_a_child_that_dies_at_once_is_told(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 7\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(BackendError, match=r"its process ended at once \(exit code 7\)"):
        launch(model, "test", [], lambda: False)


async def test_a_start_that_nobody_waits_for_any_longer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    processes: list[subprocess.Popen[str]] = []
    real = launching._greet

    def slow(process: subprocess.Popen[str], wanted: dict[str, Any], cancelled: Callable[[], bool]) -> Any:
        processes.append(process)
        while not cancelled():
            time.sleep(0.02)
        return real(process, wanted, cancelled)

    monkeypatch.setattr(launching, "_greet", slow)
    server = EmbeddedServer()
    callers = [asyncio.create_task(server.start()) for _ in range(2)]
    await asyncio.to_thread(until, lambda: bool(processes))
    callers[0].cancel()
    await asyncio.sleep(0)
    assert processes[0].poll() is None
    callers[1].cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    await asyncio.to_thread(until, lambda: processes[0].poll() is not None)
    monkeypatch.setattr(launching, "_greet", real)
    await server.start()
    await server.aclose()
