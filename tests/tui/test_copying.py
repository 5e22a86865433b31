"""Answers, code and whole exchanges are copied; without a clipboard, nothing breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kotae.conversation import Turn
from kotae.events import Delta, Finished
from tests.tui.conftest import AppOf, ask, ready, shown, until
from tests.tui.scripted import Scripted, engine_of
from tui import clipboard
from tui.screens.choice import ChoiceScreen

if TYPE_CHECKING:
    from kotae.engine import Engine

ONE = "Do this:\n\n```python\nprint('one')\n```\n"
TWO = ONE + "\nor that:\n\n```\n[b]two[/b] \x1b[2J\nlines\n```\n\n- in a list\n\n  ~~~sh\n  ls\n  ~~~\n"


def saying(text: str) -> Engine:
    return engine_of(Scripted("base", steps=(Delta(text), Finished("stop"))))


def test_code_blocks_are_those_that_markdown_has() -> None:
    assert clipboard.code_blocks(TWO) == [
        ("python", "print('one')\n"),
        ("", "[b]two[/b] \x1b[2J\nlines\n"),
        ("sh", "ls\n"),
    ]
    assert clipboard.code_blocks("no `code` here") == []
    assert clipboard.code_blocks("```\nnever closed\n") == [("", "never closed\n")]
    assert clipboard.code_blocks("```\n\n```") == []


def test_an_exchange_is_markdown_in_which_the_question_stays_text() -> None:
    turn = Turn(id="t", question="# Not a heading\n\nWhy?", backend="rag")
    assert clipboard.exchange(turn, "Because.\n\n- so\n", "Question") == (
        "## Question\n\n> # Not a heading\n>\n> Why?\n\n## rag\n\nBecause.\n\n- so\n"
    )


async def test_an_exchange_is_copied_by_key_and_by_command(app_of: AppOf) -> None:
    async with app_of(saying("Because.")).run_test(size=(100, 30)) as pilot:
        await ask(pilot, "Why?")
        await pilot.press("alt+m")
        wanted = "## Question\n\n> Why?\n\n## base\n\nBecause.\n"
        assert pilot.app.clipboard == wanted
        await until(pilot, lambda: "Question and answer copied." in shown(pilot))
        await pilot.press(*"/copy an", "enter")
        assert pilot.app.clipboard == "Because."
        await pilot.press(*"/copy all", "enter")
        assert pilot.app.clipboard == wanted
        await pilot.press(*"/copy", "enter")
        assert pilot.app.clipboard == "Because."
        await pilot.press(*"/copy everything", "enter")
        await until(pilot, lambda: "There is no “everything” to copy." in shown(pilot))


async def test_the_only_code_block_is_copied_at_once(app_of: AppOf) -> None:
    async with app_of(saying(ONE)).run_test() as pilot:
        await ask(pilot, "How?")
        await pilot.press("alt+k")
        assert pilot.app.clipboard == "print('one')\n"


async def test_which_code_block_is_asked_when_there_are_several(app_of: AppOf) -> None:
    async with app_of(saying(TWO)).run_test() as pilot:
        screen = await ask(pilot, "How?")
        await pilot.press("alt+k")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceScreen))
        await until(pilot, lambda: "[b]two[/b] ␛[2J" in shown(pilot))
        assert "python · 1 line)" in shown(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert pilot.app.clipboard == "[b]two[/b] \x1b[2J\nlines\n"
        await pilot.press("alt+k")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceScreen))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)


@pytest.mark.parametrize("key", ["alt+k", "alt+m", "ctrl+y"])
async def test_with_no_answer_it_is_said_that_there_is_nothing(app_of: AppOf, key: str) -> None:
    async with app_of().run_test() as pilot:
        await ready(pilot)
        await pilot.press(key)
        await until(pilot, lambda: "There is no answer to copy yet." in shown(pilot))


async def test_an_answer_without_code_says_so(app_of: AppOf) -> None:
    async with app_of(saying("No code.")).run_test() as pilot:
        await ask(pilot, "How?")
        await pilot.press("alt+k")
        await until(pilot, lambda: "There is no code block in this answer." in shown(pilot))


def test_the_systems_clipboard_may_be_missing_or_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyperclip

    def broken(text: str) -> None:
        raise pyperclip.PyperclipException("no clipboard")

    monkeypatch.setattr(pyperclip, "copy", broken)
    clipboard._to_system("text")
    got: list[str] = []
    monkeypatch.setattr(pyperclip, "copy", got.append)
    clipboard._to_system("text")
    assert got == ["text"]
