"""The list of conversations, by keys alone and by mouse: found, gone on with, named, pinned, deleted, taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kotae.events import Delta
from kotae.transcripts import changes
from kotae.transcripts.contents import transcripts_in
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder
from tests.tui.conftest import AppOf, ask, chat, notified, ready, shown, until
from tests.tui.scripted import Scripted, engine_of
from tests.written import Said, write
from tui.screens.conversations import ConversationsScreen
from tui.transcript.view import TranscriptView
from tui.widgets.conversation_rows import ConversationRows

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.language import Language


@pytest.fixture
def folder(transcripts: Path) -> Path:
    """Three conversations, the Japanese one the newest."""
    write(transcripts, "one", "Who may reopen it?", Said("And why?", answer="Because of the gryphon."), day=1)
    write(
        transcripts, "two", Said("Left?"), Said("Right?", answer="A basilisk.", parent=None), day=2, head="t1"
    )
    write(
        transcripts,
        "ja",
        Said("誰が再開できますか", answer="経理責任者だけです。税も。", backend="rag"),
        day=3,
    )
    return transcripts


async def listed(pilot: Pilot[None]) -> ConversationsScreen:
    """The list, once it is open and up to date."""
    await ready(pilot)
    await pilot.press("ctrl+f")
    await until(pilot, lambda: isinstance(pilot.app.screen, ConversationsScreen))
    screen = pilot.app.screen
    assert isinstance(screen, ConversationsScreen)
    await until(pilot, lambda: screen._reading is None)
    return screen


def headings(pilot: Pilot[None]) -> list[str]:
    return [row.entry.heading for row in pilot.app.screen.query_one(ConversationRows).rows]


async def finds(pilot: Pilot[None], words: str, *expected: str) -> None:
    await pilot.press(*words)
    await until(pilot, lambda: headings(pilot) == [*expected])


# -- finding and going on -------------------------------------------------------------------------------------------------


async def test_it_lists_the_newest_first_and_enter_goes_on_with_the_marked_one(
    app_of: AppOf, folder: Path
) -> None:
    async with app_of().run_test() as pilot:
        await listed(pilot)
        assert headings(pilot) == ["誰が再開できますか", "Left?", "Who may reopen it?"]
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "Because of the gryphon." in shown(pilot))
        assert chat(pilot).session.path == folder / "one.jsonl"
        await ask(pilot, "Then?")
    assert len(read(folder / "one.jsonl").turns) == 3


@pytest.mark.parametrize("words", ["税", "再開", "経理責任者", "責任 再開"])
async def test_typing_searches_and_finds_parts_of_japanese(app_of: AppOf, folder: Path, words: str) -> None:
    async with app_of().run_test() as pilot:
        await listed(pilot)
        await finds(pilot, words, "誰が再開できますか")
        await until(pilot, lambda: "1 found" in shown(pilot))


async def test_enter_goes_to_the_turn_that_was_found_on_another_branch_too(
    app_of: AppOf, folder: Path
) -> None:
    async with app_of().run_test() as pilot:
        await listed(pilot)
        await finds(pilot, "basilisk", "Left?")
        await until(pilot, lambda: "● A basilisk." in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "❯ Right?" in shown(pilot))
        view = chat(pilot).query_one(TranscriptView)
        await until(pilot, lambda: view.selected_answer == "t2")


async def test_what_was_found_in_the_conversation_on_view_is_gone_to(app_of: AppOf, folder: Path) -> None:
    async with app_of(resume=folder / "two.jsonl").run_test() as pilot:
        await until(pilot, lambda: "❯ Left?" in shown(pilot))
        await listed(pilot)
        await finds(pilot, "basilisk", "Left?")
        await pilot.press("enter")
        await until(pilot, lambda: "❯ Right?" in shown(pilot))


@pytest.mark.parametrize("on_view", [False, True])
async def test_what_was_found_in_the_middle_of_a_long_answer_is_in_view(
    app_of: AppOf, transcripts: Path, on_view: bool
) -> None:
    filling = "締めた期間の説明です。\n\n" * 40
    answer = f"{filling}**麒麟**の鱗\n\n{filling}"
    path = write(transcripts, "c", "Before?", Said("Where?", answer=answer), "After?")
    async with app_of(resume=path if on_view else None).run_test() as pilot:
        await until(pilot, lambda: chat(pilot).session.begun or not on_view)
        await listed(pilot)
        await finds(pilot, "麒麟", "Before?")
        await pilot.press("enter")
        await until(pilot, lambda: "麒麟の鱗" in shown(pilot))
        await until(pilot, lambda: "❯" not in shown(pilot))


async def test_what_was_found_near_the_beginning_of_the_conversation_on_view_is_in_view(
    app_of: AppOf, transcripts: Path
) -> None:
    said = [Said(f"Question {number}?", "A few words.\n\nAnd more.") for number in range(9)]
    path = write(transcripts, "a", Said("First?", "Here is a zebra."), *said)
    async with app_of(resume=path).run_test(size=(80, 24)) as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: "Question 8?" in shown(pilot))
        await pilot.press("ctrl+f", *"zebra")
        await until(pilot, lambda: "● Here is a zebra." in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is screen and screen.selected_turn() is not None)
        await pilot.pause(0.2)
        assert "Here is a zebra." in shown(pilot)


async def test_escape_clears_the_search_then_closes(app_of: AppOf, folder: Path) -> None:
    async with app_of().run_test() as pilot:
        await listed(pilot)
        await finds(pilot, "zzz")
        await until(pilot, lambda: "No conversation holds “zzz”." in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: len(headings(pilot)) == 3)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is chat(pilot))


async def test_an_empty_list_says_what_to_do(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        await listed(pilot)
        await until(pilot, lambda: "There is no conversation yet." in shown(pilot))
        await pilot.press("enter", "f2", "f3", "f8", "down", "pagedown", "ctrl+end")
        assert isinstance(pilot.app.screen, ConversationsScreen)


async def test_a_command_opens_it(app_of: AppOf, folder: Path) -> None:
    async with app_of().run_test() as pilot:
        await ready(pilot)
        await pilot.press(*"/list", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConversationsScreen))


async def test_many_are_gone_through_by_pages(app_of: AppOf, transcripts: Path) -> None:
    for number in range(60):
        write(transcripts, f"c{number:02}", f"Number {number:02}?", day=1)
    async with app_of().run_test(size=(80, 24)) as pilot:
        screen = await listed(pilot)
        rows = screen.query_one(ConversationRows)
        await until(pilot, lambda: "▸   2026-01-01  Number 59?" in shown(pilot))
        await pilot.press("pagedown")
        assert rows.marked == rows.page
        await pilot.press("ctrl+end")
        await until(pilot, lambda: "▸   2026-01-01  Number 00?" in shown(pilot))
        await pilot.press("down")
        assert rows.marked == 59
        await pilot.press("ctrl+home", "up")
        assert rows.marked == 0


# -- changing -------------------------------------------------------------------------------------------------------------


async def test_a_conversation_is_named_in_japanese_and_found_by_that(app_of: AppOf, folder: Path) -> None:
    async with app_of().run_test() as pilot:
        await listed(pilot)
        await pilot.press("down", "f2", *"左右の確認", "enter")
        await until(pilot, lambda: headings(pilot)[1:2] == ["左右の確認"])
        await until(pilot, lambda: "Now called “左右の確認”." in shown(pilot))
        await finds(pilot, "左右", "左右の確認")
    assert read(folder / "two.jsonl").title == "左右の確認"


async def test_an_emptied_title_gives_the_first_question_back(app_of: AppOf, folder: Path) -> None:
    changes.rename(folder / "ja.jsonl", "題")
    async with app_of().run_test() as pilot:
        await listed(pilot)
        assert headings(pilot)[0] == "題"
        await pilot.press("f2", "backspace", "enter")
        await until(pilot, lambda: headings(pilot)[0] == "誰が再開できますか")
        await pilot.press("f2", "x", "escape")
        assert headings(pilot)[0] == "誰が再開できますか"


async def test_a_pinned_one_goes_to_the_top_and_keeps_the_mark(app_of: AppOf, folder: Path) -> None:
    async with app_of().run_test() as pilot:
        screen = await listed(pilot)
        await pilot.press("down", "down", "f3")
        await until(pilot, lambda: headings(pilot)[0] == "Who may reopen it?")
        await until(pilot, lambda: "▸ ★" in shown(pilot))
        assert screen.query_one(ConversationRows).marked == 0
        await pilot.press("f3")
        await until(pilot, lambda: headings(pilot)[2] == "Who may reopen it?")
    assert not read(folder / "one.jsonl").pinned


async def test_deleting_asks_and_can_be_undone(app_of: AppOf, folder: Path) -> None:
    async with app_of().run_test() as pilot:
        await listed(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: "Delete this conversation?" in shown(pilot))
        await pilot.press("enter")  # the button that keeps it has the focus
        assert len(headings(pilot)) == 3
        await pilot.press("f8", "y")
        await until(pilot, lambda: headings(pilot) == ["Left?", "Who may reopen it?"])
        assert (folder / "bin" / "ja.jsonl").exists()
        await until(pilot, lambda: "Deleted “誰が再開できますか”. Alt+U takes it back." in shown(pilot))
        await pilot.press("alt+u")
        await until(pilot, lambda: len(headings(pilot)) == 3)
        await pilot.press("alt+u")
        await until(pilot, lambda: "Nothing was deleted here." in shown(pilot))
    assert len(read(folder / "ja.jsonl").turns) == 1


async def test_the_conversation_on_view_can_be_deleted_and_is_left(app_of: AppOf, transcripts: Path) -> None:
    async with app_of().run_test() as pilot:
        await ask(pilot, "Who?")
        await listed(pilot)
        await pilot.press("f8", "y")
        await until(pilot, lambda: headings(pilot) == [])
        await pilot.press("escape")
        await until(pilot, lambda: "Try one of these" in shown(pilot))
        await ask(pilot, "Another?")
    assert len(transcripts_in(transcripts)) == 1


@pytest.mark.parametrize("keys", [("f2", "x", "enter"), ("f3",), ("f8", "y")])
async def test_what_is_open_elsewhere_is_left_alone_and_it_is_said(
    app_of: AppOf, folder: Path, keys: tuple[str, ...]
) -> None:
    elsewhere = Recorder(folder, "ja")
    elsewhere.pinned(False)
    before = (folder / "ja.jsonl").read_bytes()
    async with app_of().run_test(size=(120, 30)) as pilot:
        await listed(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: "The conversation ja is open in another Kotae." in notified(pilot))
        assert len(headings(pilot)) == 3
    elsewhere.close()
    assert (folder / "ja.jsonl").read_bytes() == before


async def test_a_conversation_that_is_being_answered_is_not_deleted(app_of: AppOf, transcripts: Path) -> None:
    base = Scripted("base", steps=(Delta("Half"), asyncio.Event()))
    async with app_of(engine_of(base)).run_test(size=(120, 30)) as pilot:
        screen = await ready(pilot)
        await pilot.press("a", "enter")
        await until(pilot, lambda: "Half" in shown(pilot))
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConversationsScreen) and headings(pilot))
        await pilot.press("f8", "y")
        await until(pilot, lambda: "An answer is still being written to" in notified(pilot))
        await pilot.press("escape", "escape")
        await ready(pilot)
        assert screen.session.begun


# -- this conversation ----------------------------------------------------------------------------------------------------


async def test_the_conversation_on_view_is_named_and_pinned_from_the_prompt(
    app_of: AppOf, transcripts: Path
) -> None:
    async with app_of().run_test() as pilot:
        await ready(pilot)
        await pilot.press(*"/rename x", "enter")
        await until(pilot, lambda: "Ask something first" in shown(pilot))
        screen = await ask(pilot, "Who?")
        await pilot.press(*"/rename 締めの 確認", "enter")
        await until(pilot, lambda: "Now called “締めの 確認”." in shown(pilot))
        await until(pilot, lambda: "締めの 確認" in shown(pilot).split("\n")[0])
        await pilot.press(*"/pin", "enter")
        await until(pilot, lambda: "Pinned: it stands at the top of the list." in shown(pilot))
        path = screen.session.path
        assert path is not None
        conversation = read(path)
        assert (conversation.title, conversation.pinned) == ("締めの 確認", True)
        await pilot.press("alt+r", "end", "!", "enter")
        await until(pilot, lambda: "Now called “締めの 確認!”." in shown(pilot))


# -- drafts ---------------------------------------------------------------------------------------------------------------


async def test_each_conversation_has_its_own_draft(app_of: AppOf, folder: Path) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press(*"for new")
        await screen.resume(folder / "one.jsonl")
        assert screen.prompt.value == ""
        await pilot.press(*"for one")
        await screen.resume(folder / "two.jsonl")
        assert screen.prompt.value == ""
        await screen.resume(folder / "one.jsonl")
        assert screen.prompt.value == "for one"
        await pilot.press("ctrl+n")
        assert screen.prompt.value == "for new"
        await pilot.press("ctrl+q")
    async with app_of(resume=folder / "one.jsonl").run_test() as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: screen.session.begun)
        assert screen.prompt.value == "for one"
    async with app_of().run_test() as pilot:
        assert (await ready(pilot)).prompt.value == "for new"


async def test_a_question_that_was_sent_is_no_draft_of_the_next_conversation(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("Who?")
        screen.save_draft()
        await pilot.press("enter")
        await until(pilot, lambda: screen.session.begun)
        await ready(pilot)
        await pilot.press("ctrl+n")
        assert screen.prompt.value == ""


# -- the mouse ------------------------------------------------------------------------------------------------------------


async def test_it_works_by_mouse(app_of: AppOf, folder: Path) -> None:
    async with app_of().run_test() as pilot:
        screen = await listed(pilot)
        rows = screen.query_one(ConversationRows)
        await pilot.click(rows, offset=(20, 2))
        assert rows.marked == 2
        await pilot.click("#keys", offset=(shown(pilot).split("\n")[-1].index("F3"), 0))
        await until(pilot, lambda: headings(pilot)[0] == "Who may reopen it?")
        await pilot.click(rows, offset=(20, 1))
        await pilot.click(rows, offset=(20, 1))
        await until(pilot, lambda: "経理責任者だけです" in shown(pilot))


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 60)])
async def test_rows_keep_to_the_width(
    app_of: AppOf, transcripts: Path, lang: Language, size: tuple[int, int]
) -> None:
    backends = [Said("q" * 300, backend=f"長い名前のバックエンド{number}") for number in range(6)]
    write(transcripts, "c", *backends, title="題" * 200, pinned=True)
    async with app_of(lang=lang).run_test(size=size) as pilot:
        await listed(pilot)
        lines = shown(pilot).split("\n")
        (row,) = (line for line in lines if "★" in line)
        assert row.rstrip().endswith("6 回答" if lang == "ja" else "6 turns")
