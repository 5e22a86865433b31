"""A conversation as a tree: which turns are shown, what stands beside one, and where a branch goes on.

Turns with one parent are siblings. Those that ask the same are answers to one question; those that ask something else are other
versions of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kotae.conversation import Conversation, Turn


@dataclass(frozen=True, slots=True)
class Place:
    """Where one stands among several, from 1."""

    number: int
    count: int


def answers(conversation: Conversation, turn: Turn) -> list[Turn]:
    """The turns that ask what `turn` asks, at the same place; itself too."""
    return [other for other in conversation.siblings(turn.id) if other.question == turn.question]


def shown(conversation: Conversation) -> list[Turn]:
    """The branch on view: each turn of it after the other answers to its question, which come oldest first."""
    return [
        other
        for turn in conversation.branch()
        for other in sorted(answers(conversation, turn), key=lambda other: other.id == turn.id)
    ]


def versions(conversation: Conversation, turn: Turn) -> Place:
    """Which version of its question `turn` asks, of those at its place."""
    questions = list(dict.fromkeys(other.question for other in conversation.siblings(turn.id)))
    return Place(questions.index(turn.question) + 1, len(questions))


def place_among_answers(conversation: Conversation, turn: Turn) -> Place:
    """Which of the answers to its question `turn` is."""
    found = [other.id for other in answers(conversation, turn)]
    return Place(found.index(turn.id) + 1, len(found))


def beside(conversation: Conversation, turn: Turn, step: int) -> Turn | None:
    """The sibling `step` places on: first the answers to one version of the question, then those to the next."""
    siblings = conversation.siblings(turn.id)
    questions = list(dict.fromkeys(other.question for other in siblings))
    ordered = sorted(siblings, key=lambda other: questions.index(other.question))
    return _stepped(ordered, turn, step)


def version_beside(conversation: Conversation, turn: Turn, step: int) -> Turn | None:
    """The last answer to the version of the question `step` places on."""
    last = {other.question: other for other in conversation.siblings(turn.id)}
    ordered = list(last.values())
    return _stepped(ordered, last[turn.question], step)


def following(conversation: Conversation, turn_id: str) -> list[Turn]:
    """The turns that continue a turn."""
    return [turn for turn in conversation.turns.values() if turn.parent == turn_id]


def end_below(conversation: Conversation, turn_id: str) -> str:
    """Where the branch through a turn ends that was asked last; the turn itself where nothing follows it."""
    below = {turn_id}
    end = turn_id
    for turn in conversation.turns.values():  # in the order in which they were opened: parents come first
        if turn.parent in below:
            below.add(turn.id)
            end = turn.id
    return end


def _stepped(ordered: Sequence[Turn], turn: Turn, step: int) -> Turn | None:
    place = next(place for place, other in enumerate(ordered) if other.id == turn.id) + step
    return ordered[place] if 0 <= place < len(ordered) else None
