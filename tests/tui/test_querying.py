"""The query that was searched for can be seen, changed and searched for again; both searches stay on record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from kotae.conversation import Rewrite
from kotae.events import BackendEvent, Delta, Finished, Retrieved, Rewritten
from kotae.transcripts.read import latest, read
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import PASSAGES, Scripted, engine_of
from tui.screens.query import QueryScreen
from tui.widgets.prompt import Prompt
from tui.widgets.query_card import QueryCard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.backend import AnswerRequest
    from kotae.language import Language


@dataclass
class Searching:
    """A backend that searches for what it is told to, or else for `query`, and keeps what it was asked."""

    name: str = "rag"
    kind: str = "rag"
    query: str = "ledger — who? || what is a period?"
    requests: list[AnswerRequest] = field(default_factory=list)

    async def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]:
        self.requests.append(request)
        edited = request.query is not None
        yield Rewritten(
            Rewrite(query=request.query or self.query, method="edited" if edited else "carry-over")
        )
        yield Retrieved(PASSAGES)
        yield Delta(f"Answer {len(self.requests)}.")
        yield Finished("stop")

    async def aclose(self) -> None: ...


async def editor(pilot: Pilot[None], *keys: str) -> Prompt:
    """The editor, once `keys` have opened it."""
    await pilot.press(*keys)
    await until(pilot, lambda: isinstance(pilot.app.screen, QueryScreen) and pilot.app.screen.query(Prompt))
    prompt = pilot.app.screen.query_one(Prompt)
    await until(pilot, lambda: prompt.has_focus)
    return prompt


async def asked_again(pilot: Pilot[None], backend: Searching, times: int = 2) -> None:
    """Waits for the answer to the edited query."""
    await until(pilot, lambda: len(backend.requests) == times)
    await ready(pilot)


@pytest.mark.parametrize("lang", ["en", "ja"])
async def test_an_edited_query_is_searched_for_and_both_searches_are_kept(
    app_of: AppOf, transcripts: Path, lang: Language
) -> None:
    rag = Searching()
    async with app_of(engine_of(rag), backend="rag", lang=lang).run_test(size=(80, 24)) as pilot:
        screen = await ask(pilot, "and who?")
        prompt = await editor(pilot, "ctrl+t")
        picture = shown(pilot)
        assert "and who?" in picture
        assert prompt.value == "ledger — who?\nwhat is a period?"
        prompt.value = "closed  period"
        await pilot.press("enter")
        await asked_again(pilot, rag)
        first, second = screen.session.conversation.turns.values()
        assert pilot.app.screen is screen
        await until(pilot, lambda: ("edited query" if lang == "en" else "検索文を編集") in shown(pilot))
    assert [(request.question, request.query) for request in rag.requests] == [
        ("and who?", None),
        ("and who?", "closed period"),
    ]
    assert first.parent == second.parent
    path = latest(transcripts)
    assert path is not None
    assert [turn.rewrite for turn in read(path).turns.values()] == [
        Rewrite(query=rag.query, method="carry-over"),
        Rewrite(query="closed period", method="edited"),
    ]


async def test_each_line_that_is_added_is_a_sub_question(app_of: AppOf) -> None:
    rag = Searching(query="who?")
    async with app_of(engine_of(rag), backend="rag").run_test(size=(80, 24)) as pilot:
        await ask(pilot, "and who?")
        await editor(pilot, "ctrl+t")
        await pilot.press("ctrl+j", "w", "h", "y", "?", "enter")
        await asked_again(pilot, rag)
    assert rag.requests[1].query == "who? || why?"


async def test_an_emptied_query_is_worded_anew(app_of: AppOf) -> None:
    rag = Searching()
    async with app_of(engine_of(rag), backend="rag").run_test(size=(80, 24)) as pilot:
        await ask(pilot, "and who?")
        (await editor(pilot, "ctrl+t")).value = " "
        await pilot.press("enter")
        await asked_again(pilot, rag)
    assert rag.requests[1].query is None


async def test_escape_leaves_everything_as_it_is(app_of: AppOf) -> None:
    rag = Searching()
    async with app_of(engine_of(rag), backend="rag").run_test(size=(80, 24)) as pilot:
        screen = await ask(pilot, "and who?")
        (await editor(pilot, "ctrl+t")).value = "other"
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.prompt.has_focus
        await ready(pilot)
    assert len(rag.requests) == 1


async def test_the_mouse_asks_again_and_cancels(app_of: AppOf) -> None:
    rag = Searching()
    async with app_of(engine_of(rag), backend="rag").run_test(size=(80, 24)) as pilot:
        screen = await ask(pilot, "and who?")
        await editor(pilot, "ctrl+t")
        await pilot.click("#cancel")
        await until(pilot, lambda: pilot.app.screen is screen)
        (await editor(pilot, "ctrl+t")).value = "other"
        await pilot.click("#again")
        await asked_again(pilot, rag)
    assert [request.query for request in rag.requests] == [None, "other"]


async def test_the_command_edits_the_query_of_the_answer_that_is_selected(app_of: AppOf) -> None:
    rag = Searching()
    async with app_of(engine_of(rag, Scripted("base")), backend="rag").run_test(size=(80, 40)) as pilot:
        screen = await ask(pilot, "First?")
        await pilot.press("tab")
        await ask(pilot, "Second?")
        await pilot.press(*"/query", "enter")
        await until(pilot, lambda: "This answer searched for nothing." in shown(pilot))
        assert screen.prompt.value == ""
        await pilot.press("ctrl+up", "ctrl+up")
        (await editor(pilot, *"/query", "enter")).value = "other"
        await pilot.press("enter")
        await asked_again(pilot, rag)
    assert (rag.requests[1].question, rag.requests[1].query) == (
        "First?",
        "other",
    )  # of rag, though base is chosen


async def test_asking_again_keeps_an_edited_query_and_words_any_other_anew(app_of: AppOf) -> None:
    rag, other = Searching(), Searching("other")
    async with app_of(engine_of(rag, other), backend="rag").run_test(size=(80, 40)) as pilot:
        await ask(pilot, "and who?")
        (await editor(pilot, "ctrl+t")).value = "mine"
        await pilot.press("enter")
        await asked_again(pilot, rag)
        await pilot.press("tab", "ctrl+r")
        await asked_again(pilot, other, 1)
        await pilot.press("ctrl+up", "ctrl+up", "ctrl+up", "ctrl+r")
        await asked_again(pilot, other, 2)
    assert [request.query for request in other.requests] == ["mine", None]


@pytest.mark.parametrize("width", [80, 120])
async def test_the_query_in_the_inspector_opens_the_editor(app_of: AppOf, width: int) -> None:
    rag = Searching()
    async with app_of(engine_of(rag), backend="rag").run_test(size=(width, 40)) as pilot:
        screen = await ask(pilot, "and who?")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: pilot.app.screen.query(QueryCard))
        await pilot.pause()
        await pilot.click(QueryCard)
        await editor(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        if width < 100:
            await pilot.press("ctrl+o")
            await until(pilot, lambda: pilot.app.screen.query(QueryCard))
            await pilot.pause()
            (await editor(pilot, "up", "enter")).value = "other"
            await pilot.press("enter")
            await asked_again(pilot, rag)
            assert rag.requests[1].query == "other"


async def test_nothing_is_edited_while_an_answer_streams(app_of: AppOf) -> None:
    gate = asyncio.Event()
    rewritten = Rewritten(Rewrite(query="q", method="carry-over"))
    rag = Scripted("rag", "rag", (rewritten, gate, Delta("A."), Finished("stop")))
    async with app_of(engine_of(rag), backend="rag").run_test(size=(80, 24)) as pilot:
        screen = await ready(pilot)
        screen.send("Who?")
        await until(pilot, lambda: screen.answering.state == "answering")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "Still answering." in shown(pilot))
        assert pilot.app.screen is screen
        gate.set()
        await ready(pilot)


async def test_before_the_first_answer_there_is_nothing_to_edit(app_of: AppOf) -> None:
    async with app_of().run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "There is no question to ask again yet." in shown(pilot))
        assert pilot.app.screen is chat(pilot)


async def test_a_hostile_query_and_backend_are_shown_as_they_are(app_of: AppOf) -> None:
    rag = Searching("[red]rag[/red]", query="\x1b[2Jx [bold]y[/bold]\u202e")
    async with app_of(engine_of(rag), backend="[red]rag[/red]").run_test(size=(80, 24)) as pilot:
        await ask(pilot, "[blink]who\x1b[31m?")
        await editor(pilot, "ctrl+t")
        picture = shown(pilot)
        assert "\x1b" not in picture
        assert "␛[2Jx [bold]y[/bold]␦" in picture
        assert "Ask [red]rag[/red] again" in picture
        assert "[blink]who␛[31m?" in picture
