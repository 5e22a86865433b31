"""Where a turn stands in the tree, as it is said under its question and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kotae import tree

if TYPE_CHECKING:
    from kotae.conversation import Conversation, Turn
    from kotae.tree import Place
    from tui.strings import Strings


@dataclass(frozen=True, slots=True)
class Marks:
    """What is said of one turn."""

    question: str = ""
    """Which version of the question it is; empty when there is no other."""
    answer: tuple[str, ...] = ()
    """Which of the answers to it, and what follows where the branch on view ends."""


NO_MARKS = Marks()


def marks(conversation: Conversation, turn: Turn, text: Strings) -> Marks:
    """The marks of a turn of the conversation; none for one that it does not have (any more)."""
    if turn.id not in conversation.turns:
        return NO_MARKS
    answer = _place(tree.place_among_answers(conversation, turn))
    following = tree.following(conversation, turn.id) if turn.id == conversation.head else ()
    followed = len({other.question for other in following})
    words = text.conversations.followed_one if followed == 1 else text.conversations.followed
    return Marks(
        _place(tree.versions(conversation, turn)),
        tuple(filter(None, (answer, words.format(count=followed) if followed else ""))),
    )


def _place(place: Place) -> str:
    return f"‹ {place.number}/{place.count} ›" if place.count > 1 else ""
