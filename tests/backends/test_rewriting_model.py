"""The rewriter that asks a model, put together as the program does it, against a server that behaves and one that does not."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from backends import rewriting_prompt as prompt
from backends.retrieval.rewriting import rewrite as carry_over
from backends.rewriting_model import ModelRewriter
from kotae.cli.compose import Services, load_services
from kotae.conversation import Message, Rewrite
from kotae.settings import BackendSettings, RetrievalSettings, Settings, load
from plugins.manager import PluginManager
from tests.plugins.installed import plugin
from tests.scripted_server import (
    ScriptedServer,
    answers,
    chunk,
    cut_after,
    knows_no_schema,
    refuses,
    rewords,
    silent,
    streams,
)

HISTORY = (
    Message("user", "What does a soft close do to a period?"),
    Message("assistant", "It keeps Accountants from posting to the period."),
)
FOLLOW_UP = "and who may undo it?"
CARRIED = carry_over(HISTORY, FOLLOW_UP) or Rewrite(query="", method="")
assert CARRIED.method == "carry-over"
WORDED = "Who may undo a soft close?"
ServicesOf = Callable[..., Services]


@pytest.fixture
async def services_of(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ServicesOf]:
    """Makes the program's services, with rag's model as the rewriter."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    made: list[Services] = []

    def make(budget: float = 20.0, rag: dict[str, Any] | None = None, **retrieval: Any) -> Services:
        table = {"base_url": server.base_url, "model": "small-1", "max_retries": 0, **(rag or {})}
        tree = {
            "backends": {"rag": table},
            "retrieval": {"rewriter": "rag", **retrieval},
            "plugins": {"budget": budget},
        }
        made.append(load_services(load(tree), pytest.fail))
        return made[-1]

    yield make
    for services in made:
        await services.aclose()


def said(server: ScriptedServer, request: int = -1) -> dict[str, Any]:
    """The conversation as the model was handed it."""
    data: dict[str, Any] = json.loads(server.requests[request]["messages"][1]["content"])
    return data


async def test_a_follow_up_is_worded_by_the_model_which_the_record_names(
    server: ScriptedServer, services_of: ServicesOf
) -> None:
    server.plays(rewords(WORDED, model="small-1-2026"))
    rewrite = await services_of().rewrite(HISTORY, FOLLOW_UP)
    assert rewrite == Rewrite(query=WORDED, method="model: small-1-2026")
    (request,) = server.requests
    assert (request["model"], request["temperature"]) == ("small-1", 0)
    assert request["max_tokens"] <= 512
    assert request["response_format"]["json_schema"]["schema"] == prompt.SCHEMA
    assert said(server) == {
        "history": [{"role": message.role, "content": message.content} for message in HISTORY],
        "question": FOLLOW_UP,
    }


async def test_a_question_for_two_pages_brings_its_sub_questions(
    server: ScriptedServer, services_of: ServicesOf
) -> None:
    server.plays(rewords("Who undoes what a soft close does?", "What does it do?", "Who undoes it?"))
    rewrite = await services_of().rewrite((), "Who undoes what a soft close does?")
    assert rewrite.query == "Who undoes what a soft close does? || What does it do? || Who undoes it?"


async def test_a_first_question_stays_as_it_was_typed(
    server: ScriptedServer, services_of: ServicesOf
) -> None:
    server.plays(rewords("Something else altogether?"))
    rewrite = await services_of().rewrite((), "  What is — in short — a period?")
    assert (rewrite.query, rewrite.method) == ("What is - in short - a period?", "model: scripted-1")


async def test_the_instruction_is_in_the_language_of_the_question(
    server: ScriptedServer, services_of: ServicesOf
) -> None:
    server.plays(rewords("仮締めは誰が取り消せますか"))
    services = services_of()
    rewrite = await services.rewrite((Message("user", "仮締めとは"),), "それは誰ができますか")
    await services.rewrite(HISTORY, FOLLOW_UP)
    assert rewrite.query == "仮締めは誰が取り消せますか"
    system = [request["messages"][0]["content"] for request in server.requests]
    assert "検索文" in system[0]
    assert "search queries" in system[1]


async def test_another_model_on_the_same_server_can_be_named(
    server: ScriptedServer, services_of: ServicesOf
) -> None:
    server.plays(rewords(WORDED))
    await services_of(rewriter_model="tiny-1").rewrite(HISTORY, FOLLOW_UP)
    assert server.requests[0]["model"] == "tiny-1"


