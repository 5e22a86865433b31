"""One question, several answers side by side: by keys alone, and by mouse."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from kotae.errors import BackendError
from kotae.events import Delta, Finished
from kotae.transcripts.read import read
from tests.tui.comparing import (
    NAMES,
    compare,
    compares,
    conversation_in,
    engine_of_three,
    files_in,
    order_of,
    said_by,
    view_of,
)
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import Scripted, Step, engine_of, rag_steps

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.engine import Engine


async def test_one_key_asks_all_and_shows_their_answers_beside_each_other(app_of: AppOf) -> None:
    async with app_of(engine_of_three()).run_test(size=(160, 30)) as pilot:
        screen = await compare(pilot)
        await until(pilot, lambda: all(said_by(name) in shown(pilot) for name in NAMES))
        lines = shown(pilot).splitlines()
        row = next(line for line in lines if said_by("base") in line)
        assert row.index(said_by("base")) < row.index(said_by("rag")) < row.index(said_by("finetuned"))
        await until(pilot, lambda: "812→96 tokens" in shown(pilot))
        assert "Better?  1 base  2 rag  3 finetuned  = tie  0 all bad  Esc no vote" in shown(pilot)
        turns = screen.session.conversation.turns.values()
        assert {turn.backend for turn in turns} == set(NAMES)
        assert len({turn.parent for turn in turns}) == 1
        assert screen.prompt.value == ""


async def test_where_it_is_narrow_they_stand_below_each_other_and_a_resize_keeps_the_text(
    app_of: AppOf,
) -> None:
    async with app_of(engine_of_three()).run_test(size=(80, 24)) as pilot:
        await compare(pilot)
        await until(pilot, lambda: all(f"{name}  ✓ done" in shown(pilot) for name in NAMES))
        await pilot.resize_terminal(130, 30)
        await until(
            pilot, lambda: any(all(said_by(n) in line for n in NAMES) for line in shown(pilot).splitlines())
        )
        await pilot.resize_terminal(80, 40)
        await until(
            pilot,
            lambda: all(
                any(line.strip() == said_by(name) for line in shown(pilot).splitlines()) for name in NAMES
            ),
        )


async def test_backends_named_are_asked_and_stay_chosen(app_of: AppOf) -> None:
    async with app_of(engine_of_three()).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("/compare rag base Who may?")
        await pilot.press("enter")
        await until(pilot, lambda: compares(pilot) and not view_of(pilot).comparison.running)
        assert order_of(pilot) == ["rag", "base"]
        await ready(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not compares(pilot))
        await compare(pilot, "And then?")
        assert order_of(pilot) == ["rag", "base"]
        await pilot.press("escape")
        screen.prompt.insert("/compare all")
        await pilot.press("enter")
        await until(pilot, lambda: compares(pilot) and len(order_of(pilot)) == 3)
        await ready(pilot)


async def test_names_before_the_first_question_are_kept_for_it(app_of: AppOf) -> None:
    async with app_of(engine_of_three()).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("/compare base finetuned")
        await pilot.press("enter")
        await until(pilot, lambda: "Ctrl+G asks base, finetuned from now on" in shown(pilot))
        await compare(pilot)
        assert order_of(pilot) == ["base", "finetuned"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/compare bse rag", "There is no backend bse."),
        ("/compare oracle", "There is no backend oracle."),
        ("/compare base", "A comparison takes two backends."),
        ("/compare", "There is no question to compare answers to yet"),
        ("/vote", "There is no question to ask again yet."),
    ],
)
async def test_what_can_not_be_compared_is_said(app_of: AppOf, typed: str, said: str) -> None:
    async with app_of(engine_of_three()).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert(typed)
        await pilot.press("enter")
        await until(pilot, lambda: said in shown(pilot))
        assert not compares(pilot)
        assert not screen.session.begun
        assert screen.prompt.value == (typed if "backend" in said else "")


async def test_one_backend_alone_is_no_comparison(app_of: AppOf) -> None:
    async with app_of(engine_of(Scripted("base"))).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        await pilot.press("h", "i", "ctrl+g")
        await until(pilot, lambda: "A comparison takes two backends." in shown(pilot))
        assert screen.prompt.value == "hi"


async def test_with_nothing_typed_the_question_on_view_is_asked_again_with_its_history(app_of: AppOf) -> None:
    base, rag = Scripted("base"), Scripted("rag", "rag", rag_steps("q", "It does."))
    async with app_of(engine_of(base, rag)).run_test(size=(130, 30)) as pilot:
        await ask(pilot, "First?")
        await ask(pilot, "Second?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: len(rag.requests) == 1)
        screen = await ready(pilot)
        assert "❯ Second?" in shown(pilot)
        turns = list(screen.session.conversation.turns.values())
    assert rag.requests[0].history == base.requests[1].history == base.requests[2].history
    assert [turn.parent for turn in turns[1:]] == [turns[0].id] * 3


async def test_escape_stops_the_column_that_is_focused_then_the_others_then_leaves(
    app_of: AppOf, transcripts: Path
) -> None:
    steps: tuple[Step, ...] = (Delta("Half"), asyncio.Event())
    engine = engine_of(*(Scripted(name, steps=steps) for name in NAMES))
    async with app_of(engine).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: shown(pilot).count("answering") == 3)
        await pilot.press("right", "escape")
        await until(pilot, lambda: "rag  ■ stopped" in shown(pilot))
        assert shown(pilot).count("… answering") == 2
        await pilot.press("2")
        await until(pilot, lambda: "Not all answers are there." in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: shown(pilot).count("  ■ stopped") == 3)
        await ready(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not compares(pilot))
        assert screen.session.conversation.preferences == ()
    assert {turn.status for turn in conversation_in(transcripts).turns.values()} == {"cancelled"}


async def test_a_click_stops_one_column(app_of: AppOf) -> None:
    gate = asyncio.Event()
    steps: tuple[Step, ...] = (Delta("Half"), gate, Finished("stop"))
    engine = engine_of(Scripted("base", steps=steps), Scripted("rag", "rag", steps))
    async with app_of(engine).run_test(size=(100, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: shown(pilot).count("… answering") == 2)
        heading = view_of(pilot).columns[1].heading
        await pilot.click(heading, offset=(heading.size.width - 3, 0))
        await until(pilot, lambda: "rag  ■ stopped" in shown(pilot))
        assert "base  … answering" in shown(pilot)
        gate.set()
        await until(pilot, lambda: "base  ✓ done" in shown(pilot))


async def test_a_slow_and_a_failing_column_hold_up_nobody(app_of: AppOf) -> None:
    gate = asyncio.Event()
    engine = engine_of(
        Scripted("slow", steps=(gate, Delta("Late."), Finished("stop"))),
        Scripted("bad", steps=(BackendError("The line broke.", "Mend it."),)),
        Scripted("base", steps=(Delta("In time."), Finished("stop"))),
    )
    async with app_of(engine).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "In time." in shown(pilot) and "The line broke. Mend it." in shown(pilot))
        assert "slow  ◌ waiting" in shown(pilot)
        gate.set()
        await until(pilot, lambda: "Late." in shown(pilot))
        await ready(pilot)
        assert screen.prompt.value == ""
        await pilot.press("2")
        await until(pilot, lambda: "bad has no answer." in shown(pilot))


async def test_a_question_that_nobody_answers_is_back_in_the_prompt(app_of: AppOf) -> None:
    engine = engine_of(*(Scripted(name, steps=(BackendError("Gone."),)) for name in NAMES))
    async with app_of(engine).run_test(size=(130, 30)) as pilot:
        screen = await compare(pilot)
        await until(pilot, lambda: screen.prompt.value == "Who may?")
        await pilot.press("ctrl+u", "equals_sign")
        await until(pilot, lambda: "There is no answer to vote on." in shown(pilot))


async def test_after_a_comparison_the_backend_changes_and_the_question_is_asked_again_by_one_key_each(
    app_of: AppOf,
) -> None:
    async with app_of(engine_of_three()).run_test(size=(130, 50)) as pilot:
        screen = await compare(pilot)
        await pilot.press("2")
        await until(pilot, lambda: not compares(pilot))
        await ready(pilot)
        await pilot.press("f4", "ctrl+r")
        await until(pilot, lambda: len(screen.session.conversation.turns) == 4)
        await ready(pilot)
        turns = list(screen.session.conversation.turns.values())
        assert screen.backend == "finetuned"
        assert (turns[3].backend, turns[3].parent) == ("finetuned", turns[0].parent)
        await until(pilot, lambda: shown(pilot).count("not in the history") == 3)
        await pilot.press("tab")
        assert screen.backend == "base"


async def test_flags_their_verdicts_and_the_inspector_follow_the_focused_column(
    app_of: AppOf, transcripts: Path
) -> None:
    async with app_of(engine_of_three(flag=("clerk", "Nobody"))).run_test(size=(200, 40)) as pilot:
        await compare(pilot)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Inspector: base" in shown(pilot))
        await pilot.press("right")
        await until(pilot, lambda: "Inspector: rag" in shown(pilot))
        assert "Reopening a period › Who may do it" in shown(pilot)
        await pilot.press("right", "f8")
        await until(pilot, lambda: "The manual does not say Nobody." in shown(pilot))
        await pilot.press("f9")
        await until(pilot, lambda: "Flag confirmed" in shown(pilot))
        await pilot.press("escape", "left", "left", "f8", "f10")
        await until(pilot, lambda: "Flag rejected" in shown(pilot))
        await pilot.press("escape", "1")
        await until(pilot, lambda: not compares(pilot))
        await until(pilot, lambda: "1 rejected by you" in shown(pilot))
    verdicts = {
        t.backend: [flag.verdict for flag in t.flags] for t in conversation_in(transcripts).turns.values()
    }
    assert verdicts == {"base": ["rejected"], "rag": [], "finetuned": ["confirmed"]}


async def test_scrolling_keys_go_to_the_focused_column(app_of: AppOf) -> None:
    text = "\n\n".join(f"Line {number}." for number in range(60))
    steps: tuple[Step, ...] = (Delta(text), Finished("stop"))
    engine = engine_of(Scripted("base", steps=steps), Scripted("rag", steps=steps))
    async with app_of(engine).run_test(size=(100, 30)) as pilot:
        await compare(pilot)
        await until(pilot, lambda: shown(pilot).count("Line 59.") == 2)
        await pilot.press("right", "ctrl+home")
        await until(pilot, lambda: shown(pilot).count("Line 59.") == 1 and "Line 0." in shown(pilot))
        first, second = (column.view for column in view_of(pilot).columns)
        assert (first.scroll_offset.y > 0, second.scroll_offset.y) == (True, 0)
        await pilot.press("pagedown")
        await until(pilot, lambda: second.scroll_offset.y > 0)


async def test_another_question_has_to_wait_and_what_was_typed_stays(app_of: AppOf) -> None:
    gate = asyncio.Event()
    engine = engine_of(*(Scripted(name, steps=(Delta("x"), gate, Finished("stop"))) for name in NAMES))
    async with app_of(engine).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: compares(pilot))
        for key, typed in (
            ("enter", "next"),
            ("ctrl+g", "next"),
            ("enter", "/compare base rag Next, please?"),
        ):
            screen.be_quiet()
            screen.prompt.value = typed
            await pilot.press(key)
            await until(pilot, lambda: "Still answering. Esc stops." in shown(pilot))
            assert screen.prompt.value == typed
        gate.set()
        await ready(pilot)
        assert len(screen.session.conversation.turns) == 3


async def test_a_new_conversation_and_the_end_of_the_program_stop_all(
    app_of: AppOf, transcripts: Path
) -> None:
    steps: tuple[Step, ...] = (Delta("Half"), asyncio.Event())
    engine = engine_of(*(Scripted(name, steps=steps) for name in NAMES))
    async with app_of(engine).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        for question in ("One?", "Two?"):
            screen.prompt.insert(question)
            await pilot.press("ctrl+g")
            await until(pilot, lambda: compares(pilot) and shown(pilot).count("… answering") == 3)
            if question == "One?":
                await pilot.press("ctrl+n")
                await until(pilot, lambda: not compares(pilot) and "Try one of these" in shown(pilot))
                await ready(pilot)
    written = [read(path) for path in files_in(transcripts)]
    assert len(written) == 2
    for conversation in written:
        turns = conversation.turns.values()
        assert [(turn.answer, turn.status) for turn in turns] == [("Half", "cancelled")] * 3


async def test_a_comparison_asked_for_before_the_start_is_over_waits_for_it(app_of: AppOf) -> None:
    may_load = threading.Event()

    def load(report: object) -> Engine:
        may_load.wait(10)
        return engine_of_three()

    async with app_of(load).run_test(size=(130, 30)) as pilot:
        screen = chat(pilot)
        screen.show_backends(NAMES)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.answering.state == "waiting")
        may_load.set()
        await until(pilot, lambda: compares(pilot) and all(said_by(n) in shown(pilot) for n in NAMES))
        await ready(pilot)


async def test_a_command_that_is_typed_is_run_and_not_asked(app_of: AppOf) -> None:
    async with app_of(engine_of_three()).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        await pilot.press(*"/compare", "space", *"rag", "space", *"base", "ctrl+g")
        await until(pilot, lambda: "Ctrl+G asks rag, base from now on" in shown(pilot))
        assert not screen.session.begun
