"""Commands that plugins add to the chat are gathered, and held to what they promise."""

from __future__ import annotations

import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kotae.commands import Command
from kotae.conversation import Conversation
from tests.plugins.installed import loaded, plugin


def command(name: str, run: Callable[..., Any], **more: str) -> Command:
    return Command(name=name, help="Do it", run=run, **more)


async def said(command: Command, argument: str = "") -> Any:
    made = command.run(argument, Conversation(id="c"))
    return await made if isinstance(made, Awaitable) else made


async def test_commands_are_gathered_and_may_be_coroutines() -> None:
    async def late(typed: str, conversation: Conversation) -> str:
        return f"{typed} {conversation.id}"

    manager, reports = loaded(
        plugin("a", register_commands=lambda: [command("late", late), command("none", lambda *_: None)]),
        plugin(
            "b",
            register_commands=lambda: [
                command("late", lambda *_: "the second"),
                command("b", lambda *_: None),
            ],
        ),
    )
    found = {one.name: one for one in manager.register_commands()}
    assert sorted(found) == ["b", "late", "none"]
    assert await said(found["none"]) is None
    assert await said(found["late"], "x") in ("x c", "the second")
    assert not reports


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (lambda *_: 1 // 0, "ZeroDivisionError"),
        (lambda *_: 5, "gave int where str is wanted"),
        (lambda: "no arguments", "TypeError"),
        (lambda *_: threading.Event().wait(30), "took longer than 0.2 s"),
        (lambda *_: sys.exit(), "SystemExit"),
    ],
)
async def test_a_command_that_fails_switches_its_plugin_off_and_says_nothing_more(
    run: Callable[..., Any], why: str
) -> None:
    entry = plugin("bad", register_commands=lambda: [command("one", run), command("two", lambda *_: "two")])
    manager, reports = loaded(entry, budget=0.2)
    one, two = manager.register_commands()
    assert await said(two) == "two"
    assert await said(one) is None
    assert await said(two) is None
    (report,) = reports
    assert "bad" in report
    assert why in report


@pytest.mark.parametrize(
    "bad",
    [
        5,
        [5],
        [Command(name="Two words", help="h", run=lambda *_: None)],
        [Command(name="", help="h", run=lambda *_: None)],
        [Command(name="x", help=" ", run=lambda *_: None)],
        [Command(name="x", help="h", run=7)],  # type: ignore[arg-type]
        [Command(name=5, help="h", run=lambda *_: None)],  # type: ignore[arg-type]
    ],
)
def test_a_plugin_that_gives_no_commands_is_switched_off(bad: Any) -> None:
    manager, reports = loaded(plugin("bad", register_commands=lambda: bad))
    assert manager.register_commands() == []
    assert len(reports) == 1