@pytest.mark.parametrize(
    "refusal",
    [
        {},
        {"status": 422, "message": "body.response_format.type: Input should be 'text' or 'json_object'"},
        {
            "message": "This model does not support response format `json_schema`",
            "param": "response_format",
        },
        {"message": "Invalid value: 'json_schema'. Supported values are: 'text'.", "param": "x.type"},
    ],
    ids=["deepseek", "pydantic", "groq", "value"],
)
async def test_a_server_that_knows_no_schema_is_asked_without_one_from_then_on(
    server: ScriptedServer, services_of: ServicesOf, refusal: dict[str, Any]
) -> None:
    server.plays(knows_no_schema(rewords(WORDED), **refusal))
    services = services_of()
    for _ in range(2):
        assert (await services.rewrite(HISTORY, FOLLOW_UP)).query == WORDED
    assert ["response_format" in request for request in server.requests] == [True, False, False]


@pytest.mark.parametrize(
    "reply",
    [
        'Sure! Here it is:\n```json\n{"question": "%s", "sub_questions": []}\n```',
        '<think>{"question": "no"} or {"question"</think>\n{"question": "%s"}',
        '{"thought": "a"} {"question": "%s", "sub_questions": [], "language": "en"}',
    ],
    ids=["fenced", "thinks-aloud", "more-fields"],
)
async def test_json_is_found_in_what_a_model_says_around_it(
    server: ScriptedServer, services_of: ServicesOf, reply: str
) -> None:
    server.plays(answers(reply % WORDED))
    assert (await services_of().rewrite(HISTORY, FOLLOW_UP)).query == WORDED


@pytest.mark.parametrize(
    "reply",
    [
        "Only a Controller may undo it.",
        '{"question": "cut off',
        '{"question": ["a", "b"]}',
        '{"question": "q", "sub_questions": "none"}',
        '{"question": " \\u200b ", "sub_questions": []}',
        '["question"]',
        json.dumps({"question": "Only a Controller. " * 60}),
        "{" * 7000,
        '{"a":' * 1500,
    ],
    ids=["answer", "torn", "list", "no-list", "empty", "array", "too-long", "braces", "deep"],
)
async def test_a_reply_that_is_of_no_use_falls_back_to_the_history_and_says_so(
    server: ScriptedServer, services_of: ServicesOf, reply: str
) -> None:
    server.plays(answers(reply))
    rewrite = await services_of().rewrite(HISTORY, FOLLOW_UP)
    assert rewrite == replace(CARRIED, note="small-1 gave no usable query; carried over from the history.")


async def test_a_first_question_that_no_model_looked_at_is_searched_for_as_typed(
    server: ScriptedServer, services_of: ServicesOf
) -> None:
    server.plays(answers("no"))
    rewrite = await services_of().rewrite((), "What is a period?")
    assert (rewrite.query, rewrite.method) == ("What is a period?", "as typed")
    assert rewrite.note == "small-1 gave no usable query; searched for as typed."


@pytest.mark.parametrize("script", [silent, streams(*[chunk(" ")] * 3, end=False)], ids=["silent", "cut"])
async def test_a_server_that_is_slow_or_breaks_off_costs_its_time_and_no_more(
    server: ScriptedServer, services_of: ServicesOf, script: Any
) -> None:
    server.plays(script, rewords(WORDED))
    services = services_of(rewrite_timeout=0.3)
    late = await services.rewrite(HISTORY, FOLLOW_UP)
    assert late.query == CARRIED.query
    assert late.note.startswith(
        "small-1 took longer than 0.3 s;"
        if script is silent
        else f"The connection to {server.base_url} broke"
    )
    assert (await services.rewrite(HISTORY, FOLLOW_UP)).query == WORDED  # it is asked again the next time


async def test_a_turn_that_is_stopped_meanwhile_lets_the_model_go(
    server: ScriptedServer, services_of: ServicesOf
) -> None:
    server.plays(silent, rewords(WORDED))
    services = services_of()
    rewriting = asyncio.create_task(services.rewrite(HISTORY, FOLLOW_UP))
    async with asyncio.timeout(10):
        while not server.requests:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
        rewriting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rewriting
        assert (await services.rewrite(HISTORY, FOLLOW_UP)).query == WORDED


