"""Servers that misbehave: each ends in one clear line with what to do, and the transcript is whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backends.base import Base
from backends.embedded.server import EmbeddedServer
from backends.model import Model
from kotae.backend import AnswerRequest
from kotae.conversation import Turn
from kotae.settings import BackendSettings, FlagSettings
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder
from kotae.turn import TurnContext, TurnRun
from plugins.manager import PluginManager
from tests.scripted_server import (
    DONE,
    ScriptedServer,
    answers,
    chunk,
    cut_after,
    event,
    raw,
    refuses,
    silent,
    stalls_after,
    streams,
)

KEY = "sk-secret-0123456789"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def asked(server: ScriptedServer, tmp_path: Path) -> Callable[..., object]:
    async def ask(**table: object) -> tuple[Turn, Turn]:
        """One turn against the server, as it ended and as the transcript has it."""
        settings = BackendSettings(
            **{"base_url": server.base_url, "model": "m", "max_retries": 0, "timeout": 0.5, **table}  # type: ignore[arg-type]
        )
        backend = Base("base", Model("base", settings, EmbeddedServer()))
        recorder = Recorder(tmp_path, "c")
        context = TurnContext(
            hooks=PluginManager(), recorder=recorder, flags=FlagSettings(enabled=False), table=settings
        )
        run = TurnRun(backend, AnswerRequest(question="Who may reopen a period?"), context)
        async for _ in run:
            pass
        recorder.close()
        await backend.aclose()
        return run.turn, read(recorder.path).turns[run.turn.id]

    return ask


async def test_a_whole_answer_is_kept_with_its_usage(
    server: ScriptedServer, asked: Callable[..., object]
) -> None:
    server.plays(answers("The Controller may."))
    turn, recorded = await asked(price_input=1.0, price_output=2.0)  # type: ignore[misc]
    assert (turn.answer, turn.status) == ("The Controller may.", "stop")
    assert turn.usage.model == "scripted-1"
    assert (turn.usage.prompt_tokens, turn.usage.completion_tokens, turn.usage.cached_tokens) == (12, 3, 4)
    assert turn.cost == pytest.approx((12 * 1.0 + 3 * 2.0) / 1e6)
    assert recorded == turn


@pytest.mark.parametrize(
    ("script", "message", "hint"),
    [
        (refuses(401, f"Incorrect API key provided: {KEY}."), "refused the key (401)", "OPENAI_API_KEY"),
        (refuses(404, "The model `m` does not exist"), "knows no model 'm' (404)", "--model"),
        (refuses(429, "Rate limit reached", headers="Retry-After: 7\r\n"), "too many requests (429)", "wait 7 s"),
        (refuses(429, "You exceeded your current quota", code="insufficient_quota"), "quota is used up", "billing"),
        (refuses(500, "The server had an error"), "failed (500)", "Retry"),
        (refuses(400, "maximum context length is 8192 tokens"), "too long", "new conversation"),
        (silent, "did not answer within 0.5 s", "timeout"),
        (streams(b"data: {not json\n\n", DONE), "no chat completion", "base_url"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html>login</"), "no chat completion", "base_url"),
        (streams(event({"hello": "world"})), "no chat completion", "base_url"),
        (streams(event({"choices": [{"delta": {"content": 42}}]})), "no chat completion", "base_url"),
        (raw(b"nothing like HTTP\r\n\r\n"), "broke off", "Retry"),
        (streams(chunk(None, finish="stop"), DONE), "empty answer", "Retry"),
        (streams(event({"error": {"message": "out of memory"}})), "out of memory", "Retry"),
    ],
    ids=[
        "401", "404", "429-retry-after", "429-quota", "500", "too-long", "never-answers", "malformed-sse",
        "login-page", "other-json", "number-for-text",
        "no-http", "empty", "error-in-stream",
    ],
)  # fmt: skip
async def test_a_refusal_is_one_line_with_what_to_do(
    server: ScriptedServer, asked: Callable[..., object], script: object, message: str, hint: str
) -> None:
    server.plays(script)  # type: ignore[arg-type]
    turn, recorded = await asked()  # type: ignore[misc]
    assert turn.status == "error"
    assert message in turn.error
    assert hint in turn.hint
    assert "\n" not in turn.error + turn.hint
    assert KEY not in turn.error + turn.hint
    assert turn.answer == ""
    assert recorded == turn


@pytest.mark.parametrize(
    "script", [cut_after("The ", "Contr"), stalls_after("The ", "Contr")], ids=["cut", "stalled"]
)
async def test_what_came_before_the_break_is_kept(
    server: ScriptedServer, asked: Callable[..., object], script: object
) -> None:
    server.plays(script)  # type: ignore[arg-type]
    turn, recorded = await asked()  # type: ignore[misc]
    assert turn.status == "error"
    assert turn.answer == recorded.answer == "The Contr"
    assert turn.error.startswith((f"The connection to {server.base_url} broke off", server.base_url))
    assert recorded == turn


async def test_a_refused_request_is_sent_again_after_retry_after(
    server: ScriptedServer, asked: Callable[..., object]
) -> None:
    server.plays(refuses(429, "Slow down", headers="Retry-After: 0.01\r\n"), answers("Here."))
    turn, _ = await asked(max_retries=1)  # type: ignore[misc]
    assert (turn.answer, turn.status, len(server.requests)) == ("Here.", "stop", 2)


async def test_a_parameter_the_model_refuses_is_left_out(
    server: ScriptedServer, asked: Callable[..., object]
) -> None:
    server.plays(
        refuses(400, "Unsupported parameter: use 'max_completion_tokens' instead.", param="max_tokens"),
        refuses(400, "Unsupported value: 'temperature' does not support 0.2.", param="temperature"),
        answers("Here."),
    )
    turn, _ = await asked(max_tokens=512)  # type: ignore[misc]
    assert turn.answer == "Here."
    assert "max_tokens" not in server.requests[-1]
    assert "temperature" not in server.requests[-1]
    assert server.requests[-1]["max_completion_tokens"] == 512


async def test_an_answer_cut_by_max_tokens_says_so(
    server: ScriptedServer, asked: Callable[..., object]
) -> None:
    server.plays(answers("The Controller", finish="length"))
    turn, _ = await asked()  # type: ignore[misc]
    assert turn.status == "length"


async def test_no_server_at_all_says_so(asked: Callable[..., object], unused_tcp_port: int) -> None:
    turn, _ = await asked(base_url=f"http://127.0.0.1:{unused_tcp_port}/v1")  # type: ignore[misc]
    assert "can't be reached" in turn.error
    assert "base_url" in turn.hint


async def test_no_model_named_sends_nothing(server: ScriptedServer, asked: Callable[..., object]) -> None:
    turn, _ = await asked(model="")  # type: ignore[misc]
    assert "No model is named" in turn.error
    assert server.requests == []
