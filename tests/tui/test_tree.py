"""A conversation as a tree, by keys alone: questions edited, answers continued, branches gone through."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kotae.conversation import Message
from kotae.events import Delta, Finished
from kotae.transcripts.read import latest, read
from kotae.transcripts.record import Recorder
from tests.tui.conftest import AppOf, ask, chat, notified, ready, shown, until
from tests.tui.scripted import Scripted, engine_of
from tests.written import Said, write
from tui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.conversation import Conversation
    from tui.screens.chat import ChatScreen


def kept(folder: Path) -> Conversation:
    path = latest(folder)
    assert path is not None
    return read(path)


async def send(pilot: Pilot[None]) -> ChatScreen:
    """Sends what stands in the prompt and waits for the end of the answer."""
    screen = chat(pilot)
    turns = len(screen.session.conversation.turns)
    await pilot.press("enter")
    await until(pilot, lambda: len(screen.session.conversation.turns) > turns)
    return await ready(pilot)


def questions(screen: ChatScreen) -> list[str]:
    return [turn.question for turn in screen.session.shown()]


# -- editing --------------------------------------------------------------------------------------------------------------


async def test_an_edited_question_forks_and_the_first_branch_is_gone_back_to(
    app_of: AppOf, transcripts: Path
) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test() as pilot:
        await ask(pilot, "First?")
        await ask(pilot, "Second?")
        screen = await ask(pilot, "Third?")
        await pilot.press("ctrl+up", "ctrl+up", "alt+e")
        await until(pilot, lambda: "✎ Editing “Second?”" in shown(pilot))
        assert screen.prompt.value == "Second?"
        await pilot.press("backspace", *" or not?")
        await send(pilot)
        assert questions(screen) == ["First?", "Second or not?"]
        assert base.requests[-1].history == (Message("user", "First?"), Message("assistant", "An answer."))
        await until(pilot, lambda: "‹ 2/2 ›" in shown(pilot))
        assert "Third?" not in shown(pilot)
        assert "Editing" not in shown(pilot)

        await pilot.press("alt+left")
        await until(pilot, lambda: "Third?" in shown(pilot))
        assert questions(screen) == ["First?", "Second?", "Third?"]
        await until(pilot, lambda: "‹ 1/2 ›" in shown(pilot))
        await pilot.press("alt+left")
        await until(pilot, lambda: "There is no other version or answer in that direction." in shown(pilot))
    conversation = kept(transcripts)
    assert [turn.question for turn in conversation.branch()] == ["First?", "Second?", "Third?"]
    async with app_of(resume=latest(transcripts)).run_test() as pilot:
        screen = chat(pilot)
        await until(pilot, lambda: screen.session.begun)
        assert questions(await ready(pilot)) == ["First?", "Second?", "Third?"]


async def test_the_first_question_can_be_edited(app_of: AppOf, transcripts: Path) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ask(pilot, "First?")
        await pilot.press("alt+e", "!")
        await send(pilot)
        assert questions(screen) == ["First?!"]
    assert base.requests[-1].history == ()
    assert [turn.parent for turn in kept(transcripts).turns.values()] == [None, None]


async def test_escape_gives_an_edit_up_and_brings_back_what_was_typed(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ask(pilot, "First?")
        await pilot.press(*"draft", "alt+e", *" more")
        assert screen.prompt.value == "First? more"
        await pilot.press("escape")
        await until(pilot, lambda: "The question stays as it was." in shown(pilot))
        assert screen.prompt.value == "draft"
        await send(pilot)
        assert questions(screen) == ["First?", "draft"]


async def test_what_was_typed_before_an_edit_is_back_once_it_is_sent(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ask(pilot, "First?")
        await pilot.press(*"draft", "alt+e", "!")
        await send(pilot)
        assert questions(screen) == ["First?!"]
        assert screen.prompt.value == "draft"


async def test_an_edit_that_changes_nothing_is_another_answer(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ask(pilot, "First?")
        await pilot.press("alt+e")
        await send(pilot)
        assert questions(screen) == ["First?", "First?"]
        await until(pilot, lambda: shown(pilot).count("❯ First?") == 1)
        await until(pilot, lambda: "‹ 1/2 ›" in shown(pilot))
        await until(pilot, lambda: "‹ 2/2 ›" in shown(pilot))


async def test_an_edit_to_what_another_version_asks_is_another_answer_to_that(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ask(pilot, "First?")
        await pilot.press("alt+e", "!")
        await send(pilot)
        await pilot.press("alt+e", "backspace")
        await send(pilot)
        assert questions(screen) == ["First?", "First?"]
        await until(pilot, lambda: shown(pilot).count("❯ First?") == 1)


async def test_an_edit_that_can_not_be_recorded_leaves_the_screen_as_it_was(
    app_of: AppOf, transcripts: Path
) -> None:
    path = write(transcripts, "c", "First?", "Second?")
    elsewhere = Recorder(transcripts, "c")
    elsewhere.pinned(False)
    async with app_of(resume=path).run_test(size=(120, 30)) as pilot:
        screen = chat(pilot)
        await until(pilot, lambda: screen.session.begun)
        await ready(pilot)
        await pilot.press("ctrl+up", "ctrl+up", "alt+e", "!", "enter")
        await until(pilot, lambda: "is open in another Kotae." in shown(pilot))
        await ready(pilot)
        assert "Second?" in shown(pilot)
        assert screen.prompt.value == "First?!"
    elsewhere.close()


async def test_there_is_nothing_to_edit_at_first(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        await ready(pilot)
        await pilot.press("alt+e")
        await until(pilot, lambda: "There is no question to edit yet." in shown(pilot))
        await pilot.press("alt+c")
        await until(pilot, lambda: "There is no answer to continue from yet." in shown(pilot))


async def test_a_conversation_left_in_the_middle_of_an_edit_keeps_what_was_typed(
    app_of: AppOf, transcripts: Path
) -> None:
    async with app_of().run_test() as pilot:
        screen = await ask(pilot, "First?")
        await pilot.press("alt+e", "!", "ctrl+n")
        assert screen.prompt.value == ""
        assert "Editing" not in shown(pilot)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "❯ First?" in shown(pilot))
        assert screen.prompt.value == "First?!"


# -- continuing -----------------------------------------------------------------------------------------------------------


async def test_any_answer_can_be_continued_from(app_of: AppOf, transcripts: Path) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test() as pilot:
        await ask(pilot, "First?")
        await ask(pilot, "Second?")
        screen = await ask(pilot, "Third?")
        await pilot.press("ctrl+up", "ctrl+up", "ctrl+up", "alt+c")
        await until(pilot, lambda: "The next question continues from this answer." in shown(pilot))
        assert questions(screen) == ["First?"]
        await until(pilot, lambda: "1 question follows, Alt+↓" in shown(pilot))
        assert kept(transcripts).head == next(iter(kept(transcripts).turns))

        await pilot.press("alt+down")
        await until(pilot, lambda: "Third?" in shown(pilot))
        await pilot.press("alt+down")
        await until(pilot, lambda: "Nothing was asked after this answer." in shown(pilot))

        await pilot.press("ctrl+up", "ctrl+up", "alt+c", *"Other?")
        await send(pilot)
        assert questions(screen) == ["First?", "Other?"]
        assert len(base.requests[-1].history) == 2
        await until(pilot, lambda: "follows" not in shown(pilot))


async def test_the_other_answer_to_a_question_is_continued_from(app_of: AppOf) -> None:
    base = Scripted("base", steps=(Delta("From base."), Finished("stop")))
    rag = Scripted("rag", "rag", steps=(Delta("From rag."), Finished("stop")))
    async with app_of(engine_of(base, rag)).run_test(size=(100, 40)) as pilot:
        await ask(pilot, "First?")
        await pilot.press("f3", "ctrl+r")
        screen = chat(pilot)
        await until(pilot, lambda: len(screen.session.conversation.turns) == 2)
        await ask(pilot, "After rag?")
        assert base.requests[-1].history == ()
        assert rag.requests[-1].history[-1] == Message("assistant", "From rag.")

        await pilot.press("ctrl+up", "ctrl+up", "ctrl+up")  # the answer of base
        await until(pilot, lambda: "From base." in shown(pilot))
        await pilot.press("alt+c")
        await until(pilot, lambda: questions(screen) == ["First?", "First?"])
        await ask(pilot, "After base?")
        assert rag.requests[-1].history[-1] == Message("assistant", "From base.")

        await pilot.press("ctrl+up", "ctrl+up", "alt+right")
        await until(pilot, lambda: "After rag?" in shown(pilot))
        await until(pilot, lambda: "After base?" not in shown(pilot))


async def test_branches_are_not_left_while_an_answer_streams(app_of: AppOf) -> None:
    base = Scripted("base", steps=(Delta("Half"), asyncio.Event()))
    async with app_of(engine_of(base)).run_test() as pilot:
        await ready(pilot)
        await pilot.press("a", "enter")
        await until(pilot, lambda: "Half" in shown(pilot))
        for key in ("alt+left", "alt+c", "alt+down"):
            await pilot.press(key)
            await until(pilot, lambda: "Still answering. Esc stops." in shown(pilot))
            chat(pilot).be_quiet()
        await pilot.press("escape")
        await ready(pilot)


async def test_a_branch_of_a_conversation_open_elsewhere_is_shown_but_not_remembered(
    app_of: AppOf, transcripts: Path
) -> None:
    path = write(transcripts, "c", "Left?", Said("Right?", parent=None))
    elsewhere = Recorder(transcripts, "c")
    elsewhere.pinned(False)
    async with app_of(resume=path).run_test(size=(120, 30)) as pilot:
        screen = chat(pilot)
        await until(pilot, lambda: screen.session.begun)
        await ready(pilot)
        await pilot.press("alt+left")
        await until(
            pilot,
            lambda: "This branch is shown, but not remembered: The conversation c is open" in notified(pilot),
        )
        assert questions(screen) == ["Left?"]
    elsewhere.close()
    assert read(path).head == "t2"


async def test_the_mark_below_a_question_can_be_clicked(app_of: AppOf, transcripts: Path) -> None:
    path = write(transcripts, "c", "Left?", Said("Right?", parent=None))
    async with app_of(resume=path).run_test() as pilot:
        screen = chat(pilot)
        await until(pilot, lambda: "‹ 2/2 ›" in shown(pilot))
        await ready(pilot)
        rows = shown(pilot).split("\n")
        y = next(at for at, row in enumerate(rows) if "‹ 2/2 ›" in row)
        x = rows[y].index("‹")
        await pilot.click(offset=(x, y))
        await until(pilot, lambda: questions(screen) == ["Left?"])
        await until(pilot, lambda: "‹ 1/2 ›" in shown(pilot))
        await pilot.click(offset=(x + 6, y))
        await until(pilot, lambda: questions(screen) == ["Right?"])


async def test_the_mark_is_no_part_of_what_is_copied(app_of: AppOf, transcripts: Path) -> None:
    path = write(transcripts, "c", "Left?", Said("Right?", parent=None))
    async with app_of(resume=path).run_test() as pilot:
        screen = chat(pilot)
        await until(pilot, lambda: "‹ 2/2 ›" in shown(pilot))
        await ready(pilot)
        screen.query_one(TranscriptView).text_select_all()
        selected = screen.get_selected_text()
        assert selected is not None
        assert "Right?" in selected
        assert "‹" not in selected


@pytest.mark.parametrize(
    ("command", "said"), [("/edit", "Editing “First?”"), ("/continue", "The next question continues from")]
)
async def test_commands_do_the_same(app_of: AppOf, command: str, said: str) -> None:
    async with app_of().run_test() as pilot:
        await ask(pilot, "First?")
        await pilot.press(*command, "enter")
        await until(pilot, lambda: said in shown(pilot))
