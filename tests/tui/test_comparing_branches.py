"""Comparisons within a tree: of a question that is edited, and branches gone to while columns are on view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae.conversation import Message
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of
from tui.screens.conversations import ConversationsScreen
from tui.widgets.compare import CompareView
from tui.widgets.editing import EditingLine

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.screens.chat import ChatScreen


def _backends() -> tuple[Scripted, ...]:
    return Scripted("base"), Scripted("rag", "rag")


def _view(pilot: Pilot[None]) -> CompareView:
    return chat(pilot).query_one(CompareView)


async def _compared(pilot: Pilot[None]) -> ChatScreen:
    await pilot.press("ctrl+g")
    await until(pilot, lambda: chat(pilot).query(CompareView) and not _view(pilot).comparison.running)
    return await ready(pilot)


async def _left(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: not chat(pilot).query(CompareView))


async def test_a_question_that_is_edited_is_compared_in_its_place(app_of: AppOf) -> None:
    backends = _backends()
    async with app_of(engine_of(*backends)).run_test(size=(100, 30)) as pilot:
        await ask(pilot, "First?")
        screen = await ask(pilot, "Second?")
        screen.prompt.insert("typed before")
        await pilot.press("ctrl+up", "alt+e", "backspace", *" or not?")
        await _compared(pilot)
        history = (Message("user", "First?"), Message("assistant", "An answer."))
        assert [backend.requests[-1].history for backend in backends] == [history, history]
        assert not screen.query_one(EditingLine).display
        assert screen.prompt.value == "typed before"
        turns = screen.session.conversation.turns.values()
        places = {turn.question: turn.parent for turn in turns}
        assert places["Second or not?"] == places["Second?"]


async def test_an_edit_that_changes_nothing_is_compared_beside_the_answer_there_is(app_of: AppOf) -> None:
    async with app_of(engine_of(*_backends())).run_test(size=(100, 30)) as pilot:
        screen = await ask(pilot, "First?")
        await pilot.press("alt+e")
        await _compared(pilot)
        assert {turn.parent for turn in screen.session.conversation.turns.values()} == {None}
        assert not screen.query_one(EditingLine).display


async def test_escape_gives_an_edit_up_before_it_leaves_the_columns(app_of: AppOf) -> None:
    async with app_of(engine_of(*_backends())).run_test(size=(100, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("First?")
        await _compared(pilot)
        await pilot.press("alt+e", "escape")
        await until(pilot, lambda: not screen.query_one(EditingLine).display)
        assert screen.query(CompareView)
        await pilot.press("escape")
        await _left(pilot)


async def test_the_keys_for_other_answers_go_from_column_to_column(app_of: AppOf) -> None:
    async with app_of(engine_of(*_backends())).run_test(size=(100, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("First?")
        await _compared(pilot)
        head = screen.session.conversation.head
        await pilot.press("alt+right")
        assert _view(pilot).comparison.focused == 1
        await pilot.press("alt+left")
        assert _view(pilot).comparison.focused == 0
        assert screen.session.conversation.head == head


async def test_continuing_from_a_column_goes_back_to_the_conversation_at_that_answer(app_of: AppOf) -> None:
    async with app_of(engine_of(*_backends())).run_test(size=(100, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("First?")
        await _compared(pilot)
        first = _view(pilot).comparison.columns[0].turn_id
        await pilot.press("alt+c")
        await _left(pilot)
        assert screen.session.conversation.head == first
        await until(pilot, lambda: screen.view is not None and screen.view.selected_answer == first)
        assert "The next question continues from this answer." in shown(pilot)


async def test_what_followed_an_answer_takes_the_place_of_the_columns(app_of: AppOf) -> None:
    async with app_of(engine_of(*_backends())).run_test(size=(100, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("First?")
        await _compared(pilot)
        await pilot.press("1")
        await _left(pilot)
        await ask(pilot, "Second?")
        await pilot.press("ctrl+up", "ctrl+up")
        screen.prompt.insert("/vote")
        await pilot.press("enter")
        await until(pilot, lambda: screen.query(CompareView))
        await pilot.press("alt+down")
        await _left(pilot)
        await until(pilot, lambda: "Second?" in shown(pilot))


async def test_an_answer_found_in_the_list_takes_the_place_of_the_columns(app_of: AppOf) -> None:
    async with app_of(engine_of(*_backends())).run_test(size=(100, 30)) as pilot:
        screen = await ask(pilot, "Zebra?")
        screen.prompt.insert("Lion?")
        await _compared(pilot)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConversationsScreen))
        await pilot.press(*"zebra")
        await until(pilot, lambda: "❯ Zebra?" in shown(pilot))
        await pilot.press("enter")
        await _left(pilot)
        await until(pilot, lambda: screen.selected_turn() is not None)
        turn = screen.selected_turn()
        assert turn is not None
        assert turn.question == "Zebra?"
