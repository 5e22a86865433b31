"""What a reader thinks of several answers to one question, and the preference pairs that come of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kotae.conversation import Conversation, Message, Turn

Outcome = Literal["better", "tie", "bad"]
"""One answer is better than the others; all are as good; none is any good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One vote on answers that were shown side by side."""

    turns: tuple[str, ...]
    """Ids of the turns voted on, in the order in which they were shown."""
    outcome: Outcome
    winner: str = ""
    """Id of the better turn; empty for any other outcome."""
    blind: bool = False
    """Whether it was hidden which backend was which."""
    at: str = ""
    """UTC, ISO 8601."""
    goes_on: str = ""
    """Id of the turn that the conversation goes on from; empty: as without the vote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencePair:
    """Two answers to the same messages, the first of which was preferred."""

    prefix: tuple[Message, ...]
    """What both answer: the conversation so far, and the question last."""
    chosen: Turn
    rejected: Turn
    blind: bool = False


def with_vote(votes: Sequence[Preference], vote: Preference) -> tuple[Preference, ...]:
    """`votes` and a new one, which takes the place of an earlier one on the same turns."""
    meant = frozenset(vote.turns)
    return (*(other for other in votes if frozenset(other.turns) != meant), vote)


def vote_on(votes: Sequence[Preference], turn_id: str) -> Preference | None:
    """The latest vote on a turn; None when there is none."""
    return next((vote for vote in reversed(votes) if turn_id in vote.turns), None)


def preference_pairs(conversation: Conversation) -> Iterator[PreferencePair]:
    """A pair for each answer that was found worse than another one, in the order of the votes.

    Only answers that came to their own end are compared: of one that was stopped or broke off, nobody knows how good it would
    have been. Ties, and answers that are all bad, give no pair.
    """
    from kotae.conversation import Message

    for vote in conversation.preferences:
        turns = [conversation.turns[turn_id] for turn_id in vote.turns if turn_id in conversation.turns]
        whole = [turn for turn in turns if turn.answer and turn.status in ("stop", "length")]
        chosen = next((turn for turn in whole if turn.id == vote.winner), None)
        if chosen is None:
            continue
        prefix = (*conversation.history(chosen.parent), Message("user", chosen.question))
        for turn in whole:
            if turn is not chosen and turn.parent == chosen.parent and turn.question == chosen.question:
                yield PreferencePair(prefix=prefix, chosen=chosen, rejected=turn, blind=vote.blind)
