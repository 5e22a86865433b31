"""Plugins are found, called one by one, and switched off alone."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import Any

import click
import pytest

from kotae.conversation import Flag, Message, Rewrite
from kotae.errors import BackendError
from kotae.settings import Settings
from plugins.manager import PluginManager
from tests.kotae.backends import Scripted
from tests.plugins.installed import loaded, plugin

FLAG = Flag(start=0, end=1, kind="name", score=1.0, reason="r")
CALL: dict[str, Any] = {
    "question": "q",
    "answer": "a b",
    "passages": (),
    "manual": None,
    "history": (),
    "final": True,
}


async def test_hooks_may_be_sync_or_async_and_take_part_of_the_arguments() -> None:
    async def later(answer: str, final: bool) -> list[Flag]:
        await asyncio.sleep(0)
        return [FLAG]

    manager, reports = loaded(
        plugin("now", flag_answer=lambda answer: [FLAG]), plugin("later", flag_answer=later)
    )
    flags = await manager.flag_answer(**CALL)
    assert sorted(flag.flagger for flag in flags) == ["later", "now"]
    assert reports == []
    assert manager.infos["now"].hooks == ("flag_answer",)
    assert (manager.infos["now"].distribution, manager.infos["now"].version) == ("someone-elses", "1.2")


async def test_the_first_rewriter_that_answers_wins() -> None:
    def rewriter(query: str | None) -> Callable[..., Any]:
        return lambda history, question: query and Rewrite(query=query, method="m")

    manager, _ = loaded(
        plugin("a", rewrite_query=rewriter("from a")), plugin("b", rewrite_query=rewriter(None))
    )
    assert (await manager.rewrite_query((Message("user", "x"),), "q")).query == "from a"
    assert await PluginManager().rewrite_query((), "q") is None


async def _never_ends(question: str) -> Rewrite:
    await asyncio.Event().wait()
    raise AssertionError


async def _breaks_itself_off(question: str) -> Rewrite:
    raise asyncio.CancelledError


def _divides(question: str) -> Rewrite:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (_divides, "ZeroDivisionError"),
        (_never_ends, "took longer than 0.2 s"),
        (_breaks_itself_off, "CancelledError"),
        (lambda question: "a string", "TypeError: gave str where Rewrite is wanted"),
        (lambda question: Rewrite(query=" \n", method="m"), "ValueError: gave an empty query"),
        (lambda question: Rewrite(query="q" * 100_001, method="m"), "gave a query of 100,001 characters"),
        (lambda question: Rewrite(query=5, method="m"), "Expected `str`, got `int` - at `$.query`"),  # type: ignore[arg-type]
    ],
    ids=["raises", "hangs", "cancels-itself", "wrong-type", "empty", "endless", "wrong-field"],
)
async def test_a_rewriter_that_fails_is_passed_over_and_the_query_says_so(
    bad: Callable[..., Any], why: str
) -> None:
    simple = plugin("simple", rewrite_query=lambda question: Rewrite(query="q2", method="m", note="so far"))
    manager, reports = loaded(simple, plugin("worse", rewrite_query=bad), budget=0.2)
    first, second = [await manager.rewrite_query((), "q") for _ in range(2)]
    assert (first.query, first.method) == ("q2", "m")
    assert first.note.startswith("worse failed: ")
    assert why in first.note
    assert first.note.endswith("; so far")
    assert second.note == "so far"
    assert len(reports) == 1


async def test_when_every_rewriter_fails_the_question_is_searched_for_as_typed() -> None:
    manager, _ = loaded(plugin("a", rewrite_query=_divides))
    rewrite = await manager.rewrite_query((), "q")
    assert rewrite == Rewrite(query="q", method="as typed", note="a failed: ZeroDivisionError")
    assert await manager.rewrite_query((), "q") is None


def _raises(answer: str) -> list[Flag]:
    raise ValueError("bad day")


def _exits(answer: str) -> list[Flag]:
    raise SystemExit(3)


async def _hangs_async(answer: str) -> list[Flag]:
    await asyncio.Event().wait()
    return []


def _flags_a_word(answer: str) -> list[Flag]:
    return [replace(FLAG, start="a")]  # type: ignore[arg-type]


async def _exits_async(answer: str) -> list[Flag]:
    raise SystemExit(3)


async def _cancels_itself(answer: str) -> list[Flag]:
    raise asyncio.CancelledError


def _hangs(answer: str) -> list[Flag]:
    threading.Event().wait(30)
    return []


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (_raises, "ValueError: bad day"),
        (_exits, "SystemExit"),
        (_hangs, "took longer than 0.2 s"),
        (_hangs_async, "took longer than 0.2 s"),
        (_exits_async, "SystemExit"),
        (_cancels_itself, "CancelledError"),
        (lambda answer: 5, "TypeError: 'int' object is not iterable"),
        (lambda answer: ["x"], "TypeError: gave str where Flag is wanted"),
        (_flags_a_word, "Expected `int`, got `str` - at `$.start`"),
    ],
    ids=[
        "raises",
        "exits",
        "hangs",
        "hangs-async",
        "exits-async",
        "cancels-itself",
        "wrong-type",
        "wrong-items",
        "wrong-field",
    ],
)
async def test_a_plugin_that_fails_is_named_once_switched_off_and_the_others_go_on(
    bad: Callable[..., Any], why: str
) -> None:
    manager, reports = loaded(
        plugin("bad", flag_answer=bad), plugin("good", flag_answer=lambda answer: [FLAG]), budget=0.2
    )
    for _ in range(2):
        assert [flag.flagger for flag in await manager.flag_answer(**CALL)] == ["good"]
    assert len(reports) == 1
    assert "Plugin bad was switched off" in reports[0]
    assert why in reports[0]
    assert (manager.infos["bad"].state, manager.infos["good"].state) == ("failed", "on")


async def test_a_score_that_is_none_switches_its_flagger_off() -> None:
    for score in (float("nan"), 1.5, -0.1):
        bad = replace(FLAG, score=score)
        manager, reports = loaded(plugin("bad", flag_answer=lambda answer, bad=bad: [bad]))
        assert await manager.flag_answer(**CALL) is None
        assert "where one from 0 to 1 is wanted" in reports[0]


async def test_flags_of_all_flaggers_come_together_overlapping_ones_too_in_the_order_of_the_text() -> None:
    def flagging(start: int, end: int, flagger: str = "") -> Callable[..., list[Flag]]:
        return lambda answer: [replace(FLAG, start=start, end=end, flagger=flagger)]

    manager, _ = loaded(
        plugin("a", flag_answer=flagging(2, 3)),
        plugin("b", flag_answer=flagging(0, 3)),
        plugin("c", flag_answer=flagging(1, 3, "c: model")),
    )
    flags = await manager.flag_answer(**CALL)
    assert [(flag.start, flag.flagger) for flag in flags] == [(0, "b"), (1, "c: model"), (2, "a")]


async def test_flaggers_are_chosen_by_name_and_every_other_hook_stays() -> None:
    manager, reports = loaded(
        plugin("a", flag_answer=lambda answer: [FLAG]),
        plugin(
            "b",
            flag_answer=lambda answer: [FLAG],
            rewrite_query=lambda question: Rewrite(query="b", method="m"),
        ),
    )
    manager.flaggers = ("a",)
    assert [flag.flagger for flag in await manager.flag_answer(**CALL)] == ["a"]
    assert (await manager.rewrite_query((), "q")).query == "b"
    assert manager.names("flag_answer") == ["a", "b"]
    assert reports == []


async def test_a_flagger_that_can_not_judge_this_answer_says_why_once_and_is_asked_again() -> None:
    state = {"why": "The server is not there."}

    def judges(answer: str) -> list[Flag]:
        if state["why"]:
            raise BackendError(state["why"], "Start it.")
        return [FLAG]

    manager, reports = loaded(
        plugin("judge", flag_answer=judges), plugin("good", flag_answer=lambda answer: [])
    )
    for _ in range(3):
        assert await manager.flag_answer(**CALL) == []
    assert reports == ["judge could not judge the answer: The server is not there. Start it."]
    for number in range(20):
        state["why"] = f"Fault {number}."
        await manager.flag_answer(**CALL)
    assert len(reports) == 5
    state["why"] = ""
    assert [flag.flagger for flag in await manager.flag_answer(**CALL)] == ["judge"]


async def test_none_from_every_flagger_means_nothing_was_judged() -> None:
    manager, _ = loaded(plugin("a", flag_answer=lambda answer: None))
    assert await manager.flag_answer(**CALL) is None
    assert await PluginManager().flag_answer(**CALL) is None


def test_a_plugin_that_cannot_be_imported_is_reported_and_the_rest_is_loaded() -> None:
    entry = EntryPoint("broken", "no_such_module_anywhere", "kotae")
    manager, reports = loaded(entry, plugin("good", turn_started=lambda turn: None))
    assert manager.infos["broken"].state == "failed"
    assert manager.infos["good"].state == "on"
    assert "Plugin broken was switched off" in reports[0]


def test_a_hook_with_an_argument_nobody_gives_is_refused_at_once() -> None:
    manager, reports = loaded(plugin("odd", flag_answer=lambda answer, mood: []))
    assert manager.infos["odd"].state == "failed"
    assert "mood" in reports[0]


@pytest.mark.parametrize(
    ("environ", "settings", "states"),
    [
        ({}, {}, {"a": "on", "b": "on"}),
        ({"KOTAE_PLUGINS": "b"}, {}, {"a": "disabled", "b": "on"}),
        ({"KOTAE_PLUGINS": ""}, {}, {"a": "disabled", "b": "disabled"}),
        ({}, {"disabled": ("a",)}, {"a": "disabled", "b": "on"}),
    ],
)
def test_disabled_plugins_are_never_imported(
    environ: dict[str, str], settings: dict[str, Any], states: dict[str, str]
) -> None:
    entries = [plugin("a"), plugin("b")]
    for entry in entries:
        sys.modules.pop(entry.value)  # importing would fail now
    manager, _ = loaded(*entries, environ=environ, **settings)
    for name, state in states.items():
        assert manager.infos[name].state == ("failed" if state == "on" else state)


def test_backends_come_in_the_order_of_the_settings_tables() -> None:
    made = [Scripted(name=name) for name in ("mine", "rag", "base")]
    manager, _ = loaded(plugin("a", register_backends=lambda settings: made))
    assert [b.name for b in manager.register_backends(Settings(), None)] == ["base", "rag", "mine"]


def _exits_at_once(settings: Settings) -> Any:
    raise SystemExit(3)


def _breaks_off(settings: Settings) -> Any:
    yield Scripted(name="half")
    raise ValueError("no more")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (lambda settings: [object()], "TypeError: gave object where Backend is wanted"),
        (lambda settings: [Scripted(name=["base"])], "TypeError: gave list where str is wanted"),  # type: ignore[arg-type]
        (lambda settings: Scripted(), "TypeError: 'Scripted' object is not iterable"),
        (_breaks_off, "ValueError: no more"),
        (_exits_at_once, "SystemExit"),
    ],
    ids=["wrong-items", "wrong-name", "no-list", "breaks-off", "exits"],
)
def test_a_plugin_that_gives_no_backends_is_switched_off_and_the_others_are_there(
    bad: Callable[..., Any], why: str
) -> None:
    good = plugin("good", register_backends=lambda settings: [Scripted(name="base")])
    manager, reports = loaded(plugin("bad", register_backends=bad), good)
    assert [backend.name for backend in manager.register_backends(Settings(), None)] == ["base"]
    assert len(reports) == 1
    assert "Plugin bad was switched off" in reports[0]
    assert why in reports[0]


@pytest.mark.parametrize("bad", [{"faq": object()}, {1: None}, ["faq"]])
def test_a_plugin_that_gives_no_retrievers_is_switched_off(bad: object) -> None:
    manager, reports = loaded(plugin("bad", register_retrievers=lambda settings: bad))
    assert manager.register_retrievers(Settings()) == {}
    assert "Plugin bad was switched off" in reports[0]


@pytest.mark.parametrize("bad", ["query", Rewrite(query=5, method="m")])  # type: ignore[arg-type]
async def test_a_rewriter_that_gives_no_query_is_switched_off_and_the_next_is_asked(bad: object) -> None:
    manager, reports = loaded(
        plugin("good", rewrite_query=lambda question: Rewrite(query="from good", method="m")),
        plugin("very-bad", rewrite_query=lambda question: bad),
    )
    assert (await manager.rewrite_query((), "q")).query == "from good"
    assert "Plugin very-bad was switched off" in reports[0]


async def test_a_turn_that_is_stopped_while_a_plugin_works_switches_nothing_off() -> None:
    manager, reports = loaded(plugin("slow", flag_answer=_hangs_async), budget=30)
    task = asyncio.create_task(manager.flag_answer(**CALL))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert reports == []


def test_plugins_may_add_commands() -> None:
    group = click.Group()
    manager, _ = loaded(plugin("a", register_cli=lambda group: group.add_command(click.Command("extra"))))
    manager.register_cli(group)
    assert "extra" in group.commands


def test_the_bundled_plugins_are_found_the_way_anyones_are() -> None:
    manager = PluginManager(environ={})
    manager.load()
    bundled = {info.name for info in manager.infos.values() if info.bundled}
    assert {"backends", "grounding"} <= bundled
