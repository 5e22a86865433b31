"""The vote on answers side by side, and how the conversation goes on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kotae.conversation import Message
from kotae.preferences import preference_pairs
from kotae.transcripts.read import latest
from tests.tui.comparing import NAMES, compare, compares, conversation_in, engine_of_three, said_by, view_of
from tests.tui.conftest import AppOf, ask, ready, shown, until
from tests.tui.scripted import Scripted

if TYPE_CHECKING:
    from pathlib import Path


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
    async with app_of(engine_of_three()).run_test(size=(130, 40)) as pilot:
        screen = await compare(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: not compares(pilot))
        words = {"better": "✓ picked from 3 answers", "tie": "tie of 3", "bad": "all 3 bad"}[outcome]
        await until(pilot, lambda: words in shown(pilot))
        assert shown(pilot).count("❯ Who may?") == 1
        assert shown(pilot).count("not in the history") == 2
        assert shown(pilot).count(f"{winner} was picked") == (2 if winner else 0)
        await ask(pilot, "And then?")
        last = screen.session.conversation.branch()[-2]
    written = conversation_in(transcripts)
    [vote] = written.preferences
    turns = written.turns
    assert (vote.outcome, vote.blind) == (outcome, False)
    assert [turns[turn_id].backend for turn_id in vote.turns] == list(NAMES)
    assert (turns[vote.winner].backend if vote.winner else "") == winner
    assert last.backend == goes_on
    assert len(list(preference_pairs(written))) == (2 if winner else 0)


async def test_a_click_votes_on_a_column_and_on_the_line_below(app_of: AppOf) -> None:
    async with app_of(engine_of_three()).run_test(size=(130, 40)) as pilot:
        screen = await compare(pilot)
        heading = view_of(pilot).columns[2].heading
        await pilot.click(heading, offset=(heading.size.width - 3, 0))
        await until(pilot, lambda: "finetuned · ✓ picked from 3 answers" in shown(pilot))
        await compare(pilot, "And then?")
        lines = shown(pilot).splitlines()
        y = next(place for place, line in enumerate(lines) if "Better?" in line)
        await pilot.click(offset=(lines[y].index("= tie") + 1, y))
        await until(pilot, lambda: len(screen.session.conversation.preferences) == 2)
        await pilot.pause()
    assert screen.session.conversation.preferences[1].outcome == "tie"


async def test_without_a_vote_the_conversation_goes_on_from_the_focused_answer_and_that_is_said(
    app_of: AppOf,
) -> None:
    engine = engine_of_three()
    rag = engine.backends["rag"]
    assert isinstance(rag, Scripted)
    async with app_of(engine, backend="rag").run_test(size=(130, 40)) as pilot:
        screen = await compare(pilot)
        await pilot.press("right", "right", *"then", "enter")
        await until(pilot, lambda: "No vote: the conversation goes on from finetuned." in shown(pilot))
        await until(pilot, lambda: len(rag.requests) == 2)
        await ready(pilot)
        assert shown(pilot).count("not in the history") == 2
        assert screen.session.conversation.preferences == ()
    assert rag.requests[1].history == (
        Message("user", "Who may?"),
        Message("assistant", said_by("finetuned")),
    )


async def test_a_vote_can_be_given_later_and_replaces_the_earlier(app_of: AppOf, transcripts: Path) -> None:
    async with app_of(engine_of_three()).run_test(size=(130, 40)) as pilot:
        await compare(pilot)
        await pilot.press("1")
        await until(pilot, lambda: "base · ✓ picked from 3 answers" in shown(pilot))
    async with app_of(engine_of_three(), resume=latest(transcripts)).run_test(size=(130, 40)) as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: "base · ✓ picked from 3 answers" in shown(pilot))
        assert shown(pilot).count("base was picked · not in the history") == 2
        assert shown(pilot).index(said_by("rag")) < shown(pilot).index(said_by("base"))
        screen.prompt.insert("/vote")
        await pilot.press("enter")
        await until(pilot, lambda: compares(pilot) and "Better?" in shown(pilot))
        assert all(said_by(name) in shown(pilot) for name in NAMES)
        await pilot.press("3")
        await until(pilot, lambda: "finetuned · ✓ picked from 3 answers" in shown(pilot))
    [vote] = conversation_in(transcripts).preferences
    assert conversation_in(transcripts).turns[vote.winner].backend == "finetuned"
    assert conversation_in(transcripts).head == vote.winner


async def test_two_keys_at_once_vote_once(app_of: AppOf) -> None:
    async with app_of(engine_of_three()).run_test(size=(130, 40)) as pilot:
        screen = await compare(pilot)
        screen.action_pick(0)
        screen.action_pick(1)
        await until(pilot, lambda: not compares(pilot) and screen.session.conversation.preferences)
        await until(pilot, lambda: "base · ✓ picked from 3 answers" in shown(pilot))
        await ready(pilot)
        assert shown(pilot).count("was picked") == 2


# -- blind ------------------------------------------------------------------------------------------------------------
