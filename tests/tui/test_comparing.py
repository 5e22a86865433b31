"""One question, several answers side by side, and the vote: by keys alone, and by mouse."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from kotae.conversation import Conversation, Message, TokenUsage
from kotae.errors import BackendError
from kotae.events import Delta, Finished, Notice, Progress, Used
from kotae.preferences import preference_pairs
from kotae.transcripts.read import latest, read
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import Scripted, Step, engine_of, rag_steps
from tests.written import Said, write
from tui.screens.chat_layout import WIDE
from tui.widgets.compare import CompareView

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.engine import Engine
    from tui.screens.chat import ChatScreen

NAMES = ("base", "rag", "finetuned")


def _said(name: str) -> str:
    """What a backend says, with nothing in it that names the backend."""
    return {"base": "Any clerk may.", "rag": "The Controller may.", "finetuned": "Nobody may."}[name]


def _engine(*, flag: tuple[str, ...] = ()) -> Engine:
    return engine_of(
        Scripted("base", steps=(Delta(_said("base")), Finished("stop"))),
        Scripted("rag", "rag", rag_steps("q", _said("rag"))),
        Scripted("finetuned", "finetuned", steps=(Delta(_said("finetuned")), Finished("stop"))),
        flag=flag,
    )


def _view(pilot: Pilot[None]) -> CompareView:
    return chat(pilot).query_one(CompareView)


def _order(pilot: Pilot[None]) -> list[str]:
    """The backends in the order of the columns."""
    return [column.backend for column in _view(pilot).comparison.columns]


def _compares(pilot: Pilot[None]) -> bool:
    return bool(chat(pilot).query(CompareView))


async def _compare(pilot: Pilot[None], question: str = "Who may?") -> ChatScreen:
    """Sends a question to all backends, and waits for all answers."""
    screen = await ready(pilot)
    screen.prompt.insert(question)
    await pilot.press("ctrl+g")
    await until(pilot, lambda: _compares(pilot) and not _view(pilot).comparison.running)
    return await ready(pilot)


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("*.jsonl"))


def _written(folder: Path) -> Conversation:
    path = latest(folder)
    assert path is not None
    return read(path)


async def test_one_key_asks_all_and_shows_their_answers_beside_each_other(app_of: AppOf) -> None:
    async with app_of(_engine()).run_test(size=(160, 30)) as pilot:
        screen = await _compare(pilot)
        await until(pilot, lambda: all(_said(name) in shown(pilot) for name in NAMES))
        lines = shown(pilot).splitlines()
        row = next(line for line in lines if _said("base") in line)
        assert row.index(_said("base")) < row.index(_said("rag")) < row.index(_said("finetuned"))
        await until(pilot, lambda: "812→96 tokens" in shown(pilot))
        assert "Better?  1 base  2 rag  3 finetuned  = tie  0 all bad  Esc no vote" in shown(pilot)
        turns = screen.session.conversation.turns.values()
        assert {turn.backend for turn in turns} == set(NAMES)
        assert len({turn.parent for turn in turns}) == 1
        assert screen.prompt.value == ""


async def test_where_it_is_narrow_they_stand_below_each_other_and_a_resize_keeps_the_text(
    app_of: AppOf,
) -> None:
    async with app_of(_engine()).run_test(size=(80, 24)) as pilot:
        await _compare(pilot)
        await until(pilot, lambda: all(f"{name}  ✓ done" in shown(pilot) for name in NAMES))
        await pilot.resize_terminal(130, 30)
        await until(
            pilot, lambda: any(all(_said(n) in line for n in NAMES) for line in shown(pilot).splitlines())
        )
        await pilot.resize_terminal(80, 40)
        await until(
            pilot,
            lambda: all(
                any(line.strip() == _said(name) for line in shown(pilot).splitlines()) for name in NAMES
            ),
        )


async def test_backends_named_are_asked_and_stay_chosen(app_of: AppOf) -> None:
    async with app_of(_engine()).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("/compare rag base Who may?")
        await pilot.press("enter")
        await until(pilot, lambda: _compares(pilot) and not _view(pilot).comparison.running)
        assert _order(pilot) == ["rag", "base"]
        await ready(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not _compares(pilot))
        await _compare(pilot, "And then?")
        assert _order(pilot) == ["rag", "base"]
        await pilot.press("escape")
        screen.prompt.insert("/compare all")
        await pilot.press("enter")
        await until(pilot, lambda: _compares(pilot) and len(_order(pilot)) == 3)
        await ready(pilot)


async def test_names_before_the_first_question_are_kept_for_it(app_of: AppOf) -> None:
    async with app_of(_engine()).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("/compare base finetuned")
        await pilot.press("enter")
        await until(pilot, lambda: "Ctrl+G asks base, finetuned from now on" in shown(pilot))
        await _compare(pilot)
        assert _order(pilot) == ["base", "finetuned"]


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
    async with app_of(_engine()).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert(typed)
        await pilot.press("enter")
        await until(pilot, lambda: said in shown(pilot))
        assert not _compares(pilot)
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
        await until(pilot, lambda: not _compares(pilot))
        assert screen.session.conversation.preferences == ()
    assert {turn.status for turn in _written(transcripts).turns.values()} == {"cancelled"}


async def test_a_click_stops_one_column(app_of: AppOf) -> None:
    gate = asyncio.Event()
    steps: tuple[Step, ...] = (Delta("Half"), gate, Finished("stop"))
    engine = engine_of(Scripted("base", steps=steps), Scripted("rag", "rag", steps))
    async with app_of(engine).run_test(size=(100, 30)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: shown(pilot).count("… answering") == 2)
        heading = _view(pilot).columns[1].heading
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
        screen = await _compare(pilot)
        await until(pilot, lambda: screen.prompt.value == "Who may?")
        await pilot.press("ctrl+u", "equals_sign")
        await until(pilot, lambda: "There is no answer to vote on." in shown(pilot))


@pytest.mark.parametrize(
    ("keys", "outcome", "winner", "goes_on"),
    [
        (("2",), "better", "rag", "rag"),
        (("right", "right", "enter"), "better", "finetuned", "finetuned"),
        (("shift+tab", "enter"), "better", "finetuned", "finetuned"),
        (("tab", "equals_sign"), "tie", "", "rag"),
        (("0",), "bad", "", "base"),
    ],
)
async def test_a_vote_is_recorded_and_the_conversation_goes_on_from_it(
    app_of: AppOf, transcripts: Path, keys: tuple[str, ...], outcome: str, winner: str, goes_on: str
) -> None:
    async with app_of(_engine()).run_test(size=(130, 40)) as pilot:
        screen = await _compare(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: not _compares(pilot))
        words = {"better": "✓ picked from 3 answers", "tie": "tie of 3", "bad": "all 3 bad"}[outcome]
        await until(pilot, lambda: words in shown(pilot))
        assert shown(pilot).count("❯ Who may?") == 1
        assert shown(pilot).count("not in the history") == 2
        assert shown(pilot).count(f"{winner} was picked") == (2 if winner else 0)
        await ask(pilot, "And then?")
        last = screen.session.conversation.branch()[-2]
    written = _written(transcripts)
    [vote] = written.preferences
    turns = written.turns
    assert (vote.outcome, vote.blind) == (outcome, False)
    assert [turns[turn_id].backend for turn_id in vote.turns] == list(NAMES)
    assert (turns[vote.winner].backend if vote.winner else "") == winner
    assert last.backend == goes_on
    assert len(list(preference_pairs(written))) == (2 if winner else 0)


async def test_a_click_votes_on_a_column_and_on_the_line_below(app_of: AppOf) -> None:
    async with app_of(_engine()).run_test(size=(130, 40)) as pilot:
        screen = await _compare(pilot)
        heading = _view(pilot).columns[2].heading
        await pilot.click(heading, offset=(heading.size.width - 3, 0))
        await until(pilot, lambda: "finetuned · ✓ picked from 3 answers" in shown(pilot))
        await _compare(pilot, "And then?")
        lines = shown(pilot).splitlines()
        y = next(place for place, line in enumerate(lines) if "Better?" in line)
        await pilot.click(offset=(lines[y].index("= tie") + 1, y))
        await until(pilot, lambda: len(screen.session.conversation.preferences) == 2)
        await pilot.pause()
    assert screen.session.conversation.preferences[1].outcome == "tie"


async def test_without_a_vote_the_conversation_goes_on_from_the_focused_answer_and_that_is_said(
    app_of: AppOf,
) -> None:
    engine = _engine()
    rag = engine.backends["rag"]
    assert isinstance(rag, Scripted)
    async with app_of(engine, backend="rag").run_test(size=(130, 40)) as pilot:
        screen = await _compare(pilot)
        await pilot.press("right", "right", *"then", "enter")
        await until(pilot, lambda: "No vote: the conversation goes on from finetuned." in shown(pilot))
        await until(pilot, lambda: len(rag.requests) == 2)
        await ready(pilot)
        assert shown(pilot).count("not in the history") == 2
        assert screen.session.conversation.preferences == ()
    assert rag.requests[1].history == (
        Message("user", "Who may?"),
        Message("assistant", _said("finetuned")),
    )


async def test_after_a_comparison_the_backend_changes_and_the_question_is_asked_again_by_one_key_each(
    app_of: AppOf,
) -> None:
    async with app_of(_engine()).run_test(size=(130, 50)) as pilot:
        screen = await _compare(pilot)
        await pilot.press("2")
        await until(pilot, lambda: not _compares(pilot))
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


async def test_a_vote_can_be_given_later_and_replaces_the_earlier(app_of: AppOf, transcripts: Path) -> None:
    async with app_of(_engine()).run_test(size=(130, 40)) as pilot:
        await _compare(pilot)
        await pilot.press("1")
        await until(pilot, lambda: "base · ✓ picked from 3 answers" in shown(pilot))
    async with app_of(_engine(), resume=latest(transcripts)).run_test(size=(130, 40)) as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: "base · ✓ picked from 3 answers" in shown(pilot))
        assert shown(pilot).count("base was picked · not in the history") == 2
        assert shown(pilot).index(_said("rag")) < shown(pilot).index(_said("base"))
        screen.prompt.insert("/vote")
        await pilot.press("enter")
        await until(pilot, lambda: _compares(pilot) and "Better?" in shown(pilot))
        assert all(_said(name) in shown(pilot) for name in NAMES)
        await pilot.press("3")
        await until(pilot, lambda: "finetuned · ✓ picked from 3 answers" in shown(pilot))
    [vote] = _written(transcripts).preferences
    assert _written(transcripts).turns[vote.winner].backend == "finetuned"
    assert _written(transcripts).head == vote.winner


async def test_flags_their_verdicts_and_the_inspector_follow_the_focused_column(
    app_of: AppOf, transcripts: Path
) -> None:
    async with app_of(_engine(flag=("clerk", "Nobody"))).run_test(size=(200, 40)) as pilot:
        await _compare(pilot)
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
        await until(pilot, lambda: not _compares(pilot))
        await until(pilot, lambda: "1 rejected by you" in shown(pilot))
    verdicts = {t.backend: [flag.verdict for flag in t.flags] for t in _written(transcripts).turns.values()}
    assert verdicts == {"base": ["rejected"], "rag": [], "finetuned": ["confirmed"]}


async def test_scrolling_keys_go_to_the_focused_column(app_of: AppOf) -> None:
    text = "\n\n".join(f"Line {number}." for number in range(60))
    steps: tuple[Step, ...] = (Delta(text), Finished("stop"))
    engine = engine_of(Scripted("base", steps=steps), Scripted("rag", steps=steps))
    async with app_of(engine).run_test(size=(100, 30)) as pilot:
        await _compare(pilot)
        await until(pilot, lambda: shown(pilot).count("Line 59.") == 2)
        await pilot.press("right", "ctrl+home")
        await until(pilot, lambda: shown(pilot).count("Line 59.") == 1 and "Line 0." in shown(pilot))
        first, second = (column.view for column in _view(pilot).columns)
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
        await until(pilot, lambda: _compares(pilot))
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
            await until(pilot, lambda: _compares(pilot) and shown(pilot).count("… answering") == 3)
            if question == "One?":
                await pilot.press("ctrl+n")
                await until(pilot, lambda: not _compares(pilot) and "Try one of these" in shown(pilot))
                await ready(pilot)
    written = [read(path) for path in _files(transcripts)]
    assert len(written) == 2
    for conversation in written:
        turns = conversation.turns.values()
        assert [(turn.answer, turn.status) for turn in turns] == [("Half", "cancelled")] * 3


async def test_a_comparison_asked_for_before_the_start_is_over_waits_for_it(app_of: AppOf) -> None:
    may_load = threading.Event()

    def load(report: object) -> Engine:
        may_load.wait(10)
        return _engine()

    async with app_of(load).run_test(size=(130, 30)) as pilot:
        screen = chat(pilot)
        screen.show_backends(NAMES)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.answering.state == "waiting")
        may_load.set()
        await until(pilot, lambda: _compares(pilot) and all(_said(n) in shown(pilot) for n in NAMES))
        await ready(pilot)


async def test_a_command_that_is_typed_is_run_and_not_asked(app_of: AppOf) -> None:
    async with app_of(_engine()).run_test(size=(130, 30)) as pilot:
        screen = await ready(pilot)
        await pilot.press(*"/compare", "space", *"rag", "space", *"base", "ctrl+g")
        await until(pilot, lambda: "Ctrl+G asks rag, base from now on" in shown(pilot))
        assert not screen.session.begun


async def test_two_keys_at_once_vote_once(app_of: AppOf) -> None:
    async with app_of(_engine()).run_test(size=(130, 40)) as pilot:
        screen = await _compare(pilot)
        screen.action_pick(0)
        screen.action_pick(1)
        await until(pilot, lambda: not _compares(pilot) and screen.session.conversation.preferences)
        await until(pilot, lambda: "base · ✓ picked from 3 answers" in shown(pilot))
        await ready(pilot)
        assert shown(pilot).count("was picked") == 2


# -- blind ------------------------------------------------------------------------------------------------------------


def _telling_engine(*gates: asyncio.Event) -> Engine:
    """Backends that tell who they are in everything but their answers."""

    def steps(name: str) -> tuple[Step, ...]:
        used = TokenUsage(prompt_tokens=4321, completion_tokens=9, model=f"model-of-{name}")
        return (
            Notice(f"{name} speaks English only."),
            Progress(f"Loading {name}", 1, 2),
            *(step for step in rag_steps(f"for {name}", "") if not isinstance(step, Delta | Used | Finished)),
            *gates,
            Delta(_said(name)),
            Used(used),
            *((BackendError(f"{name} broke off.", f"Mend {name}."),) if name == "finetuned" else ()),
            Finished("stop"),
        )

    return engine_of(*(Scripted(name, steps=steps(name)) for name in NAMES), flag=("clerk", "Nobody"))


TELLING = (*NAMES, "4321", "model-of", "Reopening a period", "Searching", "Loading", "F2", " s · ")


async def _blind(pilot: Pilot[None]) -> ChatScreen:
    screen = await ready(pilot)
    screen.prompt.insert("/blind")
    await pilot.press("enter")
    await until(pilot, lambda: "until you have voted" in shown(pilot))
    screen.be_quiet()
    return screen


def _told(pilot: Pilot[None]) -> list[str]:
    picture = shown(pilot)
    return [word for word in TELLING if word in picture]


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_blind_nothing_on_the_screen_tells_which_is_which_before_the_vote(
    app_of: AppOf, transcripts: Path, size: tuple[int, int]
) -> None:
    gate = asyncio.Event()
    async with app_of(_telling_engine(gate)).run_test(size=size, notifications=True) as pilot:
        screen = await _blind(pilot)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: _compares(pilot) and shown(pilot).count("◌ waiting") == 3)
        assert _told(pilot) == []
        gate.set()
        await until(pilot, lambda: not _view(pilot).comparison.running)
        await ready(pilot)
        for keys in ((), ("f8",), ("ctrl+o",)):
            await pilot.press(*keys)
            await pilot.pause()
            picture = shown(pilot)
            told = [word for word in NAMES if word in picture]
            assert told == [], picture
            assert "4321" not in picture
            assert "model-of" not in picture
            assert "Searched for" not in picture
        await pilot.press("escape" if size[0] < WIDE else "ctrl+o")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert not pilot.app._notifications
        order = _order(pilot)
        await pilot.press(str(order.index("rag") + 1))
        letter = "ABC"[order.index("rag")]
        await until(pilot, lambda: f"{letter} = rag" in shown(pilot))
        assert all(f"{name} speaks English only." in _notes(pilot) for name in NAMES)
        await pilot.press("enter")
        await until(pilot, lambda: not _compares(pilot))
        await until(pilot, lambda: "✓ picked from 3 answers (blind)" in shown(pilot))
    written = _written(transcripts)
    [vote] = written.preferences
    assert vote.blind
    assert [written.turns[turn_id].backend for turn_id in vote.turns] == order
    assert written.turns[vote.winner].backend == "rag"
    assert next(iter(preference_pairs(written))).blind


def _notes(pilot: Pilot[None]) -> str:
    return " ".join(note.message for note in pilot.app._notifications)


async def test_blind_what_is_copied_does_not_tell_either(app_of: AppOf) -> None:
    async with app_of(_engine()).run_test(size=(130, 30)) as pilot:
        await _blind(pilot)
        await _compare(pilot)
        await pilot.press("alt+m")
        await until(pilot, lambda: "## A" in pilot.app.clipboard)
        assert not [name for name in NAMES if name in pilot.app.clipboard]


async def test_blind_the_list_names_the_backends_in_the_order_of_the_tabs(
    app_of: AppOf, transcripts: Path
) -> None:
    write(transcripts, "a", *(Said("Who may?", backend=name) for name in ("rag", "base", "finetuned")))
    async with app_of(_engine()).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "Who may?" in shown(pilot))
        assert "●b●r●f" in shown(pilot)


async def test_blind_the_columns_come_in_any_order(app_of: AppOf) -> None:
    orders = set()
    async with app_of(_engine()).run_test(size=(130, 30)) as pilot:
        await _blind(pilot)
        for number in range(12):
            await _compare(pilot, f"Question {number}?")
            orders.add(tuple(_order(pilot)))
            await pilot.press("escape")
            await until(pilot, lambda: not _compares(pilot))
    assert len(orders) > 1


async def test_blind_without_a_vote_the_conversation_does_not_tell_either(app_of: AppOf) -> None:
    async with app_of(_telling_engine()).run_test(size=(130, 50)) as pilot:
        screen = await _blind(pilot)
        await _compare(pilot)
        order = _order(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not _compares(pilot))
        assert "No vote: the conversation goes on from A." in shown(pilot)
        screen.be_quiet()
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Inspector: A" in shown(pilot))
        lines = shown(pilot).splitlines()[
            1:-1
        ]  # the tabs name all backends, and the status line the one chosen
        assert not [line for line in lines for name in NAMES if name in line]
        assert all(f"● {letter}" in shown(pilot) for letter in "ABC")
        screen.prompt.insert("/vote")
        await pilot.press("enter")
        await until(pilot, lambda: _compares(pilot) and "Better?  1 A  2 B  3 C" in shown(pilot))
        assert _order(pilot) == order
        assert not [name for name in NAMES if name in shown(pilot)]
        await pilot.press("1")
        await until(pilot, lambda: f"A = {order[0]}" in shown(pilot))


async def test_blind_switched_off_shows_what_was_hidden(app_of: AppOf) -> None:
    async with app_of(_telling_engine()).run_test(size=(130, 50)) as pilot:
        screen = await _blind(pilot)
        await _compare(pilot)
        screen.prompt.insert("/blind")
        await pilot.press("enter")
        await until(pilot, lambda: "This counts from the next comparison on." in shown(pilot))
        assert _told(pilot) == []
        await pilot.press("escape")
        await until(pilot, lambda: not _compares(pilot))
        await until(pilot, lambda: all(f"● {name}" in shown(pilot) for name in NAMES))


async def test_blind_is_in_the_palette(app_of: AppOf) -> None:
    async with app_of(lang="ja").run_test(size=(100, 40)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "コマンドを検索" in shown(pilot))
        await pilot.press(*"隠す")
        await until(pilot, lambda: "比較でバックエンド名を隠す" in shown(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "投票するまで" in shown(pilot))
