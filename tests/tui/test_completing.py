"""What is typed is completed: commands, their arguments, pages of the manual."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kotae.commands import Command
from kotae.errors import ManualError
from kotae.transcripts.read import latest, read
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.paged import Listed, paged
from tests.tui.scripted import Scripted
from tui.completion import Word, word_at

if TYPE_CHECKING:
    from pathlib import Path

    from tui.widgets.completions import Completions


def offers(screen: object) -> Completions:
    completions = screen.prompt.completions  # type: ignore[attr-defined]
    assert completions is not None
    return completions  # type: ignore[no-any-return]


def labels(screen: object) -> list[str]:
    return [candidate.label for candidate in offers(screen).candidates]


@pytest.mark.parametrize(
    ("before", "word"),
    [
        ("/", Word("command", 0, "")),
        ("/Ba", Word("command", 0, "ba")),
        ("/backend ra", Word("argument", 9, "ra", "backend")),
        ("/etc/hosts", None),
        ("see /new", None),
        ("@", Word("page", 0, "")),
        ("see @clo", Word("page", 4, "clo")),
        ("会計は（@期間", Word("page", 4, "期間")),
        ('see @"my no', Word("page", 4, "my no")),
        ("me@example", None),
        ("see @clo ", None),
        ("", None),
    ],
)
def test_the_word_before_the_cursor_says_what_is_completed(before: str, word: Word | None) -> None:
    assert word_at(before) == word


async def test_a_slash_lists_the_commands_with_their_help(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("/")
        await until(pilot, lambda: "/backend NAME" in shown(pilot))
        assert "Choose a backend by name" in shown(pilot)
        assert "1 of " in shown(pilot)
        await pilot.press("up")  # round to the last one
        await until(pilot, lambda: f"▸ {labels(screen)[-1]}" in shown(pilot))
        await pilot.press("q", "u", "i")
        await until(pilot, lambda: labels(screen) == ["/quit"])
        await pilot.press("escape")
        await until(pilot, lambda: not offers(screen).display)
        assert screen.prompt.text == "/qui"
        await pilot.press("backspace")
        await until(pilot, lambda: offers(screen).display)


async def test_tab_completes_a_command_and_its_argument(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("/", "b", "a", "tab")
        assert screen.prompt.text == "/backend "
        await until(pilot, lambda: labels(screen) == ["base", "rag", "finetuned", "quote"])
        assert "backend of kind rag" in shown(pilot)
        await pilot.press("down", "enter")
        assert screen.backend == "rag"
        assert screen.prompt.text == ""
        await pilot.press(*"/backend fi", "tab")
        assert screen.prompt.text == "/backend finetuned"
        await pilot.press("enter")
        assert screen.backend == "finetuned"
        assert not screen.session.begun


async def test_enter_runs_the_command_that_is_marked(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press(*"/hel", "enter")
        await until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.prompt.text == ""
        await pilot.press(*"/backend rag", "enter")
        assert screen.backend == "rag"


async def test_keys_pressed_faster_than_the_screen_are_not_lost(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        for key in ("/", "b", "a"):
            screen.prompt.insert(key)
        await pilot.press("tab", "q", "enter")
        assert screen.backend == "quote"


async def test_the_theme_is_changed_at_once_by_command(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press(*"/theme kotae-l", "tab", "enter")
        assert pilot.app.theme == "kotae-light"
        await pilot.press(*"/theme nowhere", "enter")
        await until(pilot, lambda: "There is no theme nowhere" in shown(pilot))
        assert screen.prompt.text == ""


async def test_a_plugins_command_is_offered_run_and_shown(app_of: AppOf) -> None:
    def count(argument: str, conversation: object) -> str:
        return f"[b]{argument}[/b] \x1b[2J done"

    command = Command(name="zebra", help="Count [red]stripes[/red]", argument="WHAT", run=count)
    taken = Command(name="quit", help="Never", run=count)
    async with app_of(paged(None, command, taken)).run_test(size=(100, 30)) as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: any("/quit" in said.message for said in pilot.app._notifications))
        await pilot.press(*"/ze")
        await until(pilot, lambda: "Count [red]stripes[/red]" in shown(pilot))
        await pilot.press("tab", *"x y", "enter")
        await until(pilot, lambda: "[b]x y[/b] ␛[2J done" in shown(pilot))
        await pilot.press("f1", "end")
        await until(pilot, lambda: "/zebra WHAT" in shown(pilot))
        await pilot.press("escape")
        assert not screen.session.begun


async def test_the_palette_runs_commands_of_plugins_and_asks_the_samples(app_of: AppOf) -> None:
    ran: list[str] = []
    command = Command(name="zebra", help="Count stripes", run=lambda argument, _: ran.append(argument))
    async with app_of(paged(None, command)).run_test(size=(100, 40)) as pilot:
        screen = await ready(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "Copy the answer" in shown(pilot) and "Ctrl+Y" in shown(pilot))
        await pilot.press(*"stripes")
        await until(pilot, lambda: "Count stripes" in shown(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: ran == [""])
        await pilot.press("ctrl+p", *"What is Komorebi")
        await until(pilot, lambda: "Ask: What is Komorebi Ledger?" in shown(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: screen.session.begun)


async def test_an_at_sign_offers_pages_and_tab_refers_to_one(app_of: AppOf, transcripts: Path) -> None:
    base = Scripted("base")
    async with app_of(paged(base=base)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press(*"Who, as @reo")
        await until(pilot, lambda: labels(screen) == ["closing/reopening-periods.md"])
        assert "Reopening a period" in shown(pilot)
        await pilot.press("tab", *"says?", "enter")
        await until(pilot, lambda: base.requests)
        screen = await ready(pilot)
        await until(pilot, lambda: "with Reopening a period" in shown(pilot))
        assert "Who, as @closing/reopening-periods.md says?" in shown(pilot).replace("\n", " ")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Pages named (1)" in shown(pilot))
        assert "closing/reopening-periods.md · 18 characters sent" in shown(pilot)
        await pilot.press("escape")
    (request,) = base.requests
    assert request.question == "Who, as “Reopening a period” says?"
    assert [page.text for page in request.pages] == ["Only a Controller."]
    path = latest(transcripts)
    assert path is not None
    (turn,) = read(path).turns.values()
    assert turn.question == "Who, as @closing/reopening-periods.md says?"
    assert turn.pages == request.pages


async def test_pages_are_found_by_a_japanese_title_and_shown_safely(app_of: AppOf) -> None:
    async with app_of(paged(), lang="ja").run_test() as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("期間は？ @会計")
        await until(pilot, lambda: labels(screen) == ["closing/periods.md"])
        await pilot.press("enter")
        assert screen.prompt.text == "期間は？ @closing/periods.md "
        screen.prompt.insert("@my")
        await until(pilot, lambda: "[bold]not bold[/]␛[31m" in shown(pilot))
        await pilot.press("tab")
        assert screen.prompt.text.endswith('@"admin/my notes.md" ')


async def test_tab_waits_for_pages_that_are_slow_and_no_key_does(app_of: AppOf) -> None:
    manual = Listed(gate=asyncio.Event())
    async with app_of(paged(manual)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press(*"@reo")
        await until(pilot, lambda: "Building the index 25%" in shown(pilot))
        await pilot.press("p", "tab")
        assert screen.prompt.text == "@reop"
        assert screen.backend == "base"
        assert manual.gate is not None
        manual.gate.set()
        await until(pilot, lambda: screen.prompt.text == "@closing/reopening-periods.md ")


async def test_a_manual_that_can_not_be_listed_says_why_and_tab_is_free(app_of: AppOf) -> None:
    manual = Listed(failure=ManualError("There is no manual [x].", "Name one."))
    async with app_of(paged(manual)).run_test(size=(100, 24)) as pilot:
        screen = await ready(pilot)
        await pilot.press(*"@reo")
        await until(pilot, lambda: "can't be listed: There is no manual [x]. Name one." in shown(pilot))
        await pilot.press("tab")
        assert screen.backend == "rag"
        manual.failure = None
        await pilot.press(*"zzz")
        await until(pilot, lambda: "No page has “reozzz” in its title or path." in shown(pilot))


async def test_a_manual_without_names_says_so(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        await ready(pilot)
        await pilot.press("@")
        await until(pilot, lambda: "The pages of this manual can't be listed." in shown(pilot))


async def test_up_goes_on_recalling_past_a_question_with_a_page(app_of: AppOf) -> None:
    async with app_of(paged()).run_test() as pilot:
        await ask(pilot, "one")
        screen = await ask(pilot, "see @closing/periods.md")
        await pilot.press("up", "up")
        assert screen.prompt.value == "one"


async def test_asking_again_sends_the_page_again(app_of: AppOf) -> None:
    base = Scripted("base")
    async with app_of(paged(base=base)).run_test() as pilot:
        await ask(pilot, "see @closing/periods.md ")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: len(base.requests) == 2)
        screen = await ready(pilot)
        assert base.requests[1].pages == base.requests[0].pages != ()
        assert chat(pilot) is screen
