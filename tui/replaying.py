"""A recorded conversation on its way to the screen: the session that is shown, and where each turn has its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kotae.conversation import Conversation, Turn
    from kotae.events import TurnEvent
    from tui.feed import Feed


class Replayed(Session):
    """A session that asks nothing and writes nothing: its conversation is what has been played."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent)

    def played(self, turn: Turn, *, opened: bool) -> None:
        """Takes in a turn as it is now. One that has just been opened becomes the head."""
        conversation = self.conversation
        head = turn.id if opened else conversation.head
        self._conversation = replace(conversation, turns={**conversation.turns, turn.id: turn}, head=head)

    def rewound(self, conversation: Conversation) -> None:
        """Begins anew."""
        self._conversation = conversation

    @property
    def streaming(self) -> str:
        """The backend whose answer is under way; empty when none is."""
        turn = self.conversation.turns.get(self.conversation.head or "")
        return turn.backend if turn is not None and turn.status == "open" else ""


class Showing:
    """Puts what is played into the transcript widget as the chat put it there."""

    def __init__(self, session: Replayed, feed: Feed) -> None:
        self._session = session
        self._feed = feed
        self._shown: list[Turn] = []

    def take(self, event: TurnEvent, turn: Turn) -> None:
        """Shows one event."""
        from kotae.events import Closed, Delta, Opened

        opened = isinstance(event, Opened)
        if opened:
            cut, repeats = placed(self._shown, turn)
            if self._shown and not repeats and all(turn.parent != one.id for one in self._shown):
                # It was asked on a branch that is not on view: the first question was edited, or another branch gone back to.
                self._session.played(turn, opened=True)
                self._shown = self._session.shown()[:-1]
                self._feed.load(self._shown, self._session.in_history)
            elif cut is not None:
                self._feed.cut_after(self._shown[cut])
                del self._shown[cut + 1 :]
            self._shown.append(turn)
        else:
            repeats = False
        if not isinstance(event, Delta):  # text is in the widget; the turn has it in the end
            self._session.played(turn, opened=opened)
        self._feed.take(event, turn, repeats=repeats)
        if isinstance(event, Opened | Closed):
            for one in (turn.id, turn.parent):
                for sibling in self._session.answers_beside(one):
                    self._feed.settle(sibling, in_history=self._session.in_history(sibling))


def placed(shown: Sequence[Turn], turn: Turn) -> tuple[int | None, bool]:
    """Where a turn goes among those on the screen.

    Returns:
        The place of the last one that stays when others have to go, else None; and whether its question stands there already.
    """
    same = [
        place
        for place, other in enumerate(shown)
        if other.parent == turn.parent and other.question == turn.question
    ]
    if same:
        last = same[-1]
        return (last if last < len(shown) - 1 else None), True
    before = next((place for place, other in enumerate(shown) if other.id == turn.parent), None)
    if before is None:
        return None, False
    while before + 1 < len(shown) and shown[before + 1].parent == shown[before].parent:
        before += 1  # the siblings of the turn that is continued stay
    return (before if before < len(shown) - 1 else None), False


def clock(seconds: float) -> str:
    """A time as players show it: `1:05`."""
    whole = int(seconds)
    return (
        f"{whole // 60}:{whole % 60:02}"
        if whole < 3600
        else f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    )
