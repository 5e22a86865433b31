"""Recorded conversations on the screen, played by a clock that the test moves, and driven by keys alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kotae.conversation import Turn
from kotae.settings import ChatSettings, Settings
from kotae.transcripts.timeline import timeline
from tests.kotae.test_player import Clock, answered, asked, side_by_side, written
from tests.tui import flagged_conversation, sample_conversation
from tests.tui.conftest import shown, until
from tests.written import Said, write
from tui.replay_app import ReplayApp
from tui.replaying import clock as as_clock
from tui.replaying import placed
from tui.screens.replay import ReplayScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from kotae.language import Language


def play(
    path: Path, *, lang: Language = "en", theme: str = "", speed: float = 1.0
) -> tuple[ReplayApp, Clock]:
    """The program for a transcript, and its clock."""
    time = Clock()
    settings = Settings(chat=ChatSettings(theme=theme))
    return ReplayApp(settings, path, timeline(path), lang=lang, speed=speed, now=time), time


def replay(pilot: Pilot[None]) -> ReplayScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, ReplayScreen)
    return screen


async def test_it_plays_by_its_own_timing(tmp_path: Path) -> None:
    app, time = play(
        written(tmp_path, answered("t1", "00:00", "Only the Controller.") + answered("t2", "00:02", "No."))
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "❯ Who?" in shown(pilot))
        assert "Controller" not in shown(pilot)
        time.now += 0.5
        await until(pilot, lambda: "Only the" in shown(pilot))
        assert "Controller" not in shown(pilot)
        time.now += 0.6
        await until(pilot, lambda: "Only the Controller." in shown(pilot) and "1 of 2" in shown(pilot))
        time.now += 60
        await until(pilot, lambda: "The end" in shown(pilot))
        assert "0:03 / 0:03" in shown(pilot)
        assert "No." in shown(pilot)


async def test_keys_pause_step_and_change_the_speed(tmp_path: Path) -> None:
    app, time = play(written(tmp_path, answered("t1", "00:00", "Yes.") + answered("t2", "00:02", "No.")))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = replay(pilot)
        await until(pilot, lambda: "❯ Who?" in shown(pilot))
        await pilot.press("space")
        await until(pilot, lambda: "Paused" in shown(pilot))
        time.now += 60
        await pilot.press("right")
        await until(pilot, lambda: "  Yes." in shown(pilot))
        assert screen.player.paused
        await pilot.press("+", "+", "-")
        await until(pilot, lambda: "×2" in shown(pilot))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "  No." in shown(pilot))
        assert screen.player.over
        await pilot.press("home")
        await until(pilot, lambda: "  No." not in shown(pilot) and "❯ Who?" in shown(pilot))
        assert not replay(pilot).player.paused
        await pilot.press("end")
        await until(pilot, lambda: "  No." in shown(pilot) and "The end" in shown(pilot))
        await pilot.press("q")
    assert app.return_code == 0


async def test_flags_the_inspector_and_presentation_work_and_nothing_is_written(tmp_path: Path) -> None:
    path = flagged_conversation.write(tmp_path / "kept")
    before = path.read_bytes()
    app, _ = play(path)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("end", "f8", "ctrl+o")
        await until(pilot, lambda: "⚑ Flag" in shown(pilot) or "? Flag" in shown(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "only shown; nothing is written" in shown(pilot))
        replay(pilot).be_quiet()
        await pilot.press("f12")
        await until(pilot, lambda: "B A S E" in shown(pilot))
        assert "×1" not in shown(pilot)
        await pilot.press("f12", "a", "ctrl+t", "ctrl+r")
        await until(pilot, lambda: "B A S E" not in shown(pilot))
        assert not replay(pilot).prompt.text
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == sorted([path.name, ".locks"])


async def test_on_a_narrow_screen_the_inspector_lies_over_it(tmp_path: Path) -> None:
    app, _ = play(sample_conversation.write(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end", "ctrl+o")
        await until(pilot, lambda: "Inspector: rag" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "The end" in shown(pilot))


async def test_answers_that_came_at_once_stand_below_their_question(tmp_path: Path) -> None:
    app, time = play(written(tmp_path, side_by_side()))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "❯ Who?" in shown(pilot))
        time.now += 0.8
        await until(pilot, lambda: "made up" in shown(pilot) and "from the manual" in shown(pilot))
        await pilot.press("end")
        await until(
            pilot, lambda: "made up freely" in shown(pilot) and "from the manual alone" in shown(pilot)
        )
        assert shown(pilot).count("❯ Who?") == 1


async def test_what_was_asked_on_another_branch_stands_below_what_it_continued(tmp_path: Path) -> None:
    edited, back = Said("Edited?", parent=None), Said("Back?", parent="t2")
    app, _ = play(write(tmp_path, "a", "First?", "Second?", edited, "Follows?", back))
    async with app.run_test(size=(80, 40)) as pilot:
        await _step_to(pilot, ["First?", "Second?"])
        await _step_to(pilot, ["Edited?"])
        assert "‹ 2/2 ›" in shown(pilot)
        await _step_to(pilot, ["Edited?", "Follows?"])
        await _step_to(pilot, ["First?", "Second?", "Back?"])
        await pilot.press("end")
        await until(pilot, lambda: "The end" in shown(pilot))
        assert _questions(pilot) == ["First?", "Second?", "Back?"]


async def _step_to(pilot: Pilot[None], questions: list[str]) -> None:
    """Steps until these questions stand on the screen."""
    for _ in range(20):
        if _questions(pilot) == questions:
            return
        await pilot.press("right")
        await pilot.pause(0.05)
    raise AssertionError(shown(pilot))


def _questions(pilot: Pilot[None]) -> list[str]:
    return [line.split("❯ ")[1].strip() for line in shown(pilot).splitlines() if "❯ " in line]


async def test_what_is_hostile_is_text(tmp_path: Path) -> None:
    lines = answered("t1", "00:00", "\x1b[31mred\x1b]52;c;eA==\x07 [bold]not bold[/bold]")
    lines[0]["question"] = "[red]Who?\x1b[2J"
    lines[0]["backend"] = "ba\x1bse[/]"
    app, _ = play(written(tmp_path, lines))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("end")
        await until(pilot, lambda: "␛[31mred" in shown(pilot))
        picture = shown(pilot)
        assert "\x1b" not in picture
        assert "[bold]not bold[/bold]" in picture
        assert "[red]Who?␛[2J" in picture
        assert "ba␛se[/]" in picture


async def test_an_empty_conversation_says_so(tmp_path: Path) -> None:
    app, _ = play(written(tmp_path, []))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Nothing was asked in this conversation." in shown(pilot))
        await pilot.press("right", "enter", "end", "home", "space", "ctrl+o")
        await until(pilot, lambda: pilot.app.screen is not replay(pilot))


async def test_the_palette_has_the_keys_of_the_replay(tmp_path: Path) -> None:
    app, _ = play(sample_conversation.write(tmp_path, "ja"), lang="ja")
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "最初から再生" in shown(pilot).replace(" ", ""))


def test_a_question_asked_again_stands_with_the_first_and_cuts_what_followed() -> None:
    def turn(turn_id: str, parent: str | None, question: str) -> Turn:
        return Turn(id=turn_id, question=question, backend="b", parent=parent)

    first, second, third = turn("1", None, "A"), turn("2", "1", "B"), turn("3", "2", "C")
    assert placed([], first) == (None, False)
    assert placed([first, second], third) == (None, False)
    assert placed([first, second, third], turn("4", "2", "C")) == (None, True)
    assert placed([first, second, third], turn("4", "1", "B")) == (1, True)
    assert placed([first, second, third], turn("4", "1", "fork")) == (0, False)
    beside = turn("5", "1", "B")
    assert placed([first, second, beside], turn("6", "2", "D")) == (None, False)
    assert placed([first], turn("7", "gone", "E")) == (None, False)


@pytest.mark.parametrize(("seconds", "said"), [(0, "0:00"), (65.9, "1:05"), (3725, "1:02:05")])
def test_times_read_as_on_players(seconds: float, said: str) -> None:
    assert as_clock(seconds) == said


def test_a_transcript_that_is_torn_plays_as_far_as_it_goes(tmp_path: Path) -> None:
    path = written(tmp_path, answered("t1", "00:00"))
    path.write_bytes(path.read_bytes() + json.dumps(asked("t2", "00:05")).encode()[:40])
    assert {moment.turn.id for moment in timeline(path)} == {"t1"}
