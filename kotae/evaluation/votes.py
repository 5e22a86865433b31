"""What readers' votes say: of each answer, and pair by pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

from kotae.evaluation.statistics import Comparison
from kotae.preferences import Preference, vote_on

if TYPE_CHECKING:
    from kotae.conversation import Conversation


def vote_of(conversation: Conversation, turn_id: str) -> float | None:
    """What the latest vote on a turn says of it: 1 better, 0 worse, 0.5 neither; None: there was none."""
    vote = vote_on(conversation.preferences, turn_id)
    if vote is None:
        return None
    return float(vote.winner == turn_id) if vote.outcome == "better" else 0.5


def comparisons_in(conversation: Conversation, questions: Mapping[str, str]) -> Iterator[Comparison]:
    """The votes of a conversation, pair by pair. Answers that are all bad are a tie: neither is better.

    Args:
        questions: the ids of the questions, by turn; votes on other turns are passed over.
    """
    for vote in conversation.preferences:
        turns = [turn_id for turn_id in vote.turns if turn_id in questions and turn_id in conversation.turns]
        for one, other in combinations(turns, 2):
            result = _result(vote, one, other)
            if result is not None:
                backends = conversation.turns[one].backend, conversation.turns[other].backend
                yield Comparison(*backends, result, questions[one])


def _result(vote: Preference, one: str, other: str) -> float | None:
    """None: the vote says nothing of these two, since a third is better than both."""
    if vote.outcome != "better":
        return 0.5
    return 1.0 if vote.winner == one else 0.0 if vote.winner == other else None
