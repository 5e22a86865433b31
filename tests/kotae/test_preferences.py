"""Votes on answers: recorded, read back, and turned into pairs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kotae.conversation import Conversation, Message, Turn
from kotae.events import Delta, Finished
from kotae.preferences import Outcome, Preference, preference_pairs, vote_on
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder

if TYPE_CHECKING:
    from pathlib import Path


def _turn(turn_id: str, parent: str | None = None, question: str = "Who?") -> Turn:
    return Turn(
        id=turn_id, question=question, backend=f"of {turn_id}", parent=parent, answer=turn_id, status="stop"
    )


def _conversation(*turns: Turn) -> Conversation:
    conversation = Conversation(id="c")
    for turn in turns:
        conversation = conversation.with_turn(turn)
    return conversation


def _recorded(folder: Path, *turns: Turn) -> Recorder:
    recorder = Recorder(folder, "c")
    for turn in turns:
        recorder.opened(turn)
        recorder.event(turn.id, Delta(turn.answer), 0.1)
        recorder.event(turn.id, Finished("stop"), 0.2)
        recorder.closed(turn)
    return recorder


def _vote(
    *turns: str, outcome: Outcome = "better", winner: str = "", goes_on: str = "", blind: bool = False
) -> Preference:
    return Preference(
        turns=turns,
        outcome=outcome,
        winner=winner,
        goes_on=goes_on or winner,
        blind=blind,
        at="2026-01-02T03:04:05.000+00:00",
    )


@pytest.mark.parametrize(
    "vote",
    [
        _vote("c", "a", "b", winner="a", blind=True),
        _vote("a", "b", outcome="tie", goes_on="b"),
        _vote("b", "a", "c", outcome="bad", goes_on="c"),
    ],
    ids=["better", "tie", "bad"],
)
def test_a_vote_is_read_back_as_it_was_given(tmp_path: Path, vote: Preference) -> None:
    recorder = _recorded(tmp_path, *map(_turn, "abc"))
    recorder.preferred(vote)
    recorder.close()
    assert read(recorder.path).preferences == (vote,)


def test_the_conversation_goes_on_from_what_was_picked_also_when_it_is_read_back(tmp_path: Path) -> None:
    vote = _vote("a", "b", "c", winner="a")
    turns = [_turn(name) for name in "abc"]
    recorder = _recorded(tmp_path, *turns)
    recorder.preferred(vote)
    recorder.close()
    assert read(recorder.path).head == "a"
    assert _conversation(*turns).with_preference(vote).head == "a"


def test_a_vote_on_what_was_gone_on_from_long_ago_leaves_the_head_where_it_is(tmp_path: Path) -> None:
    turns = [_turn("a"), _turn("b"), _turn("later", "b")]
    recorder = _recorded(tmp_path, *turns)
    recorder.preferred(_vote("a", "b", winner="a"))
    recorder.close()
    assert read(recorder.path).head == "later"
    assert read(recorder.path).preferences[0].winner == "a"


def test_a_later_vote_on_the_same_answers_replaces_the_earlier_whatever_their_order(tmp_path: Path) -> None:
    recorder = _recorded(tmp_path, *map(_turn, "abc"))
    recorder.preferred(_vote("a", "b", winner="a"))
    recorder.preferred(_vote("a", "b", "c", winner="c"))
    recorder.preferred(_vote("b", "a", winner="b"))
    recorder.close()
    votes = read(recorder.path).preferences
    assert [(vote.turns, vote.winner) for vote in votes] == [(("a", "b", "c"), "c"), (("b", "a"), "b")]
    found = vote_on(votes, "c")
    assert found is not None
    assert found.winner == "c"
    assert vote_on(votes, "x") is None


def test_a_vote_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    recorder = _recorded(tmp_path, _turn("a"), _turn("b"))
    recorder.preferred(_vote("a", "b", winner="a"))
    recorder.close()
    with recorder.path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"type": "preference", "turns": ["a", "b"], "outcome": "ranked"}) + "\n")
        file.write('{"type":"preference","turns":"a"}\n')
    assert [vote.outcome for vote in read(recorder.path).preferences] == ["better"]


def test_readers_that_know_no_votes_pass_over_them(tmp_path: Path) -> None:
    recorder = _recorded(tmp_path, _turn("a"), _turn("b"))
    recorder.preferred(_vote("a", "b", winner="a"))
    recorder.close()
    line = json.loads(recorder.path.read_text(encoding="utf-8").splitlines()[-1])
    assert line["type"] == "preference"
    assert "turn" not in line  # by that they would take it for a line about a turn


def test_each_answer_that_lost_gives_a_pair_with_what_was_said_before() -> None:
    first = _turn("first", question="What is it?")
    turns = [_turn(name, "first") for name in "abc"]
    conversation = _conversation(first, *turns).with_preference(_vote("c", "a", "b", winner="b", blind=True))
    pairs = list(preference_pairs(conversation))
    assert [(pair.chosen.id, pair.rejected.id, pair.blind) for pair in pairs] == [
        ("b", "c", True),
        ("b", "a", True),
    ]
    assert pairs[0].prefix == (
        Message("user", "What is it?"),
        Message("assistant", "first"),
        Message("user", "Who?"),
    )


@pytest.mark.parametrize("outcome", ["tie", "bad"])
def test_without_a_better_one_there_is_no_pair(outcome: Outcome) -> None:
    conversation = _conversation(_turn("a"), _turn("b")).with_preference(
        _vote("a", "b", outcome=outcome, goes_on="a")
    )
    assert list(preference_pairs(conversation)) == []


def test_answers_that_were_stopped_or_broke_off_are_compared_with_none() -> None:
    stopped = replace(_turn("b"), status="cancelled")
    broken = replace(_turn("c"), status="error")
    never = replace(_turn("d"), answer="")
    conversation = _conversation(_turn("a"), stopped, broken, never, _turn("e"))
    conversation = conversation.with_preference(_vote(*"abcde", winner="a"))
    assert [pair.rejected.id for pair in preference_pairs(conversation)] == ["e"]
    picked = conversation.with_preference(_vote(*"abcde", winner="b"))
    assert list(preference_pairs(picked)) == []
