"""Prepared questions, presentation mode and screenshots, by keys alone."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from kotae.script import Step
from tests.tui import sample_conversation
from tests.tui.conftest import AppOf, ready, shown, until
from tui.screenshot import mended, save
from tui.talk import Prompter, Talk

STEPS = (
    Step("What is it?"),
    Step("締めた期間を再開できるのは誰ですか？", "rag"),
    Step("/backend quote"),
    Step("One\ntwo"),
)


# -- prepared questions -----------------------------------------------------------------------------------------------


async def test_one_key_puts_the_next_question_and_sends_it(app_of: AppOf) -> None:
    async with app_of(talk=Talk(STEPS)).run_test(size=(80, 24)) as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: " 1/4 What is it?" in shown(pilot))
        await pilot.press("ctrl+g")
        assert screen.prompt.value == "What is it?"
        await until(pilot, lambda: " 1/4 Ctrl+G or Enter sends it" in shown(pilot))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: " 2/4 @rag: 締めた期間" in shown(pilot))
        await ready(pilot)
        assert screen.prompt.value == ""
        assert [turn.question for turn in screen.session.shown()] == ["What is it?"]


async def test_a_whole_script_is_gone_through_by_one_key(app_of: AppOf) -> None:
    async with app_of(talk=Talk(STEPS)).run_test(size=(80, 24)) as pilot:
        screen = await ready(pilot)
        for _ in STEPS:
            place = screen.prompter.place
            await pilot.press("ctrl+g", "ctrl+g")
            await until(pilot, lambda: screen.prompter.place > place)  # noqa: B023 - called before it changes
            await ready(pilot)
        turns = screen.session.shown()
        assert [(turn.question, turn.backend) for turn in turns] == [
            ("What is it?", "base"),
            (STEPS[1].text, "rag"),
            ("One\ntwo", "quote"),
        ]
        assert " 4/4 all asked" in shown(pilot)
        await pilot.press("ctrl+g")
        assert screen.prompt.value == ""


async def test_enter_sends_it_too_and_it_can_be_changed_before(app_of: AppOf) -> None:
    async with app_of(talk=Talk(STEPS)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("ctrl+g")
        screen.prompt.insert(" Really?")
        await pilot.press("enter")
        await until(pilot, lambda: screen.prompter.place == 1)
        await ready(pilot)
        assert [turn.question for turn in screen.session.shown()] == ["What is it? Really?"]
        await pilot.press("ctrl+g")
        assert screen.prompt.value == STEPS[1].text


async def test_the_key_before_goes_back(app_of: AppOf) -> None:
    async with app_of(talk=Talk(STEPS)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("alt+g")
        await until(pilot, lambda: "This is the first prepared question." in shown(pilot))
        await pilot.press("ctrl+g", "enter")
        await until(pilot, lambda: screen.prompter.place == 1)
        await ready(pilot)
        await pilot.press("alt+g")
        assert screen.prompt.value == "What is it?"
        await pilot.press("enter")
        await until(pilot, lambda: screen.prompter.place == 1)
        await ready(pilot)
        assert [turn.question for turn in screen.session.conversation.turns.values()] == ["What is it?"] * 2


async def test_what_was_typed_by_hand_is_recalled(app_of: AppOf) -> None:
    async with app_of(talk=Talk(STEPS)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("m", "i", "n", "e", "ctrl+g")
        assert screen.prompt.value == "What is it?"
        await pilot.press("up")
        assert screen.prompt.value == "mine"


async def test_a_command_typed_over_a_question_leaves_it_next(app_of: AppOf) -> None:
    async with app_of(talk=Talk(STEPS)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("ctrl+g")
        screen.prompt.value = "/backend rag"
        await pilot.press("enter")
        await until(pilot, lambda: not screen.prompter.standing)
        await pilot.press("ctrl+g")
        assert screen.prompt.value == "What is it?"


async def test_slash_commands_do_the_same(app_of: AppOf) -> None:
    async with app_of(talk=Talk(STEPS)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press(*"/next", "enter")
        await until(pilot, lambda: screen.prompt.value == "What is it?")
        assert screen.prompter.standing
        screen.prompt.value = "/present"
        await pilot.press("enter")
        await until(pilot, lambda: screen.presenting)


async def test_without_prepared_questions_the_key_says_how_to_have_some(app_of: AppOf) -> None:
    async with app_of().run_test(size=(100, 24)) as pilot:
        screen = await ready(pilot)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "start with --script FILE" in shown(pilot))
        assert not screen.query("#script")


def test_going_back_puts_the_one_before() -> None:
    prompter = Prompter(STEPS)
    assert prompter.back() is None
    assert prompter.put() == STEPS[0]
    prompter.sent()
    prompter.sent()
    assert prompter.step == STEPS[1]
    assert prompter.back() == STEPS[0]
    assert prompter.standing


# -- presentation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_presentation_shows_the_conversation_alone_and_goes_back(
    app_of: AppOf, transcripts: Path, size: tuple[int, int]
) -> None:
    app = app_of(resume=sample_conversation.write(transcripts), backend="rag", talk=Talk(STEPS))
    async with app.run_test(size=size) as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: "Ctrl+G" in shown(pilot))
        screen.be_quiet()
        await pilot.press("f12")
        await until(pilot, lambda: "R A G" in shown(pilot))
        picture = shown(pilot)
        for chrome in ("▸rag", "F2", "Ctrl+O", "Ready", "What is it?"):
            assert chrome not in picture
        assert "1/4" in picture
        assert "Controller" in picture
        left = (size[0] - min(size[0] - 12, 112)) // 2
        assert all(line.startswith(" " * left) for line in picture.split("\n"))
        screen.prompt.insert("/re")
        await until(pilot, lambda: "/retry" in shown(pilot))
        assert all(line.startswith(" " * left) for line in shown(pilot).split("\n"))
        screen.prompt.clear_text()
        await pilot.press("tab")
        await until(pilot, lambda: "F I N E T U N E D" in shown(pilot))
        await pilot.press("alt+w")
        await until(pilot, lambda: "▸finetuned" in shown(pilot))
        assert "F I N E" not in shown(pilot)


async def test_what_has_to_be_said_is_said_in_presentation_mode_too(app_of: AppOf) -> None:
    async with app_of(talk=Talk(present=True)).run_test() as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: "B A S E" in shown(pilot))
        await pilot.press("ctrl+y")
        await until(pilot, lambda: "There is no answer to copy yet." in shown(pilot))
        screen.be_quiet()
        await until(pilot, lambda: "There is no answer to copy yet." not in shown(pilot))


# -- screenshots ------------------------------------------------------------------------------------------------------


async def test_a_screenshot_is_saved_and_its_path_is_said(
    app_of: AppOf, transcripts: Path, tmp_path: Path
) -> None:
    path = sample_conversation.write(transcripts, "ja")
    app = app_of(resume=path, lang="ja", talk=Talk(screenshots=tmp_path / "p"))
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        await pilot.press("alt+s", "alt+s")
        await until(pilot, lambda: "に保存しました" in shown(pilot))
    pictures = sorted((tmp_path / "p").iterdir())
    assert len(pictures) == 2
    for picture in pictures:
        assert re.fullmatch(r"kotae-\d{8}-\d{6}(-\d+)?\.svg", picture.name)
        assert picture.stat().st_mode & 0o777 == 0o600
        svg = picture.read_text(encoding="utf-8")
        assert "経理責任者" in svg
        assert "cdnjs" not in svg


async def test_screenshots_lie_with_the_users_pictures(app_of: AppOf, home: Path) -> None:
    async with app_of().run_test() as pilot:
        await ready(pilot)
        await pilot.press("alt+s")
        await until(pilot, lambda: list((home / "Pictures" / "kotae").glob("*.svg")))


async def test_a_folder_that_takes_no_picture_is_said(app_of: AppOf, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with app_of(talk=Talk(screenshots=tmp_path / "file")).run_test(size=(200, 24)) as pilot:
        await ready(pilot)
        await pilot.press("alt+s")
        await until(pilot, lambda: "can't be saved in" in shown(pilot))


def test_a_picture_never_takes_the_place_of_another(tmp_path: Path) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5)
    paths = [save(f"<svg>{number}</svg>", tmp_path, now) for number in range(3)]
    assert [path.name for path in paths] == [
        "kotae-20260102-030405.svg",
        "kotae-20260102-030405-2.svg",
        "kotae-20260102-030405-3.svg",
    ]
    assert [path.read_text() for path in paths] == ["<svg>0</svg>", "<svg>1</svg>", "<svg>2</svg>"]


def test_wide_characters_have_their_width() -> None:
    text = '<text class="a" x="0" textLength="36.6" clip-path="url(#l)">{}</text>'
    assert 'textLength="73.2"' in mended(text.format("期間の"))
    assert 'textLength="61.0"' in mended(text.format("期&#x27;間"))
    assert mended(text.format("abc")) == text.format("abc")
