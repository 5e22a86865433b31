"""The query in the inspector; Enter or a click lets it be edited."""

from __future__ import annotations

from textual.message import Message

from tui.widgets.card import Card


class QueryCard(Card):
    """What was searched for."""

    class Opened(Message):
        """The query is to be edited."""

    def action_open(self) -> None:
        self.post_message(self.Opened())
