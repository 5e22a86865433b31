"""What a vote said of an answer, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae.preferences import vote_on
from tui.plain import one_line

if TYPE_CHECKING:
    from kotae.conversation import Conversation
    from tui.strings import Strings


def vote_words(turn_id: str, conversation: Conversation, text: Strings) -> str:
    """How many answers were voted on and how this one came off; empty when there was no vote on it."""
    vote = vote_on(conversation.preferences, turn_id)
    if vote is None:
        return ""
    said, count = text.compare, len(vote.turns)
    if vote.outcome != "better":
        words = (said.tied if vote.outcome == "tie" else said.none_good).format(count=count)
    elif vote.winner == turn_id:
        words = said.picked.format(count=count)
    else:
        winner = conversation.turns.get(vote.winner)
        return said.not_picked.format(name=one_line(winner.backend)) if winner is not None else ""
    return f"{words} ({said.blind})" if vote.blind else words
