"""Rows from what a reader has found good in the chat: no model is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kotae.citations import cited
from kotae.conversation import Conversation, Message, Turn
from kotae.preferences import vote_on
from kotae.tuning.build.drafts import Draft
from kotae.tuning.lint.privacy import masked


def confirmed(conversations: Iterable[Conversation]) -> Iterator[Draft]:
    """Each answer that a reader has confirmed, with what was said before it; personal data and secrets are masked."""
    for conversation in conversations:
        for turn in conversation.turns.values():
            if found_good(conversation, turn):
                yield _draft(conversation, turn)


def found_good(conversation: Conversation, turn: Turn) -> bool:
    """Whether an answer is to be learnt: it ended by itself, no flag of it was confirmed, and a reader said that it is good.

    A reader says so by picking it in a vote, by finding it as good as the others there, or, where there was no vote, by rejecting
    every flag that it had.
    """
    if turn.status != "stop" or not turn.answer.strip() or not turn.question.strip():
        return False
    if any(flag.verdict == "confirmed" for flag in turn.flags):
        return False
    vote = vote_on(conversation.preferences, turn.id)
    if vote is not None:
        return vote.outcome == "tie" or (vote.outcome == "better" and vote.winner == turn.id)
    return bool(turn.flags) and all(flag.verdict == "rejected" for flag in turn.flags)


def _draft(conversation: Conversation, turn: Turn) -> Draft:
    # What stands above is learnt along with the answer wherever a service has no weights: it has to be good, too.
    above = conversation.branch(turn.parent) if turn.parent is not None else []
    history: list[Message] = []
    for one in reversed([one for one in above if one.answer]):
        if any(flag.verdict == "confirmed" for flag in one.flags) or one.status != "stop":
            break
        history = [
            Message("user", masked(one.question)),
            Message("assistant", masked(one.answer)),
            *history,
        ]
    numbers = cited(turn.answer)
    pages = dict.fromkeys(
        passage.document for number, passage in enumerate(turn.passages, 1) if number in numbers
    )
    return Draft(
        kind="transcript",
        questions=(masked(turn.question.strip()),),
        answer=masked(turn.answer.strip()),
        history=tuple(history),
        pages=tuple(pages),
    )