async def test_the_models_time_ends_before_its_plugins_would(
    server: ScriptedServer, services_of: ServicesOf
) -> None:
    server.plays(silent)
    rewrite = await services_of(budget=0.5, rewrite_timeout=60).rewrite(HISTORY, FOLLOW_UP)
    assert rewrite.note == "small-1 took longer than 0.45 s; carried over from the history."


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (refuses(500, "out of memory"), "failed (500): out of memory; carried over"),
        (refuses(401, "no such key sk-test-0123456789"), "refused the key (401): no such key ***; carried"),
        (cut_after('{"question": "Who'), "broke off before the answer had ended; carried over"),
    ],
    ids=["500", "401", "cut"],
)
async def test_what_a_server_says_when_it_fails_is_the_reason(
    server: ScriptedServer, services_of: ServicesOf, script: Any, why: str
) -> None:
    server.plays(script)
    rewrite = await services_of().rewrite(HISTORY, FOLLOW_UP)
    assert rewrite.query == CARRIED.query
    assert why in rewrite.note


async def test_a_server_that_is_not_there_is_the_reason(services_of: ServicesOf) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        rewrite = await services_of(rag={"base_url": url}).rewrite(HISTORY, FOLLOW_UP)
    assert rewrite.query == CARRIED.query
    assert f"{url} can't be reached" in rewrite.note


async def test_the_embedded_model_is_not_asked(services_of: ServicesOf) -> None:
    rewrite = await services_of(rag={"base_url": "embedded"}).rewrite(HISTORY, FOLLOW_UP)
    assert rewrite.query == CARRIED.query
    assert rewrite.note.startswith("The embedded model is too small to word queries;")


async def test_a_log_that_was_pasted_is_not_sent(server: ScriptedServer, services_of: ServicesOf) -> None:
    rewrite = await services_of().rewrite((), "error " * 1000)
    assert "too long to be reworded; searched for as typed" in rewrite.note
    assert server.requests == []


async def test_with_rewriting_switched_off_no_model_is_asked(
    server: ScriptedServer, services_of: ServicesOf
) -> None:
    rewrite = await services_of(rewrite=False).rewrite(HISTORY, FOLLOW_UP)
    assert (rewrite.query, rewrite.method) == (FOLLOW_UP, "as typed")
    assert server.requests == []


async def test_a_plugin_comes_before_the_model_and_the_model_before_what_is_carried_over(
    server: ScriptedServer,
) -> None:
    server.plays(rewords(WORDED))
    table = BackendSettings(kind="rag", base_url=server.base_url, model="small-1")
    settings = Settings(backends={"rag": table}, retrieval=RetrievalSettings(rewriter="rag"))
    rewriter, manager = ModelRewriter(settings), PluginManager(environ={})
    manager.add("rewriter", rewriter)
    mine = plugin(
        "mine", rewrite_query=lambda question: Rewrite(query="q", method="m") if "mine" in question else None
    )
    manager.load([mine, EntryPoint("backends", "backends.plugin", "kotae")])
    queries = [await manager.rewrite_query(HISTORY, question) for question in ("mine?", FOLLOW_UP)]
    manager.infos["rewriter"].state = "disabled"
    queries.append(await manager.rewrite_query(HISTORY, FOLLOW_UP))
    await rewriter.aclose()
    assert [rewrite and rewrite.query for rewrite in queries] == ["q", WORDED, CARRIED.query]
    assert manager.infos["rewriter"].hooks == ("rewrite_query",)
    assert manager.infos["rewriter"].bundled


def test_the_latest_of_a_long_history_is_sent_and_no_more_than_is_allowed() -> None:
    long = [
        Message("system", "secret instructions"),
        *(Message("user" if at % 2 == 0 else "assistant", f"{at} " + "締め" * 1000) for at in range(40)),
    ]
    data = json.loads(prompt.messages(long, "と?")[1].content)
    texts = [message["content"] for message in data["history"]]
    assert texts[-1].startswith("39 ")
    assert sum(map(len, texts)) <= prompt.HISTORY
    assert max(map(len, texts)) <= prompt.MESSAGE
    assert "secret" not in json.dumps(data)


def test_a_reply_becomes_a_query_and_nothing_else() -> None:
    reply = {
        "question": "Who\x1b]0;x\x07 — may\u202e\n|| do it?",
        "sub_questions": ["a?", "A?", "", "b\x00 || c?", "x" * 301, "d?", "e?"],
    }
    query = prompt.query_of(json.dumps(reply), "q", first=False)
    assert query == "Who]0;x - may do it? || a? || b c? || d?"
