"""Confirming and rejecting flags: by key and mouse, on the screen, in the transcript, in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kotae import paths
from kotae.conversation import Flag, Verdict
from kotae.events import Delta, Finished
from kotae.transcripts.read import latest, read
from kotae.transcripts.record import Recorder
from tests.tui import flagged_conversation
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of
from tui.transcript.view import TranscriptView
from tui.widgets.inspector import Inspector
from tui.widgets.verdict import VerdictChoice

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.engine import Engine

ANSWER = "It was made in 1999. It is sold in boxes."


def dated() -> Engine:
    return engine_of(Scripted("base", steps=(Delta(ANSWER), Finished("stop"))), flag=("1999",))


def recorded(folder: Path) -> list[Verdict]:
    """The verdicts in the transcript that was written last, turn by turn."""
    path = latest(folder)
    assert path is not None
    return [flag.verdict for turn in read(path).turns.values() for flag in turn.flags]


async def flagged(pilot: Pilot[None]) -> None:
    """An answer whose flag is selected."""
    await ask(pilot, "When?")
    await until(pilot, lambda: "1 of 2 claims has no support" in shown(pilot))
    await pilot.press("f8")


@pytest.mark.parametrize("keys", [("f9", "f10"), ("alt+y", "alt+x")])
async def test_a_key_judges_the_selected_flag_and_takes_it_back(
    app_of: AppOf, transcripts: Path, keys: tuple[str, str]
) -> None:
    confirm, reject = keys
    async with app_of(dated()).run_test(size=(100, 24)) as pilot:
        await flagged(pilot)
        await pilot.press(confirm)
        await until(pilot, lambda: "made in #✓1999" in shown(pilot))
        assert "Flag confirmed" in shown(pilot)
        assert "1 of 2 claims has no support" in shown(pilot)
        assert recorded(transcripts) == ["confirmed"]
        await pilot.press(reject)
        await until(pilot, lambda: "all 2 claims have support · groundedness 1.00" in shown(pilot))
        assert "made in #✗1999" in shown(pilot)
        assert "1 rejected by you" in shown(pilot)
        assert recorded(transcripts) == ["rejected"]
        await pilot.press(reject)
        await until(pilot, lambda: "made in #1999" in shown(pilot))
        assert "Verdict taken back." in shown(pilot)
        assert "1 of 2 claims has no support · groundedness 0.50" in shown(pilot)
        assert recorded(transcripts) == [""]


async def test_without_a_selected_flag_the_keys_say_what_to_do(app_of: AppOf) -> None:
    async with app_of(dated()).run_test(size=(100, 24)) as pilot:
        await ready(pilot)
        await pilot.press("f9")
        await until(pilot, lambda: "No flag is selected. F8" in shown(pilot))
        await ask(pilot, "When?")
        await pilot.press("f10")
        await until(pilot, lambda: "No flag is selected. F8" in shown(pilot))
        assert chat(pilot).session.conversation.turns


async def test_letters_judge_in_the_conversation_once_a_flag_is_selected_and_are_typed_otherwise(
    app_of: AppOf,
) -> None:
    async with app_of(dated()).run_test(size=(100, 24)) as pilot:
        await flagged(pilot)
        await pilot.press("f6", "x")
        await until(pilot, lambda: "#✗1999" in shown(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "#✓1999" in shown(pilot))
        assert chat(pilot).prompt.value == ""
        await pilot.press("escape", "escape")  # to the prompt, and the selection goes
        await pilot.press("f6", "y")
        assert chat(pilot).prompt.value == "y"


async def test_the_inspector_beside_the_chat_shows_the_verdict_and_takes_clicks(
    app_of: AppOf, transcripts: Path
) -> None:
    async with app_of(dated()).run_test(size=(130, 40)) as pilot:
        await flagged(pilot)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "✓ Confirm F9" in shown(pilot))
        assert "F10 reject" in shown(pilot)
        await pilot.click(".rejected")
        await until(pilot, lambda: "✗ rejected by you: it does not count" in shown(pilot))
        await pilot.click(".confirmed")
        await until(pilot, lambda: "✓ confirmed by you" in shown(pilot))
        assert pilot.app.screen.query_one(".confirmed", VerdictChoice).has_class("given")
        assert recorded(transcripts) == ["confirmed"]
        await pilot.press("f6", "y")  # in the inspector
        await until(pilot, lambda: "confirmed by you" not in shown(pilot))
        assert recorded(transcripts) == [""]


@pytest.mark.parametrize("key", ["x", "f10", "alt+x"])
async def test_the_inspector_over_the_chat_judges_too(app_of: AppOf, transcripts: Path, key: str) -> None:
    async with app_of(dated()).run_test(size=(80, 30)) as pilot:
        await flagged(pilot)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Y confirms · X rejects" in shown(pilot))
        await pilot.press(key)
        await until(pilot, lambda: "✗ rejected by you" in shown(pilot))
        await pilot.click(".confirmed")
        await until(pilot, lambda: "✓ confirmed by you" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "#✓1999" in shown(pilot))
        assert recorded(transcripts) == ["confirmed"]


async def test_the_palette_judges(app_of: AppOf) -> None:
    async with app_of(dated()).run_test(size=(100, 40)) as pilot:
        await flagged(pilot)
        await pilot.press("ctrl+p", *"reject the")
        await until(pilot, lambda: "Reject the flag" in shown(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "#✗1999" in shown(pilot))


async def test_the_same_claim_has_its_verdict_when_it_is_flagged_again(
    app_of: AppOf, transcripts: Path
) -> None:
    async with app_of(dated()).run_test(size=(130, 40)) as pilot:
        await flagged(pilot)
        await pilot.press("f10")
        await until(pilot, lambda: "#✗1999" in shown(pilot))
        await pilot.press("escape")
        await ask(pilot, "And when else?")
        await until(pilot, lambda: shown(pilot).count("#✗1999") == 2)
        await until(pilot, lambda: shown(pilot).count("1 rejected by you") == 2)
    assert paths.verdicts_file().stat().st_mode & 0o777 == 0o600
    async with app_of(dated()).run_test(size=(130, 40)) as pilot:  # another start of the program
        await ask(pilot, "When?")
        await until(pilot, lambda: "all 2 claims have support" in shown(pilot))
        assert recorded(transcripts) == ["rejected"]
        await pilot.press("f8", "ctrl+o")
        await until(pilot, lambda: "remembered for this claim" in shown(pilot))
        await pilot.press("f10")
        await until(pilot, lambda: "1 of 2 claims has no support" in shown(pilot))
        assert "remembered" not in shown(pilot)
        await pilot.press("escape")
        await ask(pilot, "And?")
        await until(pilot, lambda: shown(pilot).count("in #1999") == 2)


async def test_a_verdict_in_a_resumed_conversation_is_there_when_it_is_resumed_again(
    app_of: AppOf, transcripts: Path
) -> None:
    path = flagged_conversation.write(transcripts)
    for key, mark in (("f9", "?✓Audit Center"), ("f10", "?✗Audit Center")):
        async with app_of(resume=path).run_test(size=(100, 40)) as pilot:
            await until(pilot, lambda: "⚑✗Archived periods" in shown(pilot))
            await ready(pilot)
            await pilot.press("f8", key)
            await until(pilot, lambda mark=mark: mark in shown(pilot))  # type: ignore[misc]
    assert recorded(transcripts)[0] == "rejected"
    assert read(path).turns["t1"].answer == flagged_conversation.ANSWER["en"]


async def test_a_conversation_that_is_open_elsewhere_takes_no_verdict(
    app_of: AppOf, transcripts: Path
) -> None:
    path = flagged_conversation.write(transcripts)
    other = Recorder(transcripts, path.stem)
    other.verdict("none", Flag(start=0, end=1, kind="name", score=1, reason=""), None)
    async with app_of(resume=path).run_test(size=(100, 40), notifications=True) as pilot:
        await until(pilot, lambda: "#✓90 days" in shown(pilot))
        await ready(pilot)
        await pilot.press("f8", "f9")
        said = pilot.app._notifications
        await until(pilot, lambda: any("is open in another Kotae" in note.message for note in said))
        assert "?Audit Center" in shown(pilot)
    other.close()
    assert recorded(transcripts)[0] == ""
    assert not paths.verdicts_file().exists()


async def test_a_verdict_that_can_not_be_remembered_is_recorded_and_that_is_said(
    app_of: AppOf, transcripts: Path
) -> None:
    paths.verdicts_file().mkdir(parents=True)
    async with app_of(dated()).run_test(size=(110, 24)) as pilot:
        await flagged(pilot)
        await pilot.press("f9")
        await until(pilot, lambda: "can't be remembered" in shown(pilot))
        assert "#✓1999" in shown(pilot)
        assert recorded(transcripts) == ["confirmed"]


async def test_a_flag_of_an_answer_that_still_streams_can_be_judged(app_of: AppOf, transcripts: Path) -> None:
    rest = asyncio.Event()
    steps = (Delta("It was made in 1999. "), rest, Delta("It is sold in boxes."), Finished("stop"))
    engine = engine_of(Scripted("base", steps=steps), flag=("1999",))
    async with app_of(engine).run_test(size=(130, 40)) as pilot:
        screen = await ready(pilot)
        screen.send("When?")
        await until(pilot, lambda: "#1999" in shown(pilot))
        await pilot.press("f8", "ctrl+o")
        await until(pilot, lambda: "“1999”" in shown(pilot))
        await pilot.press("f10")
        await until(pilot, lambda: "#✗1999" in shown(pilot))
        rest.set()
        await ready(pilot)
        await until(pilot, lambda: "all 2 claims have support" in shown(pilot))
        assert "#✗1999" in shown(pilot)
        assert screen.query_one(TranscriptView).selected_flag is not None
    assert recorded(transcripts) == ["rejected"]


async def test_judging_looks_at_no_other_answer(app_of: AppOf, transcripts: Path) -> None:
    path = flagged_conversation.write(transcripts)
    async with app_of(resume=path).run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: "#✓90 days" in shown(pilot))
        await ready(pilot)
        view = chat(pilot).query_one(TranscriptView)
        for number in range(300):
            view.begin_answer(f"more{number}", "base")
            view.append(f"more{number}", "Some text. " * 50)
            view.finish_answer(f"more{number}")
        await pilot.press("f8")
        touched: list[int] = []
        touch = view.touch

        def spy(place: int) -> None:
            touched.append(place)
            touch(place)

        view.touch = spy  # type: ignore[method-assign]
        await pilot.press("f9")
        await until(pilot, lambda: "?✓Audit Center" in shown(pilot))
        assert set(touched) <= {1}


async def test_the_inspector_says_which_words_the_passage_has_and_lacks(
    app_of: AppOf, transcripts: Path
) -> None:
    path = flagged_conversation.write(transcripts)
    async with app_of(resume=path).run_test(size=(130, 40)) as pilot:
        await until(pilot, lambda: "#✓90 days" in shown(pilot))
        await ready(pilot)
        await pilot.press("ctrl+o", "f8", "f8")
        await until(pilot, lambda: "in the passage · not in it" in shown(pilot))
        panel = pilot.app.screen.query_one(Inspector)
        styles = {
            segment.text.strip(): segment.style
            for y in range(panel.size.height)
            for segment in pilot.app.screen._compositor.render_strips()[y + panel.region.y].crop(
                panel.region.x, panel.region.right
            )
            if segment.style is not None and segment.text.strip()
        }
    assert styles["90 days"].underline
    assert not styles["90 days"].bold
    assert styles["period"].bold
    assert not styles["period"].underline
